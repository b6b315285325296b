# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Requests that go to another salesperson, for good or for some days."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.autenti_esign.exceptions import (
    ACCOUNT_REFUSALS,
    STAND_IN_REFUSALS,
    told_to_user,
)
from odoo.addons.autenti_esign.frozen import as_keeper
from odoo.addons.autenti_esign.models.autenti_request import (
    ATTENTION,
    NOTE,
    OPEN_STATES,
)

from ..session import SENDER_NEEDED, TakenOverSession


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    sent_by_id = fields.Many2one(
        "res.users",
        string="Sent by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who sent it, where it was taken over since.",
    )
    former_signer_note = fields.Text(
        compute="_compute_former_signer_note",
        compute_sudo=True,
    )

    @api.depends("sent_by_id", "signer_ids.status", "state", "user_id")
    @api.depends_context("lang")
    def _compute_former_signer_note(self):
        for request in self:
            signer = request._get_former_signer()
            note = request._get_former_signer_note(signer)
            request.former_signer_note = bool(signer) and note

    @api.depends_context("uid")
    def _compute_is_responsible(self):
        """Override: also for whom one stands in today."""
        result = super()._compute_is_responsible()
        if principals := self.env.user._autenti_get_principals():
            for request in self.filtered(lambda r: not r.is_responsible):
                request.is_responsible = bool(request._get_salespeople() & principals)
        return result

    def _search_is_responsible(self, operator, value):
        """Override: as `_compute_is_responsible`."""
        domain = super()._search_is_responsible(operator, value)
        principals = self.env.user._autenti_get_principals()
        if domain is NotImplemented or not principals:
            return domain
        of_principals = [
            super(AutentiRequest, self.with_user(user))._search_is_responsible(
                operator, value
            )
            for user in principals
        ]
        sent = Domain("user_id", "in", principals.ids)
        return Domain.OR([domain, sent, *of_principals])

    # === ACTION METHODS === #

    def action_take_over(self):
        """Open the dialog in which these go to another salesperson."""
        self.check_access("read")
        return self.env["autenti.take.over"]._get_action(default_request_ids=self.ids)

    # === WHO MAY DO WHAT === #

    def _get_salespeople(self):
        """Return whom the record belongs to, and who keeps the request, in sudo."""
        request_sudo = self.sudo()
        return (
            request_sudo._get_record()._autenti_get_responsible() | request_sudo.user_id
        ).sudo()

    def _only_stands_in(self):
        """Tell if the user may act here because somebody else is away."""
        user = self.env.user
        return not self._is_managed() and user not in self._get_salespeople()

    def _may_correct(self):
        """Override: a deputy reminds and withdraws, and sends nothing."""
        return super()._may_correct() and not self._only_stands_in()

    def _check_may_correct(self):
        self._check_may_act()
        if self._only_stands_in():
            raise UserError(
                self.env._(
                    "You stand in for %s. You can remind and withdraw, but not send it "
                    "again in their place.",
                    self.user_id.name,
                )
            )
        return super()._check_may_correct()

    @api.model
    def _find_takeable(self, domain):
        """Find the open requests that the current user may give to somebody else.

        Managers may in their companies, heads of a sales team those of its members.

        :return: autenti.request records in sudo
        """
        found = Domain("state", "in", OPEN_STATES) & Domain(
            "company_id", "in", self.env.companies.ids
        )
        user = self.env.user
        if not self._is_managed():
            found &= Domain("user_id", "in", user._autenti_get_led_users().ids)
        return self.sudo().search(found & Domain(domain))

    def _get_sender(self):
        return self.sent_by_id or super()._get_sender()

    # === WHILE SOMEBODY IS AWAY === #

    def _get_in_charge(self, leaving=None):
        """Override: in the place of who is away, who stands in."""
        in_charge = super()._get_in_charge(leaving)
        return self._find_deputy(in_charge, leaving) or in_charge

    def _get_deputy(self):
        """Return who is in charge today because another one is away, maybe empty."""
        is_theirs = Domain("user_id", "in", self._get_salespeople().ids)
        deputies = self.env["autenti.deputy"]._find_running(is_theirs).deputy_id
        return deputies and deputies & self._get_in_charge()

    def _find_deputy(self, person, leaving=None):
        """Find who stands in for a person here, and can do so.

        :param person: res.users; of a manager who is told in the place of others, the
            deputy has no rights here
        """
        request_sudo = self.sudo()
        if person not in self._get_salespeople():
            return person.browse()
        deputy = person._autenti_get_deputy() - (leaving or person)
        can_act = (
            deputy
            and request_sudo._still_works(deputy)
            and request_sudo._can_open_record(deputy)
        )
        return deputy if can_act else person.browse()

    def _notify_followers(self, record, news, message):
        """Override: who stands in gets the news that the one who is away follows."""
        result = super()._notify_followers(record, news, message)
        deputy = self._get_deputy()
        subtype = record._autenti_get_subtype(news)
        followers = record.message_follower_ids.filtered(
            lambda follower: subtype in follower.subtype_ids
        ).partner_id
        is_followed = followers & self._get_salespeople().partner_id
        if deputy and is_followed and deputy.partner_id not in followers:
            record.message_notify(
                partner_ids=deputy.partner_id.ids,
                subject=record.display_name,
                body=self._render_news(news, message),
                email_layout_xmlid="mail.mail_notification_light",
            )
        return result

    # === TAKING OVER === #

    def _take_over(self, taker, only_here=False):
        """Give the request to another salesperson, who reads it at Autenti from now on.

        That is tried before anything is changed.

        Note: self.ensure_one(), in sudo of the user who wants it, locked by the caller

        :param taker: res.users
        :param bool only_here: if Autenti refuses, it is read as before
        :raise UserError: why the taker can't have it; nothing has changed
        """
        former = self.user_id
        values = {
            "user_id": taker.id,
            "sent_by_id": (self.sent_by_id or former).id,
        }
        try:
            identity = self._try_at_autenti(taker)
            values["sender_email"] = identity["email"]
            values["sender_subject"] = identity["subject"]
        except UserError as error:
            code = getattr(error.__cause__, "code", None)
            if not only_here or code not in STAND_IN_REFUSALS:
                raise
        as_keeper(self).write(values)
        self._move_record(former, taker)
        if self.last_error_code in ACCOUNT_REFUSALS:
            self._forget_error()
        # Who gets many of them hears of that once, not for each
        quiet = self.with_context(mail_activity_quick_update=True)
        quiet._hand_over()
        self._log(
            self.env._(
                "%(user)s has given the signature request from %(former)s to "
                "%(taker)s.",
                user=self.env.user.name,
                former=former.name,
                taker=taker.name,
            ),
            news=NOTE,
            what="takeover",
            former=former.id,
            taker=taker.id,
        )
        quiet._notify_former_signer()
        self._schedule_now()
        self._bus_notify()

    def _check_taker(self, taker):
        """Raise unless a user can work on the request.

        :raise UserError: what the user lacks
        """
        user = self.env.user
        if not self._is_managed() and taker not in user._autenti_get_team():
            raise UserError(
                self.env._("Give them to a member of your sales team, or to yourself.")
            )
        if not self._still_works(taker.sudo()):
            raise UserError(
                self.env._(
                    "%(name)s can't take over requests of %(company)s: that needs an "
                    "active user of this company with the right “Autenti e-Signature: "
                    "User”.",
                    name=taker.sudo().name,
                    company=self.company_id.name,
                )
            )

    def _try_at_autenti(self, taker):
        """Read the document as who would read it from now on.

        Where each salesperson signs, that is the taker; whether Autenti lets them is
        for its panel to say (access to all documents). Else it's the representative.

        :return: as `autenti.connection._get_company_identity`
        :raise UserError: Autenti refuses or doesn't answer, or something lacks
        """
        connection = self.connection_id
        identity = connection._get_company_identity(taker)
        connection._check_company_identity(identity)
        try:
            with told_to_user(self.env):
                session = connection._get_client(identity["email"], identity["subject"])
                if self.process_id:
                    session.get_process(self.process_id)
                else:
                    session.check_token()
        except UserError as error:
            if getattr(error.__cause__, "code", None) not in SENDER_NEEDED:
                raise
            hint = self.env._(
                "%s may lack access to all documents (“dostęp do wszystkich "
                "dokumentów”), which a Super Administrator (Superadministrator) gives "
                "in Autenti's panel.",
                identity["email"],
            )
            message = f"{error}\n{hint}"
            raise UserError(message) from error.__cause__
        return identity

    def _get_client(self):
        """Override: what Autenti lets only the sender do is done as the sender."""
        session = super()._get_client()
        if not self.sent_by_id:
            return session
        connection = self.connection_id
        identity = connection._get_company_identity(self.sent_by_id)
        if identity["subject"] == self.sender_subject or not identity["email"]:
            return session
        sender = connection._get_client(identity["email"], identity["subject"])
        return TakenOverSession(session, sender)

    def _needs_stand_in(self):
        """Override: what was taken over in Odoo only is read with the former account.

        When Autenti lets that in no more, others may do.
        """
        reader = self.env["res.users"]._autenti_find_by_subject(self.sender_subject)
        is_former = bool(reader) and reader != self.user_id
        return super()._needs_stand_in() or (bool(self.process_id) and is_former)

    def _move_record(self, former, taker):
        """Give the taker the signed record, where it belongs to the former, and news.

        It is one message for all that is taken over, not Odoo's for each record.
        """
        record = self._get_record().with_context(mail_auto_subscribe_no_notify=True)
        path, _dot, name = record._autenti_get_responsible_path().rpartition(".")
        owner = record.mapped(path) if path else record
        if name:
            owner.filtered(lambda each: each[name] == former).write({name: taker.id})
        follower = record.message_follower_ids.filtered(
            lambda each: each.partner_id == former.partner_id
        )
        if follower:
            record.message_subscribe(taker.partner_id.ids, follower.subtype_ids.ids)
            record.message_unsubscribe(former.partner_id.ids)

    def _get_former_signer(self):
        """Return who is still to sign for the company, though another one keeps it."""
        if self.sent_by_id in (self.user_id, self.user_id.browse()):
            return self.env["autenti.signer"]
        return self.signer_ids.filtered(
            lambda signer: (
                self.state in OPEN_STATES
                and signer.side == "company"
                and signer.status in ("waiting", "turn")
                and signer._get_turn_user() == self.sent_by_id
            )
        )[:1]

    def _get_former_signer_note(self, signer):
        return self.env._(
            "%s is to sign this document for the company, not who has taken it over. "
            "If that isn't to be, withdraw it and send it again: then who has taken it "
            "over signs.",
            signer.name,
        )

    def _notify_former_signer(self):
        signer = self._get_former_signer()
        # What is there already is more urgent, and the form says this as well
        if signer and not self._get_record().activity_search([ATTENTION]):
            reader = self._in_context()
            reader._notify_salesperson(reader._get_former_signer_note(signer))

    def _step_create(self, session):
        """Override: nothing new goes out that another one would have to sign."""
        self._check_signs_now()
        return super()._step_create(session)

    def _step_send(self, session, known):
        self._check_signs_now()
        return super()._step_send(session, known)

    def _check_signs_now(self):
        if signer := self._get_former_signer():
            raise UserError(self._get_former_signer_note(signer))
