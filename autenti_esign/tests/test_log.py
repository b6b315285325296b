# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.base.tests.common import BaseCommon

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

    def test_calls_of_other_models_are_logged_as_ever(self):
        partners = self.env["res.partner"]
        with self.assertLogs(LOGGER, "DEBUG") as logs:
            call_kw(partners, "create", [{"name": "Klient S.A."}], {})
        self.assertIn("Klient S.A.", logs.output[0])
