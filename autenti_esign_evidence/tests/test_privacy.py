# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase

from odoo.addons.autenti_esign.tests.common import (
    CLIENT_EMAIL,
    SELLER_EMAIL,
    AutentiCommon,
)
from odoo.addons.autenti_esign.tests.test_sentences import TABLE, SentencesCommon


class TestPrivacy(HttpCase, AutentiCommon):
    """A person gets to know what is kept of them; what proves a contract stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._keep_contacts_from_users()

    def setUp(self):
        super().setUp()
        self.request = self.send()
        self.officer = self._create_user(
            "Olga Lis",
            "olga.lis@firma.example.com",
            "autenti_esign.autenti_esign_group_manager,base.group_partner_manager",
        )
        self.partner = self.contact.with_user(self.officer)

    def sign_all(self):
        self.sign(self.request, CLIENT_EMAIL, SELLER_EMAIL)

    def privacy(self, user=None):
        """Open the dialog about the contact, as its actions do."""
        action = (
            self.env.ref("autenti_esign_evidence.autenti_privacy_action")
            .with_user(user or self.officer)
            .with_context(active_model="res.partner", active_id=self.contact.id)
            .run()
        )
        return (
            self.env[action["res_model"]]
            .with_user(user or self.officer)
            .browse(action["res_id"])
        )

    # === Export ===

    def test_a_person_gets_all_their_signings(self):
        self.sign_all()
        (signing,) = self.partner._autenti_export_signings()
        expected = {
            "title": self.request.name,
            "name": "Jan Kowalski",
            "email": CLIENT_EMAIL,
            "role": "SIGNER",
            "status": "signed",
            "state": "signed",
            "sha256_of_signed_file": self.request.signed_sha256,
        }
        self.assertEqual({key: signing[key] for key in expected}, expected)
        self.assertTrue(signing["signed_at"].endswith("Z"))

    def test_signings_are_found_by_e_mail_too(self):
        twin = self.env["res.partner"].create(
            {"name": "J. Kowalski", "email": CLIENT_EMAIL.upper()}
        )
        self.assertEqual(
            twin.with_user(self.officer)._autenti_find_signings(),
            self.request.signer_ids[0],
        )
        stranger = self.env["res.partner"].create({"name": "X", "email": "%"})
        self.assertFalse(stranger._autenti_find_signings())

    def test_a_colleague_who_signs_is_found(self):
        self.assertEqual(
            self.seller.partner_id._autenti_find_signings(), self.request.signer_ids[1]
        )

    def test_the_export_is_downloaded_by_who_looks_after_it(self):
        url = self.privacy().action_export()["url"]
        self.officer.password = self.seller.password = "password-of-both"
        self.authenticate(self.officer.login, "password-of-both")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual([each["email"] for each in response.json()], [CLIENT_EMAIL])
        self.authenticate(self.seller.login, "password-of-both")
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_salespeople_have_no_such_dialog(self):
        with self.assertRaises(AccessError):
            self.privacy(self.seller)
        with self.assertRaises(AccessError):
            self.env["autenti.privacy"].with_user(self.seller).action_show(self.contact)

    def test_the_dialog_shows_the_signings_as_they_are(self):
        self.sign_all()
        # Read as the web client does
        (shown,) = self.privacy().web_read({"signer_ids": {"fields": {"status": {}}}})
        self.assertEqual([line["status"] for line in shown["signer_ids"]], ["signed"])

    # === Forgetting ===

    def test_anonymising_keeps_the_evidence_and_says_why(self):
        self.sign_all()
        self.contact.write({"phone": "+48 600 100 200", "street": "Prosta 1"})
        privacy = self.privacy()
        self.assertIn("17(3)(e)", privacy.explanation)
        self.assertEqual(privacy.signer_ids, self.request.signer_ids[0])
        privacy.action_anonymise()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNotIn("Kowalski", self.contact.name)
        self.assertFalse(self.contact.active)
        for name in ("email", "phone", "street"):
            self.assertFalse(self.contact[name])
        note = self.contact.message_ids[0]
        self.assertIn("17(3)(e)", note.body)
        self.assertFalse(note.sudo().tracking_value_ids)
        signer = self.request.signer_ids[0]
        self.assertEqual(signer.name, "Jan Kowalski")
        self.assertEqual(signer.email, CLIENT_EMAIL)
        self.assertEqual(signer.partner_id, self.contact)
        self.assertEqual(self.request._find_changed_evidence(), [])

    def test_who_still_has_to_sign_is_not_anonymised(self):
        with self.assertRaisesRegex(UserError, "Withdraw it"):
            self.privacy().action_anonymise()

    def test_who_has_a_login_is_not_anonymised(self):
        self.sign_all()
        privacy = self.privacy()
        privacy.partner_id = self.seller.partner_id
        with self.assertRaisesRegex(UserError, "login"):
            privacy.action_anonymise()

    def test_who_may_not_change_contacts_anonymises_none(self):
        self.sign_all()
        with self.assertRaises(AccessError):
            self.contact.with_user(self.seller)._autenti_anonymise()

    def test_a_deleted_contact_leaves_the_evidence_and_a_note(self):
        self.sign_all()
        signer = self.request.signer_ids[0]
        self.agreement.partner_id = self.client
        self.partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(signer.partner_id)
        self.assertEqual((signer.name, signer.email), ("Jan Kowalski", CLIENT_EMAIL))
        self.assertIn("17(3)(e)", self.request.message_ids[0].body)

    def test_a_merged_contact_leaves_the_evidence(self):
        self.sign_all()
        other = self.env["res.partner"].create(
            {"name": "Jan Kowalski", "email": CLIENT_EMAIL}
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.contact + other).ids, other)
        self.env.invalidate_all()
        signer = self.request.signer_ids[0]
        self.assertEqual(signer.partner_id, other)
        self.assertEqual(self.request._find_changed_evidence(), [])


class TestStates(SentencesCommon):
    """What is told to a person is true in each state of a contract."""

    def test_the_export_tells_the_status(self):
        for name, said in TABLE.items():
            self.meet_autenti()
            self.agreement = self._create_agreement(self.seller)
            getattr(self, f"make_{name}")()
            document = self.agreement.display_name
            (entry,) = (
                each
                for each in self.contact._autenti_export_signings()
                if each["document"] == document
            )
            with self.subTest(state=name):
                self.assertEqual(entry["status"], said.client)

    def test_the_list_says_nobodys_turn_of_what_has_ended(self):
        self.make_withdrawn()
        action = self.env["autenti.privacy"].action_show(self.contact)
        privacy = self.env["autenti.privacy"].browse(action["res_id"])
        root = etree.fromstring(privacy.get_view(view_type="form")["arch"])
        self.assertFalse(root.xpath("//list/field[@name='status']"))
        self.assertTrue(root.xpath("//list/field[@name='shown_status']"))
        self.assertEqual(privacy.signer_ids.mapped("shown_status"), ["obsolete"])
