# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import inspect

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from .common import BOARD_EMAIL
from .test_guard import GuardCommon


class TestOutsiders(GuardCommon):
    """Who comes from outside learns nothing, not even from a refusal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest = new_test_user(
            cls.env, "guest@klient.example.com", groups="base.group_portal"
        )

    def test_which_e_mails_are_known_is_not_told(self):
        guest = self.guest.with_user(self.guest)
        answers = set()
        for email in (SELLER := self.seller.email, BOARD_EMAIL, "no@example.com", "?"):
            for name in ("autenti_email", "autenti_position"):
                with self.subTest(email=email), self.assertRaises(AccessError) as error:
                    guest.write({name: email})
                answers.add(str(error.exception))
        self.assertEqual(len(answers), 1)
        self.assertNotIn(SELLER, answers.pop())
        guest.write({"name": "Gość"})
        self.assertEqual(guest.name, "Gość")

    def test_an_employee_enters_the_own_e_mail(self):
        seller = self.seller.with_user(self.seller)
        seller.autenti_email = "anna@inna.example.com"
        with self.assertRaisesRegex(ValidationError, "somebody else"):
            seller.autenti_email = BOARD_EMAIL

    def test_no_public_method_answers_before_it_has_asked_for_the_right(self):
        request = self.send()
        dialog = self.open_dialog(self._create_agreement(self.seller))
        records = {
            record._name: record
            for record in (
                *(self.connection, request, request.signer_ids[0], dialog),
                *(self.second, self.agreement),
            )
        }
        for name, model in self.env.registry.items():
            if not (name.startswith("autenti.") or name == "agreement"):
                continue
            if self.env[name]._abstract:
                continue
            record = records.get(name, self.env[name].browse(1))
            record = record.with_user(self.guest).with_env(
                self.env(user=self.guest, su=False)
            )
            for method in self.get_public_methods(model):
                self.env.invalidate_all()
                arguments = [1] * self.count_arguments(model, method)
                with self.subTest(model=name, method=method):
                    with self.assertRaises(AccessError):
                        getattr(record, method)(*arguments)

    def test_the_account_is_for_who_signs(self):
        guest = self.guest.with_user(self.guest)
        for act in (guest.action_autenti_connect, guest.action_autenti_disconnect):
            with self.assertRaises(AccessError):
                act()

    def get_public_methods(self, model):
        """Return the names of what can be called of our classes over RPC."""
        return sorted(
            {
                name
                for base in model.__mro__
                if base.__module__.startswith("odoo.addons.autenti_")
                for name, value in vars(base).items()
                if inspect.isfunction(value)
                and not name.startswith("_")
                and name not in ("create", "write", "default_get", "onchange")
                and not getattr(value, "_api_private", False)
            }
        )

    def count_arguments(self, model, method):
        parameters = inspect.signature(getattr(model, method)).parameters.values()
        return sum(each.default is each.empty for each in parameters) - 1
