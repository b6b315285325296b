# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""At the client's table: the client signs with the salesperson present."""

import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
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


class AutentiRequest(models.Model):
    _name = "autenti.request"
    _inherit = ["autenti.request"]

    can_sign_in_person = fields.Boolean(
        compute="_compute_can_sign_in_person", export_string_translation=False
    )

    @api.depends("next_signer_id.side", "next_signer_id.status", "state", "user_id")
    @api.depends_context("uid")
    def _compute_can_sign_in_person(self):
        for request in self:
            request.can_sign_in_person = (
                request._is_clients_turn()
                and request._may_act()
                and request.sudo()._allows_in_person()
            )

    def action_sign_in_person(self):
        """Open the window with the two ways to sign at the client's table."""
        self._check_in_person()
        return {
            "type": "ir.actions.client",
            "tag": "autenti_esign.in_person",
            "params": {"request_id": self.id},
        }

    def action_fetch_client_link(self):
        """Fetch the personal signing link of the client whose turn it is.

        It is for the browser that asks, and is kept nowhere.

        :return: ``{"name", "url", "qr_code"}``: the client's full name, the link, and
            the same as an image, in a data URL
        :rtype: dict
        :raise UserError: it isn't their turn, or Autenti gives no link
        """
        self._check_in_person()
        client = self.sudo().next_signer_id
        url = self._fetch_link(client)
        return {"name": client.actor_name, "url": url, "qr_code": draw_qr_code(url)}

    def _check_in_person(self):
        self.ensure_one()
        self._check_may_act()
        if not self._is_clients_turn():
            raise UserError(self.env._("It isn't the client's turn to sign."))
        self.sudo()._check_in_person_allowed()

    def _check_in_person_allowed(self):
        if not self._allows_in_person():
            raise UserError(
                self.env._(
                    "Signing at our table is switched off for this document, in the "
                    "connection to Autenti or in the type of contract. The client "
                    "signs with the link in Autenti's mail."
                )
            )

    def _allows_in_person(self):
        """Tell if a colleague may fetch the client's link; in sudo."""
        kind = self._get_record()._autenti_get_type() if self._get_record() else None
        return self.connection_id.allows_in_person and (
            not kind or kind.autenti_allows_in_person
        )

    def _is_clients_turn(self):
        client = self.next_signer_id
        return (
            self.state == "sent" and client.side == "client" and client.status == "turn"
        )


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    allows_in_person = fields.Boolean(
        string="Client can sign at our table",
        default=True,
        help="Who has sent a document can open the client's personal signing link, on "
        "this device or as a QR code. Each time is written into the timeline. Off: the "
        "client alone gets the link, by Autenti's mail.",
    )


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
