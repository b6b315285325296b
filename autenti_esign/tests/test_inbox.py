# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from contextlib import nullcontext
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..client import const
from ..models.autenti_callback import CRON, MAX_FAILURES
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

TEST_KEYS = const.ENVIRONMENTS["test"].jwks_url
PRODUCTION_KEYS = const.ENVIRONMENTS["production"].jwks_url
LOGGER = "odoo.addons.autenti_esign.models.autenti_callback"


class TestInbox(AutentiCommon, CronMixinCase):
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

    def make_dead(self, request):
        """Make a dead letter of a document that is out."""
        callback = self.store(request)
        self.match()
        with mute_logger(LOGGER):
            for _time in range(MAX_FAILURES):
                callback._note_failure("Autenti can't be reached.")
        self.assertEqual(callback.state, "dead")
        return callback

    def letters(self):
        kind = self.env.ref("autenti_esign.mail_activity_type_callback")
        return self.connection.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

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
        self.match()
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

    # === Dead letters ===

    def test_only_what_was_never_tried_calls_at_once(self):
        request = self.send()
        callback = self.store(request)
        self.match()
        called = self.env["autenti.request"]._get_called_domain()
        self.assertTrue(request.filtered_domain(called))
        callback._note_failure("Autenti can't be reached.")
        self.assertEqual((callback.state, callback.failure_count), ("pending", 1))
        self.assertEqual(callback.last_error, "Autenti can't be reached.")
        self.assertFalse(self.env["autenti.request"].search(called))

    def test_two_callbacks_of_one_document_cost_one_look(self):
        request = self.send()
        reads = self.autenti.count("read")
        callbacks = self.store(request) + self.store(request)
        self.run_cron()
        self.assertEqual(callbacks.mapped("state"), ["done", "done"])
        self.assertEqual(self.autenti.count("read"), reads + 1)

    @mute_logger(LOGGER)
    def test_what_fails_again_and_again_ends_as_a_dead_letter(self):
        request = self.send()
        callback = self.store(request)
        for number in range(1, MAX_FAILURES + 1):
            self.assertEqual(callback.state, "pending")
            self.autenti.fail("read")
            self.poll(request)
            self.assertEqual(callback.failure_count, number)
        self.assertEqual(callback.state, "dead")
        self.assertEqual(callback.last_error, request.last_error)
        self.assertEqual(len(self.letters()), 1)
        self.assertTrue(request.next_check_at, "the document isn't given up")

    @mute_logger("odoo.addons.autenti_esign.models.autenti_request_sync")
    def test_a_bug_in_odoo_is_a_failure_too(self):
        request = self.send()
        callback = self.store(request)
        reads = self.autenti.count("read")
        self.autenti.fail("read", MemoryError())
        self.run_cron()
        self.assertEqual((callback.state, callback.failure_count), ("pending", 1))
        self.assertEqual(callback.last_error, request.last_error)
        # The pace of the request tells when it is tried again
        self.run_cron()
        self.assertEqual(self.autenti.count("read"), reads + 1)
        self.poll(request)
        self.assertEqual(callback.state, "done")

    def test_after_many_failures_a_manager_is_told_once(self):
        request = self.send()
        pace = request.next_check_at
        self.make_dead(request)
        self.make_dead(request)
        self.assertEqual(self.letters().user_id, self.manager)
        self.assertEqual(len(self.letters()), 1)
        self.assertIn("Dead Letters", self.letters().note)
        self.assertEqual((request.state, request.next_check_at), ("sent", pace))
        self.connection.sudo()._check_health()
        line = self.connection.check_ids.filtered(lambda check: check.name == "inbox")
        self.assertEqual(line.level, "amber")
        self.assertIn("2", line.message)
        self.assertTrue(line.hint)

    def test_a_later_look_makes_up_for_a_dead_letter(self):
        request = self.send()
        callback = self.make_dead(request)
        self.poll(request)
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.failure_count, MAX_FAILURES, "what was, is told")
        self.assertFalse(self.letters())
        self.connection.sudo()._check_health()
        line = self.connection.check_ids.filtered(lambda check: check.name == "inbox")
        self.assertEqual(line.level, "green")

    # === Replay ===

    def test_a_manager_replays_dead_letters(self):
        request = self.send()
        callbacks = self.make_dead(request) + self.make_dead(request)
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        action = self.env.ref("autenti_esign.autenti_callback_replay_action")
        with self.capture_triggers(CRON) as capture:
            result = (
                action.with_user(self.manager)
                .with_context(active_model="autenti.callback", active_ids=callbacks.ids)
                .run()
            )
        self.assertEqual(result["params"]["type"], "success")
        self.assertEqual(len(capture.records), 1)
        self.assertEqual(callbacks.mapped("state"), ["pending"] * 2)
        self.assertEqual(callbacks.mapped("failure_count"), [0, 0])
        self.assertFalse(self.letters())
        reads = self.autenti.count("read")
        self.run_cron()
        self.assertEqual(callbacks.mapped("state"), ["done"] * 2)
        self.assertEqual(self.autenti.count("read"), reads + 1, "one look for both")
        self.assertEqual(request.next_signer_id.email, SELLER_EMAIL)

    def test_a_salesperson_replays_nothing(self):
        callback = self.make_dead(self.send())
        with self.assertRaises(AccessError):
            callback.with_user(self.seller).action_replay()
        self.assertEqual(callback.state, "dead")

    def test_a_manager_replays_nothing_of_other_companies(self):
        callback = self.make_dead(self.send_by_board())
        with self.assertRaises(AccessError):
            callback.with_user(self.manager).action_replay()
        self.assertEqual(callback.state, "dead")

    def test_what_was_not_ours_may_have_become_so(self):
        request = self.send()
        callback = self.store(request, state="ignored")
        callback.with_user(self._create_administrator()).action_replay()
        self.match()
        self.assertEqual(callback.request_id, request)
        self.assertEqual(callback.state, "pending")

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
