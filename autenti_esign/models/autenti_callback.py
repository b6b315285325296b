# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..client import webhook
from .autenti_request import OPEN_STATES

BATCH = 500
IGNORED_KEPT_FOR = timedelta(days=30)


class AutentiCallback(models.Model):
    """Inbox of the events that Autenti posts. An event only says: go and look."""

    _name = "autenti.callback"
    _description = "Autenti Callback"
    _order = "id desc"
    _rec_name = "event_id"

    event_id = fields.Char(required=True, readonly=True)
    event_type = fields.Char(string="Kind", readonly=True)
    event_date = fields.Datetime(string="Happened on", readonly=True)
    process_id = fields.Char(string="Autenti process", readonly=True, index=True)
    jwks_url = fields.Char(
        string="Signed by",
        required=True,
        readonly=True,
        help="Address of the key set that the signature was verified with.",
    )
    body = fields.Text(readonly=True, help="The event as Autenti posted it.")
    request_id = fields.Many2one("autenti.request", readonly=True, index=True)
    state = fields.Selection(
        [
            ("pending", "To work on"),
            ("done", "Worked on"),
            ("ignored", "Not ours"),
        ],
        required=True,
        readonly=True,
        default="pending",
        help="Not ours: Autenti posts the events of the whole organization, also of "
        "documents that weren't sent from here.",
    )
    processed_date = fields.Datetime(string="Worked on", readonly=True)

    _event_uniq = models.UniqueIndex("(jwks_url, event_id)")
    _pending_idx = models.Index("(id) WHERE (state = 'pending')")

    @api.model
    def _receive(self, raw, signature):
        """Verify a callback's raw body and store its events, each once.

        :param bytes raw: the body exactly as received
        :param str signature: value of the header with the detached JWS, or None
        :raise client.webhook.CallbackRejected: nothing is stored
        """
        jwks_url, events = self._verify(raw, signature)
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, 'pending', now() AT TIME ZONE 'UTC')",
                event.event_id,
                event.event_type,
                event.timestamp and event.timestamp.replace(tzinfo=None),
                event.process_id,
                jwks_url,
                json.dumps(event.raw, ensure_ascii=False),
            )
            for event in events
        ]
        # The ORM has no insert that skips what is there. A search before would let
        # two deliveries at the same moment both through.
        stored = rows and self.env.execute_query(
            SQL(
                """
                INSERT INTO autenti_callback (event_id, event_type, event_date,
                    process_id, jwks_url, body, state, create_date)
                VALUES %s ON CONFLICT DO NOTHING RETURNING id
                """,
                SQL(", ").join(rows),
            )
        )
        if stored:
            self.env.ref("autenti_esign.ir_cron_autenti_callback")._trigger()

    @api.model
    def _verify(self, raw, signature):
        """Find the environment whose keys have signed the body.

        :return: (address of the key set, list of client.webhook.Event)
        :raise client.webhook.CallbackRejected: no environment's keys have
        """
        connections = self.env["autenti.connection"].with_context(active_test=False)
        urls = {
            connection._get_urls().jwks_url for connection in connections.search([])
        }
        rejections = []
        for url in sorted(urls):
            try:
                return url, webhook.verify(raw, signature, webhook.key_set(url))
            except webhook.CallbackRejected as rejection:
                rejections.append(rejection)
        # While one environment's keys can't be fetched, the callback may be genuine:
        # 503, the highest, makes Autenti post it again
        raise max(
            rejections,
            key=lambda rejection: rejection.status,
            default=webhook.CallbackRejected("no connection is set up", 401),
        )

    @api.model
    def _cron_process(self):
        """Have the requests that callbacks speak of looked at, each once."""
        domain = [("state", "=", "pending")]
        pending = self.search(domain, order="id", limit=BATCH)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        for callbacks in pending.grouped(lambda c: (c.jwks_url, c.process_id)).values():
            try:
                callbacks._process()
                self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody changed the request in this very moment
                self.env.cr.rollback()
                self._trigger_soon()
            if not cron._commit_progress(len(callbacks)):
                break

    def _process(self):
        """Work on callbacks of one process."""
        request = self._find_request()
        if request and not request._lock():
            # Being worked on right now, maybe with an answer older than this event
            self._trigger_soon()
            return
        if request.state in OPEN_STATES:
            request._schedule_now()
        self.write(
            {
                "request_id": request.id,
                "state": "done" if request else "ignored",
                "processed_date": fields.Datetime.now(),
            }
        )

    def _trigger_soon(self):
        soon = fields.Datetime.now() + timedelta(seconds=5)
        self.env.ref("autenti_esign.ir_cron_autenti_callback")._trigger(at=soon)

    @api.autovacuum
    def _gc_ignored(self):
        """Forget the events of documents that weren't sent from here."""
        limit = fields.Datetime.now() - IGNORED_KEPT_FOR
        self.search([("state", "=", "ignored"), ("create_date", "<", limit)]).unlink()

    def _find_request(self):
        callback = self[0]
        if not callback.process_id:
            return self.env["autenti.request"]
        return (
            self.env["autenti.request"]
            .search([("process_id", "=", callback.process_id)])
            .filtered(
                lambda r: r.connection_id._get_urls().jwks_url == callback.jwks_url
            )[:1]
        )
