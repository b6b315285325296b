# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether all is well with a connection, and if not, what to do."""

import ipaddress
import logging
import re
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime

from ..client import assumptions, auth, errors
from ..exceptions import ERRORS, error_message
from .autenti_request import OPEN_STATES

_logger = logging.getLogger(__name__)

CHECKS = [
    ("database", "Database"),
    ("address", "Address of this ERP"),
    ("jobs", "Scheduled actions"),
    ("contracts", "Who sees contracts"),
    ("environment", "Environment"),
    ("clock", "Clock"),
    ("application", "Client ID and secret"),
    ("key", "Key"),
    ("user", "Acting users"),
    ("reading", "Permission to read"),
    ("callbacks", "Callbacks"),
    ("package", "Package"),
    ("key_age", "Age of the key"),
]
LEVELS = [("green", "Good"), ("amber", "Look at it"), ("red", "Doesn't work")]
SEVERITY = {level: number for number, (level, _label) in enumerate(LEVELS)}
# Seconds; Autenti refuses what is signed with a clock that is further off
CLOCK_LIMIT = assumptions.ASSERTION_LEEWAY
CLOCK_WARNING = CLOCK_LIMIT / 2
# Autenti posts a callback again for a while when it isn't received
CALLBACK_DELAY = timedelta(hours=1)
# Not in the public DNS (RFC 6761, RFC 6762, RFC 8375; ICANN reserved .internal)
PRIVATE_DOMAINS = (
    *("example", "home.arpa", "internal", "invalid", "local", "localhost", "test"),
)


def is_public(url):
    """Tell if an address can be one that Autenti reaches from outside, by https.

    :rtype: bool
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_global = ipaddress.ip_address(host).is_global
    except ValueError:
        is_global = "." in host and not any(
            host.endswith(f".{domain}") for domain in PRIVATE_DOMAINS
        )
    return parts.scheme == "https" and is_global


class AutentiCheck(models.Model):
    """One line of the last health check of a connection."""

    _name = "autenti.check"
    _description = "Autenti Health Check"
    _inherit = ["autenti.guard"]
    _order = "id"

    connection_id = fields.Many2one(
        "autenti.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    name = fields.Selection(CHECKS, string="Check", required=True, readonly=True)
    level = fields.Selection(LEVELS, string="Result", required=True, readonly=True)
    message = fields.Text(string="Found", required=True, readonly=True)
    hint = fields.Text(string="What to do", readonly=True)
    create_date = fields.Datetime(string="Checked on", readonly=True)


class HealthCheck:
    """One walk over all that a connection needs; it makes nothing at Autenti.

    What would only fail for the same reason again isn't asked for.

    :param connection: autenti.connection, in sudo
    """

    def __init__(self, connection):
        self._connection = connection
        self.env = connection.env
        self._lines = []

    def run(self):
        """Walk.

        :return: the lines, in the order of `CHECKS`: ``{"name", "level", "message",
            "hint"}``
        :rtype: list[dict]
        """
        self._check_address()
        self._check_jobs()
        self._check_contracts()
        try:
            self._connection._check_place()
        except UserError as error:
            message = self.env._("The connection is stopped.")
            self._add("database", "red", message, str(error))
        else:
            message = self.env._("The connection was set up in this database.")
            self._add("database", "green", message)
            self._check_autenti()
        self._check_package()
        self._check_key_age()
        order = [name for name, _label in CHECKS]
        return sorted(self._lines, key=lambda line: order.index(line["name"]))

    def _check_autenti(self):
        """Walk the part of it that asks Autenti."""
        try:
            self._check_environment()
            sessions = self._check_users()
            self._check_reading(sessions)
            self._check_callbacks(sessions.values())
        except errors.AutentiError as error:
            self._add_refusal(ERRORS[error.code].check, error)
        except UserError as error:
            message = self.env._("The connection can't be used yet.")
            self._add("application", "red", message, str(error))

    def _add(self, name, level, message, hint=False):
        self._lines.append(
            {"name": name, "level": level, "message": message, "hint": hint}
        )

    def _add_refusal(self, name, error, level="red", who=""):
        if error.code in (errors.RATE_LIMITED, errors.PAUSED):
            level = "amber"
        text = error_message(self.env, error, in_background=False)
        # What happened is in the first sentence, what to do in the others
        message, hint = re.split(r"(?<=\.)\s", text, maxsplit=1)
        self._add(name, level, f"{who}: {message}" if who else message, hint)

    # === THE LINES === #

    def _check_address(self):
        url = self._connection.callback_url
        if is_public(url):
            self._add("address", "green", self.env._("%s is a public address.", url))
            return
        self._add(
            "address",
            "amber",
            self.env._(
                "Autenti can't reach %s: it isn't a public address with https.", url
            ),
            self.env._(
                "Without news from Autenti, Odoo looks there by itself, which takes "
                "longer. Let this server be reached from outside by https, and set the "
                "system parameter web.base.url to that address."
            ),
        )

    def _check_jobs(self):
        problems = self._connection._find_job_problems()
        if not problems:
            self._add("jobs", "green", self.env._("The scheduled actions run."))
        for level, message, hint in problems:
            self._add("jobs", level, message, hint)

    def _check_contracts(self):
        """Say what OCA's addon gives to everybody; a company may want it so."""
        if self.env["res.users"]._autenti_get_contract_access() != "all":
            message = self.env._("Employees see the contracts chosen in the settings.")
            self._add("contracts", "green", message)
            return
        group = self.env.ref("agreement.group_agreement_user")
        self._add(
            "contracts",
            "green",
            self.env._(
                "%s employees may read and change all contracts of their companies.",
                len(group.all_user_ids.filtered(lambda user: not user.share)),
            ),
            self.env._(
                "Where that is too many, choose Their own in the settings, under "
                "Agreements / Contracts of an employee."
            ),
        )

    def _check_environment(self):
        api_url = self._connection._get_urls().api_url
        session = self._connection._open(auth.Application("", ""))
        session.check_reachable()
        self._add("environment", "green", self.env._("%s answers.", api_url))
        if session.clock_skew is not None:
            self._check_clock(round(session.clock_skew))

    def _check_clock(self, skew):
        if abs(skew) <= CLOCK_WARNING:
            self._add("clock", "green", self.env._("The server's clock is right."))
            return
        self._add(
            "clock",
            "amber" if abs(skew) <= CLOCK_LIMIT else "red",
            self.env._("The server's clock is %s seconds ahead of Autenti's.", skew)
            if skew > 0
            else self.env._(
                "The server's clock is %s seconds behind Autenti's.", -skew
            ),
            self.env._(
                "Have the clock set by the network (NTP): Autenti refuses what is "
                "signed with a wrong time."
            ),
        )

    def _check_users(self):
        """Get a token for everybody whom the connection acts as.

        :return: session by name of those whom Autenti accepts
        :rtype: dict[str, client.session.AutentiSession]
        :raise client.errors.AutentiError: nobody can be accepted
        :raise UserError: the set-up isn't finished
        """
        sessions, refusals = {}, []
        for identity in self._connection._get_acting_identities():
            try:
                self._connection._check_company_identity(identity)
            except UserError as error:
                refusals.append((identity, error))
                continue
            try:
                session = self._connection._get_client(
                    identity["email"], identity["subject"]
                )
                session.check_token()
            except errors.AutentiError as error:
                if ERRORS[error.code].check != "user":
                    raise
                refusals.append((identity, error))
            else:
                sessions[identity["email"]] = session
        self._add_users(sessions, refusals)
        codes = {getattr(error, "code", None) for _identity, error in refusals}
        self._add_application(sessions, codes)
        return sessions

    def _add_users(self, sessions, refusals):
        if sessions:
            self._add(
                "user", "green", self.env._("Autenti accepts %s.", ", ".join(sessions))
            )
        elif not refusals:
            self._add(
                "user",
                "red",
                self.env._("There is nobody who can sign."),
                self.env._("Give salespeople the right Autenti e-Signature: User."),
            )
        senders = self.env["autenti.request"]._read_group(
            [("connection_id", "=", self._connection.id)], ["sender_email"]
        )
        for identity, error in refusals:
            email = identity["email"]
            # Who never sends maybe has no account, and needs none
            level = "red" if not sessions or (email,) in senders else "amber"
            if isinstance(error, errors.AutentiError):
                self._add_refusal("user", error, level, email)
            else:
                who = email or identity["user"].name
                message = self.env._("%s can't be named to Autenti.", who)
                self._add("user", level, message, self._get_advice(identity, error))

    def _get_advice(self, identity, error):
        connection = self._connection
        if connection.mode == "representative" or connection._is_named(identity):
            return str(error)
        # The error speaks to the person it is about
        return self.env._(
            "Enter e-mail, first name and last name in the form of this user, tab "
            "Autenti. Who never sends contracts needs none of them."
        )

    def _add_application(self, sessions, codes):
        is_key_known = sessions or errors.UNKNOWN_USER in codes
        if is_key_known or errors.INVALID_GRANT in codes:
            message = self.env._("Autenti accepts the client ID and the client secret.")
            self._add("application", "green", message)
        if not self._connection._uses_key():
            return
        if is_key_known:
            self._add("key", "green", self.env._("Autenti accepts the key."))
        elif errors.INVALID_GRANT in codes:
            self._add(
                "key",
                "amber",
                self.env._("Autenti doesn't tell whether it accepts the key."),
                self.env._(
                    "Compare the JWK and its key ID with what Autenti's panel shows."
                ),
            )

    def _check_reading(self, sessions):
        refused = False
        for email, session in sessions.items():
            try:
                session.check_reading()
            except errors.AutentiError as error:
                if ERRORS[error.code].check != "user":
                    raise
                self._add_refusal("reading", error, who=email)
                refused = True
        if sessions and not refused:
            message = self.env._("The application may read documents.")
            self._add("reading", "green", message)

    def _check_callbacks(self, sessions):
        """List the callbacks, in the name of somebody who may."""
        refusal = None
        for session in sessions:
            try:
                self._connection._take_callbacks(session.list_callbacks())
            except errors.AutentiError as error:
                if ERRORS[error.code].check != "user":
                    raise
                refusal = error
            else:
                self._add_callbacks()
                return
        if refusal:
            # Odoo looks by itself, only later
            self._add_refusal("callbacks", refusal, "amber")

    def _add_callbacks(self):
        connection = self._connection
        if connection.is_callback_registered:
            level, message, hint = self._get_callback_news()
            self._add("callbacks", level, message, hint)
        elif connection.has_former_callback:
            self._add(
                "callbacks",
                "amber",
                self.env._("Autenti posts its news to the former address of this ERP."),
                self.env._("Click Register Callbacks, then remove the former address."),
            )
        else:
            self._add(
                "callbacks",
                "amber",
                self.env._("Autenti doesn't post its news to this ERP."),
                self.env._(
                    "Click Register Callbacks. Until then, Odoo looks by itself."
                ),
            )

    def _get_callback_news(self):
        """Tell when the last callback came, and whether the latest is missing.

        :return: level, message and hint
        """
        connection = self._connection
        latest = self._find_latest_ended()
        if latest and not latest.callback_ids:
            return (
                "amber",
                self.env._("The latest signature came without news from Autenti."),
                self.env._(
                    "Odoo found it by looking itself. See that %s can be reached from "
                    "outside, and that no firewall keeps Autenti away.",
                    connection.callback_url,
                ),
            )
        last = self.env["autenti.callback"].search(
            [("request_id.connection_id", "=", connection.id)], limit=1
        )
        if not last:
            return "green", self.env._("Registered; nothing has come yet."), False
        date = format_datetime(self.env, last.create_date)
        return "green", self.env._("Registered; the last one came on %s.", date), False

    def _find_latest_ended(self):
        """Find the latest request whose end a callback should have told by now."""
        connection = self._connection
        registration = connection.registration_ids.filtered(
            lambda r: r.url == connection.callback_url
        )
        domain = [
            ("connection_id", "=", connection.id),
            ("state", "in", ("signed", "declined")),
            ("ended_date", ">", registration.create_date),
            ("ended_date", "<", fields.Datetime.now() - CALLBACK_DELAY),
        ]
        return self.env["autenti.request"].search(
            domain, order="ended_date desc", limit=1
        )

    def _check_package(self):
        if any(line["name"] == "package" for line in self._lines):
            return
        count = self.env["autenti.request"].search_count(
            [
                ("connection_id", "=", self._connection.id),
                ("state", "in", OPEN_STATES),
                ("last_error", "!=", False),
                ("last_error_code", "=", errors.PAYMENT_REQUIRED),
            ]
        )
        if not count:
            self._add(
                "package", "green", self.env._("No contract waits for the package.")
            )
            return
        self._add(
            "package",
            "red",
            self.env._(
                "The package is used up. Contracts that wait for it: %s.", count
            ),
            self.env._(
                "Buy documents at Autenti, or credits for codes by SMS, then click Try "
                "Again in each contract."
            ),
        )

    def _check_key_age(self):
        key = self._connection._get_key("active")
        if not key or not self._connection._uses_key():
            return
        since = format_date(self.env, key.activated_date)
        if not key.is_old:
            self._add("key_age", "green", self.env._("In use since %s.", since))
            return
        self._add(
            "key_age",
            "amber",
            self.env._("The same key is in use since %s.", since),
            self.env._(
                "Make a new key and paste it into Autenti's panel, then test it."
            ),
        )
