# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..client import file_names
from .autenti_sign_checks import WARNING, line
from .autenti_sign_mixin import WaitingRules


class Agreement(models.Model):
    _name = "agreement"
    _inherit = ["agreement", "autenti.sign.mixin"]
    _check_company_auto = True

    autenti_disabled = fields.Boolean(search="_search_autenti_disabled")
    # What came of signing stays with what was signed
    signature_date = fields.Date(copy=False)

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

    def _autenti_get_report(self):
        return self.agreement_type_id.autenti_report_id or self.env.ref(
            "autenti_esign.agreement_report_action"
        )

    def _autenti_get_source(self):
        return self.agreement_type_id.autenti_source or super()._autenti_get_source()

    def _autenti_get_file_name(self):
        return self.agreement_type_id._autenti_fill_file_name(self)

    def _autenti_get_enclosures(self):
        return [
            (file_names.clean(enclosure.name), enclosure.file)
            # By their order, also while they are new
            for enclosure in self.agreement_type_id.autenti_enclosure_ids.sorted(
                "sequence"
            ).with_context(bin_size=False)
        ]

    def _autenti_get_enclosure_names(self):
        """Return the names of what goes along, for the list in the contract."""
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

    def _autenti_get_report_parties(self):
        """Describe both parties for the report.

        :return: two dicts, ours last: ``{"role", "partner", "signer", "note"}`` with
            the party's name in the contract, its res.partner, and the full name and
            the position or basis of representation of its signer, each maybe empty
        """
        self.ensure_one()
        company = self._autenti_get_company()
        client = self.commercial_partner_id or self.partner_id
        people = self._autenti_get_client_people()
        identities = self._autenti_get_company_identities()
        names = (
            " ".join(filter(None, (each["first_name"], each["last_name"])))
            for each in identities
        )
        return [
            {
                "role": self.env._("Client"),
                "partner": client,
                "signer": ", ".join(name for name, _note in people),
                "note": "; ".join(note for _name, note in people if note),
            },
            {
                "role": self.env._("Contractor"),
                "partner": company.partner_id,
                "signer": ", ".join(filter(None, names)),
                "note": "; ".join(each["note"] for each in identities if each["note"]),
            },
        ]

    def _autenti_check_printable(self):
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

    def _autenti_get_date(self):
        """Return the day on which the contract is made out."""
        return self.env["res.users"]._autenti_get_today()

    def _autenti_get_client_people(self):
        """Tell who sign for the client, as chosen in the send dialog, or proposed.

        :return: pairs of full name and basis of representation, maybe empty
        """
        people = self.env.context.get("autenti_client_people")
        if people is None:
            client = self.commercial_partner_id
            contacts = self.partner_id._autenti_get_signing_contacts() - client
            people = [(each.name, each.function or "") for each in contacts]
        return people

    def _autenti_get_footer(self):
        """Tell what stands at the foot of each page, as `add_footer` takes it."""
        self.ensure_one()
        localized = self.with_context(lang=self._autenti_get_lang())
        return (
            localized.env._(
                "%(name)s, no. %(number)s", name=self.name, number=self.code
            ),
            lambda page, pages: localized.env._(
                "page %(page)s of %(pages)s", page=page, pages=pages
            ),
        )

    def _autenti_get_company_identities(self):
        """Tell who sign for the company, as chosen in the send dialog, or proposed."""
        connection_sudo = self.env["autenti.connection"]._find_for_company(
            self._autenti_get_company()
        )
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
        self.signature_date = self.env["res.users"]._autenti_get_today(moment)
