# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..client import const, file_names
from ..client.payload import DocumentProcess
from .autenti_connection import ENVIRONMENTS, MODES

_logger = logging.getLogger(__name__)

OPEN_STATES = ("to_send", "sent")
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


class AutentiRequest(models.Model):
    """One attempt to have one record signed: one document process at Autenti."""

    _name = "autenti.request"
    _description = "Autenti Signature Request"
    _inherit = ["autenti.guard", "mail.thread"]
    _order = "id desc"

    name = fields.Char(string="Title", required=True, readonly=True)
    res_model = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
        index=True,
        export_string_translation=False,
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
    signer_ids = fields.One2many("autenti.signer", "request_id", readonly=True)
    next_signer_id = fields.Many2one(
        "autenti.signer", string="Next to act", compute="_compute_next_signer_id"
    )
    is_my_turn = fields.Boolean(
        compute="_compute_is_my_turn", export_string_translation=False
    )
    # What the rules of access look at
    is_responsible = fields.Boolean(
        compute="_compute_is_responsible",
        search="_search_is_responsible",
        export_string_translation=False,
    )
    may_act = fields.Boolean(
        compute="_compute_may_act", export_string_translation=False
    )
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
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="to_send",
    )
    reason = fields.Text(
        readonly=True, copy=False, help="Why it was declined, withdrawn or failed."
    )
    sent_date = fields.Datetime(string="Sent on", readonly=True, copy=False)
    ended_date = fields.Datetime(string="Ended on", readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    last_error_code = fields.Char(
        readonly=True, copy=False, export_string_translation=False
    )

    service_problem = fields.Text(
        compute="_compute_service_problem",
        compute_sudo=True,
        export_string_translation=False,
    )

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
    sender_subject = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )

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
        export_string_translation=False,
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

    # Pace
    attempt_count = fields.Integer(
        string="Failed attempts",
        readonly=True,
        copy=False,
        help="In a row, until something last went well.",
    )
    # Failures in a row by kind of step: what works says nothing about what doesn't
    failures = fields.Json(readonly=True, copy=False, export_string_translation=False)
    # Trouble people were told of: ``[{"code": str, "at": ISO time, "over": bool}]``
    told = fields.Json(readonly=True, copy=False, export_string_translation=False)
    next_check_at = fields.Datetime(
        string="Next try", readonly=True, copy=False, index="btree_not_null"
    )

    _open_uniq = models.UniqueIndex(
        "(res_model, res_id) WHERE (state IN ('to_send', 'sent'))",
        "This document is already out for signature.",
    )
    _process_uniq = models.UniqueIndex(
        "(connection_id, environment, process_id) WHERE (process_id IS NOT NULL)",
        "One process at Autenti belongs to one request.",
    )

    @api.depends("signer_ids.status", "state")
    def _compute_next_signer_id(self):
        for request in self:
            waiting = request.signer_ids.filtered(
                lambda s: s.status in ("waiting", "turn")
            )
            request.next_signer_id = (
                waiting[:1] if request.state in OPEN_STATES else False
            )

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

    @api.model_create_multi
    def create(self, vals_list):
        """Override to keep titles on one line: mails and files are called by them."""
        return super().create(
            [
                {**vals, "name": file_names.one_line(vals["name"])}
                if vals.get("name")
                else vals
                for vals in vals_list
            ]
        )

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
            & Domain(
                "res_id",
                "in",
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

    @api.depends("connection_id.service_problem", "state")
    def _compute_service_problem(self):
        for request in self:
            request.service_problem = (
                request.state in OPEN_STATES and request.connection_id.service_problem
            )

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(
            self.env._("Signature requests are evidence and can't be deleted.")
        )

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
        self.sudo()._schedule_now()

    def action_sign_now(self):
        """Open the personal signing link of the user whose turn it is."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_my_turn:
            raise UserError(self.env._("It isn't your turn to sign."))
        url = self._fetch_link(self.next_signer_id)
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

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
        url = request_sudo._ask(
            lambda session: session.action_link(
                request_sudo.process_id, signer_sudo._get_actual_email()
            )
        )
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

    def _may_act(self):
        """Tell whether the user may do what the one who sent it does."""
        return (
            self.user_id == self.env.user or self._is_managed() or self.is_responsible
        )

    def _is_managed(self):
        """Tell whether the user may act on what others sent."""
        user = self.env.user
        return user.has_group(MANAGER_GROUP) or user.has_group("base.group_system")

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

    # === WHO IS IN CHARGE === #

    def _still_works(self, user):
        """Tell whether a user can still act on what the company sends."""
        return (
            user.active
            and self.company_id in user.company_ids
            and user.has_group(USER_GROUP)
        )

    def _can_open_record(self, user):
        record = self._get_record().with_user(user)
        companies = user.company_ids.ids
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
        managers = self.env["res.users"].search(
            [
                ("all_group_ids", "in", self.env.ref(MANAGER_GROUP).ids),
                ("company_ids", "in", self.company_id.ids),
                ("id", "!=", SUPERUSER_ID),
            ],
            order="id",
        )
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

    # === AUTENTI'S SIDE === #

    def _get_client(self):
        return self.connection_id._get_client(self.sender_email, self.sender_subject)

    def _to_process(self):
        """Describe the request as Autenti's document process.

        :rtype: client.payload.DocumentProcess
        """
        return DocumentProcess(
            title=self.name,
            description=self.message or "",
            language=self.language,
            parties=tuple(signer._to_party() for signer in self.signer_ids),
        )

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

    def _in_context(self):
        """Work in the company, and in language and time zone of who is in charge."""
        self.ensure_one()
        reader = self._get_in_charge() or self.user_id
        return self.with_company(self.company_id).with_context(
            lang=reader.lang, tz=reader._autenti_get_time_zone()
        )

    # === STATE === #

    def _set_state(self, target, reason=None):
        """Move to a state; the only writer of it.

        Does nothing when the request is there already. What isn't allowed is refused
        with a warning in the log, for a late or repeated answer must not raise.

        :param str target: a state other than `to_send`
        :param str reason: why, for the person who sent it
        """
        self.ensure_one()
        if self.state == target:
            return
        if self.state not in TRANSITIONS[target]:
            _logger.warning(
                "Request %s: %s isn't reached from %s", self.id, target, self.state
            )
            return
        _logger.info("Request %s: %s -> %s", self.id, self.state, target)
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
        labels = {
            "sent": self.env._("Sent to Autenti for signature."),
            "signed": self.env._("Signed with Autenti by all."),
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
            self._tell_salesperson(self._in_context()._get_state_message())

    def _get_signing_time(self):
        """Return when the last signer signed: a naive UTC datetime, or False."""
        return max(filter(None, self.signer_ids.mapped("signed_date")), default=False)

    # === TELLING PEOPLE === #

    def _keep_error(self, message, code, tell):
        """Show on the forms what is wrong; tell the salesperson, but once.

        :param str code: tells the trouble from others, whatever words Autenti has
        """
        if tell and self._note_told(code):
            self._tell_salesperson(message)
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

    def _count_failure(self, kind):
        """Count a failure of a kind of step: the pause before the next try grows."""
        failures = self.failures or {}
        count = failures.get(kind, 0) + 1
        self.write({"failures": {**failures, kind: count}, "attempt_count": count})

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

    def _get_record(self):
        """Return the record that is signed, maybe empty.

        :rtype: recordset of a model with `autenti.sign.mixin`
        """
        self.ensure_one()
        if not self._is_of_signable_model():
            return self.env["agreement"]
        return self.env[self.res_model].browse(self.res_id).exists()

    def _is_of_signable_model(self):
        """Tell if the addon that made the record signable is still installed."""
        signable = self.env.registry["autenti.sign.mixin"]
        return isinstance(self.env.get(self.res_model), signable)

    def _log(self, message, attachments=None, news=None, **_details):
        """Put a note on the record and on the request.

        It mails nobody, but for those who follow the news on the record.

        :param str news: kind of news that it is; see `_tell_followers`
        :param details: for the timeline; see `_append_event`
        """
        record = self._get_record()
        self._message_log(body=message)
        if record and news:
            self._tell_followers(record, news, message)
        elif record:
            record._message_log(
                body=message, attachment_ids=attachments.ids if attachments else []
            )

    def _tell_salesperson(self, message):
        """Put a message in front of who is in charge."""
        self._close_attention()
        if in_charge := self._get_in_charge():
            self._get_record()._autenti_schedule_activity(ATTENTION, in_charge, message)

    def _close_attention(self):
        """Take it away, whomever it was put in front of."""
        self._get_record().activity_unlink([ATTENTION])

    def _bus_notify(self):
        """Have open forms and lists of the record load again."""
        for record in (self, self._get_record()):
            if record:
                self.env["bus.bus"]._sendone(
                    record,
                    "autenti_esign/changed",
                    {"model": record._name, "id": record.id},
                )
