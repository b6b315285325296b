# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models

from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES


class AutentiDocument(models.Model):
    """A file of its own, which is signed without a contract around it.

    Or what is to be signed of a record of a model that knows nothing of Autenti: its
    source.
    """

    _name = "autenti.document"
    _description = "Document for Autenti"
    _inherit = ["mail.thread", "mail.activity.mixin", "autenti.sign.mixin"]
    _order = "id desc"

    name = fields.Char(string="Title", required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Client", index="btree_not_null", tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        tracking=True,
        default=lambda self: self.env.user,
    )
    tag_ids = fields.Many2many("autenti.document.tag", string="Tags")
    # Its own attachments: who may read it may read them
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="File",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The PDF that is signed.",
    )
    enclosure_ids = fields.Many2many(
        "ir.attachment",
        "autenti_document_enclosure_rel",
        string="Enclosures",
        copy=False,
        help="Files that go along with it.",
    )
    state = fields.Selection(
        [
            ("draft", "To send"),
            ("out", "Out for signature"),
            ("signed", "Signed"),
            ("ended", "Not signed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
        group_expand=True,
    )
    # Empty for a document of its own
    source_model = fields.Char(
        readonly=True, index="btree_not_null", copy=False, string="Model of the record"
    )
    source_id = fields.Many2oneReference(
        string="Record",
        model_field="source_model",
        readonly=True,
        index="btree_not_null",
        copy=False,
    )

    @api.depends("autenti_state")
    def _compute_state(self):
        states = {False: "draft", "signed": "signed"} | dict.fromkeys(
            OPEN_STATES, "out"
        )
        for document in self:
            document.state = states.get(document.autenti_state, "ended")

    # === SIGNING === #

    def _autenti_get_source(self):
        return "attachment"

    def _autenti_get_enclosures(self):
        return [
            (enclosure.name, base64.b64encode(enclosure.raw or b""))
            for enclosure in self.enclosure_ids
        ]
