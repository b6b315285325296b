# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .test_guard import GuardCommon


class TestSharedPosts(GuardCommon):
    """A manager reads what Autenti posted, unless it tells of others too."""

    def setUp(self):
        super().setUp()
        self.own, self.foreign = self.send(), self.send_by_board()

    def receive(self, event_id, request=None, post=None, **values):
        return self.env["autenti.callback"].create(
            {
                "event_id": event_id,
                "jwks_url": "https://keys.example.com",
                "body": not post and json.dumps([event_id, "secret"]),
                "post_id": post and post.id,
                "request_id": request and request.id,
                "state": "done" if request else "ignored",
                **values,
            }
        )

    def test_a_post_about_own_contracts_is_read(self):
        callback = self.receive("e1", self.own)
        self.receive("e2", self.own, callback)
        seen = callback.with_user(self.manager)
        self.assertIn("secret", seen.body)
        self.assertIn("secret", seen.shown_body)
        with Form(seen) as form:
            self.assertIn("secret", form.shown_body)

    def test_a_post_about_another_company_too_is_not_read(self):
        for stranger in (self.foreign, None):
            callback = self.receive(f"e1-{stranger}", self.own)
            self.receive(f"e2-{stranger}", stranger, callback)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertKept(callback.with_user(self.manager))
            self.assertIn("secret", callback.with_user(self.administrator).body)

    def assertKept(self, seen):
        """Check that a user doesn't get at the body of a callback."""
        for act in (
            lambda: seen.read(["body"]),
            lambda: seen.body,
            lambda: seen.search([("body", "ilike", "secret")]),
            lambda: seen._read_group([], ["body"]),
            lambda: seen.search([], order="body"),
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(UserError):
            seen.export_data(["body"])
        with Form(seen) as form:
            self.assertFalse(form.shown_body)
            self.assertTrue(form.is_body_hidden)
        self.assertNotIn("secret", str(seen.read()))

    def test_who_may_see_both_companies_reads_it(self):
        callback = self.receive("e1", self.own)
        self.receive("e2", self.foreign, callback)
        self.manager.company_ids += self.board_company
        seen = self.as_user(self.manager, "autenti.callback").browse(callback.id)
        self.assertIn("secret", seen.shown_body)
