# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""At the client's table: the client signs with the salesperson present."""

import base64

from odoo import api, fields, models
from odoo.tools.barcode import createBarcodeDrawing

QR_CODE_SIZE = 260  # pixels


def draw_qr_code(text):
    """Draw a QR code here, not by an address that would bring the text into logs.

    :return: data URL of an image that any server can make: it needs no bitmap library
    :rtype: str
    """
    drawing = createBarcodeDrawing(
        "QR", value=text, width=QR_CODE_SIZE, height=QR_CODE_SIZE, barBorder=4
    )
    image = drawing.asString("svg").encode()
    return f"data:image/svg+xml;base64,{base64.b64encode(image).decode()}"


class AgreementType(models.Model):
    _inherit = "agreement.type"

    autenti_allows_in_person = fields.Boolean(
        string="Client can sign at our table",
        default=True,
        help="Off: for contracts of this type nobody but the client gets the client's "
        "personal signing link.",
    )


class AutentiSignMixin(models.AbstractModel):
    _name = "autenti.sign.mixin"
    _inherit = ["autenti.sign.mixin"]

    autenti_can_sign_in_person = fields.Boolean(
        compute="_compute_autenti_can_sign_in_person",
        groups="autenti_esign.autenti_esign_group_user",
        export_string_translation=False,
    )

    @api.depends("autenti_turn", "autenti_user_id")
    @api.depends_context("uid")
    def _compute_autenti_can_sign_in_person(self):
        for record in self:
            record.autenti_can_sign_in_person = (
                record.autenti_turn == "client"
                and record._autenti_get_request().can_sign_in_person
            )

    def action_autenti_sign_in_person(self):
        """Open the window with the two ways to sign at the client's table."""
        self.ensure_one()
        self.check_access("read")
        request = self._autenti_get_request().with_user(self.env.user)
        return request.action_sign_in_person()
