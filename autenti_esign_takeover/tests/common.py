# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.autenti_esign.tests.common import AutentiCommon

JOB_ADDON = "autenti_esign_takeover"


class TakeoverCommon(AutentiCommon):
    """Contracts of Anna Nowak that go to Piotr Zima."""

    def open_take_over(self, user=None, **context):
        """Open the dialog as its action does, with defaults of its fields."""
        action = self.env["autenti.take.over"]._get_action(**context)
        model = self.env["autenti.take.over"].with_user(user or self.manager)
        return model.with_context(**action["context"])

    def take_over(self, requests=None, person=None, taker=None, user=None):
        """Order a takeover; the job hasn't run yet.

        :return: the autenti.takeover, as who has ordered it sees it
        """
        user = user or self.manager
        values = {"taker_id": (taker or self.colleague).id}
        if requests:
            values["request_ids"] = requests.ids
        if person:
            values["person_id"] = person.id
        dialog = self.env["autenti.take.over"].with_user(user).create(values)
        action = dialog.action_take_over()
        return self.env["autenti.takeover"].with_user(user).browse(action["res_id"])

    def run_takeovers(self):
        self.run_cron("takeover", JOB_ADDON)

    def told(self, record):
        """Return who has an open activity that something needs attention."""
        self.env.invalidate_all()
        attention = self.env.ref("autenti_esign.mail_activity_type_attention")
        return record.activity_ids.filtered(
            lambda activity: activity.activity_type_id == attention
        )
