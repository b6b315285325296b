# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from odoo.fields import Command

from .common import PDF, AutentiCommon

COUNTS = (20, 80)


class TestQueryCount(AutentiCommon):
    """Many contracts are read with as many queries as a few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Each with an attempt that ended before the one that is out or signed
        cls.agreements = cls.env["agreement"].concat(
            *(cls._create_agreement(cls.seller) for _number in range(max(COUNTS)))
        )
        for state in ("declined", "sent"):
            cls.env["autenti.request"].create(
                [cls._prepare_request(each, state) for each in cls.agreements]
            )
        for request in cls.agreements[::2].autenti_request_id:
            request._store_source("umowa.pdf", PDF)
            request._store_signed(PDF)
            request._set_state("signed")

    @classmethod
    def _prepare_request(cls, agreement, state):
        signer = {"last_name": "X", "signature_type": "BASIC"}
        people = (
            {"first_name": "Jan", "side": "client", "status": "signed"},
            {"first_name": "Anna", "side": "company", "user_id": cls.seller.id},
        )
        return {
            "name": agreement.name,
            "res_model": "agreement",
            "res_id": agreement.id,
            "company_id": cls.company.id,
            "connection_id": cls.connection.id,
            "user_id": cls.seller.id,
            "mode": "individual",
            "environment": "test",
            "state": state,
            "sender_email": "x@example.com",
            "sender_subject": "x",
            "signer_ids": [
                Command.create(
                    {
                        **signer,
                        **person,
                        "sequence": number,
                        "email": f"{number}@example.com",
                    }
                )
                for number, person in enumerate(people, start=1)
            ],
        }

    def count_queries(self, view_type, count, user, with_autenti=True):
        """Read what a view shows of some contracts.

        :param bool with_autenti: as the view is, or as it would be without the addon
        :return: number of queries
        """
        agreements = self.agreements.with_user(user)[:count]
        arch = etree.fromstring(agreements.get_view(view_type=view_type)["arch"])
        shown = {
            name: {"fields": {"display_name": {}}}
            if agreements._fields[name].type == "many2one"
            else {}
            for name in arch.xpath("//field[not(ancestor::field)]/@name")
            if with_autenti or not name.startswith("autenti_")
        }
        self.assertEqual("autenti_state" in shown, with_autenti)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        read = agreements.web_read(shown)
        self.assertEqual(all("autenti_state" in each for each in read), with_autenti)
        return self.env.cr.sql_log_count - before

    def test_a_view_needs_as_many_queries_for_many_contracts_as_for_few(self):
        for view_type in ("list", "form"):
            for user in (self.seller, self.manager):
                with self.subTest(view_type=view_type, user=user.name):
                    # What is cached for good is cached now
                    self.count_queries(view_type, 1, user)
                    few, many = (
                        self.count_queries(view_type, count, user) for count in COUNTS
                    )
                    self.assertEqual(few, many)
                    self.assertLess(many, 100)

    def test_the_addon_keeps_to_its_budget_of_queries(self):
        for view_type, count, budget in (("list", 80, 2), ("form", 1, 6)):
            for user in (self.seller, self.manager):
                with self.subTest(view_type=view_type, user=user.name):
                    self.count_queries(view_type, count, user)
                    without, with_it = (
                        self.count_queries(view_type, count, user, with_autenti)
                        for with_autenti in (False, True)
                    )
                    self.assertLessEqual(with_it - without, budget)

    def find_columns(self):
        """Return the (table, column) that an index of this addon's begins with."""
        self.env.cr.execute(
            """
            SELECT c.relname, a.attname
              FROM pg_index i
              JOIN pg_class c ON c.oid = i.indrelid
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
             WHERE c.relname LIKE 'autenti\\_%'
               AND coalesce(pg_get_expr(i.indpred, c.oid), '')
                   IN ('', '(' || a.attname || ' IS NOT NULL)')
            """
        )
        return set(self.env.cr.fetchall())

    def test_what_grows_is_searched_by_indexes(self):
        wanted = {
            ("autenti_request", "res_id"),  # of each record that is shown
            ("autenti_request", "partner_id"),  # by the client's portal
            ("autenti_request", "user_id"),  # by the record rules
            ("autenti_signer", "user_id"),
        }
        # PostgreSQL looks there whenever any file of Odoo's is deleted
        wanted |= {
            (model._table, name)
            for model in self.env.values()
            if model._table.startswith("autenti_") and model._auto
            for name, field in model._fields.items()
            if field.store and field.comodel_name == "ir.attachment"
            if field.type == "many2one" and not model._transient
        }
        self.assertGreater(len(wanted), 7)
        self.assertEqual(wanted - self.find_columns(), set())
