# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.template_inheritance import apply_inheritance_specs

from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES, USER_GROUP


class MailThread(models.AbstractModel):
    """Whatever has a chatter can be made signable by an `autenti.sign.rule`."""

    _inherit = "mail.thread"

    autenti_signing = fields.Selection(
        selection="_selection_autenti_signing",
        compute="_compute_autenti_signing",
        compute_sudo=True,
        groups=USER_GROUP,
    )

    @api.model
    def _selection_autenti_signing(self):
        states = self.env["autenti.request"]._fields["state"]
        return states._description_selection(self.env)

    def _compute_autenti_signing(self):
        documents = self.env["autenti.document"]
        by_record = {}
        if self._autenti_has_rule():
            by_record = documents._find_for(self).grouped("source_id")
        for record in self:
            found = by_record.get(record._origin.id, documents)
            record.autenti_signing = next(
                filter(None, found.mapped("autenti_state")), False
            )

    @api.model
    def _autenti_has_rule(self):
        return self._name in self.env["autenti.sign.rule"]._get_models()

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override to have a button in forms that leads to the signature requests."""
        arch, view = super()._get_view(view_id, view_type, **options)
        sheet = arch.find("sheet") if view_type == "form" else None
        if sheet is None or not self._autenti_has_rule():
            return arch, view
        if arch.find(".//div[@name='button_box']") is None:
            box = arch.makeelement(
                "div", {"class": "oe_button_box", "name": "button_box"}
            )
            sheet.insert(0, box)
        button = self.env.ref("autenti_esign_document.source_form").sudo()
        return apply_inheritance_specs(arch, list(button._get_combined_arch())), view

    def action_autenti_source_requests(self):
        """Show the signature requests of the record; a single one as a form."""
        self.ensure_one()
        self.check_access("read")
        requests = self.env["autenti.request"]
        documents = self.env["autenti.document"]._find_for(self)
        found = requests.search(
            [("res_model", "=", documents._name), ("res_id", "in", documents.ids)]
        )
        action = requests._get_list_action([("id", "in", found.ids)])
        if len(found) == 1:
            action.update(views=[(False, "form")], res_id=found.id)
        return action

    @api.ondelete(at_uninstall=False)
    def _unlink_except_out_for_signature(self):
        """Keep what can still be signed; the signed file keeps what is signed."""
        if not self._autenti_has_rule():
            return
        documents_sudo = self.env["autenti.document"].sudo()._find_for(self)
        if any(document.autenti_state in OPEN_STATES for document in documents_sudo):
            raise UserError(
                self.env._(
                    "It is out for signature with Autenti. Withdraw it there before "
                    "you delete it."
                )
            )
