# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a document showed of its record when it was sent, and what has changed since."""

import re
from collections import defaultdict

from lxml import etree

from odoo import fields, models

from .autenti_request import OPEN_STATES

# In the expressions of a template: `.partner_id.name`, and "phone" in options
CHAIN = re.compile(r"(?:\.\w+(?:\(\))?)+")
OPTION = re.compile(r"[\"'](\w+)[\"']")
# Templates that are the same around each report
LAYOUTS = "web."
# The company is shown by them
COMPANY_PARTS = ("name", "contact_address", "vat")
# They change with how people work on a record, not with what is agreed
WORK_FIELDS = {"display_name", "state", "user_id"}
PLAIN = (
    *("boolean", "char", "date", "datetime", "float", "html", "integer", "json"),
    *("monetary", "selection", "text"),
)


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    autenti_changed_fields = fields.Char(
        string="Changed since it was sent",
        compute="_compute_autenti_changed_fields",
        compute_sudo=True,
    )

    def _compute_autenti_changed_fields(self):
        for record in self:
            record.autenti_changed_fields = ", ".join(
                record._autenti_get_labels(record._autenti_find_changes())
            )

    def _autenti_find_changes(self):
        """Return the paths of fields that show something else than what was sent."""
        request = self._autenti_get_request()
        if request.state not in (*OPEN_STATES, "signed") or not request.shown_values:
            return []
        return [
            path
            for path, value in request.shown_values.items()
            if self._autenti_has_path(path)
            and self._autenti_get_shown_value(path) != value
        ]

    def _autenti_get_shown_values(self):
        """Return what the record's report shows of its fields.

        :return: dotted path of the field -> its value as text
        :rtype: dict[str, str]
        """
        self.ensure_one()
        return {
            path: self._autenti_get_shown_value(path)
            for path in self._autenti_get_shown_fields()
        }

    def _autenti_get_shown_value(self, path):
        """Return the value at a path as text: of several lines, one below the other.

        It is the same whoever looks.
        """
        company = self._autenti_get_company()
        record = self.sudo().with_company(company).with_context(lang=None)
        return self._autenti_write_out(record, path)

    def _autenti_write_out(self, records, path):
        name, _, rest = path.partition(".")
        return "\n".join(
            self._autenti_write_out(record[name], rest)
            if rest
            else str(record[name] or "")
            for record in records.sorted().filtered(self._autenti_is_shown)
        )

    def _autenti_is_shown(self, _record):
        """Tell if what the report shows of a line, or of another part, counts."""
        return True

    def _autenti_has_path(self, path):
        """Tell if there is still such a field; addons may be uninstalled."""
        model = self
        for name in path.split("."):
            field = model._fields.get(name)
            if not field:
                return False
            model = self.env[field.comodel_name] if field.relational else None
        return True

    # === WHAT A REPORT SHOWS === #

    def _autenti_find_shown_fields(self):
        """Find the fields whose values the record's report shows.

        They are those that the report's templates name: of the record, of its lines,
        and of what both refer to.

        :return: dotted paths
        :rtype: list[str]
        """
        paths = list(self._autenti_find_paths(self, self._autenti_get_shown_names()))
        if "company_id" in self._fields:
            paths += [f"company_id.partner_id.{part}" for part in COMPANY_PARTS]
        return list(dict.fromkeys(paths))

    def _autenti_get_shown_names(self):
        """Return which names stand in the report's templates.

        :return: name of a field, of whatever model -> names that follow it, such as
            "vat" in `partner_id.vat`; "" where it stands alone
        :rtype: dict[str, set[str]]
        """
        names, options = defaultdict(set), set()
        for element in self._autenti_iter_templates():
            for attribute, text in element.attrib.items():
                if attribute == "t-options":
                    options.update(OPTION.findall(text))
                elif attribute.startswith("t-"):
                    for chain in CHAIN.findall(text.replace(".sudo()", "")):
                        parts = chain[1:].split(".")
                        for name, following in zip(
                            parts, [*parts[1:], ""], strict=True
                        ):
                            names[name].add(following)
        for following in names.values():
            if "" in following:
                following |= options
        return names

    def _autenti_iter_templates(self):
        """Go through the elements of the report's templates, but for layouts."""
        waiting, seen = [self._autenti_get_report().sudo().report_name], set()
        while waiting:
            template = waiting.pop()
            if not template or template in seen or template.startswith(LAYOUTS):
                continue
            seen.add(template)
            root, _document, _ref = self.env["ir.qweb"].sudo()._get_template(template)
            for element in root.iter(tag=etree.Element):
                waiting.append(element.get("t-call"))
                yield element

    def _autenti_find_paths(self, model, names, is_line=False):
        """Find the fields of a model among names, as dotted paths."""
        for name in sorted(names.keys() & model._fields.keys() - WORK_FIELDS):
            field = model._fields[name]
            # What is only computed follows from others
            is_kept = field.store or field.related or field.inverse
            if name in models.MAGIC_COLUMNS or not is_kept:
                continue
            if field.type in PLAIN:
                yield name
            elif field.type in ("many2one", "many2many"):
                for part in self._autenti_find_parts(field.comodel_name, names[name]):
                    yield f"{name}.{part}"
            elif field.type == "one2many" and not is_line:
                lines = self.env[field.comodel_name]
                for path in self._autenti_find_paths(lines, names, is_line=True):
                    yield f"{name}.{path}"

    def _autenti_find_parts(self, model, following):
        """Find what a report shows of a record that another one refers to."""
        known = self.env[model]._fields
        if "" in following:
            yield from sorted({"contact_address", "display_name"} & known.keys())
        for name in sorted(following & known.keys() - {"display_name"}):
            if known[name].type in PLAIN:
                yield name
            elif known[name].type == "many2one":
                yield f"{name}.display_name"

    def _autenti_get_labels(self, paths):
        """Return what users call fields, each once.

        :param paths: dotted paths
        """
        labels = {}
        for path in paths:
            model, label = self, []
            for name in path.split("."):
                field = model._fields[name]
                label.append(field._description_string(self.env))
                model = self.env[field.comodel_name] if field.relational else None
            if path.endswith(".display_name"):
                label.pop()
            is_long = len(label) > 1 and not path.endswith((".code", "_type_id.name"))
            labels[": ".join((label[0], label[-1])) if is_long else label[0]] = None
        return list(labels)

    def action_autenti_send_again(self):
        """Open the dialog to send what the record says now, to the same people.

        What is out is withdrawn when that is sent.
        """
        self.ensure_one()
        self._autenti_check_access()
        action = self.action_autenti_correct()
        self._autenti_begin_version()
        send = self.env["autenti.send"].browse(action["res_id"])
        send.write({"source": self._autenti_get_source(), "upload": False})
        return action

    def _autenti_begin_version(self):
        """Let the record, which was sent, say something else than what was sent."""
        self.ensure_one()
