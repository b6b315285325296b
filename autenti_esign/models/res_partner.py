# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ..client import phone
from ..client.tax_id import HOME_COUNTRY, split_tax_id


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Odoo finds a salesperson's clients without an index
    user_id = fields.Many2one(index="btree_not_null")
    autenti_is_signer = fields.Boolean(
        string="Signs for their company",
        help="Is proposed as the signer when a contract of their company is sent for "
        "signature. Where several people have this mark, all of them are proposed.",
    )
    autenti_request_summary = fields.Char(
        string="Signature requests",
        compute="_compute_autenti_request_summary",
        groups="autenti_esign.autenti_esign_group_user",
    )

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_autenti_request_summary(self):
        requests = self.env["autenti.request"].sudo(False)
        for partner in self:
            domain = partner.sudo(False)._autenti_get_request_domain()
            partner.autenti_request_summary = requests._get_summary(domain)

    def action_autenti_requests(self):
        """Open the signature requests of a client, with those of their contacts."""
        self.ensure_one()
        requests = self.env["autenti.request"]
        return requests._get_list_action(self._autenti_get_request_domain())

    def _autenti_get_request_domain(self):
        """Find the requests made out to the partner or one below, or signed by one."""
        family = Domain("partner_id", "child_of", self._origin.ids)
        return self.env["autenti.request"]._get_party_domain(family, family)

    @api.constrains("name")
    def _check_autenti_own_name(self):
        if self.env.user.partner_id in self:
            self.env.user._autenti_check_own_name(self.env.user.name or "")

    def _autenti_get_signing_contacts(self):
        """Propose who signs when the partner is the client.

        :return: res.partner records, in order; empty when there is no partner
        """
        marked = self.commercial_partner_id.child_ids.filtered(
            lambda person: person.autenti_is_signer and not person.is_company
        )
        if marked or not self.is_company:
            return marked or self
        people = self.child_ids.filtered(lambda person: not person.is_company)
        return people.filtered("email")[:1] or people[:1] or self

    def _autenti_get_names(self):
        """Propose first and last name, from the best source there is.

        :return: (first name, last name), each maybe empty
        :rtype: tuple[str, str]
        """
        self.ensure_one()
        if self.is_company:
            return "", ""
        if self._autenti_has_names():
            return self.firstname or "", self.lastname or ""
        return self._autenti_get_sent_names() or self._autenti_split_name()

    def _autenti_is_split(self, first_name, last_name):
        """Tell if names are nothing but a split of the partner's name.

        They are not once a person has sent them, having looked at them.
        """
        self.ensure_one()
        names = (first_name, last_name)
        return (
            not self._autenti_has_names()
            and names == self._autenti_split_name()
            and names != self._autenti_get_sent_names()
        )

    @api.model
    def _autenti_has_names(self):
        # OCA's partner_firstname
        return {"firstname", "lastname"} <= self._fields.keys()

    def _autenti_get_sent_names(self):
        """Return the names that were last sent, None when the partner was renamed."""
        signer_sudo = (
            self.env["autenti.signer"]
            .sudo()
            .search([("partner_id", "=", self._origin.id)], order="id desc", limit=1)
        )
        names = signer_sudo.first_name, signer_sudo.last_name
        words = " ".join(filter(None, names)).split()
        if words and sorted(words) == sorted((self.name or "").split()):
            return names
        return None

    def _autenti_split_name(self):
        """Propose first and last name; a person has to look at them.

        The last word is the last name, for that is right for most; who has two last
        names knows.

        :return: (first name, last name), each maybe empty
        :rtype: tuple[str, str]
        """
        first, _space, last = (self.name or "").strip().rpartition(" ")
        return first.strip(), last

    def _autenti_get_phone_country(self):
        """Tell where the partner's phone numbers without a country code are from.

        :return: res.country, empty when neither the partner nor its company has one
        """
        return self.country_id or self.commercial_partner_id.country_id

    def _autenti_read_phone(self, text, company):
        """Read a phone number of the partner, as `client.phone.to_e164` returns it.

        :param company: res.company that is sending; where its country counts, if no
            other is known
        """
        country = self._autenti_get_phone_country() or company.country_id
        return phone.to_e164(text, country.code or HOME_COUNTRY)

    def _autenti_get_tax_id(self):
        """Split the tax id as Autenti wants it: country and number apart.

        People write labels before it, leave the country out, or say that there is none.

        :return: (ISO country code, digits and letters of the number); the number is ""
            when there is no valid one
        :rtype: tuple[str, str]
        """
        home = self.country_id.code or HOME_COUNTRY
        return split_tax_id(self.vat or "", home)
