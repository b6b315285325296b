# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All that proves a signature, to hand over as one file."""

import json
from mimetypes import guess_extension
from pathlib import Path

from odoo import fields

from odoo.addons.autenti_esign.client.enclosures import get_extension
from odoo.addons.autenti_esign.client.file_names import one_line

from . import check_audit_trail, check_callbacks
from .zip_stream import MANIFEST

AUDIT_TRAIL = "audit-trail.json"
CHECK_AUDIT_TRAIL = "check_audit_trail.py"
CHECK_CALLBACKS = "check_callbacks.py"
REPORT = "autenti_esign_evidence.audit_trail_report_action"
PYHANKO = "pyhanko sign validate --pretty-print --trust authority.pem"


def to_json(data):
    """Write data as JSON for people and programs.

    :rtype: bytes
    """
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def to_text(moment):
    """Write a naive UTC datetime in ISO 8601; "" for none."""
    return f"{moment.isoformat(timespec='seconds')}Z" if moment else ""


class EvidencePackage:
    """The files of a request's evidence package.

    What it holds is for whoever may read the request. Nothing is read from the file
    store yet, so that the files can be sent without any of them in memory.

    :param request: autenti.request, in sudo
    :param bool with_shared: with the callbacks that tell of other documents too
    """

    def __init__(self, request, with_shared=False):
        self.env = request.env
        self.request = request
        self.with_shared = with_shared
        self.kept = [
            *_number("sent", request._get_sources()),
            *_number("signed", request._get_signed_files()),
            *_number("signature-card", request.card_attachment_id),
        ]

    def get_files(self):
        """Return all files but the manifest.

        :return: list of (name, pathlib.Path | bytes), as `zip_stream.stream` takes it
        """
        contents = {name: file._autenti_get_file() for name, file in self.kept}
        # Files may have been removed outside Odoo; then the rest is needed all the more
        missing = {
            name
            for name, content in contents.items()
            if isinstance(content, Path) and not content.is_file()
        }
        callbacks, bodies = self._describe_callbacks()
        return [
            ("README.txt", self.get_readme(missing).encode()),
            *((name, contents[name]) for name in contents if name not in missing),
            ("request.json", to_json(self.get_facts())),
            (AUDIT_TRAIL, to_json(self._get_audit_trail())),
            ("audit-trail.pdf", self._render_audit_trail()),
            (CHECK_AUDIT_TRAIL, Path(check_audit_trail.__file__)),
            ("validation.json", to_json(self._get_validation())),
            ("callbacks.json", to_json(callbacks)),
            *bodies,
            (CHECK_CALLBACKS, Path(check_callbacks.__file__)),
        ]

    def _get_audit_trail(self):
        return {
            "length": self.request.event_count,
            "head": self.request.event_head or check_audit_trail.ORIGIN,
            "entries": [event._to_entry() for event in self.request.event_ids],
        }

    def get_facts(self):
        request = self.request
        record = request._get_record()
        return {
            "request": request.id,
            "title": request.name,
            "document": record.display_name if record else "",
            "company": request.company_id.name,
            "client": request.partner_id.name or "",
            "sent_by": request._get_sender().name,
            "environment": request.environment,
            "process": request.process_id or "",
            "state": request.state,
            "reason": request.reason or "",
            "sent_at": to_text(request.sent_date),
            "ended_at": to_text(request.ended_date),
            "sha256_when_sent": request.source_sha256 or "",
            "sha256_when_received": request.signed_sha256 or "",
            "files": [
                {
                    "file": name,
                    "name": file.name,
                    "kept_since": to_text(file.create_date),
                }
                for name, file in self.kept
            ],
            "sent_along": [
                {
                    "name": file.name,
                    "sha256_when_sent": file.sha256,
                    "signed_as": file.signed_as or "",
                }
                for file in request.file_ids
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
                for signer in request.signer_ids
            ],
        }

    def _get_validation(self):
        return self.request._get_validation_report() or {
            "verdict": None,
            "reason": "Not validated: Odoo has not checked the signatures in the file.",
        }

    def _describe_callbacks(self):
        """Describe the verified callbacks.

        One post can tell of documents of others too. Then its body is for those who
        may see everything.

        :return: (list of dict, list of (name, bytes))
        """
        described, bodies = [], {}
        callbacks = self.request.callback_ids
        for number, callback in enumerate(callbacks.sorted("id"), start=1):
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
            elif not self.with_shared and post._tells_of_others():
                facts["body"] = None
                facts["reason"] = "The body tells of other documents as well."
            else:
                name, _body = bodies.setdefault(
                    post.id, (f"callbacks/{number:04}.json", post.body.encode())
                )
                facts["body"] = name
            described.append(facts)
        return described, list(bodies.values())

    def _render_audit_trail(self):
        report = self.env.ref(REPORT)._make_anew()
        content, _kind = report._render_qweb_pdf(report, self.request.ids)
        return content

    def get_readme(self, missing=()):
        """Return the text that says what is here and how to check it.

        :param missing: names of the files that are gone from the file store
        """
        gone = self.env._("MISSING in Odoo's file store!")
        signed = [
            name for name, _file in _number("signed", self.request._get_signed_files())
        ] or ["signed.pdf"]
        lines = [
            self.env._(
                "Evidence of the signature request “%s”", one_line(self.request.name)
            ),
            self.env._("made on %s (UTC)", to_text(fields.Datetime.now())),
            "",
            self.env._("What is here"),
            *(
                f"  {name}: {gone if name in missing else one_line(file.name)}"
                for name, file in self.kept
            ),
            *self._explain_enclosures(),
            *self._explain_no_card(),
            *(f"  {line}" for line in (self.request.deviation_note or "").splitlines()),
            "  request.json: "
            + self.env._("who was to sign, and the SHA-256 noted at that time"),
            f"  {AUDIT_TRAIL}, audit-trail.pdf: "
            + self.env._("what has happened, for programs and for people"),
            "  validation.json: " + self.env._("what Odoo found in the signed file"),
            "  callbacks.json, callbacks/: "
            + self.env._("what Autenti posted, signed by Autenti and verified by Odoo"),
            "",
            self.env._("How to check it without Odoo"),
            "1. "
            + self.env._("That no file of this package was changed since it was made:"),
            f"     sha256sum -c {MANIFEST}",
            "2. "
            + self.env._(
                "That the files are the ones that were sent and received: compare "
                "their SHA-256 with those in request.json and in the audit trail."
            ),
            "3. "
            + self.env._(
                "The signatures in a signed file, with pyHanko "
                "(pip install pyhanko-cli tzdata) and the certificate of the authority "
                "that you trust, for instance from the EU's trusted list:"
            ),
            *(f"     {PYHANKO} {name}" for name in signed),
            "4. "
            + self.env._("That no entry of the audit trail was changed or removed:"),
            f"     python3 {CHECK_AUDIT_TRAIL} {AUDIT_TRAIL}",
            "   "
            + self.env._(
                "Then compare the head that it prints with the one of an earlier "
                "package: entries are only added."
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
        parts = self.request.file_ids.filtered(lambda file: file.signed_as == "part")
        return [
            "  " + self.env._("%s: is part of the signed document", one_line(file.name))
            for file in parts
        ]

    def _explain_no_card(self):
        if self.request.card_attachment_id or not self.request.signed_attachment_id:
            return []
        return [f"  {self.env._('no signature card: none came with the signed file')}"]


def _number(word, files):
    """Name files: word.pdf, or word-1.pdf and so on where there are several."""

    def name(number, file):
        place = f"-{number}" if len(files) > 1 else ""
        kind = file.mimetype or ""
        return f"{word}{place}{get_extension(kind) or guess_extension(kind) or ''}"

    return [(name(number, file), file) for number, file in enumerate(files, start=1)]
