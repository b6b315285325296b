# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo.exceptions import UserError
from odoo.tests import HttpCase

from .common import SaleCommon

IMAGE = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
        "awAAAABJRU5ErkJggg=="
    )
)


class TestOnlineSignature(SaleCommon, HttpCase):
    """Autenti and the online signature on the portal never run at once."""

    def setUp(self):
        super().setUp()
        self.order.write({"state": "sent", "require_signature": True})

    def accept_online(self):
        answer = self.make_jsonrpc_request(
            f"/my/orders/{self.order.id}/accept",
            {
                "access_token": self.order._portal_ensure_token(),
                "name": "Jan Kowalski",
                "signature": IMAGE.decode(),
            },
        )
        self.env.invalidate_all()
        return answer

    def page(self):
        answer = self.url_open(self.order.get_portal_url())
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def test_online_without_autenti(self):
        self.assertIn("modalaccept", self.page())
        self.assertNotIn("Autenti", self.page())
        self.assertNotIn("error", self.accept_online())
        self.assertTrue(self.order.signature)
        with self.assertRaisesRegex(UserError, "online on the portal"):
            self.open_dialog(self.order)

    def test_dialog_tells_that_it_ends_online_signing(self):
        dialog = self.open_dialog(self.order)
        warnings = [each for each in dialog.checklist if each["level"] == "warning"]
        self.assertIn("online on the portal", " ".join(w["text"] for w in warnings))
        self.order.require_signature = False
        dialog = self.open_dialog(self.order)
        self.assertNotIn(
            "online on the portal", " ".join(w["text"] for w in dialog.checklist)
        )

    def test_not_online_while_out_at_autenti(self):
        self.send_order()
        page = self.page()
        self.assertNotIn("Accept &amp; Sign", page)
        self.assertIn("out for signature with Autenti", page)
        self.assertIn(self.contact.name, page)
        self.assertIn("error", self.accept_online())
        self.assertFalse(self.order.signature)

    def test_not_online_after_signing_with_autenti(self):
        self.sign_by_all(self.send_order())
        page = self.page()
        self.assertNotIn("Accept &amp; Sign", page)
        self.assertIn("Signed with Autenti on", page)
        # Whoever has only the link isn't known to be a party
        self.assertNotIn("/my/signatures/", page)
        self.assertIn("error", self.accept_online())

    def test_online_again_after_withdrawal(self):
        self.send_order()._set_state("withdrawn")
        self.assertNotIn("error", self.accept_online())

    def test_party_gets_the_signed_file_there(self):
        request = self.send_order()
        self.sign_by_all(request)
        user = self._create_user("Jan", "jan@portal.example.com", groups=None)
        user.write(
            {
                "partner_id": self.contact.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        user.password = user.login
        self.authenticate(user.login, user.login)
        self.assertIn(f"/my/signatures/{request.id}/signed", self.page())
