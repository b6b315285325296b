# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from lxml import html

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.rendering_tools import convert_inline_template_to_qweb

from ..client import enclosures, pdf
from ..exceptions import enclosure_message
from ..signature_types import SIGNATURE_TYPES
from . import autenti_guard  # noqa: F401 - has what is inherited


class AgreementType(models.Model):
    _inherit = "agreement.type"

    autenti_disabled = fields.Boolean(
        string="Disable electronic signing",
        help="Contracts of this type can't be sent for signature with Autenti.",
    )
    autenti_source = fields.Selection(
        [("report", "Made by Odoo"), ("attachment", "Attached PDF")],
        string="Document",
        required=True,
        default="report",
        help="What the send dialog proposes: the document made by Odoo, or a PDF that "
        "is attached to the contract.",
    )
    autenti_report_id = fields.Many2one(
        "ir.actions.report",
        string="Report",
        domain="[('model', '=', 'agreement'), ('report_type', '=', 'qweb-pdf')]",
        ondelete="restrict",
        help="Makes the document. Empty: the contract with its text, as Autenti "
        "e-Signature brings it.",
    )
    autenti_file_name = fields.Char(
        string="File name",
        translate=True,
        help="Name of the sent file, without “.pdf”. # inserts a field of the "
        "contract. Empty: its title.",
    )
    autenti_enclosure_ids = fields.One2many(
        "autenti.enclosure",
        "agreement_type_id",
        string="Enclosures",
        help="Go along with each contract of this type, in this order.",
    )
    autenti_lock = fields.Boolean(
        string="Lock while out for signature",
        help="Nobody changes a contract of this type while it is out for signature.",
    )
    autenti_message = fields.Text(
        string="Message to signers",
        translate=True,
        help="What the signers read in Autenti's mail, in the client's language. # "
        "inserts a field of the contract. Empty: the one of the connection.",
    )
    autenti_signature_type = fields.Selection(
        SIGNATURE_TYPES,
        string="Signature",
        help="What the send dialog proposes. Empty: the one of the connection.",
    )
    autenti_has_waiting_rules = fields.Boolean(
        string="Own reminders and expiry",
        help="Contracts of this type have their own days, not those of the company.",
    )
    autenti_remind_days = fields.Integer(
        string="Remind every (days)",
        help="Days between two reminders that Autenti sends to those whose turn it is; "
        "0 for none.",
    )
    autenti_expiry_days = fields.Integer(
        string="Expires after (days)",
        help="Days that the signers have. What isn't signed by then is withdrawn at "
        "Autenti; 0 for no end.",
    )
    autenti_allows_in_person = fields.Boolean(
        string="Client can sign at our table",
        default=True,
        help="Off: for contracts of this type nobody but the client gets the client's "
        "personal signing link.",
    )

    _autenti_days_positive = models.Constraint(
        "CHECK(autenti_remind_days >= 0 AND autenti_expiry_days >= 0)",
        "Enter days, or 0 for never.",
    )

    @api.constrains("autenti_file_name", "autenti_message")
    def _check_autenti_texts(self):
        for kind in self:
            for text in (kind.autenti_file_name, kind.autenti_message):
                kind._check_placeholders(convert_inline_template_to_qweb(text))

    def _autenti_fill_text(self, text, agreement):
        """Fill in a plain text with placeholders for a contract.

        :param str text: in the contract's language, maybe empty
        :rtype: str
        :raise UserError: as `_fill_template`
        """
        filled = self._fill_in(convert_inline_template_to_qweb(text), agreement)
        return html.fragment_fromstring(filled, create_parent="div").text_content()


class AutentiEnclosure(models.Model):
    """A file that goes along with each contract of a type: a price list, terms."""

    _name = "autenti.enclosure"
    _description = "Enclosure of a Contract Type"
    _inherit = ["autenti.guard"]
    _order = "agreement_type_id, sequence, id"

    agreement_type_id = fields.Many2one(
        "agreement.type", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="File name", required=True)
    file = fields.Binary(string="Content", required=True)

    @api.constrains("file", "name")
    def _check_file(self):
        for enclosure in self:
            try:
                enclosures.make_sendable(base64.b64decode(enclosure.file or b""))
            except pdf.UnsendablePdf as error:
                message = enclosure_message(self.env, enclosure.name, error)
                raise ValidationError(message) from error
