# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where Autenti posts its news: known to us as it was last listed."""

from odoo import fields, models
from odoo.exceptions import UserError

from . import autenti_guard  # noqa: F401 - has what is inherited


class AutentiRegistration(models.Model):
    """One address that Autenti posts the events of the organization to.

    An organization has few of them, for all its applications: those that other
    programs use are shown, so that the limit is understood, and never touched.
    """

    _name = "autenti.registration"
    _description = "Autenti Callback Registration"
    _inherit = ["autenti.guard"]
    _order = "is_own desc, id"
    _rec_name = "url"

    connection_id = fields.Many2one(
        "autenti.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    callback_id = fields.Char(required=True, readonly=True)
    url = fields.Char(string="Address", readonly=True)
    is_own = fields.Boolean(
        string="This database",
        readonly=True,
        help="The address is, or was once, the one of this database.",
    )
    create_date = fields.Datetime(string="Known since", readonly=True)

    def action_remove(self):
        """Have Autenti post no more news to this address of ours.

        :raise UserError: it isn't ours, or Autenti doesn't do it; nothing has changed
        """
        self.ensure_one()
        connection = self.connection_id
        connection.check_access("write")
        if not self.is_own:
            raise UserError(
                self.env._(
                    "Another program uses this address. Remove it in Autenti's panel, "
                    "if nobody needs it."
                )
            )
        callback_id = self.callback_id
        connection._manage_callbacks(
            lambda session, _registered: session.delete_callback(callback_id)
        )
