# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..client.persons import fold_name
from ..emails import clean_email, get_email_forms
from .autenti_connection import ACCOUNT_ACCESS
from .autenti_request import ATTENTION, MANAGER_GROUP

# Of users who say nothing of theirs: where Autenti's clients are
TIME_ZONE = "Europe/Warsaw"
# By which somebody stops to work with Autenti
LEAVING_FIELDS = {"active", "company_ids", "group_ids"}
OWN_FIELDS = [
    "autenti_email",
    "autenti_first_name",
    "autenti_last_name",
    "autenti_position",
]
ACCOUNT_FIELDS = [
    "autenti_account_access",
    "autenti_account_state",
    "autenti_account_date",
    "autenti_request_summary",
]


class ResUsers(models.Model):
    _inherit = "res.users"

    autenti_email = fields.Char(
        string="Autenti e-mail",
        copy=False,
        help="E-mail of the own Autenti account, where it differs from the e-mail in "
        "Odoo. Needed where each salesperson signs.",
    )
    autenti_first_name = fields.Char(
        string="First name in signatures",
        compute="_compute_autenti_names",
        store=True,
        readonly=False,
        copy=False,
    )
    autenti_last_name = fields.Char(
        string="Last name in signatures",
        compute="_compute_autenti_names",
        store=True,
        readonly=False,
        copy=False,
    )
    autenti_position = fields.Char(
        string="Position in the company",
        copy=False,
        help="Appears on the contract, such as: Sales Director, attorney-in-fact.",
    )

    autenti_account_access = fields.Selection(
        ACCOUNT_ACCESS, compute="_compute_autenti_account", compute_sudo=True
    )
    autenti_account_state = fields.Selection(
        [
            ("missing", "Not connected"),
            ("connected", "Connected"),
            ("expired", "Login ended"),
        ],
        string="Autenti account",
        compute="_compute_autenti_account",
        compute_sudo=True,
    )
    autenti_account_date = fields.Datetime(
        string="Connected on", compute="_compute_autenti_account", compute_sudo=True
    )

    # Of what they have sent or sign themselves; as a contact they are nobody's client
    autenti_request_summary = fields.Char(
        string="Signature requests", compute="_compute_autenti_request_summary"
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + OWN_FIELDS + ACCOUNT_FIELDS

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + OWN_FIELDS

    @api.depends("name")
    def _compute_autenti_names(self):
        for user in self:
            first, last = user.partner_id._autenti_split_name()
            user.autenti_first_name = user.autenti_first_name or first
            user.autenti_last_name = user.autenti_last_name or last

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_autenti_request_summary(self):
        # Odoo lets users read their own data in sudo; what counts is what they may read
        requests = self.env["autenti.request"].sudo(False)
        may_read = requests.has_access("read")
        for user in self:
            domain = requests._get_own_domain(user._origin)
            user.autenti_request_summary = may_read and requests._get_summary(domain)

    def action_autenti_requests(self):
        """Open the signature requests that the user has sent or is to sign."""
        self.ensure_one()
        # Said by paths, as `_get_own_domain` can't be: the browser gets it
        is_sender = Domain("user_id", "in", self.ids)
        is_theirs = is_sender | Domain("signer_ids.user_id", "in", self.ids)
        return self.env["autenti.request"]._get_list_action(is_theirs)

    @api.depends_context("company")
    def _compute_autenti_account(self):
        """Tell of the account by which the user signs for the present company."""
        connection = self.env["autenti.connection"]._find_for_company(self.env.company)
        is_individual = connection.mode == "individual"
        for user in self:
            account = self.env["autenti.account"]._find(connection, user)
            user.autenti_account_access = is_individual and connection.account_access
            user.autenti_account_state = account.state or "missing"
            user.autenti_account_date = account.connected_date

    @api.constrains("autenti_email")
    def _check_autenti_email(self):
        """Nobody signs in the name of somebody else whom this database knows."""
        for user in self.filtered("autenti_email"):
            email = clean_email(user.autenti_email)
            if not email:
                raise ValidationError(self.env._("Enter a valid Autenti e-mail."))
            if user.sudo()._autenti_find_owner(email):
                raise ValidationError(
                    self.env._("%s is the e-mail of somebody else.", email)
                )

    @api.constrains("autenti_first_name", "autenti_last_name")
    def _check_autenti_names(self):
        me = self.env.user
        if me in self:
            me._autenti_check_own_name(
                f"{me.autenti_first_name} {me.autenti_last_name}"
            )

    def _autenti_check_own_name(self, name):
        """Raise when a user takes the name of a colleague, who would seem to sign.

        Who really has the same name gets it from an administrator.
        """
        if self.share or self.has_group("base.group_erp_manager"):
            return
        colleagues_sudo = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("id", "!=", self.id),
                    ("share", "=", False),
                    ("company_ids", "in", self.sudo().company_ids.ids),
                ]
            )
        )
        if any(each._autenti_is_called(name, "") for each in colleagues_sudo):
            raise ValidationError(
                self.env._("%s is the name of a colleague. Enter your own.", name)
            )

    def _autenti_check_internal(self, vals):
        """Keep users of the portal from trying which e-mails are known here."""
        if not vals.keys().isdisjoint(OWN_FIELDS) and not self.env.user._is_internal():
            raise AccessError(
                self.env._("Only employees have data for their signatures.")
            )

    def _autenti_find_owner(self, email):
        """Find which user, representative or connection has an e-mail, maybe none.

        :param str email: as `clean_email` returns it
        """
        users = self.with_context(active_test=False).search(
            [
                ("id", "not in", self.ids),
                ("share", "=", False),
                "|",
                ("email_normalized", "in", get_email_forms(email)),
                # As somebody wrote it, so it is compared here
                ("autenti_email", "!=", False),
            ]
        )
        return users.filtered(
            lambda user: email in map(clean_email, (user.email, user.autenti_email))
        )[:1] or self._autenti_find_representative(email)

    @api.model
    def _autenti_find_by_email(self, email):
        """Find the colleagues whose address it is, at Autenti or in Odoo.

        :param str email: normalized, maybe empty
        :return: res.users in sudo
        """
        if not email:
            return self.sudo().browse()
        found = self.sudo().search(
            [
                ("share", "=", False),
                "|",
                ("email_normalized", "in", get_email_forms(email)),
                # As somebody wrote it, so it is compared here
                ("autenti_email", "!=", False),
            ]
        )
        return found.filtered(lambda user: email in user._autenti_get_emails())

    def _autenti_get_emails(self):
        """Return the addresses under which the user may be asked to sign.

        :rtype: set[str]
        """
        return set(filter(None, map(clean_email, (self.autenti_email, self.email))))

    def _autenti_is_called(self, first_name, last_name):
        """Tell if the user has that name, in Odoo or in signatures."""
        names = (f"{self.autenti_first_name} {self.autenti_last_name}", self.name)
        given = fold_name(f"{first_name} {last_name}")
        return given in map(fold_name, names)

    def _autenti_find_representative(self, email):
        people = self.env["autenti.representative"].search(
            [("user_id", "not in", self.ids)]
        )
        connections = self.env["autenti.connection"].search(
            [
                ("mode", "=", "representative"),
                ("representative_user_id", "not in", self.ids),
            ]
        )
        return (
            people.filtered(lambda person: clean_email(person.email) == email)[:1]
            or connections.filtered(
                lambda each: clean_email(each.representative_email) == email
            )[:1]
        )

    def action_archive(self):
        """Override: Odoo deletes the activities of who leaves; ours stay for others."""
        self._autenti_hand_over(leaving=self)
        return super().action_archive()

    def _autenti_hand_over(self, leaving=None):
        """Give to others what these users can't see to any more.

        :param leaving: users among them who are about to leave
        """
        attention = self.env.ref(ATTENTION, raise_if_not_found=False)
        if not attention or not self:
            return  # the addon is being installed
        activities_sudo = self.env["mail.activity"].sudo()
        for activity in activities_sudo.search(
            [("user_id", "in", self.ids), ("activity_type_id", "=", attention.id)]
        ):
            record_sudo = self.env[activity.res_model].sudo().browse(activity.res_id)
            record_sudo._autenti_get_request()._hand_over(leaving)
        signers_sudo = self.env["autenti.signer"].sudo()
        for signer in signers_sudo.search(
            [("user_id", "in", self.ids), ("request_id.turn", "!=", False)]
        ):
            if signer.status == "turn" and not signer._can_be_told():
                signer._schedule_activity()

    def write(self, vals):
        self._autenti_check_internal(vals)
        if not LEAVING_FIELDS.isdisjoint(vals):
            result = super().write(vals)
            self._autenti_hand_over()
            return result
        if "autenti_email" not in vals:
            return super().write(vals)
        before = {user: user.autenti_email for user in self}
        result = super().write(vals)
        for user, email in before.items():
            if user.autenti_email != email:
                user.partner_id.sudo()._message_log(
                    body=self.env._(
                        "Autenti e-mail: %(before)s → %(after)s",
                        before=email or user.email or "",
                        after=user.autenti_email or user.email or "",
                    ),
                    author_id=self.env.user.partner_id.id,
                )
        return result

    # === ACTION METHODS === #

    def action_autenti_connect(self):
        """Lead the current user to Autenti's login page."""
        self.env["autenti.account"].check_access("read")
        connection = self.env["autenti.connection"]._get_for_company(self.env.company)
        return connection._get_connect_action()

    def action_autenti_disconnect(self):
        """Forget the current user's login at Autenti."""
        self.env["autenti.account"].check_access("read")
        connection = self.env["autenti.connection"]._get_for_company(self.env.company)
        self.env["autenti.account"]._find(connection, self.env.user).unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("Your Autenti account isn't connected any more."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS METHODS === #

    @api.model
    def _autenti_find_by_subject(self, subject):
        """Find the user of an identity; see `_autenti_get_identity`.

        :return: res.users record, empty when the subject isn't a user's
        """
        match = re.fullmatch(r"user-(\d+)", subject)
        return self.browse(match and int(match[1]))

    @api.model
    def _autenti_find_managers(self, company):
        """Find who manage the signing of a company, in the order of their ids."""
        return self.search(
            [
                ("all_group_ids", "in", self.env.ref(MANAGER_GROUP).ids),
                ("company_ids", "in", company.ids),
                ("id", "!=", SUPERUSER_ID),
            ],
            order="id",
        )

    @api.model
    def _autenti_find_overseer(self, company):
        """Find who is told in the place of somebody who can't be.

        :return: a manager of the company, else an administrator, maybe empty
        """
        connection_sudo = self.env["autenti.connection"]._find_for_company(company)
        managers = self._autenti_find_managers(company)
        return managers[:1] or connection_sudo._get_administrator()

    def _autenti_get_time_zone(self):
        """Return the time zone in which the user reads dates: own, or the company's."""
        return self.tz or self.company_id.partner_id.tz or TIME_ZONE

    @api.model
    def _autenti_get_today(self, moment=None):
        """Return the day that it is, or was at a moment, for the current user.

        :param datetime moment: naive UTC
        """
        time_zone = self.env.context.get("tz") or self.env.user._autenti_get_time_zone()
        return fields.Date.context_today(self.with_context(tz=time_zone), moment)

    def _autenti_get_identity(self):
        """Tell who signs when the user signs for the company.

        :return: as `autenti.connection._get_company_identity`
        """
        self.ensure_one()
        return {
            "email": clean_email(self.autenti_email or self.email),
            "first_name": self.autenti_first_name,
            "last_name": self.autenti_last_name,
            "note": self.autenti_position,
            "phone": self.phone,
            "subject": f"user-{self.id}",
            "user": self,
        }

    # === WHOSE CONTRACTS THEY SEE === #

    @api.model
    def _autenti_get_contract_rules(self):
        """Return the rules that narrow whose contracts employees see, per choice.

        :return: those that are on for it; what has all of another's comes before that
        :rtype: dict[str, ir.rule]
        """
        names = ("agreement_rule_own", "agreement_rule_template")
        found = (self.env.ref(f"autenti_esign.{name}", False) for name in names)
        return {"own": self.env["ir.rule"].sudo().concat(*filter(None, found))}

    @api.model
    def _autenti_get_contract_access(self):
        """Return whose contracts employees see: a choice of the field of this name."""
        for choice, rules in self._autenti_get_contract_rules().items():
            if rules and all(rule.active for rule in rules):
                return choice
        return "all"
