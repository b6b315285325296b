# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 1000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    drop_callback_job(env)
    rename_activity_type(env)
    begin_timelines(env, version)
    settle_connections(env)


def drop_callback_job(env):
    """The job of requests works on their callbacks now."""
    job = env.ref("autenti_esign.ir_cron_autenti_callback", raise_if_not_found=False)
    if job:
        action = job.ir_actions_server_id
        job.unlink()
        action.unlink()


def rename_activity_type(env):
    """Give it its new name, where nobody has chosen another one."""
    kind = env.ref(
        "autenti_esign.mail_activity_type_connection", raise_if_not_found=False
    )
    if kind and kind.name == "Mend the connection to Autenti":
        kind.name = "Fix the connection to Autenti"


def begin_timelines(env, version):
    """Write down what is known of requests that are older than the timeline."""
    requests = env["autenti.request"].search([("event_count", "=", 0)], order="id")
    for ids in split_every(BATCH, requests.ids):
        for request in requests.browse(ids):
            request._append_event("created", tell(request, version), **keep(request))
        env.flush_all()
        env.invalidate_all()


def tell(request, version):
    """Return what has happened so far; names have a place in it, e-mails don't."""
    moments = [("sent", request.sent_date)]
    moments += [
        (f"signed by {signer.name}", signer.signed_date)
        for signer in request.signer_ids
    ]
    moments.append((request.state, request.ended_date))
    return "\n".join(
        [
            f"Taken over from version {version}, which kept no timeline.",
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


def settle_connections(env):
    """Take this database for the one that the connections were set up in."""
    connections = env["autenti.connection"].with_context(active_test=False).search([])
    connections._settle(connections._get_place()[1])
