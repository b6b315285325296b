# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who stands in for somebody who is away, and when."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL, format_date

# Further from UTC no clock is
A_DAY = timedelta(days=1)
# A leap year. Who is away for longer gives the requests away for good
LONGEST = timedelta(days=366)


class AutentiDeputy(models.Model):
    """A colleague who stands in for a salesperson for some days, both included.

    The days are those of the salesperson's time zone. Who stands in is never away at
    the same time, so there are no chains.
    """

    _name = "autenti.deputy"
    _description = "Deputy for Signature Requests"
    _inherit = ["autenti.guard"]
    _order = "date_from desc, id desc"
    _rec_name = "deputy_id"

    user_id = fields.Many2one(
        "res.users",
        string="Who is away",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    deputy_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade"
    )
    candidate_ids = fields.Many2many(
        "res.users",
        compute="_compute_candidate_ids",
        compute_sudo=True,
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(
        string="To", required=True, help="The last day, until its end."
    )
    status = fields.Selection(
        [("planned", "Planned"), ("running", "Running"), ("over", "Over")],
        compute="_compute_status",
        compute_sudo=True,
    )
    may_decline = fields.Boolean(compute="_compute_may_decline")
    # What waits for somebody was given to the deputy, and is to be given back
    is_handed_over = fields.Boolean(
        groups=NO_ACCESS, copy=False, export_string_translation=False
    )

    _period_check = models.Constraint(
        "CHECK (date_from <= date_to)", "A period ends after it has begun."
    )
    _self_check = models.Constraint(
        "CHECK (user_id != deputy_id)", "Nobody stands in for themselves."
    )
    # Ranges of one number, for numbers themselves need an extension of PostgreSQL.
    # Deferred, for `_check_period` says first what is wrong, if it sees it
    _overlap_exclusion = models.Constraint(
        "EXCLUDE USING gist (int4range(user_id, user_id, '[]') WITH &&, "
        "daterange(date_from, date_to, '[]') WITH &&) DEFERRABLE INITIALLY DEFERRED",
        "Somebody else has just entered a deputy for the same days. Load the list "
        "again, and choose other days.",
    )

    @api.depends("user_id")
    def _compute_candidate_ids(self):
        for deputy in self:
            user = deputy.user_id
            deputy.candidate_ids = (
                user._autenti_find_salespeople(user.company_ids) - user
            )

    @api.depends("date_from", "date_to", "user_id")
    def _compute_status(self):
        for deputy in self:
            today = deputy.user_id._autenti_get_own_today()
            begins, ends = deputy.date_from or today, deputy.date_to or today
            deputy.status = (
                "planned" if begins > today else "over" if ends < today else "running"
            )

    @api.depends_context("uid")
    @api.depends("deputy_id", "status")
    def _compute_may_decline(self):
        for deputy in self:
            is_own = deputy.deputy_id == self.env.user
            deputy.may_decline = is_own and deputy.status != "over"

    @api.constrains("date_from", "date_to", "deputy_id", "user_id")
    def _check_period(self):
        for deputy in self.sudo():
            self._check_length(deputy.date_from, deputy.date_to)
            if deputy.status == "over":
                raise ValidationError(self.env._("The period is over already."))
            deputy._check_person()
            others = self.sudo().search(
                Domain("id", "!=", deputy.id)
                & Domain("date_from", "<=", deputy.date_to)
                & Domain("date_to", ">=", deputy.date_from)
            )
            deputy._check_against(others)
        self._check_overlap()

    def _check_length(self, begin, end):
        """Raise unless a period ends after it has begun, and soon enough.

        :param date begin:
        :param date end: the last day
        """
        if begin > end:
            raise ValidationError(self.env._("A period ends after it has begun."))
        if end - begin >= LONGEST:
            raise ValidationError(
                self.env._(
                    "A period is a year at most. Who is away for longer has somebody "
                    "take over the signature requests."
                )
            )

    def _check_overlap(self):
        """Raise when somebody has entered the same in this moment, once they have.

        Then nobody sees what the other one enters: PostgreSQL alone does.
        """
        self.flush_model()
        name = SQL.identifier(f"{self._table}_overlap_exclusion")
        for moment in ("IMMEDIATE", "DEFERRED"):
            self.env.cr.execute(SQL("SET CONSTRAINTS %s %s", name, SQL(moment)))

    def _check_person(self):
        person, deputy = self.user_id, self.deputy_id
        if person.share:
            raise ValidationError(
                self.env._("%s is no employee, and has no deputy.", person.name)
            )
        if not deputy._autenti_works_in(person.company_ids):
            raise ValidationError(
                self.env._(
                    "%(deputy)s can't stand in for %(name)s: that needs an active user "
                    "of the same company with the right “Autenti e-Signature: User”.",
                    deputy=deputy.name,
                    name=person.name,
                )
            )

    def _check_against(self, others):
        """Raise when one has two deputies at once, or a deputy is away.

        :param others: autenti.deputy records of the same days, in sudo
        """
        for other in others:
            words = other._get_words(self.env)
            if other.user_id == self.user_id:
                message = self.env._(
                    "%(deputy)s stands in for %(name)s from %(begin)s to %(end)s "
                    "already. Change that, or choose other days.",
                    **words,
                )
            elif other.user_id == self.deputy_id:
                message = self.env._(
                    "%(name)s is away as well from %(begin)s to %(end)s, and "
                    "%(deputy)s stands in. Choose somebody else, or other days.",
                    **words,
                )
            elif other.deputy_id == self.user_id:
                message = self.env._(
                    "%(deputy)s stands in for %(name)s from %(begin)s to %(end)s. That "
                    "needs another deputy first.",
                    **words,
                )
            else:
                continue
            raise ValidationError(message)

    # === CRUD METHODS === #

    def _autenti_check_values(self, vals):
        """Override: the ORM and PostgreSQL have no words for people here."""
        begin, end = (self._read_date(vals, name) for name in ("date_from", "date_to"))
        if begin and end:
            self._check_length(begin, end)
        return super()._autenti_check_values(vals)

    def _read_date(self, vals, name):
        try:
            return fields.Date.to_date(vals.get(name))
        except (KeyError, TypeError, ValueError):
            raise ValidationError(
                self.env._(
                    "“%s” is no date. Write year, month and day: 2030-12-31.",
                    vals[name],
                )
            ) from None

    @api.model_create_multi
    def create(self, vals_list):
        deputies = super().create(vals_list)
        for deputy in deputies.sudo():
            deputy._notify_deputy()
        deputies.sudo()._hand_over()
        return deputies

    def write(self, vals):
        deputies_sudo = self.sudo()
        before = deputies_sudo.user_id | deputies_sudo.deputy_id
        result = super().write(vals)
        if not vals.keys() <= {"is_handed_over"}:
            for deputy in deputies_sudo:
                deputy._notify_deputy()
            before._autenti_hand_over()
            deputies_sudo._hand_over()
        return result

    def unlink(self):
        people = self.sudo().user_id | self.sudo().deputy_id
        result = super().unlink()
        people._autenti_hand_over()
        return result

    # === ACTION METHODS === #

    def action_decline(self):
        """Stand in no more, and tell who relied on it.

        :raise AccessError: for anybody but the deputy
        :raise UserError: it is over already
        """
        self.ensure_one()
        self.check_access("read")
        if self.deputy_id != self.env.user:
            raise AccessError(
                self.env._("Only %s may decline.", self.sudo().deputy_id.name)
            )
        if not self.may_decline:
            raise UserError(self.env._("The period is over already."))
        deputy_sudo = self.sudo()
        deputy_sudo._notify_declined()
        deputy_sudo.unlink()
        rest = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign_takeover.autenti_deputy_action"
        )
        domain = [("deputy_id", "=", self.env.uid)]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("You don't stand in. Who relied on you is told."),
                "next": {**rest, "domain": domain, "target": "main"},
            },
        }

    # === BUSINESS METHODS === #

    @api.model
    def _find_running(self, domain):
        """Find who stands in today.

        :param domain: `Domain` that they are in
        :return: autenti.deputy records in sudo, those that were entered first first
        """
        today = fields.Date.today()
        near = Domain("date_from", "<=", today + A_DAY) & Domain(
            "date_to", ">=", today - A_DAY
        )
        found = self.sudo().search(near & domain, order="id")
        return found.filtered(lambda deputy: deputy.status == "running")

    def _hand_over(self):
        """Give what waits for somebody to who stands in today, or back to them."""
        for deputy in self:
            is_running = deputy.status == "running"
            if deputy.is_handed_over != is_running:
                deputy.is_handed_over = is_running
                (deputy.user_id | deputy.deputy_id)._autenti_hand_over()

    @api.model
    def _cron_hand_over(self):
        """Begin and end periods; each hour, for it is midnight everywhere once."""
        tomorrow = fields.Date.today() + A_DAY
        due = self.search(
            Domain("is_handed_over", "=", True)
            | (
                Domain("date_from", "<=", tomorrow)
                & Domain("date_to", ">=", tomorrow - 2 * A_DAY)
            )
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for deputy in due:
            deputy._hand_over()
            if not cron._commit_progress(1):
                break

    def _notify_deputy(self):
        """Tell who stands in, with the link to where they can decline."""
        if self.deputy_id == self.env.user:
            return
        self._notify(
            self.deputy_id,
            lambda env: env._("You stand in for %s", self.user_id.name),
            lambda env: env._(
                "From %(begin)s to %(end)s you get what is to be done about the "
                "signature requests of %(name)s, and may remind and withdraw. If you "
                "can't, open this and decline.",
                **self._get_words(env),
            ),
            model=self._name,
            res_id=self.id,
        )

    def _notify_declined(self):
        """Tell who is away, and who has named the deputy."""
        for reader in (self.user_id | self.create_uid).filtered("active"):
            self._notify(
                reader,
                lambda env: env._("%s declines to stand in", self.deputy_id.name),
                lambda env: env._(
                    "%(deputy)s doesn't stand in for %(name)s from %(begin)s to "
                    "%(end)s. Choose another deputy.",
                    **self._get_words(env),
                ),
            )

    def _get_words(self, env):
        return {
            "deputy": self.deputy_id.name,
            "name": self.user_id.name,
            "begin": format_date(env, self.date_from),
            "end": format_date(env, self.date_to),
        }

    def _notify(self, reader, get_subject, get_body, **values):
        """Send a message to a user, in their language.

        :param reader: res.users
        :param get_subject: function of an environment
        :param get_body: the same
        :param values: further ones of `message_notify`
        """
        env = self.with_context(lang=reader.lang).env
        env["mail.thread"].message_notify(
            partner_ids=reader.partner_id.ids,
            subject=get_subject(env),
            body=get_body(env),
            email_layout_xmlid="mail.mail_notification_light",
            **values,
        )
