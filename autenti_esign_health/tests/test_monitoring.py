# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import Form, HttpCase

from odoo.addons.autenti_esign.tests.common import AutentiCommon

from .. import hooks, monitoring, monitoring_token

PATH = "/autenti/health"
PATHS = (PATH, f"{PATH}/metrics")
# Of Prometheus's text format, version 0.0.4
COMMENT = re.compile(r"# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)", re.ASCII)
SAMPLE = re.compile(
    r"([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*=\"[^\"\\]*\",?)*)\})? (-?\d+(?:\.\d+)?)",
    re.ASCII,
)
LABEL = re.compile(r'([a-zA-Z_]\w*)="([^"\\]*)"', re.ASCII)


def parse(text):
    """Parse what Prometheus is told, and refuse what it would.

    :return: value by name and labels, `{(name, frozenset of pairs): float}`
    """
    assert text.endswith("\n")
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("#"):
            kind, name, rest = COMMENT.fullmatch(line).groups()
            if kind == "TYPE":
                assert name not in types
                assert rest == "gauge"
                types[name] = rest
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        # A family's lines are one group, after its type
        assert name == [*types][-1]
        key = name, frozenset(LABEL.findall(labels or ""))
        assert key not in samples
        samples[key] = float(value)
    return samples


class MonitoringCommon(AutentiCommon):
    """Two connections that are well, and a token."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        cls.env["ir.config_parameter"].set_param(
            "web.base.url", "https://erp.example.com"
        )
        # Whatever the database had before
        cls.env["autenti.connection"].search(
            [("id", "not in", (cls.connection + cls.board_connection).ids)]
        ).active = False
        cls.token = monitoring_token.make(cls.env)

    def set_levels(self, *levels, connection=None, name="own_call"):
        """Have these been found by the last check."""
        connection = connection or self.board_connection
        connection.check_ids.unlink()
        self.env["autenti.check"].create(
            [
                {
                    "connection_id": connection.id,
                    "name": name,
                    "level": level,
                    "message": "Jan Kowalski, Umowa 7, anna@firma.example.com",
                    "hint": "Call Jan.",
                }
                for level in levels
            ]
        )
        self.env.flush_all()

    def all_well(self):
        for connection in self.connection + self.board_connection:
            self.set_levels("green", connection=connection)

    def take(self):
        self.env.invalidate_all()
        return monitoring.take(self.env(su=True))

    def describe(self, connection=None):
        """Return what the report says of a connection."""
        connection = connection or self.board_connection
        [found] = [
            each for each in self.take()["connections"] if each["id"] == connection.id
        ]
        return found


class TestReport(MonitoringCommon):
    """What is found, without any call of Autenti's."""

    def test_all_is_well(self):
        self.all_well()
        report = self.take()
        self.assertEqual(report["level"], "green")
        self.assertEqual(
            [each["id"] for each in report["connections"]],
            (self.connection + self.board_connection).ids,
        )
        found = self.describe()
        self.assertEqual(found["checks"], {"own_call": "green", "check_age": "green"})
        self.assertLess(found["check_age_seconds"], 60)
        self.assertFalse(self.autenti.calls)

    def test_the_worst_counts(self):
        self.all_well()
        for levels, worst in (
            (["green", "amber"], "amber"),
            (["red", "amber", "green"], "red"),
            (["green", "red", "green"], "red"),
        ):
            with self.subTest(levels=levels):
                self.set_levels(*levels)
                self.assertEqual(self.describe()["checks"]["own_call"], worst)
                self.assertEqual(self.describe()["level"], worst)
                self.assertEqual(self.describe(self.connection)["level"], "green")
                self.assertEqual(self.take()["level"], worst)

    def test_a_check_that_is_old_or_was_never_made(self):
        self.all_well()
        self.board_connection.check_ids.unlink()
        found = self.describe()
        self.assertEqual(found["checks"], {"check_age": "amber"})
        self.assertIsNone(found["check_age_seconds"])
        self.set_levels("green")
        with patch.object(monitoring, "CHECK_PATIENCE", timedelta(seconds=-1)):
            self.assertEqual(self.describe()["checks"]["check_age"], "amber")

    def test_the_address_that_is_tried_later_makes_no_check_younger(self):
        self.set_levels("green", "green")
        long_ago = fields.Datetime.now() - timedelta(days=3)
        self.env.cr.execute(
            "UPDATE autenti_check SET create_date = %s WHERE id = %s",
            [long_ago, self.board_connection.check_ids[0].id],
        )
        found = self.describe()
        self.assertGreater(found["check_age_seconds"], 2 * 24 * 3600)
        self.assertEqual(found["level"], "amber")

    def test_a_job_that_does_not_run_is_seen_at_once(self):
        self.all_well()
        self.env.ref("autenti_esign.ir_cron_autenti_request").active = False
        self.assertEqual(self.describe()["checks"]["jobs"], "red")
        self.assertEqual(self.take()["level"], "red")

    def test_a_job_that_is_overdue_is_seen_at_once(self):
        self.all_well()
        job = self.env.ref("autenti_esign.ir_cron_autenti_request")
        job.nextcall -= timedelta(hours=2)
        self.assertEqual(self.describe()["checks"]["jobs"], "red")

    def test_a_copy_is_seen_at_once(self):
        self.all_well()
        self.connection.with_user(self.manager).action_test()
        self.env["ir.config_parameter"].set_param(
            "web.base.url", "https://copy.example.com"
        )
        self.assertEqual(self.describe(self.connection)["checks"]["database"], "red")

    def test_requests_are_counted(self):
        sent = self.send()
        waiting = self.submit(self._create_agreement(self.seller))
        waiting.next_check_at = fields.Datetime.now() - timedelta(minutes=5)
        found = self.describe(self.connection)["requests"]
        self.assertEqual((found["to_send"]["count"], found["sent"]["count"]), (1, 1))
        self.assertEqual(found["due"]["count"], 1)
        self.assertIn(found["due"]["oldest_seconds"], range(300, 360))
        nothing = {"count": 0, "oldest_seconds": None}
        self.assertEqual(found["stuck"], nothing)
        sent.write({"last_error": "It broke.", "next_check_at": False})
        found = self.describe(self.connection)["requests"]
        self.assertEqual(found["stuck"]["count"], 1)
        self.assertEqual(self.describe()["requests"]["sent"], nothing)

    def test_callbacks_are_counted(self):
        nothing = {"count": 0, "oldest_seconds": None}
        before = self.take()["pending_callbacks"]
        self.assertEqual(before, nothing)
        values = {"event_id": "e1", "jwks_url": "https://any", "state": "pending"}
        self.env["autenti.callback"].create(values)
        found = self.take()["pending_callbacks"]
        self.assertEqual(found["count"], 1)
        self.assertLess(found["oldest_seconds"], 60)

    def test_an_archived_one_is_told_of_while_something_is_out(self):
        self.all_well()
        self.set_levels("red", connection=self.connection)
        self.connection.active = False
        ids = [each["id"] for each in self.take()["connections"]]
        self.assertEqual(ids, self.board_connection.ids)
        self.connection.active = True
        self.send()
        self.connection.active = False
        found = self.describe(self.connection)
        self.assertFalse(found["active"])
        # Nobody checks it any more
        self.assertEqual((found["checks"], found["level"]), ({}, "green"))
        self.assertEqual(found["requests"]["sent"]["count"], 1)

    def test_without_a_connection(self):
        (self.connection + self.board_connection).active = False
        report = self.take()
        self.assertEqual((report["level"], report["connections"]), ("amber", []))

    def test_more_connections_are_no_more_queries(self):
        self.all_well()

        def count():
            # What Odoo caches isn't asked for each time
            self.take()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            monitoring.take(self.env(su=True))
            return self.env.cr.sql_log_count - before

        few = count()
        self.assertLessEqual(few, 20)
        for number in range(5):
            company = self._create_company(name=f"Firma {number}")
            connection = self._create_connection(company)
            self.set_levels("amber", "green", connection=connection)
        self.assertEqual(count(), few)


class TestToken(MonitoringCommon):
    """An administrator makes, replaces and removes the token."""

    def settings(self, user=None):
        return (
            self.env["res.config.settings"]
            .with_user(user or self.administrator)
            .create({})
        )

    def stored(self):
        return self.env["ir.config_parameter"].get_param(monitoring_token.PARAMETER)

    def make(self):
        action = self.settings().action_autenti_make_monitoring_token()
        return action["context"]["default_token"]

    def test_it_is_shown_once_and_kept_as_a_digest(self):
        action = self.settings().action_autenti_make_monitoring_token()
        token = action["context"]["default_token"]
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(self.administrator)
            .with_context(**action["context"])
        )
        self.assertEqual(dialog.token, token)
        self.assertEqual(dialog.url, "https://erp.example.com/autenti/health")
        self.assertNotIn(token, self.stored())
        self.assertEqual(dialog.save().with_context(default_token=None).token, False)

    def test_the_latest_one_alone_is_right(self):
        tokens = [self.token, self.make(), self.make()]
        self.assertEqual(len(set(tokens)), 3)
        right = [monitoring_token.is_right(self.env, token) for token in tokens]
        self.assertEqual(right, [False, False, True])
        self.assertTrue(self.settings().autenti_is_monitored)

    def test_a_removed_one_is_wrong(self):
        self.settings().action_autenti_remove_monitoring_token()
        self.assertFalse(self.settings().autenti_is_monitored)
        for token in (self.token, "", "False", "None"):
            self.assertFalse(monitoring_token.is_right(self.env, token))

    def test_only_an_administrator(self):
        settings = self.settings()
        for user in (self.manager, self.seller):
            for name in (
                "action_autenti_make_monitoring_token",
                "action_autenti_remove_monitoring_token",
            ):
                with self.subTest(user=user.name), self.assertRaises(AccessError):
                    getattr(settings.with_user(user), name)()
            with self.assertRaises(AccessError):
                self.env["autenti.monitoring.token"].with_user(user).create({})
        self.assertTrue(monitoring_token.is_right(self.env, self.token))

    def test_a_neutralized_copy_has_none(self):
        self.env.flush_all()
        for query in get_neutralization_queries(["autenti_esign_health"]):
            self.env.cr.execute(query)
        self.env.registry.clear_cache("stable")
        self.env.invalidate_all()
        self.assertFalse(monitoring_token.is_right(self.env, self.token))

    def test_an_uninstalled_addon_leaves_none(self):
        hooks.uninstall_hook(self.env)
        self.assertFalse(self.stored())


class TestMonitoring(MonitoringCommon, HttpCase):
    """What monitoring, and who isn't, gets over HTTP."""

    def ask(self, token=None, path=PATH, **headers):
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.url_open(path, headers=headers)

    def ask_without_session(self, *args, **headers):
        """Ask as monitoring does, whom no session leads to the database."""
        self.opener.cookies.pop("session_id", None)
        return self.ask(*args, **headers)

    def assertRefused(self, answer):
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.text, "")
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")

    def test_who_has_the_token_is_answered(self):
        self.all_well()
        answer = self.ask(self.token)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(
            answer.headers["Content-Type"].split(";")[0], "application/json"
        )
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.json()["level"], "green")
        self.assertFalse(self.autenti.calls)

    def test_nobody_else_learns_anything(self):
        for path in PATHS:
            for token in (
                None,
                "",
                "x",
                self.token[:-1],
                f"{self.token}x",
                self.token.swapcase(),
                "ą".encode().decode("latin-1"),
                "x" * 5000,
            ):
                with self.subTest(path=path, token=token):
                    self.assertRefused(self.ask(token, path))
            for value in (self.token, f"Basic {self.token}", f"Token {self.token}"):
                with self.subTest(path=path, value=value):
                    self.assertRefused(self.ask(path=path, Authorization=value))
            with self.subTest(path=path):
                for name in ("token", "access_token"):
                    self.assertRefused(self.ask(path=f"{path}?{name}={self.token}"))

    def test_without_a_token_all_are_refused_alike(self):
        monitoring_token.remove(self.env)
        for path in PATHS:
            for token in (self.token, "", None):
                self.assertRefused(self.ask(token, path))

    def test_an_administrator_without_the_token_is_refused(self):
        self.authenticate(self.administrator.login, self.administrator.login)
        self.assertRefused(self.ask())

    def test_a_replaced_one_is_refused(self):
        new = monitoring_token.make(self.env)
        self.assertRefused(self.ask(self.token))
        self.assertEqual(self.ask(new).status_code, 200)

    def test_a_wrong_one_costs_no_query_of_ours(self):
        for path in PATHS:
            self.ask("x", path)
            with patch.object(monitoring, "take") as take:
                before = self.env.cr.sql_log_count
                self.assertRefused(self.ask("x", path))
                # What Odoo asks in any request
                self.assertLessEqual(self.env.cr.sql_log_count - before, 3)
            take.assert_not_called()

    def test_the_status_says_whether_it_works(self):
        self.all_well()
        for levels, status in (
            (["green"], 200),
            (["amber", "green"], 200),
            (["amber", "red"], 503),
        ):
            self.set_levels(*levels)
            with self.subTest(levels=levels):
                answer = self.ask(self.token)
                self.assertEqual(answer.status_code, status)
                self.assertEqual(answer.json()["level"], monitoring._find_worst(levels))
                # Prometheus would take it for no answer
                metrics = self.ask(self.token, PATHS[1])
                self.assertEqual(metrics.status_code, 200)

    def test_companies_are_told_apart_by_their_connections(self):
        self.all_well()
        self.set_levels("red", connection=self.connection)
        self.board_connection.environment = "production"
        self.board_connection.active = True
        self.set_levels("green")
        found = {
            each["id"]: each for each in self.ask(self.token).json()["connections"]
        }
        mine, boards = found[self.connection.id], found[self.board_connection.id]
        self.assertEqual((mine["environment"], mine["level"]), ("test", "red"))
        self.assertEqual(
            (boards["environment"], boards["level"]), ("production", "green")
        )

    def test_prometheus_understands_it(self):
        self.all_well()
        self.set_levels("amber", "red", connection=self.connection)
        self.submit()
        answer = self.ask(self.token, PATHS[1])
        self.assertEqual(
            answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8"
        )
        found = parse(answer.text)
        self.assertEqual({name for name, _labels in found}, {*monitoring.METRICS})
        self.assertEqual(found["autenti_health", frozenset()], 2)
        labels = {
            ("connection", str(self.connection.id)),
            ("environment", "test"),
        }
        self.assertEqual(found["autenti_connection_health", frozenset(labels)], 2)
        check = frozenset({*labels, ("check", "own_call")})
        self.assertEqual(found["autenti_check", check], 2)
        to_send = frozenset({*labels, ("state", "to_send")})
        self.assertEqual(found["autenti_requests", to_send], 1)
        self.assertLess(found["autenti_check_age_seconds", frozenset(labels)], 60)

    def test_prometheus_without_any_connection(self):
        (self.connection + self.board_connection).active = False
        found = parse(self.ask(self.token, PATHS[1]).text)
        self.assertEqual(found["autenti_health", frozenset()], 1)

    def test_nobody_is_named(self):
        self.all_well()
        self.set_levels("red", "amber")
        request = self.send()
        request.last_error = "Anna Nowak can't be named."
        for path in PATHS:
            text = self.ask(self.token, path).text
            self.assertTrue(text)
            for word in (
                *("Kowalski", "Jan", "Umowa", "Anna", "Nowak", "@", "Firma", "Spółka"),
                *("https://", request.name, request.process_id),
            ):
                self.assertNotIn(word, text)
        json.loads(self.ask(self.token).text)

    def test_no_session_begins(self):
        for path in PATHS:
            for token in (self.token, "x", None):
                with self.subTest(path=path, token=token):
                    answer = self.ask_without_session(token, path)
                    self.assertIn(answer.status_code, (200, 401))
                    self.assertNotIn("Set-Cookie", answer.headers)
                    self.assertNotIn("session_id", self.opener.cookies)

    def test_the_database_is_chosen_as_in_all_of_odoo(self):
        name = self.env.cr.dbname
        for path in PATHS:
            for database, status in ((name, 200), (f"{name}_other", 404)):
                answer = self.ask_without_session(
                    self.token, path, **{"X-Odoo-Database": database}
                )
                self.assertEqual(answer.status_code, status)

    def test_nothing_else_is_done_there(self):
        for path in PATHS:
            answer = self.url_open(
                path,
                data=b"{}",
                headers={"Authorization": f"Bearer {self.token}"},
                method="POST",
            )
            self.assertEqual(answer.status_code, 405)
