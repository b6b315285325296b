# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a document showed of its record when it was sent, and what has changed since."""

from odoo import api, fields, models

from .autenti_request import OPEN_STATES


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    shown_values = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="What the document showed of the record's fields: path -> text.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        for request in requests:
            request._get_record()._autenti_submitted(request)
        return requests


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
        now = self._autenti_get_shown_values()
        return [
            path for path, value in request.shown_values.items() if now[path] != value
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
        *way, name = path.split(".")
        record = self.with_context(lang=None)
        for step in way:
            record = record[step]
        return str(record[name] or "")

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
