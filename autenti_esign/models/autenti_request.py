# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..client import const
from ..client.payload import DocumentProcess
from .autenti_connection import ENVIRONMENTS, MODES

_logger = logging.getLogger(__name__)

OPEN_STATES = ("to_send", "sent")
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
    _inherit = ["mail.thread"]
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

    @api.depends("signer_ids.status", "signer_ids.user_id", "state")
    @api.depends_context("uid")
    def _compute_is_my_turn(self):
        for request in self:
            signer = request.next_signer_id
            request.is_my_turn = (
                signer.status == "turn" and signer.user_id.id == self.env.uid
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
        request_sudo = self.sudo()
        email = request_sudo.next_signer_id.email
        url = request_sudo._ask(
            lambda session: session.action_link(request_sudo.process_id, email)
        )
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

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
            self.user_id == self.env.user
            or self.env.user.has_group("autenti_esign.autenti_esign_group_manager")
            or self.env.user.has_group("base.group_system")
        )

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
            "name": name,
            "raw": content,
            "mimetype": mimetype,
            "res_model": self._name,
            "res_id": self.id,
            "autenti_request_id": self.id,
        }

    def _in_context(self):
        """Work in the company, language and time zone of the one who sent it."""
        self.ensure_one()
        return self.with_company(self.company_id).with_context(
            lang=self.user_id.lang, tz=self.user_id.tz
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
        values = {"state": target, "last_error": False, "attempt_count": 0}
        if target == "sent":
            values["sent_date"] = now
        else:
            values.update(ended_date=now, next_check_at=False, reason=reason)
        self.write(values)
        self._log_state()
        self._after_state()
        self._bus_notify()

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
        knows = self.state == "withdrawn" and self.env.user == self.user_id
        if self.state != "signed" and not knows:
            self._tell_salesperson(self._get_state_message())

    def _get_signing_time(self):
        """Return when the last signer signed: a naive UTC datetime, or False."""
        return max(filter(None, self.signer_ids.mapped("signed_date")), default=False)

    # === TELLING PEOPLE === #

    def _keep_error(self, message, tell):
        """Show on the forms what is wrong; tell the salesperson, but once."""
        if tell and message != self.last_error:
            self._tell_salesperson(message)
        self.last_error = message
        self._bus_notify()

    def _forget_error(self):
        self.attempt_count = 0
        if self.last_error:
            self.last_error = False
            self._close_attention()

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
        self._get_record()._autenti_schedule_activity(
            "autenti_esign.mail_activity_type_attention", self.user_id, message
        )

    def _close_attention(self):
        self._get_record()._autenti_close_activity(
            "autenti_esign.mail_activity_type_attention", self.user_id
        )

    def _bus_notify(self):
        """Have open forms and lists of the record load again."""
        for record in (self, self._get_record()):
            if record:
                self.env["bus.bus"]._sendone(
                    record,
                    "autenti_esign/changed",
                    {"model": record._name, "id": record.id},
                )
