# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import datetime, timedelta, timezone

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tools.safe_eval import safe_eval

from .common import BOARD_EMAIL, CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

TURNS = ("turn_client", "turn_company", "my_turn")
STATES = ("to_send", "declined", "expired", "failed", "signed")


class TestFinding(AutentiCommon):
    """The lists tell who acts next and since when, and find contracts by it."""

    def find(self, record, name, user):
        """Tell if a filter of the search view finds a record, as a user.

        :param str name: of the filter, without the prefix that foreign models have
        """
        records = record.with_user(user)
        arch = etree.fromstring(records.get_view(view_type="search")["arch"])
        prefix = "" if record._name.startswith("autenti.") else "autenti_"
        [node] = arch.xpath(f"//filter[@name='{prefix}{name}']")
        domain = safe_eval(node.get("domain"), {"uid": user.id})
        return record in records.search(domain).with_env(record.env)

    def assert_found(self, record, *names, user=None):
        """Assert that the filters of these names find a record, and no others."""
        user = user or self.seller
        found = {name for name in (*TURNS, *STATES) if self.find(record, name, user)}
        self.assertEqual(found, set(names), record._name)

    def test_a_contract_is_to_be_sent_until_it_is_sent(self):
        self.assert_found(self.agreement, "to_send")
        request = self.submit()
        self.assert_found(self.agreement, "to_send")
        self.assert_found(request, "to_send")
        self.assertFalse(self.agreement.autenti_turn)

    def test_a_contract_that_is_not_to_be_signed_here_is_not_to_be_sent(self):
        paper = self.env["agreement.type"].create(
            {"name": "Akt notarialny", "autenti_disabled": True}
        )
        for values in (
            {"agreement_type_id": paper.id},
            {"is_template": True},
            {"signature_date": "2026-01-01"},
        ):
            with self.subTest(values=values):
                self.assert_found(self._create_agreement(self.seller, **values))

    def test_who_may_only_read_contracts_sees_them_without_their_types(self):
        kind = self.env["agreement.type"].create({"name": "Umowa ramowa"})
        agreement = self._create_agreement(self.seller, agreement_type_id=kind.id)
        reader = self._create_user(
            "Robert Kos", "kos@firma.example", "agreement.group_agreement_readonly"
        )
        self.assert_found(agreement, "to_send", user=reader)
        with self.assertRaises(AccessError):
            kind.with_user(reader).read(["name"])
        self.assertFalse(Form(agreement.with_user(reader)).autenti_state)
        kind.write({"autenti_disabled": True, "active": False})
        self.assert_found(agreement, user=reader)

    def test_it_waits_for_the_client_since_it_was_sent(self):
        request = self.send()
        for record in (request, self.agreement):
            self.assert_found(record, "turn_client")
        self.assertEqual(self.agreement.autenti_turn, "client")
        self.assertEqual(self.agreement.autenti_turn_date, request.sent_date)
        self.assertEqual(self.agreement.autenti_next_signer, "Jan Kowalski")
        self.assertEqual(self.agreement.autenti_user_id, self.seller)

    def test_it_waits_for_us_since_the_client_has_signed(self):
        request = self.send()
        moment = datetime(2026, 3, 4, 5, 6, 7)
        self.sign(
            request, CLIENT_EMAIL, at=moment.replace(tzinfo=timezone.utc).isoformat()
        )
        for record in (request, self.agreement):
            self.assert_found(record, "turn_company", "my_turn")
        self.assert_found(self.agreement, "turn_company", user=self.colleague)
        self.assertEqual(self.agreement.autenti_turn, "company")
        self.assertEqual(self.agreement.autenti_turn_date, moment)
        self.assertEqual(self.agreement.autenti_next_signer, "Anna Nowak")

    def test_it_is_the_representatives_turn_not_the_salespersons(self):
        request = self.send_by_board()
        self.sign(request, CLIENT_EMAIL)
        self.assert_found(
            self.board_agreement, "turn_company", "my_turn", user=self.board_member
        )
        self.assert_found(self.board_agreement, "turn_company", user=self.board_seller)
        self.sign(request, BOARD_EMAIL)
        self.assert_found(self.board_agreement, "signed", user=self.board_member)

    def test_a_number_says_for_how_many_days_it_waits(self):
        self.assertEqual(self.agreement.autenti_waiting_days, 0)
        request = self.send()
        with freeze_time(datetime.now() + timedelta(days=3, hours=1)):
            self.env.invalidate_all()
            self.assertEqual(request.waiting_days, 3)
            self.assertEqual(self.agreement.autenti_waiting_days, 3)

    def test_the_board_has_the_states_of_a_contracts_life_and_no_empty_ones(self):
        mine = self.agreement + self._create_agreement(self.seller)
        for state in (None, "withdrawn"):
            if state:
                self.send(mine[1])._set_state(state)
            groups = (
                self.env["agreement"]
                .with_user(self.seller)
                .with_context(read_group_expand=True)
                .formatted_read_group(
                    [("id", "in", mine.ids)], ["autenti_state"], ["__count"]
                )
            )
            shown = [group["autenti_state"] for group in groups]
            self.assertEqual(shown, [False, state] if state else [False])

    def get_filters(self, model, user):
        """Return the names of the filters that a user's search view has."""
        arch = self.env[model].with_user(user).get_view(view_type="search")["arch"]
        return set(etree.fromstring(arch).xpath("//filter/@name"))

    def test_salespeople_begin_with_their_own_and_managers_with_all(self):
        for xmlid, model, name in (
            ("agreement.agreement_action", "agreement", "autenti_mine"),
            ("autenti_esign.autenti_request_action", "autenti.request", "mine"),
        ):
            with self.subTest(model=model):
                context = safe_eval(self.env.ref(xmlid).context)
                self.assertEqual(context, {f"search_default_{name}": 1})
                self.assertIn(name, self.get_filters(model, self.seller))
                self.assertNotIn(name, self.get_filters(model, self.manager))

    def test_my_contracts_are_those_i_made_sent_sign_or_whose_client_is_mine(self):
        made = self._create_agreement(self.colleague)
        other = self._create_agreement(self.colleague)
        other.partner_id = other.partner_id.copy({"user_id": self.seller.id})
        self.assertTrue(self.find(made, "mine", self.colleague))
        self.assertFalse(self.find(made, "mine", self.seller))
        self.assertTrue(self.find(other, "mine", self.seller))
        request = self.send(made, self.seller)
        for record in (made, request):
            self.assertTrue(self.find(record, "mine", self.seller))
            self.assertFalse(self.find(record, "mine", self.colleague))

    def test_mine_is_the_same_whether_found_or_computed(self):
        other = self._create_agreement(self.colleague)
        other.partner_id = other.partner_id.copy({"user_id": self.seller.id})
        requests = self.send(self.agreement) + self.send_by_board()
        for records, name in (
            (self.agreement + other + self.board_agreement, "autenti_is_mine"),
            (requests, "is_own"),
        ):
            for user in (self.seller, self.colleague, self.board_member):
                with self.subTest(name=name, user=user.name):
                    model = records.with_user(user).sudo()
                    found = model.search([(name, "=", True), ("id", "in", records.ids)])
                    self.assertEqual(found, model.filtered(name).sorted("id", True))
                    rest = model.search([(name, "=", False), ("id", "in", records.ids)])
                    self.assertEqual(rest, (model - found).sorted("id", True))

    def test_what_waits_for_the_representative_is_theirs_too(self):
        request = self.send_by_board()
        self.sign(request, CLIENT_EMAIL)
        for record in (self.board_agreement, request):
            self.assertTrue(self.find(record, "mine", self.board_member))

    def test_only_what_can_apply_is_offered(self):
        agreement = self.agreement.with_user(self.seller)
        for user in (self.seller, self.manager):
            self.assertFalse(self.agreement.with_user(user).autenti_may_act)
        request = self.send()
        self.assertTrue(agreement.autenti_may_act)
        self.assertTrue(agreement.autenti_may_send_again)
        self.assertFalse(self.agreement.with_user(self.colleague).autenti_may_act)
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.env.invalidate_all()
        self.assertFalse(agreement.autenti_may_act)
        self.assertFalse(agreement.autenti_may_send_again)

    def test_the_status_is_refreshed_also_when_it_is_my_turn(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        action = self.agreement.with_user(self.seller).action_autenti_refresh()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(request.signer_ids[0].status, "signed")
        self.assertTrue(self.agreement.with_user(self.seller).autenti_is_my_turn)
        action = self.agreement.with_user(self.seller).action_autenti_refresh()
        self.assertIn("Anna Nowak", action["params"]["message"])

    def test_signed_it_waits_for_nobody(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        for record in (request, self.agreement):
            self.assert_found(record, "signed")
        self.assertEqual(
            self.agreement.autenti_signed_date, request.signer_ids[1].signed_date
        )
        self.assertFalse(self.agreement.autenti_turn)
        self.assertFalse(self.agreement.autenti_turn_date)
        self.assertFalse(self.agreement.autenti_next_signer)

    def test_what_ended_otherwise_is_found_by_how_it_ended(self):
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        for record in (request, self.agreement):
            self.assert_found(record, "declined")
        self.assertFalse(self.agreement.autenti_turn)
        for state in ("expired", "failed"):
            with self.subTest(state=state):
                agreement = self._create_agreement(self.seller)
                request = self.send(agreement)
                request._set_state(state)
                for record in (request, agreement):
                    self.assert_found(record, state)

    def test_a_new_attempt_is_the_one_that_counts(self):
        request = self.send()
        request._set_state("expired")
        self.env.flush_all()
        self.send()
        self.assert_found(self.agreement, "turn_client")
        self.assert_found(request, "expired")

    def test_contracts_are_grouped_by_what_a_team_asks_for(self):
        self.send()
        agreements = self.env["agreement"].with_user(self.seller)
        arch = etree.fromstring(agreements.get_view(view_type="search")["arch"])
        groups = [
            safe_eval(node.get("context"))["group_by"]
            for node in arch.xpath("//filter[starts-with(@name, 'autenti_')][@context]")
        ]
        self.assertEqual(
            groups,
            [
                "autenti_state",
                "autenti_user_id",
                "agreement_type_id",
                "autenti_sent_date:month",
                "autenti_signed_date:month",
            ],
        )
        for group in groups:
            found = agreements.formatted_read_group(
                [("id", "=", self.agreement.id)], [group], ["__count"]
            )
            self.assertEqual([each["__count"] for each in found], [1], group)


class TestAnalysis(AutentiCommon):
    """The figures count what they say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kinds = cls.env["agreement.type"].create([{"name": "Usługi"}, {"name": "Inne"}])
        cls.services, cls.others = kinds

    @classmethod
    def make(cls, state, days=None, **values):
        """Make a request that was sent on the first of March.

        :param float days: from sending to the last signature
        """
        kind = values.pop("kind", cls.services)
        agreement = cls._create_agreement(cls.seller, agreement_type_id=kind.id)
        sent = datetime(2026, 3, 1)
        signer = {
            "first_name": "Jan",
            "last_name": "Kowalski",
            "email": CLIENT_EMAIL,
            "side": "client",
            "sequence": 1,
            "signature_type": "BASIC",
            "status": "turn" if days is None else "signed",
            "signed_date": days is not None and sent + timedelta(days=days),
        }
        return cls.env["autenti.request"].create(
            {
                "name": agreement.name,
                "res_model": "agreement",
                "res_id": agreement.id,
                "company_id": cls.company.id,
                "connection_id": cls.connection.id,
                "user_id": cls.seller.id,
                "mode": "individual",
                "environment": "test",
                "sender_email": SELLER_EMAIL,
                "sender_subject": SELLER_EMAIL,
                "state": state,
                "sent_date": state != "to_send" and sent,
                "signer_ids": [fields.Command.create(signer)],
                **values,
            }
        )

    def count(self, groupby, user=None):
        """Group the requests as a pivot does, and return its cells."""
        requests = self.env["autenti.request"].with_user(user or self.seller)
        measures = ["__count", "days_to_sign:median", "decline_rate:avg"]
        groups = requests.formatted_read_grouping_sets([], [[], groupby], measures)
        return [
            [tuple(group[measure] for measure in measures) for group in each]
            for each in groups
        ]

    def test_half_of_the_contracts_are_signed_within_the_median(self):
        for days in (1, 2, 30):
            self.make("signed", days)
        self.make("sent")
        self.make("to_send")
        self.assertEqual(self.count(["res_model"]), [[(5, 2.0, 0.0)]] * 2)
        self.make("signed", 3)
        self.assertEqual(self.count(["res_model"])[0], [(6, 2.5, 0.0)])

    def test_the_decline_rate_is_of_those_on_whom_the_client_decided(self):
        self.make("signed", 1)
        for state in ("declined", "expired", "expired"):
            self.make(state)
        for state in ("to_send", "sent", "withdrawn", "failed"):
            self.make(state)
        [[total], _groups] = self.count(["res_model"])
        self.assertEqual(total, (8, 1.0, 0.25))

    def test_nothing_is_said_of_what_has_not_happened(self):
        self.make("sent")
        self.assertEqual(self.count(["res_model"])[0], [(1, False, False)])

    def test_the_figures_are_per_salesperson_type_and_month(self):
        self.make("signed", 1)
        self.make("signed", 3)
        self.make("declined", kind=self.others, sent_date=datetime(2026, 4, 2))
        self.make("signed", 9, user_id=self.colleague.id)
        for groupby in ("user_id", "agreement_type_id", "sent_date:month"):
            with self.subTest(groupby=groupby):
                _total, groups = self.count([groupby], self.manager)
                self.assertEqual(
                    groups,
                    [(3, 2.0, 1 / 3), (1, 9.0, 0.0)]
                    if groupby == "user_id"
                    else [(3, 3.0, 0.0), (1, False, 1.0)],
                )

    def test_the_type_stays_what_it_was_when_the_contract_was_sent(self):
        request = self.make("signed", 1)
        agreement = self.env["agreement"].browse(request.res_id)
        agreement.agreement_type_id = self.others
        self.assertEqual(request.agreement_type_id, self.services)

    def test_a_salesperson_counts_the_own_ones(self):
        self.make("signed", 1)
        self.make("signed", 9, user_id=self.colleague.id)
        self.assertEqual(self.count(["res_model"])[0], [(1, 1.0, 0.0)])

    def test_a_pivot_offers_both_figures_and_they_match_the_single_ones(self):
        request = self.make("signed", 1.5)
        described = request.fields_get(["days_to_sign", "decline_rate"], ["aggregator"])
        self.assertEqual(
            described,
            {
                "days_to_sign": {"aggregator": "median"},
                "decline_rate": {"aggregator": "avg"},
            },
        )
        self.assertEqual(request.days_to_sign, 1.5)
        self.assertEqual(request.decline_rate, 0)
        self.assertEqual(self.make("declined").decline_rate, 1)
