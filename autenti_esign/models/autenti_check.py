# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether all is well with a connection, and if not, what to do."""

import ipaddress
import logging
import re
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime, plaintext2html

from ..client import assumptions, auth, contact, errors
from ..client.session import AutentiSession
from ..exceptions import error_message
from .autenti_registration import SETUP_GROUPS
from .autenti_request import OPEN_STATES
from .ir_cron import OPTIONAL_JOBS, SENDING_JOB

_logger = logging.getLogger(__name__)

CHECKS = [
    ("database", "Database"),
    ("address", "Address of this ERP"),
    ("jobs", "Scheduled actions"),
    ("environment", "Environment"),
    ("clock", "Clock"),
    ("application", "Client ID and secret"),
    ("key", "Key"),
    ("user", "Acting users"),
    ("reading", "Permission to read"),
    ("callbacks", "Callbacks"),
    ("inbox", "Callback inbox"),
    ("package", "Package"),
    ("key_age", "Age of the key"),
]
NOTIFICATION_TYPES = {"green": "success", "amber": "warning", "red": "danger"}
LEVELS = [("green", "Good"), ("amber", "Look at it"), ("red", "Doesn't work")]
# Refusals that aren't about the acting user: the line that they belong to
GENERAL_REFUSALS = {
    errors.INVALID_CLIENT: "application",
    errors.INVALID_KEY: "key",
    errors.PAYMENT_REQUIRED: "package",
    errors.UNREACHABLE: "environment",
    errors.TIMEOUT: "environment",
    errors.SERVER_ERROR: "environment",
    errors.RATE_LIMITED: "environment",
    errors.INVALID_RESPONSE: "environment",
}
# Seconds; Autenti refuses what is signed with a clock that is further off
CLOCK_LIMIT = assumptions.ASSERTION_LEEWAY
CLOCK_WARNING = CLOCK_LIMIT / 2
# Within Odoo's time for one request (--limit-time-real)
TRIAL_SECONDS = 45
# Autenti posts a callback again for a while when it isn't received
CALLBACK_DELAY = timedelta(hours=1)
# Not in the public DNS (RFC 6761, RFC 6762, RFC 8375; ICANN reserved .internal)
PRIVATE_DOMAINS = (
    *("example", "home.arpa", "internal", "invalid", "local", "localhost", "test"),
)
ACTIVITY = "autenti_esign.mail_activity_type_connection"


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


class AutentiConnection(models.Model):
    _name = "autenti.connection"
    _inherit = ["autenti.connection", "mail.thread", "mail.activity.mixin"]

    check_ids = fields.One2many(
        "autenti.check", "connection_id", string="Checks", groups=SETUP_GROUPS
    )
    health = fields.Selection(LEVELS, compute="_compute_health", groups=SETUP_GROUPS)
    checked_date = fields.Datetime(
        string="Checked on", compute="_compute_health", groups=SETUP_GROUPS
    )

    service_problem = fields.Text(
        compute="_compute_service_problem",
        compute_sudo=True,
        export_string_translation=False,
        help="Why contracts wait for this ERP itself, and what to do.",
    )

    @api.depends("is_elsewhere")
    def _compute_service_problem(self):
        job_problem = self._get_sending_problem() if self else False
        for connection in self:
            connection.service_problem = (
                connection._get_place_problem()
                if connection.is_elsewhere
                else job_problem
            )

    @api.depends("check_ids.level")
    def _compute_health(self):
        order = [level for level, _label in LEVELS]
        for connection in self:
            levels = connection.check_ids.mapped("level")
            connection.health = max(levels, key=order.index, default=False)
            connection.checked_date = connection.check_ids[:1].create_date

    # === ACTION METHODS === #

    def action_check(self):
        """Check all that the connection needs; nothing is made at Autenti."""
        self.ensure_one()
        self.check_access("write")
        self.sudo()._check_health()
        messages = {
            "green": self.env._("All is well."),
            "amber": self.env._("It works, but look at Health below."),
            "red": self.env._("It doesn't work: look at Health below."),
        }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": NOTIFICATION_TYPES[self.health],
                "message": messages[self.health],
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_try_assumptions(self):
        """Open the dialog that tries what is assumed of Autenti."""
        self.ensure_one()
        self._check_trial()
        return self.env["autenti.contact"].create({"connection_id": self.id})._open()

    # === BUSINESS METHODS === #

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
        :rtype: client.findings.Report
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

    @api.model
    def _cron_check(self):
        """Check the health of every connection that is in use."""
        cron = self.env["ir.cron"]
        connections = self.search([("active", "=", True)])
        cron._commit_progress(remaining=len(connections))
        for connection in connections:
            administrator = connection._get_administrator()
            try:
                connection.with_context(
                    lang=administrator.lang,
                    tz=administrator._autenti_get_time_zone(),
                )._check_health()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Connection %s can't be checked", connection.id)
            if not cron._commit_progress(1):
                break

    def _check_health(self):
        """Check all that the connection needs, keep the result, tell who is to act.

        Note: self.ensure_one(), in sudo
        """
        lines = HealthCheck(self).run() + self._check_more()
        self.check_ids.unlink()
        self.env["autenti.check"].create(
            [{**line, "connection_id": self.id} for line in lines]
        )
        self._update_activity()

    def _check_more(self):
        """Check what an addon needs, which overrides this.

        :return: lines, as `HealthCheck.run` makes them
        :rtype: list[dict]
        """
        return []

    def _update_activity(self):
        """Have one open activity while something doesn't work, and none after."""
        red = self.check_ids.filtered(lambda check: check.level == "red")
        if not red:
            self.activity_unlink([ACTIVITY])
            return
        note = plaintext2html(
            "\n".join(f"{check.message} {check.hint or ''}" for check in red)
        )
        if activity := self.activity_search([ACTIVITY]):
            activity.note = note
        elif administrator := self._get_administrator():
            self.activity_schedule(ACTIVITY, user_id=administrator.id, note=note)

    @api.model
    def _find_sending_problem(self):
        """Tell what keeps this ERP from sending, and from hearing of signatures.

        :return: (what is wrong, what to do), or None when nothing is
        """
        job = self.env.ref(SENDING_JOB, raise_if_not_found=False)
        if job:
            return job.sudo()._autenti_find_problem()
        return (
            self.env._("The scheduled action that sends contracts was deleted."),
            self.env._("Update the app Autenti e-Signature, which makes it anew."),
        )

    def _get_sending_problem(self):
        """Say why contracts wait for this ERP, for everybody; False when they don't."""
        if not (problem := self._find_sending_problem()):
            return False
        return self.env._(
            "Contracts wait: nothing is sent, and Odoo doesn't hear of signatures. "
            "%(problem)s %(remedy)s",
            problem=problem[0],
            remedy=problem[1],
        )

    @api.model
    def _find_job_problems(self):
        """Tell what is wrong with the scheduled actions.

        :return: tuples of level, what is wrong, and what to do
        :rtype: list[tuple[str, str, str]]
        """
        sending = self._find_sending_problem()
        problems = [("red", *sending)] if sending else []
        optional = [
            self.env.ref(job, raise_if_not_found=False) for job in OPTIONAL_JOBS
        ]
        for job in self.env["ir.cron"]._autenti_find_jobs():
            problem = job._autenti_find_problem()
            if problem and problem != sending:
                level = "red" if job.active or job not in optional else "amber"
                problems.append((level, *problem))
        return problems

    def _uses_key(self):
        return self.mode == "representative" or self.account_access == "key"

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
        groups = self.env.ref("base.group_system") + self.env.ref(
            "autenti_esign.autenti_esign_group_manager"
        )
        people = self.env["res.users"].search(
            [("all_group_ids", "in", groups.ids), ("id", "!=", SUPERUSER_ID)],
            order="id",
        )
        may_mend = people.filtered(lambda user: self.company_id in user.company_ids)
        system = people.filtered(lambda user: user.has_group("base.group_system"))
        found = self.create_uid & may_mend or system & may_mend or may_mend or system
        return found[:1]


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
        try:
            self._connection._check_place()
        except UserError as error:
            message = self.env._("The connection is stopped.")
            self._add("database", "red", message, str(error))
        else:
            message = self.env._("The connection was set up in this database.")
            self._add("database", "green", message)
            self._connection._note_use()
            self._check_autenti()
        self._check_inbox()
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
            self._add_refusal(GENERAL_REFUSALS[error.code], error)
        except UserError as error:
            message = self.env._("The connection can't be used yet.")
            self._add("application", "red", message, str(error))

    def _add(self, name, level, message, hint=False):
        self._lines.append(
            {"name": name, "level": level, "message": message, "hint": hint}
        )

    def _add_refusal(self, name, error, level="red", who=""):
        if error.code == errors.RATE_LIMITED:
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

    def _check_environment(self):
        api_url = self._connection._get_urls().api_url
        session = AutentiSession(api_url, auth.Application("", ""))
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
                if error.code in GENERAL_REFUSALS:
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
                if error.code in GENERAL_REFUSALS:
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
                if error.code in GENERAL_REFUSALS:
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

    def _check_inbox(self):
        count = self._connection._count_dead_letters()
        if not count:
            self._add("inbox", "green", self.env._("No callback is a dead letter."))
            return
        self._add(
            "inbox",
            "amber",
            self.env._("Callbacks that couldn't be worked on: %s.", count),
            self.env._(
                "See Autenti Callbacks, filter Dead Letters, for what went wrong. Mend "
                "it, then replay them."
            ),
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
