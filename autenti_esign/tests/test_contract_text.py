# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import html2plaintext, mute_logger

from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon

TEMPLATE = """
<h2>§ 1.</h2><p>Contract <t t-out="object.code"/> with
<t t-out="object.partner_id.name">nobody</t>, from <t t-out="object.start_date"/>.</p>
"""


class TestContractText(AutentiCommon):
    """The text of a contract comes from its type and is kept as it was sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["agreement.type"].create(
            {"name": "Service", "autenti_template": TEMPLATE}
        )
        cls.agreement.with_user(cls.seller).agreement_type_id = cls.kind

    def setUp(self):
        super().setUp()
        self.mine = self.agreement.with_user(self.seller)

    def text(self, agreement=None):
        text = html2plaintext((agreement or self.mine).autenti_text)
        return " ".join(text.replace("*", "").split())

    # === The template ===

    def test_the_type_fills_in_the_text(self):
        self.mine.start_date = date(2030, 2, 1)
        self.client.lang = "en_US"
        self.mine.invalidate_recordset()
        self.mine._autenti_refresh_text()
        self.assertEqual(
            self.text(),
            f"§ 1. Contract {self.mine.code} with Klient S.A., from 02/01/2030.",
        )

    def test_the_text_is_in_the_clients_language(self):
        self.kind.with_context(
            lang="pl_PL"
        ).autenti_template = (
            "<p>Umowa <t t-out=\"format_date(object.start_date, 'd MMMM y')\"/></p>"
        )
        self.mine.start_date = date(2030, 2, 1)
        self.assertEqual(self.text(), "Umowa 1 lutego 2030")

    def test_a_contract_that_is_begun_has_no_name_yet(self):
        new = self.env["agreement"].new({})
        self.assertFalse(new.display_name)
        new.name = "Dostawa"
        self.assertIn("Dostawa", new.display_name)

    def test_the_domains_are_told_in_polish(self):
        for model in ("agreement", "agreement.type"):
            polish = self.env[model].with_context(lang="pl_PL")
            names = polish.fields_get(["domain"])["domain"]["selection"]
            self.assertEqual(
                dict(names), {"sale": "Sprzedaż", "purchase": "Zakup"}, model
            )

    def test_a_default_stands_for_an_empty_field(self):
        agreement = self._create_agreement(
            self.seller, partner_id=False, agreement_type_id=self.kind.id
        )
        self.assertIn("with nobody,", self.text(agreement))

    def test_company_and_representation_are_placeholders(self):
        self.kind.autenti_template = (
            '<p><t t-out="object.company_id.name"/>: '
            '<t t-out="object.autenti_company_signer"/>, '
            '<t t-out="object.autenti_representation_basis"/></p>'
        )
        agreement = self._create_agreement(
            self.board_seller,
            company_id=self.board_company.id,
            agreement_type_id=self.kind.id,
        )
        self.assertEqual(
            self.text(agreement.with_user(self.board_seller)),
            "Spółka S.A.: Ewa Lis, Prezes Zarządu, reprezentacja samoistna",
        )

    def test_the_picker_offers_the_placeholders(self):
        fields = self.env["agreement"].with_user(self.manager).fields_get()
        for name in ("autenti_company_signer", "autenti_representation_basis"):
            self.assertTrue(fields[name]["searchable"], name)
        found = (
            self.env["agreement"]
            .with_user(self.board_seller)
            .search([("autenti_company_signer", "=", "Ewa Lis")])
        )
        self.assertIn(self.board_agreement, found)

    def test_a_wrong_placeholder_is_named_with_its_place(self):
        for placeholder, problem in (
            ("object.cod", "has no field “cod”"),
            ("object.partner_id.nothing", "has no field “nothing”"),
            ("object.code.name", "nothing behind the last dot"),
            ("object.code +", "isn't a complete expression"),
        ):
            with self.subTest(placeholder=placeholder):
                with self.assertRaises(ValidationError) as caught:
                    self.kind.autenti_template = (
                        f"<p>First</p><p>The number <t t-out='{placeholder}'/> is</p>"
                    )
                message = str(caught.exception)
                self.assertIn(f"“{placeholder}”", message)
                self.assertIn(f"The number [{placeholder}] is", message)
                self.assertIn(problem, message)

    def test_a_placeholder_that_fails_is_named_when_it_is_filled_in(self):
        self.kind.autenti_template = "<p>Half: <t t-out='1 / len(object.ids[1:])'/></p>"
        with (
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.assertRaises(UserError) as caught,
        ):
            self.mine._autenti_refresh_text()
            self.mine.flush_recordset()
        self.assertIn("“1 / len(object.ids[1:])”", str(caught.exception))
        self.assertIn("Half: [1 /", str(caught.exception))
        self.assertIn("division by zero", str(caught.exception))

    def test_a_template_does_nothing_but_show(self):
        for code in (
            "__import__('os').getcwd()",
            "(lambda: open('/etc/passwd'))()",
            "().__class__.__bases__",
        ):
            with self.subTest(code=code):
                self.kind.autenti_template = f'<p><t t-out="{code}"/></p>'
                with (
                    mute_logger("odoo.addons.mail.models.mail_render_mixin"),
                    mute_logger("odoo.tools.safe_eval"),
                    self.assertRaises(UserError),
                ):
                    self.kind.with_user(self.seller)._autenti_fill_template(self.mine)

    def test_only_template_editors_write_other_placeholders(self):
        editors = self.env.ref("mail.group_mail_template_editor")
        self.env.ref("base.group_user").implied_ids -= editors
        self.manager.group_ids -= editors
        self.assertFalse(self.manager.has_group("mail.group_mail_template_editor"))
        with self.assertRaises(AccessError):
            self.kind.with_user(
                self.manager
            ).autenti_template = '<p><t t-out="object.sudo().code"/></p>'

    def test_a_template_shows_nothing_that_its_reader_may_not_see(self):
        secret = "object.env['autenti.connection'].search([]).client_secret"
        self.kind.autenti_template = f'<p><t t-out="{secret}"/></p>'
        with (
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.assertRaises(UserError),
        ):
            self.kind.with_user(self.seller)._autenti_fill_template(self.mine)

    # === Editing ===

    def test_the_text_follows_the_data_until_it_is_edited(self):
        with Form(self.mine) as form:
            form.code = "UM/75"
            form.code = "UM/76"
            self.assertIn("Contract UM/76", form.autenti_text)
        self.assertFalse(self.mine.autenti_text_edited)
        self.mine.code = "UM/77"
        self.assertIn("Contract UM/77", self.text())
        with Form(self.mine) as form:
            form.code = "UM/77"
            self.assertIn("Contract UM/77", form.autenti_text)
            form.autenti_text = "<p>By hand</p>"
            form.code = "UM/78"
            self.assertEqual(form.autenti_text, "<p>By hand</p>")
        self.assertTrue(self.mine.autenti_text_edited)
        self.mine.code = "UM/79"
        self.assertEqual(self.text(), "By hand")
        self.mine.action_autenti_fill_text()
        self.assertIn("Contract UM/79", self.text())
        self.mine.code = "UM/80"
        self.assertIn("Contract UM/80", self.text())

    def test_another_type_fills_in_its_own_text(self):
        self.mine.autenti_text = "<p>By hand</p>"
        self.mine.agreement_type_id = self.kind.copy(
            {"autenti_template": "<p>Sale</p>"}
        )
        self.assertEqual(self.text(), "Sale")

    def test_a_copy_has_the_text_that_was_edited(self):
        self.mine.autenti_text = "<p>By hand</p>"
        self.assertEqual(self.text(self.mine.copy()), "By hand")
        self.mine.action_autenti_fill_text()
        copy = self.mine.copy({"code": "UM/copy"})
        self.assertIn("Contract UM/copy", self.text(copy))

    def test_scripts_do_not_get_into_the_text(self):
        self.mine.autenti_text = "<p>x<script>alert(1)</script></p>"
        self.assertNotIn("script", self.mine.autenti_text)

    # === After sending ===

    def test_what_was_sent_stays_and_a_new_version_is_a_visible_act(self):
        request = self.send()
        text = self.text()
        with self.assertRaisesRegex(UserError, "Begin a new version"):
            self.mine.autenti_text = "<p>Other</p>"
        with self.assertRaisesRegex(UserError, "Begin a new version"):
            self.mine.action_autenti_fill_text()
        with self.assertRaisesRegex(UserError, "Withdraw it there first"):
            self.mine.action_autenti_new_version()
        self.mine.start_date = date(2031, 1, 1)
        self.assertEqual(self.text(), text)
        request.with_user(self.seller).action_withdraw()
        self.run_cron()
        with self.assertRaisesRegex(UserError, "Begin a new version"):
            self.mine.autenti_text = "<p>Other</p>"
        self.mine.action_autenti_new_version()
        self.assertEqual(self.mine.autenti_version, 2)
        self.assertIn("Version 2 begun", self.mine.message_ids[0].body)
        self.mine.autenti_text = "<p>Other</p>"
        self.assertEqual(self.text(), "Other")

    def test_a_signed_contract_has_no_new_version(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        with self.assertRaisesRegex(UserError, "is an annex"):
            self.mine.action_autenti_new_version()

    def test_users_do_not_thaw_the_text(self):
        self.send()
        for values in ({"autenti_text_frozen": False}, {"autenti_version": 7}):
            with self.assertRaises(AccessError):
                self.mine.write(values)

    def test_a_copy_of_a_signed_contract_can_be_sent(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertTrue(self.mine.signature_date)
        copy = self.mine.copy()
        self.assertFalse(copy.signature_date)
        came_of_signing = [
            name
            for name, field in copy._fields.items()
            if name.startswith("autenti_") and field.store and field.type != "boolean"
            if name not in ("autenti_text", "autenti_version") and copy[name]
        ]
        self.assertEqual(came_of_signing, [])
        self.assertSendable(copy)
        to_send = [
            *(("id", "=", copy.id), ("autenti_disabled", "=", False)),
            *(("autenti_state", "=", False), ("signature_date", "=", False)),
        ]
        self.assertEqual(self.env["agreement"].search(to_send), copy)

    def test_a_copy_begins_anew(self):
        self.send()
        copy = self.mine.copy()
        self.assertFalse(copy.autenti_text_frozen)
        self.assertEqual(copy.autenti_version, 1)

    # === Changed after sending ===

    def test_changes_after_sending_are_named(self):
        request = self.send()
        self.assertFalse(self.mine.autenti_changed_fields)
        self.client.write({"street": "Nowa 1"})
        self.mine.end_date = date(2031, 1, 1)
        self.mine.invalidate_recordset()
        changed = self.mine.autenti_changed_fields
        self.assertIn("End Date", changed)
        self.assertIn("Commercial Entity: Street", changed)
        self.assertNotIn("Contract text", changed)
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertEqual(self.mine.autenti_changed_fields, changed)

    def test_what_ended_otherwise_has_no_changes(self):
        request = self.send()
        self.mine.end_date = date(2031, 1, 1)
        request.with_user(self.seller).action_withdraw()
        self.run_cron()
        self.mine.invalidate_recordset()
        self.assertFalse(self.mine.autenti_changed_fields)

    def test_of_a_pdf_nobody_knows_what_it_shows(self):
        attachment = self.env["ir.attachment"].create(
            {
                "name": "x.pdf",
                "raw": PDF,
                "res_model": "agreement",
                "res_id": self.agreement.id,
            }
        )
        self.send(source="attachment", attachment_id=attachment.id)
        self.mine.end_date = date(2031, 1, 1)
        self.assertFalse(self.mine.autenti_changed_fields)

    def test_what_changed_is_sent_again_in_place_of_the_first(self):
        first = self.send()
        self.mine.code = "UM/new"
        action = self.mine.action_autenti_send_again()
        self.assertEqual(first.state, "sent", "until the next one goes out")
        dialog = self.env["autenti.send"].with_user(self.seller)
        dialog = dialog.browse(action["res_id"])
        self.assertEqual(dialog.source, "report")
        self.assertEqual(self.mine.autenti_version, 2)
        self.assertIn("Contract UM/new", self.text())
        dialog.action_send()
        self.run_cron()
        self.assertEqual(first.state, "withdrawn")
        second = self.request_of(self.agreement)
        self.assertEqual(second.replaces_id, first)
        self.assertEqual(second.state, "sent")
        self.assertFalse(self.mine.autenti_changed_fields)

    # === Locked while out ===

    def test_a_type_can_lock_its_contracts_while_they_are_out(self):
        self.kind.autenti_lock = True
        self.mine.end_date = date(2030, 1, 1)
        request = self.send()
        for values in (
            {"end_date": date(2031, 1, 1)},
            {"partner_id": self.contact.id},
            {"signature_date": date(2031, 1, 1)},
            {"active": False},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "locked meanwhile"),
            ):
                self.mine.write(values)
        self.mine.message_post(body="Still there")
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertTrue(self.mine.signature_date)
        self.mine.end_date = date(2031, 1, 1)

    def test_other_types_are_not_locked(self):
        self.send()
        self.mine.end_date = date(2031, 1, 1)

    # === Annexes ===

    def test_an_annex_is_a_contract_of_its_own(self):
        action = self.mine.action_autenti_new_annex()
        form = Form(
            self.env["agreement"]
            .with_user(self.seller)
            .with_context(**action["context"])
        )
        form.agreement_type_id = self.kind
        annex = form.save()
        self.assertEqual(annex.code, f"{self.mine.code}/A1")
        self.assertEqual(annex.autenti_parent_id, self.mine)
        self.assertEqual(annex.partner_id, self.mine.partner_id)
        self.assertEqual(self.mine.autenti_annex_ids, annex)
        self.assertIn(annex.code, self.text(annex))
        self.send(annex.with_env(self.env))
        self.assertEqual(self.mine.autenti_annex_ids.autenti_state, "sent")
        self.assertFalse(self.mine.autenti_state)
        context = self.mine.action_autenti_new_annex()["context"]
        self.assertEqual(context["default_code"], f"{self.mine.code}/A2")

    def new_annex(self, action=None):
        """Save the form of a new annex, as it was proposed by an action."""
        action = action or self.mine.action_autenti_new_annex()
        model = self.env["agreement"].with_user(self.seller)
        return Form(model.with_context(**action["context"])).save()

    def test_the_number_of_a_deleted_annex_is_not_given_again(self):
        first, second, third = (self.new_annex() for _number in range(3))
        second.sudo().unlink()
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A4")
        self.env["agreement"].browse(self.mine.autenti_annex_ids.ids).sudo().unlink()
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A5")

    def test_the_number_of_an_annex_that_was_moved_is_not_given_again(self):
        moved = self.new_annex()
        moved.autenti_parent_id = self._create_agreement(self.seller)
        self.mine.sudo().autenti_last_annex_number = 0  # as before it was counted
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A2")

    def test_an_archived_annex_keeps_its_number(self):
        self.new_annex().active = False
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A2")

    def test_two_who_open_the_form_at_once_get_two_numbers(self):
        action = self.mine.action_autenti_new_annex()
        first, second = self.new_annex(action), self.new_annex(action)
        self.assertEqual(first.code, f"{self.mine.code}/A1")
        self.assertEqual(second.code, f"{self.mine.code}/A2")
        self.assertIn("no. 2", second.name)

    def test_an_annex_can_be_numbered_by_hand(self):
        annex = self._create_agreement(
            self.seller, autenti_parent_id=self.mine.id, code="Aneks/7"
        )
        self.assertEqual(annex.code, "Aneks/7")
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A1")

    def test_a_contract_can_be_copied_twice(self):
        codes = {self.mine.copy().code for _number in range(3)}
        self.assertEqual(len(codes), 3)

    def test_an_annex_has_no_annexes(self):
        annex = self._create_agreement(
            self.seller, autenti_parent_id=self.agreement.id
        ).with_user(self.seller)
        with self.assertRaisesRegex(UserError, "This is an annex"):
            annex.action_autenti_new_annex()
        with self.assertRaises(ValidationError):
            self._create_agreement(self.seller, autenti_parent_id=annex.id)
        with self.assertRaises(ValidationError):
            self.mine.autenti_parent_id = self._create_agreement(self.seller)


class TestRegisterNumbers(AutentiCommon):
    """KRS and REGON are numbers that can be checked."""

    def test_good_and_bad_numbers(self):
        self.client.write({"autenti_krs": "0000123456", "autenti_regon": "123456785"})
        description = self.client.with_context(lang="en_US")._autenti_get_description()
        description = description.replace("\N{NO-BREAK SPACE}", " ")
        self.assertIn("KRS 0000123456", description)
        self.assertIn("REGON 123456785", description)
        self.assertEqual(self.contact.autenti_krs, "0000123456")
        for values in (
            {"autenti_krs": "123"},
            {"autenti_krs": "KRS0000123456"},
            {"autenti_regon": "123456789"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.client.write(values)
