# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which records of other apps can be signed, and what of them, without any code."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import email_normalize, ormcache
from odoo.tools.mail import email_split_tuples

from odoo.addons.autenti_esign.models.autenti_request import USER_GROUP
from odoo.addons.autenti_esign.signature_types import SIGNATURE_TYPES

# What administrators set Odoo up with has a chatter at times, and so do the settings
# of apps
TECHNICAL = (
    *("base.", "bus.", "digest.", "discuss.", "fetchmail.", "iap.", "ir.", "mail."),
    *("phone.", "privacy.", "res.company", "res.config", "res.groups", "res.users"),
)
SETTINGS = {
    *("account.account", "account.journal", "account.reconcile.model", "account.tax"),
    *("crm.team", "crm.team.member", "maintenance.team", "product.category"),
}


class AutentiSignRule(models.Model):
    """Makes the records of a model signable that knows nothing of Autenti.

    An active one puts *Send with Autenti* into the model's action menu. Sending makes
    an `autenti.document` that stands for the record.
    """

    _name = "autenti.sign.rule"
    _description = "What Can Be Signed with Autenti"
    _inherit = ["autenti.guard"]
    _order = "source_model, id"

    name = fields.Char(compute="_compute_name")
    title = fields.Char(
        translate=True,
        help="Begins the title that the signers see, before the record's own name; "
        "empty for what Odoo calls such records.",
    )
    active = fields.Boolean(
        default=True,
        help="Switch it off, and nothing more of it is sent. What is out goes on.",
    )
    # Its name, not its ir.model: the app may be uninstalled and come back
    source_model = fields.Selection(
        selection="_selection_source_model", string="Records", required=True
    )
    source = fields.Selection(
        [("report", "Made by a report"), ("attachment", "An attached PDF")],
        string="Document",
        required=True,
        default="report",
    )
    report_id = fields.Many2one(
        "ir.actions.report",
        domain="[('model', '=', source_model), ('report_type', '=', 'qweb-pdf')]",
        ondelete="set null",
    )
    attachment_name = fields.Char(
        string="File name contains",
        help="The newest attached PDF whose name has this in it; empty for the newest.",
    )
    partner_path = fields.Char(
        string="Client",
        required=True,
        help="The field of the record, or of one that it leads to, with the contact or "
        "the e-mail of the client. Where it leads to several, all of them sign.",
    )
    signature_type = fields.Selection(
        SIGNATURE_TYPES, string="Signature", required=True, default="BASIC"
    )
    person_ids = fields.One2many(
        "autenti.sign.rule.person", "rule_id", string="Who else acts", copy=True
    )
    action_id = fields.Many2one(
        "ir.actions.server",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    problem = fields.Char(compute="_compute_problem")

    _source_model_uniq = models.Constraint(
        "unique (source_model)",
        "There is a rule for these records already, maybe an archived one.",
    )

    @api.model
    def _selection_source_model(self):
        """Offer the models that have a chatter and can't be signed by themselves.

        Of them those that people work with, and those that there is a rule of already.
        """
        found = (
            self.env["ir.model"]
            .sudo()
            .search(
                [
                    ("is_mail_thread", "=", True),
                    ("transient", "=", False),
                    ("abstract", "=", False),
                ],
                order="name",
            )
        )
        rules = self.sudo().with_context(active_test=False)
        of_rules = {name for [name] in rules._read_group([], ["source_model"])}
        offered = of_rules | self._find_models_with_forms(found.mapped("model"))
        return [
            (model.model, model.name)
            for model in found
            if model.model in offered and not self._find_model_problem(model.model)
        ]

    @api.model
    def _find_models_with_forms(self, names):
        """Return which of some models people work with.

        :rtype: set[str]
        """
        forms = self.env["ir.ui.view"].sudo()
        groups = forms._read_group(
            [("type", "=", "form"), ("model", "in", names)], ["model"]
        )
        return {
            name
            for [name] in groups
            if not name.startswith(TECHNICAL) and name not in SETTINGS
        }

    @api.depends("source_model")
    @api.depends_context("lang")
    def _compute_name(self):
        for rule in self:
            model_sudo = self.env["ir.model"]._get(rule.source_model or "")
            rule.name = model_sudo.name or rule.source_model

    @api.depends("source_model", "source", "report_id", "partner_path", "person_ids")
    @api.depends_context("lang")
    def _compute_problem(self):
        for rule in self:
            rule.problem = rule._find_problem()

    @api.onchange("source_model")
    def _onchange_source_model(self):
        """Propose what most models have, and forget what is of another one."""
        if not self.source_model:
            return
        if self.report_id.model != self.source_model:
            reports = self.report_id.search(
                [("model", "=", self.source_model), ("report_type", "=", "qweb-pdf")]
            )
            self.report_id = reports[:1]
            self.source = "report" if reports else "attachment"
        if not self.partner_path or self._find_path_problem(self.partner_path):
            self.partner_path = next(
                (
                    path
                    for path in ("partner_id", "work_contact_id")
                    if not self._find_path_problem(path)
                ),
                False,
            )
        self.person_ids.filtered("path").path = False

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._sync_action()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not {"active", "source_model"}.isdisjoint(vals):
            self._sync_action()
        return result

    def unlink(self):
        self.sudo().action_id.unlink()
        result = super().unlink()
        self._forget_models()
        return result

    def copy_data(self, default=None):
        """Override: of each kind of records there is one, so the copy has none yet."""
        raise UserError(
            self.env._("There is one rule for each kind of records. Make a new one.")
        )

    # === WHAT CAN'T WORK === #

    @api.constrains(
        "active",
        "attachment_name",
        "partner_path",
        "report_id",
        "source",
        "source_model",
    )
    def _check_works(self):
        for rule in self.filtered("active"):
            if problem := rule._find_problem():
                raise ValidationError(problem)

    def _find_problem(self):
        """Tell why nothing can be sent by the rule, or return False."""
        self.ensure_one()
        return (
            self._find_model_problem(self.source_model)
            or self._find_report_problem()
            or self._find_path_problem(self.partner_path)
            or next(
                filter(None, map(self._find_person_problem, self.person_ids)), False
            )
        )

    @api.model
    def _find_model_problem(self, name):
        model = self.env.get(name) if name else None
        if not name:
            return self.env._("Choose which records are to be signed.")
        if model is None:
            return self.env._(
                "The app that these records belong to isn't installed (%s). What was "
                "sent and signed is kept.",
                name,
            )
        if model._abstract or model._transient or not model._auto:
            return self.env._("Nothing is kept of such records that could be signed.")
        if isinstance(model, self.env.registry["autenti.sign.mixin"]):
            return self.env._(
                "These can be signed without a rule: they have “Sign with Autenti”."
            )
        if isinstance(model, self.env.registry["autenti.guard"]):
            return self.env._("These belong to signing itself.")
        if not isinstance(model, self.env.registry["mail.thread"]):
            return self.env._(
                "These have no chatter, in which Odoo could tell what becomes of the "
                "signatures."
            )
        return False

    def _find_report_problem(self):
        if self.source != "report":
            return False
        if not self.report_id:
            return self.env._("Choose the report that makes the document.")
        report_sudo = self.report_id.sudo()
        if report_sudo.model != self.source_model:
            return self.env._(
                "The report “%s” is of other records. Choose another one.",
                report_sudo.name,
            )
        if report_sudo.report_type != "qweb-pdf":
            return self.env._(
                "The report “%s” makes no PDF. Choose another one.", report_sudo.name
            )
        if not self._has_template(report_sudo):
            return self.env._(
                "The report “%s” has no template any more. Choose another one.",
                report_sudo.name,
            )
        return False

    def _has_template(self, report_sudo):
        views_sudo = self.env["ir.ui.view"].sudo()
        return bool(views_sudo._get_template_view(report_sudo.report_name, False))

    def _find_person_problem(self, person):
        if person.path:
            return self._find_path_problem(person.path)
        if not person.partner_id:
            return self.env._(
                "Choose a contact for each person, or the field that leads to one."
            )
        return False

    def _find_path_problem(self, path):
        """Tell why a path leads to nobody who could sign, or return False."""
        if not path:
            return self.env._("Choose the field that leads to the client.")
        model, field = self.env.get(self.source_model or ""), None
        for name in path.split("."):
            field = model._fields.get(name) if model is not None else None
            if not field:
                return self.env._("“%s” leads nowhere: choose a field anew.", path)
            model = self.env[field.comodel_name] if field.relational else None
        if field.comodel_name == "res.partner" or is_email(field):
            return False
        return self.env._(
            "“%s” leads neither to a contact nor to an e-mail. Choose another field, "
            "or go one step on.",
            " > ".join(self._get_labels(path)),
        )

    def _get_labels(self, path):
        """Return what users call the fields of a path."""
        model = self.env[self.source_model]
        for name in path.split("."):
            field = model._fields[name]
            yield field._description_string(self.env)
            model = self.env[field.comodel_name] if field.relational else None

    # === THE ACTION === #

    def _sync_action(self):
        """Have the action in the menu of the model, as long as the rule is active."""
        for rule_sudo in self.sudo():
            rule_sudo.action_id.unlink()
            if rule_sudo.active:
                rule_sudo.action_id = rule_sudo._create_action()
        self._forget_models()

    def _create_action(self):
        model = self.env["ir.model"]._get(self.source_model)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Send with Autenti",
                "model_id": model.id,
                "binding_model_id": model.id,
                "binding_view_types": "list,form",
                "group_ids": [Command.link(self.env.ref(USER_GROUP).id)],
                "state": "code",
                "code": f"action = env['{self._name}']._open_for(records or model)",
            }
        )
        for code, _name in self.env["res.lang"].get_installed():
            translated = self.with_context(lang=code)
            action.with_context(lang=code).name = translated.env._("Send with Autenti")
        return action

    # === SENDING === #

    @api.model
    @ormcache()
    def _get_models(self):
        """Return the names of the models whose records are, or were, signed.

        Of those whose rules are switched off too: what is out goes on.

        :rtype: tuple[str, ...]
        """
        rules = self.sudo().with_context(active_test=False)
        documents = self.env["autenti.document"].sudo()
        of_rules = {name for [name] in rules._read_group([], ["source_model"])}
        names = of_rules | documents._find_source_models()
        return tuple(sorted(names))

    def _forget_models(self):
        # Forms of these models have a button
        self.env.registry.clear_cache("default", "templates")

    @api.model
    def _find_for_model(self, name):
        """Return the active rule of a model in sudo, maybe empty."""
        return self.sudo().browse(self._find_id(name))

    @api.model
    @ormcache("name")
    def _find_id(self, name):
        rules = self.sudo().with_context(active_test=True)
        return rules.search([("source_model", "=", name)], limit=1).id

    @api.model
    def _open_for(self, records):
        """Send records: one by the dialog, several in bulk.

        :return: action
        :raise UserError: why they can't be sent
        """
        self.env["autenti.send"].check_access("create")
        records.check_access("read")
        rule = self._find_for_model(records._name)
        if not rule:
            raise UserError(self._explain_missing(records._name))
        if problem := rule.problem:
            raise UserError(problem)
        if not records:
            raise UserError(self.env._("Choose what to send."))
        documents = self.env["autenti.document"]._make_for(records)
        if len(documents) == 1:
            return documents.action_autenti_sign()
        batch = documents.with_context(default_signature_type=rule.signature_type)
        return batch.action_autenti_send_batch()

    @api.model
    def _explain_missing(self, name):
        """Say why nothing of a model is sent, and who can change that."""
        model_sudo = self.env["ir.model"].sudo()._get(name)
        rules_sudo = self.sudo().with_context(active_test=False)
        if rules_sudo.search_count([("source_model", "=", name)], limit=1):
            return self.env._(
                "The rule “%s” in “What Can Be Signed” is switched off, so nothing is "
                "sent by it. A manager of Autenti e-Signature can switch it on.",
                model_sudo.name or name,
            )
        return self.env._(
            "There is no rule “%s” in “What Can Be Signed” any more, so nothing of the "
            "kind is sent. A manager of Autenti e-Signature can make one.",
            model_sudo.name or name,
        )

    def _get_report(self):
        """Return the ir.actions.report that makes the document, maybe empty."""
        return self.report_id if self.source == "report" else self.report_id.browse()

    def _make_title(self, record, partner):
        """Return the title of a record, in the language of the client."""
        reader = self.with_context(lang=partner.lang or self.env.lang)
        return f"{reader.title or reader.name} {record.display_name}"

    def _find_attachment(self, record):
        """Return the PDF that is signed of a record, as the user sees it; maybe empty.

        :return: ir.attachment
        """
        if self.source != "attachment":
            return self.env["ir.attachment"]
        name = (self.attachment_name or "").lower()
        attachments = self.env["ir.attachment"].sudo(False)
        pdfs = attachments._autenti_find_pdfs(record._name, record.id)
        return pdfs.filtered(lambda pdf: name in pdf.name.lower())[:1]

    def _find_partners(self, record):
        """Return the clients of a record, the first one first.

        :return: res.partner, as the user may read them; maybe empty
        """
        return self._follow(record, self.partner_path)[0]

    def _prepare_people(self, record):
        """Propose who acts for a record, as values of autenti.send.signer, in order."""
        person = self.env["autenti.send.signer"]
        partners, strangers = self._follow(record, self.partner_path)
        contacts = partners.browse().union(
            *(each._autenti_get_signing_contacts() for each in partners)
        )
        people = [person._prepare_contact(contact) for contact in contacts]
        people += strangers
        for other in self.person_ids:
            others, strangers = other._find_contacts(record)
            people += [
                {**person._prepare_contact(contact), "role": other.role}
                for contact in others - contacts
            ]
            people += [{**stranger, "role": other.role} for stranger in strangers]
            contacts |= others
        return [{**each, "sequence": place} for place, each in enumerate(people, 1)]

    def _follow(self, record, path):
        """Go along a path, with the rights of the user.

        :return: contacts, and whoever's e-mail is that of no one contact, as values of
            autenti.send.signer
        :rtype: tuple[res.partner, list[dict]]
        :raise AccessError: the user may not read what is on the way
        """
        values = record.sudo(False)
        for name in path.split("."):
            # What Odoo itself has read is in the cache, and isn't asked about again
            values.check_access("read")
            values._check_field_access(values._fields[name], "read")
            values = values.mapped(name)
        if isinstance(values, models.BaseModel):
            values.check_access("read")
            return values, []
        return self._find_by_emails(filter(None, values))

    @api.model
    def _find_by_emails(self, texts):
        """Find whose e-mails some are, written with or without names; as `_follow`."""
        partners, strangers = self.env["res.partner"].sudo(False), []
        for text in dict.fromkeys(texts):
            for name, email in email_split_tuples(text) or [("", text)]:
                form = email_normalize(email)
                # Else whoever has none would be found
                found = form and partners.search([("email_normalized", "=", form)])
                if found and len(found) == 1:
                    partners |= found
                    continue
                # Some programs write the address in place of the name
                named = partners.new({"name": "" if "@" in name else name})
                first, last = named._autenti_split_name()
                strangers.append(
                    {"first_name": first, "last_name": last, "email": email}
                )
        return partners, strangers

    def _find_client_problem(self, record):
        """Tell which field of a record is empty that should lead to the client."""
        if any(self._follow(record, self.partner_path)):
            return False
        return self.env._(
            "“%(field)s” of %(record)s is empty, so nobody is proposed to sign for the "
            "client. Fill it in there, or enter who signs in the dialog.",
            field=" > ".join(self._get_labels(self.partner_path)),
            record=record.display_name,
        )


def is_email(field):
    """Tell if a field has e-mail addresses, by its name, as Odoo does."""
    return field.type == "char" and "email" in field.name
