# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import UserError

from ..client import assumptions
from .common import BOARD_EMAIL, CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon

OTHER = "zofia.maj@klient.example.com"


class TestSigningPersons(AutentiCommon):
    """Who has really signed, where it isn't the one who was asked."""

    def setUp(self):
        super().setUp()
        self.heard = self.listen()

    def replace(self, request, *args, **changes):
        self.autenti.replace(request.process_id, *args, **changes)

    def say(self, request):
        """Return all that Odoo says of the request, to people and on record."""
        self.env.invalidate_all()
        return "\n".join(
            [
                *request.message_ids.mapped("body"),
                *request._get_record().message_ids.mapped("body"),
                *(text for about, _kind, text in self.heard if about == request),
                request._get_record().autenti_signed_summary or "",
            ]
        )

    def assertInPlaceOf(self, request, actual, asked):
        said = self.say(request)
        self.assertIn(f"{actual} has signed.", said)
        self.assertNotIn(f"{asked} has signed", said)
        self.assertIn(f"{actual} acts in place of {asked}", said)
        self.assertIn(actual, request._get_record().autenti_signed_summary)
        self.assertNotIn(asked, request._get_record().autenti_signed_summary)
        self.assertAmber(request, f"{actual} acts in place of {asked}")

    def assertAmber(self, request, sentence):
        self.assertTrue(request.has_deviation)
        self.assertIn(sentence, request.deviation_note)
        self.assertIn(sentence, request._get_record().autenti_deviation_note)
        self.assertIn(
            request, self.env["autenti.request"].search([("has_deviation", "=", True)])
        )

    def assertAsAsked(self, request):
        self.assertFalse(request.has_deviation)
        self.assertFalse(request.deviation_note)
        self.assertFalse(request._get_record().autenti_deviation_note)
        self.assertFalse(any(request.signer_ids.mapped("deviation")))

    def assertStaysAsked(self, request):
        client = request.signer_ids[0]
        self.assertEqual((client.name, client.email), ("Jan Kowalski", CLIENT_EMAIL))

    # === Another person ===

    def test_who_really_signed_is_told_whatever_was_changed(self):
        for changes in (
            {"name": "Zofia Maj", "to": OTHER},
            {"name": "Zofia Maj", "to": OTHER, "party_id": "PARTY:new"},
            {"name": "Zofia Maj"},
            {"name": "Zofia Maj", "party_id": "PARTY:new"},
        ):
            with self.subTest(**changes):
                self.meet_autenti()
                self.agreement = self._create_agreement(self.seller)
                request = self.send()
                self.poll(request)
                self.replace(request, CLIENT_EMAIL, **changes)
                self.sign(request, changes.get("to", CLIENT_EMAIL))
                client, company = request.signer_ids
                self.assertEqual(client.status, "signed")
                self.sign(request, SELLER_EMAIL)
                self.poll(request)
                self.assertEqual(request.state, "signed")
                self.assertInPlaceOf(request, "Zofia Maj", "Jan Kowalski")
                self.assertEqual(client.actual_name, "Zofia Maj")
                self.assertEqual(client.actual_email, changes.get("to", CLIENT_EMAIL))
                self.assertFalse(company.deviation)
                self.assertStaysAsked(request)

    def test_another_e_mail_of_the_same_name_is_told_without_the_address(self):
        request = self.send()
        self.poll(request)
        self.replace(request, CLIENT_EMAIL, to=OTHER)
        self.sign(request, OTHER)
        self.assertIn("Jan Kowalski has signed.", self.say(request))
        self.assertNotIn(OTHER, self.say(request))
        self.assertAmber(request, "another e-mail address than the one that was asked")
        self.assertEqual(request.signer_ids[0].actual_email, OTHER)

    def test_all_replaced_at_once_are_told_each_in_their_place(self):
        request = self.send()
        # Before Odoo has looked: neither the ids nor the e-mails are known
        self.replace(request, SELLER_EMAIL, "Olga Bak", "o@b.pl", "PARTY:x")
        self.replace(request, CLIENT_EMAIL, "Zofia Maj", OTHER, "PARTY:y")
        self.autenti.processes[request.process_id]["parties"].reverse()
        self.sign(request, OTHER)
        self.sign(request, "o@b.pl")
        self.assertEqual(
            request.signer_ids.mapped("actual_name"), ["Zofia Maj", "Olga Bak"]
        )

    def test_who_handed_it_over_is_not_told_as_the_signer(self):
        for seen_between in (False, True):
            with self.subTest(seen_between=seen_between):
                self.meet_autenti()
                self.agreement = self._create_agreement(self.seller)
                request = self.send()
                self.poll(request)
                process = self.autenti.processes[request.process_id]
                first = self.autenti._party(process, CLIENT_EMAIL)
                first["participationStatus"] = assumptions.PARTICIPATION_OBSOLETE
                if seen_between:
                    self.poll(request)
                self.autenti.add_party(request.process_id, "Zofia Maj", OTHER, 1)
                self.poll(request)
                process["parties"].remove(first)
                self.autenti.sign(request.process_id, OTHER)
                self.autenti.sign(request.process_id, SELLER_EMAIL)
                process["parties"].insert(0, first)
                self.poll(request)
                self.assertEqual(request.state, "signed")
                self.assertInPlaceOf(request, "Zofia Maj", "Jan Kowalski")
                self.assertEqual(len(request.signer_ids), 2)

    def test_who_declined_is_told_too(self):
        request = self.send()
        self.replace(request, CLIENT_EMAIL, "Zofia Maj", OTHER)
        self.autenti.reject(request.process_id, OTHER, "Za drogo")
        self.poll(request)
        self.assertEqual(request.state, "declined")
        self.assertEqual(request.reason, "Zofia Maj: Za drogo")
        self.assertTrue(request.has_deviation)

    def test_an_added_party_is_told_and_shown(self):
        request = self.send()
        self.autenti.add_party(request.process_id, "Zofia \nMaj", OTHER)
        for _look in range(2):
            self.poll(request)
        self.assertEqual(len(request.signer_ids), 3)
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL, OTHER)
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertIn("Zofia Maj has signed.", self.say(request))
        self.assertEqual(
            self.agreement.autenti_signed_summary, "Jan Kowalski, Anna Nowak, Zofia Maj"
        )
        self.assertAmber(request, "Zofia Maj was added")

    def test_a_removed_party_is_told_and_not_named_among_the_signers(self):
        request = self.send()
        self.poll(request)
        self.autenti.remove_party(request.process_id, CLIENT_EMAIL)
        self.poll(request)
        self.sign(request, SELLER_EMAIL)
        self.poll(request)
        self.assertEqual(request.state, "signed")
        self.assertEqual(request.signer_ids[0].status, "obsolete")
        self.assertEqual(self.agreement.autenti_signed_summary, "Anna Nowak")
        self.assertNotIn("Jan Kowalski has signed", self.say(request))
        self.assertAmber(request, "Jan Kowalski doesn't take part any more")

    # === The same person ===

    def test_a_name_written_otherwise_is_no_other_person(self):
        self.contact.name = "Łukasz Żółć-Nowak"
        for name in (
            "łukasz ŻÓŁĆ-NOWAK",
            "Lukasz Zolc-Nowak",
            "Żółć-Nowak Łukasz",
            "Łukasz Żółć Nowak",
            "Łukasz Jan Żółć-Nowak",
            "Łukasz Nowak",
            "dr Łukasz Żółć-Nowak",
            "Łukasz Z\u0307o\u0301łc\u0301-Nowak",
        ):
            with self.subTest(name=name):
                self.meet_autenti()
                self.agreement = self._create_agreement(self.seller)
                request = self.send()
                self.replace(request, CLIENT_EMAIL, name=name)
                self.sign(request, CLIENT_EMAIL)
                self.assertAsAsked(request)
                self.assertIn("Łukasz Żółć-Nowak has signed.", self.say(request))

    def test_an_e_mail_in_other_letters_is_no_other_person(self):
        request = self.send()
        self.replace(request, CLIENT_EMAIL, to=CLIENT_EMAIL.upper())
        self.sign(request, CLIENT_EMAIL.upper())
        self.assertAsAsked(request)
        self.assertEqual(request.signer_ids[0].status, "signed")

    def test_ids_that_change_after_sending_are_no_other_person(self):
        request = self.send()
        self.poll(request)
        self.replace(request, CLIENT_EMAIL, party_id="PARTY:later")
        self.sign_by_all(request)
        self.assertAsAsked(request)

    def test_what_autenti_does_not_tell_makes_no_other_person(self):
        request = self.send()
        self.poll(request)
        for party in self.autenti.processes[request.process_id]["parties"]:
            party["party"].update(firstName=None, lastName=None, contacts=[])
        self.poll(request)
        self.assertAsAsked(request)
        self.autenti.processes[request.process_id]["parties"] = []
        self.poll(request)
        self.assertAsAsked(request)

    # === Around it ===

    def test_a_replaced_colleague_is_not_asked_to_sign(self):
        request = self.send()
        self.replace(request, SELLER_EMAIL, "Olga Bąk", "olga.bak@firma.example.com")
        self.sign(request, CLIENT_EMAIL)
        self.assertFalse(self.activities(self.agreement, "sign", self.seller))
        self.assertFalse(request.with_user(self.seller).is_my_turn)
        self.assertEqual(self.agreement.autenti_next_signer, "Olga Bąk")
        self.assertFalse(self.agreement.autenti_next_user_id)

    def test_the_salesperson_is_told_once(self):
        request = self.send()
        self.replace(request, CLIENT_EMAIL, "Zofia Maj", OTHER)
        for _look in range(3):
            self.poll(request)
        activity = self.activities(self.agreement, "attention", self.seller)
        self.assertIn("Zofia Maj acts in place of Jan Kowalski", activity.note)
        self.assertEqual(self.say(request).count("Zofia Maj acts in place of"), 3)

    def test_names_that_change_at_each_look_are_told_three_times_a_day_at_most(self):
        request = self.send()
        self.poll(request)
        told = []
        self.patch(
            self.registry["autenti.request"],
            "_notify_salesperson",
            lambda request, message: told.append(message),
        )
        for number in range(10):
            name = ("Zofia Maj", "Adam Nowy")[number % 2]
            self.replace(request, CLIENT_EMAIL, name=name)
            self.poll(request)
        self.assertLessEqual(len(told), 3)
        self.assertTrue(told)
        self.assertIn("Adam Nowy", request.deviation_note)

    def test_a_replacement_that_is_undone_leaves_no_flag(self):
        request = self.send()
        self.replace(request, CLIENT_EMAIL, "Zofia Maj", OTHER)
        self.poll(request)
        self.assertTrue(request.has_deviation)
        self.replace(request, OTHER, "Jan Kowalski", CLIENT_EMAIL)
        self.poll(request)
        self.assertAsAsked(request)

    def test_who_signed_is_evidence(self):
        request = self.send_by_board()
        self.replace(request, BOARD_EMAIL, "Olga Bąk", "olga.bak@spolka.example.com")
        self.sign(request, CLIENT_EMAIL, "olga.bak@spolka.example.com")
        self.poll(request)
        self.assertEqual(request.state, "signed")
        signer = request.signer_ids[1]
        for values in ({"deviation": False}, {"actual_name": False}):
            with self.assertRaises(UserError):
                signer.write(values)
