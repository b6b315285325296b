# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from psycopg2.extras import Json

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form

from ..client.payload import MAX_MESSAGE
from .common import AutentiCommon


class TestDefaults(AutentiCommon):
    """What the send dialog proposes: of the contract's type, else of the connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["agreement.type"].create({"name": "Umowa"})
        cls.agreement.agreement_type_id = cls.kind
        cls.env["res.lang"]._activate_lang("pl_PL")

    def write_in_polish(self, record, name, text, english):
        record[name] = english
        record.with_context(lang="pl_PL")[name] = text

    def test_nothing_is_proposed_where_nothing_is_set(self):
        dialog = self.open_dialog()
        self.assertFalse(dialog.message)
        self.assertEqual(dialog.signature_type, "BASIC")

    def test_the_message_is_in_the_clients_language_with_what_the_contract_says(self):
        self.write_in_polish(
            self.kind,
            "autenti_message",
            "Umowa {{ object.code }} z {{ object.partner_id.name }}",
            "Contract {{ object.code }}",
        )
        code, client = self.agreement.code, self.client.name
        self.assertEqual(self.open_dialog().message, f"Umowa {code} z {client}")
        self.client.lang = "en_US"
        dialog = self.open_dialog()
        self.assertEqual(dialog.message, f"Contract {code}")
        dialog.action_send()
        self.assertEqual(self.request_of(self.agreement).message, f"Contract {code}")

    def test_the_message_follows_the_language_of_the_dialog(self):
        texts = "Umowa {{ object.code }}", "Contract {{ object.code }}"
        self.write_in_polish(self.kind, "autenti_message", *texts)
        code = self.agreement.code
        with Form(self.open_dialog()) as form:
            for language, message in (
                ("en", f"Contract {code}"),
                ("pl", f"Umowa {code}"),
                # Odoo has no text in it
                ("de", f"Umowa {code}"),
                ("en", f"Contract {code}"),
            ):
                form.language = language
                self.assertEqual(form.message, message)

    def test_what_somebody_wrote_stays_in_each_language(self):
        self.write_in_polish(self.connection, "message", "Od firmy", "From us")
        for message in ("My own", False):
            dialog = self.open_dialog()
            self.assertEqual(dialog.message, "Od firmy")
            with Form(dialog) as form:
                form.message = message
                form.language = "en"
                self.assertEqual(form.message, message)

    def test_the_type_wins_over_the_connection(self):
        self.write_in_polish(
            self.connection, "message", "Od firmy: {{ object.code }}", "From us"
        )
        self.connection.signature_type = "QUALIFIED"
        dialog = self.open_dialog()
        self.assertEqual(dialog.message, f"Od firmy: {self.agreement.code}")
        self.assertEqual(dialog.signature_type, "QUALIFIED")
        self.agreement.agreement_type_id = False
        dialog = self.open_dialog()
        self.assertEqual(dialog.message, f"Od firmy: {self.agreement.code}")
        self.agreement.agreement_type_id = self.kind
        self.kind.write(
            {"autenti_message": "Of the type", "autenti_signature_type": "BASIC"}
        )
        dialog = self.open_dialog()
        self.assertEqual(dialog.message, "Of the type")
        self.assertEqual(dialog.signature_type, "BASIC")

    def test_a_connections_message_with_placeholders_is_for_contracts_alone(self):
        self.connection.message = "Contract {{ object.code }}"
        mixin = self.env.registry["autenti.sign.mixin"]
        fill = mixin._autenti_fill_message
        self.assertEqual(fill(self.agreement, self.connection.message), "")
        self.assertEqual(fill(self.agreement, "Please sign."), "Please sign.")

    def test_a_contract_of_another_company_has_that_companys(self):
        other = self.env["res.company"].create({"name": "Inna"})
        self.connection.write({"message": "Of ours", "signature_type": "QUALIFIED"})
        theirs = self.agreement.copy({"code": "X/1", "company_id": other.id})
        self.assertEqual(theirs._autenti_get_message(), "")
        self.assertEqual(theirs._autenti_get_signature_type(), "BASIC")
        self.assertEqual(self.open_dialog().message, "Of ours")

    def test_of_markup_in_a_message_the_text_is_left(self):
        self.kind.autenti_message = "1 < 2 & <b>bold</b> {{ object.code }}\nBye"
        expected = f"1 < 2 & bold {self.agreement.code}\nBye"
        self.assertEqual(self.open_dialog().message, expected)

    def test_a_placeholder_that_does_not_exist_is_refused(self):
        texts = ((self.kind, "autenti_message"), (self.connection, "message"))
        for record, name in texts:
            with (
                self.subTest(record=record._name),
                self.assertRaisesRegex(ValidationError, "no field “nothing”"),
            ):
                record[name] = "Contract {{ object.nothing }}"

    def test_who_sets_up_the_connection_runs_no_code(self):
        for code in ("object.env.user.sudo()", "1 + 1", "object.unlink()"):
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(ValidationError, "isn't a field"),
            ):
                self.connection.message = f"Contract {{{{ {code} }}}}"

    def test_who_sets_up_the_connection_runs_no_code_in_another_language(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        code = "{{ object.env['ir.config_parameter'].sudo().get_param('x') }}"
        for caller, written in (("en_US", "pl_PL"), ("pl_PL", "en_US")):
            connection = self.connection.with_context(lang=caller)
            with (
                self.subTest(written=written),
                self.assertRaisesRegex(ValidationError, "isn't a field|nie jest polem"),
            ):
                connection.update_field_translations("message", {written: code})

    def test_a_message_that_has_come_by_another_way_runs_no_code(self):
        self.connection.message = "Fine"
        self.env.flush_all()
        for code in ("object.env.user.login", "1 + 1"):
            self.env.cr.execute(
                "UPDATE autenti_connection SET message = %s WHERE id = %s",
                [Json({"en_US": f"{{{{ {code} }}}}"}), self.connection.id],
            )
            self.env.invalidate_all()
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(UserError, "isn't a field|no field"),
            ):
                self.open_dialog()

    def test_braces_that_do_not_fit_are_refused(self):
        for text in ("{{ object.name", "{{ object\n.name }}", "{{}}"):
            with (
                self.subTest(text=text),
                self.assertRaisesRegex(ValidationError, "isn't a field"),
            ):
                self.connection.message = text

    def test_a_message_that_is_too_long_is_not_sent(self):
        dialog = self.open_dialog()
        dialog.message = "a" * MAX_MESSAGE
        self.assertFalse(dialog.is_blocked)
        dialog.message += "a"
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, "message is too long"):
            dialog.action_send()
        self.assertFalse(self.request_of(self.agreement))

    def test_a_deadline_in_the_past_is_said_before_sending(self):
        dialog = self.open_dialog()
        dialog.expiry_date = fields.Date.today() - timedelta(days=2)
        self.assertTrue(dialog.is_blocked)
        self.assertIn("has passed", str(dialog.checklist))
