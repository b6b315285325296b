# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon

from .common import CLIENT_EMAIL, AutentiCommon

LOGGER = "odoo.service.model"
SECRET = "s3cr3t-that-was-typed"


@tagged("post_install", "-at_install")
class TestLog(BaseCommon):
    """What Odoo logs of the calls that browsers make."""

    def test_what_is_typed_in_our_forms_is_not_logged(self):
        with self.assertLogs(LOGGER, "DEBUG") as logs:
            connection_id = call_kw(
                self.env["autenti.connection"],
                "create",
                [{"client_id": "app-1", "client_secret_input": SECRET}],
                {},
            )
        self.assertTrue(connection_id)
        (line,) = logs.output
        self.assertIn("call autenti.connection().create(***)", line)

    def test_what_is_typed_in_the_preferences_is_not_logged(self):
        values = {"autenti_email": "anna@firma.example.com"}
        with self.assertLogs(LOGGER, "DEBUG") as logs:
            call_kw(self.env["res.users"], "write", [self.env.uid, values], {})
        self.assertEqual(self.env.user.autenti_email, values["autenti_email"])
        (line,) = logs.output
        self.assertIn(".write(***)", line)

    def log_address(self, address):
        line = f"GET {address} HTTP/1.1"
        return self.log('"%s" %s %s', line, 200, "-")

    def log(self, message, *args):
        """Return what is logged of a request; while tests run, nothing is."""
        values = {"msg": message, "args": args, "levelno": logging.INFO}
        record = logging.makeLogRecord(values)
        self.assertTrue(logging.getLogger("werkzeug").filter(record))
        return record.getMessage()

    def test_no_spelling_of_the_address_logs_the_code_of_a_login(self):
        for path in (
            *(
                "/autenti",
                "/autenti/",
                "//autenti",
                "/autenti;x",
                "/AUTENTI",
                "/./autenti",
            ),
            *(
                "/pl/autenti",
                "/pl_PL/autenti/",
                "/%61utenti",
                "/%2561utenti",
                "/nowhere",
            ),
            *("/autenti.html", "/autenti\\", "http://odoo.example.com/autenti", ""),
        ):
            for query in (
                f"?code={SECRET}&state=x",
                f"?state=x&code={SECRET}",
                f"?CODE={SECRET}",
                f"?%63ode={SECRET}",
                f"?%2563ode={SECRET}",
                f"?a;code={SECRET}",
                f"?x=?code={SECRET}",
                f"%3fcode={SECRET}",
                f"%253Fcode={SECRET}",
            ):
                with self.subTest(path=path, query=query):
                    self.assertNotIn(SECRET, self.log_address(path + query))

    def test_a_login_that_fails_is_logged_without_its_code(self):
        line = self.log(f"Bad request: GET /autenti/?code={SECRET}")
        self.assertNotIn(SECRET, line)

    def test_other_addresses_are_logged_as_ever(self):
        for address in ("/odoo?debug=1", "/web/login?redirect=%2Fodoo", "/autenti"):
            self.assertIn(f"GET {address} HTTP", self.log_address(address))

    def test_calls_of_other_models_are_logged_as_ever(self):
        partners = self.env["res.partner"]
        with self.assertLogs(LOGGER, "DEBUG") as logs:
            call_kw(partners, "create", [{"name": "Klient S.A."}], {})
        self.assertIn("Klient S.A.", logs.output[0])


class TestRequestLog(AutentiCommon):
    """What is logged of a request leads to its process, and to the calls."""

    def listen_to(self, do, *args):
        """Return the lines that our addons log meanwhile."""
        # Odoo has a level of its own by the name of INFO
        with self.assertLogs("odoo.addons.autenti_esign", logging.INFO) as logs:
            do(*args)
        return [line.partition(":odoo.addons.autenti_esign")[2] for line in logs.output]

    def test_a_failed_call_is_found_by_each_of_its_ids(self):
        request = self.send()
        self.autenti.fail("read", 500)
        lines = self.listen_to(self.poll, request)
        path = f"GET /document-processes/{request.process_id} -> 500"
        [call] = [line for line in lines if path in line]
        correlation = call[call.rindex("[") :]
        [failure] = [line for line in lines if "server_error" in line]
        self.assertTrue(
            failure.endswith(
                f":Request {request.id}, process {request.process_id}: "
                f"server_error {correlation}"
            )
        )

    def test_before_there_is_a_process(self):
        self.autenti.fail("create", 500)
        request = self.submit()
        lines = self.listen_to(self.run_cron)
        self.assertTrue(
            any(
                f":Request {request.id}, process none: server_error [" in x
                for x in lines
            )
        )

    def test_what_fails_without_a_call(self):
        request = self.send()
        self.connection.client_secret = False
        lines = self.listen_to(self.poll, request)
        self.assertTrue(any(line.endswith(" [no call]") for line in lines), lines)

    def test_nobody_is_named(self):
        said = self.listen_to(lambda: self.sign_by_all(self.send()))
        self.assertTrue(any(": sent -> signed" in line for line in said))
        for word in (CLIENT_EMAIL, "Kowalski", "Nowak", "@"):
            self.assertNotIn(word, "".join(said))
