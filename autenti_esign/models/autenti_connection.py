# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One company at Autenti: settings, who signs, keys, sessions.

Its set-up, health and callbacks are in `autenti_connection_setup.py`.
"""

import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import format_date, ormcache
from odoo.tools.rendering_tools import (
    convert_inline_template_to_qweb,
    parse_inline_template,
)
from odoo.tools.urls import urljoin

from odoo.addons.agreement_document.models.agreement_type import FIELD_PATH

from ..client import const, errors, jwk
from ..client.auth import Application, Credentials
from ..client.session import AutentiSession
from ..emails import clean_email
from ..exceptions import get_code, told_to_user
from ..rate_limiter import CALLS_MIN, RateLimiter
from ..secret_store import decrypt, encrypt
from ..signature_types import SIGNATURE_TYPES
from . import autenti_guard  # noqa: F401 - has what is inherited

_logger = logging.getLogger(__name__)

CALLBACK_PATH = "/autenti"
CONNECT_PATH = "/autenti/connect"
MODES = [
    ("individual", "Each salesperson"),
    ("representative", "One representative"),
]
ACCOUNT_ACCESS = [
    ("key", "With the company's key"),
    ("login", "By their own login"),
]
ENVIRONMENTS = [
    ("test", "Autenti's test environment"),
    ("production", "Production"),
    ("custom", "Custom addresses"),
]
# What tells where at Autenti a connection leads
PLACE_FIELDS = {"client_id", "custom_api_url", "environment"}
# What tells whose keys may sign callbacks
JWKS_FIELDS = {
    "client_secret",
    "custom_jwks_url",
    "database_url",
    "database_uuid",
    "environment",
}


class AutentiConnection(models.Model):
    """Registration of one company at Autenti: mode, credentials, key, environment."""

    _name = "autenti.connection"
    _description = "Autenti Connection"
    _inherit = ["autenti.guard", "mail.thread", "mail.activity.mixin"]
    _rec_name = "company_id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(
        compute="_compute_active", store=True, precompute=True, readonly=False
    )
    mode = fields.Selection(
        MODES,
        string="Who signs for the company",
        required=True,
        default="individual",
        help="Each salesperson: whoever sends a contract signs it second, after the "
        "client, with an Autenti account of their own.\n"
        "One representative: a central person signs every contract, after the client; "
        "salespeople only send and need no Autenti account.",
    )
    account_access = fields.Selection(
        ACCOUNT_ACCESS,
        string="Salespeople's accounts",
        required=True,
        default="key",
        help="How Odoo gets into the Autenti accounts of those who sign.\n"
        "With the company's key: Odoo acts for the users of the organization, nobody "
        "logs in.\n"
        "By their own login: each salesperson connects their Autenti account once.",
    )
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        default="test",
        help="Test and production have separate accounts, client ids and keys.",
    )
    is_production = fields.Boolean(
        string="Production",
        compute="_compute_is_production",
        inverse="_inverse_is_production",
        help="Off: documents go to Autenti's test environment and bind nobody.",
    )
    # Whoever sets these decides where the secret is sent
    custom_api_url = fields.Char(
        string="API address",
        groups="base.group_system",
        help="Up to and including the version: …/api/v2",
    )
    custom_jwks_url = fields.Char(
        string="Callback keys address",
        groups="base.group_system",
        help="Where the key set that signs the callbacks is published.",
    )
    # Credentials
    client_id = fields.Char(
        string="Client ID",
        copy=False,
        groups="autenti_esign.autenti_esign_group_manager",
        help="Shown in Autenti's panel for the application of this ERP.",
    )
    client_secret = fields.Char(groups=NO_ACCESS, copy=False)
    client_secret_input = fields.Char(
        string="Client secret",
        compute="_compute_client_secret_input",
        inverse="_inverse_client_secret_input",
        groups="base.group_system",
        help="Can be replaced here, but is never shown again.",
    )
    is_client_secret_set = fields.Boolean(
        compute="_compute_is_client_secret_set", compute_sudo=True
    )
    key_ids = fields.One2many(
        "autenti.key",
        "connection_id",
        string="Keys",
        groups="autenti_esign.autenti_esign_group_manager",
    )
    key_id = fields.Char(
        string="JWK key ID",
        compute="_compute_key_id",
        inverse="_inverse_key_id",
        store=True,
        readonly=False,
        copy=False,
        help="The kid under which Autenti knows the public key. "
        "Empty: the key's thumbprint.",
    )
    public_jwk = fields.Char(
        string="Public key (JWK)",
        compute="_compute_shown_key",
        compute_sudo=True,
        help="Paste it into the public-key field of the application at Autenti, "
        "braces included. The private half never leaves this server.",
    )
    key_thumbprint = fields.Char(
        string="Thumbprint", compute="_compute_shown_key", compute_sudo=True
    )
    has_new_key = fields.Boolean(compute="_compute_shown_key", compute_sudo=True)
    is_key_old = fields.Boolean(compute="_compute_shown_key", compute_sudo=True)
    private_key_input = fields.Text(
        string="Private key (PEM)",
        compute="_compute_private_key_input",
        inverse="_inverse_private_key_input",
        groups="base.group_system",
        help="Can be pasted here, but is never shown again.",
    )
    callback_url = fields.Char(
        string="Address of this ERP",
        compute="_compute_callback_url",
        help="Autenti posts news to this address.",
    )
    is_called = fields.Boolean(
        string="Callbacks arrive",
        readonly=True,
        copy=False,
        help="Autenti has called when something last happened to a document, so that "
        "Odoo needn't look often.",
    )
    # Where it was set up: it works there alone, for copies have the same secrets
    database_uuid = fields.Char(
        readonly=True,
        copy=False,
        default=lambda self: self._get_place()[0],
        groups="base.group_system",
    )
    database_url = fields.Char(
        string="Used at",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Address of this ERP when the connection was first used. At another one "
        "it stops until an administrator has said that this is the real database.",
    )
    is_elsewhere = fields.Boolean(
        compute="_compute_is_elsewhere",
        compute_sudo=True,
    )
    # Representative
    representative_email = fields.Char(string="E-mail", copy=False)
    representative_first_name = fields.Char(string="First name", copy=False)
    representative_last_name = fields.Char(string="Last name", copy=False)
    representative_phone = fields.Char(
        string="Phone",
        copy=False,
        help="Gets the code by SMS for the advanced signature. Empty: the phone of the "
        "Odoo user.",
    )
    representation_basis = fields.Char(
        string="Basis of representation",
        copy=False,
        help="A note that appears on the contract, such as: President of the "
        "Management Board, sole representation.",
    )
    representative_user_id = fields.Many2one(
        "res.users",
        string="Odoo user",
        copy=False,
        check_company=True,
        domain=[("share", "=", False)],
        help="Is told by an activity that it is their turn to sign. Can be left empty "
        "when the representative doesn't use Odoo.",
    )
    representative_valid_from = fields.Date(
        string="Valid from", copy=False, help="Empty: has been valid all along."
    )
    representative_valid_until = fields.Date(
        string="Valid until",
        copy=False,
        help="The last day of the representation. After it nothing is sent. Empty: "
        "without an end.",
    )
    is_representation_joint = fields.Boolean(
        string="Two sign jointly",
        copy=False,
        help="Each contract is signed by the representative and, after them, by "
        "another one from the list below. Who sends it chooses which.",
    )
    representative_ids = fields.One2many(
        "autenti.representative", "connection_id", string="Other representatives"
    )

    # What is proposed
    message = fields.Text(
        string="Message to signers",
        translate=True,
        help="What the signers read in Autenti's mail, in the client's language. With "
        "fields of a contract, which # inserts, it is for contracts alone. A type of "
        "contract can have its own.",
    )
    # Whose fields the message may have, for the browser, as in mail.render.mixin
    render_model = fields.Char(compute="_compute_render_model")
    signature_type = fields.Selection(
        SIGNATURE_TYPES,
        string="Signature",
        help="What the send dialog proposes. Empty: the basic one. A type of contract "
        "can have its own.",
    )

    # While it is out
    remind_days = fields.Integer(
        string="Remind every (days)",
        help="Days between two reminders that Autenti sends to those whose turn it is; "
        "0 for none. A type of contract can have its own.",
    )
    expiry_days = fields.Integer(
        string="Expires after (days)",
        help="Days that the signers have. What isn't signed by then is withdrawn at "
        "Autenti; 0 for no end. A type of contract can have its own.",
    )
    allows_in_person = fields.Boolean(
        string="Client can sign at our table",
        default=True,
        help="Who has sent a document can open the client's personal signing link, on "
        "this device or as a QR code. Each time is noted on the request. Off: the "
        "client alone gets the link, by Autenti's mail.",
    )
    waiting_days = fields.Integer(
        string="Weekly summary after (days)",
        default=7,
        help="Every week, salespeople and managers get a mail on what has waited for a "
        "signature longer than this; 0 for no mail.",
    )
    calls_per_minute = fields.Integer(
        string="Calls",
        help="How many calls this connection makes to Autenti in any minute, from all "
        "servers together: work in the background, and what people click. 0 for no "
        "limit, else at least 10.",
    )
    _active_company_uniq = models.UniqueIndex(
        "(company_id) WHERE (active IS TRUE)",
        "A company has one active connection to Autenti. Archive the other one first.",
    )
    _representation_in_order = models.Constraint(
        "CHECK (representative_valid_until >= representative_valid_from)",
        "A representation ends after it has begun.",
    )
    _days_positive = models.Constraint(
        "CHECK(remind_days >= 0 AND expiry_days >= 0)",
        "Enter days, or 0 for never.",
    )
    _calls_enough = models.Constraint(
        f"CHECK(calls_per_minute = 0 OR calls_per_minute >= {CALLS_MIN})",
        f"Enter at least {CALLS_MIN} calls a minute, or 0 for no limit.",
    )
    _waiting_days_positive = models.Constraint(
        "CHECK(waiting_days >= 0)", "Enter days, or 0 for never."
    )

    # === COMPUTE METHODS === #

    @api.depends("environment")
    def _compute_active(self):
        """Production waits for the one step that asks first: switching it on."""
        for connection in self:
            is_in_use = connection.active or not connection._origin
            connection.active = is_in_use and connection.environment != "production"

    @api.depends("environment")
    def _compute_is_production(self):
        for connection in self:
            connection.is_production = connection.environment == "production"

    def _inverse_is_production(self):
        for connection in self:
            if connection.is_production:
                connection.environment = "production"
            elif connection.environment == "production":
                connection.environment = "test"

    def _compute_client_secret_input(self):
        self.client_secret_input = False

    def _inverse_client_secret_input(self):
        for connection in self.filtered("client_secret_input"):
            secret = connection.client_secret_input.strip()
            connection.sudo().client_secret = encrypt(secret)
            if not connection.sudo().database_uuid or not connection._has_requests():
                connection._settle(url=False)
        # Not even back to who typed it
        self.client_secret_input = False

    @api.depends("client_secret")
    def _compute_is_client_secret_set(self):
        for connection in self:
            connection.is_client_secret_set = bool(connection.client_secret)

    @api.depends("key_ids.state", "key_ids.kid")
    def _compute_key_id(self):
        for connection in self:
            key = connection._get_shown_key()
            # What was entered before there is a key is for the first one
            connection.key_id = key.kid if key else connection.key_id

    def _inverse_key_id(self):
        for connection in self:
            kid = (connection.key_id or "").strip()
            connection._get_shown_key().kid = kid or False

    @api.depends("key_ids.state", "key_ids.public_key", "key_ids.kid")
    def _compute_shown_key(self):
        for connection in self:
            key = connection._get_shown_key()
            connection.public_jwk = key.public_jwk
            connection.key_thumbprint = key.thumbprint
            connection.is_key_old = connection._get_key("active").is_old
            connection.has_new_key = bool(connection._get_key("next"))

    def _compute_private_key_input(self):
        self.private_key_input = False

    def _inverse_private_key_input(self):
        for connection in self.filtered("private_key_input"):
            connection._add_key(connection.private_key_input.strip())
        self.private_key_input = False

    @api.depends("company_id")
    def _compute_callback_url(self):
        for connection in self:
            connection.callback_url = urljoin(connection.get_base_url(), CALLBACK_PATH)

    @api.depends("client_secret", "database_uuid", "database_url")
    def _compute_is_elsewhere(self):
        elsewhere = self._find_elsewhere()
        for connection in self:
            connection.is_elsewhere = connection._origin in elsewhere

    def _compute_render_model(self):
        self.render_model = "agreement"

    @api.depends("company_id", "mode", "environment")
    def _compute_display_name(self):
        modes = dict(self._fields["mode"]._description_selection(self.env))
        for connection in self:
            connection.display_name = (
                f"{connection.company_id.name} ({modes.get(connection.mode)})"
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("message")
    def _check_message(self):
        """Check it in each language, whichever is written."""
        for code, _name in self.env["res.lang"].get_installed():
            for connection in self.with_context(lang=code):
                self._check_names_fields_alone(connection.message or "")

    @api.model
    def _check_names_fields_alone(self, text):
        """Refuse a message that does more: who sets up Autenti may not run code.

        :raise UserError: names what isn't a field
        """
        for plain, expression, _default in parse_inline_template(text):
            _before, opened, rest = plain.partition("{{")
            if opened or (expression and not FIELD_PATH.fullmatch(expression.strip())):
                raise ValidationError(
                    self.env._(
                        "“%s” in the message isn't a field of the contract. "
                        "Press # to insert one.",
                        f"{opened}{rest}"[:40] or expression,
                    )
                )
        kind = self.env["agreement.type"].new({"name": self.env._("Message")})
        kind._check_placeholders(convert_inline_template_to_qweb(text))

    @api.constrains(
        "mode",
        "representative_email",
        "representative_first_name",
        "representative_last_name",
        "representation_basis",
    )
    def _check_representative(self):
        for connection in self.filtered(lambda c: c.mode == "representative"):
            if not all(
                (
                    clean_email(connection.representative_email),
                    (connection.representative_first_name or "").strip(),
                    (connection.representative_last_name or "").strip(),
                    (connection.representation_basis or "").strip(),
                )
            ):
                raise ValidationError(
                    self.env._(
                        "Enter the representative's valid e-mail, first name, last "
                        "name and basis of representation."
                    )
                )

    @api.constrains("mode", "is_representation_joint", "representative_ids")
    def _check_representation_joint(self):
        for connection in self:
            if connection._is_joint() and not connection.representative_ids:
                raise ValidationError(
                    self.env._(
                        "Two sign jointly: enter at least one other representative."
                    )
                )

    @api.constrains("representative_email", "representative_ids")
    def _check_representatives_differ(self):
        for connection in self:
            people = connection.representative_ids
            emails = [*people.mapped("email"), connection.representative_email]
            emails = [clean_email(email) for email in emails if email]
            if len(set(emails)) < len(emails):
                raise ValidationError(
                    self.env._("Each representative needs an e-mail of their own.")
                )

    @api.constrains("environment", "custom_api_url", "custom_jwks_url")
    def _check_custom_addresses(self):
        for connection in self.sudo().filtered(lambda c: c.environment == "custom"):
            for url in (connection.custom_api_url, connection.custom_jwks_url):
                if not (url or "").startswith(("http://", "https://")):
                    raise ValidationError(
                        self.env._(
                            "Custom addresses: enter both, each starting with "
                            "https:// (or http:// on a test machine)."
                        )
                    )

    @api.constrains("environment", "custom_api_url", "company_id")
    def _check_nothing_is_out(self):
        """Documents that are out can only be read where they were sent from."""
        if self._has_requests(only_open=True):
            raise ValidationError(
                self.env._(
                    "Documents are still out for signature through this connection. "
                    "Archive it and create another one for the other environment: "
                    "what is out stays with the archived one."
                )
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: with the environment there may be a new key set."""
        connections = super().create(vals_list)
        self.env.registry.clear_cache()
        return connections

    def write(self, vals):
        """Override: as `create`; another place has other callbacks and troubles."""
        result = super().write(vals)
        if not JWKS_FIELDS.isdisjoint(vals):
            self.env.registry.clear_cache()
            # Another thread may have kept what it still saw before the commit
            self.env.cr.postcommit.add(self.env.registry.clear_cache)
        if not PLACE_FIELDS.isdisjoint(vals):
            self.sudo().registration_ids.unlink()
            self.sudo().check_ids.unlink()
        return result

    def unlink(self):
        """Override: as `create`."""
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=True)
    def _unlink_except_used(self):
        if self._has_requests():
            raise UserError(
                self.env._(
                    "Signature requests were sent through this connection. "
                    "Archive it instead."
                )
            )

    # === ACTION METHODS === #

    def action_generate_key(self):
        """Make a new key pair, see `_add_key`."""
        self.ensure_one()
        self.check_access("write")
        self._add_key(jwk.generate_private_key())

    def action_discard_key(self):
        """Give up the new key; the one in use stays."""
        self.ensure_one()
        self.check_access("write")
        self._get_key("next").unlink()

    def action_switch_key(self):
        """Use the new key from now on, if Autenti gives a token for it.

        :raise UserError: it doesn't; the one in use stays
        """
        self.ensure_one()
        self.check_access("write")
        key_sudo = self._get_key("next")
        if not key_sudo:
            raise UserError(self.env._("There is no new key. Make one first."))
        action = self._test(key_sudo)
        key_sudo._activate()
        self.sudo().tested_date = fields.Datetime.now()
        return action

    def action_test(self):
        """Ask Autenti for a token, as the person this connection acts as."""
        self.ensure_one()
        self.check_access("write")
        action = self._test()
        self.sudo().tested_date = fields.Datetime.now()
        return action

    def action_is_real(self):
        """Have what was set up in a former place of this database work here.

        All connections of the database are meant, for it was moved as a whole.
        """
        stopped = self._find_stopped()
        stopped._settle(self._get_place()[1])
        stopped._log_place(self.env._("This is the real database."))
        self.env.ref("autenti_esign.ir_cron_autenti_request").sudo()._trigger()

    def action_is_copy(self):
        """Leave alone for good what the real database works on."""
        stopped = self._find_stopped()
        stopped.active = False
        stopped._log_place(self.env._("This database is a copy."))

    def _find_stopped(self):
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator may do this."))
        return self._find_elsewhere()

    def _log_place(self, message):
        for connection in self:
            connection._message_log(body=message, author_id=self.env.user.partner_id.id)

    def _test(self, key=None):
        with told_to_user(self.env, self._get_connect_action()):
            email, _session = self._open_session(key)
        return self._notify(
            self.env._("Autenti accepts this connection for %s.", email)
        )

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                # Has the form load again
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === WHERE IT WORKS === #

    @api.model
    def _get_place(self):
        """Tell which database this is, and where.

        :return: (uuid, base address)
        :rtype: tuple[str, str]
        """
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return get_param("database.uuid"), get_param("web.base.url", "").rstrip("/")

    @api.model
    def _find_elsewhere(self):
        """Find the connections that another database, or another address, has.

        The archived ones as well: their documents may still be out.

        :return: autenti.connection, in sudo
        """
        return self.sudo().browse(self._get_elsewhere_ids(*self._get_place()))

    @api.model
    @ormcache("uuid", "url")
    def _get_elsewhere_ids(self, uuid, url):
        """Return the ids of `_find_elsewhere`: each walk asks, and each run."""
        connections = self.sudo().with_context(active_test=False)
        return connections._search(
            Domain("client_secret", "!=", False)
            & (
                Domain("database_uuid", "!=", uuid)
                | Domain("database_url", "not in", (False, url))
            )
        ).get_result_ids()

    def _settle(self, url):
        """Let the connections work in this database.

        :param str url: the base address, False to take that of the first use
        """
        self.sudo().write({"database_uuid": self._get_place()[0], "database_url": url})

    def _note_use(self):
        """Remember where a connection was first used.

        By people, not by scheduled actions, which would wait for each other.
        """
        if not self.is_elsewhere and not self.sudo().database_url:
            self._settle(self._get_place()[1])

    def _check_place(self):
        """Raise where the connection must not reach Autenti.

        :raise UserError: what to do
        """
        if self.is_elsewhere:
            raise UserError(self._get_place_problem())

    def _get_place_problem(self):
        """Say why the connection is stopped, and what to do."""
        uuid, url = self._get_place()
        former_url = self.sudo().database_url or ""
        where = (
            self.env._("in another database")
            if self.sudo().database_uuid != uuid
            else self.env._("at another address")
        )
        return self.env._(
            "The connection to Autenti was set up %(where)s (%(former)s, now %(now)s). "
            "This may be a copy, which must not act on the real contracts, so Odoo "
            "asks nothing of Autenti. An administrator opens the connection and says "
            "which database is the real one.",
            where=where,
            former=former_url.partition("://")[2] or self.env._("address unknown"),
            now=url.partition("://")[2],
        )

    # === WHO SIGNS FOR THE COMPANY === #

    def _has_requests(self, only_open=False):
        """Tell if something was sent through one of these connections."""
        requests_sudo = self.env["autenti.request"].sudo()
        domain = Domain("connection_id", "in", self.ids)
        if only_open:
            domain &= requests_sudo._get_open_domain()
        return bool(requests_sudo.search_count(domain, limit=1))

    @api.model
    def _find_for_company(self, company):
        """Find the connection of a company; a branch uses its nearest parent's.

        :param company: res.company record
        :return: an autenti.connection in sudo, maybe empty
        """
        connections_sudo = self.sudo().search([("company_id", "parent_of", company.id)])
        return connections_sudo.sorted(
            lambda connection: len(connection.company_id.parent_ids), reverse=True
        )[:1]

    @api.model
    def _get_for_company(self, company):
        """Find the connection of a company.

        :param company: res.company record
        :return: an autenti.connection, in sudo
        :raise RedirectWarning: there is none, and the user can make one
        :raise UserError: there is none
        """
        if connection_sudo := self._find_for_company(company):
            return connection_sudo
        message = self.env._(
            "%s isn't connected to Autenti yet. An administrator sets it up under "
            "Agreements / Configuration / Autenti Connections.",
            company.display_name,
        )
        if not self.has_access("create"):
            raise UserError(message)
        raise RedirectWarning(
            message,
            self.env.ref("autenti_esign.autenti_connection_action").id,
            self.env._("Set up Autenti"),
        )

    def _get_company_identity(self, user):
        """Tell who signs for the company when `user` sends, and as whom we act.

        :param user: res.users record, the sender
        :return: ``{"email", "first_name", "last_name", "note", "phone", "subject",
            "user"}``, each maybe empty; `user` is the res.users record of the signer;
            `subject` is their permanent id in this database (claim `sub` of the
            assertion); `phone`, as it was entered, gets the code by SMS. Of a
            representative also `valid_from` and `valid_until`, each a date or False
        """
        self.ensure_one()
        if self.mode == "individual":
            return user._autenti_get_identity()
        return {
            "email": clean_email(self.representative_email),
            "first_name": self.representative_first_name,
            "last_name": self.representative_last_name,
            "note": self.representation_basis,
            "phone": self.representative_phone or self.representative_user_id.phone,
            "subject": f"connection-{self.id}",
            "user": self.representative_user_id,
            "valid_from": self.representative_valid_from,
            "valid_until": self.representative_valid_until,
        }

    def _is_joint(self):
        return self.mode == "representative" and self.is_representation_joint

    def _get_company_identities(self, user, second=None):
        """Tell who sign for the company, in order; Odoo acts as the first of them.

        :param user: res.users record, the sender
        :param second: autenti.representative record, maybe empty
        :return: list of what `_get_company_identity` returns
        """
        first = self._get_company_identity(user)
        return [first, second._get_identity()] if second else [first]

    def _get_second_representative(self):
        """Propose who signs jointly: the first one who may today.

        :return: an autenti.representative, empty where one signs alone
        """
        if not self._is_joint():
            return self.env["autenti.representative"]
        return self.representative_ids.filtered(
            lambda person: not self._find_validity_problem(person._get_identity())
        )[:1]

    def _find_validity_problem(self, identity):
        """Say why somebody doesn't represent the company today, else False."""
        today = self.env["res.users"]._autenti_get_today()
        name = f"{identity['first_name']} {identity['last_name']}"
        start, end = identity.get("valid_from"), identity.get("valid_until")
        if end and end < today:
            return self.env._(
                "%(name)s represented %(company)s until %(date)s. An administrator "
                "enters who represents it now in the connection to Autenti.",
                name=name,
                company=self.company_id.name,
                date=format_date(self.env, end),
            )
        if start and start > today:
            return self.env._(
                "%(name)s represents %(company)s from %(date)s on, not yet.",
                name=name,
                company=self.company_id.name,
                date=format_date(self.env, start),
            )
        return False

    def _read_phone(self, identity):
        """Return where codes by SMS reach a signer, such as "+48600700800", or ""."""
        partner = identity["user"].partner_id
        return partner._autenti_read_phone(identity["phone"], self.company_id)

    def _prepare_company_signers(self, identities, signature_type):
        """Prepare the company's signers, in order, as values of autenti.signer.

        :param list identities: of `_get_company_identities`
        :return: list of dicts, without `sequence`
        """
        gets_code = signature_type == const.SIGNATURE_ADVANCED
        return [
            {
                "side": "company",
                "role": const.ROLE_SIGNER,
                "user_id": identity["user"].id,
                "partner_id": identity["user"].partner_id.id,
                "first_name": identity["first_name"],
                "last_name": identity["last_name"],
                "email": identity["email"],
                "note": identity["note"],
                "signature_type": signature_type,
                "phone": gets_code and self._read_phone(identity),
            }
            for identity in identities
        ]

    def _check_company_identity(self, identity):
        """Raise unless the company's signer can be named to Autenti.

        :param dict identity: of `_get_company_identity`
        :raise UserError: what is missing, and where to enter it
        """
        if not self._is_named(identity):
            raise UserError(
                self.env._(
                    "Enter the representative's e-mail, first name and last name in "
                    "the connection to Autenti."
                )
                if self.mode == "representative"
                else self.env._(
                    "Autenti needs the e-mail of your Autenti account and your first "
                    "and last name. Enter them in your preferences: click your picture "
                    "in the top right corner, then My Preferences, tab Autenti."
                )
            )
        user_sudo = identity["user"].sudo()
        if self.mode == "individual" and user_sudo._autenti_find_owner(
            identity["email"]
        ):
            raise UserError(
                self.env._(
                    "%s is the e-mail of another user or representative too, and "
                    "nobody signs in the name of somebody else. Enter the e-mail of "
                    "your own Autenti account in your preferences, tab Autenti.",
                    identity["email"],
                )
            )
        _country, tax_id = self.company_id.partner_id._autenti_get_tax_id()
        if identity["note"] and self.company_id.vat and not tax_id:
            raise UserError(
                self.env._(
                    "“%(tax_id)s” is no valid tax ID (NIP), so %(company)s can't be "
                    "named to Autenti. An administrator corrects it in the company's "
                    "form.",
                    tax_id=self.company_id.vat,
                    company=self.company_id.name,
                )
            )
        if identity["note"] and not tax_id:
            raise UserError(
                self.env._(
                    "Autenti names the company beside its signer, so %s needs a tax "
                    "ID (NIP). An administrator enters it in the company's form.",
                    self.company_id.name,
                )
            )

    def _is_named(self, identity):
        return all(identity[key] for key in ("email", "first_name", "last_name"))

    def _get_acting_identities(self):
        """Tell whom the connection acts as at Autenti.

        :return: list of what `_get_company_identity` returns
        """
        users = self.env.user if self.mode == "representative" else self._get_users()
        return [self._get_company_identity(user) for user in users]

    def _get_administrator(self):
        """Find who is to mend the connection: who made it, if they still may.

        Where the company has nobody, it's an administrator who can let people in.

        :return: a res.users, maybe empty
        """
        managers = self.env.ref("autenti_esign.autenti_esign_group_manager")
        people = self.env["res.users"].search(
            [("all_group_ids", "in", managers.ids), ("id", "!=", SUPERUSER_ID)],
            order="id",
        )
        may_mend = people.filtered(lambda user: self.company_id in user.company_ids)
        system = people.filtered(lambda user: user.has_group("base.group_system"))
        found = self.create_uid & may_mend or system & may_mend or may_mend or system
        return found[:1]

    # === KEYS AND SESSIONS === #

    def _renew_login(self, identity):
        """Renew the login by which Odoo acts for a person, if it is due and possible.

        So `_needs_login` tells the truth afterwards.

        :param dict identity: of `_get_company_identity`, for the current user
        """
        if not self._acts_by_login(identity):
            return
        try:
            client = self._get_client(identity["email"], identity["subject"])
            client.require_token()
        except (errors.AutentiError, UserError) as error:
            # What else is wrong with Autenti now can be over when Odoo sends
            code = get_code(error)
            _logger.info("Connection %s: a login isn't renewed: %s", self.id, code)
        # The tokens are kept in transactions of their own
        self.env["autenti.account"].invalidate_model()

    def _needs_login(self, identity):
        """Tell if a person must log in at Autenti, as far as Odoo knows."""
        if not self._acts_by_login(identity):
            return False
        account = self.env["autenti.account"]._find(self, identity["user"])
        return account.state != "connected"

    def _acts_by_login(self, identity):
        user = self.env["res.users"]._autenti_find_by_subject(identity["subject"])
        return bool(user) and self.account_access == "login"

    def _get_scope(self):
        """Return what the current user is asked to permit at Autenti's login page."""
        if self.has_access("write"):
            # For the registration of callbacks
            return f"{const.SCOPE_FULL} {const.SCOPE_NOTIFICATIONS}"
        return const.SCOPE_FULL

    def _get_connect_action(self):
        """Return the action that leads the current user to Autenti's login page."""
        url = f"{CONNECT_PATH}/{self.id}"
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _get_urls(self):
        """Return the addresses of the configured environment.

        :rtype: client.const.Environment
        """
        self.ensure_one()
        if self.environment == "custom":
            connection_sudo = self.sudo()
            return const.Environment(
                connection_sudo.custom_api_url, connection_sudo.custom_jwks_url
            )
        return const.ENVIRONMENTS[self.environment]

    def _uses_key(self):
        return self.mode == "representative" or self.account_access == "key"

    def _get_key(self, state):
        """Return the key that is `next` or `active`, in sudo, maybe empty."""
        return self.sudo().key_ids.filtered(lambda key: key.state == state)[:1]

    def _get_shown_key(self):
        """Return the key that Autenti is to know, in sudo, maybe empty."""
        return self._get_key("next") or self._get_key("active")

    def _add_key(self, pem):
        """Add a key pair: the first is used at once, another after `action_switch_key`.

        :param str pem: the private key, RSA, PKCS #8 or PKCS #1
        :raise UserError: it can't be used; nothing has changed
        """
        self.ensure_one()
        values = self.env["autenti.key"]._prepare(pem)
        self._get_key("next").unlink()
        is_first = not self._get_key("active")
        key_sudo = self.env["autenti.key"].sudo()
        key_sudo.create(
            {
                **values,
                "connection_id": self.id,
                "kid": (is_first and self.key_id or "").strip() or False,
                "state": "active" if is_first else "next",
                "activated_date": is_first and fields.Datetime.now(),
            }
        )

    def _get_client(self, email, subject, key=None):
        """Open a session at Autenti that acts as one of its users.

        :param str email: e-mail of the user's Autenti account
        :param str subject: the user's permanent id in this database
        :param key: autenti.key to sign with, default the one in use
        :rtype: client.session.AutentiSession
        :raise UserError: the set-up isn't finished, or this is another database
        """
        self.ensure_one()
        user = self.env["res.users"]._autenti_find_by_subject(subject)
        if user and self.account_access == "login" and not key:
            return self._get_account_client(user)
        return self._open(self._get_credentials(email, subject, key))

    def _get_credentials(self, email, subject, key=None):
        """Tell Autenti's client who calls, and for whom; see `_get_client`.

        :rtype: client.auth.Credentials
        """
        connection_sudo = self.sudo()
        key_sudo = key or self._get_key("active")
        if not (
            connection_sudo.client_id and connection_sudo.client_secret and key_sudo
        ):
            raise UserError(
                self.env._(
                    "The connection of %s to Autenti isn't finished: an administrator "
                    "still has to enter client ID, client secret and key pair.",
                    self.company_id.name,
                )
            )
        self._check_place()
        database_uuid, _url = self._get_place()
        return Credentials(
            client_id=connection_sudo.client_id.strip(),
            client_secret=decrypt(connection_sudo.client_secret),
            private_key=key_sudo._get_private_key(),
            key_id=key_sudo.kid or key_sudo.thumbprint,
            issuer=f"odoo-{database_uuid}",
            subject=subject,
            email=email,
        )

    def _open_session(self, key=None):
        """Open a session at Autenti to set the connection up.

        It acts as the current user or, where Autenti doesn't know them, as another one
        whom the connection acts as: an administrator needs no account there.

        :param key: autenti.key to sign with, default the one in use
        :return: (e-mail of that person, client.session.AutentiSession)
        :raise UserError: the set-up isn't finished
        :raise client.errors.AutentiError: nobody is accepted; why not the first
        """
        identities = [self._get_company_identity(self.env.user)]
        if self._uses_key():
            identities += self.sudo()._get_acting_identities()
        refusals = []
        for identity in {each["subject"]: each for each in identities}.values():
            try:
                self._check_company_identity(identity)
                session = self._get_client(identity["email"], identity["subject"], key)
                session.check_token()
                self._note_use()
                return identity["email"], session
            except UserError as error:
                refusals.append(error)
            except errors.AutentiError as error:
                if error.code not in (errors.UNKNOWN_USER, errors.INVALID_GRANT):
                    raise
                refusals.append(error)
        raise refusals[0]

    def _get_account_client(self, user):
        """Open a session at Autenti by a user's own login; see `_get_client`."""
        application = self._get_application()
        tokens = self.env["autenti.account"]._find(self, user)._get_tokens()
        return self._open(application, tokens=tokens)

    def _open(self, credentials, **options):
        """Open a session whose calls are limited; see `client.session.AutentiSession`.

        :rtype: client.session.AutentiSession
        """
        limiter = RateLimiter(self)
        api_url = self._get_urls().api_url
        return AutentiSession(api_url, credentials, limiter=limiter, **options)

    def _get_application(self):
        """Return this ERP as Autenti knows it.

        :rtype: client.auth.Application
        :raise UserError: the set-up isn't finished, or this is another database
        """
        connection_sudo = self.sudo()
        if not (connection_sudo.client_id and connection_sudo.client_secret):
            raise UserError(
                self.env._(
                    "The connection of %s to Autenti isn't finished: an administrator "
                    "still has to enter client ID and client secret.",
                    self.company_id.name,
                )
            )
        self._check_place()
        return Application(
            connection_sudo.client_id.strip(), decrypt(connection_sudo.client_secret)
        )
