# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AutentiTrust(models.Model):
    """A file that says whose certificates a connection trusts."""

    _name = "autenti.trust"
    _description = "Autenti Trusted Authority"
    _inherit = ["autenti.guard"]
    _order = "kind, name, id"

    connection_id = fields.Many2one(
        "autenti.connection", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("authority", "Authority's certificate"), ("list", "EU trusted list")],
        required=True,
        default="authority",
        help="A certificate is a PEM or DER file. A trusted list is the XML file of "
        "one country, as the EU's list of lists names it. Odoo doesn't check the "
        "list's own signature: take it from the country's official address.",
    )
    file = fields.Binary(required=True, attachment=True)
    file_name = fields.Char()
    name = fields.Char(
        string="Trusted certificate", compute="_compute_content", store=True
    )
    valid_until = fields.Datetime(
        compute="_compute_content",
        store=True,
        help="When the certificate ends, or when the country publishes its next list.",
    )

    @api.depends("kind", "file")
    def _compute_content(self):
        for trust in self:
            trust.update(trust._read() if trust.file else {"name": False})

    def _read(self):
        """Read the file.

        :return: values of the fields that tell what is in it
        :raise ValidationError: it isn't what its kind says
        """
        # Not with the addon: without the libraries, contracts are signed all the same
        try:
            from ..pades import certificate, trust
        except ImportError as error:
            raise ValidationError(
                self.env._("The library that reads certificates is missing: %s.", error)
            ) from error
        try:
            if self.kind == "list":
                return self._describe_list(trust.read_trusted_list(self._get_content()))
            certificates = trust.read_certificates(self._get_content())
        except trust.TrustError as error:
            raise ValidationError(self._get_problem(error.code)) from error
        return self._describe_authority(certificates, certificate.get_name)

    def _describe_authority(self, certificates, get_name):
        ends = min(one.not_valid_after for one in certificates)
        return {
            "name": ", ".join(map(get_name, certificates)),
            "valid_until": fields.Datetime.to_datetime(ends.replace(tzinfo=None)),
        }

    def _describe_list(self, trusted):
        name = self.env._(
            "%(country)s: list of %(date)s with %(count)s certificates",
            country=trusted.territory,
            date=fields.Date.to_string(trusted.issued),
            count=len(trusted.certificates),
        )
        until = trusted.next_update
        return {
            "name": name,
            "valid_until": until.replace(tzinfo=None) if until else False,
        }

    def _get_content(self):
        """Return the file as bytes."""
        return base64.b64decode(self.with_context(bin_size=False).file)

    def _get_problem(self, code):
        return {
            "certificate": self.env._(
                "This isn't a certificate. Upload the authority's certificate as a PEM "
                "or DER file (.pem, .crt, .cer)."
            ),
            "not_authority": self.env._(
                "This is a person's or a server's certificate. Upload the certificate "
                "of the authority that issued it."
            ),
            "list": self.env._(
                "This isn't a trusted list. Upload the XML file that a country "
                "publishes (ETSI TS 119 612)."
            ),
            "list_of_lists": self.env._(
                "This is the EU's list of lists, which names no authorities itself. "
                "Upload the list of the country, such as the Polish one."
            ),
            "empty": self.env._(
                "The list names no authority for qualified signatures."
            ),
        }[code]
