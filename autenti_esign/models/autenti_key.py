# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..client import jwk
from ..secret_store import decrypt, encrypt
from . import autenti_guard  # noqa: F401 - has what is inherited

# A key that is in use for longer is to be replaced
KEY_AGE_LIMIT = timedelta(days=365)


class AutentiKey(models.Model):
    """A key pair of one connection.

    The first one is used at once. A later one is shown, but not used before Autenti
    has accepted it; the one before it is used until then. A retired one has lost its
    private half.
    """

    _name = "autenti.key"
    _description = "Autenti Key"
    _inherit = ["autenti.guard"]
    _order = "id desc"
    _rec_name = "kid"

    connection_id = fields.Many2one(
        "autenti.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(
        [("next", "Not in use yet"), ("active", "In use"), ("retired", "Retired")],
        required=True,
        readonly=True,
    )
    kid = fields.Char(
        string="Key ID",
        readonly=True,
        help="The kid under which Autenti knows it. Empty: its thumbprint.",
    )
    private_key = fields.Text(groups=NO_ACCESS, copy=False)
    # Beside the private half, so that nothing that is only shown needs that one
    public_key = fields.Char(required=True, readonly=True)
    thumbprint = fields.Char(compute="_compute_public_jwk")
    public_jwk = fields.Char(string="Public key (JWK)", compute="_compute_public_jwk")
    create_date = fields.Datetime(string="Made on", readonly=True)
    activated_date = fields.Datetime(string="In use since", readonly=True)
    is_old = fields.Boolean(compute="_compute_is_old")

    _active_uniq = models.UniqueIndex(
        "(connection_id) WHERE (state = 'active')",
        "A connection uses one key at a time.",
    )
    _next_uniq = models.UniqueIndex(
        "(connection_id) WHERE (state = 'next')",
        "A connection has one new key at a time.",
    )

    @api.depends("public_key", "kid")
    def _compute_public_jwk(self):
        for key in self:
            public = json.loads(key.public_key)
            key.thumbprint = public["kid"]
            key.public_jwk = json.dumps({**public, "kid": key.kid or public["kid"]})

    @api.depends("state", "activated_date")
    def _compute_is_old(self):
        limit = fields.Datetime.now() - KEY_AGE_LIMIT
        for key in self:
            key.is_old = key.state == "active" and key.activated_date < limit

    @api.model
    def _prepare(self, pem):
        """Return the values of a key pair.

        :param str pem: the private key, RSA, PKCS #8 or PKCS #1
        :raise UserError: it can't be used
        """
        try:
            public = jwk.public_jwk(pem)
        except ValueError:
            raise UserError(
                self.env._(
                    "This private key can't be used. Paste an RSA key of at least 2048 "
                    "bits in PEM, without a password, from BEGIN to END."
                )
            ) from None
        return {"private_key": encrypt(pem), "public_key": json.dumps(public)}

    def _get_private_key(self):
        """Return the private key in PEM, in sudo.

        :raise UserError: it is encrypted and can't be read
        """
        return decrypt(self.sudo().private_key)

    def _activate(self):
        """Use this key and no other of its connection any more."""
        self.ensure_one()
        former = self.connection_id.key_ids.filtered(lambda k: k.state == "active")
        former.write({"state": "retired", "private_key": False})
        # Not after the other, which would be two active ones for a moment
        former.flush_recordset()
        self.write({"state": "active", "activated_date": fields.Datetime.now()})
