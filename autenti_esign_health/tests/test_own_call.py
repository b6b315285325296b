# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import urllib.request
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.modules import module
from odoo.tests import HttpCase, common
from odoo.tools import mute_logger

from odoo.addons.autenti_esign.tests.common import AutentiCommon

from .. import address_call
from ..address_call import Outcome
from . import hosts

CALL = "odoo.addons.autenti_esign_health.models.autenti_connection.address_call.call"


class OwnCallCommon(AutentiCommon):
    """The board's connection, and an administrator who looks after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        cls.mine = cls.board_connection.with_user(cls.administrator)
        cls.set_url("https://erp.example.com")

    @classmethod
    def set_url(cls, url, freeze="False"):
        set_param = cls.env["ir.config_parameter"].set_param
        set_param("web.base.url", url)
        set_param("web.base.url.freeze", freeze)
        cls.env.invalidate_all()

    def check(self, name="own_call"):
        """Click on Check Health.

        :return: the line of a name
        """
        self.mine.action_check()
        return self.line(name)

    def line(self, name="own_call"):
        self.env.invalidate_all()
        return self.board_connection.check_ids.filtered(lambda c: c.name == name)

    def try_address(self):
        """Let the job run that calls the address.

        :return: the line that tells what came of it
        """
        self.run_cron("address", "autenti_esign_health")
        return self.line()


class TestOwnCall(OwnCallCommon):
    """The job tries the address, and its line on the form tells what came of it."""

    def answer(self, *codes):
        """Have the next calls end in something.

        :return: the mock, which knows what was called
        """
        outcomes = [Outcome(code) for code in codes]
        return self.enterContext(patch(CALL, side_effect=outcomes))

    def test_the_click_does_not_wait_for_the_call(self):
        call = self.answer("fine", "gateway")
        line = self.check()
        self.assertEqual(line.level, "amber")
        self.assertIn("is being tried", line.message)
        call.assert_not_called()
        line = self.try_address()
        self.assertEqual(line.level, "green")
        self.assertIn("erp.example.com/autenti leads to this database", line.message)
        # Till the next result the last one stands
        self.assertEqual(self.check().level, "green")
        line = self.try_address()
        self.assertEqual(line.level, "red")
        self.assertEqual(self.board_connection.health, "red")

    def test_it_is_said_when_the_job_does_not_run(self):
        self.check()
        line = self.check()
        self.assertEqual(line.level, "amber")
        self.assertIn("waits to be tried", line.message)
        self.assertIn("Scheduled actions", line.hint)

    def test_without_its_job_it_waits(self):
        self.env.ref("autenti_esign_health.ir_cron_autenti_address").unlink()
        self.assertIn("is being tried", self.check().message)

    def test_an_activity_tells_of_it_until_it_is_mended(self):
        self.answer("expired", "fine")
        self.check()
        self.try_address()
        activity = self.board_connection.activity_ids
        self.assertEqual(activity.user_id, self.administrator)
        self.assertIn("certificate of erp.example.com has expired", activity.note)
        self.check()
        self.try_address()
        self.assertFalse(self.board_connection.activity_ids)

    def test_what_this_server_alone_cannot_reach_is_no_activity(self):
        self.answer("unreachable")
        self.check()
        line = self.try_address()
        self.assertEqual(line.level, "amber")
        self.assertFalse(self.board_connection.activity_ids)

    def test_each_address_is_called_once(self):
        call = self.answer("fine")
        for connection in (self.connection, self.board_connection):
            connection.with_user(self.administrator).action_check()
        self.try_address()
        call.assert_called_once()
        for connection in (self.connection, self.board_connection):
            line = connection.check_ids.filtered(lambda c: c.name == "own_call")
            self.assertEqual(line.level, "green")

    def test_nothing_is_asked_twice(self):
        call = self.answer("fine")
        self.check()
        self.try_address()
        self.try_address()
        call.assert_called_once()
        self.assertFalse(self.line().word)
        self.assertFalse(self.line().answer)

    def test_every_question_is_a_new_one(self):
        call = self.answer("fine", "fine")
        for _day in range(2):
            self.check()
            self.try_address()
        words = {text for each in call.call_args_list for text in each.args[1:]}
        self.assertEqual(len(words), 4)

    def test_every_day_it_is_tried(self):
        self.answer("gateway")
        self.run_cron("check")
        line = self.try_address()
        self.assertEqual(line.level, "red")

    def test_it_is_said_in_the_language_of_who_asked(self):
        self.answer("fine", "fine")
        self.administrator.lang = "pl_PL"
        self.check()
        self.assertIn("prowadzi do tej bazy", self.try_address().message)
        # By night, in that of the administrator
        self.run_cron("check")
        with patch.object(
            self.registry["autenti.connection"],
            "_get_administrator",
            lambda connection: self.administrator,
        ):
            self.assertIn("prowadzi do tej bazy", self.try_address().message)

    def test_what_goes_wrong_with_one_stays_with_it(self):
        self.enterContext(patch(CALL, side_effect=[ZeroDivisionError, Outcome("fine")]))
        self.set_url("https://erp.example.com")
        for connection in (self.connection, self.board_connection):
            connection.with_user(self.administrator).action_check()
        with mute_logger("odoo.addons.autenti_esign_health.models.autenti_connection"):
            self.try_address()
        lines = (self.connection + self.board_connection).check_ids.filtered(
            lambda check: check.name == "own_call"
        )
        self.assertEqual(sorted(lines.mapped("level")), ["amber", "green"])

    def test_a_copy_does_not_call_the_original(self):
        call = self.answer("fine")
        self.check()
        self.set_url("https://copy.example.com")
        self.assertTrue(self.board_connection.is_elsewhere)
        self.try_address()
        self.assertFalse(self.check())
        self.try_address()
        call.assert_not_called()

    def test_nobody_reads_the_question(self):
        self.check()
        for name in ("word", "answer"):
            self.assertTrue(self.line()[name])
            for user in (self.administrator, self.manager):
                with self.subTest(name=name), self.assertRaises(AccessError):
                    self.line().with_user(user).read([name])

    def test_open_forms_hear_of_it(self):
        self.answer("fine")
        self.check()
        websocket = self.env["ir.websocket"]
        for model, has_news in (
            ("autenti.connection", True),
            ("autenti.request", True),
            ("res.company", False),
        ):
            self.assertIs(websocket._autenti_has_news(self.env[model]), has_news)
        self.env["bus.bus"].search([]).unlink()
        self.try_address()
        sent = self.env["bus.bus"].search([]).mapped("message")
        self.assertTrue(any("autenti_esign/changed" in each for each in sent))

    # === The lines beside it ===

    def test_the_worst_comes_first(self):
        self.answer("gateway")
        self.autenti.fail("list_callbacks", 403)
        self.check()
        self.try_address()
        levels = self.board_connection.check_ids.mapped("level")
        self.assertEqual(levels[:2], ["red", "amber"])
        order = ("red", "amber", "green")
        self.assertEqual(levels, sorted(levels, key=order.index))

    def test_the_change_of_the_address(self):
        line = self.check("address_change")
        self.assertEqual(line.level, "green")
        self.assertIn("hasn't changed", line.message)
        self.set_url("https://new.example.com")
        line = self.check("address_change")
        self.assertEqual(line.level, "amber")
        self.assertIn(
            "was https://erp.example.com and is https://new.example.com", line.message
        )
        self.assertIn("web.base.url.freeze", line.hint)
        self.set_url("https://new.example.com", freeze="True")
        line = self.check("address_change")
        self.assertEqual(line.level, "green")
        self.assertIn("is fixed", line.message)

    def test_the_address_has_changed_since_it_was_registered(self):
        self.autenti.callback_urls = ["https://erp.example.com/autenti"]
        self.check()
        self.set_url("https://new.example.com")
        self.mine.action_is_real()
        line = self.check("address_change")
        self.assertEqual(line.level, "amber")
        self.assertIn("was https://erp.example.com", line.message)

    def test_the_packages(self):
        line = self.check("libraries")
        self.assertEqual(line.level, "green")
        find = "odoo.addons.autenti_esign_health.libraries.find_misfits"
        with patch(find, return_value={"PyJWT>=2.6": "1.7.1", "requests>=2.28": ""}):
            line = self.check("libraries")
        self.assertEqual(line.level, "amber")
        self.assertIn("PyJWT>=2.6 is needed, and 1.7.1 is installed", line.message)
        self.assertIn("requests>=2.28 is needed, and nothing is", line.message)
        self.assertIn("pip", line.hint)


class TestAnswer(OwnCallCommon, HttpCase):
    """This very database answers its own question, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_url(cls.base_url())
        cls.classPatch(
            cls.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 1
        )

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        """Override: the call of the job is one of the test's, who has a cookie."""
        test = module.current_test
        if "Cookie" in request.headers or not request.url.endswith("/autenti"):
            return super()._request_handler(session, request, **options)
        with test.allow_requests():
            name = common.TEST_CURSOR_COOKIE_NAME
            request.headers["Cookie"] = f"{name}={test.http_request_key}"
            response = common._super_send(session, request, **options)
            assert response.content is not None
        return response

    def try_address(self):
        """Override: a cursor of the job's own would keep the server waiting."""
        self.env["autenti.connection"]._cron_try_address()
        return self.line()

    def post(self, body):
        headers = {"Content-Type": "application/json"}
        return self.url_open("/autenti", data=body, headers=headers, method="POST")

    def ask(self, word):
        return self.post(address_call.make_question(word))

    def test_this_database_answers(self):
        self.check()
        line = self.try_address()
        self.assertEqual(
            line.message, f"{self.base_url()}/autenti leads to this database."
        )
        self.assertEqual(line.level, "green")

    def pass_on(self, posted, headers):
        """Do what a proxy does that calls Odoo by another name."""
        call = urllib.request.Request(
            f"{self.base_url()}/autenti",
            posted,
            {name: headers[name] for name in ("Content-Type", "Cookie")},
        )
        with urllib.request.urlopen(call) as answer:
            return answer.read()

    def test_another_name_of_this_server_is_told(self):
        with hosts.host(body=self.pass_on) as url:
            self.set_url(url.removesuffix("/autenti"))
            self.check()
            line = self.try_address()
        self.assertEqual(line.level, "amber")
        self.assertIn(f"another host name: {self.base_url()[7:]}", line.message)

    def test_a_copy_in_its_place_does_not_know_the_answer(self):
        """All that a copy has is what there was before the question."""
        self.check()
        word = self.line().word
        self.line().word = False
        self.env.flush_all()
        outcome = address_call.call(f"{self.base_url()}/autenti", word, "any")
        self.assertEqual(outcome, Outcome("other_database"))

    def test_nobody_learns_anything(self):
        self.check()
        word = self.line().word
        self.env.flush_all()
        for other in (word[:-1], f"{word}x", word[::-1], "%", "_" * len(word), ""):
            with self.subTest(word=other):
                answer = self.ask(other)
                self.assertNotIn(self.line().answer, answer.text)
                self.assertNotEqual(answer.status_code, 200)
        answer = self.ask("x" * len(word))
        self.assertEqual(answer.json(), {"answer": None})
        self.assertEqual(
            answer.headers["Content-Type"].split(";")[0], "application/json"
        )
        self.assertFalse(answer.cookies.get("session_id"))

    def test_it_is_answered_once(self):
        self.check()
        word, secret = (
            self.line().word,
            self.line().answer,
        )
        self.env.flush_all()
        self.assertEqual(self.ask(word).json()["answer"], secret)
        self.try_address()
        self.assertEqual(self.ask(word).json(), {"answer": None})

    def test_it_reflects_no_page(self):
        for word in ("<script>alert(1)</script>", "x" * 43 + "<b>"):
            answer = self.ask(word)
            self.assertNotIn("<", answer.text)

    def test_what_autenti_posts_goes_on_as_before(self):
        for body in (
            b"",
            b"{}",
            b"[]",
            json.dumps({"question": 5}).encode(),
            b'{"question": "' + b"x" * 43 + b'"} ',
            b'{"question": "' + "ą".encode() * 43 + b'"}',
        ):
            with self.subTest(body=body):
                answer = self.post(body)
                self.assertGreaterEqual(answer.status_code, 400)
                self.assertEqual(answer.text, "")
