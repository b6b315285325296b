# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ten years of contracts, copied from one that was really sent and signed.

Each salesperson has as many contracts at each size, and as much is out, due or to be
deleted: what grows is what others have, and what is done with.
"""

from contextlib import contextmanager

from odoo.fields import Command
from odoo.tools import SQL

from .environment import ALL, multiply

COMPANIES = 3
OF_SELLER = 2_500  # contracts: one a working day
OF_CLIENT = 10  # contracts
TYPES = 3  # of contracts, the first of which is not kept for ever
BLOCK = 120  # contracts of a type that follow each other
UNSENT = 20  # one of so many
OPEN = 1_000  # requests that are out
FEWEST = 4  # salespeople in the smallest size
DUE = 8  # that retention finds
KEPT = ("files", "callbacks", "contacts")
MONTHS_KEPT = 60
DAYS_KEPT = 1824  # a little less
DAYS_OPEN = 42  # what is not out is older
DAYS_TOLD = 41  # what waits longer is in the weekly summary
YEARS = 10
TABLES = (
    *("agreement", "autenti_callback", "autenti_event", "autenti_request"),
    *("autenti_signer", "ir_attachment", "mail_followers", "mail_message"),
    "res_partner",
)
LOG = 2  # audit trail entries, notes and callbacks that are copied of each contract
NULL = SQL("NULL")


class History:
    """What fills a database, in SQL: `nth` counts the contracts, from the oldest.

    :param env: Environment of Odoo's own user
    :param request: autenti.request that was signed, which the others are copied from
    :param int rows: contracts
    """

    def __init__(self, env, request, rows):
        self.env = env
        self.seller = request.user_id
        self.request = request
        self.rows = rows
        self.agreement = request._get_record()
        seconds = YEARS * 365 * 86400 // rows
        self.age = SQL("(%s - nth)", rows)
        self.client = SQL("mod(nth, %s)", rows // OF_CLIENT)
        self.is_open = SQL("%s < %s", self.age, OPEN)
        block = BLOCK * TYPES
        oldest_kept = rows - (DAYS_KEPT - DAYS_OPEN) * 86400 // seconds
        due = (oldest_kept - 2 * block) // block * block
        is_due = SQL("nth BETWEEN %s AND %s", due + 1, due + DUE)
        self.people = rows // OF_SELLER
        lot = SQL("mod(nth / %s, %s)", self.people, UNSENT)
        self.is_sent = SQL("(%s OR %s OR %s > 0)", self.is_open, is_due, lot)
        self.is_forgotten = SQL(
            "(mod(nth / %s, %s) = 0 AND nth < %s AND NOT %s)",
            *(BLOCK, TYPES, oldest_kept, is_due),
        )
        self.is_signed = SQL("(NOT %s AND %s > 3)", self.is_open, lot)
        self.is_kept = SQL("(%s AND NOT %s)", self.is_sent, self.is_forgotten)
        self.state = SQL(
            "CASE WHEN %s THEN 'sent' ELSE "
            "(ARRAY['declined', 'expired', 'withdrawn', 'signed'])"
            "[GREATEST(LEAST(%s, 4), 1)] END",
            self.is_open,
            lot,
        )
        self.moment = SQL(
            "(now() AT TIME ZONE 'UTC' - CASE WHEN %s THEN %s * interval '1 hour' "
            "ELSE %s * interval '1 day' + %s * %s * interval '1 second' END)",
            *(self.is_open, self.age, DAYS_OPEN, self.age, seconds),
        )

    def fill(self):
        self._add_people()
        self.env.flush_all()
        # Of millions of rows, none refers to what isn't there
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        with self._without_indexes():
            self._add_partners()
            self._add_contracts()
            self._add_requests()
            self._add_files()
            self._add_log()
        self.env.cr.execute("ANALYZE")
        self.env.cr.commit()
        self.env.invalidate_all()

    @staticmethod
    def _when(condition, value, other=NULL):
        return SQL("CASE WHEN %s THEN %s ELSE %s END", condition, value, other)

    @staticmethod
    def _pick(records, by):
        """Choose one of some records for each nth."""
        ids = SQL("ARRAY[%s]", SQL(", ").join(map(SQL, map(str, records.ids))))
        return SQL("(%s)[1 + mod(%s, %s)]", ids, by, len(records))

    def _copy(self, record, values, where=ALL, first=None, rows=None):
        """Copy a row for each nth.

        :param dict values: SQL by column
        :param where: SQL of the numbers that have one
        :param int first: added to the nth it is the id, else a sequence gives it
        """
        if first is not None:
            values = {"id": SQL("%s + nth", first), **values}
        multiply(self.env, record, rows or self.rows, values, where)

    @contextmanager
    def _without_indexes(self):
        """Make the tables' indexes anew after the block, which is many times faster."""
        found = self.env.execute_query(
            SQL(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) "
                "FROM pg_index WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS "
                "(SELECT FROM pg_constraint WHERE conindid = indexrelid)",
                list(TABLES),
            )
        )
        for name, _definition in found:
            self.env.cr.execute(SQL("DROP INDEX %s", SQL(name)))
        yield
        self.env.cr.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for _name, definition in found:
            self.env.cr.execute(SQL(definition.replace("%", "%%")))

    def _reserve(self, model, count=1):
        """Keep ids for the copies of rows, of which each nth has so many.

        :return: what added to the nth is the id of the first of them
        """
        sequence = SQL("pg_get_serial_sequence(%s, 'id')", self.env[model]._table)
        query = SQL("SELECT nextval(%s)", sequence)
        [[first]] = self.env.execute_query(query)
        self.env.cr.execute(
            SQL("SELECT setval(%s, %s)", sequence, first + count * (self.rows + 1))
        )
        return first

    def get_client_of(self, user):
        """Return the contact of a client of a user's, as res.partner."""
        place = self.users.ids.index(user.id)
        return self.env["res.partner"].browse(self.first_person + 1 + place)

    def _add_people(self):
        env = self.env
        main = env.company
        names = [f"Company {nth}" for nth in range(2, COMPANIES + 1)]
        others = env["res.company"].create([{"name": name} for name in names])
        self.companies = main + others
        connections = env["autenti.connection"]
        connections |= connections.create(
            [{"company_id": company.id, "mode": "individual"} for company in others]
        ) | connections.search([("company_id", "=", main.id)])
        connections.waiting_days = DAYS_TOLD
        self.connections = connections.sorted(lambda c: c.company_id.id)
        (self.seller + env.ref("base.user_admin")).company_ids = self.companies
        names = [f"user{nth}" for nth in range(1, self.people)]
        self.users = self.seller + self.seller.create(
            [
                {
                    "name": name,
                    "login": name,
                    "email": f"{name}@example.com",
                    "company_id": main.id,
                    "company_ids": [Command.set(self.companies.ids)],
                    "group_ids": [Command.set(self.seller.group_ids.ids)],
                }
                for name in names
            ]
        )
        kept = {f"autenti_keep_{what}": MONTHS_KEPT for what in KEPT}
        names = [f"Type {nth}" for nth in range(TYPES)]
        self.types = env["agreement.type"].create([{"name": name} for name in names])
        self.types[0].write(kept)

    def _add_partners(self):
        """Add a contact to each client."""
        self.first_client = self._reserve("res.partner")
        self.first_person = self._reserve("res.partner")
        email = SQL("'client' || nth || '@client.example'")
        values = {
            "email": email,
            "email_normalized": email,
            "user_id": self._pick(self.users, SQL("nth - 1")),
            "commercial_partner_id": SQL("%s + nth", self.first_client),
        }
        for first, name, more in (
            (self.first_client, SQL("'Client ' || nth"), {"is_company": SQL("TRUE")}),
            (
                self.first_person,
                SQL("'Person ' || nth"),
                {"parent_id": SQL("%s + nth", self.first_client)},
            ),
        ):
            self._copy(
                self.agreement.partner_id,
                {**values, **more, "name": name, "complete_name": name},
                first=first,
                rows=self.rows // OF_CLIENT,
            )

    def _add_contracts(self):
        # As many people have something out at each size
        self.user = self._when(
            self.is_open,
            self._pick(self.users[:FEWEST], SQL("nth")),
            self._pick(self.users, SQL("nth")),
        )
        self.company = self._pick(self.companies, SQL("nth"))
        self.type = self._pick(self.types, SQL("nth / %s", BLOCK))
        self.partner = SQL("%s + 1 + %s", self.first_client, self.client)
        self.person = SQL("%s + 1 + %s", self.first_person, self.client)
        self.signed_at = self._when(self.is_signed, self.moment)
        self.turn_at = self._when(self.is_open, self.moment)
        self.turn = self._when(self.is_open, SQL("'client'"))
        self.first_agreement = self._reserve("agreement")
        values = {
            "code": SQL("'C/' || nth"),
            "name": SQL("'Contract ' || nth"),
            "partner_id": self.partner,
            "commercial_partner_id": self.partner,
            "company_id": self.company,
            "agreement_type_id": self.type,
            "create_uid": self.user,
            "write_uid": self.user,
            "create_date": self.moment,
            "write_date": self.moment,
            "signature_date": self.signed_at,
            "autenti_state": self._when(self.is_sent, self.state),
            "autenti_user_id": self._when(self.is_sent, self.user),
            "autenti_sent_date": self._when(self.is_sent, self.moment),
            "autenti_turn": self.turn,
            "autenti_turn_date": self.turn_at,
            "autenti_next_signer": self._when(self.is_open, SQL("'Jan Kowalski'")),
            "autenti_signed_date": self.signed_at,
            "autenti_signed_summary": self._when(
                self.is_signed, SQL("autenti_signed_summary")
            ),
        }
        self._copy(self.agreement, values, first=self.first_agreement)

    def _add_requests(self):
        signers = self.request.signer_ids
        files = self._get_files()
        self.first_request = self._reserve("autenti.request")
        self.first_signer = self._reserve("autenti.signer", len(signers))
        self.first_file = self._reserve("ir.attachment", len(files))
        values = {
            "res_id": SQL("%s + nth", self.first_agreement),
            "name": SQL("'Contract ' || nth"),
            "partner_id": self.partner,
            "company_id": self.company,
            "connection_id": self._pick(self.connections, SQL("nth")),
            "user_id": self.user,
            "agreement_type_id": self.type,
            "next_signer_id": self._when(
                self.is_open, self._get_id(self.first_signer, signers, len(signers) - 1)
            ),
            "turn": self.turn,
            "turn_date": self.turn_at,
            "state": self.state,
            "create_date": self.moment,
            "sent_date": self.moment,
            "ended_date": self._when(SQL("NOT %s", self.is_open), self.moment),
            "completed_date": self.signed_at,
            "signed_date": self.signed_at,
            "process_id": SQL("'DOCUMENT_PROCESS-ID:' || nth"),
            "next_check_at": self._when(
                self.is_open,
                SQL("now() AT TIME ZONE 'UTC' + interval '2 days' * random()"),
            ),
            **{
                name: self._when(
                    self._has_file(name), self._get_id(self.first_file, files, place)
                )
                for place, (name, _file) in enumerate(files)
            },
        }
        self._copy(self.request, values, self.is_sent, self.first_request)
        for place, signer in enumerate(signers):
            self._add_signer(signer, self._get_id(self.first_signer, signers, place))

    def _add_signer(self, signer, signer_id):
        is_client = signer.side == "client"
        email = SQL("'client' || %s || '@client.example'", self.client)
        not_forgotten = SQL("NOT %s", self.is_forgotten)
        values = {
            "id": signer_id,
            "request_id": SQL("%s + nth", self.first_request),
            "company_id": self.company,
            "user_id": NULL if is_client else self.user,
            "partner_id": self.person if is_client else NULL,
            "email": self._when(
                not_forgotten, email if is_client else SQL("email"), SQL("'-'")
            ),
            "phone": self._when(not_forgotten, SQL("phone")),
            "status": self._when(
                SQL("%s AND %s", self.is_open, is_client), SQL("'turn'"), SQL("status")
            ),
            "signed_date": self.signed_at,
        }
        self._copy(signer, values, self.is_sent)

    def _get_files(self):
        """Return the request's files, each with the name of its field."""
        names = ("source_attachment_id", "signed_attachment_id", "card_attachment_id")
        return [(name, self.request[name]) for name in names if self.request[name]]

    def _has_file(self, name):
        has_come = SQL("TRUE") if name.startswith("source") else self.is_signed
        return SQL("(%s AND %s)", self.is_kept, has_come)

    @staticmethod
    def _get_id(first, group, place):
        return SQL("%s + %s * nth + %s", first, len(group), place)

    def _add_files(self):
        files = self._get_files()
        for place, (name, file) in enumerate(files):
            first = (
                self.first_agreement
                if file.res_model == "agreement"
                else self.first_request
            )
            values = {
                "id": self._get_id(self.first_file, files, place),
                "autenti_request_id": SQL("%s + nth", self.first_request),
                "company_id": self.company,
                "res_id": SQL("%s + nth", first),
            }
            self._copy(file, values, self._has_file(name))

    def _add_log(self):
        env = self.env
        request_id = SQL("%s + nth", self.first_request)
        for event in self.request.event_ids[:LOG]:
            self._copy(
                event, {"request_id": request_id, "moment": self.moment}, self.is_sent
            )
        for callback in self.request.callback_ids[:LOG]:
            values = {
                "request_id": request_id,
                "event_id": SQL("%s || ':' || nth", callback.event_id),
                "process_id": SQL("'DOCUMENT_PROCESS-ID:' || nth"),
                "create_date": self.moment,
                "body": self._when(SQL("NOT %s", self.is_forgotten), SQL("body")),
            }
            self._copy(callback, values, self.is_sent)
        for record, first in (
            (self.agreement, self.first_agreement),
            (self.request, self.first_request),
        ):
            of_record = [("model", "=", record._name), ("res_id", "=", record.id)]
            for message in env["mail.message"].search(of_record, limit=LOG // 2):
                values = {
                    "res_id": SQL("%s + nth", first),
                    "date": self.moment,
                    "create_date": self.moment,
                }
                self._copy(message, values, self.is_sent)
        of_record = [
            ("res_model", "=", "agreement"),
            ("res_id", "=", self.agreement.id),
        ]
        follower = env["mail.followers"].search(of_record, limit=1)
        values = {
            "res_id": SQL("%s + nth", self.first_agreement),
            "partner_id": self._pick(self.users.partner_id, SQL("nth")),
        }
        self._copy(follower, values)
