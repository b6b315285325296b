# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Installing: requests that were sent before have no audit trail yet."""

from odoo.tools import split_every

BATCH = 1000


def post_init_hook(env):
    """Begin the audit trails of older requests with what is known of them."""
    requests = env["autenti.request"].search([("event_count", "=", 0)], order="id")
    for ids in split_every(BATCH, requests.ids):
        for request in requests.browse(ids):
            request._record("created", tell(request), **keep(request))
        env.flush_all()
        env.invalidate_all()


def tell(request):
    """Return what has happened so far; names have a place in it, e-mails don't."""
    moments = [("sent", request.sent_date)]
    moments += [
        (f"signed by {signer.name}", signer.signed_date)
        for signer in request.signer_ids
    ]
    moments.append((request.state, request.ended_date))
    return "\n".join(
        [
            "Taken over from before the audit trail was kept.",
            *(f"{moment} UTC: {what}" for what, moment in moments if moment),
        ]
    )


def keep(request):
    """Return the state, and the files with the SHA-256 that they were stored with."""
    files = (
        (request.source_attachment_id, request.source_sha256),
        (request.signed_attachment_id, request.signed_sha256),
    )
    return {
        "state": request.state,
        "process": request.process_id or "",
        "kept": [
            {"id": file.id, "name": file.name, "sha256": sha256}
            for file, sha256 in files
            if file
        ],
    }
