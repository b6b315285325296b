# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What automations hand over to be sent: each by a job, in a transaction of its own."""

import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..unattended import unattended

_logger = logging.getLogger(__name__)

JOB = "autenti_esign_automation.ir_cron_autenti_sending"


class AutentiSending(models.Model):
    """A record that an automation has sent, or couldn't."""

    _name = "autenti.sending"
    _description = "Automatic Sending with Autenti"
    _inherit = ["autenti.task"]
    _order = "id desc"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model",
        required=True,
        readonly=True,
    )
    name = fields.Char(string="Document", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Sent by", readonly=True, index=True)
    # Only Odoo itself writes who made it
    set_off_by_id = fields.Many2one(related="create_uid", string="Set off by")
    action_name = fields.Char(string="Automation", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Handed over"), ("failed", "Not sent")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    problem = fields.Text(string="Why", readonly=True)
    request_id = fields.Many2one(
        "autenti.request",
        string="Signature request",
        readonly=True,
        index="btree_not_null",
    )
    create_date = fields.Datetime(string="Set off on", readonly=True)

    def action_open_record(self):
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("It was deleted."))
        return record.get_formview_action()

    @api.model
    def _add(self, record, user, action, is_loop):
        """Have a record sent as soon as this transaction is committed.

        :param record: of a model with `autenti.sign.mixin`
        :param user: res.users who sends it, maybe empty
        :param action: ir.actions.server that wants it
        :param bool is_loop: it was sent before, and its end has set this off
        """
        waiting = [
            ("res_model", "=", record._name),
            ("res_id", "=", record.id),
            ("state", "=", "waiting"),
        ]
        record_sudo = record.sudo()
        if self.sudo().search_count(waiting, limit=1):
            return
        sending_sudo = self.sudo().create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "name": record_sudo.display_name,
                "company_id": record_sudo._autenti_get_company().id,
                "user_id": user.id,
                "action_name": action.name,
            }
        )
        # Before others change what the rights of who has set it off depend on
        if problem := sending_sudo._find_refusal(is_loop):
            sending_sudo._fail(problem)
        else:
            self.env.ref(JOB).sudo()._trigger()

    def _find_refusal(self, is_loop):
        """Return why a record isn't sent whatever it says; False when nothing is.

        :return: takes the environment in whose language it is said
        """
        record, runner = self._get_record(), self.env.user
        if is_loop:
            return lambda env: env._(
                "It was sent before. An automation doesn't send again by itself what "
                "was declined, has expired or was withdrawn. Send it yourself."
            )
        if not self.user_id:
            return lambda env: env._(
                "Nobody is responsible for it, in whose name it could be sent."
            )
        if runner.id != SUPERUSER_ID and not record._autenti_may_be_sent_by(runner):
            return lambda env: env._(
                "%s, who has set it off, may not send it for signature.", runner.name
            )
        return False

    def _get_record(self):
        return self.env[self.res_model].browse(self.res_id)

    def _fail(self, problem):
        """Keep why it wasn't sent, and put it in front of a person.

        :param problem: takes the environment in whose language it is said
        """
        self.write({"state": "failed", "problem": problem(self.env)})
        if record := self._get_record().exists():
            record._autenti_notify_overseer(
                lambda env: env._(
                    "“%(action)s” didn't send it for signature.\n%(problem)s",
                    action=self.action_name,
                    problem=problem(env),
                ),
                self.user_id,
            )

    @api.model
    def _cron_process(self):
        """Send what waits, one document a transaction."""
        waiting = [("state", "=", "waiting")]
        sendings = self.search(waiting, order="id")
        cron = self.env["ir.cron"]
        with unattended(self.env.cr):
            cron._commit_progress(remaining=len(sendings))
            for sending in sendings:
                sending._process_one(waiting)
                if not cron._commit_progress(1):
                    break

    def _take_failure(self, error):
        if isinstance(error, UserError | RedirectWarning):
            problem = error.args[0]
            self._fail(lambda _env: problem)
            return
        # Not its title, which may name people
        _logger.error("Sending %s: it can't be done", self.id, exc_info=error)
        self._fail(lambda env: self.with_env(env)._autenti_describe_bug())

    def _process(self):
        record = self._get_record()
        if not record.exists():
            raise UserError(self.env._("It was deleted."))
        if not record._autenti_may_be_sent_by(self.user_id):
            raise UserError(
                record._autenti_as(self.user_id).env._(
                    "%s may not send it for signature.", self.user_id.name
                )
            )
        record = record._autenti_as(self.user_id)
        record._autenti_check_signable()
        record.env["autenti.send"]._make_for(record).action_send()
        request = record._autenti_get_request()
        self.write({"state": "done", "request_id": request.id})
