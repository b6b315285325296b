# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import functools
import hashlib
import hmac
import json
import logging
from datetime import datetime, timedelta, timezone

import jwt
import requests
from cryptography.hazmat.primitives import serialization

from odoo.http import request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..client import assumptions, const, jwk, webhook
from ..models.autenti_callback import CRON
from .common import CLIENT_EMAIL, AutentiCommon, private_key

PATH = "/autenti"
KEY_ID = "autenti-1"


# Anybody may have a key; this one isn't Autenti's
@functools.cache
def foreign_key():
    return jwk.generate_private_key()


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def detach(compact):
    protected, _payload, signature = compact.split(".")
    return f"{protected}..{signature}"


def sign(raw, key=None, algorithm="RS256", kid=KEY_ID):
    """Make the detached JWS of a body (RFC 7515, appendix F)."""
    key = private_key() if key is None else key
    return detach(jwt.PyJWS().encode(raw, key, algorithm, headers={"kid": kid}))


class TestCallbacks(AutentiCommon, HttpCase, CronMixinCase):
    """What Autenti posts is stored once, what anybody else posts never."""

    def setUp(self):
        super().setUp()
        self.publish(private_key())

    def publish(self, key):
        self.autenti.jwks = {"keys": [jwk.public_jwk(key, KEY_ID)]}

    def body(self, event_id="e1", process_id="DOCUMENT_PROCESS:of-others", **more):
        event = {
            "id": event_id,
            "eventType": const.EVENT_COMPLETED,
            "timestamp": "2030-01-02T08:00:00Z",
            "object": {"id": process_id, "type": "DOCUMENT_PROCESS"},
            **more,
        }
        return json.dumps([event]).encode()

    def post(self, raw, signature, content_type="application/json"):
        headers = {"Content-Type": content_type}
        if signature is not None:
            headers[assumptions.JWS_HEADER] = signature
        # Without a method, an empty body would be got, not posted
        return self.url_open(PATH, data=raw, headers=headers, method="POST")

    def stored(self):
        return self.env["autenti.callback"].search([])

    def assertRefused(self, response, status):
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.content, b"", "a stranger learns nothing")
        self.assertFalse(self.stored())

    def test_a_genuine_callback_is_stored_and_answered_at_once(self):
        request = self.send()
        raw = self.body(process_id=request.process_id)
        calls = len(self.autenti.operations)
        with self.capture_triggers(CRON) as capture:
            response = self.post(raw, sign(raw))
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.content, b"")
        self.assertEqual(len(self.autenti.operations), calls, "no call in between")
        self.assertEqual(len(capture.records), 1)
        callback = self.stored()
        self.assertEqual(callback.event_id, "e1")
        self.assertEqual(callback.event_type, const.EVENT_COMPLETED)
        self.assertEqual(callback.process_id, request.process_id)
        self.assertEqual(str(callback.event_date), "2030-01-02 08:00:00")
        self.assertEqual(callback.key_id, KEY_ID)
        self.assertEqual(callback.body.encode(), raw)
        self.assertEqual(callback.signature, sign(raw))
        self.assertEqual(
            json.loads(callback.public_key), jwk.public_jwk(private_key(), KEY_ID)
        )
        self.assertEqual(callback.state, "pending")

    def test_a_callback_makes_odoo_look_and_believe_what_it_sees_there(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        # It says that all is done, which isn't so
        raw = self.body(process_id=request.process_id)
        self.post(raw, sign(raw))
        self.run_cron()
        self.assertEqual(self.stored().state, "done")
        self.assertEqual(self.stored().request_id, request)
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.signer_ids.mapped("status"), ["signed", "turn"])

    def test_a_repeated_callback_is_stored_once(self):
        raw = self.body()
        for _time in range(2):
            self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.assertEqual(len(self.stored()), 1)

    def test_a_reused_event_id_with_another_body_changes_nothing(self):
        first, second = self.body(), self.body(eventType="ANOTHER")
        self.post(first, sign(first))
        self.assertEqual(self.post(second, sign(second)).status_code, 200)
        self.assertEqual(self.stored().body.encode(), first)

    def test_equal_event_ids_of_two_organisations_are_two_events(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        for process_id in ("DOCUMENT_PROCESS:of-others", request.process_id):
            raw = self.body(process_id=process_id)
            for _time in range(2):
                self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.assertEqual(len(self.stored()), 2)
        self.run_cron()
        self.assertEqual(request.callback_ids.state, "done")
        self.assertEqual(request.signer_ids[0].status, "signed")

    def test_events_of_no_process_are_stored_once(self):
        raw = self.body(object=None)
        for _time in range(2):
            self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.assertEqual(len(self.stored()), 1)

    def test_what_no_database_keeps_is_no_trouble_in_an_address(self):
        for query in ("?state=%00", "?state=%ED%A0%BD&code=%00", "?code=%00", "?%00=1"):
            with self.subTest(query=query):
                self.assertEqual(self.url_open(f"{PATH}{query}").status_code, 200)

    def test_several_events_come_in_one_callback(self):
        events = json.loads(self.body("e1")) + json.loads(self.body("e2"))
        raw = json.dumps(events).encode()
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        second, first = self.stored()
        self.assertEqual((first.event_id, second.event_id), ("e1", "e2"))
        self.assertEqual(first.body.encode(), raw)
        self.assertFalse(first.post_id)
        self.assertEqual(second.post_id, first)
        self.assertEqual(first.signature, sign(raw))
        for name in ("body", "signature", "public_key"):
            self.assertTrue(first[name])
            self.assertFalse(second[name], "it is stored once")

    def test_events_that_come_again_beside_new_ones_are_stored_once(self):
        raw = self.body("e1")
        self.post(raw, sign(raw))
        events = [json.loads(self.body(name))[0] for name in ("e1", "e2", "e3", "e3")]
        raw = json.dumps(events).encode()
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        third, second, first = self.stored()
        self.assertEqual(
            [c.event_id for c in (first, second, third)], ["e1", "e2", "e3"]
        )
        self.assertEqual(second.body.encode(), raw)
        self.assertEqual(third.post_id, second)

    def test_the_bytes_are_kept_as_they_came(self):
        event = json.loads(self.body())[0] | {"note": "zażółć \u0000 \ud83d"}
        raw = (
            json.dumps([event], indent=3).replace("\\u017c", "ż").encode() + b"\r\n\t "
        )
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.assertEqual(self.stored().body.encode(), raw)

    def begin_run(self, minutes_ago):
        """Have the cron job begin at some time, as Odoo notes it."""
        progress = self.env["ir.cron.progress"].create(
            {"cron_id": self.env.ref(CRON).id, "done": 0, "remaining": 0}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron_progress SET create_date = %s WHERE id = %s",
            (datetime.now(timezone.utc) - timedelta(minutes=minutes_ago), progress.id),
        )

    def test_of_a_burst_only_the_first_wakes_the_cron_job(self):
        self.begin_run(minutes_ago=1)
        bodies = [self.body(f"e{number}") for number in range(5)]
        with self.capture_triggers(CRON) as capture:
            self.post(bodies[0], sign(bodies[0]))
            self.assertEqual(len(capture.records), 1)
            for raw in bodies[1:4]:
                self.post(raw, sign(raw))
            self.assertEqual(len(capture.records), 1)
            # What comes after it began may have come too late for it
            self.begin_run(minutes_ago=0)
            self.post(bodies[4], sign(bodies[4]))
            self.assertEqual(len(capture.records), 2)
        self.assertEqual(len(self.stored()), 5)

    def test_a_callback_of_a_burst_costs_two_queries(self):
        self.begin_run(minutes_ago=1)
        for event_id in ("e1", "e2"):
            raw = self.body(event_id)
            self.post(raw, sign(raw))
        raw = self.body("e3")
        signature = sign(raw)
        self.env.invalidate_all()
        # The addresses of the keys, and the insert
        with self.assertQueryCount(2):
            self.env["autenti.callback"]._receive(raw, signature)

    def test_an_event_of_a_process_of_others_is_harmless(self):
        raw = self.body()
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.run_cron()
        self.assertEqual(self.stored().state, "ignored")
        self.assertEqual(self.autenti.operations, [])

    def test_an_event_of_no_process_concerns_no_request(self):
        unsent = self.submit()
        unsent.next_check_at = False
        raw = self.body(object={"type": "DOCUMENT_PROCESS"})
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.run_cron()
        callback = self.stored()
        self.assertEqual(callback.state, "ignored")
        self.assertFalse(callback.request_id)
        self.assertFalse(unsent.next_check_at)

    def test_an_unknown_event_type_is_stored_like_any_other(self):
        raw = self.body(eventType="EVENT_CLASSIFIER-UNIQUE_TYPE:NEW_IN_2031")
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.assertEqual(len(self.stored()), 1)

    def test_without_signature_it_is_refused(self):
        raw = self.body()
        self.assertRefused(self.post(raw, None), 401)

    def test_a_signature_of_another_body_is_refused(self):
        signature = sign(self.body("e2"))
        self.assertRefused(self.post(self.body("e1"), signature), 401)

    def test_a_changed_byte_is_refused(self):
        raw = self.body()
        signature = sign(raw)
        self.assertRefused(self.post(raw + b" ", signature), 401)

    def test_a_foreign_signature_is_refused(self):
        raw = self.body()
        self.assertRefused(self.post(raw, sign(raw, foreign_key())), 401)

    def test_a_foreign_key_id_is_refused(self):
        raw = self.body()
        self.assertRefused(self.post(raw, sign(raw, foreign_key(), kid="mine")), 401)

    def test_a_key_that_the_signature_brings_along_is_not_used(self):
        raw = self.body()
        public = jwk.public_jwk(foreign_key(), "mine")
        headers = {"kid": "mine", "jwk": public, "jku": "https://example.com/keys"}
        compact = jwt.PyJWS().encode(raw, foreign_key(), "RS256", headers=headers)
        self.assertRefused(self.post(raw, detach(compact)), 401)

    def test_no_algorithm_is_refused(self):
        raw = self.body()
        self.assertRefused(self.post(raw, sign(raw, key="", algorithm="none")), 403)

    def test_another_algorithm_is_refused(self):
        raw = self.body()
        self.assertRefused(self.post(raw, sign(raw, algorithm="RS512")), 403)

    def test_the_public_key_as_a_shared_secret_is_refused(self):
        raw = self.body()
        public_key = jwk.load_private_key(private_key()).public_key()
        secret = public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        header = json.dumps({"alg": "HS256", "kid": KEY_ID}).encode()
        signed = f"{base64url(header)}.{base64url(raw)}".encode()
        mac = hmac.new(secret, signed, hashlib.sha256).digest()
        signature = f"{base64url(header)}..{base64url(mac)}"
        self.assertRefused(self.post(raw, signature), 403)

    def test_nonsense_for_a_signature_is_refused(self):
        raw = self.body()
        for nonsense in ("nonsense", "a.b.c", "..", "a..b", "ź..ź".encode()):
            with self.subTest(nonsense=nonsense):
                self.assertRefused(self.post(raw, nonsense), 400)

    def test_a_signed_body_that_is_no_list_of_events_is_refused(self):
        for raw in (b"", b"{}", b"[1]", b'[{"id": ""}]', b"[" * 2000, b"\xff"):
            with self.subTest(raw=raw[:20]):
                self.assertRefused(self.post(raw, sign(raw)), 400)

    @mute_logger("odoo.http")
    def test_a_body_over_the_limit_is_refused(self):
        raw = b"[" + b" " * 2 * 1024 * 1024 + b"]"
        response = self.post(raw, sign(raw))
        self.assertEqual(response.status_code, 413)
        self.assertFalse(self.stored())

    def test_a_form_is_refused(self):
        raw = self.body()
        for content_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ):
            with self.subTest(content_type=content_type):
                response = self.post(raw, sign(raw), content_type)
                self.assertGreaterEqual(response.status_code, 400)
                self.assertLess(response.status_code, 500)
                self.assertFalse(self.stored())

    @mute_logger("odoo.addons.autenti_esign.client.webhook")
    def test_while_the_keys_cannot_be_had_autenti_is_asked_to_come_again(self):
        raw = self.body()
        for outcome in (503, requests.ConnectionError(), 200):
            with self.subTest(outcome=outcome):
                self.meet_autenti()
                self.publish(private_key())
                self.autenti.fail("jwks", outcome, data=b"<html>")
                self.assertRefused(self.post(raw, sign(raw)), 503)

    @mute_logger("odoo.addons.autenti_esign.client.webhook")
    def test_a_callback_may_come_from_either_environment(self):
        self.board_connection.environment = "production"
        raw = self.body()
        for number in (1, 2):
            self.meet_autenti()
            self.publish(private_key())
            self.autenti.fail("jwks", requests.ConnectionError(), nth=number)
            with self.subTest(unreachable=number, signature="foreign"):
                self.assertRefused(self.post(raw, sign(raw, foreign_key())), 503)
        with self.subTest(unreachable=2, signature="genuine"):
            self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
            # Both are asked at once, and whichever answered has the key
            urls = [environment.jwks_url for environment in const.ENVIRONMENTS.values()]
            self.assertIn(self.stored().jwks_url, urls)

    def test_without_any_connection_nothing_is_accepted(self):
        self.env["autenti.connection"].search([]).unlink()
        raw = self.body()
        self.assertRefused(self.post(raw, sign(raw)), 401)
        self.assertEqual(self.autenti.calls, [], "whose keys would be fetched?")

    def test_an_archived_connection_still_hears_of_its_documents(self):
        self.env["autenti.connection"].search([]).active = False
        raw = self.body()
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)

    def test_the_keys_are_fetched_once(self):
        for event_id in ("e1", "e2"):
            raw = self.body(event_id)
            self.post(raw, sign(raw))
        self.assertEqual(self.autenti.count("jwks"), 1)

    def test_who_waits_for_the_keys_holds_no_database_connection(self):
        closed, wait = [], webhook.KeysAwaited.wait

        def watch(awaited):
            closed.append(request.env.cr._closed)
            wait(awaited)

        self.patch(webhook.KeysAwaited, "wait", watch)
        raw = self.body()
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.assertEqual(closed, [True])
        self.assertTrue(self.stored())

    def test_a_rejected_callback_is_logged_without_its_content(self):
        raw = self.body(event_id="secret-of-a-client")
        # Odoo has a level of its own by the name of INFO
        with self.assertLogs("odoo.addons.autenti_esign", logging.INFO) as logs:
            self.post(raw, None)
        self.assertIn("Callback rejected", logs.output[0])
        self.assertNotIn("secret-of-a-client", "\n".join(logs.output))

    def test_a_callback_leaves_no_session(self):
        raw = self.body()
        self.assertNotIn("session_id", self.post(raw, sign(raw)).cookies)

    def test_anybody_who_opens_the_address_reads_what_it_is_for(self):
        response = self.url_open(PATH, headers={"Accept-Language": "en-US"})
        self.assertEqual(response.status_code, 200)
        self.assertIn("belongs to the connection with Autenti", response.text)
