# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a connection comes into use and stays well: set-up, health, callbacks."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, ormcache, plaintext2html

from ..client import assumptions, const
from ..exceptions import told_to_user
from ..secret_store import decrypt
from .autenti_check import LEVELS, SEVERITY, HealthCheck
from .autenti_request import MANAGER_GROUP
from .ir_cron import OPTIONAL_JOBS, SENDING_JOB

_logger = logging.getLogger(__name__)

SIGNER_FIELDS = (
    "representative_email",
    "representative_first_name",
    "representative_last_name",
    "representative_phone",
    "representation_basis",
    "representative_user_id",
    "representative_valid_from",
    "representative_valid_until",
    "is_representation_joint",
)
NOTIFICATION_TYPES = {"green": "success", "amber": "warning", "red": "danger"}
ACTIVITY = "autenti_esign.mail_activity_type_connection"


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    is_application_ready = fields.Boolean(compute="_compute_setup", compute_sudo=True)
    is_key_needed = fields.Boolean(compute="_compute_setup", compute_sudo=True)
    is_key_ready = fields.Boolean(compute="_compute_setup", compute_sudo=True)
    is_permitted = fields.Boolean(compute="_compute_setup", compute_sudo=True)
    is_signer_ready = fields.Boolean(compute="_compute_setup", compute_sudo=True)
    setup_hint = fields.Char(
        compute="_compute_setup",
        compute_sudo=True,
        help="What keeps the connection from being used, first things first.",
    )
    tested_date = fields.Datetime(
        string="Tested on",
        compute="_compute_tested_date",
        store=True,
        copy=False,
        help="When Autenti last accepted what is entered here.",
    )
    check_ids = fields.One2many(
        "autenti.check", "connection_id", string="Checks", groups=MANAGER_GROUP
    )
    health = fields.Selection(LEVELS, compute="_compute_health", groups=MANAGER_GROUP)
    checked_date = fields.Datetime(
        string="Checked on", compute="_compute_health", groups=MANAGER_GROUP
    )
    service_problem = fields.Text(
        compute="_compute_service_problem",
        compute_sudo=True,
        help="Why contracts wait for this ERP itself, and what to do.",
    )
    registration_ids = fields.One2many(
        "autenti.registration",
        "connection_id",
        string="Addresses at Autenti",
        groups=MANAGER_GROUP,
        help="Where Autenti posts its news, as it was last listed.",
    )
    is_callback_registered = fields.Boolean(
        compute="_compute_is_callback_registered", groups=MANAGER_GROUP
    )
    has_former_callback = fields.Boolean(
        compute="_compute_is_callback_registered",
        groups=MANAGER_GROUP,
        help="Autenti posts to an address that this database had before.",
    )

    # === SET-UP === #

    @api.depends(
        "account_access",
        "check_ids.level",
        "client_id",
        "client_secret",
        "company_id.vat",
        "is_elsewhere",
        "key_ids.state",
        "mode",
        "representative_email",
        "representative_first_name",
        "representative_last_name",
        "representation_basis",
        "representative_valid_from",
        "representative_valid_until",
        "tested_date",
    )
    def _compute_setup(self):
        for connection in self:
            connection.is_application_ready = bool(
                connection.client_id and connection.client_secret
            )
            connection.is_key_needed = connection._uses_key()
            connection.is_key_ready = bool(
                not connection.is_key_needed or connection._get_key("active")
            )
            connection.is_permitted = connection.tested_date and any(
                check.name == "reading" and check.level == "green"
                for check in connection.check_ids
            )
            connection.is_signer_ready = not connection._find_signer_problem()
            connection.setup_hint = connection._find_setup_problem()

    @api.depends(
        "account_access",
        "client_id",
        "client_secret",
        "custom_api_url",
        "environment",
        "key_ids.kid",
        "key_ids.state",
        "mode",
        "representative_email",
    )
    def _compute_tested_date(self):
        """What was accepted before it was changed says nothing any more."""
        self.tested_date = False

    def action_prepare_production(self):
        """Open the company's production connection, made if there is none.

        It is switched off, so that this one is used until the other one works. It
        takes over who signs and nothing that Autenti knows.
        """
        self.ensure_one()
        self.check_access("write")
        production = self.with_context(active_test=False).search(
            [
                ("company_id", "=", self.company_id.id),
                ("environment", "=", "production"),
            ],
            order="id desc",
            limit=1,
        )
        if not production:
            [values] = self.read(SIGNER_FIELDS, load=False)
            del values["id"]
            # Managers go this way too; the addresses are for administrators
            production = self.sudo().copy(
                {
                    **values,
                    "representative_ids": [
                        Command.create(person)
                        for person in self.representative_ids.copy_data()
                    ],
                    "environment": "production",
                    "custom_api_url": False,
                    "custom_jwks_url": False,
                    "active": False,
                }
            )
        return production._get_form_action()

    def action_switch_on(self):
        """Ask whether the company is to use this connection from now on.

        :raise UserError: it can't be used yet
        """
        self.ensure_one()
        self.check_access("write")
        self._check_setup()
        switch = self.env["autenti.switch"].create({"connection_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Switch On"),
            "res_model": switch._name,
            "res_id": switch.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_unarchive(self):
        """Ask as the button does: it is the same step."""
        return self.action_switch_on()

    def action_open_users(self):
        """Show who may send contracts of the company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_res_users")
        return {
            **action,
            "domain": [("id", "in", self._get_users().ids)],
            "context": {},
        }

    def _check_setup(self):
        if self.setup_hint:
            raise UserError(self.setup_hint)

    def _switch_on(self):
        """Have the company use this connection and no other.

        What was sent through the one before is followed through that one.

        :raise UserError: it can't be used yet
        """
        self.ensure_one()
        self._check_setup()
        former = self.search([("company_id", "=", self.company_id.id)]) - self
        former.active = False
        # Not after the other, which would be two active ones for a moment
        former.flush_recordset()
        self.active = True

    def _get_form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_connection_action"
        )
        return {**action, "views": [(False, "form")], "res_id": self.id}

    def _find_setup_problem(self):
        """Say in one sentence what is to be done next; False when nothing is."""
        if self.is_elsewhere:
            return self._get_place_problem()
        if not self.client_id:
            return self.env._(
                "Register this ERP as an application in Autenti's panel, then enter "
                "the client ID that Autenti shows."
            )
        if not self.client_secret:
            return self.env._("Enter the client secret that Autenti shows.")
        if not self.is_key_ready:
            return self.env._("Make a key pair and paste its JWK into Autenti's panel.")
        return (
            self._find_signer_problem()
            or self._find_secret_problem()
            or not self.tested_date
            and self.env._("Click Test Connection: does Autenti accept what is here?")
        )

    def _find_signer_problem(self):
        if self.mode == "representative":
            return self._find_identity_problem(self.env.user)
        if all(self._find_identity_problem(user) for user in self._get_users()):
            return self.env._(
                "Nobody can sign for %s yet. Give its salespeople the right Autenti "
                "e-Signature: User, and see that they have an e-mail and a full name.",
                self.company_id.name,
            )
        return False

    def _find_identity_problem(self, user):
        identity = self._get_company_identity(user)
        try:
            self._check_company_identity(identity)
        except UserError as error:
            return str(error)
        return self._find_validity_problem(identity)

    def _get_users(self):
        """Return the res.users who may send for the company or its branches."""
        companies = self.env["res.company"].search(
            [("id", "child_of", self.company_id.ids)]
        )
        group = self.env.ref("autenti_esign.autenti_esign_group_user")
        return self.env["res.users"].search(
            [("all_group_ids", "in", group.ids), ("company_ids", "in", companies.ids)]
        )

    def _find_secret_problem(self):
        try:
            decrypt(self.client_secret)
            self._get_key("active")._get_private_key()
        except UserError as error:
            return str(error)
        return False

    # === HEALTH === #

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
        for connection in self:
            levels = connection.check_ids.mapped("level")
            connection.health = max(levels, key=SEVERITY.get, default=False)
            connection.checked_date = connection.check_ids[:1].create_date

    def action_check(self):
        """Check all that the connection needs; nothing is made at Autenti."""
        self.ensure_one()
        self.check_access("write")
        self._note_use()
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
                self.env.flush_all()
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

    # === CALLBACKS === #

    @api.depends("registration_ids.url", "registration_ids.is_own", "callback_url")
    def _compute_is_callback_registered(self):
        for connection in self:
            own = connection.registration_ids.filtered("is_own").mapped("url")
            is_registered = connection.callback_url in own
            connection.is_callback_registered = is_registered
            connection.has_former_callback = bool(own) and not is_registered

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
            values = {
                "url": callback.url,
                "is_own": registration.is_own or callback.url == self.callback_url,
            }
            # Two who list them at once are in each other's way only when they change
            if any(registration[name] != value for name, value in values.items()):
                registration.write(values)
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

    @api.model
    @ormcache("self._get_place()")
    def _get_jwks_urls(self):
        """Return the addresses of the key sets that may sign callbacks.

        Those of archived connections as well: their documents may still be out. None of
        those that are stopped: a copy reads no keys.

        :rtype: list[str]
        """
        connections = self.sudo().with_context(active_test=False)
        groups = connections._read_group(
            [("id", "not in", self._find_elsewhere().ids)],
            ["environment", "custom_jwks_url"],
        )
        return sorted(
            {
                url
                if environment == "custom"
                else const.ENVIRONMENTS[environment].jwks_url
                for environment, url in groups
            }
        )

    def _note_news(self, by_callback):
        """Note how a change at Autenti became known.

        :param bool by_callback: Autenti had called; else it was found by looking
        :return: whether the one before became known otherwise
        """
        # Written when it changes: the requests of a connection are worked on together
        if self.is_called == by_callback:
            return False
        # Another one may have noted it in this moment, which is no error for the log:
        # the walk is repeated then
        query = SQL(
            "UPDATE autenti_connection SET is_called = %s WHERE id = %s",
            *(by_callback, self.id),
        )
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(["is_called"], flush=False)
        return True
