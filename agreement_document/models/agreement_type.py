# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from lxml import etree, html
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.ir_qweb import QWebError

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

    document_template = fields.Html(
        string="Template",
        translate=True,
        sanitize="email_outgoing",
        render_engine="qweb",
        help="The text of new contracts of this type, in the client's language. Type "
        "“/” to insert a placeholder, which each contract fills in.",
    )

    def _compute_render_model(self):
        self.render_model = "agreement"

    @api.constrains("document_template")
    def _check_document_template(self):
        for agreement_type in self:
            agreement_type._check_placeholders(agreement_type.document_template)

    def _check_placeholders(self, source):
        """Raise for a template with a placeholder that can't be filled in.

        :param str source: HTML, maybe empty
        :raise ValidationError: names the placeholder, and where it is
        """
        for element, attribute in _find_expressions(_parse(source)):
            if problem := self._find_placeholder_problem(element.get(attribute)):
                raise ValidationError(
                    self._describe_problem(element, attribute, problem)
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

    def _describe_problem(self, element, attribute, problem):
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

    def _fill_template(self, agreement):
        """Fill in the template for a contract, in the client's language.

        :return: HTML, empty when there is no type, or it has no template
        :rtype: Markup
        :raise UserError: names the placeholder that can't be filled in, and where it is
        """
        localized = self.with_context(lang=agreement._get_document_lang())
        return self._fill_in(localized.document_template, agreement)

    def _fill_in(self, source, agreement):
        """Fill in HTML with placeholders for a contract.

        :rtype: Markup
        :raise UserError: as `_fill_template`
        """
        root = _parse(source)
        for element in root.xpath(".//t[@t-out]"):
            # A field is shown as reports show it: dates, amounts and names as people
            # write them. QWeb does that for HTML elements only.
            if FIELD_PATH.fullmatch(element.get("t-out").strip()):
                element.tag = "span"
                element.set("t-field", element.attrib.pop("t-out").strip())
        source = _get_inner_html(root)
        # Errors are said in the language of who makes the contract
        localized = self.with_context(lang=agreement._get_document_lang())
        try:
            filled = localized._render_template(
                source, self.render_model, [agreement.id], engine="qweb"
            )
        except UserError as error:
            raise self._locate_error(error, root) from error
        root = _parse(filled[agreement.id])
        for element in root.xpath(".//span[not(@*)]"):
            element.drop_tag()
        return Markup(_get_inner_html(root))

    def _locate_error(self, error, root):
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
        return UserError(self._describe_problem(element, attribute, problem))


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
