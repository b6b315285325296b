# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.autenti_esign.tests.common import AutentiCommon, draw_pdf

AUTHORITY = draw_pdf("Pełnomocnictwo")
PRICES = draw_pdf("Cennik")


@tagged("post_install", "-at_install")
class DocumentCommon(AutentiCommon):
    """A document that a salesperson has made by dropping a file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls._create_document(cls.seller, partner_id=cls.client.id)

    @classmethod
    def _create_document(cls, user, content=AUTHORITY, **values):
        documents = cls.env["autenti.document"].with_user(user)
        document = documents._create_from_file("Pełnomocnictwo.pdf", content)
        document.write(values)
        return document.with_env(cls.env)

    @classmethod
    def _attach(cls, user, name, content, **values):
        return (
            cls.env["ir.attachment"]
            .with_user(user)
            .create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": "autenti.document",
                    "res_id": 0,
                    **values,
                }
            )
        )

    def seen(self, user, document=None):
        """Return a document as a user has it, with all companies of theirs open."""
        companies = {"allowed_company_ids": user.company_ids.ids}
        return (document or self.document).with_user(user).with_context(**companies)

    def type_in(self, dialog):
        """Enter a client who is no contact, in the send dialog."""
        person = {
            "first_name": "Ola",
            "last_name": "Bąk",
            "email": "ola.bak@obca.example.com",
        }
        dialog.signer_ids = [Command.clear(), Command.create(person)]
