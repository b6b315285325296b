# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

DOCUMENT = "autenti.document"


class AutentiSourceReference(models.AbstractModel):
    """What belongs to a record by `res_model` and `res_id`, and is as secret as it.

    Where the record is a document that stands for another one, only who may read the
    document may read this.
    """

    _name = "autenti.source.reference"
    _description = "Belongs to a Document of a Record"
    _inherit = ["autenti.guard"]

    # What the rules of access look at
    has_source = fields.Boolean(
        compute="_compute_has_source",
        search="_search_has_source",
    )
    is_source_readable = fields.Boolean(
        compute="_compute_has_source",
        search="_search_is_source_readable",
    )

    # Rules are evaluated in sudo, but they are about the user
    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_has_source(self):
        self.has_source = self.is_source_readable = False
        documents = self.env[DOCUMENT].sudo(False)
        theirs = self.sudo().filtered(lambda each: each.res_model == DOCUMENT)
        if not theirs or not self.env["autenti.sign.rule"]._get_models():
            return
        named_sudo = documents.sudo().browse(theirs.mapped("res_id")).exists()
        with_source = named_sudo.filtered("source_model").sudo(False)
        readable = with_source._filtered_access("read")
        for each in theirs.with_env(self.env):
            each.has_source = each.res_id in with_source.ids
            each.is_source_readable = each.res_id in readable.ids

    def _search_has_source(self, operator, _value):
        if operator != "in":
            return NotImplemented
        documents = self.env[DOCUMENT].sudo()
        return self._get_domain(documents)

    def _search_is_source_readable(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return self._get_domain(self.env[DOCUMENT].sudo(False))

    @api.model
    def _get_domain(self, documents):
        """Find what belongs to documents with a source.

        :param documents: in the rights of who asks
        """
        if not self.env["autenti.sign.rule"]._get_models():
            return Domain.FALSE
        query = documents.with_context(active_test=False)._search(
            [("source_model", "!=", False)]
        )
        return Domain("res_model", "=", DOCUMENT) & Domain("res_id", "in", query)
