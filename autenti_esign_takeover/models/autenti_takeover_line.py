# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from odoo.addons.autenti_esign.exceptions import RETRY, get_remedy, is_account_refused
from odoo.addons.autenti_esign.models.autenti_request import OPEN_STATES
from odoo.addons.autenti_esign.request_log import RequestLogger

from .autenti_takeover import PAUSE

_logger = logging.getLogger(__name__)


class AutentiTakeoverLine(models.Model):
    """One request that is to go to another salesperson."""

    _name = "autenti.takeover.line"
    _description = "Signature Request of a Takeover"
    _inherit = ["autenti.task"]
    # Whoever comes first gets it
    _order = "id"

    takeover_id = fields.Many2one(
        "autenti.takeover", required=True, readonly=True, index=True, ondelete="cascade"
    )
    request_id = fields.Many2one(
        "autenti.request", string="Signature request", required=True, readonly=True
    )
    name = fields.Char(string="Document", compute="_compute_name")
    former_id = fields.Many2one(
        "res.users", string="Until now", required=True, readonly=True
    )
    state = fields.Selection(
        [("waiting", "To do"), ("done", "Taken over"), ("failed", "Not taken over")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    problem = fields.Text(string="Why", readonly=True)

    @api.depends_context("uid")
    @api.depends("request_id.name")
    def _compute_name(self):
        """The title is for those who may read the request."""
        for line in self:
            may_read = line.request_id.has_access("read")
            line.name = line.request_id.name if may_read else "…"

    def action_open_request(self):
        self.ensure_one()
        return self.request_id.get_formview_action()

    def _postpone(self):
        self.takeover_id._trigger_job(PAUSE)

    def _process(self):
        user = self.takeover_id.create_uid
        request = self.request_id.with_user(user).with_context(
            lang=user.lang, allowed_company_ids=user.company_ids.ids
        )
        self._check_right(request)
        request = request.sudo()
        if not request._lock():
            # Autenti is being asked about it; nothing is lost
            self._postpone()
            return
        taker = request.env["res.users"].browse(self.takeover_id.taker_id.id)
        if request.user_id != taker:
            self._check_request(request)
            request._check_taker(taker)
            request._take_over(taker, self.takeover_id.only_here)
        self.write({"state": "done", "problem": False})

    def _check_right(self, request):
        """Raise when who has ordered it may not, or not any more.

        :param request: as they see it
        """
        user = request.env.user
        if not (user.active and request._find_takeable(Domain("id", "=", request.id))):
            if request.sudo().state not in OPEN_STATES:
                raise UserError(request.env._("It has ended meanwhile."))
            raise UserError(
                request.env._("Who has ordered it may not give it away any more.")
            )

    def _check_request(self, request):
        """Raise when it is somebody else's meanwhile; in sudo, locked."""
        if request.state not in OPEN_STATES:
            raise UserError(request.env._("It has ended meanwhile."))
        if request.user_id != self.former_id:
            raise UserError(
                request.env._("%s has taken it over meanwhile.", request.user_id.name)
            )

    def _take_failure(self, error):
        """Keep why it wasn't taken over, and spare others that would fail alike."""
        failed = self
        if isinstance(error, UserError | RedirectWarning):
            problem = error.args[0]
            cause = error.__cause__
            if cause and (get_remedy(cause) == RETRY or is_account_refused(cause)):
                failed = self.takeover_id.line_ids.filtered(
                    lambda line: (
                        line.state == "waiting"
                        and line.request_id.connection_id
                        == self.request_id.connection_id
                    )
                )
        else:
            log = RequestLogger(_logger, self.request_id)
            log.error("can't be taken over", exc_info=error)
            problem = self._autenti_describe_bug()
        failed.write({"state": "failed", "problem": problem})
