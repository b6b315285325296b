# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import functools
from typing import NamedTuple

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, plaintext2html
from odoo.tools.rendering_tools import parse_inline_template
from odoo.tools.sql import create_column, table_columns, table_exists
from odoo.tools.template_inheritance import apply_inheritance_specs

from odoo.addons.base.models.ir_qweb import QWebError

from ..client import const
from ..delete_guard import DeleteGuard
from ..flat_form import flatten, has_form
from .autenti_request import OPEN_STATES, TEST_MARK, get_days_since


class WaitingRules(NamedTuple):
    """Days, each 0 for never."""

    remind_days: int
    expiry_days: int


class AutentiSignMixin(models.AbstractModel):
    """Makes the records of a model signable through Autenti.

    The model has `mail.thread` and `mail.activity.mixin` already.

    The model says whom its document goes to, what it is called and how it is made, by
    the `_autenti_get_*` methods, and what signing changes, by `_autenti_signed` and
    `_autenti_ended`.
    """

    _name = "autenti.sign.mixin"
    _description = "Signable with Autenti"
    _inherit = ["autenti.guard"]

    autenti_request_ids = fields.One2many(
        "autenti.request",
        "res_id",
        string="Signature requests",
        domain=lambda self: [("res_model", "=", self._name)],
        groups="autenti_esign.autenti_esign_group_user",
        copy=False,
    )
    autenti_request_id = fields.Many2one(
        "autenti.request",
        string="Latest signature request",
        compute="_compute_autenti_request_id",
        compute_sudo=True,
        groups="autenti_esign.autenti_esign_group_user",
    )
    autenti_state = fields.Selection(
        selection="_selection_autenti_state",
        string="Signing Status",
        compute="_compute_autenti_state",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
        group_expand="_autenti_order_states",
    )
    autenti_request_count = fields.Integer(
        string="Number of signature requests",
        compute="_compute_autenti_request_count",
        groups="autenti_esign.autenti_esign_group_user",
    )
    autenti_user_id = fields.Many2one(
        "res.users",
        string="Sent for signature by",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    autenti_sent_date = fields.Datetime(
        string="Sent on",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    autenti_turn = fields.Selection(
        selection="_selection_autenti_turn",
        string="Waiting for",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    autenti_turn_date = fields.Datetime(
        string="Waiting since",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    autenti_waiting_days = fields.Integer(
        string="Days waiting",
        compute="_compute_autenti_waiting_days",
    )
    autenti_next_signer = fields.Char(
        string="Next to sign",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    autenti_next_user_id = fields.Many2one(
        "res.users",
        string="User whose turn it is",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    autenti_is_my_turn = fields.Boolean(
        string="My turn to sign",
        compute="_compute_autenti_is_my_turn",
    )
    autenti_signed_date = fields.Datetime(
        string="Signed with Autenti on",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    autenti_signed_summary = fields.Char(
        string="Signed by",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    autenti_test_mark = fields.Char(
        string="Test",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
        help="Its signatures bind nobody.",
    )
    autenti_problem = fields.Text(
        string="Signing problem",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    autenti_status = fields.Char(
        string="Where it stands",
        compute="_compute_autenti_status",
        compute_sudo=True,
    )
    autenti_signed_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Signed file",
        compute="_compute_autenti_signed_attachment_id",
        compute_sudo=True,
    )
    autenti_has_deviation = fields.Boolean(
        string="Others act at Autenti",
        compute="_compute_autenti_summary",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    autenti_deviation_note = fields.Text(
        string="Who acts at Autenti",
        compute="_compute_autenti_deviation_note",
        compute_sudo=True,
        help="How it differs from those who were asked to sign.",
    )
    autenti_is_rehearsed = fields.Boolean(
        string="Signed for a test only",
        compute="_compute_autenti_is_rehearsed",
        compute_sudo=True,
        help="It was signed in the test environment, and the company now uses "
        "production: it can be sent again, for real.",
    )
    autenti_may_send = fields.Boolean(compute="_compute_autenti_may_send")
    autenti_may_act = fields.Boolean(
        compute="_compute_autenti_may_act",
        groups="autenti_esign.autenti_esign_group_user",
    )
    autenti_may_send_again = fields.Boolean(
        compute="_compute_autenti_may_act",
        groups="autenti_esign.autenti_esign_group_user",
    )
    autenti_can_sign_in_person = fields.Boolean(
        compute="_compute_autenti_can_sign_in_person",
        groups="autenti_esign.autenti_esign_group_user",
    )
    autenti_disabled = fields.Boolean(
        compute="_compute_autenti_disabled",
        compute_sudo=True,
    )
    autenti_disabled_note = fields.Char(
        compute="_compute_autenti_disabled_note",
        compute_sudo=True,
    )

    _autenti_delete_guard = DeleteGuard(
        lambda env, _diagnostics: env._(
            "It was sent for signature, which is evidence that must stay. Archive it "
            "instead."
        )
    )

    def _auto_init(self):
        """Override: where nothing was sent yet, there is nothing to compute.

        Odoo would compute each stored field for each record when a column is new, which
        takes long where there are many records.
        """
        cr = self.env.cr
        if self._auto and table_exists(cr, self._table) and self._autenti_is_unused():
            existing = table_columns(cr, self._table)
            for name, field in self.env["autenti.sign.mixin"]._fields.items():
                if field.compute and field.store and name not in existing:
                    create_column(cr, self._table, name, field.column_type[1])
        return super()._auto_init()

    def _autenti_is_unused(self):
        """Tell if there are no requests of this model, or no table for them yet."""
        cr = self.env.cr
        if not table_exists(cr, "autenti_request"):
            return True
        cr.execute(
            SQL("SELECT FROM autenti_request WHERE res_model = %s LIMIT 1", self._name)
        )
        return not cr.rowcount

    # The words of one model for all. Of their own they would have none in Polish: Odoo
    # counts them to this addon, whose translations are loaded before other addons are.
    @api.model
    def _selection_autenti_state(self):
        return (
            self.env["autenti.request"]
            ._fields["state"]
            ._description_selection(self.env)
        )

    @api.model
    def _autenti_order_states(self, states, domain):
        """Order the columns of a board by a record's life, without empty ones."""
        unsent = Domain(domain) & Domain("autenti_state", "=", False)
        present = {*states, *([False] if self.search_count(unsent, limit=1) else [])}
        order = [False, *self._fields["autenti_state"].get_values(self.env)]
        return [state for state in order if state in present]

    @api.model
    def _selection_autenti_turn(self):
        return (
            self.env["autenti.signer"]._fields["side"]._description_selection(self.env)
        )

    @api.depends("autenti_request_ids")
    def _compute_autenti_request_id(self):
        requests = self.env["autenti.request"].search(
            [("res_model", "=", self._name), ("res_id", "in", self._origin.ids)]
        )
        by_record = requests.grouped("res_id")
        for record in self:
            own = by_record.get(record._origin.id, requests.browse())
            record.autenti_request_id = own[:1]

    @api.depends("autenti_request_ids.state")
    def _compute_autenti_state(self):
        for record in self:
            record.autenti_state = record.autenti_request_id.state

    @api.depends("autenti_request_ids")
    def _compute_autenti_request_count(self):
        for record in self:
            record.autenti_request_count = len(record.autenti_request_ids)

    @api.depends(
        "autenti_request_ids.state",
        "autenti_request_ids.user_id",
        "autenti_request_ids.environment",
        "autenti_request_ids.sent_date",
        "autenti_request_ids.turn_date",
        "autenti_request_ids.next_signer_id",
        "autenti_request_ids.signer_ids.status",
        "autenti_request_ids.signer_ids.actual_name",
        "autenti_request_ids.signer_ids.deviation",
        "autenti_request_ids.signed_date",
        "autenti_request_ids.has_deviation",
        "autenti_request_ids.last_error",
        "autenti_request_ids.reason",
    )
    def _compute_autenti_summary(self):
        for record in self:
            request = record.autenti_request_id
            signer = request.next_signer_id
            is_signed = request.state == "signed"
            is_test = bool(request) and request.environment != "production"
            record.autenti_user_id = request.user_id
            record.autenti_sent_date = request.sent_date
            record.autenti_turn = request.turn
            record.autenti_turn_date = request.turn_date
            record.autenti_next_signer = signer.actor_name
            record.autenti_next_user_id = (
                signer.status == "turn" and signer._get_turn_user()
            )
            record.autenti_test_mark = is_test and TEST_MARK
            record.autenti_problem = request.last_error or request.reason
            record.autenti_has_deviation = request.has_deviation
            record.autenti_signed_date = request.signed_date
            record.autenti_signed_summary = is_signed and ", ".join(
                request.signer_ids._get_signing().mapped("actor_name")
            )

    @api.depends("autenti_state", "autenti_turn", "autenti_next_signer")
    @api.depends_context("lang")
    def _compute_autenti_status(self):
        for record in self:
            request = record.autenti_request_id
            record.autenti_status = request and request._get_status_message()

    @api.depends("autenti_turn_date")
    def _compute_autenti_waiting_days(self):
        for record in self:
            record.autenti_waiting_days = get_days_since(record.autenti_turn_date)

    @api.depends("autenti_next_user_id")
    @api.depends_context("uid")
    def _compute_autenti_is_my_turn(self):
        for record in self:
            record.autenti_is_my_turn = record.autenti_next_user_id == self.env.user

    @api.depends("autenti_has_deviation")
    @api.depends_context("lang")
    def _compute_autenti_deviation_note(self):
        for record in self:
            # Nearly always there is none, and nothing is read for it
            record.autenti_deviation_note = (
                record.autenti_has_deviation
                and record.autenti_request_id.deviation_note
            )

    @api.depends("autenti_request_ids.signed_attachment_id")
    def _compute_autenti_signed_attachment_id(self):
        attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("autenti_request_id.state", "=", "signed"),
            ]
        )
        by_record = attachments.grouped("res_id")
        for record in self:
            record.autenti_signed_attachment_id = by_record.get(
                record._origin.id, attachments.browse()
            )[:1]

    @api.depends("autenti_state", "autenti_test_mark")
    def _compute_autenti_is_rehearsed(self):
        @functools.cache
        def is_production(company):
            connections = self.env["autenti.connection"]
            return connections._find_for_company(company).is_production

        for record in self:
            record.autenti_is_rehearsed = (
                record.autenti_state == "signed"
                and bool(record.autenti_test_mark)
                and is_production(record._autenti_get_company())
            )

    @api.depends_context("uid")
    def _compute_autenti_may_send(self):
        may_open_dialog = self.env["autenti.send"].has_access("create")
        for record in self:
            record.autenti_may_send = may_open_dialog and record._autenti_has_access()

    @api.depends("autenti_state")
    @api.depends_context("uid")
    def _compute_autenti_may_act(self):
        for record in self:
            request_sudo = record.sudo().autenti_request_id
            request = request_sudo.with_env(self.env)
            # Rights cost more to ask for than the state
            is_seen = request_sudo.state != "signed" and request.has_access("read")
            is_open = is_seen and request_sudo.state in OPEN_STATES
            record.autenti_may_act = is_open and request._may_act()
            record.autenti_may_send_again = is_seen and request._is_correctable(record)

    @api.depends("autenti_turn", "autenti_user_id")
    @api.depends_context("uid")
    def _compute_autenti_can_sign_in_person(self):
        for record in self:
            record.autenti_can_sign_in_person = (
                record.autenti_turn == "client"
                and record._autenti_get_request().can_sign_in_person
            )

    def _compute_autenti_disabled(self):
        self.autenti_disabled = False

    @api.depends("autenti_disabled")
    @api.depends_context("lang")
    def _compute_autenti_disabled_note(self):
        for record in self:
            record.autenti_disabled_note = (
                record.autenti_disabled and record._autenti_explain_disabled()
            )

    # === CRUD === #

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override to put the signing into forms with a sheet.

        So a signable model needs no view for it, and all look and work alike.
        """
        arch, view = super()._get_view(view_id, view_type, **options)
        sheet = arch.find("sheet") if view_type == "form" else None
        if sheet is None:
            return arch, view
        if arch.find("header") is None:
            arch.insert(0, etree.Element("header"))
        if arch.find(".//div[@name='button_box']") is None:
            box = {"class": "oe_button_box", "name": "button_box"}
            sheet.insert(0, etree.Element("div", box))
        parts = self.env.ref("autenti_esign.sign_form").sudo()._get_combined_arch()
        arch = apply_inheritance_specs(arch, list(parts))
        header = arch.find("header")
        for status_bar in header.findall("field[@widget='statusbar']"):
            # It belongs at the right end
            header.append(status_bar)
        return arch, view

    def _has_field_access(self, field, operation):
        """Override: clients may read what they sign, not what colleagues note on it."""
        # Odoo asks for each value that it reads: what costs least comes first
        is_guarded = not self.env.su and self._autenti_is_ours(field.name)
        if is_guarded and not self.env.user._is_internal():
            return False
        return super()._has_field_access(field, operation)

    def write(self, vals):
        if "company_id" in vals:
            self._autenti_check_stays_in_company(vals["company_id"])
        companies = self._autenti_get_companies()
        result = super().write(vals)
        if not self.env.su:
            self._autenti_check_own(self._autenti_get_companies() - companies)
        if self._autenti_get_responsible_path() in vals:
            self.env["autenti.request"].invalidate_model(["is_responsible"])
            self.sudo().autenti_request_id._hand_over()
        return result

    @api.model
    def _autenti_get_kept_fields(self):
        """Override: what other addons compute is no business of ours."""
        fields = self.env["autenti.sign.mixin"]._fields
        return {name for name, field in fields.items() if field.compute and field.store}

    @api.model
    def _autenti_get_refused_defaults(self):
        return self._autenti_get_kept_fields()

    def _autenti_get_named(self, vals):
        """Override: the relations of other addons are no business of ours either."""
        ours = {name: vals[name] for name in vals if self._autenti_is_ours(name)}
        return super()._autenti_get_named(ours)

    def _autenti_check_changed(self, vals):
        """Override: who hands a record over to a colleague need not see it any more."""

    def _autenti_get_companies(self):
        """Return the res.company records that sign these, in sudo."""
        companies_sudo = self.env["res.company"].sudo()
        return companies_sudo.union(
            *(record._autenti_get_company() for record in self.sudo())
        )

    def _autenti_check_own(self, companies):
        """Raise when companies that records were moved to aren't the user's."""
        if companies - self.env.user.company_ids:
            raise AccessError(
                self.env._("You have no access to the company that you move it to.")
            )

    def _autenti_check_stays_in_company(self, company_id):
        """Keep what a company signs or has signed from the eyes of another one."""
        kept_sudo = self.sudo().autenti_request_ids.filtered(
            lambda request: request.state in (*OPEN_STATES, "signed")
        )
        if any(request.company_id.id != company_id for request in kept_sudo):
            raise UserError(
                self.env._(
                    "It was sent for signature in the name of a company, and stays "
                    "there. Make a copy for the other company."
                )
            )

    @api.ondelete(at_uninstall=True)
    def _unlink_except_sent_to_autenti(self):
        if (
            self.env["autenti.request"]
            .sudo()
            .search_count(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)], limit=1
            )
        ):
            raise UserError(
                self.env._(
                    "It was sent for signature, which is evidence that must stay. "
                    "Archive it instead."
                )
            )

    # === ACTION METHODS === #

    def action_autenti_refresh(self):
        """Fetch the status of what is out for signature, and say it.

        :raise UserError: Autenti can't tell it; nothing has changed
        """
        self.ensure_one()
        self.check_access("read")
        request = self._autenti_get_request()
        request._refresh()
        return self._autenti_notify_status(request)

    def action_autenti_sign(self):
        """Go one step on: send, or fetch the status, or sign when it is my turn."""
        self.ensure_one()
        self.check_access("read")
        self.env["autenti.send"].check_access("create")
        request = self._autenti_get_request()
        if request.state in OPEN_STATES:
            request._refresh()
            if self.autenti_is_my_turn:
                return request.with_user(self.env.user).action_sign_now()
            return self._autenti_notify_status(request)
        self._autenti_check_signable()
        return self.env["autenti.send"]._open_for(self)

    def action_autenti_requests(self):
        """Show the record's signature requests; a single one as a form."""
        self.ensure_one()
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        action = self.env["autenti.request"]._get_list_action(domain)
        if len(self.autenti_request_ids) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = self.autenti_request_ids.id
        return action

    def action_autenti_open_signed(self):
        self.ensure_one()
        self.check_access("read")
        return self.autenti_signed_attachment_id._autenti_get_open_action()

    def action_autenti_sign_in_person(self):
        """Open the window with the two ways to sign at the client's table."""
        self.ensure_one()
        self.check_access("read")
        request = self._autenti_get_request().with_user(self.env.user)
        return request.action_sign_in_person()

    def action_autenti_remind(self):
        """Have those reminded whose turn it is to sign these records.

        :return: action that tells how many
        """
        self.check_access("read")
        requests_sudo = self.sudo().autenti_request_id
        return requests_sudo.with_env(self.env)._remind_all(len(self))

    def action_autenti_withdraw(self):
        """Ask why, then withdraw the document that is out for signature.

        :raise UserError: there is none
        """
        self.ensure_one()
        self.check_access("read")
        request = self.sudo().autenti_request_id.with_env(self.env)
        if request.sudo().state not in OPEN_STATES:
            raise UserError(self.env._("It isn't out for signature."))
        request._check_may_act()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_withdraw_action"
        )
        return {**action, "context": {"default_request_id": request.id}}

    def action_autenti_correct(self):
        """Correct and send again what was sent last.

        :raise UserError: nothing was sent yet, or it is signed
        """
        self.ensure_one()
        self.check_access("read")
        request = self.sudo().autenti_request_id.with_env(self.env)
        if not request:
            raise UserError(self.env._("It wasn't sent for signature yet."))
        return request.action_correct()

    def action_autenti_send_again(self):
        """Open the dialog to send what the record says now, to the same people.

        What is out is withdrawn when that is sent.
        """
        self.ensure_one()
        self._autenti_check_access()
        action = self.action_autenti_correct()
        self._autenti_begin_version()
        send = self.env["autenti.send"].browse(action["res_id"])
        send.source = self._autenti_get_source()
        return action

    def _autenti_notify_status(self, request):
        is_there = request.state != "to_send"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Status at Autenti")
                if is_there
                else self.env._("Not sent yet"),
                "message": request._get_status_message(),
                "type": "success" if request.state == "signed" else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === WHAT A SIGNABLE MODEL SAYS === #

    @api.model
    def _autenti_is_ours(self, name):
        """Tell if only colleagues see a field, and our rules guard it."""
        return name.startswith("autenti_")

    def _autenti_get_company(self):
        """Return the res.company that signs."""
        self.ensure_one()
        return self.company_id or self.env.company

    def _autenti_get_partner(self):
        """Return the res.partner of the client, maybe empty."""
        self.ensure_one()
        return self.partner_id

    def _autenti_get_type(self):
        """Return the agreement.type, maybe empty."""
        self.ensure_one()
        return self.env["agreement.type"]

    @api.model
    def _autenti_get_responsible_path(self):
        """Return the path of the field with the res.users whom a record belongs to.

        Those people are told what happens to the record's requests, and may act on
        them. It is a stored field.

        :return: dotted path, or "" where records belong to nobody
        """
        field = self._fields.get("user_id")
        return "user_id" if field and field.comodel_name == "res.users" else ""

    def _autenti_get_responsible(self):
        """Return the res.users whom the record belongs to, maybe empty."""
        path = self._autenti_get_responsible_path()
        return self.mapped(path) if path else self.env["res.users"]

    def _autenti_get_switch(self):
        """Return the type or template that can disable signing, maybe empty."""
        return self._autenti_get_type()

    def _autenti_get_signature_type(self):
        """Return the signature to propose, one of `const.SIGNATURE_TYPES`."""
        connection_sudo = self._autenti_find_connection()
        return connection_sudo.signature_type or const.SIGNATURE_BASIC

    def _autenti_get_message(self, lang=None):
        """Return the message to the signers to propose, maybe empty.

        :param str lang: code of a language of Odoo's; by default the client's
        :raise UserError: a placeholder in it can't be filled in
        """
        lang = lang or self._autenti_get_partner().lang or self.env.lang
        connection_sudo = self._autenti_find_connection()
        text = connection_sudo.with_context(lang=lang).message or ""
        # It is filled in as by the one who wrote the code: whatever way it has come
        connection_sudo._check_names_fields_alone(text)
        return self._autenti_fill_message(text) if text else ""

    def _autenti_fill_message(self, text):
        """Fill in the connection's message; here one without placeholders alone.

        They name what contracts have.
        """
        parts = parse_inline_template(text)
        return "" if any(expression for _text, expression, _default in parts) else text

    def _autenti_get_waiting_rules(self, connection):
        """Return the `WaitingRules` for the record.

        :param connection: the autenti.connection through which it is sent
        """
        self.ensure_one()
        return WaitingRules(connection.remind_days, connection.expiry_days)

    def _autenti_get_subtype(self, news):
        """Return the mail.message.subtype by which colleagues follow a kind of news.

        :param str news: `sent`, `client_signed`, `signed`, `declined` or `failed`
        """
        return self.env.ref("mail.mt_note")

    def _autenti_check_access(self):
        """Raise unless the current user may send the record for signature.

        :raise AccessError:
        """
        self.check_access("write")

    def _autenti_get_title(self):
        """Return the title under which Autenti shows the document."""
        self.ensure_one()
        return self.display_name

    def _autenti_get_report(self):
        """Return the ir.actions.report that makes the document, maybe empty."""
        self.ensure_one()
        return self.env["ir.actions.report"]

    def _autenti_get_printed(self):
        """Return the record that the report is of."""
        return self

    def _autenti_prepare_people(self):
        """Propose who acts besides us, as values of autenti.send.signer, in order."""
        contacts = self._autenti_get_partner()._autenti_get_signing_contacts()
        return list(map(self.env["autenti.send.signer"]._prepare_contact, contacts))

    def _autenti_get_source(self):
        """Return what the send dialog proposes: "report" or "attachment"."""
        return "report" if self._autenti_get_report() else "attachment"

    def _autenti_get_file_name(self):
        """Return the name of the sent file, without ".pdf"; empty for its title."""
        return ""

    def _autenti_get_enclosures(self):
        """Return what the dialog proposes to send along, in order.

        :return: pairs of file name and content in Base64
        :rtype: list[tuple[str, bytes]]
        """
        return []

    def _autenti_get_shown_fields(self):
        """Return the fields that the record's report shows, as dotted paths.

        When one of them changes, the form says so.
        """
        return self._autenti_find_shown_fields()

    def _autenti_refresh_text(self):
        """Fill in anew what the record keeps of its document's text, if it does.

        :raise UserError: it can't be filled in
        """

    def _autenti_submitted(self, request):
        """React to the record being handed over for signature, as it is now."""
        self.ensure_one()

    def _autenti_signed(self, request):
        """React to the signatures of all; the signed file is here already."""
        self.ensure_one()

    def _autenti_ended(self, request):
        """React to an end without a signed document; `request.state` tells which."""
        self.ensure_one()

    # === BUSINESS METHODS === #

    def _autenti_find_connection(self):
        """Return the autenti.connection of the company that signs, in sudo."""
        connections = self.env["autenti.connection"]
        return connections._find_for_company(self._autenti_get_company())

    def _autenti_as(self, user):
        """Return the record as a user sees it, in the company that signs."""
        return self.with_user(user).with_context(
            lang=user.lang,
            tz=user._autenti_get_time_zone(),
            allowed_company_ids=self.sudo()._autenti_get_company().ids,
        )

    def _autenti_render_pdf(self):
        """Make the document that is signed.

        :rtype: bytes
        :raise UserError: why it can't be made
        """
        self.ensure_one()
        # What is in the cache already would be printed for anybody
        self.check_access("read")
        report = self._autenti_get_report()
        if not report:
            return b""
        printed = self._autenti_get_printed()
        if report.model != printed._name:
            # It would print what has the same id there, whosever that is
            raise UserError(
                self.env._(
                    "The report “%(report)s” is of other documents than %(record)s. "
                    "Choose another one.",
                    report=report.name,
                    record=self.display_name,
                )
            )
        try:
            content, _kind = report._make_anew()._render_qweb_pdf(report, printed.ids)
        except QWebError as error:
            raise UserError(
                self.env._(
                    "The report “%(report)s” can't be made of %(record)s. It may need "
                    "data that aren't entered there: %(problem)s",
                    report=report.name,
                    record=self.display_name,
                    problem=error.__cause__ or error.qweb.error,
                )
            ) from error
        # Autenti refuses forms, which reports may bring along with pages from elsewhere
        return flatten(content) if has_form(content) else content

    def _autenti_has_access(self):
        """Tell if the current user may send the record for signature."""
        try:
            self._autenti_check_access()
        except AccessError:
            return False
        return True

    def _autenti_get_request(self):
        """Return the latest request in sudo, maybe empty."""
        self.ensure_one()
        return self.sudo().autenti_request_id

    def _autenti_find_for_portal(self):
        """Find the record's request if the current user's contact is a party of it.

        :rtype: autenti.request, in sudo, maybe empty
        """
        self.ensure_one()
        return (
            self.env["autenti.request"]
            ._find_for_portal()
            .filtered_domain([("res_model", "=", self._name), ("res_id", "=", self.id)])
        )

    def _autenti_may_sign_on_portal(self, mailed_hash=""):
        """Tell if the visitor of the record's page can go to Autenti to sign; in sudo.

        :param str mailed_hash: of the address by which the page was opened
        """
        self.ensure_one()
        request_sudo = self.autenti_request_id
        return bool(request_sudo) and request_sudo._may_sign_on_portal(mailed_hash)

    def _autenti_schedule_activity(self, xmlid, user, note):
        """Put one open activity of a type in front of a user."""
        self._autenti_close_activity(xmlid, user)
        # The note may quote what a stranger wrote
        self.activity_schedule(xmlid, user_id=user.id, note=plaintext2html(note))

    def _autenti_close_activity(self, xmlid, user):
        self.activity_unlink([xmlid], user_id=user.id)
