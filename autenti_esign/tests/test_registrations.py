# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, UserError

from ..client import assumptions
from .common import AutentiCommon

FOREIGN = "https://crm.example.com/hook"


class TestRegistrations(AutentiCommon):
    """Where Autenti posts its news: ours can be changed, others' never."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_user(
            "Adam Min", "administrator@firma.example.com", "base.group_system"
        )
        cls.as_administrator = cls.connection.with_user(cls.administrator)

    def setUp(self):
        super().setUp()
        self.move_to("https://erp.example.com")

    def move_to(self, base_url):
        """Let this database have another address."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("web.base.url", base_url)
        self.env.invalidate_all()
        self.own = f"{base_url}/autenti"

    def listed(self):
        return {r.url: r.is_own for r in self.connection.registration_ids}

    def test_the_address_is_registered_once(self):
        for _time in range(2):
            action = self.as_administrator.action_register_callback()
            self.assertIn(self.own, action["params"]["message"])
        self.assertEqual(self.autenti.callback_urls, [self.own])
        self.assertEqual(self.listed(), {self.own: True})
        self.assertTrue(self.connection.is_callback_registered)

    def test_others_are_shown_and_stay(self):
        self.autenti.callback_urls = [FOREIGN]
        self.as_administrator.action_register_callback()
        self.assertEqual(self.listed(), {FOREIGN: False, self.own: True})
        foreign = self.as_administrator.registration_ids.filtered(
            lambda r: r.url == FOREIGN
        )
        with self.assertRaisesRegex(UserError, "Another program"):
            foreign.action_remove()
        self.assertEqual(self.autenti.callback_urls, [FOREIGN, self.own])

    def test_ours_is_removed(self):
        self.autenti.callback_urls = [FOREIGN]
        self.as_administrator.action_register_callback()
        ours = self.as_administrator.registration_ids.filtered("is_own")
        ours.action_remove()
        self.assertEqual(self.autenti.callback_urls, [FOREIGN])
        self.assertEqual(self.listed(), {FOREIGN: False})
        self.assertFalse(self.connection.is_callback_registered)

    def test_the_list_follows_autenti(self):
        self.as_administrator.action_register_callback()
        self.autenti.callback_urls = [FOREIGN]
        self.as_administrator.action_list_callbacks()
        self.assertEqual(self.listed(), {FOREIGN: False})

    def test_the_limit_is_explained(self):
        urls = [f"{FOREIGN}/{n}" for n in range(assumptions.CALLBACK_LIMIT)]
        self.autenti.callback_urls = list(urls)
        with self.assertRaisesRegex(UserError, "at most 5 addresses") as caught:
            self.as_administrator.action_register_callback()
        self.assertIn(urls[0], str(caught.exception))
        self.assertEqual(self.autenti.callback_urls, urls)
        self.assertEqual(self.autenti.count("register_callback"), 0)

    def test_a_new_address_is_registered_anew_and_the_former_removed(self):
        self.as_administrator.action_register_callback()
        former = self.own
        self.assertFalse(self.connection.has_former_callback)
        self.move_to("https://new.example.com")
        self.assertTrue(self.connection.has_former_callback)
        self.as_administrator.action_is_real()
        self.as_administrator.action_register_callback()
        self.assertFalse(self.connection.has_former_callback)
        self.assertEqual(self.listed(), {former: True, self.own: True})
        self.as_administrator.registration_ids.filtered(
            lambda r: r.url == former
        ).action_remove()
        self.assertEqual(self.autenti.callback_urls, [self.own])

    def test_another_environment_has_other_registrations(self):
        for values in ({"environment": "production"}, {"client_id": "app-2"}):
            with self.subTest(values=values):
                self.connection.environment = "test"
                self.as_administrator.action_register_callback()
                self.assertTrue(self.connection.registration_ids)
                self.as_administrator.write(values)
                self.assertFalse(self.connection.registration_ids)

    def test_what_goes_wrong_is_told_and_nothing_changes(self):
        for operation in ("list_callbacks", "register_callback"):
            with self.subTest(operation=operation):
                self.autenti.fail(operation, 403)
                with self.assertRaisesRegex(UserError, "permissions"):
                    self.as_administrator.action_register_callback()
                self.assertFalse(self.listed())
        self.as_administrator.action_register_callback()
        self.autenti.fail("delete_callback", 503)
        with self.assertRaisesRegex(UserError, "technical problem"):
            self.as_administrator.registration_ids.action_remove()
        self.assertEqual(self.listed(), {self.own: True})

    def test_only_those_who_set_up_manage_them(self):
        self.as_administrator.action_register_callback()
        calls = len(self.autenti.calls)
        ours = self.connection.registration_ids
        for user in (self.seller, self.board_seller):
            connection = self.connection.with_user(user)
            for action in (
                connection.action_register_callback,
                connection.action_list_callbacks,
                ours.with_user(user).action_remove,
            ):
                with self.subTest(user=user.name), self.assertRaises(AccessError):
                    action()
        foreign_manager = self._create_user(
            "Ola Sowa",
            "ola@spolka.example.com",
            "autenti_esign.autenti_esign_group_manager",
            self.board_company,
        )
        with self.assertRaises(AccessError):
            ours.with_user(foreign_manager).action_remove()
        self.assertEqual(len(self.autenti.calls), calls)
        ours.with_user(self.manager).action_remove()
        self.assertFalse(self.autenti.callback_urls)

    def test_nobody_writes_them_by_hand(self):
        self.as_administrator.action_register_callback()
        for user in (self.administrator, self.manager):
            ours = self.connection.registration_ids.with_user(user)
            with self.assertRaises(AccessError):
                ours.write({"is_own": True})
            with self.assertRaises(AccessError):
                ours.unlink()
            with self.assertRaises(AccessError):
                self.connection.with_user(user).write(
                    {"registration_ids": [(1, ours.id, {"url": FOREIGN})]}
                )
