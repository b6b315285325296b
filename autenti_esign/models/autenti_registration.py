# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where Autenti posts its news: known to us as it was last listed."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..client import assumptions
from ..exceptions import told_to_user

# What tells where at Autenti a connection leads
PLACE_FIELDS = {"client_id", "custom_api_url", "environment"}
SETUP_GROUPS = "autenti_esign.autenti_esign_group_manager,base.group_system"


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
    callback_id = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )
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


class AutentiConnection(models.Model):
    _name = "autenti.connection"
    _inherit = ["autenti.connection"]

    registration_ids = fields.One2many(
        "autenti.registration",
        "connection_id",
        string="Addresses at Autenti",
        groups=SETUP_GROUPS,
        help="Where Autenti posts its news, as it was last listed.",
    )
    is_callback_registered = fields.Boolean(
        compute="_compute_is_callback_registered", groups=SETUP_GROUPS
    )
    has_former_callback = fields.Boolean(
        compute="_compute_is_callback_registered",
        groups=SETUP_GROUPS,
        help="Autenti posts to an address that this database had before.",
    )

    @api.depends("registration_ids.url", "registration_ids.is_own", "callback_url")
    def _compute_is_callback_registered(self):
        for connection in self:
            own = connection.registration_ids.filtered("is_own").mapped("url")
            is_registered = connection.callback_url in own
            connection.is_callback_registered = is_registered
            connection.has_former_callback = bool(own) and not is_registered

    def write(self, vals):
        result = super().write(vals)
        if not PLACE_FIELDS.isdisjoint(vals):
            # Another place has other callbacks, and other troubles
            self.sudo().registration_ids.unlink()
            self.sudo().check_ids.unlink()
        return result

    # === ACTION METHODS === #

    def action_register_callback(self):
        """Ask Autenti to post its news to this database; once is enough.

        :raise UserError: Autenti doesn't do it; nothing has changed
        """
        self.ensure_one()
        self.check_access("write")
        self._manage_callbacks(self._register_callback)
        return self._notify(
            self.env._("Autenti posts its news to %s.", self.callback_url)
        )

    def action_list_callbacks(self):
        """List anew where Autenti posts its news.

        :raise UserError: Autenti doesn't tell
        """
        self.ensure_one()
        self.check_access("write")
        self._manage_callbacks(lambda _session, _registered: None)

    # === BUSINESS METHODS === #

    def _manage_callbacks(self, change):
        """Change something about the addresses at Autenti, then list them anew.

        :param change: takes the client.session.AutentiSession, and the
            client.payload.Callback that are registered
        :raise UserError: with what to do next
        """
        with told_to_user(self.env, self._get_connect_action()):
            _email, session = self._open_session()
            change(session, session.list_callbacks())
            self._take_callbacks(session.list_callbacks())

    def _register_callback(self, session, registered):
        if self.callback_url in (callback.url for callback in registered):
            return
        if len(registered) >= assumptions.CALLBACK_LIMIT:
            raise UserError(self._get_limit_message(registered))
        session.register_callback(self.callback_url)

    def _get_limit_message(self, registered):
        return self.env._(
            "Autenti posts to at most %(limit)s addresses of an organization, and all "
            "of them are taken:\n%(urls)s\nRemove one that nobody needs: one of this "
            "database in the list below, another program's in Autenti's panel.",
            limit=assumptions.CALLBACK_LIMIT,
            urls="\n".join(callback.url for callback in registered),
        )

    def _take_callbacks(self, registered):
        """Remember what is registered; what was ours once stays known as ours.

        :param list registered: the client.payload.Callback that Autenti listed
        """
        known = self.sudo().registration_ids
        by_id = {callback.callback_id: callback for callback in registered}
        known.filtered(lambda r: r.callback_id not in by_id).unlink()
        for registration in known.exists():
            callback = by_id.pop(registration.callback_id)
            registration.write(
                {
                    "url": callback.url,
                    "is_own": registration.is_own or callback.url == self.callback_url,
                }
            )
        known.create(
            [
                {
                    "connection_id": self.id,
                    "callback_id": callback.callback_id,
                    "url": callback.url,
                    "is_own": callback.url == self.callback_url,
                }
                for callback in by_id.values()
            ]
        )
