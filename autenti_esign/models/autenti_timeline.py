# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What has happened to a request, as a chain that shows if anybody changes it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext

from .. import timeline
from ..frozen import as_keeper, is_keeper
from . import autenti_request  # noqa: F401 - has what is inherited

KINDS = [
    ("created", "Prepared"),
    ("remote", "Autenti"),
    ("file", "File"),
    ("callback", "Callback"),
    ("state", "Status"),
    ("signature", "Signature"),
    ("link", "Signing link"),
    ("note", "Note"),
    ("error", "Error"),
    ("retention", "Retention"),
]


class AutentiEvent(models.Model):
    """One entry of a request's timeline. Entries are added, and nothing else.

    E-mails and phone numbers have no place in it: they may have to be forgotten.
    """

    _name = "autenti.event"
    _description = "Autenti Timeline Entry"
    _inherit = ["autenti.guard"]
    _order = "request_id, number"
    _rec_name = "text"

    request_id = fields.Many2one(
        "autenti.request", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Integer(required=True, readonly=True, help="Counts from 1.")
    moment = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    author = fields.Char(
        string="By", readonly=True, help="The name of the Odoo user at that time."
    )
    text = fields.Text(string="What happened", readonly=True)
    data = fields.Json(readonly=True, export_string_translation=False)
    previous = fields.Char(
        string="SHA-256 of the entry before",
        required=True,
        readonly=True,
    )
    sha256 = fields.Char(
        string="SHA-256",
        required=True,
        readonly=True,
        help="Of the entry with the SHA-256 of the one before it in it.",
    )

    _number_uniq = models.UniqueIndex("(request_id, number)")

    @api.model_create_multi
    def create(self, vals_list):
        """Override: only `autenti.request._append_event` knows the end of the chain."""
        if not is_keeper(self.env):
            raise UserError(self._get_refusal())
        return super().create(vals_list)

    def write(self, vals):
        if not is_keeper(self.env):
            self.check_access("write")
            raise UserError(self._get_refusal())
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "The timeline of a signature request is evidence. Odoo alone adds to it, "
            "and nobody can change or delete it."
        )

    def _to_entry(self):
        """Return the entry as plain data, as `timeline.seal` takes it.

        :rtype: dict
        """
        self.ensure_one()
        return {
            "request": self.request_id.id,
            "number": self.number,
            "moment": f"{self.moment.isoformat(timespec='seconds')}Z",
            "kind": self.kind,
            "author": self.author or "",
            "text": self.text or "",
            "data": self.data or {},
            "previous": self.previous,
            "sha256": self.sha256,
        }


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    event_ids = fields.One2many(
        "autenti.event", "request_id", string="Timeline", readonly=True
    )
    # Where the chain ends. Being on the request, two who add at once collide there, and
    # entries that are missing at its end are missed
    event_count = fields.Integer(
        string="Timeline entries", readonly=True, copy=False, aggregator=None
    )
    event_head = fields.Char(
        string="SHA-256 of the timeline", readonly=True, copy=False
    )

    # === ACTION METHODS === #

    def action_check_timeline(self):
        """Tell whether timelines and files are what they were.

        :return: action that tells it
        """
        self.check_access("read")
        problems = self.sudo()._find_changed_evidence()
        message = "\n".join(problems) or self.env._(
            "Checked: %s. Timelines and files are what they were.", len(self)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Check Evidence"),
                "message": message,
                "type": "danger" if problems else "success",
                "sticky": bool(problems),
            },
        }

    def _find_changed_evidence(self):
        """Look for what was changed past Odoo, in the database or the file store.

        Empty in, empty out; to check all: ``search([])._find_changed_evidence()``.

        :return: sentences that name the request, empty when all is whole
        :rtype: list[str]
        """
        problems = []
        for request in self:
            entries = [event._to_entry() for event in request.event_ids]
            if broken := timeline.find_break(
                entries, request.event_count, request.event_head or timeline.ORIGIN
            ):
                problems.append(
                    self.env._(
                        "%(request)s (%(id)s): the timeline was changed at its entry "
                        "%(number)s.",
                        request=request.name,
                        id=request.id,
                        number=broken,
                    )
                )
            problems += [
                self.env._(
                    "%(request)s (%(id)s): the file %(file)s is missing or not what "
                    "it was.",
                    request=request.name,
                    id=request.id,
                    file=name,
                )
                for name in request._find_changed_files(entries)
            ]
        return problems

    def _find_changed_files(self, entries):
        """Return the names of files that don't have the SHA-256 of the timeline."""
        kept, names = {}, {}
        for entry in entries:
            for file in entry["data"].get("kept", ()):
                kept[file["id"]] = file["sha256"]
                names[file["id"]] = file["name"]
            if entry["data"].get("what") == "files":
                for file in entry["data"]["deleted"]:
                    kept.pop(file["id"], None)
        files = {
            file.id: file for file in self.env["ir.attachment"].browse(kept).exists()
        }
        return [
            names[file_id]
            for file_id, sha256 in kept.items()
            if file_id not in files or files[file_id]._autenti_get_sha256() != sha256
        ]

    # === WHAT IS WRITTEN DOWN === #

    def _append_event(self, kind, text, **data):
        """Write down what has happened.

        :param str kind: one of `KINDS`
        :param str text: for people; may be HTML as messages take it
        :param data: JSON-able, for programs
        """
        self.ensure_one()
        self._lock_timeline()
        moment = fields.Datetime.now()
        entry = {
            "request": self.id,
            "number": self.event_count + 1,
            "moment": f"{moment.isoformat(timespec='seconds')}Z",
            "kind": kind,
            "author": self.env.user.name,
            "text": html2plaintext(text) if hasattr(text, "__html__") else text,
            "data": data,
            "previous": self.event_head or timeline.ORIGIN,
        }
        sha256 = timeline.seal(entry)
        keeper = as_keeper(self.sudo())
        del entry["request"]
        keeper.env["autenti.event"].create(
            {**entry, "request_id": self.id, "moment": moment, "sha256": sha256}
        )
        keeper.write({"event_count": entry["number"], "event_head": sha256})

    def _lock_timeline(self):
        """Wait for whoever adds to the timeline right now.

        :raise psycopg2.errors.SerializationFailure: they have added something, so that
            what is read here is old; Odoo repeats what its user or job has begun
        """
        query = SQL(
            "SELECT FROM autenti_request WHERE id = %s FOR NO KEY UPDATE", self.id
        )
        self.env.cr.execute(query, log_exceptions=False)
