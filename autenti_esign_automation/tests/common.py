# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.fields import Command

from odoo.addons.autenti_esign.tests.common import AutentiCommon

ACTIVITY = "autenti_esign_automation.mail_activity_type_automation"


class AutomationCommon(AutentiCommon):
    """Automation rules of an administrator, and people who set them off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        # One of the least rights: may change contracts, and not send them
        cls.clerk = cls._create_user(
            "Ola Kos",
            "ola.kos@firma.example.com",
            groups="agreement.group_agreement_user",
        )

    @classmethod
    def _create_rule(cls, *actions, model="agreement", watch=None, **values):
        """Make an automation rule as an administrator does in its form.

        :param dict actions: values of its actions
        :param str watch: name of the field whose change sets it off, default any
        :param values: of the rule; when it is set off
        """
        model_id = cls.env["ir.model"]._get_id(model)
        if watch:
            field = cls.env["ir.model.fields"]._get(model, watch)
            values["trigger_field_ids"] = [Command.set(field.ids)]
        return (
            cls.env["base.automation"]
            .with_user(cls.administrator)
            .create(
                {
                    "name": "Regulamin",
                    "model_id": model_id,
                    "trigger": "on_create_or_write",
                    "action_server_ids": [
                        Command.create(
                            {
                                "name": each.get("state", "action"),
                                "model_id": model_id,
                                "usage": "base_automation",
                                **each,
                            }
                        )
                        for each in actions
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _create_sending_rule(cls, **action):
        """Make a rule that sends a contract once its name says so."""
        return cls._create_rule(
            {"state": "autenti_send", **action},
            watch="name",
            filter_domain="[('name', 'ilike', 'wyślij')]",
        )

    def set_off(self, agreements, user=None):
        """Have a person write what the rules wait for; `ODOO` is Odoo itself."""
        for agreement in agreements:
            mine = agreement.with_user(user or self.seller)
            mine.name = f"{agreement.name} wyślij"
        self.env.flush_all()

    def give_to(self, user):
        """Have contracts belong to somebody, as orders do."""
        self.patch(
            self.registry["agreement"],
            "_autenti_get_responsible",
            lambda record: record.env["res.users"].browse(user.id),
        )

    def run_sendings(self):
        """Run the job that sends what automations have handed over."""
        self.run_cron("sending", "autenti_esign_automation")

    def sendings(self, agreement):
        return self.env["autenti.sending"].search([("res_id", "=", agreement.id)])

    def told(self, record):
        """Return who was told of a failure, as user -> note."""
        self.env.invalidate_all()
        activities = record.sudo().activity_ids.filtered(
            lambda each: each.activity_type_id == self.env.ref(ACTIVITY)
        )
        return {each.user_id: each.note for each in activities}
