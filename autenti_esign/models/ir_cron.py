# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether the scheduled actions that do the work here run."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

SENDING_JOB = "autenti_esign.ir_cron_autenti_request"
# What may be switched off by choice
OPTIONAL_JOBS = ("autenti_esign.ir_cron_autenti_waiting",)
# Other actions of a busy server may go first; what runs seldom may wait longer
PATIENCE = timedelta(minutes=15)
LONGEST_PATIENCE = timedelta(days=1)
# Odoo repeats what has failed
FAILURES = 3
FAILING_TIME = timedelta(hours=1)


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _autenti_find_jobs(self):
        """Return the scheduled actions of Autenti's addons, also those switched off."""
        data_sudo = self.env["ir.model.data"].sudo()
        domain = [("model", "=", self._name), ("module", "=like", "autenti\\_esign%")]
        ids = data_sudo.search(domain, order="id").mapped("res_id")
        return self.sudo().with_context(active_test=False).browse(ids).exists()

    def _autenti_find_problem(self):
        """Tell what keeps a scheduled action from doing its work.

        :return: (what is wrong, what to do), or None when nothing is
        """
        self.ensure_one()
        if not self.active:
            return (
                self.env._("The scheduled action “%s” is switched off.", self.name),
                self.env._(
                    "Switch it on under Settings / Technical / Scheduled Actions."
                ),
            )
        if self._autenti_is_failing():
            return (
                self.env._(
                    "The scheduled action “%(name)s” has been failing since %(date)s.",
                    name=self.name,
                    date=self._autenti_format(self.first_failure_date),
                ),
                self.env._("The server's log says why."),
            )
        if since := self._autenti_find_delay():
            return (
                self.env._(
                    "The scheduled action “%(name)s” was due on %(date)s and hasn't "
                    "run since.",
                    name=self.name,
                    date=self._autenti_format(since),
                ),
                self.env._(
                    "See that a server runs the scheduled actions of this database: "
                    "max_cron_threads isn't 0, and no module waits to be updated."
                ),
            )
        return None

    def _autenti_is_failing(self):
        begun = self.first_failure_date
        return bool(self.failure_count and begun) and (
            self.failure_count >= FAILURES
            or begun < fields.Datetime.now() - FAILING_TIME
        )

    def _autenti_find_delay(self):
        """Return since when the action is overdue, or False."""
        if self.env.context.get("cron_id") and self != self.env.ref(SENDING_JOB):
            # So there is a scheduler. Maybe it has just begun again, and hasn't come to
            # this one yet; that which is due each minute comes first
            return False
        now = fields.Datetime.now()
        interval = relativedelta(**{self.interval_type: self.interval_number})
        patience = min(max(PATIENCE, now - (now - interval)), LONGEST_PATIENCE)
        trigger = (
            self.env["ir.cron.trigger"]
            .sudo()
            .search([("cron_id", "=", self.id)], order="call_at", limit=1)
        )
        due = min(self.nextcall, trigger.call_at or self.nextcall)
        return due < now - patience and not self._autenti_is_running() and due

    def _autenti_is_running(self):
        """Tell if a server has locked the action, as it does for as long as it runs."""
        self.flush_recordset()
        query = SQL(
            "SELECT FROM ir_cron WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", self.id
        )
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            self.env.cr.execute(query, log_exceptions=False)
            return not self.env.cr.rowcount
        except SerializationFailure:
            # It has run since this transaction began
            return True
        finally:
            # So that a server may lock it at once
            savepoint.close(rollback=True)

    def _autenti_format(self, moment):
        return format_datetime(self.env, moment, dt_format="short")
