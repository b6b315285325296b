# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The text of a contract: filled in from its type, edited, printed and kept."""

import itertools
import re

from lxml import html
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import escape_psql, is_html_empty
from odoo.tools.sql import column_exists, create_column

# What the text is filled in anew after, as long as nobody edits it
FILLED_IN = (
    *("agreement_type_id", "name", "code", "partner_id", "company_id"),
    *("start_date", "end_date", "parent_id"),
)
# Only Odoo itself writes them
KEPT_BY_ODOO = frozenset({"document_text_frozen", "document_version"})
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
LISTS = {"ol", "ul"}


class Agreement(models.Model):
    """A contract with its text, its versions and its annexes.

    Addons that have contracts signed say who signs, what goes along and when it is
    signed, by the `_get_document_*` methods and `_is_document_signed`.
    """

    _inherit = "agreement"
    _check_company_auto = True

    # The addon that brings it looks for a client's contracts without an index
    partner_id = fields.Many2one(index=True)
    document_text = fields.Html(
        string="Contract text",
        compute="_compute_document_text",
        store=True,
        readonly=False,
        copy=False,
        sanitize_style=True,
        # As long as it is, it is read where it is shown
        prefetch=False,
    )
    document_text_edited = fields.Boolean(
        string="Edited by hand",
        copy=False,
        help="The text no longer follows the contract's data.",
    )
    document_text_frozen = fields.Boolean(
        string="Stays as it is",
        readonly=True,
        copy=False,
        help="This version is what people have seen or signed. Another text is a new "
        "version.",
    )
    document_version = fields.Integer(
        string="Version", readonly=True, copy=False, default=1
    )
    # For placeholders in templates: the picker offers what can be searched
    company_signer = fields.Char(
        string="Signs for our company",
        compute="_compute_company_signer",
        search="_search_company_signer",
    )
    representation_basis = fields.Char(
        string="Basis of representation",
        compute="_compute_company_signer",
        search="_search_representation_basis",
    )
    # An annex is a contract of its own that changes another one
    parent_id = fields.Many2one(
        "agreement",
        string="Annex to",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="The contract that this one changes.",
    )
    annex_ids = fields.One2many("agreement", "parent_id", string="Annexes")
    annex_count = fields.Integer(
        string="Number of annexes", compute="_compute_annex_count"
    )
    last_annex_number = fields.Integer(copy=False, readonly=True)

    def _auto_init(self):
        """Override: no type had a template before, so there is no text to fill in.

        Odoo would try so for each contract, which takes long where there are many.
        """
        if not column_exists(self.env.cr, self._table, "document_text"):
            create_column(self.env.cr, self._table, "document_text", "text")
        return super()._auto_init()

    @api.depends("document_text_edited", *FILLED_IN)
    def _compute_document_text(self):
        for agreement in self:
            if agreement.document_text_edited or agreement.document_text_frozen:
                agreement.document_text = agreement.document_text
            else:
                kind = agreement.agreement_type_id
                agreement.document_text = kind._fill_template(agreement)

    @api.depends("company_id")
    @api.depends_context("uid")
    def _compute_company_signer(self):
        for agreement in self:
            party = agreement._get_document_parties()[-1]
            agreement.company_signer = party["signer"]
            agreement.representation_basis = party["note"]

    def _search_company_signer(self, operator, value):
        return self._search_computed("company_signer", operator, value)

    def _search_representation_basis(self, operator, value):
        return self._search_computed("representation_basis", operator, value)

    def _search_computed(self, name, operator, value):
        found = self.search(Domain.TRUE).filtered_domain([(name, operator, value)])
        return [("id", "in", found.ids)]

    @api.depends("annex_ids")
    def _compute_annex_count(self):
        for agreement in self:
            agreement.annex_count = len(agreement.annex_ids)

    @api.depends("code", "name")
    def _compute_display_name(self):
        # Who begins a contract would read “[False] False”
        new = self.filtered(lambda agreement: not (agreement.code or agreement.name))
        new.display_name = False
        return super(Agreement, self - new)._compute_display_name()

    @api.model
    def _domain_selection(self):
        # The addon that brings the field has no Polish, and Odoo reads the terms of
        # its code from nowhere else
        names = {"Sale": self.env._("Sale"), "Purchase": self.env._("Purchase")}
        domains = super()._domain_selection()
        return [(domain, names.get(name, name)) for domain, name in domains]

    @api.constrains("parent_id")
    def _check_parent_id(self):
        for agreement in self:
            if agreement.parent_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "An annex changes the contract itself, not another annex. "
                        "Choose %s.",
                        agreement.parent_id.parent_id.display_name,
                    )
                )
            if agreement.parent_id and agreement.annex_ids:
                raise ValidationError(
                    self.env._("A contract with annexes can't be an annex itself.")
                )

    @api.constrains("company_id")
    def _check_annexes_company(self):
        """Contract and annexes show each other's titles."""
        annexes_sudo = self.sudo().with_context(active_test=False).annex_ids
        annexes_sudo._check_company(["parent_id"])

    @api.onchange("agreement_type_id")
    def _onchange_agreement_type_id(self):
        self.document_text_edited = False

    @api.onchange("document_text")
    def _onchange_document_text(self):
        # Also when the text has just followed the data
        self.document_text_edited = self._is_document_edited()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_document_values(vals)
            self._number_annex(vals)
        agreements = super().create(vals_list)
        for agreement, vals in zip(agreements, vals_list, strict=True):
            agreement._note_document_changes(vals)
        return agreements

    def write(self, vals):
        self._check_document_values(vals)
        if "document_text" in vals:
            self._check_document_not_frozen()
        elif "agreement_type_id" in vals:
            vals = {"document_text_edited": False, **vals}
        result = super().write(vals)
        self._note_document_changes(vals)
        return result

    def copy_data(self, default=None):
        """Override of `agreement`: a text that was edited by hand is worth copying.

        And a contract may be copied more than once.
        """
        copies = super().copy_data(default)
        for agreement, vals in zip(self, copies, strict=True):
            if agreement.document_text_edited:
                vals.setdefault("document_text", agreement.document_text)
            if vals["code"].startswith(f"{agreement.code} ("):
                vals["code"] = agreement._find_free_code(vals["code"])
        return copies

    def _find_free_code(self, code):
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

    def _check_document_values(self, vals):
        """Raise for values that a user may not enter.

        :raise AccessError: only Odoo writes one of them, or the user may not read the
            contract that an annex is to change
        """
        if self.env.su:
            return
        if kept := sorted(KEPT_BY_ODOO.intersection(vals)):
            labels = self.fields_get(kept, ["string"]).values()
            raise AccessError(
                self.env._(
                    "Only Odoo itself fills in: %s.",
                    ", ".join(label["string"] for label in labels),
                )
            )
        if isinstance(vals.get("parent_id"), int):
            self.browse(vals["parent_id"] or ()).check_access("read")

    def _check_document_not_frozen(self):
        if frozen := self.filtered("document_text_frozen"):
            raise UserError(
                self.env._(
                    "%s: this version stays as it is. Begin a new version to change "
                    "the text.",
                    frozen[0].display_name,
                )
            )

    def _note_document_changes(self, vals):
        """Keep up with values that were written.

        :param dict vals: as for `write`
        """
        if "document_text" in vals and "document_text_edited" not in vals:
            for agreement in self:
                agreement.document_text_edited = agreement._is_document_edited()
        if vals.get("signature_date"):
            signed = self.filtered(lambda agreement: agreement._is_document_signed())
            signed._freeze_document()

    def _is_document_edited(self):
        """Tell if the text is another than the type fills in."""
        self.ensure_one()
        if is_html_empty(self.document_text):
            return False
        try:
            filled = self.agreement_type_id._fill_template(self)
        except UserError:
            return True
        field = self._fields["document_text"]
        return self.document_text != field.convert_to_cache(filled, self)

    # === ACTION METHODS === #

    def action_fill_document_text(self):
        """Fill in the text anew from the type; what was edited by hand is given up."""
        self.check_access("write")
        self._check_document_not_frozen()
        self.document_text_edited = False
        self._refresh_document_text()

    def action_finish_document_version(self):
        """Keep the text as it is from now on, as before it is given to the client."""
        self.check_access("write")
        self._freeze_document()

    def action_new_document_version(self):
        """Make the text of a contract editable again."""
        self.ensure_one()
        self.check_access("write")
        if self._is_document_signed():
            raise UserError(
                self.env._("It is signed. What changes from now on is an annex.")
            )
        self._begin_document_version()

    def action_new_annex(self):
        """Open the form of a new annex, filled in with what the contract tells."""
        self.ensure_one()
        if self.parent_id:
            raise UserError(
                self.env._(
                    "This is an annex. Make the next one from the contract: %s.",
                    self.parent_id.display_name,
                )
            )
        number = self._get_annex_number()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Annex"),
            "res_model": self._name,
            "views": [(False, "form")],
            "context": {
                "default_parent_id": self.id,
                "default_name": self._get_annex_name(number),
                "default_code": self._get_annex_code(number),
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_domain": self.domain,
            },
        }

    def action_annexes(self):
        """Show the contract's annexes."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Annexes"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("parent_id", "=", self.id)],
            "context": {"default_parent_id": self.id},
        }

    # === WHAT OTHER ADDONS MAY KNOW BETTER === #

    def _is_document_signed(self):
        """Tell if the contract is signed, so that only an annex can change it."""
        self.ensure_one()
        return bool(self.signature_date)

    def _get_document_client_people(self):
        """Tell who sign for the client.

        :return: pairs of full name and position, the position maybe empty
        """
        self.ensure_one()
        people = self.partner_id - self.commercial_partner_id
        return [(person.name, person.function or "") for person in people]

    def _get_document_company_people(self):
        """Tell who sign for the company.

        :return: pairs of full name and basis of representation, each maybe empty
        """
        self.ensure_one()
        user = self.env.user
        return [(user.name, user.partner_id.function or "")]

    def _get_document_enclosure_names(self):
        """Return the names of what goes along, for the list in the contract."""
        self.ensure_one()
        return []

    def _get_document_date(self):
        """Return the day on which the contract is made out."""
        return fields.Date.context_today(self)

    # === THE DOCUMENT === #

    def _get_document_lang(self):
        """Return the code of the language of the contract."""
        self.ensure_one()
        return self.partner_id.lang or self.env.user.lang

    def _get_document_company(self):
        """Return the res.company whose contract it is."""
        self.ensure_one()
        return self.company_id or self.env.company

    def _get_document_parties(self):
        """Describe both parties for the report.

        :return: two dicts, ours last: ``{"role", "partner", "signer", "note"}`` with
            the party's name in the contract, its res.partner, and the full name and
            the position or basis of representation of its signer, each maybe empty
        """
        self.ensure_one()
        company = self._get_document_company()
        sides = (
            (
                self.env._("Client"),
                self.commercial_partner_id or self.partner_id,
                self._get_document_client_people(),
            ),
            (
                self.env._("Contractor"),
                company.partner_id,
                self._get_document_company_people(),
            ),
        )
        return [
            {
                "role": role,
                "partner": partner,
                "signer": ", ".join(name for name, _note in people if name),
                "note": "; ".join(note for _name, note in people if note),
            }
            for role, partner, people in sides
        ]

    def _get_document_footer(self):
        """Tell what stands at the foot of each page, as `add_footer` takes it."""
        self.ensure_one()
        localized = self.with_context(lang=self._get_document_lang())
        return (
            localized.env._(
                "%(name)s, no. %(number)s", name=self.name, number=self.code
            ),
            lambda page, pages: localized.env._(
                "page %(page)s of %(pages)s", page=page, pages=pages
            ),
        )

    def _check_document_printable(self):
        """Raise where the contract lacks what its document can't do without.

        :raise UserError: what is to be entered first
        """
        for agreement in self:
            if not agreement.partner_id:
                raise UserError(
                    self.env._(
                        "%s: enter the client first. The contract names both parties.",
                        agreement.display_name,
                    )
                )

    def _split_document_text(self):
        """Split off the last paragraph: signatures don't stand on a page alone.

        A heading right before it goes with it.

        :return: HTML of what comes before, and of the last paragraph, maybe empty
        :rtype: tuple[Markup, Markup]
        """
        self.ensure_one()
        root = html.fragment_fromstring(self.document_text or "", create_parent="div")
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

    # === VERSIONS === #

    def _refresh_document_text(self):
        """Fill in the text with what the data are now, unless somebody edited it.

        :raise UserError: as `_fill_template` of the type
        """
        field = self._fields["document_text"]
        self.env.add_to_compute(field, self)
        try:
            field.recompute(self)
        except UserError:
            # Said once: it would be tried again when the transaction ends
            self.env.remove_to_compute(field, self)
            raise

    def _freeze_document(self):
        """Let the text stay as it is until a new version is begun."""
        # What is still to be filled in belongs to it
        self.mapped("document_text")
        self.sudo().document_text_frozen = True

    def _begin_document_version(self):
        """Make the text editable again, as a new version, where it is frozen."""
        self.ensure_one()
        if not self.document_text_frozen:
            return
        version = self.document_version + 1
        self.sudo().write({"document_version": version, "document_text_frozen": False})
        self._refresh_document_text()
        self._message_log(
            body=self.env._("Version %s begun: the text can be changed again.", version)
        )

    # === ANNEXES === #

    def _get_annex_number(self):
        """Return the number of the next annex; one that was given isn't given again."""
        self.ensure_one()
        taken_sudo = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("code", "=like", f"{escape_psql(self.code)}/A%"),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        )
        numbers = map(self._parse_annex_code, taken_sudo.mapped("code"))
        return 1 + max((self.last_annex_number, *filter(None, numbers)))

    def _get_annex_name(self, number):
        return self.env._(
            "Annex no. %(number)s to %(contract)s", number=number, contract=self.name
        )

    def _get_annex_code(self, number):
        return f"{self.code}/A{number}"

    def _parse_annex_code(self, code):
        """Return the number in a code that was proposed for an annex, else None."""
        match = re.fullmatch(rf"{re.escape(self.code)}/A(\d{{1,9}})", code or "")
        return match and int(match[1])

    @api.model
    def _number_annex(self, vals):
        """Renumber an annex whose proposed number was given to another one meanwhile.

        The number is counted in the contract's own row: where two people save at one
        moment, PostgreSQL lets one of them go first, and Odoo does the other's again.

        :param dict vals: of the new record; changed
        """
        parent_sudo = self.sudo().browse(vals.get("parent_id"))
        code = vals.get("code")
        number = parent_sudo and parent_sudo._parse_annex_code(code)
        if not number:
            return
        next_number = parent_sudo._get_annex_number()
        if number < next_number:
            if vals.get("name") == parent_sudo._get_annex_name(number):
                vals["name"] = parent_sudo._get_annex_name(next_number)
            number = next_number
            vals["code"] = parent_sudo._get_annex_code(number)
        parent_sudo.last_annex_number = number
        parent_sudo.flush_recordset(["last_annex_number"])
