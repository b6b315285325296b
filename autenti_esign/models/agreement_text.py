# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The text of a contract: filled in from its type, edited, then sent and kept."""

import itertools

from lxml import html
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import escape_psql, is_html_empty
from odoo.tools.sql import column_exists, create_column

from .autenti_request import OPEN_STATES

# What the text is filled in anew after, as long as nobody edits it
FILLED_IN = (
    *("agreement_type_id", "name", "code", "partner_id", "company_id"),
    *("start_date", "end_date", "autenti_parent_id"),
)
# Only Odoo itself writes them
KEPT_BY_ODOO = {"autenti_text_frozen", "autenti_version"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
LISTS = {"ol", "ul"}


class Agreement(models.Model):
    _inherit = "agreement"

    autenti_text = fields.Html(
        string="Contract text",
        compute="_compute_autenti_text",
        store=True,
        readonly=False,
        copy=False,
        sanitize_style=True,
    )
    autenti_text_edited = fields.Boolean(
        string="Edited by hand",
        copy=False,
        help="The text no longer follows the contract's data.",
    )
    autenti_text_frozen = fields.Boolean(
        string="Sent as it is",
        readonly=True,
        copy=False,
        help="This version was handed over for signature. Another text is a new "
        "version.",
    )
    autenti_version = fields.Integer(
        string="Version", readonly=True, copy=False, default=1
    )
    autenti_has_text = fields.Boolean(
        compute="_compute_autenti_has_text", export_string_translation=False
    )
    # For placeholders in templates: the picker offers what can be searched
    autenti_company_signer = fields.Char(
        string="Signs for our company",
        compute="_compute_autenti_company_signer",
        search="_search_autenti_company_signer",
    )
    autenti_representation_basis = fields.Char(
        string="Basis of representation",
        compute="_compute_autenti_company_signer",
        search="_search_autenti_representation_basis",
    )

    def _auto_init(self):
        """Override: no type had a template before, so there is no text to fill in.

        Odoo would try so for each contract, which takes long where there are many.
        """
        if not column_exists(self.env.cr, self._table, "autenti_text"):
            create_column(self.env.cr, self._table, "autenti_text", "text")
        return super()._auto_init()

    @api.depends("autenti_text_edited", *FILLED_IN)
    def _compute_autenti_text(self):
        for agreement in self:
            if agreement.autenti_text_edited or agreement.autenti_text_frozen:
                agreement.autenti_text = agreement.autenti_text
            else:
                kind = agreement.agreement_type_id
                agreement.autenti_text = kind._autenti_fill_template(agreement)

    @api.depends("agreement_type_id")
    def _compute_autenti_has_text(self):
        for agreement in self:
            kind = agreement.agreement_type_id
            is_attached = kind.autenti_source == "attachment"
            agreement.autenti_has_text = not (is_attached or kind.autenti_report_id)

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_autenti_company_signer(self):
        for agreement in self:
            party = agreement._autenti_get_report_parties()[-1]
            agreement.autenti_company_signer = party["signer"]
            agreement.autenti_representation_basis = party["note"]

    def _search_autenti_company_signer(self, operator, value):
        return self._autenti_search_computed("autenti_company_signer", operator, value)

    def _search_autenti_representation_basis(self, operator, value):
        return self._autenti_search_computed(
            "autenti_representation_basis", operator, value
        )

    def _autenti_search_computed(self, name, operator, value):
        found = self.search(Domain.TRUE).filtered_domain([(name, operator, value)])
        return [("id", "in", found.ids)]

    @api.onchange("agreement_type_id")
    def _onchange_autenti_type(self):
        self.autenti_text_edited = False

    @api.onchange("autenti_text")
    def _onchange_autenti_text(self):
        # Also when the text has just followed the data
        self.autenti_text_edited = self._autenti_is_edited()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._autenti_number_annex(vals)
        agreements = super().create(vals_list)
        for agreement, vals in zip(agreements, vals_list, strict=True):
            agreement._autenti_note_edit(vals)
        return agreements

    def write(self, vals):
        if changed := [name for name in vals if self._autenti_is_content(name)]:
            self._autenti_check_not_locked(changed)
        if "autenti_text" in vals:
            self._autenti_check_not_frozen()
        elif "agreement_type_id" in vals:
            vals = {"autenti_text_edited": False, **vals}
        result = super().write(vals)
        self._autenti_note_edit(vals)
        return result

    def copy_data(self, default=None):
        """Override of `agreement`: a text that was edited by hand is worth copying.

        And a contract may be copied more than once.
        """
        copies = super().copy_data(default)
        for agreement, vals in zip(self, copies, strict=True):
            if agreement.autenti_text_edited:
                vals.setdefault("autenti_text", agreement.autenti_text)
            if vals["code"].startswith(f"{agreement.code} ("):
                vals["code"] = agreement._autenti_find_free_code(vals["code"])
        return copies

    def _autenti_find_free_code(self, code):
        """Return a code that no contract with the same client has.

        :param str code: is returned when it is free
        """
        taken_sudo = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("code", "=like", f"{escape_psql(code)}%"),
                    ("company_id", "=", self.company_id.id),
                    ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ]
            )
        )
        codes = {*taken_sudo.mapped("code")}
        numbered = (f"{code} {number}" for number in itertools.count(2))
        candidates = itertools.chain([code], numbered)
        return next(each for each in candidates if each not in codes)

    @api.model
    def _autenti_get_kept_fields(self):
        return super()._autenti_get_kept_fields() | KEPT_BY_ODOO

    def _autenti_check_not_frozen(self):
        if frozen := self.filtered("autenti_text_frozen"):
            raise UserError(
                self.env._(
                    "%s: this version was handed over for signature and stays as it "
                    "is. Begin a new version to change the text.",
                    frozen[0].display_name,
                )
            )

    def _autenti_note_edit(self, vals):
        if "autenti_text" in vals and "autenti_text_edited" not in vals:
            for agreement in self:
                agreement.autenti_text_edited = agreement._autenti_is_edited()

    def _autenti_is_edited(self):
        """Tell if the text is another than the type fills in."""
        self.ensure_one()
        if is_html_empty(self.autenti_text):
            return False
        try:
            filled = self.agreement_type_id._autenti_fill_template(self)
        except UserError:
            return True
        field = self._fields["autenti_text"]
        return self.autenti_text != field.convert_to_cache(filled, self)

    # === ACTION METHODS === #

    def action_autenti_fill_text(self):
        """Fill in the text anew from the type; what was edited by hand is given up."""
        self.check_access("write")
        self._autenti_check_not_frozen()
        self.autenti_text_edited = False
        self._autenti_refresh_text()

    def action_autenti_new_version(self):
        """Make the text of a contract that was sent editable again."""
        self.ensure_one()
        self.check_access("write")
        if self.autenti_state in OPEN_STATES:
            raise UserError(
                self.env._("It is out for signature. Withdraw it there first.")
            )
        if self.autenti_state == "signed" and not self.autenti_is_rehearsed:
            raise UserError(
                self.env._("It is signed. What changes from now on is an annex.")
            )
        self._autenti_begin_version()

    # === BUSINESS METHODS === #

    def _autenti_begin_version(self):
        super()._autenti_begin_version()
        if not self.autenti_text_frozen:
            return
        self.sudo().write(
            {"autenti_version": self.autenti_version + 1, "autenti_text_frozen": False}
        )
        self._autenti_refresh_text()
        self._message_log(
            body=self.env._(
                "Version %s begun: the text can be changed until it is sent.",
                self.autenti_version,
            )
        )

    def _autenti_render_pdf(self):
        self._autenti_refresh_text()
        return super()._autenti_render_pdf()

    def _autenti_refresh_text(self):
        """Fill in the text with what the data are now, unless somebody edited it.

        :raise UserError: as `_autenti_fill_template` of the type
        """
        field = self._fields["autenti_text"]
        self.env.add_to_compute(field, self)
        try:
            field.recompute(self)
        except UserError:
            # Said once: it would be tried again when the transaction ends
            self.env.remove_to_compute(field, self)
            raise

    def _autenti_get_lang(self):
        """Return the code of the language of the contract."""
        self.ensure_one()
        return self.partner_id.lang or self.env.user.lang

    def _autenti_split_text(self):
        """Split off the last paragraph: signatures don't stand on a page alone.

        A heading right before it goes with it.

        :return: HTML of what comes before, and of the last paragraph, maybe empty
        :rtype: tuple[Markup, Markup]
        """
        self.ensure_one()
        root = html.fragment_fromstring(self.autenti_text or "", create_parent="div")
        closing = root.makeelement("div")
        tag = root[-1].tag if len(root) and not (root[-1].tail or "").strip() else None
        if tag in LISTS and len(root[-1]) > 1:
            whole = root[-1]
            rest = whole.makeelement(tag, dict(whole.attrib))
            rest.set("start", str(int(whole.get("start", 1)) + len(whole) - 1))
            rest.append(whole[-1])
            closing.append(rest)
        elif tag in {"p", *LISTS}:
            begin = -2 if len(root) > 1 and root[-2].tag in HEADINGS else -1
            closing.extend(root[begin:])
        return (
            Markup(html.tostring(root, encoding="unicode")),
            Markup(html.tostring(closing, encoding="unicode") if len(closing) else ""),
        )
