# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.agreement_document.models.agreement import KEPT_BY_ODOO

from ..client import file_names
from ..indexed import is_any_of
from .autenti_request import OPEN_STATES
from .autenti_sign_checks import WARNING, line
from .autenti_sign_mixin import WaitingRules

PARTY_FIELDS = (
    *("name", "street", "street2", "zip", "city", "country_id.code"),
    *("vat", "l10n_pl_krs", "l10n_pl_regon"),
)
# Belong to how people work on a contract, not to what it says
WORK_FIELDS = ("activity_", "message_", "rating_", "website_message_")
# Of `agreement_document`: our rules guard them too, and only colleagues read them
DOCUMENT_FIELDS = frozenset(
    {
        *("annex_count", "annex_ids", "company_signer", "document_text"),
        *("document_text_edited", "document_text_frozen", "document_version"),
        *("last_annex_number", "parent_id", "representation_basis"),
    }
)


class Agreement(models.Model):
    _name = "agreement"
    _inherit = ["agreement", "autenti.sign.mixin"]

    autenti_disabled = fields.Boolean(search="_search_autenti_disabled")
    autenti_has_text = fields.Boolean(compute="_compute_autenti_has_text")
    autenti_is_mine = fields.Boolean(
        string="My contract",
        compute="_compute_autenti_is_mine",
        search="_search_autenti_is_mine",
        help="Sent by me, waiting for my signature, or not sent yet and made by me or "
        "for a client of mine.",
    )
    # What came of signing stays with what was signed
    signature_date = fields.Date(copy=False)

    # Of what wasn't sent yet, see `_search_autenti_is_mine`
    _autenti_unsent_author_idx = models.Index(
        "(create_uid) WHERE (autenti_user_id IS NULL)"
    )
    _autenti_unsent_client_idx = models.Index(
        "(commercial_partner_id) WHERE (autenti_user_id IS NULL)"
    )

    @api.depends("agreement_type_id.autenti_disabled", "is_template")
    def _compute_autenti_disabled(self):
        for agreement in self:
            agreement.autenti_disabled = (
                agreement.agreement_type_id.autenti_disabled or agreement.is_template
            )

    @api.model
    def _search_autenti_disabled(self, operator, _value):
        if operator != "in":
            return NotImplemented
        # Who may only read contracts has no access to their types
        types_sudo = self.env["agreement.type"].sudo().with_context(active_test=False)
        disabled = types_sudo.search([("autenti_disabled", "=", True)])
        return Domain("is_template", "=", True) | Domain(
            "agreement_type_id", "in", disabled.ids
        )

    @api.depends(
        "autenti_user_id", "autenti_next_user_id", "commercial_partner_id.user_id"
    )
    @api.depends_context("uid")
    def _compute_autenti_is_mine(self):
        for agreement in self:
            people = agreement.autenti_user_id or (
                agreement.create_uid | agreement.commercial_partner_id.user_id
            )
            people |= agreement.autenti_next_user_id
            agreement.autenti_is_mine = self.env.user in people

    @api.model
    def _search_autenti_is_mine(self, operator, _value):
        if operator != "in":
            return NotImplemented
        partners = self.env["res.partner"].with_context(active_test=False)
        # The rules for the contracts themselves decide
        clients = partners._search([("user_id", "=", self.env.uid)], bypass_access=True)
        is_clients = is_any_of("commercial_partner_id", clients)
        is_unsent = Domain("autenti_user_id", "=", False)
        return (
            Domain("autenti_user_id", "=", self.env.uid)
            | Domain("autenti_next_user_id", "=", self.env.uid)
            | is_unsent & (Domain("create_uid", "=", self.env.uid) | is_clients)
        )

    @api.depends("agreement_type_id")
    def _compute_autenti_has_text(self):
        for agreement in self:
            kind = agreement.agreement_type_id
            is_attached = kind.autenti_source == "attachment"
            agreement.autenti_has_text = not (is_attached or kind.autenti_report_id)

    def _autenti_explain_disabled(self):
        if self.is_template:
            return self.env._(
                "It is a template. Make a contract of it, and have that one signed."
            )
        return super()._autenti_explain_disabled()

    # === WHAT IS OUT OR SIGNED === #

    def write(self, vals):
        if changed := [name for name in vals if self._autenti_is_content(name)]:
            self._autenti_check_not_locked(changed)
        return super().write(vals)

    def _autenti_is_content(self, name):
        return not name.startswith((*WORK_FIELDS, "autenti_")) and (
            name in ("document_text", "parent_id") or name not in DOCUMENT_FIELDS
        )

    def _autenti_check_not_locked(self, names):
        locked = self.filtered(
            lambda agreement: (
                agreement.agreement_type_id.autenti_lock
                and agreement.autenti_state in OPEN_STATES
            )
        )
        if locked:
            raise UserError(
                self.env._(
                    "%(contract)s is out for signature, and contracts of its type are "
                    "locked meanwhile. Withdraw it first to change: %(fields)s.",
                    contract=locked[0].display_name,
                    fields=", ".join(self._autenti_get_labels(names)),
                )
            )

    @api.model
    def _autenti_is_ours(self, name):
        return super()._autenti_is_ours(name) or name in DOCUMENT_FIELDS

    @api.model
    def _autenti_get_kept_fields(self):
        return super()._autenti_get_kept_fields() | KEPT_BY_ODOO

    def _is_document_signed(self):
        """Override: a date that was entered by hand isn't Autenti's word."""
        return self.autenti_state == "signed" and not self.autenti_is_rehearsed

    def action_new_document_version(self):
        if self.autenti_state in OPEN_STATES:
            raise UserError(
                self.env._("It is out for signature. Withdraw it there first.")
            )
        return super().action_new_document_version()

    def _autenti_begin_version(self):
        self._begin_document_version()

    def _autenti_submitted(self, request):
        self._freeze_document()
        return super()._autenti_submitted(request)

    # === THE DOCUMENT === #

    def _autenti_render_pdf(self):
        self._refresh_document_text()
        return super()._autenti_render_pdf()

    def _autenti_refresh_text(self):
        self._refresh_document_text()

    def _autenti_get_shown_fields(self):
        others = ()
        if self.agreement_type_id.autenti_report_id:
            others = super()._autenti_get_shown_fields()
        return (
            *("name", "code", "agreement_type_id.name", "start_date", "end_date"),
            *("parent_id.code", "document_text", "partner_id.name"),
            *(f"commercial_partner_id.{name}" for name in PARTY_FIELDS),
            *(f"company_id.partner_id.{name}" for name in PARTY_FIELDS),
            *others,
        )

    def _autenti_get_report(self):
        return self.agreement_type_id.autenti_report_id or self.env.ref(
            "agreement_document.agreement_report_action"
        )

    def _autenti_get_source(self):
        return self.agreement_type_id.autenti_source or super()._autenti_get_source()

    def _autenti_get_file_name(self):
        kind = self.agreement_type_id.with_context(lang=self._get_document_lang())
        return kind._autenti_fill_text(kind.autenti_file_name, self)

    def _autenti_get_message(self, lang=None):
        lang = lang or self._get_document_lang()
        kind = self.agreement_type_id.with_context(lang=lang)
        if kind.autenti_message:
            return kind._autenti_fill_text(kind.autenti_message, self)
        return super()._autenti_get_message(lang)

    def _autenti_fill_message(self, text):
        # As a type fills in, also where the contract has none
        return self.env["agreement.type"].new()._autenti_fill_text(text, self)

    def _autenti_get_signature_type(self):
        kind = self.agreement_type_id
        return kind.autenti_signature_type or super()._autenti_get_signature_type()

    def _autenti_get_enclosures(self):
        return [
            (file_names.clean(enclosure.name), enclosure.file)
            # By their order, also while they are new
            for enclosure in self.agreement_type_id.autenti_enclosure_ids.sorted(
                "sequence"
            ).with_context(bin_size=False)
        ]

    def _get_document_enclosure_names(self):
        """Override: those chosen in the send dialog, or those of the type."""
        names = self.env.context.get("autenti_enclosure_names")
        if names is None:
            enclosures = self.agreement_type_id.autenti_enclosure_ids
            names = enclosures.sorted("sequence").mapped("name")
        return file_names.get_titles(list(map(file_names.clean, names)))

    def _autenti_get_type(self):
        return self.agreement_type_id

    def _autenti_get_waiting_rules(self, connection):
        kind = self.agreement_type_id
        if kind.autenti_has_waiting_rules:
            return WaitingRules(kind.autenti_remind_days, kind.autenti_expiry_days)
        return super()._autenti_get_waiting_rules(connection)

    def _autenti_get_subtype(self, news):
        return self.env.ref(
            f"autenti_esign.mail_message_subtype_{news}", raise_if_not_found=False
        ) or super()._autenti_get_subtype(news)

    def _autenti_get_title(self):
        return f"{self.name} {self.code}"

    def _get_document_date(self):
        """Override: near midnight it is the day where the company is."""
        return self.env["res.users"]._autenti_get_today()

    def _get_document_client_people(self):
        """Override: those chosen in the send dialog, or proposed there."""
        people = self.env.context.get("autenti_client_people")
        if people is None:
            client = self.commercial_partner_id
            contacts = self.partner_id._autenti_get_signing_contacts() - client
            people = [(each.name, each.function or "") for each in contacts]
        return people

    def _get_document_company_people(self):
        """Override: those chosen in the send dialog, or proposed there."""
        return [
            (
                " ".join(filter(None, (each["first_name"], each["last_name"]))),
                each["note"],
            )
            for each in self._autenti_get_company_identities()
        ]

    def _autenti_get_company_identities(self):
        connection_sudo = self._autenti_find_connection()
        if not connection_sudo:
            return []
        second = connection_sudo._get_second_representative()
        if "autenti_second_representative_id" in self.env.context:
            second_id = self.env.context["autenti_second_representative_id"]
            # The context comes from the browser
            second = connection_sudo.representative_ids.filtered(
                lambda person: person.id == second_id
            )
        return connection_sudo._get_company_identities(self.env.user, second)

    def _autenti_check_record(self):
        yield from super()._autenti_check_record()
        if problem := self._autenti_find_signature_on_paper():
            yield line(WARNING, problem, self._autenti_lead_to(self))

    def _autenti_check_document(self):
        """Override: it is one only when it says between whom it is."""
        if self.agreement_type_id.autenti_report_id:
            return []
        return [*self._autenti_check_client(), *self._autenti_check_own_company()]

    def _autenti_check_client(self):
        client = self.commercial_partner_id
        if not client:
            text = self.env._("The document names no client. Choose one.")
            return [line(WARNING, text, self._autenti_lead_to(self))]
        action = self._autenti_lead_to_person(client)
        problems = self._autenti_find_gaps(client)
        return [line(WARNING, problem, action) for problem in problems]

    def _autenti_check_own_company(self):
        own = self._get_document_company().partner_id.with_user(self.env.user)
        action = self._autenti_lead_to_person(own)
        advice = self.env._("An administrator enters it in the company's form.")
        for problem in self._autenti_find_own_gaps(own.sudo()):
            text = problem if action else f"{problem} {advice}"
            yield line(WARNING, text, action)

    def _autenti_find_own_gaps(self, own):
        """Find what the document can't say of our company, as sentences.

        Who represents it is checked with the signers, and the tax ID too where Autenti
        names the company beside them.
        """
        if not self._autenti_has_address(own):
            yield self.env._("The document lacks our company's address.")
        identities = self._autenti_get_company_identities()
        if not own.vat and not any(each["note"] for each in identities):
            yield self.env._("The document lacks our company's tax ID.")

    def _autenti_has_address(self, partner):
        return bool((partner.street or partner.street2) and partner.city)

    def _autenti_find_gaps(self, client):
        """Find what the document can't say of a client, as sentences."""
        if not self._autenti_has_address(client):
            yield self.env._(
                "The document lacks the client's address. Enter street and city."
            )
        if client.is_company and not client.vat:
            yield self.env._("The document lacks the client's tax ID. Enter it.")
        if client.is_company and not self._get_document_client_people():
            yield self.env._(
                "The document doesn't say who represents the client. Add the person "
                "below, or as a contact of the client's."
            )

    def _autenti_find_signature_on_paper(self):
        """Return what makes it look signed already, though not by Autenti, or False."""
        if not self.signature_date or self.autenti_state == "signed":
            return False
        return self.env._(
            "A signature date is entered, so it may be signed on paper already. Clear "
            "the date if it isn't."
        )

    def _autenti_signed(self, request):
        moment = request.signed_date or request.ended_date
        # The note on the signatures tells it already
        silent = self.with_context(mail_notrack=True)
        silent.signature_date = self.env["res.users"]._autenti_get_today(moment)
