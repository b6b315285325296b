# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.autenti_esign.tests.test_guard import DialogsCommon
from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG


class TestGuard(DialogsCommon):
    """Nobody gets at evidence that isn't theirs, or at none."""

    def get_own_models(self):
        """Return the models that this addon makes."""
        return [
            model
            for name, model in self.env.registry.items()
            if model._original_module == "autenti_esign_evidence"
        ]

    def test_every_model_of_ours_is_guarded(self):
        models = self.get_own_models()
        self.assertEqual(len(models), 4)
        for model in models:
            with self.subTest(model=model._name):
                guard = self.env.registry["autenti.guard"]
                self.assertTrue(issubclass(model, guard))
                if model._transient:
                    rules = self.env["ir.rule"].search(
                        [("model_id.model", "=", model._name)]
                    )
                    own = rules.filtered(lambda r: "create_uid" in r.domain_force)
                    self.assertTrue(own.filtered("global"))

    def test_who_comes_from_outside_calls_nothing(self):
        guest = new_test_user(
            self.env, "guest@klient.example.com", groups="base.group_portal"
        )
        request = self.foreign.with_user(guest)
        event = self.foreign.event_ids[0].with_user(guest)
        for act in (
            request.action_download_evidence,
            request.action_check_audit_trail,
            request._get_evidence_package,
            lambda: event.read(["text"]),
            lambda: event.write({"text": "x"}),
            self.env["autenti.retention"].with_user(guest).action_preview,
            self.env["autenti.retention"].with_user(guest).browse(1).action_forget,
            lambda: (
                self.env["autenti.privacy"].with_user(guest).action_show(self.contact)
            ),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                act()

    def test_nobody_deletes_by_pretending_to_uninstall(self):
        """The context comes from the browser."""
        events = self.foreign.event_ids
        for user in (self.board_seller, self.env.ref("base.user_root")):
            forged = events.with_user(user).with_context(**{MODULE_UNINSTALL_FLAG: 1})
            with self.subTest(user=user.name), self.assertRaises(UserError):
                forged.unlink()
        self.assertEqual(events.exists(), events)

    def test_dialogs_tell_nothing_of_another_companys_requests(self):
        preview = self.as_user(self.manager, "autenti.retention").create({})
        self.assertKept(
            "autenti.retention.line",
            self.manager,
            ["agreement_type_id", "ended_date"],
            retention_id=preview.id,
            request_id=self.foreign.id,
        )

    def test_dialogs_tell_nothing_of_another_companys_contacts(self):
        secret = self.env["res.partner"].create(
            {"name": "Tajny", "company_id": self.board_company.id}
        )
        self.assertKept(
            "autenti.privacy", self.manager, ["explanation"], partner_id=secret.id
        )

    def test_an_id_in_another_spelling_names_nothing(self):
        # The database would take each for the id, of which the ORM knows nothing
        contact = self.env["res.partner"].create(
            {"name": "Tajny Klient", "company_id": self.board_company.id}
        )
        self.env.flush_all()
        dialogs = self.as_user(self.manager, "autenti.privacy")
        for value in (str(contact.id), float(contact.id), [contact.id, "x"]):
            for attack in (
                lambda value=value: dialogs.create({"partner_id": value}),
                lambda value=value: dialogs.onchange(
                    {"partner_id": value}, ["partner_id"], {"explanation": {}}
                ),
            ):
                with self.subTest(value=value), self.assertRaises(AccessError):
                    attack()
        self.contact.company_id = self.company
        dialog = dialogs.create({"partner_id": self.contact.id})
        self.assertEqual(dialog.partner_id, self.contact)

    def test_a_dialog_left_overnight_says_to_open_it_again(self):
        retention = self.env["autenti.retention"].with_user(self.administrator)
        self.assertSaysToOpenAgain(retention.create({}), ["action_forget"])
        privacy = self.env["autenti.privacy"].with_user(self.manager)
        self.assertSaysToOpenAgain(
            privacy.create({"partner_id": self.contact.id}),
            ["action_export", "action_anonymise"],
        )
