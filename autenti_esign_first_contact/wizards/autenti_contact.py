# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.autenti_esign.emails import clean_email

from ..first_contact import findings

RESULTS = [
    (findings.OTHERWISE, "Otherwise"),
    (findings.AS_ASSUMED, "As assumed"),
    (findings.NOT_TRIED, "Not tried"),
]


class AutentiContact(models.TransientModel):
    """First contact: tries what is assumed of Autenti, and shows what was seen."""

    _name = "autenti.contact"
    _description = "First Contact with Autenti"
    _inherit = ["autenti.dialog"]

    connection_id = fields.Many2one(
        "autenti.connection", required=True, readonly=True, ondelete="cascade"
    )
    send_to = fields.Char(
        string="Send to",
        help="Your own address: it gets one document, a reminder, and news of its "
        "withdrawal. Empty: nothing is sent.",
    )
    line_ids = fields.One2many("autenti.contact.line", "contact_id", readonly=True)
    calls = fields.Integer(readonly=True)
    changes = fields.Text(string="To change", readonly=True)
    stays = fields.Text(string="Stays at Autenti", readonly=True)
    text_file = fields.Binary(string="As text", attachment=False, readonly=True)
    text_name = fields.Char(
        default="first-contact.txt", readonly=True, export_string_translation=False
    )
    json_file = fields.Binary(string="As JSON", attachment=False, readonly=True)
    json_name = fields.Char(
        default="first-contact.json", readonly=True, export_string_translation=False
    )

    def action_try(self):
        """Try all that can be tried, and show what was seen."""
        self.ensure_one()
        self.check_access("write")
        if self.line_ids:
            # A second click sends nothing again
            return self._open()
        send_to = self.send_to and clean_email(self.send_to)
        if self.send_to and not send_to:
            raise UserError(
                self.env._("“%s” is no valid e-mail address.", self.send_to)
            )
        self._show(self.connection_id._try_assumptions(send_to or ""))
        return self._open()

    def _show(self, report):
        order = [result for result, _label in RESULTS]
        facts = report.to_dict()["facts"]
        self.write(
            {
                "calls": report.calls,
                "changes": "\n".join(report.changes),
                "stays": "\n".join(report.stays),
                "text_file": base64.b64encode(report.to_text().encode()),
                "json_file": base64.b64encode(report.to_json().encode()),
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "result": fact["result"],
                                "fact": fact["fact"],
                                "constant": fact["constant"],
                                "expected": fact["expected"],
                                "seen": fact["seen"],
                            }
                        )
                        for fact in sorted(
                            facts, key=lambda fact: order.index(fact["result"])
                        )
                    ),
                ],
            }
        )

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try Every Assumption"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class AutentiContactLine(models.TransientModel):
    """One fact of the API, and what was seen of it."""

    _name = "autenti.contact.line"
    _description = "Fact of Autenti's API"
    _inherit = ["autenti.dialog"]

    contact_id = fields.Many2one("autenti.contact", required=True, ondelete="cascade")
    result = fields.Selection(RESULTS, required=True, readonly=True)
    fact = fields.Char(readonly=True)
    constant = fields.Char(readonly=True)
    expected = fields.Char(readonly=True)
    seen = fields.Char(readonly=True)
