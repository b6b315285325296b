# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import psycopg2

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, mute_logger

from .common import AutentiCommon

CONTACTS = "base.group_partner_manager"


class TestMerging(AutentiCommon):
    """Contracts don't go when duplicates of their clients are merged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_user(
            "Kasia Porządna", "kasia@firma.example.com", groups=CONTACTS
        )
        cls.duplicate = cls.client.copy(
            {
                "name": "Klient Spółka Akcyjna",
                "child_ids": [
                    Command.create({"name": "Jan Kowalski", "email": "jan@k.example"})
                ],
            }
        )

    def merge(self, *partners, into=None, user=None):
        """Merge as a person does who has chosen contacts in their list."""
        ids = [partner.id for partner in partners]
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(user or self.clerk)
            .with_context(active_model="res.partner", active_ids=ids)
            .create({})
        )
        wizard.dst_partner_id = into or partners[0]
        wizard.action_merge()

    def make(self, code, partner=None, **values):
        return self._create_agreement(
            self.seller, code=code, partner_id=(partner or self.client).id, **values
        )

    def test_contracts_with_the_same_number_are_named_and_nothing_is_lost(self):
        ours = self.make("1/2026")
        signed = self.make("1/2026", self.duplicate, name="Umowa podpisana")
        out = self.make("2/2026", self.duplicate)
        annex = self.make("2/2026/A", self.duplicate, parent_id=out.id)
        self.sign_by_all(self.send(signed))
        self.send(out)
        with self.assertRaisesRegex(UserError, r"\[1/2026\] Umowa podpisana") as caught:
            self.merge(self.client, self.duplicate)
        self.assertNotIn("2/2026", str(caught.exception))
        self.env.invalidate_all()
        for agreement in signed + out + annex:
            self.assertEqual(agreement.partner_id, self.duplicate)
        self.assertEqual(ours.partner_id, self.client)
        self.assertEqual(signed.autenti_state, "signed")

    def test_contracts_that_were_never_sent_are_kept_as_well(self):
        self.make("1/2026")
        draft = self.make("1/2026", self.duplicate, active=False)
        with self.assertRaisesRegex(UserError, r"\[1/2026\]"):
            self.merge(self.client, self.duplicate)
        self.assertTrue(draft.exists())

    def test_all_that_is_in_the_way_is_named(self):
        third = self.client.copy({"name": "Klient"})
        for code, name in (("1", "Najem"), ("2", "Dostawa")):
            self.make(code, self.duplicate, name=name)
            self.make(code, third, name=f"{name} bis")
        with self.assertRaisesRegex(UserError, r"\[1\] Najem.*, \[2\] Dostawa"):
            self.merge(self.client, self.duplicate, third)

    def test_contracts_of_another_company_are_only_counted(self):
        board = {"company_id": self.board_company.id}
        for partner in (self.client, self.duplicate):
            self._create_agreement(
                self.board_seller, code="1/2026", partner_id=partner.id, **board
            )
        with self.assertRaisesRegex(UserError, "1 of another company") as caught:
            self.merge(self.client, self.duplicate)
        self.assertNotIn("1/2026", str(caught.exception))

    def test_merged_without_loss_where_all_numbers_differ(self):
        signed = self.make("1/2026", self.duplicate)
        out = self.make("2/2026", self.duplicate)
        annex = self.make("2/2026/A", self.duplicate, parent_id=out.id)
        done = self.send(signed)
        self.sign_by_all(done)
        request = self.send(out)
        before = request.signer_ids.read(["name", "email", "status"])
        self.merge(self.client, self.duplicate)
        self.env.invalidate_all()
        self.assertFalse(self.duplicate.exists())
        for agreement in signed + out + annex:
            self.assertEqual(agreement.partner_id, self.client)
            self.assertEqual(agreement.commercial_partner_id, self.client)
        self.assertEqual((done + request).partner_id, self.client)
        self.assertEqual(request.signer_ids.read(["name", "email", "status"]), before)
        self.sign_by_all(request)
        self.assertEqual(out.autenti_state, "signed")

    def test_the_person_who_signs_is_merged_without_loss(self):
        twin = self.contact.copy({"name": "Kowalski Jan"})
        request = self.send()
        self.merge(twin, self.contact)
        self.env.invalidate_all()
        signer = request.signer_ids[0]
        self.assertEqual(signer.partner_id, twin)
        self.assertEqual(signer.name, "Jan Kowalski")
        self.sign_by_all(request)

    def test_contracts_of_merged_people_go_along(self):
        twin = self.contact.copy({"parent_id": self.duplicate.id})
        agreement = self.make("1/2026", twin)
        self.make("1/2026")
        request = self.send(agreement)
        self.merge(self.contact, twin)
        self.env.invalidate_all()
        self.assertEqual(agreement.partner_id, self.contact)
        self.sign_by_all(request)

    def test_a_user_keeps_account_and_representation(self):
        account = self.env["autenti.account"].create(
            {
                "user_id": self.seller.id,
                "connection_id": self.connection.id,
                "environment": "test",
            }
        )
        representative = self.env["autenti.representative"].create(
            {
                "connection_id": self.connection.id,
                "first_name": "Anna",
                "last_name": "Nowak",
                "email": "anna.nowak@autenti.example",
                "basis": "Prokurent",
                "user_id": self.seller.id,
            }
        )
        request = self.send()
        twin = self.env["res.partner"].create(
            {"name": "Anna Nowak", "email": self.seller.email}
        )
        self.merge(twin, self.seller.partner_id, user=self.env.ref("base.user_admin"))
        self.env.invalidate_all()
        self.assertEqual(self.seller.partner_id, twin)
        self.assertEqual(account.user_id, self.seller)
        self.assertEqual(representative.user_id, self.seller)
        self.sign_by_all(request)

    def test_what_can_be_signed_itself_is_not_merged_away(self):
        request = self.send()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        other = self.make("9/2026")
        with self.assertRaisesRegex(UserError, "evidence.*Umowa o współpracy"):
            wizard._update_reference_fields_generic("agreement", self.agreement, other)
        self.assertEqual(request.res_id, self.agreement.id)
        # The other way round there is nothing to lose
        wizard._update_reference_fields_generic("agreement", other, self.agreement)

    # === The database itself === #

    def assertKeptByDatabase(self, query):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError) as caught,
        ):
            self.env.cr.execute(query)
        return caught.exception

    def test_no_sql_deletes_what_was_sent(self):
        self.send()
        error = self.assertKeptByDatabase(
            SQL("DELETE FROM agreement WHERE id = %s", self.agreement.id)
        )
        message = self.agreement.with_context(lang="en_US")._sql_error_to_message(error)
        self.assertIn("evidence that must stay. Archive it", message)
        other = self.make("9/2026")
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM agreement WHERE id = %s", other.id))
        self.assertTrue(self.env.cr.rowcount)

    def test_the_guard_is_there_for_all_that_can_be_signed(self):
        signable = self.env.registry["autenti.sign.mixin"]
        tables = {
            model._table
            for model in self.env.registry.values()
            if model._auto and not model._abstract and issubclass(model, signable)
        }
        guarded = self.env.execute_query(
            SQL(
                "SELECT tgrelid::regclass::text FROM pg_trigger "
                "WHERE tgfoid = 'autenti_keep_sent'::regproc"
            )
        )
        self.assertEqual({table for [table] in guarded}, tables)

    def test_no_sql_deletes_evidence_along_with_something_else(self):
        request = self.send()
        for record in (request, self.connection, self.seller, self.company):
            with self.subTest(record._name):
                self.assertKeptByDatabase(
                    SQL(
                        "DELETE FROM %s WHERE id = %s",
                        SQL.identifier(record._table),
                        record.id,
                    )
                )

    def test_no_foreign_key_takes_evidence_along(self):
        cascades = self.env.execute_query(
            SQL(
                """
                SELECT conrelid::regclass::text, confrelid::regclass::text
                FROM pg_constraint
                WHERE contype = 'f' AND confdeltype = 'c' AND conrelid IN (
                    'autenti_request'::regclass, 'autenti_signer'::regclass,
                    'autenti_callback'::regclass, 'autenti_request_file'::regclass
                )
                """
            )
        )
        self.assertEqual(cascades, [])
