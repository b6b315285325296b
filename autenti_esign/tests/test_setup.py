# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from pathlib import Path

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .. import client
from ..client import const
from .common import BOARD_EMAIL, CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon
from .test_secret_store import with_keys


class TestSetup(AutentiCommon):
    """The way from an empty connection to one that is switched on in production."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        cls.as_administrator = cls.connection.with_user(cls.administrator)
        cls.board_as_administrator = cls.board_connection.with_user(cls.administrator)

    def prepare_production(self, connection, **values):
        """Prepare production as an administrator does, and have Autenti accept it."""
        action = connection.action_prepare_production()
        production = connection.browse(action["res_id"])
        production.write(
            {"client_id": "prod", "client_secret_input": "prod-secret", **values}
        )
        production.action_generate_key()
        production.action_test()
        return production

    def switch_on(self, connection):
        """Click on "Switch On" and confirm; return what was asked."""
        action = connection.action_switch_on()
        switch = self.env[action["res_model"]].with_user(connection.env.user)
        switch = switch.browse(action["res_id"])
        switch.action_switch_on()
        return switch

    # === What blocks ===

    def test_each_step_says_what_is_to_be_done_next(self):
        company = self._create_company(name="Nowa")
        self.administrator.company_ids += company
        # Who administers may send as well, if they can be named
        self.administrator.autenti_last_name = False
        connection = (
            self.env["autenti.connection"]
            .with_user(self.administrator)
            .create({"company_id": company.id})
        )
        self.assertIn("client ID", connection.setup_hint)
        connection.client_id = "app-1"
        self.assertIn("client secret", connection.setup_hint)
        self.assertFalse(connection.is_application_ready)
        connection.client_secret_input = "s"
        self.assertTrue(connection.is_application_ready)
        self.assertIn("Make a key pair", connection.setup_hint)
        self.assertFalse(connection.is_key_ready)
        connection.action_generate_key()
        self.assertTrue(connection.is_key_ready)
        self.assertIn("Nobody can sign for Nowa", connection.setup_hint)
        self.assertFalse(connection.is_signer_ready)
        self._create_user("Nina Nowa", "nina@nowa.example.com", company=company)
        connection.invalidate_recordset()
        self.assertTrue(connection.is_signer_ready)
        self.assertIn("Test Connection", connection.setup_hint)
        self.administrator.autenti_last_name = "Min"
        connection.action_test()
        self.assertFalse(connection.setup_hint)

    def test_the_guide_uses_the_words_of_autentis_panel_and_links_its_pages(self):
        form = self.env.ref("autenti_esign.autenti_connection_view_form")
        guide = form.get_combined_arch()
        addon = Path(__file__).parents[1]
        readme = (addon / "readme" / "CONFIGURE.md").read_text()
        base = "https://developers.autenti.com/docs/autenti-public-api-v2/"
        for text in (guide, readme):
            for words in (
                *("Super Administrator", "Superadministrator", "Konfiguracja API"),
                "dostęp do wszystkich dokumentów",
            ):
                self.assertIn(words, text)
            pages = re.findall(f"{base}([\\w-]+)", text)
            self.assertGreaterEqual(len(pages), 3)
            for page in pages:
                self.assertIn(f"- {page}\n", client.__doc__)

    def test_where_each_logs_in_no_key_is_needed(self):
        self.connection.key_ids.unlink()
        self.assertFalse(self.connection.is_key_ready)
        self.connection.account_access = "login"
        self.assertTrue(self.connection.is_key_ready)
        self.assertIn("Test Connection", self.connection.setup_hint)
        self.connection.mode = "individual"
        self.board_connection.key_ids.unlink()
        self.board_connection.account_access = "login"
        self.assertFalse(self.board_connection.is_key_ready)

    def test_salespeople_of_a_branch_are_counted(self):
        company = self._create_company(name="Nowa")
        branch = self._create_company(name="Oddział", parent_id=company.id)
        self._create_user("Olga Las", "olga@nowa.example.com", company=branch)
        self.assertTrue(self._create_connection(company).is_signer_ready)

    def test_the_representatives_company_needs_a_tax_id(self):
        self.assertTrue(self.board_connection.is_signer_ready)
        self.board_company.vat = False
        self.board_connection.invalidate_recordset()
        self.assertFalse(self.board_connection.is_signer_ready)
        self.assertIn("NIP", self.board_connection.setup_hint)

    def test_secrets_without_their_key_are_told(self):
        with with_keys(Fernet.generate_key().decode()):
            self.as_administrator.client_secret_input = "s"
        with with_keys():
            self.assertIn("put the right key", self.connection.setup_hint)

    def test_a_change_makes_the_test_void(self):
        for name, value in (
            ("client_id", "app-2"),
            ("client_secret_input", "n3w"),
            ("key_id", "klucz-7"),
            ("environment", "production"),
        ):
            with self.subTest(name=name):
                self.as_administrator.action_test()
                self.assertTrue(self.connection.tested_date)
                self.as_administrator[name] = value
                self.assertFalse(self.connection.tested_date)
        self.board_as_administrator.action_test()
        self.board_as_administrator.representative_email = "inna@spolka.example.com"
        self.assertFalse(self.board_connection.tested_date)

    def test_permissions_are_there_when_the_health_check_found_them(self):
        self.as_administrator.action_test()
        self.assertFalse(self.connection.is_permitted)
        self.as_administrator.action_check()
        self.assertTrue(self.connection.is_permitted)
        self.as_administrator.client_id = "app-2"
        self.assertFalse(self.connection.is_permitted)

    def test_a_failed_test_is_none(self):
        self.autenti.fail("token", 401, data={"error": "invalid_client"})
        with self.assertRaises(UserError):
            self.as_administrator.action_test()
        self.assertFalse(self.connection.tested_date)

    def test_a_switched_key_is_a_tested_one(self):
        self.as_administrator.action_generate_key()
        self.as_administrator.action_switch_key()
        self.assertTrue(self.connection.tested_date)

    def test_the_form_takes_what_the_mission_names(self):
        company = self._create_company(name="Nowa")
        self.administrator.company_ids += company
        connections = self.env["autenti.connection"].with_user(self.administrator)
        with Form(connections.with_context(default_company_id=company.id)) as form:
            form.mode = "representative"
            form.client_id = "app-1"
            form.client_secret_input = "s"
            form.key_id = "klucz-7"
            form.representative_email = BOARD_EMAIL
            form.representative_first_name = "Ewa"
            form.representative_last_name = "Lis"
            form.representation_basis = "Prezes"
            self.assertFalse(form.is_production)
        self.assertEqual(form.record.key_id, "klucz-7")

    # === Production ===

    def test_production_takes_over_who_signs_and_nothing_that_autenti_knows(self):
        self.board_as_administrator.action_test()
        action = self.board_as_administrator.action_prepare_production()
        production = self.board_connection.browse(action["res_id"])
        self.assertFalse(production.active)
        self.assertEqual(production.environment, "production")
        self.assertEqual(production.company_id, self.board_company)
        for name in (
            "mode",
            "representative_email",
            "representative_first_name",
            "representative_last_name",
            "representation_basis",
            "representative_user_id",
        ):
            self.assertEqual(production[name], self.board_connection[name], name)
        for name in ("client_id", "client_secret", "key_ids", "key_id", "tested_date"):
            self.assertFalse(production[name], name)

    def test_production_is_prepared_once(self):
        actions = [self.as_administrator.action_prepare_production() for _ in range(2)]
        self.assertEqual(actions[0]["res_id"], actions[1]["res_id"])

    def test_until_it_is_switched_on_the_test_connection_is_used(self):
        self.prepare_production(self.as_administrator)
        find = self.env["autenti.connection"]._find_for_company
        self.assertEqual(find(self.company), self.connection)
        self.assertEqual(self.send().environment, "test")

    def test_what_is_not_ready_is_not_switched_on(self):
        action = self.as_administrator.action_prepare_production()
        production = self.as_administrator.browse(action["res_id"])
        with self.assertRaisesRegex(UserError, "client ID"):
            production.action_switch_on()
        with self.assertRaisesRegex(UserError, "client ID"):
            production.action_unarchive()
        switch = self.env["autenti.switch"].create({"connection_id": production.id})
        with self.assertRaisesRegex(UserError, "client ID"):
            switch.with_user(self.administrator).action_switch_on()
        self.assertFalse(production.active)

    def test_the_confirmation_names_the_company_and_the_person_who_signs(self):
        production = self.prepare_production(self.board_as_administrator)
        switch = self.switch_on(production)
        self.assertEqual(switch.company_id, self.board_company)
        self.assertTrue(switch.is_production)
        for words in ("Ewa Lis", BOARD_EMAIL, "Prezes Zarządu"):
            self.assertIn(words, switch.signer)
        production = self.prepare_production(self.as_administrator)
        self.assertIn("Each salesperson", self.switch_on(production).signer)

    def test_nothing_but_switching_on_leads_to_production(self):
        for values in ({"is_production": True}, {"environment": "production"}):
            with self.subTest(values=values):
                self.as_administrator.write({"environment": "test", "active": True})
                self.as_administrator.write(values)
                self.assertFalse(self.connection.active)
                self.as_administrator.environment = "test"
                self.assertFalse(self.connection.active)
        self.env.flush_all()
        values = {"company_id": self.company.id}
        connections = self.env["autenti.connection"].with_user(self.administrator)
        production = connections.create({**values, "environment": "production"})
        self.assertFalse(production.active)
        self.assertTrue(connections.create(values).active)

    def test_production_takes_the_place_of_test_and_goes_on_with_both(self):
        out = self.send()
        production = self.prepare_production(self.as_administrator)
        self.switch_on(production)
        self.assertTrue(production.active)
        self.assertFalse(self.connection.active)
        other = self.send(self._create_agreement(self.seller))
        self.assertEqual((out.environment, other.environment), ("test", "production"))
        self.assertEqual(other.connection_id, production.sudo())
        self.sign(out, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(out.state, "signed")
        self.assertEqual(other.state, "sent")

    def test_a_contract_that_was_signed_for_a_test_is_signed_for_real(self):
        rehearsal = self.send()
        self.sign(rehearsal, CLIENT_EMAIL, SELLER_EMAIL)
        agreement = self.agreement.with_user(self.seller)
        with self.assertRaisesRegex(UserError, "already signed"):
            self.send()
        self.switch_on(self.prepare_production(self.as_administrator))
        agreement.invalidate_recordset()
        self.assertTrue(agreement.autenti_is_rehearsed)
        real = self.send()
        self.assertNotEqual(real, rehearsal)
        self.assertFalse(agreement.autenti_is_rehearsed)
        self.sign(real, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(agreement.autenti_state, "signed")
        self.assertFalse(agreement.autenti_is_rehearsed)
        with self.assertRaisesRegex(UserError, "already signed"):
            self.send()

    def test_test_and_production_share_no_token_and_no_address(self):
        self.send()
        self.switch_on(self.prepare_production(self.as_administrator))
        calls = len(self.autenti.calls)
        self.send(self._create_agreement(self.seller))
        calls = self.autenti.calls[calls:]
        base = const.ENVIRONMENTS["production"].api_url
        self.assertTrue(all(call.request.url.startswith(base) for call in calls))
        (token,) = [call for call in calls if call.operation == "token"]
        self.assertEqual(token.form["client_id"], "prod")

    def test_what_binds_nobody_is_marked_everywhere(self):
        self.as_administrator.action_test()
        self.assertFalse(self.agreement.autenti_test_mark)
        request = self.send(name="Umowa 7")
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        (process,) = self.autenti.sent
        self.assertEqual(process["title"], "TEST Umowa 7")
        self.assertEqual(request.name, "TEST Umowa 7")
        self.assertEqual(request.source_attachment_id.name, "TEST Umowa 7.pdf")
        self.assertTrue(request.signed_attachment_id.name.startswith("TEST Umowa 7"))
        self.assertEqual(self.agreement.autenti_test_mark, "TEST")
        notes = [body for body in self.agreement.message_ids.mapped("body") if body]
        self.assertTrue(any("TEST: Signed with Autenti" in note for note in notes))

    def test_what_is_signed_in_production_is_not_marked(self):
        self.switch_on(self.prepare_production(self.as_administrator))
        request = self.send(name="Umowa 7")
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        (process,) = self.autenti.sent
        self.assertEqual(process["title"], "Umowa 7")
        self.assertEqual(request.source_attachment_id.name, "Umowa 7.pdf")
        self.assertNotIn("TEST", request.signed_attachment_id.name)
        self.assertFalse(self.agreement.autenti_test_mark)
        self.assertNotIn("TEST", "".join(self.agreement.message_ids.mapped("body")))

    def test_the_way_back_to_test_is_the_same(self):
        production = self.prepare_production(self.as_administrator)
        self.switch_on(production)
        self.as_administrator.action_test()
        self.assertFalse(self.switch_on(self.as_administrator).is_production)
        self.assertTrue(self.connection.active)
        self.assertFalse(production.active)

    # === Who may ===

    def test_a_manager_goes_the_way_but_for_the_secrets(self):
        as_manager = self.connection.with_user(self.manager)
        with Form(as_manager) as form:
            form.client_id = "app-2"
            self.assertNotIn("client_secret_input", form._view["fields"])
        as_manager.action_test()
        self.assertFalse(as_manager.setup_hint)
        self.assertTrue(as_manager.action_prepare_production()["res_id"])

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_salesperson_or_a_stranger_switches_nothing(self):
        production = self.prepare_production(self.as_administrator)
        self.env.flush_all()
        for user in (self.seller, self.board_seller):
            for name in (
                "action_prepare_production",
                "action_switch_on",
                "action_unarchive",
            ):
                with (
                    self.subTest(user=user.name, name=name),
                    self.assertRaises(AccessError),
                ):
                    getattr(production.with_user(user), name)()
        stranger = self._create_user(
            "Iga Inna",
            "iga@spolka.example.com",
            groups="autenti_esign.autenti_esign_group_manager",
            company=self.board_company,
        )
        switches = self.env["autenti.switch"].with_user(stranger)
        with self.assertRaises(AccessError):
            switches.create({"connection_id": production.id}).action_switch_on()
        self.assertFalse(production.active)
