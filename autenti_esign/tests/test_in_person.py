# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import logging

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.barcode import createBarcodeDrawing

from .common import BOARD_EMAIL, CLIENT_EMAIL, AutentiCommon


def draw(text):
    drawing = createBarcodeDrawing("QR", value=text, width=260, height=260, barBorder=4)
    return drawing.asString("svg")


class TestInPerson(AutentiCommon):
    """The client signs at the table, with their own link."""

    def test_the_link_and_its_qr_code_are_the_clients(self):
        request = self.send().with_user(self.seller)
        self.assertTrue(request.can_sign_in_person)
        action = self.agreement.with_user(self.seller).action_autenti_sign_in_person()
        self.assertEqual(action["params"], {"request_id": request.id})
        self.assertEqual(self.autenti.count("link"), 0, "fetched when it's opened")
        link = request.action_fetch_client_link()
        self.assertEqual(link["name"], "Jan Kowalski")
        self.assertIn(f"PARTY-EMAIL:{CLIENT_EMAIL}", link["url"])
        head, _comma, data = link["qr_code"].partition(",")
        self.assertEqual(head, "data:image/svg+xml;base64")
        self.assertEqual(base64.b64decode(data).decode(), draw(link["url"]))

    def test_the_link_is_kept_nowhere(self):
        request = self.send().with_user(self.seller)
        with self.assertLogs("odoo.addons.autenti_esign", logging.DEBUG) as logs:
            link = request.action_fetch_client_link()
            self.env.flush_all()
        self.assertNotIn(link["url"], "\n".join(logs.output))
        self.assertNotIn("sign.example.com", "\n".join(logs.output))
        self.assertFalse(self.find_in_database("sign.example.com"))
        self.assertTrue(self.find_in_database(CLIENT_EMAIL), "the search finds things")
        self.env.invalidate_all()
        files = self.env["ir.attachment"].search([]).filtered("raw")
        image = base64.b64decode(link["qr_code"].partition(",")[2])
        self.assertFalse(
            [
                each
                for each in files
                if image in each.raw or b"sign.example.com" in each.raw
            ]
        )

    def find_in_database(self, text):
        """Search every column of every table that can hold a text.

        :return: names of the tables
        """
        columns = self.env.execute_query(
            SQL(
                "SELECT c.table_name, c.column_name FROM information_schema.columns c"
                " JOIN information_schema.tables t USING (table_schema, table_name)"
                " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND"
                " c.data_type IN ('text', 'character varying', 'jsonb', 'json')"
            )
        )
        return {
            table
            for table, column in columns
            if self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE position(%s in %s::text) > 0 LIMIT 1",
                    SQL.identifier(table),
                    text,
                    SQL.identifier(column),
                )
            )
        }

    def test_only_the_sender_and_managers_get_it(self):
        request = self.send()
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name):
                self.assertTrue(request.with_user(user).can_sign_in_person)
                request.with_user(user).action_fetch_client_link()
        fetched = self.autenti.count("link")
        with self.assertRaises(AccessError):
            request.with_user(self.colleague).action_fetch_client_link()
        agreement = self.agreement.with_user(self.colleague)
        self.assertFalse(agreement.autenti_can_sign_in_person)
        with self.assertRaises(AccessError):
            agreement.action_autenti_sign_in_person()
        board_request = self.send_by_board().with_user(self.board_member)
        self.assertFalse(board_request.can_sign_in_person)
        with self.assertRaises(AccessError):
            board_request.action_fetch_client_link()
        self.assertEqual(self.autenti.count("link"), fetched)

    def test_only_while_it_is_the_clients_turn(self):
        request = self.submit().with_user(self.seller)
        agreement = self.agreement.with_user(self.seller)
        self.assertNoLink(request)
        self.run_cron()
        self.assertTrue(request.can_sign_in_person)
        self.assertTrue(agreement.autenti_can_sign_in_person)
        self.sign(request.sudo(), CLIENT_EMAIL)
        self.assertNoLink(request)
        self.assertFalse(agreement.autenti_can_sign_in_person)
        self.assertEqual(self.autenti.count("link"), 0)

    def assertNoLink(self, request):
        self.assertFalse(request.can_sign_in_person)
        with self.assertRaisesRegex(UserError, "isn't the client's turn"):
            request.action_fetch_client_link()

    def test_who_only_sends_gets_the_clients_link_and_never_the_representatives(self):
        request = self.send_by_board().with_user(self.board_seller)
        self.assertIn(CLIENT_EMAIL, request.action_fetch_client_link()["url"])
        self.sign(request.sudo(), CLIENT_EMAIL)
        self.assertNoLink(request)
        emails = [call.ids["party_id"] for call in self.autenti.calls_of("link")]
        self.assertNotIn(f"PARTY-EMAIL:{BOARD_EMAIL}", emails)

    def test_an_autenti_that_gives_no_link_is_told(self):
        request = self.send().with_user(self.seller)
        self.autenti.fail("link", 403)
        with self.assertRaisesRegex(UserError, "doesn't permit this"):
            request.action_fetch_client_link()

    def setUp(self):
        super().setUp()
        self.heard = self.listen()

    def get_told(self):
        """Return the sentences about links that were recorded."""
        return [text for _request, kind, text in self.heard if kind == "link"]

    def test_each_fetch_is_written_down_and_noted(self):
        request = self.send()
        for user in (self.seller, self.manager, self.seller):
            request.with_user(user).action_fetch_client_link()
        sentence = "%s has fetched the personal signing link of Jan Kowalski."
        names = ["Anna Nowak", "Maria Wilk", "Anna Nowak"]
        self.assertEqual(self.get_told(), [sentence % name for name in names])
        told = sentence % "Maria Wilk"
        notes = request.message_ids.filtered(lambda m: told in (m.body or ""))
        self.assertEqual(notes.author_id, self.manager.partner_id)

    def test_what_autenti_refuses_is_no_fetch(self):
        request = self.send()
        self.autenti.fail("link", 403)
        with self.assertRaises(UserError):
            request.with_user(self.seller).action_fetch_client_link()
        self.assertEqual(self.get_told(), [])

    def test_the_own_link_is_not_written_down(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        request.with_user(self.seller).action_sign_now()
        self.assertEqual(self.get_told(), [])

    def assertSwitchedOff(self, request):
        agreement = self.agreement.with_user(self.seller)
        for user in (self.seller, self.manager):
            as_user = request.with_user(user)
            self.assertFalse(as_user.can_sign_in_person)
            for name in ("action_sign_in_person", "action_fetch_client_link"):
                with self.assertRaisesRegex(UserError, "is switched off"):
                    getattr(as_user, name)()
        self.assertFalse(agreement.autenti_can_sign_in_person)
        with self.assertRaisesRegex(UserError, "is switched off"):
            agreement.action_autenti_sign_in_person()
        self.assertEqual(self.autenti.count("link"), 0)
        self.assertEqual(self.get_told(), [])

    def test_a_company_can_forbid_it(self):
        self.assertTrue(self.connection.allows_in_person, "as before")
        request = self.send()
        self.connection.allows_in_person = False
        self.assertSwitchedOff(request)
        self.sign(request, CLIENT_EMAIL)
        request.with_user(self.seller).action_sign_now()

    def test_a_type_of_contract_can_forbid_it(self):
        kind = self.env["agreement.type"].create({"name": "Poręczenie"})
        self.assertTrue(kind.autenti_allows_in_person, "as before")
        self.agreement.agreement_type_id = kind
        request = self.send()
        kind.autenti_allows_in_person = False
        self.assertSwitchedOff(request)

    def test_a_salesperson_does_not_switch_it_on(self):
        self.connection.allows_in_person = False
        with self.assertRaises(AccessError):
            self.connection.with_user(self.seller).allows_in_person = True
