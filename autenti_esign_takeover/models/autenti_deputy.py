# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who stands in for somebody who is away, and when."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import format_date

# Further from UTC no clock is
A_DAY = timedelta(days=1)


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

    @api.constrains("date_from", "date_to", "deputy_id", "user_id")
    def _check_period(self):
        for deputy in self.sudo():
            if deputy.status == "over":
                raise ValidationError(self.env._("The period is over already."))
            deputy._check_person()
            # Two who enter at once may get past it: then both are let in, and what
            # waits goes to the one who was entered first
            others = self.sudo().search(
                Domain("id", "!=", deputy.id)
                & Domain("date_from", "<=", deputy.date_to)
                & Domain("date_to", ">=", deputy.date_from)
            )
            deputy._check_against(others)

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
            words = {
                "deputy": other.deputy_id.name,
                "name": other.user_id.name,
                "begin": format_date(self.env, other.date_from),
                "end": format_date(self.env, other.date_to),
            }
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

    @api.model_create_multi
    def create(self, vals_list):
        deputies = super().create(vals_list)
        for deputy in deputies.sudo():
            deputy._notify_deputy()
        deputies.sudo()._hand_over()
        return deputies

    def write(self, vals):
        before = self.sudo().user_id | self.sudo().deputy_id
        result = super().write(vals)
        if not vals.keys() <= {"is_handed_over"}:
            before._autenti_hand_over()
            self.sudo()._hand_over()
        return result

    def unlink(self):
        people = self.sudo().user_id | self.sudo().deputy_id
        result = super().unlink()
        people._autenti_hand_over()
        return result

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
        reader = self.with_context(lang=self.deputy_id.lang)
        self.env["mail.thread"].message_notify(
            partner_ids=self.deputy_id.partner_id.ids,
            subject=reader.env._("You stand in for %s", self.user_id.name),
            body=reader.env._(
                "From %(begin)s to %(end)s you get what is to be done about the "
                "signature requests of %(name)s, and may remind and withdraw.",
                name=self.user_id.name,
                begin=format_date(reader.env, self.date_from),
                end=format_date(reader.env, self.date_to),
            ),
            email_layout_xmlid="mail.mail_notification_light",
        )
