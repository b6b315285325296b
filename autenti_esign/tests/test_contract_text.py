# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.agreement_document.tests.common import TextCase

from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon


class TestContractText(TextCase, AutentiCommon):
    """What signing makes of a contract's text, versions and annexes."""

    # === The template ===

    def test_company_and_representation_are_placeholders(self):
        self.kind.document_template = (
            '<p><t t-out="object.company_id.name"/>: '
            '<t t-out="object.company_signer"/>, '
            '<t t-out="object.representation_basis"/></p>'
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
        for name in ("company_signer", "representation_basis"):
            self.assertTrue(fields[name]["searchable"], name)
        found = (
            self.env["agreement"]
            .with_user(self.board_seller)
            .search([("company_signer", "=", "Ewa Lis")])
        )
        self.assertIn(self.board_agreement, found)

    def test_a_template_shows_nothing_that_its_reader_may_not_see(self):
        secret = "object.env['autenti.connection'].search([]).client_secret"
        self.kind.document_template = f'<p><t t-out="{secret}"/></p>'
        with (
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.assertRaises(UserError),
        ):
            self.kind.with_user(self.seller)._fill_template(self.mine)

    # === After sending ===

    def test_what_was_sent_stays_and_a_new_version_is_a_visible_act(self):
        request = self.send()
        text = self.text()
        with self.assertRaisesRegex(UserError, "Begin a new version"):
            self.mine.document_text = "<p>Other</p>"
        with self.assertRaisesRegex(UserError, "Begin a new version"):
            self.mine.action_fill_document_text()
        with self.assertRaisesRegex(UserError, "Withdraw it there first"):
            self.mine.action_new_document_version()
        self.mine.start_date = date(2031, 1, 1)
        self.assertEqual(self.text(), text)
        request.with_user(self.seller).action_withdraw()
        self.run_cron()
        with self.assertRaisesRegex(UserError, "Begin a new version"):
            self.mine.document_text = "<p>Other</p>"
        self.mine.action_new_document_version()
        self.assertEqual(self.mine.document_version, 2)
        self.assertIn("Version 2 begun", self.mine.message_ids[0].body)
        self.mine.document_text = "<p>Other</p>"
        self.assertEqual(self.text(), "Other")

    def test_a_signed_contract_has_no_new_version(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        with self.assertRaisesRegex(UserError, "is an annex"):
            self.mine.action_new_document_version()

    def test_users_do_not_thaw_the_text(self):
        self.send()
        for values in ({"document_text_frozen": False}, {"document_version": 7}):
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
            if copy._autenti_is_ours(name) and field.store and field.type != "boolean"
            if name not in ("document_text", "document_version") and copy[name]
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
        self.assertFalse(copy.document_text_frozen)
        self.assertEqual(copy.document_version, 1)

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
        self.assertEqual(self.mine.document_version, 2)
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

    def test_an_annex_is_sent_on_its_own(self):
        action = self.mine.action_new_annex()
        form = Form(
            self.env["agreement"]
            .with_user(self.seller)
            .with_context(**action["context"])
        )
        form.agreement_type_id = self.kind
        annex = form.save()
        self.send(annex.with_env(self.env))
        self.assertEqual(self.mine.annex_ids.autenti_state, "sent")
        self.assertFalse(self.mine.autenti_state)

    def test_a_date_that_was_entered_by_hand_is_no_signature(self):
        self.mine.signature_date = date(2030, 1, 1)
        self.assertFalse(self.mine.document_text_frozen)
