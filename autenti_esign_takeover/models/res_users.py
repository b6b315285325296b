# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.autenti_esign.models.autenti_request import (
    MANAGER_GROUP,
    OPEN_STATES,
    USER_GROUP,
)

OWN_FIELDS = ["autenti_deputy_summary"]


class ResUsers(models.Model):
    _inherit = "res.users"

    autenti_deputy_summary = fields.Char(
        string="Deputy", compute="_compute_autenti_deputy_summary", compute_sudo=True
    )
    autenti_open_request_count = fields.Integer(
        string="Open signature requests",
        compute="_compute_autenti_open_request_count",
        groups=MANAGER_GROUP,
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + OWN_FIELDS

    @api.depends_context("lang")
    def _compute_autenti_deputy_summary(self):
        for user in self:
            deputies = self.env["autenti.deputy"].search(
                [("user_id", "in", user._origin.ids)], order="date_from"
            )
            coming = deputies.filtered(lambda deputy: deputy.status != "over")[:1]
            user.autenti_deputy_summary = bool(coming) and self.env._(
                "%(name)s, %(begin)s to %(end)s",
                name=coming.deputy_id.name,
                begin=format_date(self.env, coming.date_from),
                end=format_date(self.env, coming.date_to),
            )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_autenti_open_request_count(self):
        takeable = self.env["autenti.request"]._find_takeable(
            [("user_id", "in", self._origin.ids)]
        )
        by_user = takeable.grouped("user_id")
        for user in self:
            user.autenti_open_request_count = len(by_user.get(user._origin, ()))

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_requests(self):
        """Offer to have open requests taken over; what was sent stays its sender's."""
        requests_sudo = self.env["autenti.request"].sudo()
        is_theirs = Domain("user_id", "in", self.ids)
        open_ones = requests_sudo.search(is_theirs & Domain("state", "in", OPEN_STATES))
        if open_ones:
            self._autenti_refuse_to_delete(open_ones)
        for user in self:
            is_theirs = Domain("user_id", "=", user.id)
            if requests_sudo.search_count(
                is_theirs | Domain("sent_by_id", "=", user.id), limit=1
            ):
                raise UserError(
                    self.env._(
                        "%s has sent documents for signature, which is evidence that "
                        "must stay. Archive the user instead.",
                        user.name,
                    )
                )

    def _autenti_refuse_to_delete(self, requests):
        """Say who has open requests, and offer to take over what can be.

        :param requests: autenti.request records in sudo
        :raise UserError: or RedirectWarning
        """
        sentences = [
            self.env._(
                "%(name)s has open signature requests: %(count)s. Have somebody take "
                "them over, then archive the user.",
                name=user.name,
                count=len(theirs),
            )
            for user, theirs in requests.grouped("user_id").items()
        ]
        if elsewhere := self._autenti_describe_elsewhere():
            sentences.append(elsewhere)
        message = "\n".join(sentences)
        dialog = self._autenti_get_take_over_action()
        if not dialog:
            raise UserError(message)
        raise RedirectWarning(message, dialog, self.env._("Take Over"))

    def unlink(self):
        """Override: what waits for others isn't deleted with who stands in for them."""
        self._autenti_hand_over(leaving=self)
        return super().unlink()

    def action_archive(self):
        """Override to offer that open requests of who leaves are taken over.

        It's offered afterwards: whoever else archives users needn't answer.
        """
        leaving = self.filtered("active")
        action = super().action_archive()
        return action or leaving._autenti_offer_takeover()

    # === ACTION METHODS === #

    def action_autenti_take_over(self):
        """Open the dialog in which the user's open requests go to somebody else."""
        self.ensure_one()
        return self.env["autenti.take.over"]._get_action(default_person_id=self.id)

    def action_autenti_deputies(self):
        """Show who stands in for the user, and let that be changed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign_takeover.autenti_deputy_action"
        )
        return {
            **action,
            "domain": [("user_id", "=", self.id)],
            "context": {"default_user_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _autenti_hand_over(self, leaving=None):
        """Override: who is back gets what waits for those they stand in for."""
        principals = self._autenti_get_principals().sudo(self.env.su)
        return super(ResUsers, self | principals)._autenti_hand_over(leaving)

    def _autenti_offer_takeover(self):
        """Return the action that tells who archives these of their open requests.

        :return: dict; None where there are none that the current user may give away
        """
        dialog = self._autenti_get_take_over_action()
        elsewhere = self._autenti_describe_elsewhere()
        if not elsewhere:
            return dialog
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Open signature requests"),
                "message": elsewhere,
                "type": "warning",
                "sticky": True,
                "next": dialog,
            },
        }

    def _autenti_get_take_over_action(self):
        """Return the action of the dialog; None where there would be nothing in it."""
        requests = self.env["autenti.request"]
        takeable = requests._find_takeable([("user_id", "in", self.ids)])
        people = takeable.user_id
        if not people:
            return None
        if len(people) == 1:
            values = {"default_person_id": people.id}
        else:
            values = {"default_request_ids": takeable.ids}
        return self.env["autenti.take.over"]._get_action(**values)

    def _autenti_describe_elsewhere(self):
        """Say how many open requests are in companies that aren't chosen now.

        It's of those alone that the current user may choose and give away there.

        :rtype: str
        """
        me = self.env.user
        elsewhere = me.company_ids - self.env.companies
        requests = self.env["autenti.request"].with_context(
            allowed_company_ids=me.company_ids.ids
        )
        theirs = Domain("user_id", "in", self.ids)
        found = requests._find_takeable(
            theirs & Domain("company_id", "in", elsewhere.ids)
        )
        if not found:
            return ""
        counts = [
            f"{company.name} ({len(there)})"
            for company, there in found.grouped("company_id").items()
        ]
        return self.env._(
            "%(names)s: open signature requests in companies that you haven't chosen: "
            "%(companies)s. Choose these companies, then have somebody take them over "
            "under Agreements / Takeovers.",
            names=", ".join(found.user_id.mapped("name")),
            companies=", ".join(counts),
        )

    @api.model
    def _autenti_find_salespeople(self, companies):
        """Find who works with signature requests in any of these companies, in sudo."""
        return self.sudo().search(
            [
                ("all_group_ids", "in", self.env.ref(USER_GROUP).ids),
                ("company_ids", "in", companies.ids),
                ("share", "=", False),
            ]
        )

    def _autenti_works_in(self, companies):
        """Tell if the user can work with signature requests of any of the companies."""
        user_sudo = self.sudo()
        return (
            user_sudo.active
            and user_sudo.has_group(USER_GROUP)
            and bool(user_sudo.company_ids & companies)
        )

    def _autenti_get_led_users(self):
        """Return the members of the sales teams that the user heads, without the user.

        Odoo ends memberships when it archives a user; theirs count on.
        """
        self.ensure_one()
        if "crm.team" not in self.env:
            return self.browse()
        memberships_sudo = self.env["crm.team.member"].sudo()
        memberships = memberships_sudo.with_context(active_test=False).search(
            [("crm_team_id.user_id", "=", self.id), ("crm_team_id.active", "=", True)]
        )
        theirs = memberships.filtered(
            lambda member: member.active or not member.user_id.active
        )
        return theirs.user_id.sudo(False) - self

    def _autenti_get_team(self):
        """Return to whom the head of a sales team may give requests of its members."""
        return self | self._autenti_get_led_users()

    def _autenti_get_own_today(self):
        """Return the day that it is where the user is."""
        time_zone = self._autenti_get_time_zone()
        return fields.Date.context_today(self.with_context(tz=time_zone))

    def _autenti_get_principals(self):
        """Return the res.users for whom these stand in today, in sudo."""
        deputies = self.env["autenti.deputy"]
        return deputies._find_running(Domain("deputy_id", "in", self.ids)).user_id

    def _autenti_get_deputy(self):
        """Return the res.users who stands in for the user today, in sudo, maybe empty.

        Whether they can act on a request is for the request to say.
        """
        deputies = self.env["autenti.deputy"]
        running = deputies._find_running(Domain("user_id", "in", self.ids))
        return running[:1].deputy_id
