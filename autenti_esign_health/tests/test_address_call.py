# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import os
import socket
import tempfile
from pathlib import Path
from time import monotonic
from unittest.mock import patch

from odoo.tests import TransactionCase, common, tagged

from .. import address_call, address_words
from ..address_call import Outcome
from . import hosts

PASSWORD_PAGE = b"<form><input name='p' type='password'></form>"


def give_answer(**more):
    """Answer as Odoo does, with some members changed."""

    def answer(posted, _headers):
        assert json.loads(posted) == {"question": "word"}
        return json.dumps({"answer": "secret", "scheme": "http", **more}).encode()

    return answer


@tagged("post_install", "-at_install")
class TestAddressCall(TransactionCase):
    """Every wrong host is told from the others, and each has its words."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        """Override: here it is about what comes of real calls."""
        return common._super_send(session, request, **options)

    def call(self, url):
        return address_call.call(url, "word", "secret")

    def assertOutcome(self, code, url, message, hint, level="red", detail=None):
        """Check what comes of a call, and what is said of it."""
        outcome = self.call(url)
        self.assertEqual(outcome.code, code, outcome)
        if detail is not None:
            self.assertEqual(outcome.detail, detail)
        words = address_words.describe(self.env, url, outcome)
        self.assertEqual(words["level"], level)
        self.assertIn(message, words["message"])
        self.assertIn(hint, words["hint"] or "")

    # === Our database ===

    def test_the_right_database_answers(self):
        heard = []
        with hosts.host(body=give_answer(), hear=heard) as url:
            self.assertOutcome("fine", url, "leads to this database", "", "green")
        [(path, headers, posted)] = heard
        self.assertEqual((path, posted), ("/autenti", b'{"question": "word"}'))
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertNotIn("Authorization", headers)

    def test_the_proxy_alters_the_host(self):
        body = give_answer(host="127.0.0.1:8069")
        with hosts.host(body=body) as url:
            self.assertOutcome(
                "other_host", url, "another host name: 127.0.0.1:8069", "Host", "amber"
            )

    def test_the_host_is_the_same_however_it_is_written(self):
        for host, asked in (
            ("ERP.example.com", "https://erp.example.com/autenti"),
            ("erp.example.com:443", "https://erp.example.com/autenti"),
            ("erp.example.com", "https://erp.example.com:443/autenti"),
        ):
            found = {"host": host, "scheme": "https"}
            self.assertEqual(address_call._compare(asked, found), Outcome("fine"))

    def test_the_proxy_does_not_tell_of_https(self):
        body = give_answer(scheme="https")
        with hosts.host(body=body) as url:
            self.assertOutcome(
                "other_scheme", url, "came by https", "proxy_mode", "amber"
            )

    # === Somebody else ===

    def test_who_does_not_know_the_answer(self):
        for body in (
            b"",
            b"OK",
            b"[]",
            b"null",
            b"\xff\xfe",
            b"[" * 30000,
            b"x" * 1000000,
            b'{"answer": "another"}',
            b'{"answer": ["secret"]}',
            # It says what it was asked
            b'{"question": "word"}',
            b"<h1>Down for maintenance</h1>",
        ):
            with self.subTest(body=body[:30]), hosts.host(body=body) as url:
                self.assertOutcome(
                    "stranger", url, "Something else", "maintenance", detail="200"
                )

    def test_another_database(self):
        with hosts.host(404, b'{"answer": null}') as url:
            self.assertOutcome("other_database", url, "another database", "dbfilter")

    def test_statuses(self):
        for status, code, message, hint in (
            (404, "not_found", "not the path /autenti", "dbfilter"),
            (403, "refused", "refuses the call (403)", "firewall"),
            (405, "refused", "refuses the call (405)", "POST"),
            (413, "refused", "refuses the call (413)", "JSON"),
            (502, "gateway", "doesn't get through to Odoo (502)", "wrong port"),
            (503, "gateway", "doesn't get through to Odoo (503)", "proxy's log"),
            (504, "gateway", "doesn't get through to Odoo (504)", "proxy's log"),
            (500, "broken", "an error (500)", "log of Odoo"),
            (401, "login", "A login page is in front", "without a login"),
            (204, "stranger", "Something else", "maintenance"),
            # Points nowhere
            (302, "stranger", "Something else", "maintenance"),
        ):
            with self.subTest(status=status), hosts.host(status) as url:
                self.assertOutcome(code, url, message, hint)

    def test_a_login_page_in_front(self):
        for status in (200, 403):
            with hosts.host(status, PASSWORD_PAGE) as url:
                self.assertOutcome(
                    "login", url, "login page is in front", "Let the path"
                )

    def test_redirects(self):
        here = "https://localhost/autenti"
        for location, code, message, hint, level in (
            ("/web/database/selector", "to_selector", "choice of a data", "%d", "red"),
            ("/web/login?redirect=x", "to_login", "/web/login", "Let the path", "red"),
            ("https://sso.pl/oauth/a", "to_login", "sso.pl", "Let the path", "red"),
            (here, "to_https", "points to https", "https:// in front", "amber"),
            ("https://new.pl/autenti", "to_elsewhere", "new.pl", "redirects", "red"),
            ("/pl/autenti", "to_elsewhere", "/pl/autenti", "redirects", "red"),
            ("//[", "to_elsewhere", "//[", "redirects", "red"),
            ("javascript:alert(1)", "to_elsewhere", "", "redirects", "red"),
        ):
            headers = [("Location", location)]
            with (
                self.subTest(location=location),
                hosts.host(302, headers=headers) as url,
            ):
                self.assertOutcome(code, url, message, hint, level)

    def test_redirects_to_a_login_page(self):
        microsoft = "https://login.microsoftonline.com/0a1b/oauth2/v2.0/authorize?x=1"
        for location in (
            *("/oauth2/start?rd=%2Fautenti", "/wp-login.php", "/login", "/auth/realms"),
            *("/pl/Sign-In", "/saml2/idp", "/web/login", "/accounts/login/"),
            "https://firma.cloudflareaccess.com/cdn-cgi/access/login/erp.pl?kid=1",
            "https://firma.cloudflareaccess.com",
            microsoft,
            "https://login.microsoftonline.com/",
            "https://accounts.google.com/o/x",
            "https://auth.firma.pl/?rd=https://erp.pl/autenti",
            "https://sso.firma.pl",
            *("/users/sign_in", "/log_in", "/outpost.goauthentik.io/start?rd=x"),
            *("https://adfs.firma.pl/adfs/ls/?wa=wsignin1.0", "/zaloguj"),
            *("https://authelia.firma.pl/?rd=x", "https://logowanie.firma.pl"),
        ):
            headers = [("Location", location)]
            with (
                self.subTest(location=location),
                hosts.host(302, headers=headers) as url,
            ):
                self.assertOutcome(
                    "to_login", url, "A login page is in front", "without a login"
                )

    def test_an_address_that_is_called_login_is_no_login_page(self):
        outcome = address_call._judge_redirect(
            "http://erp.pl/login/autenti", "https://erp.pl/login/autenti"
        )
        self.assertEqual(outcome.code, "to_https")

    def test_a_password_in_a_redirect_is_shown_to_nobody(self):
        outcome = address_call._judge_redirect(
            "https://erp.pl/autenti", "https://anna:s3cr3t@auth.erp.pl/x"
        )
        self.assertEqual(outcome.detail, "https://auth.erp.pl/x")

    def test_redirects_to_what_only_sounds_like_a_login(self):
        for location in (
            *("/blogin", "/authors", "/castle", "/loginx"),
            *("https://author.pl/autenti", "https://notokta.com/autenti"),
        ):
            target = address_call._judge_redirect("https://erp.pl/autenti", location)
            with self.subTest(location=location):
                self.assertEqual(target.code, "to_elsewhere")
        # Where Odoo itself is at such a host
        secure = address_call._judge_redirect(
            "http://auth.pl/autenti", "https://auth.pl/autenti"
        )
        self.assertEqual(secure.code, "to_https")

    def test_nothing_is_called_that_an_answer_points_to(self):
        heard = []
        with (
            hosts.host(body=give_answer(), hear=heard) as target,
            hosts.host(307, headers=[("Location", target)]) as url,
        ):
            self.assertEqual(self.call(url).code, "to_elsewhere")
        self.assertEqual(heard, [])

    def test_who_does_not_speak_http(self):
        for words in (
            b"220 mail ready\r\n",
            b"",
            b"HTTP/1.1 ready\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlength\r\n",
        ):
            with self.subTest(words=words), hosts.line(words) as url:
                self.assertOutcome("no_http", url, "hangs up", "port")

    def test_an_answer_that_is_cut_short(self):
        words = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
        with hosts.line(words) as url:
            self.assertOutcome("no_http", url, "hangs up", "port")

    # === Nobody ===

    def test_the_name_is_not_known(self):
        self.assertOutcome(
            "unknown_name",
            "http://nowhere.invalid/autenti",
            "doesn't know the name nowhere.invalid",
            "hosts file",
            "amber",
        )

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://localhost:{server.getsockname()[1]}/autenti"
        self.assertOutcome(
            "unreachable", url, "doesn't get through", "hosts file", "amber"
        )

    def test_nobody_takes_the_connection(self):
        # Its queue is full, as behind a router that leads no call of its own back
        with socket.socket() as server, socket.socket() as first:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            first.connect(server.getsockname())
            url = f"http://127.0.0.1:{server.getsockname()[1]}/autenti"
            with patch.object(address_call, "CONNECT_SECONDS", 0.3):
                self.assertOutcome(
                    "unreachable", url, "doesn't get through", "hosts file", "amber"
                )

    def test_it_is_no_address(self):
        for url in (
            "/autenti",
            "ftp://erp.pl/autenti",
            "http:///autenti",
            "erp.pl:1",
            "http://[::1/autenti",
            "http://er\u2100p.pl/autenti",
            f"http://{'a' * 64}.pl/autenti",
        ):
            with self.subTest(url=url):
                self.assertOutcome(
                    "no_address", url, "isn't an address", "web.base.url"
                )

    def test_no_host_takes_longer_than_it_may(self):
        drip = hosts.host(body=b"x" * 1000, pause=0.1)
        for make in (lambda: drip, hosts.line):
            with (
                make() as url,
                patch.object(address_call, "SECONDS", 1),
                patch.object(address_call, "CONNECT_SECONDS", 1),
            ):
                started = monotonic()
                self.assertOutcome("slow", url, "in time", "workers", "amber")
                self.assertLess(monotonic() - started, 3)

    # === Certificates ===

    def test_certificates(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        authority = hosts.Authority(Path(folder))
        trusting = patch.dict(os.environ, REQUESTS_CA_BUNDLE=str(authority.path))
        for tls, code, message, hint in (
            (authority.issue(start=-9, end=-1), "expired", "has expired", "renewed"),
            (authority.issue(start=1), "not_yet_valid", "isn't valid yet", "clock"),
            (authority.issue("erp.pl"), "wrong_name", "of another name", "web.base"),
            (authority.sign_itself(), "self_signed", "by the server itself", "public"),
        ):
            with self.subTest(code=code), trusting, hosts.host(tls=tls) as url:
                self.assertOutcome(code, url, message, hint)
        with hosts.host(tls=authority.issue()) as url:
            self.assertOutcome("untrusted", url, "isn't trusted", "whole chain")
        body = give_answer(scheme="https")
        with trusting, hosts.host(body=body, tls=authority.issue()) as url:
            self.assertOutcome("fine", url, "leads to this database", "", "green")
        with trusting:
            with hosts.host() as url:
                secure = url.replace("http:", "https:")
                self.assertOutcome("no_tls", secure, "No secure connection", "https")
            headers = [("Location", url)]
            with hosts.host(302, headers=headers, tls=authority.issue()) as secure:
                self.assertEqual(self.call(secure).code, "to_http")
                outcome = Outcome("to_http")
                words = address_words.describe(self.env, secure, outcome)
                self.assertIn("points back to http", words["message"])

    def test_every_outcome_has_its_words(self):
        codes = {
            value
            for name, value in vars(address_call).items()
            if name.isupper() and isinstance(value, str)
        }
        self.assertGreater(len(codes), 20)
        seen = set()
        for code in codes:
            outcome = Outcome(code, "502")
            words = address_words.describe(self.env, "https://erp.pl/autenti", outcome)
            seen.add(words["message"])
            self.assertEqual(bool(words["hint"]), code != "fine")
        self.assertGreaterEqual(len(seen), len(codes) - 1)
