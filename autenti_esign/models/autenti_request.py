# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a signature request is, what people do with it, and who is told.

How it goes through Autenti is in `autenti_request_sync.py`.
"""

import base64
import hashlib
import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools import SQL, consteq, format_datetime, format_list
from odoo.tools.barcode import createBarcodeDrawing

from ..client import const, file_names
from ..emails import clean_email
from ..exceptions import get_code
from ..frozen import is_changed, is_keeper
from ..indexed import is_any_of
from ..request_log import RequestLogger
from .autenti_connection import ENVIRONMENTS, MODES

_logger = logging.getLogger(__name__)

OPEN_STATES = ("to_send", "sent")
SIDES = [("client", "Client"), ("company", "Our company")]
USER_GROUP = "autenti_esign.autenti_esign_group_user"
MANAGER_GROUP = "autenti_esign.autenti_esign_group_manager"
ATTENTION = "autenti_esign.mail_activity_type_attention"
# Begins the title and the file name of what binds nobody; the same in all languages
TEST_MARK = "TEST"
LANGUAGES = [
    *(("pl", "Polish"), ("en", "English"), ("de", "German")),
    *(("hr", "Croatian"), ("cs", "Czech"), ("da", "Danish"), ("nl", "Dutch")),
    *(("fi", "Finnish"), ("fr", "French"), ("el", "Greek"), ("hu", "Hungarian")),
    *(("ga", "Irish"), ("it", "Italian"), ("lv", "Latvian"), ("lt", "Lithuanian")),
    *(("mt", "Maltese"), ("no", "Norwegian"), ("ro", "Romanian"), ("ru", "Russian")),
    *(("sk", "Slovak"), ("sl", "Slovenian"), ("es", "Spanish"), ("sv", "Swedish")),
    ("uk", "Ukrainian"),
]
# Times a day at most that a person hears of trouble with a request that goes on
TOLD_A_DAY = 3
# So long after the last signature the signed PDF is expected any moment
FILE_PATIENCE = timedelta(minutes=10)
# Target state -> states it is reached from. What isn't here doesn't happen.
TRANSITIONS = {
    "sent": ("to_send",),
    "signed": ("sent",),
    "declined": ("sent",),
    "expired": OPEN_STATES,
    "withdrawn": OPEN_STATES,
    "failed": OPEN_STATES,
}
# News that nobody can follow: they stand in the record's chatter, and no mail goes out
NOTE = "note"
# State -> news of it; a withdrawal is our own doing
NEWS_BY_STATE = {
    "sent": "sent",
    "signed": "signed",
    "declined": "declined",
    "expired": "failed",
    "failed": "failed",
    "withdrawn": NOTE,
}
# What stays once it is set, and what stays once the request has ended
SET_ONCE = {
    "company_id",
    "connection_id",
    "environment",
    "language",
    "message",
    "mode",
    "name",
    "process_id",
    "res_id",
    "res_model",
    "sender_email",
    "sender_subject",
    "shown_values",
    "signed_attachment_id",
    "signed_sha256",
    "source_attachment_id",
    "source_remote_id",
    "source_sha256",
    "user_id",
}
SET_UNTIL_END = {"ended_date", "reason", "sent_date", "state"}
QR_CODE_SIZE = 260  # pixels


def draw_qr_code(text):
    """Draw a QR code here, not by an address that would bring the text into logs.

    :return: data URL of an image that any server can make: it needs no bitmap library
    :rtype: str
    """
    drawing = createBarcodeDrawing(
        "QR", value=text, width=QR_CODE_SIZE, height=QR_CODE_SIZE, barBorder=4
    )
    image = drawing.asString("svg").encode()
    return f"data:image/svg+xml;base64,{base64.b64encode(image).decode()}"


def get_days_since(moment):
    """Return the whole days since a naive UTC datetime, 0 for False."""
    return (fields.Datetime.now() - moment).days if moment else 0


def _link_to(file):
    """Return a link to an ir.attachment, as messages take it."""
    return Markup('<a href="/web/content/%s?download=true">%s</a>') % (
        file.id,
        file.name,
    )


class AutentiRequest(models.Model):
    """One attempt to have one record signed: one document process at Autenti."""

    _name = "autenti.request"
    _description = "Autenti Signature Request"
    _inherit = ["autenti.guard", "mail.thread"]
    _order = "id desc"

    name = fields.Char(string="Title", required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Client", readonly=True, index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    connection_id = fields.Many2one(
        "autenti.connection", required=True, readonly=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", required=True, readonly=True, index=True
    )
    agreement_type_id = fields.Many2one(
        "agreement.type",
        string="Type",
        compute="_compute_agreement_type_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="Type of the contract at the time when it was sent.",
    )
    signer_ids = fields.One2many("autenti.signer", "request_id", readonly=True)
    next_signer_id = fields.Many2one(
        "autenti.signer",
        string="Next to act",
        compute="_compute_next_signer_id",
        store=True,
        index="btree_not_null",
    )
    turn = fields.Selection(
        SIDES,
        string="Waiting for",
        compute="_compute_turn",
        store=True,
        index="btree_not_null",
    )
    turn_date = fields.Datetime(
        string="Waiting since",
        compute="_compute_turn",
        store=True,
        help="When it was sent, or the one before has signed.",
    )
    waiting_days = fields.Integer(
        string="Days waiting", compute="_compute_waiting_days"
    )
    is_my_turn = fields.Boolean(compute="_compute_is_my_turn")
    has_deviation = fields.Boolean(
        string="Others act at Autenti",
        compute="_compute_has_deviation",
        store=True,
    )
    deviation_note = fields.Text(compute="_compute_deviation_note")
    can_sign_in_person = fields.Boolean(compute="_compute_can_sign_in_person")
    # What the rules of access look at
    is_own = fields.Boolean(compute="_compute_is_own", search="_search_is_own")
    is_responsible = fields.Boolean(
        compute="_compute_is_responsible",
        search="_search_is_responsible",
    )
    may_act = fields.Boolean(compute="_compute_may_act")
    may_correct = fields.Boolean(compute="_compute_may_correct")
    mode = fields.Selection(
        MODES, string="Who signs for the company", required=True, readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    message = fields.Text(
        readonly=True, help="What the signers read in Autenti's mail."
    )
    language = fields.Selection(
        LANGUAGES,
        required=True,
        readonly=True,
        default="pl",
        help="Language in which Autenti writes to the signers.",
    )
    shown_values = fields.Json(
        readonly=True,
        prefetch=False,
        help="What the document showed of the record's fields: path -> text.",
    )
    # State
    state = fields.Selection(
        [
            ("to_send", "To send"),
            ("sent", "Sent"),
            ("signed", "Signed"),
            ("declined", "Declined"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
            ("failed", "Failed"),
        ],
        string="Signing Status",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="to_send",
        # A kanban board shows all states, in the order of a request's life
        group_expand=True,
    )
    reason = fields.Text(
        readonly=True, copy=False, help="Why it was declined, withdrawn or failed."
    )
    # Set before Autenti is asked: its answer may be lost
    ending = fields.Selection(
        [("withdrawn", "Withdrawal"), ("expired", "Expiry")],
        string="On its way",
        readonly=True,
        copy=False,
    )
    expires_at = fields.Datetime(
        string="Expires on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What isn't signed by then is withdrawn at Autenti.",
    )
    sent_date = fields.Datetime(string="Sent on", readonly=True, copy=False)
    ended_date = fields.Datetime(
        string="Ended on", readonly=True, copy=False, index="btree_not_null"
    )
    signed_date = fields.Datetime(
        string="Signed on",
        compute="_compute_signed_date",
        store=True,
        help="When the last one has signed.",
    )
    days_to_sign = fields.Float(
        string="Days to sign (median)",
        compute="_compute_days_to_sign",
        aggregator="median",
        help="From sending to the last signature. Groups show the median.",
    )
    decline_rate = fields.Float(
        compute="_compute_decline_rate",
        aggregator="avg",
        help="Share of the declined ones in those that were signed, declined or "
        "expired.",
    )
    has_turn = fields.Boolean(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="No call to Autenti was free for it; it has its turn at the next look.",
    )
    last_error = fields.Text(readonly=True, copy=False)
    last_error_code = fields.Char(readonly=True, copy=False)
    service_problem = fields.Text(
        compute="_compute_service_problem",
        compute_sudo=True,
    )
    replaces_id = fields.Many2one(
        "autenti.request",
        string="Sent in place of",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    replaced_by_id = fields.Many2one(
        "autenti.request", string="Replaced by", compute="_compute_replaced_by_id"
    )
    replacement_ids = fields.One2many("autenti.request", "replaces_id")
    # Autenti's side
    process_id = fields.Char(
        string="Autenti process", readonly=True, copy=False, index="btree_not_null"
    )
    remote_status = fields.Char(string="Autenti status", readonly=True, copy=False)
    sender_email = fields.Char(
        string="Autenti account",
        required=True,
        readonly=True,
        help="The Autenti user as whom Odoo sends and reads this document.",
    )
    sender_subject = fields.Char(required=True, readonly=True)
    callback_ids = fields.One2many("autenti.callback", "request_id", readonly=True)
    # Files
    source_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Sent file",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    source_sha256 = fields.Char(string="SHA-256 of the sent file", readonly=True)
    source_remote_id = fields.Char(
        readonly=True,
        copy=False,
        help="Autenti's id of the sent file.",
    )
    signed_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Signed file",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    signed_sha256 = fields.Char(
        string="SHA-256 of the signed file", readonly=True, copy=False
    )
    file_ids = fields.One2many(
        "autenti.request.file", "request_id", string="Sent along", readonly=True
    )
    further_attachment_ids = fields.Many2many(
        "ir.attachment",
        "autenti_request_further_attachment_rel",
        string="Further signed files",
        readonly=True,
        copy=False,
        help="What came back signed and has no place among the files that were sent.",
    )
    is_unclear = fields.Boolean(compute="_compute_is_unclear")

    # Reminders
    remind_days = fields.Integer(
        string="Remind every (days)",
        readonly=True,
        help="Days between two reminders that Autenti sends by itself to those whose "
        "turn it is; 0 for none.",
    )
    next_reminder_at = fields.Datetime(
        string="Next reminder", readonly=True, copy=False
    )
    reminder_count = fields.Integer(string="Reminders", readonly=True, copy=False)
    last_reminder_at = fields.Datetime(
        string="Last reminder", readonly=True, copy=False
    )
    # Polling
    attempt_count = fields.Integer(
        string="Failed attempts",
        readonly=True,
        copy=False,
        help="In a row, until something last went well.",
    )
    # Failures in a row by kind of step: what works says nothing about what doesn't
    failures = fields.Json(readonly=True, copy=False)
    # Trouble people were told of: ``[{"code": str, "at": ISO time, "over": bool}]``
    told = fields.Json(readonly=True, copy=False)
    next_check_at = fields.Datetime(
        string="Next try", readonly=True, copy=False, index="btree_not_null"
    )
    look_count = fields.Integer(
        string="Looks",
        readonly=True,
        copy=False,
        help="Looks at Autenti since something last changed.",
    )
    completed_date = fields.Datetime(
        string="All have acted since",
        readonly=True,
        copy=False,
        help="When Odoo first saw it; the signed file may follow later.",
    )
    file_lag = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="Seconds from then until the signed file was here.",
    )
    calls_paid_until = fields.Datetime(readonly=True, copy=False)
    _open_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE (state IN ('to_send', 'sent'))",
        "This document is already out for signature.",
    )
    _process_uniq = models.UniqueIndex(
        "(connection_id, environment, process_id) WHERE (process_id IS NOT NULL)",
        "One process at Autenti belongs to one request.",
    )

    # === COMPUTE METHODS === #

    @api.depends("res_model", "res_id")
    def _compute_agreement_type_id(self):
        for request in self:
            record = request._get_record()
            request.agreement_type_id = record and record._autenti_get_type()

    @api.depends("signer_ids.status", "state")
    def _compute_next_signer_id(self):
        for request in self:
            waiting = request.signer_ids.filtered(
                lambda s: s.status in ("waiting", "turn")
            )
            request.next_signer_id = (
                waiting[:1] if request.state in OPEN_STATES else False
            )

    @api.depends("state", "sent_date", "next_signer_id", "signer_ids.signed_date")
    def _compute_turn(self):
        for request in self:
            is_waiting = request.state == "sent" and request.next_signer_id
            request.turn = is_waiting and request.next_signer_id.side
            request.turn_date = is_waiting and (
                request._get_signing_time() or request.sent_date
            )

    @api.depends("turn_date")
    def _compute_waiting_days(self):
        for request in self:
            request.waiting_days = get_days_since(request.turn_date)

    @api.depends(
        "signer_ids.deviation", "signer_ids.status", "signer_ids.user_id", "state"
    )
    @api.depends_context("uid")
    def _compute_is_my_turn(self):
        for request in self:
            signer = request.next_signer_id
            request.is_my_turn = (
                signer.status == "turn" and signer._get_turn_user().id == self.env.uid
            )

    @api.depends("signer_ids.deviation")
    def _compute_has_deviation(self):
        for request in self:
            request.has_deviation = any(request.signer_ids.mapped("deviation"))

    @api.depends("signer_ids.deviation", "signer_ids.actual_name")
    @api.depends_context("lang")
    def _compute_deviation_note(self):
        for request in self:
            request.deviation_note = "\n".join(
                signer._describe_deviation()
                for signer in request.signer_ids.filtered("deviation")
            )

    @api.depends("next_signer_id", "signer_ids.status", "state", "user_id")
    @api.depends_context("uid")
    def _compute_can_sign_in_person(self):
        for request in self:
            request.can_sign_in_person = (
                request._is_clients_turn()
                and request._may_act()
                and request.sudo()._allows_in_person()
            )

    @api.depends("user_id", "signer_ids.user_id")
    @api.depends_context("uid")
    def _compute_is_own(self):
        for request in self:
            # Mostly the sender looks, and nobody has to read the signers
            request.is_own = (
                request.user_id == self.env.user
                or self.env.user in request.signer_ids.user_id
            )

    def _search_is_own(self, operator, _value):
        return (
            self._get_own_domain(self.env.user) if operator == "in" else NotImplemented
        )

    @api.model
    def _get_own_domain(self, users):
        """Return the domain of what some users have sent or are to sign."""
        is_theirs = Domain("user_id", "in", users.ids)
        signers = self.env["autenti.signer"].sudo()._search(is_theirs)
        return is_theirs | is_any_of("id", signers, "request_id")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_is_responsible(self):
        self.is_responsible = False
        for model, requests in self.grouped("res_model").items():
            if path := self._get_responsible_paths().get(model):
                records = self.env[model].sudo().browse(requests.mapped("res_id"))
                domain = [("id", "in", records.ids), (path, "=", self.env.uid)]
                theirs = records.with_context(active_test=False).search(domain)
                for request in requests:
                    request.is_responsible = request.res_id in theirs.ids

    def _search_is_responsible(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("res_model", "=", model)
            & is_any_of(
                "res_id",
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                ._search([(path, "=", self.env.uid)]),
            )
            for model, path in self._get_responsible_paths().items()
        )

    @api.model
    def _get_responsible_paths(self):
        """Return the field with whom a record belongs to, by signable model.

        :rtype: dict[str, str]
        """
        signable = self.env.registry["autenti.sign.mixin"]
        paths = {
            name: self.env[name]._autenti_get_responsible_path()
            for name, model in self.env.registry.items()
            if issubclass(model, signable) and not model._abstract
        }
        return {name: path for name, path in paths.items() if path}

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_may_act(self):
        for request in self:
            request.may_act = request._may_act()

    @api.depends("state", "replacement_ids")
    @api.depends_context("uid")
    def _compute_may_correct(self):
        for request in self:
            request.may_correct = request._is_correctable(request._get_record())

    @api.depends("state", "signer_ids.signed_date")
    def _compute_signed_date(self):
        for request in self:
            request.signed_date = (
                request.state == "signed" and request._get_signing_time()
            )

    @api.depends("sent_date", "signed_date")
    def _compute_days_to_sign(self):
        for request in self:
            has_both = request.sent_date and request.signed_date
            time = has_both and request.signed_date - request.sent_date
            request.days_to_sign = time and time.total_seconds() / 86400

    @api.depends("state")
    def _compute_decline_rate(self):
        for request in self:
            request.decline_rate = request.state == "declined"

    @api.depends("connection_id.service_problem", "state")
    def _compute_service_problem(self):
        for request in self:
            request.service_problem = (
                request.state in OPEN_STATES and request.connection_id.service_problem
            )

    @api.depends("replacement_ids")
    def _compute_replaced_by_id(self):
        for request in self:
            request.replaced_by_id = request.replacement_ids[:1]

    @api.depends(
        "state", "remote_status", "signed_attachment_id", "further_attachment_ids"
    )
    def _compute_is_unclear(self):
        for request in self:
            request.is_unclear = (
                request.state == "sent"
                # No file comes back before, and nothing is read for it
                and request.remote_status == const.PROCESS_COMPLETED
                and not request.signed_attachment_id
                and bool(request.further_attachment_ids)
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to keep titles on one line: mails and files are called by them."""
        requests = super().create(
            [
                {**vals, "name": file_names.one_line(vals["name"])}
                if vals.get("name")
                else vals
                for vals in vals_list
            ]
        )
        for request in requests:
            request._record("created", self.env._("Prepared for signature."))
        for request in requests:
            request._get_record()._autenti_submitted(request)
        return requests

    def write(self, vals):
        """Override to keep what was sent and what came of it."""
        if not is_keeper(self.env):
            self.check_access("write")
            if any(request._is_frozen(vals) for request in self):
                raise UserError(self._get_refusal())
        return super().write(vals)

    def _is_frozen(self, vals):
        """Hook: tell if a write changes what can't be changed any more."""
        has_ended = self.state not in OPEN_STATES
        return is_changed(self, vals, SET_ONCE, SET_UNTIL_END, has_ended)

    def _get_refusal(self):
        return self.env._(
            "What was sent for signature, and what came of it, is evidence and can't "
            "be changed."
        )

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(
            self.env._("Signature requests are evidence and can't be deleted.")
        )

    def _read_group_select(self, aggregate_spec, query):
        """Override of `base`: count only those that an aggregate is about."""
        if aggregate_spec == "days_to_sign:median":
            return SQL(
                "PERCENTILE_CONT(0.5) WITHIN GROUP "
                "(ORDER BY EXTRACT(EPOCH FROM %s - %s) / 86400)",
                self._field_to_sql(self._table, "signed_date", query),
                self._field_to_sql(self._table, "sent_date", query),
            )
        if aggregate_spec == "decline_rate:avg":
            state = self._field_to_sql(self._table, "state", query)
            return SQL(
                "AVG(CASE WHEN %s = 'declined' THEN 1 ELSE 0 END) "
                "FILTER (WHERE %s IN ('signed', 'declined', 'expired'))::float8",
                state,
                state,
            )
        return super()._read_group_select(aggregate_spec, query)

    # === ACTION METHODS === #

    def action_check(self):
        """Fetch the current status from Autenti now.

        :raise UserError: Autenti can't tell it; nothing has changed
        """
        self.ensure_one()
        self.check_access("read")
        self.sudo()._refresh()

    def action_try_again(self):
        """Send a request that waits for somebody's help, or for its time."""
        self.ensure_one()
        self._check_may_act()
        self.sudo()._schedule_for_user()

    def action_sign_now(self):
        """Open the personal signing link of the user whose turn it is."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_my_turn:
            raise UserError(self.env._("It isn't your turn to sign."))
        url = self._fetch_link(self.next_signer_id)
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_sign_in_person(self):
        """Open the window with the two ways to sign at the client's table."""
        self._check_in_person()
        return {
            "type": "ir.actions.client",
            "tag": "autenti_esign.in_person",
            "params": {"request_id": self.id},
        }

    def action_fetch_client_link(self):
        """Fetch the personal signing link of the client whose turn it is.

        It is for the browser that asks, and is kept nowhere.

        :return: ``{"name", "url", "qr_code"}``: the client's full name, the link, and
            the same as an image, in a data URL
        :rtype: dict
        :raise UserError: it isn't their turn, or Autenti gives no link
        """
        self._check_in_person()
        client = self.sudo().next_signer_id
        url = self._fetch_link(client)
        return {"name": client.actor_name, "url": url, "qr_code": draw_qr_code(url)}

    def _fetch_link(self, signer):
        """Fetch a personal signing link; whoever has it acts as that person.

        That a user has fetched the link of another person is written down.

        :param signer: autenti.signer record
        :rtype: str
        :raise UserError: Autenti gives none, or the link is for that person alone
        """
        signer_sudo = signer.sudo()
        request_sudo = signer_sudo.request_id
        is_own = signer_sudo.user_id == self.env.user
        if not is_own:
            request_sudo._check_in_person_allowed()
        url = request_sudo._ask_for_link(signer_sudo)
        if not is_own:
            request_sudo._log(
                self.env._(
                    "%(user)s has fetched the personal signing link of %(signer)s.",
                    user=self.env.user.name,
                    signer=signer_sudo.actor_name,
                ),
                kind="link",
                signer=signer_sudo.id,
                user=self.env.uid,
            )
        return url

    def _ask_for_link(self, signer):
        email = signer._get_actual_email()
        return self._ask(lambda session: session.action_link(self.process_id, email))

    def action_remind(self):
        """Have Autenti remind those whose turn it is.

        :raise UserError: Autenti refuses; nothing has changed
        """
        self.ensure_one()
        self._check_may_act()
        request_sudo = self.sudo()
        request_sudo._lock_for_user()
        if request_sudo.state != "sent":
            raise UserError(self.env._("Only a sent document has someone to remind."))
        is_known = request_sudo._ask(request_sudo._try_to_remind)
        request_sudo._plan_reminder()
        if is_known:
            request_sudo._apply_reminded(None, None)
            return None
        doubt = self.env._(
            "Autenti was asked to send a reminder and didn't tell whether it did."
        )
        request_sudo._log(doubt)
        return self._tell(doubt, "warning")

    def action_remind_all(self):
        """Have those reminded whose turn it is in many documents, by the cron job.

        What isn't out for signature, or was sent by somebody else, is left out.

        :return: action that tells how many
        """
        self.check_access("read")
        return self._remind_all(len(self))

    def _remind_all(self, count):
        """Have those reminded whom this user may remind.

        :param int count: of the documents that the user has chosen
        :return: action that tells how many
        """
        waiting_sudo = (
            self._filtered_access("read")
            .filtered(lambda r: r.state == "sent" and r._may_act())
            .sudo()
        )
        waiting_sudo.next_reminder_at = fields.Datetime.now()
        waiting_sudo._schedule_for_user()
        lines = [self.env._("Reminders on their way: %s.", len(waiting_sudo))]
        if left := count - len(waiting_sudo):
            lines.append(
                self.env._(
                    "Left out: %s. They aren't out for signature, or somebody else "
                    "sent them.",
                    left,
                )
            )
        message = "\n".join(lines)
        return self._tell(message, "success" if waiting_sudo else "warning")

    def _tell(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Remind with Autenti"),
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_withdraw(self, reason=None, only_here=False):
        """Withdraw the document at Autenti, then here.

        When Autenti doesn't tell whether it did, the cron job finds out and goes on.
        When it lets in nobody who could withdraw it, a manager ends it here.

        :param str reason: for the colleagues; Autenti takes none
        :param bool only_here: end it here whatever Autenti says; for managers
        :return: action that tells what stays at Autenti, None when nothing does
        :raise UserError: Autenti refuses; nothing has changed
        """
        self.ensure_one()
        self._check_may_act()
        reason = reason and self._say_who_when(reason)
        return self.sudo()._withdraw(reason, only_here)

    def _say_who_when(self, reason):
        """Put before a reason the name of the user, and the time where they are."""
        return self.env._(
            "%(user)s, %(moment)s: %(reason)s",
            user=self.env.user.name,
            moment=format_datetime(
                self.env,
                fields.Datetime.now(),
                tz=self.env.user._autenti_get_time_zone(),
                dt_format="short",
            ),
            reason=reason,
        )

    def action_correct(self):
        """Open the send dialog with the same people and file, to correct and send."""
        self.ensure_one()
        self._check_may_correct()
        return self.env["autenti.send"]._open_correction(self)

    def action_open_record(self):
        """Show what is signed.

        :raise UserError: it is gone; its files are still here
        """
        self.ensure_one()
        record = self._get_record()
        if not record:
            raise UserError(
                self.env._(
                    "The document was deleted, or the app that it belongs to was "
                    "uninstalled. What was sent and signed is kept here."
                )
            )
        return record.get_formview_action()

    def action_open_source(self):
        return self.source_attachment_id._autenti_get_open_action()

    def action_open_signed(self):
        return self.signed_attachment_id._autenti_get_open_action()

    # === WHO MAY DO WHAT === #

    def _may_act(self):
        """Tell whether the user may do what the one who sent it does."""
        return (
            self.user_id == self.env.user or self._is_managed() or self.is_responsible
        )

    def _is_managed(self):
        """Tell whether the user may act on what others sent."""
        return self.env.user.has_group(MANAGER_GROUP)

    def _check_may_act(self):
        self.check_access("read")
        if not self._may_act():
            raise AccessError(
                self.env._(
                    "Only %s, who sent it, or a manager of Autenti e-Signature "
                    "may do this.",
                    self.user_id.name,
                )
            )

    def _is_correctable(self, record):
        """Tell if the user may correct and send it again.

        :param record: that is signed
        """
        return (
            self.state != "signed"
            and not self.sudo().replacement_ids
            and self == record.sudo().autenti_request_id
            and self._may_correct()
            and record.autenti_may_send
        )

    def _may_correct(self):
        # Where each salesperson signs, nobody else can send it in their name. Who takes
        # the place of one who has left, or was given the record, signs it themselves
        return self._may_act() and (
            self.mode != "individual"
            or self.user_id == self.env.user
            or self.is_responsible
            or not self.sudo()._still_works(self.sudo().user_id)
        )

    def _check_may_correct(self):
        self._check_may_act()
        if not self._may_correct():
            raise UserError(
                self.env._(
                    "%s signs this document, so only they can send it again. You can "
                    "withdraw it.",
                    self.user_id.name,
                )
            )
        if self.state == "signed":
            raise UserError(self.env._("It is already signed with Autenti."))
        if self != self._get_record()._autenti_get_request():
            raise UserError(
                self.env._("It was replaced by a later one: correct that one.")
            )
        self._get_record()._autenti_check_access()

    def _check_in_person(self):
        self.ensure_one()
        self._check_may_act()
        if not self._is_clients_turn():
            raise UserError(self.env._("It isn't the client's turn to sign."))
        self.sudo()._check_in_person_allowed()

    def _check_in_person_allowed(self):
        if not self._allows_in_person():
            raise UserError(
                self.env._(
                    "Signing at our table is switched off for this document, in the "
                    "connection to Autenti or in the type of contract. The client "
                    "signs with the link in Autenti's mail."
                )
            )

    def _allows_in_person(self):
        """Tell if a colleague may fetch the client's link; in sudo."""
        kind = self._get_record()._autenti_get_type() if self._get_record() else None
        return self.connection_id.allows_in_person and (
            not kind or kind.autenti_allows_in_person
        )

    def _is_clients_turn(self):
        client = self.next_signer_id
        return (
            self.state == "sent" and client.side == "client" and client.status == "turn"
        )

    @api.model
    def _find_for_portal(self):
        """Find the requests that the current user's contact is a party of, in sudo.

        Clients have no rights on requests: what they may see goes through this method.
        Those are the ones made out to the contact, or to one of the company that the
        contact stands for, and those that the contact signs as a client. Of a contract
        that was sent several times, the latest one counts. Employees, who can make a
        client's contact a part of their own, see none that they may not read anyway.

        :rtype: autenti.request, newest first
        """
        partner_sudo = self.env.user.partner_id.sudo().with_context(active_test=False)
        of_company = Domain("commercial_partner_id", "=", partner_sudo.id)
        family = partner_sudo | partner_sudo.search(of_company)
        theirs = self.sudo()._get_party_domain(
            Domain("partner_id", "in", family.ids),
            Domain("partner_id", "=", partner_sudo.id),
        )
        latest = self.sudo()._read_group(
            Domain("sent_date", "!=", False) & theirs,
            ["res_model", "res_id"],
            ["id:max"],
        )
        found = self.sudo().browse(
            sorted((request_id for _model, _record, request_id in latest), reverse=True)
        )
        if self.env.user._is_internal():
            return found.sudo(False)._filtered_access("read").sudo()
        return found

    @api.model
    def _get_party_domain(self, is_client, is_signer):
        """Find the requests that are made out to somebody, or that somebody signs.

        By ids: PostgreSQL looks at every request where another table may tell instead.

        :param is_client: domain of requests
        :param is_signer: domain of signers, of those on the client's side
        """
        of_client = Domain("side", "=", "client")
        signers = self.env["autenti.signer"].search(is_signer & of_client)
        return is_client | Domain("id", "in", signers.request_id.ids)

    def _is_turn_of_portal_user(self):
        """Tell if the current user's contact is the one to sign now."""
        self.ensure_one()
        signer = self.next_signer_id
        return (
            self.turn == "client"
            and signer.status == "turn"
            and signer.partner_id == self.env.user.partner_id
        )

    def _may_sign_on_portal(self, mailed_hash=""):
        """Tell if the visitor of the portal gets the link of who is to sign; in sudo.

        That is who has the mailbox to which Autenti sends it anyway.

        :param str mailed_hash: of the address by which the record's page was opened.
            Odoo mails it to that one contact (`_sign_token` of `portal`). The page's
            access token is no proof: the portal shows it to all of a company. Who sends
            may get copies of mails, so it counts where they may fetch the link anyway
        """
        self.ensure_one()
        signer, user = self.next_signer_id, self.env.user
        email = clean_email(signer._get_actual_email())
        if not self._is_clients_turn() or signer.deviation == "person" or not email:
            return False
        if signer.partner_id == user.partner_id:
            return email in user._autenti_get_emails()
        client = signer.partner_id
        is_mailed = mailed_hash and clean_email(client.email) == email
        if not is_mailed or not user.share or not self._allows_in_person():
            return False
        genuine = self._get_record()._sign_token(client.id)
        return consteq(genuine.encode(), mailed_hash.encode())

    def _fetch_link_for_portal(self, mailed_hash=""):
        """Fetch the personal link of the visitor whose turn it is; in sudo.

        :param str mailed_hash: see `_may_sign_on_portal`
        :rtype: str
        :raise UserError: it isn't their turn, or Autenti gives none
        """
        if not self._may_sign_on_portal(mailed_hash):
            raise UserError(self._get_portal_refusal())
        client = self.next_signer_id
        try:
            url = self._ask_for_link(client)
        except (RedirectWarning, UserError) as error:
            # Its words may name people
            code = get_code(error.__cause__)
            RequestLogger(_logger, self).info("no link on the portal: %s", code)
            raise UserError(
                self.env._(
                    "Autenti gives no link to sign right now. Use the link in the "
                    "e-mail that Autenti has sent you, or come back in a while."
                )
            ) from None
        self._log(
            self.env._("%s went from the portal to Autenti to sign.", client.actor_name)
            if client.partner_id == self.env.user.partner_id
            else self.env._(
                "Somebody who has the link to the document's page went from there to "
                "Autenti to sign as %s.",
                client.actor_name,
            ),
            kind="link",
            signer=client.id,
            user=self.env.uid,
        )
        return url

    def _get_portal_refusal(self):
        """Tell a visitor of the portal why there is nothing to sign for them."""
        refusals = {
            "sent": self.env._(
                "It isn't your turn to sign, or you have signed already."
            ),
            "signed": self.env._("All have signed: there is nothing left to sign."),
            "declined": self.env._("The document was declined: nobody can sign it."),
            "expired": self.env._("The time to sign is over: nobody can sign it."),
        }
        return refusals.get(
            self.state,
            self.env._("The document was withdrawn: there is nothing to sign."),
        )

    # === FROM OTHER RECORDS === #

    @api.model
    def _get_summary(self, domain):
        """Tell how many requests are out and how many signed, False where none is.

        Those that the current user may read count.
        """
        states = Domain("state", "in", ("sent", "signed"))
        counts = dict(self._read_group(domain & states, ["state"], ["__count"]))
        return bool(counts) and self.env._(
            "%(out)s out, %(signed)s signed",
            out=counts.get("sent", 0),
            signed=counts.get("signed", 0),
        )

    @api.model
    def _get_list_action(self, domain):
        """Return the action that shows these requests.

        :param domain: `Domain` or list
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_request_action"
        )
        return {**action, "domain": list(domain), "context": {}}

    # === WHO IS IN CHARGE === #

    def _get_sender(self):
        """Hook: return the res.users who sent it, whoever keeps it now."""
        return self.user_id

    def _still_works(self, user):
        """Tell whether a user can still act on what the company sends."""
        return (
            user.active
            and self.company_id.id in user.sudo()._get_company_ids()
            and user.has_group(USER_GROUP)
        )

    def _can_open_record(self, user):
        record = self._get_record().with_user(user)
        companies = list(user.sudo()._get_company_ids())
        return not record or record.with_context(
            allowed_company_ids=companies
        ).has_access("read")

    def _get_in_charge(self, leaving=None):
        """Return who is told of the request, and can act on it.

        That is whom the record belongs to now, else who sent it, as long as they can
        act; else a manager of the company, at last an administrator.

        :param leaving: res.users who aren't to be asked any more
        :return: a res.users in sudo, maybe empty
        """
        self.ensure_one()
        request_sudo = self.sudo()
        nobody = self.env["res.users"].sudo()
        people = request_sudo._get_record()._autenti_get_responsible()
        people = (people | request_sudo.user_id) - (leaving or nobody)
        for user in people:
            if request_sudo._still_works(user) and request_sudo._can_open_record(user):
                return user
        managers = request_sudo._find_managers() - (leaving or nobody)
        return managers[:1] or request_sudo.connection_id._get_administrator()

    def _find_managers(self):
        """Find the managers of the company, who can open the record first."""
        managers = self.env["res.users"]._autenti_find_managers(self.company_id)
        return managers.sorted(
            lambda user: (
                not self._can_open_record(user),
                user.company_id != self.company_id,
            )
        )

    def _hand_over(self, leaving=None):
        """Give to who is in charge now what was put in front of somebody else."""
        for request in self:
            activities = request._get_record().activity_search([ATTENTION])
            in_charge = request._get_in_charge(leaving)
            if in_charge:
                others = activities.filtered(
                    lambda a, user=in_charge: a.user_id != user
                )
                others.user_id = in_charge

    def _in_context(self):
        """Work in the company, and in language and time zone of who is in charge."""
        self.ensure_one()
        reader = self._get_in_charge() or self.user_id
        context = reader.with_user(reader).context_get()
        return self.with_company(self.company_id).with_context(
            lang=context["lang"], tz=context["tz"] or reader._autenti_get_time_zone()
        )

    # === THE RECORD AND THE FILES === #

    def _get_record(self):
        """Return the record that is signed, maybe empty.

        :rtype: recordset of a model with `autenti.sign.mixin`
        """
        self.ensure_one()
        if not self._is_of_signable_model():
            return self.env["agreement"]
        record = self.env[self.res_model].browse(self.res_id)
        # What this transaction has read is there, and needn't be asked for again
        is_read = record.id in record._fields["create_date"]._get_cache(self.env)
        return record if is_read else record.exists()

    def _is_of_signable_model(self):
        """Tell if the addon that made the record signable is still installed."""
        signable = self.env.registry["autenti.sign.mixin"]
        return isinstance(self.env.get(self.res_model), signable)

    def _store_source(self, name, content):
        """Freeze what is sent."""
        values = self._prepare_attachment(name, content)
        attachment = self.env["ir.attachment"].create(values)
        self.write(
            {
                "source_attachment_id": attachment.id,
                "source_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        text = self.env._("The file to be signed is kept.")
        self._record("file", text, attachment)

    def _store_enclosures(self, files):
        """Freeze what is sent along.

        :param files: triples of file name, MIME type and bytes, in order
        """
        before = self._get_sources()
        for sequence, (name, mimetype, content) in enumerate(files, start=1):
            values = self._prepare_attachment(name, content, mimetype)
            attachment = self.env["ir.attachment"].create(values)
            self.env["autenti.request.file"].create(
                {
                    "request_id": self.id,
                    "sequence": sequence,
                    "name": name,
                    "attachment_id": attachment.id,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
        if enclosures := self._get_sources() - before:
            text = self.env._("The files to be sent along are kept.")
            self._record("file", text, enclosures)

    def _prepare_attachment(self, name, content, mimetype=const.PDF_TYPE):
        """Return the values of an ir.attachment that is evidence of the request.

        :param bytes content:
        """
        return {
            "name": file_names.clean(name),
            "raw": content,
            "mimetype": mimetype,
            "res_model": self._name,
            "res_id": self.id,
            "autenti_request_id": self.id,
            # Whoever has Odoo make it may have defaults that show it to everybody,
            # hide it, or lead elsewhere
            "access_token": False,
            "company_id": self.company_id.id,
            "public": False,
            "res_field": False,
            "type": "binary",
            "url": False,
        }

    def _get_sources(self):
        """Return the files to be signed, in their order."""
        return self.source_attachment_id + self.file_ids.attachment_id

    def _get_signed_files(self):
        """Return the files that came back signed, in their order."""
        return (
            self.signed_attachment_id
            + self.file_ids.signed_attachment_id
            + self.further_attachment_ids
        )

    def _choose_document(self, attachment):
        """Take a file for the signed document, as a person says who has seen it.

        :param attachment: one of `further_attachment_ids`
        :raise UserError: there is nothing to choose, any more
        """
        self._lock_for_user()
        if not self.is_unclear or attachment not in self.further_attachment_ids:
            raise UserError(
                self.env._("There is nothing to choose: the contract is known.")
            )
        self._log(
            self.env._(
                "%(user)s has chosen %(file)s as the signed contract.",
                user=self.env.user.name,
                file=attachment.name,
            )
        )
        self._store_signed(attachment.raw)
        self._forget_error()
        self.further_attachment_ids -= attachment
        self._accept_signed()
        self._bus_notify()

    # === STATE === #

    def _set_state(self, target, reason=None):
        """Move to a state; the only writer of it.

        Does nothing when the request is there already. What isn't allowed is refused
        with a warning in the log, for a late or repeated answer must not raise.

        :param str target: a state other than `to_send`
        :param str reason: why, for the person who sent it
        """
        self.ensure_one()
        ending = target == "withdrawn" and self._get_ending()
        if ending == "expired":
            # We withdraw what has expired
            target, reason = ending, self._get_expiry_reason()
        elif ending:
            reason = reason or self.reason
        if self.state == target:
            return
        log = RequestLogger(_logger, self)
        if self.state not in TRANSITIONS[target]:
            log.warning("%s isn't reached from %s", target, self.state)
            return
        log.info("%s -> %s", self.state, target)
        now = fields.Datetime.now()
        values = {"state": target, **self._prepare_forgetting()}
        if target == "sent":
            values["sent_date"] = now
        else:
            values.update(ended_date=now, next_check_at=False, reason=reason)
        self.write(values)
        # Else a new request of the same transaction may come first, and the database
        # sees two that are open
        self.flush_recordset(["state"])
        self._log_state()
        self._after_state()
        self._bus_notify()

    def _get_status_message(self):
        """Say in a sentence where the request stands, true in each state."""
        self.ensure_one()
        if self.state == "sent":
            return self._get_sent_message()
        if self.state == "to_send":
            problem = self.last_error or self.service_problem
            return problem or self.env._(
                "It waits to be sent to Autenti. Odoo does so by itself."
            )
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state]

    def _get_sent_message(self):
        signer = self.next_signer_id
        acting = self.signer_ids.filtered("status")
        name = signer.display_name
        if signer.role == const.ROLE_APPROVER:
            return self.env._("Out for signature. Next to approve: %s", name)
        if signer:
            return self.env._("Out for signature. Next to sign: %s", name)
        if any(each.status not in ("signed", "approved") for each in acting):
            # Autenti tells in a moment what has come of it
            return self.env._("Out for signature.")
        if self.signed_attachment_id:
            return self.env._("All have signed. Odoo checks the signed PDF.")
        return self._get_awaited_message()

    def _get_awaited_message(self):
        """Say when the signed PDF comes, now that all have signed."""
        if self.is_unclear:
            return self.last_error
        if problem := self.last_error or self.service_problem:
            return self.env._(
                "All have signed, but the signed PDF isn't here yet. %s", problem
            )
        now = fields.Datetime.now()
        if now - (self.completed_date or now) > FILE_PATIENCE:
            return self.env._(
                "All have signed, but Autenti hasn't made the signed PDF yet. Odoo "
                "goes on asking for it."
            )
        return self.env._(
            "All have signed. The signed PDF follows within a few minutes."
        )

    def _get_state_message(self):
        actors = self.signer_ids.filtered("status").mapped("actor_name")
        signers = self.signer_ids._get_signing().mapped("actor_name")
        labels = {
            "sent": self.env._(
                "Sent for signature with Autenti to %s.", format_list(self.env, actors)
            ),
            "signed": self.env._(
                "Signed with Autenti by %s.", format_list(self.env, signers)
            ),
            "declined": self.env._("The signature was declined."),
            "expired": self.env._("The time to sign has run out."),
            "withdrawn": self.env._("Withdrawn from signature."),
            "failed": self.env._("Sending for signature has failed."),
        }
        message = labels[self.state]
        if self.state == "failed" and self.sent_date:
            message = self.env._(
                "Signing has failed at Autenti: nobody can sign the document any more."
            )
        if self.environment != "production":
            message = f"{TEST_MARK}: {message}"
        return f"{message}\n{self.reason}" if self.reason else message

    def _get_verdict(self):
        """Hook: say in a sentence what a check of the signed file has found, or ""."""
        return ""

    def _get_expiry_reason(self):
        moment = format_datetime(
            self.env,
            self.expires_at,
            tz=self.env.context.get("tz"),
            dt_format="medium",
        )
        missing = self.signer_ids.filtered(lambda s: s.status in ("waiting", "turn"))
        sentence = self.env._("It was to be signed by %s.", moment)
        if not missing:
            return sentence
        names = format_list(self.env, missing.mapped("actor_name"))
        rest = self.env._("Not signed by %s.", names)
        return f"{sentence} {rest}"

    def _after_state(self):
        self._close_attention()
        if self.state == "sent":
            return
        record = self._get_record()
        if self.state == "signed":
            record._autenti_signed(self)
        else:
            record._autenti_ended(self)
        self.signer_ids._close_activities()
        knows = self.state == "withdrawn" and self.env.user == self._get_in_charge()
        if self.state != "signed" and not knows:
            self._notify_salesperson(self._in_context()._get_state_message())

    def _get_signing_time(self):
        """Return when the last signer signed: a naive UTC datetime, or False."""
        return max(filter(None, self.signer_ids.mapped("signed_date")), default=False)

    # === WHAT IS WRITTEN DOWN === #

    def _record(self, kind, text, files=None, **data):
        """Hook: something has happened. Whoever keeps an account of it overrides this.

        :param str kind: what it is about: "created", "remote", "file", "callback",
            "state", "signature", "link", "note", "error" or one of the overrider's own
        :param str text: for people; may be HTML as messages take it
        :param files: ir.attachment records that are kept from now on
        :param data: JSON-able, for programs
        """

    # === TELLING PEOPLE === #

    def _log(self, message, news=None, kind="note", files=None, **details):
        """Put a note on the request, record it, and tell the record if it is news.

        It mails nobody, but for those who follow the news on the record.

        :param str news: kind of news that it is for people, see `_notify_followers`, or
            NOTE; None for what only the request's own account tells
        :param str kind: what it is about; see `_record`, as for `details`
        :param files: ir.attachment records that the record's note leads to
        """
        self._record(kind, message, **details)
        record = self._get_record()
        self._message_log(body=message)
        if record and news:
            self._notify_record(record, news, message, files)

    def _notify_record(self, record, news, message, files=None):
        """Hook: tell news in the chatter of the record.

        Mails carry links to files, which ask for a login, and never the files.
        """
        body = Markup(" ").join([message, *map(_link_to, files or ())])
        if news == NOTE:
            record._message_log(body=body)
        else:
            self._notify_followers(record, news, body)

    def _log_state(self):
        is_signed = self.state == "signed"
        verdict = is_signed and self._get_verdict()
        message = self._get_state_message()
        self._log(
            f"{message} {verdict}" if verdict else message,
            news=NEWS_BY_STATE[self.state],
            kind="state",
            files=self._get_files_to_tell() if is_signed else None,
            state=self.state,
        )

    def _get_files_to_tell(self):
        """Hook: return the files that the note of the last signature leads to."""
        of_record = [("res_model", "=", self.res_model), ("res_id", "=", self.res_id)]
        return self.env["ir.attachment"].search(
            [*of_record, ("autenti_request_id", "=", self.id)], limit=1
        )

    def _notify_followers(self, record, news, message):
        """Post news on a record, in the words of its mail template.

        :param record: of a model with `autenti.sign.mixin`
        :param str news: ending of the xml ids of the subtype and the template
        :param str message: what has happened, in a sentence
        """
        record.message_post(
            body=self._render_news(news, message),
            subtype_id=record._autenti_get_subtype(news).id,
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _render_news(self, news, message):
        """Render the template of a piece of news; a broken one must not stop us."""
        xmlid = f"autenti_esign.mail_template_{news}"
        template = self.env.ref(xmlid, raise_if_not_found=False)
        if not template:
            return message
        try:
            with self.env.cr.savepoint():
                bodies = template.with_context(news=message)._render_field(
                    "body_html", self.ids
                )
        except Exception:
            _logger.warning("Template %s can't be rendered", xmlid, exc_info=True)
            return message
        return bodies[self.id] or message

    def _notify_salesperson(self, message):
        """Put a message in front of who is in charge."""
        self._close_attention()
        if in_charge := self._get_in_charge():
            self._get_record()._autenti_schedule_activity(ATTENTION, in_charge, message)

    def _close_attention(self):
        """Take it away, whomever it was put in front of."""
        self._get_record().activity_unlink([ATTENTION])

    def _keep_error(self, message, code, tell):
        """Show on the forms what is wrong; tell the salesperson, but once.

        :param str code: tells the trouble from others, whatever words Autenti has
        """
        if message != self.last_error:
            self._record("error", message, code=code)
        if tell and self._note_told(code):
            self._notify_salesperson(message)
        self.write({"last_error": message, "last_error_code": code})
        self._bus_notify()

    def _note_told(self, code):
        """Note that a person hears of some trouble, and tell whether they may.

        Once until it is over; where it comes, goes and changes, `TOLD_A_DAY` times.
        """
        now = fields.Datetime.now()
        day_ago = (now - timedelta(days=1)).isoformat()
        told = [t for t in self.told or [] if not t["over"] or t["at"] > day_ago]
        is_told = any(t["code"] == code and not t["over"] for t in told)
        if is_told or sum(t["at"] > day_ago for t in told) >= TOLD_A_DAY:
            return False
        self.told = [*told, {"code": code, "at": now.isoformat(), "over": False}]
        return True

    def _forget_error(self, kind=None):
        """Note that a kind of step works again, by default all that failed."""
        failures = {k: n for k, n in (self.failures or {}).items() if k != kind}
        if kind and failures:
            self.write({"failures": failures, "attempt_count": max(failures.values())})
            return
        if self.is_unclear:
            # Whatever works again, a person still has to choose
            self.write({"failures": False, "attempt_count": 0})
            return
        is_told = bool(self.last_error)
        self.write(self._prepare_forgetting())
        if is_told:
            self._close_attention()

    def _prepare_forgetting(self):
        return {
            "last_error": False,
            "attempt_count": 0,
            "failures": False,
            "told": [{**each, "over": True} for each in self.told or []] or False,
        }

    def _bus_notify(self):
        """Have open forms and lists of the record load again."""
        self._autenti_notify_forms(self)
        self._autenti_notify_forms(self._get_record())

    @api.model
    def _cron_tell_waiting(self):
        """Mail a summary to everyone who can do something about what waits."""
        waiting = self._find_long_waiting()
        template = self.env.ref("autenti_esign.mail_template_waiting")
        for user, requests in waiting._get_by_reader().items():
            lines = [
                {"request": request, "days": request.waiting_days}
                for request in requests.with_context(lang=user.lang).sorted("turn_date")
            ]
            template.with_context(lines=lines).send_mail(
                user.id, email_layout_xmlid="mail.mail_notification_light"
            )

    @api.model
    def _find_long_waiting(self):
        """Find what has waited for somebody longer than its connection allows."""
        found = self.browse()
        told = self.env["autenti.connection"].search([("waiting_days", ">", 0)])
        # In a copy nobody knows whether it still waits
        for connection in told.filtered(lambda each: not each.is_elsewhere):
            limit = fields.Datetime.now() - timedelta(days=connection.waiting_days)
            found |= self.search(
                [
                    ("connection_id", "=", connection.id),
                    ("turn", "!=", False),
                    ("turn_date", "<=", limit),
                ]
            )
        return found

    def _get_by_reader(self):
        """Return the requests by the res.users who is told of them.

        Those are who is in charge, and the managers, of all in the companies where they
        work.
        """
        managers = self.env.ref(
            "autenti_esign.autenti_esign_group_manager"
        ).all_user_ids.filtered(lambda user: user.active and user.email)
        by_user = {}
        for request in self:
            readers = request._get_in_charge().filtered("email")
            readers |= managers.filtered(
                lambda user, company=request.company_id: company in user.company_ids
            )
            for user in readers:
                by_user[user] = by_user.get(user, self.browse()) | request
        return by_user
