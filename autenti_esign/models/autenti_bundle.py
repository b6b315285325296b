# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All that proves a signature, to hand over as one file."""

import json
from mimetypes import guess_extension
from pathlib import Path

from odoo import fields, models

from .. import jws, timeline
from ..bundle import MANIFEST
from ..client.enclosures import get_extension
from ..client.file_names import one_line
from . import autenti_callback  # noqa: F401 - has what is inherited

EVIDENCE_PATH = "/autenti/evidence"
CHECK_TIMELINE = "check_timeline.py"
CHECK_CALLBACKS = "check_callbacks.py"
PYHANKO = "pyhanko sign validate --pretty-print --trust authority.pem"


def to_json(data):
    """Write data as JSON for people and programs.

    :rtype: bytes
    """
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def to_text(moment):
    """Write a naive UTC datetime in ISO 8601; "" for none."""
    return f"{moment.isoformat(timespec='seconds')}Z" if moment else ""


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    def action_download_evidence(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"{EVIDENCE_PATH}/{self.id}",
            "target": "download",
        }

    # === WHAT THE BUNDLE HOLDS === #

    def _get_bundle(self):
        """Return the files of the evidence bundle, but for its manifest.

        What it holds is for whoever may read the request. Nothing is read from the
        file store yet, so that the files can be sent without any of them in memory.

        :return: list of (name, pathlib.Path | bytes), as `bundle.stream` takes it
        :raise AccessError: the user may not read the request
        """
        self.ensure_one()
        self.check_access("read")
        with_shared = self.env.user.has_group("base.group_system")
        request_sudo = self.sudo()
        kept = request_sudo._get_bundle_files()
        contents = {name: file._autenti_get_file() for name, file in kept}
        # Past Odoo, anything may happen; then the rest is needed all the more
        missing = {
            name
            for name, content in contents.items()
            if isinstance(content, Path) and not content.is_file()
        }
        callbacks, bodies = request_sudo._get_bundle_callbacks(with_shared)
        chain = {
            "length": request_sudo.event_count,
            "head": request_sudo.event_head or timeline.ORIGIN,
            "entries": [event._to_entry() for event in request_sudo.event_ids],
        }
        return [
            ("README.txt", request_sudo._get_bundle_readme(kept, missing).encode()),
            *((name, contents[name]) for name in contents if name not in missing),
            ("request.json", to_json(request_sudo._get_bundle_facts(kept))),
            ("timeline.json", to_json(chain)),
            ("timeline.pdf", request_sudo._render_timeline()),
            (CHECK_TIMELINE, Path(timeline.__file__)),
            ("validation.json", to_json(request_sudo._get_bundle_validation())),
            ("callbacks.json", to_json(callbacks)),
            *bodies,
            (CHECK_CALLBACKS, Path(jws.__file__)),
        ]

    def _get_bundle_files(self):
        """Return (name in the bundle, ir.attachment) of the kept files."""
        return [
            *_number("sent", self._get_sources()),
            *_number("signed", self._get_signed_files()),
            *_number("signature-card", self.card_attachment_id),
        ]

    def _get_bundle_facts(self, kept):
        record = self._get_record()
        return {
            "request": self.id,
            "title": self.name,
            "document": record.display_name if record else "",
            "company": self.company_id.name,
            "client": self.partner_id.name or "",
            "sent_by": self.user_id.name,
            "environment": self.environment,
            "process": self.process_id or "",
            "state": self.state,
            "reason": self.reason or "",
            "sent_at": to_text(self.sent_date),
            "ended_at": to_text(self.ended_date),
            "sha256_when_sent": self.source_sha256 or "",
            "sha256_when_received": self.signed_sha256 or "",
            "files": [
                {
                    "file": name,
                    "name": file.name,
                    "kept_since": to_text(file.create_date),
                }
                for name, file in kept
            ],
            "sent_along": [
                {
                    "name": file.name,
                    "sha256_when_sent": file.sha256,
                    "signed_as": file.signed_as or "",
                }
                for file in self.file_ids
            ],
            "signers": [
                {
                    "id": signer.id,
                    "order": signer.sequence,
                    "name": signer.name,
                    "email": signer.email,
                    "side": signer.side,
                    "role": signer.role,
                    "signature": signer.signature_type or "",
                    "status": signer.shown_status or "",
                    "signed_at": to_text(signer.signed_date),
                    "deviation": signer.deviation or "",
                    "acted_by": signer.actor_name,
                    "acted_by_email": signer._get_actual_email(),
                }
                for signer in self.signer_ids
            ],
        }

    def _get_validation_report(self):
        """Return all that a validation of the signed file has found, JSON-able.

        Whoever validates signed files overrides this.

        :rtype: dict | None
        """
        return None

    def _get_bundle_validation(self):
        return self._get_validation_report() or {
            "verdict": None,
            "reason": "Not validated: Odoo has not checked the signatures in the file.",
        }

    def _get_bundle_callbacks(self, with_shared):
        """Describe the verified callbacks.

        One post can tell of documents of others too. Then its body is for those who
        may see everything.

        :param bool with_shared: with the bodies that tell of other documents
        :return: (list of dict, list of (name, bytes))
        """
        described, bodies = [], {}
        for number, callback in enumerate(self.callback_ids.sorted("id"), start=1):
            post = callback.post_id or callback
            facts = {
                "event": callback.event_id,
                "type": callback.event_type or "",
                "happened_at": to_text(callback.event_date),
                "received_at": to_text(callback.create_date),
                "key_id": callback.key_id or "",
                "key_set": callback.jwks_url,
                "key": json.loads(post.public_key) if post.public_key else None,
                "signature": post.signature or None,
            }
            if not post.body:
                facts["body"] = None
                facts["reason"] = "The body was deleted when its retention was over."
            elif not with_shared and post._tells_of_others():
                facts["body"] = None
                facts["reason"] = "The body tells of other documents as well."
            else:
                name, _body = bodies.setdefault(
                    post.id, (f"callbacks/{number:04}.json", post.body.encode())
                )
                facts["body"] = name
            described.append(facts)
        return described, list(bodies.values())

    def _render_timeline(self):
        report = self.env.ref("autenti_esign.timeline_report_action")
        content, _kind = report._make_anew()._render_qweb_pdf(report, self.ids)
        return content

    def _get_bundle_readme(self, kept, missing):
        gone = self.env._("MISSING in Odoo's file store!")
        signed = [
            name for name, _file in _number("signed", self._get_signed_files())
        ] or ["signed.pdf"]
        lines = [
            self.env._("Evidence of the signature request “%s”", one_line(self.name)),
            self.env._("made on %s (UTC)", to_text(fields.Datetime.now())),
            "",
            self.env._("What is here"),
            *(
                f"  {name}: {gone if name in missing else one_line(file.name)}"
                for name, file in kept
            ),
            *self._explain_enclosures(),
            *self._explain_no_card(),
            *(f"  {line}" for line in (self.deviation_note or "").splitlines()),
            "  request.json: "
            + self.env._("who was to sign, and the SHA-256 noted at that time"),
            "  timeline.json, timeline.pdf: "
            + self.env._("what has happened, for programs and for people"),
            "  validation.json: " + self.env._("what Odoo found in the signed file"),
            "  callbacks.json, callbacks/: "
            + self.env._("what Autenti posted, signed by Autenti and verified by Odoo"),
            "",
            self.env._("How to check it without Odoo"),
            "1. "
            + self.env._("That no file of this bundle was changed since it was made:"),
            f"     sha256sum -c {MANIFEST}",
            "2. "
            + self.env._(
                "That the files are the ones that were sent and received: compare "
                "their SHA-256 with those in request.json and in the timeline."
            ),
            "3. "
            + self.env._(
                "The signatures in a signed file, with pyHanko "
                "(pip install pyhanko-cli) and the certificate of the authority that "
                "you trust, for instance from the EU's trusted list:"
            ),
            *(f"     {PYHANKO} {name}" for name in signed),
            "4. " + self.env._("That no entry of the timeline was changed or removed:"),
            f"     python3 {CHECK_TIMELINE} timeline.json",
            "   "
            + self.env._(
                "Then compare the head that it prints with the one of an earlier "
                "bundle: entries are only added."
            ),
            "5. "
            + self.env._(
                "That the holder of the key beside it signed what was posted (RFC "
                "7515):"
            ),
            f"     python3 {CHECK_CALLBACKS} callbacks.json",
            "   "
            + self.env._(
                "Then compare the key with those that Autenti publishes at the address "
                "of the key set. Autenti may have replaced it since; then ask Autenti."
            ),
        ]
        return "\n".join(lines) + "\n"

    def _explain_enclosures(self):
        """Say which of the files that went along came back in the signed document."""
        parts = self.file_ids.filtered(lambda file: file.signed_as == "part")
        return [
            "  " + self.env._("%s: is part of the signed document", one_line(file.name))
            for file in parts
        ]

    def _explain_no_card(self):
        if self.card_attachment_id or not self.signed_attachment_id:
            return []
        return [f"  {self.env._('no signature card: none came with the signed file')}"]


def _number(word, files):
    """Name files: word.pdf, or word-1.pdf and so on where there are several."""

    def name(number, file):
        place = f"-{number}" if len(files) > 1 else ""
        kind = file.mimetype or ""
        return f"{word}{place}{get_extension(kind) or guess_extension(kind) or ''}"

    return [(name(number, file), file) for number, file in enumerate(files, start=1)]


class AutentiCallback(models.Model):
    _inherit = "autenti.callback"

    def _tells_of_others(self):
        """Tell if the post that began with this one is about other requests too."""
        posted = self.search([("post_id", "=", self.id)])
        return bool(posted.filtered(lambda c: c.request_id != self.request_id))
