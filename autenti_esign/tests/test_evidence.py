# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon


class TestEvidence(AutentiCommon):
    """What was sent and what came back signed stays as it is."""

    def setUp(self):
        super().setUp()
        self.request = self.send()
        self.sign(self.request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(self.request.state, "signed")
        self.files = self.env["ir.attachment"].search(
            [("autenti_request_id", "=", self.request.id)]
        )

    def test_three_files_are_kept(self):
        self.assertEqual(
            self.files,
            self.request.source_attachment_id
            + self.request.signed_attachment_id
            + self.agreement.autenti_signed_attachment_id,
        )

    def test_the_files_are_not_changed_by_anybody(self):
        other = base64.b64encode(PDF + b"\n")
        administrator = self.env.ref("base.user_admin")
        for env in (self.env, self.env(user=administrator), self.env(user=self.seller)):
            for file in self.files.with_env(env):
                for values in (
                    {"raw": b"other"},
                    {"datas": other},
                    {"db_datas": other},
                    {"name": "other.pdf"},
                    {"mimetype": "text/plain"},
                    {"res_id": self.board_agreement.id},
                    {"res_model": "res.partner"},
                    {"public": True},
                    {"store_fname": "aa/aa"},
                    {"type": "url", "url": "https://example.com"},
                    {"autenti_request_id": False},
                ):
                    with (
                        self.subTest(user=env.user.name, values=values),
                        self.assertRaises(UserError),
                    ):
                        file.write(values)

    def test_the_files_may_be_stored_elsewhere(self):
        contents = self.files.mapped("raw")
        for location in ("db", "file"):
            self.env["ir.config_parameter"].set_param(
                "ir_attachment.location", location
            )
            self.files._migrate()
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(location=location):
                self.assertEqual(bool(self.files[0].db_datas), location == "db")
                self.assertEqual(self.files.mapped("raw"), contents)

    def test_the_files_are_not_deleted_by_anybody(self):
        administrator = self.env.ref("base.user_admin")
        for env in (self.env, self.env(user=administrator), self.env(user=self.seller)):
            for file in self.files.with_env(env):
                with self.subTest(user=env.user.name), self.assertRaises(UserError):
                    file.unlink()
        self.assertEqual(self.files.exists(), self.files)

    def test_nobody_deletes_by_pretending_to_uninstall(self):
        """The context comes from the browser."""
        pretending = {MODULE_UNINSTALL_FLAG: True}
        out = self._create_agreement(self.seller)
        evidence = (self.files, self.agreement, self.send(out).signer_ids, out)
        for records in (*evidence, self.request):
            for user in (self.seller, self.env.ref("base.user_root")):
                forged = records.with_user(user).with_context(**pretending)
                with (
                    self.subTest(user=user.name, records=records),
                    self.assertRaises(UserError),
                ):
                    forged.unlink()
            self.assertEqual(records.exists(), records)

    def test_a_copy_of_a_file_is_no_evidence(self):
        copy = self.files[0].copy()
        self.assertFalse(copy.autenti_request_id)
        copy.unlink()

    def test_nobody_passes_a_file_off_as_the_signed_one(self):
        genuine = self.agreement.autenti_signed_attachment_id
        values = {
            "name": "forged.pdf",
            "raw": PDF,
            "res_model": "agreement",
            "res_id": self.agreement.id,
        }
        forged = {"autenti_request_id": self.request.id}
        attachments = self.env["ir.attachment"].with_user(self.seller)
        with self.assertRaises(AccessError):
            attachments.create({**values, **forged})
        with self.assertRaises(AccessError):
            attachments.with_context(default_autenti_request_id=self.request.id).create(
                values
            )
        attachment = attachments.create(values)
        with self.assertRaises(AccessError):
            attachment.write(forged)
        self.env.invalidate_all()
        self.assertEqual(self.agreement.autenti_signed_attachment_id, genuine)

    def test_other_files_stay_free(self):
        attachment = self.env["ir.attachment"].create({"name": "x.pdf", "raw": PDF})
        attachment.raw = b"other"
        attachment.unlink()

    def test_a_request_is_not_deleted_in_any_state(self):
        withdrawn = self.submit(self._create_agreement(self.seller))
        withdrawn.with_user(self.seller).action_withdraw()
        for request in self.request + withdrawn:
            with self.subTest(state=request.state), self.assertRaises(UserError):
                request.unlink()

    def test_who_was_asked_to_sign_is_not_changed_by_anybody(self):
        signer = self.request.signer_ids[0]
        for values in (
            {"email": "other@example.com"},
            {"status": "rejected"},
            {"signed_date": False},
            {"request_id": self.send(self._create_agreement(self.seller)).id},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                signer.write(values)
        for command in (
            Command.clear(),
            Command.delete(signer.id),
            Command.create(
                {
                    "first_name": "Inny",
                    "last_name": "Człowiek",
                    "email": "inny@example.com",
                    "sequence": 3,
                    "side": "client",
                    "signature_type": "BASIC",
                }
            ),
        ):
            with self.subTest(command=command), self.assertRaises(UserError):
                self.request.signer_ids = [command]

    def test_a_contract_that_was_sent_is_archived_and_not_deleted(self):
        for agreement in (self.agreement, self._withdrawn_agreement()):
            for user in (self.seller, self.env.ref("base.user_root")):
                with (
                    self.subTest(user=user.name, state=agreement.autenti_state),
                    self.assertRaisesRegex(UserError, "Archive it"),
                ):
                    agreement.with_user(user).unlink()
            agreement.with_user(self.seller).active = False

    def _withdrawn_agreement(self):
        agreement = self._create_agreement(self.seller)
        self.submit(agreement).with_user(self.seller).action_withdraw()
        return agreement

    def test_a_contract_that_was_never_sent_can_be_deleted(self):
        self._create_agreement(self.seller).with_user(self.seller).unlink()

    def test_a_copy_of_a_signed_contract_is_not_signed(self):
        copy = self.agreement.copy()
        self.assertFalse(copy.autenti_state)
        self.assertFalse(copy.autenti_request_count)
        self.assertFalse(copy.autenti_signed_attachment_id)

    def test_the_snapshot_of_a_signer_stays_when_the_partner_changes(self):
        self.contact.write({"name": "Inny Człowiek", "email": "inny@example.com"})
        signer = self.request.signer_ids[0]
        self.assertEqual(signer.name, "Jan Kowalski")
        self.assertEqual(signer.email, CLIENT_EMAIL)
