# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is known of a person, and what stays when the person is to be forgotten."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.autenti_esign.emails import clean_email, get_email_forms
from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES

SIGNINGS_PATH = "/autenti/signings"


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _autenti_find_signings(self):
        """Find where the person was asked to sign, by contact or by e-mail.

        :return: autenti.signer records that the user may read
        """
        self.ensure_one()
        # By id: PostgreSQL goes through all signers where another table may tell
        users_sudo = self.sudo().with_context(active_test=False).user_ids
        person = Domain("partner_id", "=", self.id) | Domain(
            "user_id", "in", users_sudo.ids
        )
        if email := clean_email(self.email):
            forms = get_email_forms(email)
            person |= Domain("email", "in", forms)
            person |= Domain("actual_email", "in", forms)
        return self.env["autenti.signer"].search(person, order="id")

    def _autenti_export_signings(self):
        """Return what is kept of the person's signings, to hand it to them.

        :return: list of dict, JSON-able
        """
        return [signer._export_signing() for signer in self._autenti_find_signings()]

    def _autenti_anonymise(self):
        """Blank out the contact; what was signed stays, and a note says why.

        :raise UserError: the person still has something to sign, or uses Odoo
        """
        self.ensure_one()
        self.check_access("write")
        signings = self.sudo()._autenti_find_signings()
        if signings.filtered(lambda s: s.request_id.state in OPEN_STATES):
            raise UserError(
                self.env._(
                    "A contract is out for signature by this person. Withdraw it, or "
                    "wait until it has been signed."
                )
            )
        if self.sudo().with_context(active_test=False).user_ids:
            raise UserError(
                self.env._(
                    "The contact has a login to Odoo. An administrator has to delete "
                    "the login first."
                )
            )
        blank = {
            name: False
            for name in self._autenti_get_personal_fields()
            if name in self._fields
        }
        name = self.env._("Anonymised contact %s", self.id)
        # The chatter must not keep what was there before
        self.with_context(tracking_disable=True).write(
            {**blank, "name": name, "active": False}
        )
        self._message_log(body=self._autenti_explain_kept(len(signings)))

    @api.model
    def _autenti_get_personal_fields(self):
        return (
            "barcode",
            "city",
            "comment",
            "email",
            "firstname",
            "function",
            "image_1920",
            "lastname",
            "mobile",
            "phone",
            "ref",
            "street",
            "street2",
            "vat",
            "website",
            "zip",
        )

    @api.model
    def _autenti_explain_kept(self, count):
        """Say what stays of a person that was to be forgotten, and why."""
        return self.env._(
            "Signings that stay as they are: %s. The name, the role and the time of "
            "signing, and until its retention is over the e-mail, belong to the "
            "evidence of a contract. The law lets them be kept to establish, exercise "
            "or defend legal claims (GDPR, Article 17(3)(e)). How long is set in the "
            "type of contract.",
            count,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_with_autenti_note(self):
        """Tell on the requests that the contact is gone, and what stays."""
        for partner in self:
            for request in partner.sudo()._autenti_find_signings().request_id:
                request._message_log(
                    body=self.env._(
                        "A contact of a signer was deleted. %s",
                        self._autenti_explain_kept(1),
                    )
                )
