# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The weekly summary of what waits for long, and for whom."""

from datetime import timedelta

from odoo import api, fields, models


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    waiting_days = fields.Integer(
        string="Weekly summary after (days)",
        default=7,
        help="Every week, salespeople and managers get a mail on what has waited for a "
        "signature longer than this; 0 for no mail.",
    )

    _waiting_days_positive = models.Constraint(
        "CHECK(waiting_days >= 0)", "Enter days, or 0 for never."
    )


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    @api.model
    def _cron_tell_waiting(self):
        """Mail a summary to everyone who can do something about what waits."""
        waiting = self._find_long_waiting()
        template = self.env.ref("autenti_esign.mail_template_waiting")
        now = fields.Datetime.now()
        for user, requests in waiting._get_by_reader().items():
            lines = [
                {"request": request, "days": (now - request.turn_date).days}
                for request in requests.with_context(lang=user.lang).sorted("turn_date")
            ]
            template.with_context(lines=lines).send_mail(
                user.id, email_layout_xmlid="mail.mail_notification_light"
            )

    @api.model
    def _find_long_waiting(self):
        """Find what has waited for somebody longer than its connection allows."""
        found = self.browse()
        for connection in self.env["autenti.connection"].search(
            [("waiting_days", ">", 0)]
        ):
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
