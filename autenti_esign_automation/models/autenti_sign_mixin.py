# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, models

from odoo.addons.autenti_esign.models.autenti_request import USER_GROUP

ACTIVITY = "autenti_esign_automation.mail_activity_type_automation"


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def _autenti_find_overseer(self, preferred=None):
        """Find who is told of what an automation couldn't do with a record.

        :param preferred: res.users who are told when nobody is responsible
        :return: res.users, maybe empty: the responsible, else one of those preferred
            who may send, a manager of the company, or an administrator
        """
        self.ensure_one()
        record_sudo = self.sudo()
        company = record_sudo._autenti_get_company()
        people = record_sudo._autenti_get_responsible()
        others = (preferred or people).filtered(lambda user: user.has_group(USER_GROUP))
        for user in people | others:
            if record_sudo._autenti_is_there(user):
                return user
        return self.env["res.users"].sudo()._autenti_find_overseer(company)

    def _autenti_is_there(self, user):
        """Tell if a user works here and can open the record."""
        return (
            user.active
            and user.id != SUPERUSER_ID
            and user._is_internal()
            and self._autenti_get_company() in user.company_ids
            and self._autenti_as(user).has_access("read")
        )

    def _autenti_may_be_sent_by(self, user):
        """Tell if a user has the rights to send the record for signature."""
        return (
            user.active
            and user.has_group(USER_GROUP)
            and self.sudo()._autenti_get_company() in user.company_ids
            and self._autenti_as(user).autenti_may_send
        )

    def _autenti_notify_overseer(self, message, preferred=None):
        """Put in front of a person what an automation couldn't do.

        :param message: takes the environment in that person's language
        """
        record_sudo = self.sudo()
        if user := record_sudo._autenti_find_overseer(preferred):
            env = self.env(context={**self.env.context, "lang": user.lang})
            record_sudo._autenti_schedule_activity(ACTIVITY, user, message(env))
