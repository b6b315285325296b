# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Inbox of the events that Autenti posts.

The events of a POST are stored by one INSERT, which wakes the cron job of the requests
unless it is about to run anyway. The job links them to their requests, for which they
are a hint to look at Autenti. What comes of that look is told by the request.
"""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..client import const, webhook
from ..frozen import is_changed, is_keeper
from . import autenti_guard  # noqa: F401 - has what is inherited

CRON = "autenti_esign.ir_cron_autenti_request"
BATCH = 500
# Since it came. What isn't worked on yet is kept; what is about a request is evidence,
# and kept as long as that
IGNORED_KEPT_FOR = timedelta(days=30)
GC_BATCH = 5000
# What stays of one that is about a request
SET_ONCE = {
    "body",
    "event_date",
    "event_id",
    "event_type",
    "jwks_url",
    "key_id",
    "post_id",
    "process_id",
    "public_key",
    "request_id",
    "signature",
}


class AutentiCallback(models.Model):
    """One event, verified. It only says: go and look.

    A POST that doesn't verify is answered, logged in one line, and never stored:
    whatever strangers post, the inbox doesn't grow.
    """

    _name = "autenti.callback"
    _description = "Autenti Callback"
    _inherit = ["autenti.guard"]
    _order = "id desc"
    _rec_name = "event_id"

    event_id = fields.Char(required=True, readonly=True)
    event_type = fields.Char(string="Kind", readonly=True)
    event_name = fields.Char(string="What happened", compute="_compute_event_name")
    event_date = fields.Datetime(string="Happened on", readonly=True)
    process_id = fields.Char(string="Autenti process", readonly=True)
    jwks_url = fields.Char(
        string="Key set",
        required=True,
        readonly=True,
        help="Address of the key set that the signature was verified with.",
    )
    key_id = fields.Char(
        string="Key ID", readonly=True, help="The key of that set which has signed."
    )
    body = fields.Text(
        readonly=True,
        prefetch=False,
        help="What Autenti posted, to the byte. Where one post told several events, "
        "it is kept with the first of them.",
    )
    shown_body = fields.Text(
        string="Posted",
        compute="_compute_shown_body",
        help="What Autenti posted, unless it tells of documents that you may not see.",
    )
    is_body_hidden = fields.Boolean(compute="_compute_shown_body")
    signature = fields.Char(
        readonly=True,
        prefetch=False,
        help="Detached JWS (RFC 7515, appendix F) of the body, as Autenti sent it.",
    )
    public_key = fields.Text(
        readonly=True,
        prefetch=False,
        help="The key that the signature was verified with, as a JWK (RFC 7517). "
        "Autenti may publish others by now.",
    )
    post_id = fields.Many2one(
        "autenti.callback",
        string="Posted with",
        readonly=True,
        index="btree_not_null",
        help="The first of the events that came in the same post.",
    )
    posted_ids = fields.One2many(
        "autenti.callback", "post_id", string="Posted with it", readonly=True
    )
    request_id = fields.Many2one(
        "autenti.request", readonly=True, index="btree_not_null"
    )
    state = fields.Selection(
        [
            ("pending", "To process"),
            ("done", "Processed"),
            ("ignored", "Not ours"),
        ],
        required=True,
        readonly=True,
        default="pending",
        help="Processed: Odoo has looked at the document, where there was news of it.\n"
        "Not ours: Autenti posts the events of the whole organization, also of "
        "documents that weren't sent from here.",
    )
    processed_date = fields.Datetime(string="Processed", readonly=True)

    # Organisations share a key set and may number their events alike, but have no
    # process in common
    _event_uniq = models.UniqueIndex(
        "(jwks_url, event_id, COALESCE(process_id, ''))",
    )
    # Holds the time of a range of pages, so it costs an insert next to nothing
    _create_date_idx = models.Index("USING brin (create_date)")
    _pending_idx = models.Index("(request_id, id) WHERE (state = 'pending')")
    _ignored_idx = models.Index("(create_date) WHERE (state = 'ignored')")

    @api.depends("event_type")
    def _compute_event_name(self):
        names = {
            const.EVENT_SENT: self.env._("Document sent"),
            const.EVENT_WITHDRAWAL: self.env._("Document withdrawal"),
            const.EVENT_REMINDER_SENT: self.env._("Document reminder sent"),
            const.EVENT_REJECTION: self.env._("Signature rejection"),
            const.EVENT_SIGNATURE: self.env._("Signature application"),
            const.EVENT_COMPLETED: self.env._("Document process completed"),
        }
        for callback in self:
            word = (callback.event_type or "").rpartition(":")[2]
            callback.event_name = names.get(
                callback.event_type, word.replace("_", " ").capitalize()
            )

    @api.depends("body", "request_id", "posted_ids.request_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_shown_body(self):
        field = self._fields["body"]
        for callback in self:
            is_readable = callback._has_field_access(field, "read")
            callback.shown_body = is_readable and callback.body
            callback.is_body_hidden = not is_readable and callback.sudo().body

    def _has_field_access(self, field, operation):
        """Override: a body that tells of others too is for who may see all of them.

        No callback given, it is about searching and grouping, which would tell as much.
        """
        if not super()._has_field_access(field, operation):
            return False
        if field.name != "body" or self.env.su:
            return True
        posted = (self | self.sudo().posted_ids).with_env(self.env)
        return bool(posted) and posted.has_access("read")

    def write(self, vals):
        """Override to keep what Autenti posted about our requests."""
        if not is_keeper(self.env) and SET_ONCE & vals.keys():
            self.check_access("write")
            for callback in self.filtered(lambda callback: callback._is_evidence()):
                if is_changed(callback, vals, SET_ONCE, set(), True):
                    raise UserError(self._get_refusal())
        return super().write(vals)

    def _is_evidence(self):
        """Tell if it is about a request, or holds the body of one that is."""
        return bool(self.request_id or self.posted_ids.request_id)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_of_request(self):
        if any(callback._is_evidence() for callback in self):
            raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "What Autenti posted about a signature request is evidence and can't be "
            "changed or deleted."
        )

    # === RECEIVING === #

    @api.model
    def _receive(self, raw, signature):
        """Verify a callback's raw body and store its events, each once.

        :param bytes raw: the body exactly as received
        :param str signature: value of the header with the detached JWS, or None
        :raise client.webhook.CallbackRejected: nothing is stored
        """
        jwks_url, callback = self._verify(raw, signature)
        post = {
            "body": raw.decode(),
            "signature": signature,
            "public_key": json.dumps(callback.key),
        }
        if stored := callback.events and self._store(post, jwks_url, callback):
            if not stored[0][1]:
                self.env["ir.cron"].browse(self._get_cron_id())._trigger()
            if len(callback.events) > 1:
                self._keep_post_once(post, [row_id for row_id, _awaited in stored])

    def _store(self, post, jwks_url, callback):
        """Insert those events that aren't here yet.

        The ORM has no insert that skips what is there. A search before would let two
        deliveries at the same moment both through.

        :param dict post: what is kept once of all events of a post
        :return: list of (id, whether the cron job is awaited) of the new rows
        """
        is_alone = len(callback.events) == 1
        kept = post.values() if is_alone else (None,) * len(post)
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, 'pending', "
                "now() AT TIME ZONE 'UTC')",
                event.event_id,
                event.event_type,
                event.timestamp and event.timestamp.replace(tzinfo=None),
                event.process_id,
                jwks_url,
                callback.key_id,
                *kept,
            )
            for event in callback.events
        ]
        # Awaited: woken, and not begun since. Of a burst, only the first wakes it
        query = SQL(
            """
            INSERT INTO autenti_callback (event_id, event_type, event_date,
                process_id, jwks_url, key_id, body, signature, public_key, state,
                create_date)
            VALUES %(rows)s ON CONFLICT DO NOTHING
            RETURNING id, EXISTS (
                SELECT FROM ir_cron_trigger
                WHERE cron_id = %(cron_id)s
                    AND call_at <= clock_timestamp() AT TIME ZONE 'UTC'
                    AND create_date > COALESCE((
                        SELECT create_date FROM ir_cron_progress
                        WHERE cron_id = %(cron_id)s ORDER BY id DESC LIMIT 1
                    ), '-infinity')
            )
            """,
            rows=SQL(", ").join(rows),
            cron_id=self._get_cron_id(),
        )
        # Where a second delivery comes while the first is being stored, Odoo repeats
        # the request, and nobody has to hear of it
        self.env.cr.execute(query, log_exceptions=False)
        return self.env.cr.fetchall()

    def _keep_post_once(self, post, row_ids):
        first, *others = self.browse(row_ids)
        first.write(post)
        self.browse().concat(*others).post_id = first

    def _get_cron_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(CRON)

    @api.model
    def _verify(self, raw, signature):
        """Find the environment whose keys have signed the body.

        :return: (address of the key set, client.webhook.Callback)
        :raise client.webhook.KeysAwaited: some keys are being fetched since this call
        :raise client.webhook.CallbackRejected: no environment's keys have
        """
        rejections = []
        for url in self.env["autenti.connection"]._get_jwks_urls():
            try:
                return url, webhook.verify(raw, signature, webhook.key_set(url))
            except webhook.CallbackRejected as rejection:
                rejections.append(rejection)
        awaited = [r for r in rejections if isinstance(r, webhook.KeysAwaited)]
        if awaited:
            raise webhook.KeysAwaited([t for each in awaited for t in each.threads])
        connections = self.env["autenti.connection"]
        stopped = connections._find_elsewhere() if not rejections else connections
        # While one environment's keys can't be fetched, the callback may be genuine:
        # 503, the highest, makes Autenti post it again
        raise max(
            rejections,
            key=lambda rejection: rejection.status,
            default=webhook.CallbackRejected("connections are stopped", 503)
            if stopped
            else webhook.CallbackRejected("no connection is set up", 401),
        )

    # === WORKING ON THEM === #

    @api.model
    def _match_pending(self):
        """Link what has come in to the requests that it speaks of, then commit.

        What is about no document that was sent from here becomes `ignored`. The rest
        stays `pending` until its request has heard it, which is `_hear_callbacks`.
        """
        new = [("state", "=", "pending"), ("request_id", "=", False)]
        try:
            names = ["jwks_url", "process_id", "request_id", "state"]
            while callbacks := self.search_fetch(new, names, order="id", limit=BATCH):
                callbacks._match()
                self.env["ir.cron"]._commit_progress()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Another server does the same in this very moment
            self.env.cr.rollback()

    def _match(self):
        process_ids = [callback.process_id for callback in self if callback.process_id]
        request_by_origin = {
            (request.process_id, request.connection_id._get_urls().jwks_url): request
            for request in self.env["autenti.request"].search_fetch(
                [("process_id", "in", process_ids)], ["connection_id", "process_id"]
            )
        }
        for callback in self:
            origin = (callback.process_id, callback.jwks_url)
            callback.request_id = request_by_origin.get(origin)
        self.filtered(lambda c: not c.request_id)._finish("ignored")
        self.env.flush_all()

    def _finish(self, state):
        """Move to a state in which nothing is left to do."""
        self.write({"state": state, "processed_date": fields.Datetime.now()})

    @api.autovacuum
    def _gc(self):
        """Forget what was about documents of others, some at once.

        :return: how many, and whether there may be more
        """
        old = self.search(self._get_old_domain(), limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH

    @api.model
    def _get_old_domain(self):
        return (
            Domain("state", "=", "ignored")
            & Domain("create_date", "<", fields.Datetime.now() - IGNORED_KEPT_FOR)
            & Domain("posted_ids", "not any", [("request_id", "!=", False)])
        )
