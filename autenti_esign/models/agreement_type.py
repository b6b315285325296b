# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import re

from lxml import etree, html
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.rendering_tools import convert_inline_template_to_qweb

from odoo.addons.base.models.ir_qweb import QWebError

from ..client import enclosures, pdf
from ..exceptions import enclosure_message
from . import autenti_guard  # noqa: F401 - has what is inherited

# What the picker of placeholders inserts, unless it is a date with a time
FIELD_PATH = re.compile(r"object((?:\.\w+)+)")
# Whose values are Python expressions
EXPRESSIONS = ("t-out", "t-field", "t-esc", "t-if", "t-elif")
BLOCKS = {"p", "li", "td", "th", "div", "h1", "h2", "h3", "h4", "h5", "h6"}
PASSAGE_LENGTH = 80


class AgreementType(models.Model):
    _name = "agreement.type"
    _inherit = ["agreement.type", "mail.render.mixin"]

    # Who makes a contract only fills in the template. Who writes one is checked when
    # they save it: placeholders beyond a few need the group of template editors.
    _unrestricted_rendering = True

    autenti_disabled = fields.Boolean(
        string="Disable electronic signing",
        help="Contracts of this type can't be sent for signature with Autenti.",
    )
    autenti_template = fields.Html(
        string="Template",
        translate=True,
        sanitize="email_outgoing",
        render_engine="qweb",
        help="The text of new contracts of this type, in the client's language. Type "
        "“/” to insert a placeholder, which each contract fills in.",
    )
    autenti_source = fields.Selection(
        [("report", "Made by Odoo"), ("attachment", "Attached PDF")],
        string="Document",
        required=True,
        default="report",
        help="What the send dialog proposes: the document made by Odoo, or a PDF that "
        "is attached to the contract.",
    )
    autenti_report_id = fields.Many2one(
        "ir.actions.report",
        string="Report",
        domain="[('model', '=', 'agreement'), ('report_type', '=', 'qweb-pdf')]",
        ondelete="restrict",
        help="Makes the document. Empty: the contract with its text, as Autenti "
        "e-Signature brings it.",
    )
    autenti_file_name = fields.Char(
        string="File name",
        translate=True,
        help="Name of the sent file, without “.pdf”, with placeholders such as "
        "{{ object.code }}. Empty: its title.",
    )
    autenti_enclosure_ids = fields.One2many(
        "autenti.enclosure",
        "agreement_type_id",
        string="Enclosures",
        help="Go along with each contract of this type, in this order.",
    )
    autenti_lock = fields.Boolean(
        string="Lock while out for signature",
        help="Nobody changes a contract of this type while it is out for signature.",
    )
    autenti_has_waiting_rules = fields.Boolean(
        string="Own reminders and expiry",
        help="Contracts of this type have their own days, not those of the company.",
    )
    autenti_remind_days = fields.Integer(
        string="Remind every (days)",
        help="Days between two reminders that Autenti sends to those whose turn it is; "
        "0 for none.",
    )
    autenti_expiry_days = fields.Integer(
        string="Expires after (days)",
        help="Days that the signers have. What isn't signed by then is withdrawn at "
        "Autenti; 0 for no end.",
    )
    autenti_allows_in_person = fields.Boolean(
        string="Client can sign at our table",
        default=True,
        help="Off: for contracts of this type nobody but the client gets the client's "
        "personal signing link.",
    )

    _autenti_days_positive = models.Constraint(
        "CHECK(autenti_remind_days >= 0 AND autenti_expiry_days >= 0)",
        "Enter days, or 0 for never.",
    )

    def _compute_render_model(self):
        self.render_model = "agreement"

    @api.constrains("autenti_template", "autenti_file_name")
    def _check_autenti_placeholders(self):
        for agreement_type in self:
            file_name = convert_inline_template_to_qweb(
                agreement_type.autenti_file_name
            )
            for source in (agreement_type.autenti_template, file_name):
                agreement_type._check_placeholders(_parse(source))

    def _check_placeholders(self, root):
        for element, attribute in _find_expressions(root):
            if problem := self._find_placeholder_problem(element.get(attribute)):
                raise ValidationError(
                    self._autenti_describe_problem(element, attribute, problem)
                )

    def _find_placeholder_problem(self, expression):
        """Tell what is wrong with a placeholder as far as it shows without a contract.

        :rtype: str | None
        """
        if not (path := FIELD_PATH.fullmatch(expression.strip())):
            try:
                compile(expression.strip(), "", "eval")
            except (SyntaxError, ValueError):
                return self.env._("This isn't a complete expression.")
            return None
        model = self.env["agreement"]
        for name in path[1].split(".")[1:]:
            if model is None:
                return self.env._("There is nothing behind the last dot.")
            if not (field := model._fields.get(name)):
                return self.env._(
                    "%(model)s has no field “%(field)s”.",
                    model=self.env["ir.model"]._get(model._name).name,
                    field=name,
                )
            model = self.env[field.comodel_name] if field.comodel_name else None
        return None

    def _autenti_describe_problem(self, element, attribute, problem):
        block = element
        while block.getparent() is not None and block.tag not in BLOCKS:
            block = block.getparent()
        for placeholder, name in _find_expressions(block):
            placeholder.text = f"[{placeholder.get(name)}]"
        passage = " ".join(block.text_content().split())
        if len(passage) > PASSAGE_LENGTH:
            begin = max(0, passage.find("[") - PASSAGE_LENGTH // 2)
            passage = f"…{passage[begin : begin + PASSAGE_LENGTH]}…"
        return self.env._(
            "The template of “%(type)s” has an error in the placeholder "
            "“%(placeholder)s”, in the passage: %(passage)s\n%(problem)s",
            type=self.name or "",
            placeholder=element.get(attribute),
            passage=passage,
            problem=problem,
        )

    def _autenti_fill_template(self, agreement):
        """Fill in the template for a contract, in the client's language.

        :return: HTML, empty when there is no type, or it has no template
        :rtype: Markup
        :raise UserError: names the placeholder that can't be filled in, and where it is
        """
        localized = self.with_context(lang=agreement._autenti_get_lang())
        return self._autenti_fill(localized.autenti_template, agreement)

    def _autenti_fill_file_name(self, agreement):
        """Make the name of a contract's file.

        :rtype: str
        :raise UserError: as `_autenti_fill_template`
        """
        localized = self.with_context(lang=agreement._autenti_get_lang())
        source = convert_inline_template_to_qweb(localized.autenti_file_name)
        filled = self._autenti_fill(source, agreement)
        return _parse(filled).text_content()

    def _autenti_fill(self, source, agreement):
        root = _parse(source)
        for element in root.xpath(".//t[@t-out]"):
            # A field is shown as reports show it: dates, amounts and names as people
            # write them. QWeb does that for HTML elements only.
            if FIELD_PATH.fullmatch(element.get("t-out").strip()):
                element.tag = "span"
                element.set("t-field", element.attrib.pop("t-out").strip())
        source = _get_inner_html(root)
        # Errors are said in the language of who makes the contract
        localized = self.with_context(lang=agreement._autenti_get_lang())
        try:
            filled = localized._render_template(
                source, self.render_model, [agreement.id], engine="qweb"
            )
        except UserError as error:
            raise self._autenti_locate_error(error, root) from error
        root = _parse(filled[agreement.id])
        for element in root.xpath(".//span[not(@*)]"):
            element.drop_tag()
        return Markup(_get_inner_html(root))

    def _autenti_locate_error(self, error, root):
        """Say an error of QWeb to the person who makes a contract.

        :param error: the UserError of `mail.render.mixin`, caused by QWeb's own
        :param root: element of the template
        :rtype: UserError
        """
        cause = error.__cause__
        if not isinstance(cause, QWebError) or not cause.qweb.path:
            return error
        found = root.getroottree().xpath(cause.qweb.path)
        element, attribute = next(_find_expressions(found[0]), (None, None))
        if element is None:
            return error
        problem = str(cause.__cause__ or cause.qweb.error)
        return UserError(self._autenti_describe_problem(element, attribute, problem))


def _parse(source):
    return html.fragment_fromstring(source or "", create_parent="div")


def _get_inner_html(root):
    return html.tostring(root, encoding="unicode")[len("<div>") : -len("</div>")]


def _find_expressions(root):
    """Go through the placeholders of a template: each element and its attribute."""
    for element in root.iter(etree.Element):
        for attribute in EXPRESSIONS:
            if attribute in element.attrib:
                yield element, attribute


class AutentiEnclosure(models.Model):
    """A file that goes along with each contract of a type: a price list, terms."""

    _name = "autenti.enclosure"
    _description = "Enclosure of a Contract Type"
    _inherit = ["autenti.guard"]
    _order = "agreement_type_id, sequence, id"

    agreement_type_id = fields.Many2one(
        "agreement.type", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="File name", required=True)
    file = fields.Binary(string="Content", required=True)

    @api.constrains("file", "name")
    def _check_file(self):
        for enclosure in self:
            try:
                enclosures.make_sendable(base64.b64decode(enclosure.file or b""))
            except pdf.UnsendablePdf as error:
                message = enclosure_message(self.env, enclosure.name, error)
                raise ValidationError(message) from error
