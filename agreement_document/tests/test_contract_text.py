# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import DocumentCommon, TextCase


class TestContractText(TextCase, DocumentCommon):
    """The text of a contract comes from its type, is edited, and kept."""

    # === The template ===

    def test_the_type_fills_in_the_text(self):
        self.mine.start_date = date(2030, 2, 1)
        self.client.lang = "en_US"
        self.mine.invalidate_recordset()
        self.mine._refresh_document_text()
        self.assertEqual(
            self.text(),
            f"§ 1. Contract {self.mine.code} with Klient S.A., from 02/01/2030.",
        )

    def test_the_text_is_in_the_clients_language(self):
        self.kind.with_context(
            lang="pl_PL"
        ).document_template = (
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

    def test_a_wrong_placeholder_is_named_with_its_place(self):
        for placeholder, problem in (
            ("object.cod", "has no field “cod”"),
            ("object.partner_id.nothing", "has no field “nothing”"),
            ("object.code.name", "nothing behind the last dot"),
            ("object.code +", "isn't a complete expression"),
        ):
            with self.subTest(placeholder=placeholder):
                with self.assertRaises(ValidationError) as caught:
                    self.kind.document_template = (
                        f"<p>First</p><p>The number <t t-out='{placeholder}'/> is</p>"
                    )
                message = str(caught.exception)
                self.assertIn(f"“{placeholder}”", message)
                self.assertIn(f"The number [{placeholder}] is", message)
                self.assertIn(problem, message)

    def test_a_placeholder_that_fails_is_named_when_it_is_filled_in(self):
        self.kind.document_template = (
            "<p>Half: <t t-out='1 / len(object.ids[1:])'/></p>"
        )
        with (
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.assertRaises(UserError) as caught,
        ):
            self.mine._refresh_document_text()
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
                self.kind.document_template = f'<p><t t-out="{code}"/></p>'
                with (
                    mute_logger("odoo.addons.mail.models.mail_render_mixin"),
                    mute_logger("odoo.tools.safe_eval"),
                    self.assertRaises(UserError),
                ):
                    self.kind.with_user(self.seller)._fill_template(self.mine)

    def test_only_template_editors_write_other_placeholders(self):
        editors = self.env.ref("mail.group_mail_template_editor")
        self.env.ref("base.group_user").implied_ids -= editors
        self.manager.group_ids -= editors
        self.assertFalse(self.manager.has_group("mail.group_mail_template_editor"))
        with self.assertRaises(AccessError):
            self.kind.with_user(
                self.manager
            ).document_template = '<p><t t-out="object.sudo().code"/></p>'

    def test_a_template_shows_nothing_that_its_reader_may_not_see(self):
        secret = "object.env['ir.config_parameter'].search([]).mapped('value')"
        self.kind.document_template = f'<p><t t-out="{secret}"/></p>'
        with (
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.assertRaises(UserError),
        ):
            self.kind.with_user(self.seller)._fill_template(self.mine)

    # === Editing ===

    def test_the_text_follows_the_data_until_it_is_edited(self):
        with Form(self.mine) as form:
            form.code = "UM/75"
            form.code = "UM/76"
            self.assertIn("Contract UM/76", form.document_text)
        self.assertFalse(self.mine.document_text_edited)
        self.mine.code = "UM/77"
        self.assertIn("Contract UM/77", self.text())
        with Form(self.mine) as form:
            form.code = "UM/77"
            self.assertIn("Contract UM/77", form.document_text)
            form.document_text = "<p>By hand</p>"
            form.code = "UM/78"
            self.assertEqual(form.document_text, "<p>By hand</p>")
        self.assertTrue(self.mine.document_text_edited)
        self.mine.code = "UM/79"
        self.assertEqual(self.text(), "By hand")
        self.mine.action_fill_document_text()
        self.assertIn("Contract UM/79", self.text())
        self.mine.code = "UM/80"
        self.assertIn("Contract UM/80", self.text())

    def test_another_type_fills_in_its_own_text(self):
        self.mine.document_text = "<p>By hand</p>"
        self.mine.agreement_type_id = self.kind.copy(
            {"document_template": "<p>Sale</p>"}
        )
        self.assertEqual(self.text(), "Sale")

    def test_a_copy_has_the_text_that_was_edited(self):
        self.mine.document_text = "<p>By hand</p>"
        self.assertEqual(self.text(self.mine.copy()), "By hand")
        self.mine.action_fill_document_text()
        copy = self.mine.copy({"code": "UM/copy"})
        self.assertIn("Contract UM/copy", self.text(copy))

    def test_scripts_do_not_get_into_the_text(self):
        self.mine.document_text = "<p>x<script>alert(1)</script></p>"
        self.assertNotIn("script", self.mine.document_text)

    # === Who signs ===

    def test_who_signs_are_placeholders(self):
        self.kind.document_template = (
            '<p><t t-out="object.company_id.name"/>: '
            '<t t-out="object.company_signer"/>, '
            '<t t-out="object.representation_basis"/></p>'
        )
        agreement = self._create_agreement(self.seller, agreement_type_id=self.kind.id)
        self.assertEqual(
            self.text(agreement.with_user(self.seller)),
            "Firma sp. z o.o.: Anna Nowak, Dyrektor",
        )

    def test_the_picker_offers_who_signs(self):
        model = self.env["agreement"].with_user(self.seller)
        fields = model.fields_get()
        for name in ("company_signer", "representation_basis"):
            self.assertTrue(fields[name]["searchable"], name)
        found = model.search([("representation_basis", "=", "Dyrektor")])
        self.assertIn(self.mine, found)

    # === Versions ===

    def test_what_is_finished_stays_and_a_new_version_is_a_visible_act(self):
        text = self.text()
        self.mine.action_finish_document_version()
        for change in (
            lambda: self.mine.write({"document_text": "<p>Other</p>"}),
            self.mine.action_fill_document_text,
        ):
            with self.assertRaisesRegex(UserError, "Begin a new version"):
                change()
        self.mine.start_date = date(2031, 1, 1)
        self.assertEqual(self.text(), text)
        self.mine.action_new_document_version()
        self.assertEqual(self.mine.document_version, 2)
        self.assertIn("Version 2 begun", self.mine.message_ids[0].body)
        self.assertIn("from 01.01.2031", self.text())
        self.mine.document_text = "<p>Other</p>"
        self.assertEqual(self.text(), "Other")

    def test_there_is_no_new_version_of_what_can_be_changed(self):
        self.mine.action_new_document_version()
        self.assertEqual(self.mine.document_version, 1)

    def test_what_is_signed_is_changed_by_an_annex(self):
        self.mine.signature_date = date(2030, 1, 1)
        self.assertTrue(self.mine.document_text_frozen)
        with self.assertRaisesRegex(UserError, "is an annex"):
            self.mine.action_new_document_version()
        self.mine.signature_date = False  # it was a mistake
        self.mine.action_new_document_version()
        self.assertFalse(self.mine.document_text_frozen)

    def test_what_was_signed_before_it_was_entered_has_its_text(self):
        agreement = self._create_agreement(
            self.seller, agreement_type_id=self.kind.id, signature_date="2030-01-01"
        ).with_user(self.seller)
        self.assertTrue(agreement.document_text_frozen)
        self.assertIn(f"Contract {agreement.code}", self.text(agreement))

    def test_users_do_not_thaw_the_text(self):
        self.mine.action_finish_document_version()
        for values in ({"document_text_frozen": False}, {"document_version": 7}):
            with self.subTest(values=values):
                with self.assertRaises(AccessError):
                    self.mine.write(values)
                with self.assertRaises(AccessError):
                    self._create_agreement(self.seller, **values)

    def test_a_copy_begins_anew(self):
        self.mine.action_finish_document_version()
        copy = self.mine.copy()
        self.assertFalse(copy.document_text_frozen)
        self.assertEqual(copy.document_version, 1)

    # === Annexes ===

    def test_an_annex_is_a_contract_of_its_own(self):
        action = self.mine.action_new_annex()
        form = Form(
            self.env["agreement"]
            .with_user(self.seller)
            .with_context(**action["context"])
        )
        form.agreement_type_id = self.kind
        annex = form.save()
        self.assertEqual(annex.code, f"{self.mine.code}/A1")
        self.assertEqual(annex.parent_id, self.mine)
        self.assertEqual(annex.partner_id, self.mine.partner_id)
        self.assertEqual(self.mine.annex_ids, annex)
        self.assertEqual(self.mine.annex_count, 1)
        self.assertIn(annex.code, self.text(annex))
        domain = self.mine.action_annexes()["domain"]
        self.assertEqual(self.env["agreement"].search(domain), annex)
        context = self.mine.action_new_annex()["context"]
        self.assertEqual(context["default_code"], f"{self.mine.code}/A2")

    def test_nobody_names_a_contract_that_they_may_not_read(self):
        named = {"parent_id": self.foreign_agreement.id}
        with self.assertRaises(AccessError) as caught:
            self._create_agreement(self.seller, **named)
        self.assertNotIn(self.foreign_agreement.code, str(caught.exception))
        with self.assertRaises(AccessError):
            self.mine.write(named)

    def test_contract_and_annexes_are_of_one_company(self):
        annex = self.new_annex().with_env(self.env)
        for agreement in (annex, self.agreement):
            with self.subTest(is_annex=bool(agreement.parent_id)):
                with self.assertRaises(UserError):
                    agreement.company_id = self.other_company

    def new_annex(self, action=None):
        """Save the form of a new annex, as it was proposed by an action."""
        action = action or self.mine.action_new_annex()
        model = self.env["agreement"].with_user(self.seller)
        return Form(model.with_context(**action["context"])).save()

    def test_the_number_of_a_deleted_annex_is_not_given_again(self):
        first, second, third = (self.new_annex() for _number in range(3))
        second.sudo().unlink()
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A4")
        self.env["agreement"].browse(self.mine.annex_ids.ids).sudo().unlink()
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A5")

    def test_the_number_of_an_annex_that_was_moved_is_not_given_again(self):
        moved = self.new_annex()
        moved.parent_id = self._create_agreement(self.seller)
        self.mine.sudo().last_annex_number = 0  # as before it was counted
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A2")

    def test_an_archived_annex_keeps_its_number(self):
        self.new_annex().active = False
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A2")

    def test_two_who_open_the_form_at_once_get_two_numbers(self):
        action = self.mine.action_new_annex()
        first, second = self.new_annex(action), self.new_annex(action)
        self.assertEqual(first.code, f"{self.mine.code}/A1")
        self.assertEqual(second.code, f"{self.mine.code}/A2")
        self.assertIn("no. 2", second.name)

    def test_an_annex_can_be_numbered_by_hand(self):
        annex = self._create_agreement(
            self.seller, parent_id=self.mine.id, code="Aneks/7"
        )
        self.assertEqual(annex.code, "Aneks/7")
        self.assertEqual(self.new_annex().code, f"{self.mine.code}/A1")

    def test_a_contract_can_be_copied_twice(self):
        codes = {self.mine.copy().code for _number in range(3)}
        self.assertEqual(len(codes), 3)

    def test_an_annex_has_no_annexes(self):
        annex = self._create_agreement(
            self.seller, parent_id=self.agreement.id
        ).with_user(self.seller)
        with self.assertRaisesRegex(UserError, "This is an annex"):
            annex.action_new_annex()
        with self.assertRaises(ValidationError):
            self._create_agreement(self.seller, parent_id=annex.id)
        with self.assertRaises(ValidationError):
            self.mine.parent_id = self._create_agreement(self.seller)


class TestRegisterNumbers(DocumentCommon):
    """KRS and REGON are numbers that can be checked."""

    def test_good_and_bad_numbers(self):
        self.client.write({"l10n_pl_krs": "0000123456", "l10n_pl_regon": "123456785"})
        description = self.client.with_context(lang="en_US")._get_party_description()
        description = description.replace("\N{NO-BREAK SPACE}", " ")
        self.assertIn("KRS 0000123456", description)
        self.assertIn("REGON 123456785", description)
        self.assertEqual(self.contact.l10n_pl_krs, "0000123456")
        for values in (
            {"l10n_pl_krs": "123"},
            {"l10n_pl_krs": "KRS0000123456"},
            {"l10n_pl_regon": "123456789"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.client.write(values)
