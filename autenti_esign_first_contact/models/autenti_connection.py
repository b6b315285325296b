# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ..first_contact import contact

# Within Odoo's time for one request (--limit-time-real)
TRIAL_SECONDS = 45


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    def action_try_assumptions(self):
        """Open the dialog that tries what is assumed of Autenti."""
        self.ensure_one()
        self._check_trial()
        return self.env["autenti.contact"].create({"connection_id": self.id})._open()

    def _check_trial(self):
        """Raise unless drafts may be made here for trial.

        :raise AccessError: by somebody who doesn't set connections up
        :raise UserError: it is production
        """
        self.check_access("write")
        if contact.is_production(self._get_urls().api_url):
            raise UserError(
                self.env._(
                    "Assumptions are tried in Autenti's test environment alone: drafts "
                    "are made for it."
                )
            )

    def _try_assumptions(self, send_to=""):
        """Try with Autenti what its client takes for granted.

        :param str send_to: e-mail address that gets a document; "" sends nothing
        :rtype: first_contact.findings.Report
        :raise UserError: the set-up isn't finished
        """
        self._check_trial()
        identities = self.sudo()._get_acting_identities()
        mine = self._get_company_identity(self.env.user)
        # Who has the rights to sign has an account at Autenti more likely
        subjects = [identity["subject"] for identity in identities]
        if not identities or mine["subject"] in subjects:
            identities = [mine]
        identity = next(filter(self._is_named, identities), identities[0])
        self._check_company_identity(identity)
        urls = self._get_urls()
        if self._acts_by_login(identity):
            account = self.env["autenti.account"]._find(self, identity["user"])
            credentials, tokens = self._get_application(), account._get_tokens()
        else:
            tokens = None
            credentials = self._get_credentials(identity["email"], identity["subject"])
        return contact.Contact(
            urls.api_url,
            credentials,
            jwks_url=urls.jwks_url,
            send_to=send_to,
            tokens=tokens,
            seconds=TRIAL_SECONDS,
        ).run()
