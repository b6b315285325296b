# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import nullcontext
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..client import const
from .common import CLIENT_EMAIL, AutentiCommon

TEST_KEYS = const.ENVIRONMENTS["test"].jwks_url
PRODUCTION_KEYS = const.ENVIRONMENTS["production"].jwks_url


class TestInbox(AutentiCommon):
    """What becomes of a callback once it is stored."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.create_uid = cls.manager

    def store(self, request=None, age=timedelta(), **values):
        """Put a callback in the inbox that came some time ago."""
        callback = self.env["autenti.callback"].create(
            {
                "event_id": f"e{len(self.stored())}",
                "event_type": const.EVENT_COMPLETED,
                "process_id": request and request.process_id,
                "jwks_url": TEST_KEYS,
                "body": "[]",
                **values,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE autenti_callback SET create_date = %s WHERE id = %s",
            (datetime.now() - age, callback.id),
        )
        return callback

    def stored(self):
        return self.env["autenti.callback"].search([])

    def match(self, queries=None):
        """Match as the cron job does, which commits."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            callbacks = self.env(cr=cr)["autenti.callback"]
            with self.assertQueryCount(queries) if queries else nullcontext():
                callbacks._match_pending()
        self.env.invalidate_all()

    # === Whose they are ===

    def test_callbacks_find_the_requests_that_they_speak_of(self):
        requests = self.send() + self.send_by_board()
        ours = [self.store(request) for request in requests + requests[0]]
        foreign = self.store(process_id="DOCUMENT_PROCESS:of-others")
        nameless = self.store(process_id="")
        self.match()
        self.assertEqual([c.request_id for c in ours], [*requests, requests[0]])
        self.assertEqual({c.state for c in ours}, {"pending"})
        self.assertEqual(requests[0].callback_ids, ours[0] + ours[2])
        for callback in (foreign, nameless):
            self.assertEqual(callback.state, "ignored")
            self.assertTrue(callback.processed_date)

    def test_one_environment_says_nothing_of_a_document_in_another(self):
        request = self.send()
        callback = self.store(request, jwks_url=PRODUCTION_KEYS)
        self.match()
        self.assertEqual(callback.state, "ignored")
        self.assertFalse(callback.request_id)

    def test_a_callback_of_what_has_ended_needs_no_work(self):
        request = self.send()
        waiting = self.store(request)
        self.match()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        self.assertEqual(request.state, "declined")
        late = self.store(request)
        reads = self.autenti.count("read")
        self.run_cron()
        self.assertEqual((waiting.state, late.state), ("done", "done"))
        self.assertEqual(late.request_id, request)
        self.assertEqual(self.autenti.count("read"), reads)

    def test_many_callbacks_are_matched_by_few_queries(self):
        request = self.send()
        for _number in range(30):
            self.store(request)
        self.match()
        self.env.invalidate_all()
        for number in range(60):
            self.store(request, event_id=f"more-{number}")
        self.match(queries=12)

    # === What follows ===

    def test_two_callbacks_of_one_document_cost_one_look(self):
        request = self.send()
        reads = self.autenti.count("read")
        callbacks = self.store(request) + self.store(request)
        self.run_cron()
        self.assertEqual(callbacks.mapped("state"), ["done", "done"])
        self.assertEqual(self.autenti.count("read"), reads + 1)

    def test_it_is_a_hint_and_the_request_tells_what_comes_of_it(self):
        request = self.send()
        callback = self.store(request)
        reads = self.autenti.count("read")
        self.autenti.fail("read", 503)
        self.run_cron()
        self.assertEqual(callback.state, "done")
        self.assertTrue(request.last_error)
        # The pace of the request tells when it is tried again
        self.run_cron()
        self.assertEqual(self.autenti.count("read"), reads + 1)
        self.assertGreater(request.next_check_at, fields.Datetime.now())
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.poll(request)
        self.assertFalse(request.last_error)
        self.assertEqual(request.signer_ids[0].status, "signed")

    @mute_logger("odoo.addons.autenti_esign.models.autenti_request_sync")
    def test_after_a_bug_in_odoo_it_does_not_call_at_every_run(self):
        request = self.send()
        callback = self.store(request)
        reads = self.autenti.count("read")
        self.autenti.fail("read", MemoryError())
        self.run_cron()
        self.assertEqual(callback.state, "done")
        self.run_cron()
        self.assertEqual(self.autenti.count("read"), reads + 1)
        self.poll(request)
        self.assertEqual(self.autenti.count("read"), reads + 2)

    def test_a_failed_look_does_not_mean_that_autenti_has_not_called(self):
        self.connection.is_called = True
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        self.store(request)
        self.autenti.fail("read", 503)
        self.run_cron()
        self.poll(request)
        self.assertEqual(request.signer_ids[0].status, "signed")
        self.assertTrue(self.connection.is_called)

    # === Forgetting ===

    def test_what_is_about_documents_of_others_is_forgotten(self):
        request = self.send()
        kept = self.store()
        for state, days, is_kept in (
            ("ignored", 31, False),
            ("ignored", 29, True),
            # While nobody could work on it, however long ago
            ("pending", 400, True),
        ):
            callback = self.store(age=timedelta(days=days), state=state)
            if is_kept:
                kept += callback
        # What is about a request is evidence, and so is the post that it came with
        post = self.store(age=timedelta(days=400), state="ignored")
        ours = self.store(request, age=timedelta(days=400), state="done", body=False)
        ours.write({"post_id": post.id, "request_id": request.id})
        kept += post + ours
        with self.enter_registry_test_mode():
            self.env.ref("base.autovacuum_job").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(self.stored()), set(kept))
        self.assertEqual(post.body, "[]")
        for values in ({"body": False}, {"event_id": "x"}):
            with self.subTest(values=values), self.assertRaises(UserError):
                post.write(values)
        with self.assertRaises(UserError):
            post.unlink()
