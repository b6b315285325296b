# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form

from ..client.payload import MAX_TITLE
from .common import CLIENT_EMAIL, PDF, SELLER_EMAIL, AutentiCommon


class TestChecklist(AutentiCommon):
    """What the send dialog says before sending, and the links that lead to the fix."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._keep_contacts_from_users()
        cls.own = cls.company.partner_id
        cls.own.write({"street": "Prosta 5", "city": "Warszawa"})

    def line(self, dialog, text):
        """Find the one line with a text."""
        dialog.invalidate_recordset(["checklist", "is_blocked"])
        found = [each for each in dialog.checklist if text in each["text"]]
        self.assertEqual(len(found), 1, f"{text} in {dialog.checklist}")
        return found[0]

    def assertBlocks(self, dialog, text, leads_to=None):
        """Expect a blocking line, its link, and that the server sends nothing."""
        line = self.line(dialog, text)
        self.assertEqual(line["level"], "blocking")
        self.assertTrue(dialog.is_blocked)
        self.assertLeadsTo(line, leads_to)
        with self.assertRaises(UserError) as caught:
            dialog.action_send()
        self.assertIn(text, str(caught.exception))
        self.assertFalse(self.autenti.operations)

    def assertWarns(self, dialog, text, leads_to=None):
        line = self.line(dialog, text)
        self.assertEqual(line["level"], "warning")
        self.assertFalse(dialog.is_blocked)
        self.assertLeadsTo(line, leads_to)

    def assertFine(self, dialog, text):
        line = self.line(dialog, text)
        self.assertEqual(line["level"], "ok")
        self.assertFalse(line["action"])

    def assertLeadsTo(self, line, record):
        action = line["action"]
        if not record:
            self.assertFalse(action)
            return
        self.assertEqual(
            (action["res_model"], action["res_id"]), (record._name, record.id)
        )
        self.assertTrue(action["name"])

    def let_edit_partners(self):
        self.seller.group_ids += self.env.ref("base.group_partner_manager")

    # === What the document lacks ===

    def test_a_client_without_an_address_leads_to_the_client(self):
        self.assertWarns(self.open_dialog(), "lacks the client's address")
        self.let_edit_partners()
        dialog = self.open_dialog()
        self.assertWarns(dialog, "lacks the client's address", self.client)
        self.client.write({"street": "Długa 1", "city": "Gdańsk"})
        dialog.action_take_over(self.client.id)
        self.assertNotIn("lacks", str(self.read_again(dialog)))

    def test_a_company_without_a_tax_id_is_warned_of(self):
        self.client.vat = False
        self.assertWarns(self.open_dialog(), "lacks the client's tax ID")

    def test_a_person_needs_an_address_alone(self):
        self.agreement.partner_id = self.env["res.partner"].create({"name": "Jan Nowy"})
        dialog = self.open_dialog()
        self.assertIn("lacks the client's address", str(dialog.checklist))
        self.assertNotIn("tax ID", str(dialog.checklist))

    def test_who_represents_the_client_is_taken_over_from_the_client(self):
        self.client.child_ids.unlink()
        self.let_edit_partners()
        dialog = self.open_dialog()
        line = self.line(dialog, "doesn't say who represents the client")
        self.assertLeadsTo(line, self.client)
        self.env["res.partner"].create(
            {"name": "Ewa Maj", "email": "e@k.example.com", "parent_id": self.client.id}
        )
        dialog.action_take_over(self.client.id)
        self.assertEqual(dialog.signer_ids.mapped("last_name"), ["Maj"])
        self.assertNotIn("represents", str(self.read_again(dialog)))

    def test_who_was_typed_in_stays_when_the_client_gets_a_contact(self):
        self.client.child_ids.unlink()
        dialog = self.open_dialog()
        dialog.signer_ids.write({"first_name": "Jan", "last_name": "Wpisany"})
        self.env["res.partner"].create(
            {"name": "Ewa Maj", "email": "e@k.example.com", "parent_id": self.client.id}
        )
        dialog.action_take_over(self.client.id)
        self.assertEqual(dialog.signer_ids.mapped("last_name"), ["Wpisany"])

    def test_a_contract_without_a_client_leads_to_the_contract(self):
        self.agreement.partner_id = False
        line = self.line(self.open_dialog(), "names no client")
        self.assertLeadsTo(line, self.agreement)

    def test_our_own_address_and_tax_id_are_warned_of_too(self):
        self.own.write({"city": False, "vat": False})
        dialog = self.open_dialog()
        for text in ("lacks our company's address", "lacks our company's tax ID"):
            self.assertWarns(dialog, text)
            self.assertIn("An administrator enters it", self.line(dialog, text)["text"])
        self.let_edit_partners()
        dialog = self.open_dialog()
        for text in ("lacks our company's address", "lacks our company's tax ID"):
            self.assertWarns(dialog, text, self.own)
            self.assertNotIn("administrator", self.line(dialog, text)["text"])
        self.own.write({"city": "Warszawa", "vat": "PL5252248481"})
        dialog.action_take_over(self.own.id)
        self.assertNotIn("our company's", str(self.read_again(dialog)))

    def test_a_file_that_is_not_made_yet_is_not_called_fine(self):
        dialog = self.open_dialog()
        self.assertFine(dialog, "Autenti takes the PDF")
        spec = {"source": {}, "upload": {}, "checklist": {}, "pdf_sha256": {}}
        changes = {"source": "upload", "upload": base64.b64encode(b"%PDF-1").decode()}
        told = dialog.onchange(changes, list(changes), spec)["value"]
        self.assertFalse(told["pdf_sha256"])
        self.assertNotIn("Autenti takes the PDF", str(told["checklist"]))
        preview = dialog.action_preview(changes)
        self.assertTrue(preview["pdf_problem"])
        told = dialog.onchange(changes | preview, list(preview), spec)["value"]
        self.assertIn(preview["pdf_problem"], str(told["checklist"]))

    def test_a_file_that_odoo_does_not_make_is_not_looked_into(self):
        dialog = self.open_dialog()
        dialog.write({"source": "upload", "upload": base64.b64encode(PDF)})
        self.assertNotIn("lacks", str(self.read_again(dialog)))

    def read_again(self, dialog):
        dialog.invalidate_recordset(["checklist"])
        return dialog.checklist

    # === Nothing is wrong ===

    def test_a_contract_that_can_be_sent_has_no_blocking_line(self):
        dialog = self.open_dialog()
        self.assertFalse(dialog.is_blocked)
        for text in (
            "may be signed electronically",
            "isn't out for signature",
            "Ready to sign for Firma sp. z o.o.: Anna Nowak",
            "e-mail address is valid",
            "takes the PDF",
        ):
            with self.subTest(text=text):
                self.assertFine(dialog, text)
        dialog.action_send()
        self.assertTrue(self.request_of(self.agreement))

    def test_the_test_environment_is_a_warning_and_production_is_not(self):
        self.assertWarns(self.open_dialog(), "the signatures bind nobody")
        manager_dialog = self.open_dialog(user=self.manager)
        self.assertWarns(manager_dialog, "bind nobody", self.connection)
        self.connection.environment = "production"
        self.connection.active = True
        self.assertFine(self.open_dialog(), "will be binding")

    def test_the_lines_follow_what_is_typed(self):
        with Form(self.open_dialog()) as form:
            self.assertFalse(form.is_blocked)
            with form.signer_ids.edit(0) as line:
                line.email = "jan at klient"
            self.assertTrue(form.is_blocked)
            with form.signer_ids.edit(0) as line:
                line.email = CLIENT_EMAIL
            self.assertFalse(form.is_blocked)

    # === People ===

    def test_an_email_is_present_and_valid(self):
        self.let_edit_partners()
        for email in (
            False,
            "jan at klient",
            "jan@klient",
            "jan@klient,pl",
            "jan kowalski@klient.pl",
            "a@b.pl, c@d.pl",
        ):
            with self.subTest(email=email):
                dialog = self.open_dialog()
                dialog.signer_ids.email = email
                self.assertBlocks(dialog, "enter a valid e-mail", self.contact)

    def test_who_may_not_edit_the_contact_gets_no_link_to_it(self):
        dialog = self.open_dialog()
        dialog.signer_ids.email = False
        self.assertBlocks(dialog, "enter a valid e-mail")

    def test_the_same_email_twice_blocks(self):
        for email in (SELLER_EMAIL, SELLER_EMAIL.upper(), f"Jan <{SELLER_EMAIL}>"):
            with self.subTest(email=email):
                dialog = self.open_dialog()
                dialog.signer_ids.email = email
                self.assertBlocks(dialog, "more than once")

    def test_a_name_that_is_missing_blocks(self):
        self.let_edit_partners()
        for values in ({"first_name": " "}, {"last_name": False}):
            with self.subTest(values=values):
                dialog = self.open_dialog()
                dialog.signer_ids.write(values)
                text = "enter first name and last name"
                self.assertBlocks(dialog, text, self.contact)

    def test_a_name_that_is_no_persons_is_warned_of(self):
        for first, last in (
            ("Jan", "K."),
            ("J", "Kowalski"),
            ("inż. Jan", "Kowalski"),
            ("mgr Jan", "Kowalski"),
            ("Dział", "Handlowy 2"),
            ("jan@klient.pl", "Kowalski"),
        ):
            with self.subTest(first=first, last=last):
                dialog = self.open_dialog()
                dialog.signer_ids.write({"first_name": first, "last_name": last})
                self.assertWarns(dialog, "doesn't look like a first and a last name")
        for first, last in (
            ("Zofia Maria", "Nowak-Kowalska"),
            ("Sinéad", "O’Connor"),
            ("Łucja", "Źdźbło"),
        ):
            with self.subTest(first=first, last=last):
                dialog = self.open_dialog()
                dialog.signer_ids.write({"first_name": first, "last_name": last})
                self.assertFine(dialog, "Everybody has a first and a last name")

    def test_a_split_name_is_to_be_checked_until_somebody_has_sent_it(self):
        self.contact.name = "Jan Maria Rokita Kowal"
        dialog = self.open_dialog()
        self.assertWarns(dialog, "Odoo has split the contact's name")
        dialog.signer_ids.write(
            {"first_name": "Jan Maria", "last_name": "Rokita Kowal"}
        )
        self.assertFine(dialog, "Everybody has a first and a last name")
        dialog.action_send()
        second = self.open_dialog(self._create_agreement(self.seller))
        self.assertEqual(second.signer_ids.first_name, "Jan Maria")
        self.assertEqual(second.signer_ids.last_name, "Rokita Kowal")
        self.assertFine(second, "Everybody has a first and a last name")
        self.contact.name = "Jan Nowy"
        third = self.open_dialog(self._create_agreement(self.seller))
        self.assertEqual(third.signer_ids.last_name, "Nowy")
        self.assertWarns(third, "Odoo has split the contact's name")

    def test_somebody_signs_for_the_client(self):
        dialog = self.open_dialog()
        dialog.signer_ids.role = "APPROVER"
        self.assertBlocks(dialog, "Add the person who signs for the client")
        dialog.signer_ids.unlink()
        self.assertBlocks(dialog, "Add the person who signs for the client")

    # === Phones ===

    def test_a_phone_is_needed_for_the_advanced_signature_and_the_code_by_sms(self):
        self.let_edit_partners()
        text = "Jan Kowalski: enter a mobile phone number"
        for values in ({"signature_type": "ADVANCED"}, {"sms_code": True}):
            for number in (False, "12", "+48 000 000 000"):
                with self.subTest(values=values, number=number):
                    dialog = self.open_dialog()
                    dialog.write({**values, "company_signer_phone": "500 600 700"})
                    dialog.signer_ids.phone = number
                    self.assertBlocks(dialog, text, self.contact)
        dialog.signer_ids.phone = "600 700 800"
        self.assertFine(dialog, "Each phone number can get a code")
        dialog.signer_ids.phone = "22 695 00 00"
        self.assertWarns(dialog, "+48226950000 is no mobile phone", self.contact)

    def test_a_phone_number_is_of_the_contacts_country(self):
        czechia = self.env.ref("base.cz")
        self.client.country_id = self.env.ref("base.pl")
        self.contact.write({"country_id": czechia.id, "phone": "602 123 456"})
        request = self.send(sms_code=True)
        self.assertEqual(request.signer_ids[0].phone, "+420602123456")

    def test_a_contact_without_country_is_where_the_company_is(self):
        self.client.country_id = self.env.ref("base.cz")
        self.contact.write({"country_id": False, "phone": "602 123 456"})
        request = self.send(sms_code=True)
        self.assertEqual(request.signer_ids[0].phone, "+420602123456")

    def test_a_typed_number_is_of_the_clients_country(self):
        self.client.country_id = self.env.ref("base.cz")
        dialog = self.open_dialog()
        dialog.sms_code = True
        dialog.signer_ids.write({"partner_id": False, "phone": "602 123 456"})
        self.assertEqual(dialog._prepare_signers()[0]["phone"], "+420602123456")

    def test_where_no_country_is_known_the_number_is_asked_about(self):
        self.let_edit_partners()
        (self.client + self.contact).country_id = False
        dialog = self.open_dialog()
        dialog.sms_code = True
        text = "is +48602123456 right? The country of the contact isn't known."
        dialog.signer_ids.phone = "602 123 456"
        self.assertWarns(dialog, text, self.contact)
        dialog.signer_ids.phone = "+48 602 123 456"
        self.assertFine(dialog, "Each phone number can get a code")
        self.assertNotIn(text, str(dialog.checklist))

    def test_a_number_that_could_be_two_peoples_blocks(self):
        self.contact.country_id = self.env.ref("base.de")
        dialog = self.open_dialog()
        dialog.sms_code = True
        dialog.signer_ids.phone = "48602123456"
        self.assertBlocks(dialog, "phone number with its country code")

    def test_our_own_number_is_of_our_country(self):
        self.company.country_id = self.env.ref("base.cz")
        self.seller.phone = "602 123 456"
        self.contact.phone = "+48 600 700 800"
        request = self.send(signature_type="ADVANCED")
        numbers = request.signer_ids.mapped("phone")
        self.assertEqual(numbers, ["+48600700800", "+420602123456"])

    def test_the_code_by_sms_goes_to_who_signs_for_the_client(self):
        self.contact.phone = "600 700 800"
        request = self.send(sms_code=True)
        self.assertEqual(request.signer_ids.mapped("phone"), ["+48600700800", False])

    def test_the_qualified_signature_takes_no_code(self):
        dialog = self.open_dialog()
        dialog.sms_code = True
        dialog.signature_type = "QUALIFIED"
        self.assertFalse(dialog.sms_code)

    # === Our company ===

    def test_our_signers_missing_name_is_mended_in_the_preferences(self):
        self.seller.autenti_last_name = False
        dialog = self.open_dialog()
        self.assertBlocks(dialog, "Enter them in your preferences", self.seller)
        [[view, kind]] = self.line(dialog, "preferences")["action"]["views"]
        self.assertEqual(kind, "form")
        view = self.env["ir.ui.view"].browse(view)
        with Form(self.seller.with_user(self.seller), view=view) as form:
            form.autenti_last_name = "Nowak"
        dialog.invalidate_recordset()
        self.assertFalse(dialog.is_blocked)

    def test_our_tax_id_is_mended_in_the_company(self):
        self.seller.autenti_position = "Dyrektor"
        self.let_edit_partners()
        self.company.vat = False
        self.assertBlocks(self.open_dialog(), "tax ID", self.company.partner_id)

    def test_an_unfinished_connection_is_mended_by_who_may(self):
        self.connection.client_id = False
        self.assertBlocks(self.open_dialog(), "isn't finished")
        dialog = self.open_dialog(user=self.manager)
        self.assertBlocks(dialog, "isn't finished", self.connection)

    def test_the_own_login_is_missed_before_sending(self):
        self.connection.account_access = "login"
        dialog = self.open_dialog()
        line = self.line(dialog, "Your Autenti account isn't connected")
        self.assertEqual(line["level"], "blocking")
        self.assertEqual(
            line["action"]["url"], f"/autenti/connect/{self.connection.id}"
        )
        with self.assertRaisesRegex(UserError, "isn't connected"):
            dialog.action_send()

    def test_a_company_without_connection_is_told_without_a_dialog(self):
        self.connection.active = False
        for user, leads in ((self.seller, False), (self.manager, True)):
            with self.subTest(user=user.name):
                agreement = self.agreement.with_user(user)
                lines = list(agreement._autenti_check_company())
                self.assertEqual([each["level"] for each in lines], ["blocking"])
                self.assertEqual(bool(lines[0]["action"]), leads)

    # === The document ===

    def test_what_autenti_refuses_blocks(self):
        for content, text in (
            (b"", "There is no PDF"),
            (b"PK", "isn't a PDF"),
            (PDF[: len(PDF) // 2], "damaged"),
        ):
            with self.subTest(text=text):
                dialog = self.open_dialog()
                dialog.write({"source": "upload", "upload": base64.b64encode(content)})
                self.assertBlocks(dialog, text)

    def test_a_title_is_needed(self):
        dialog = self.open_dialog()
        dialog.name = " "
        self.assertBlocks(dialog, "Enter a title")

    def test_a_title_has_an_end(self):
        dialog = self.open_dialog()
        dialog.name = "x" * (MAX_TITLE - len(dialog._mark("")))
        self.assertFalse(dialog.is_blocked)
        dialog.name += "x"
        self.assertBlocks(dialog, "too long for Autenti")

    # === The contract ===

    def test_a_type_that_forbids_it_is_mended_in_the_type(self):
        dialog = self.open_dialog()
        manager_dialog = self.open_dialog(user=self.manager)
        paper = self.env["agreement.type"].create(
            {"name": "Paper only", "autenti_disabled": True}
        )
        self.agreement.agreement_type_id = paper
        self.assertBlocks(dialog, "disabled for this type")
        self.assertBlocks(manager_dialog, "disabled for this type", paper)

    def test_a_contract_says_that_its_type_was_switched_off_and_who_changes_it(self):
        kind = self.env["agreement.type"].create({"name": "Paper only"})
        self.agreement.agreement_type_id = kind
        self.assertFalse(self.agreement.autenti_disabled_note)
        kind.autenti_disabled = True
        note = self.agreement.with_user(self.seller).autenti_disabled_note
        self.assertIn("Paper only", note)
        _, _, people = note.partition("can be enabled by ")
        self.assertIn("Maria Wilk", people)
        self.assertNotIn("Anna Nowak", people)
        self.agreement.is_template = True
        self.assertIn("is a template", self.agreement.autenti_disabled_note)

    def test_an_open_request_blocks(self):
        dialog = self.open_dialog()
        request = self.submit()
        self.assertBlocks(dialog, "already out for signature", request)

    def test_a_signed_request_blocks(self):
        dialog = self.open_dialog()
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.autenti.calls.clear()
        self.assertBlocks(dialog, "already signed with Autenti", request)

    def test_a_request_that_the_user_may_not_see_is_told_without_a_link(self):
        dialog = self.open_dialog(user=self.colleague)
        self.submit()
        self.assertBlocks(dialog, "already out for signature")

    def test_an_archived_contract_blocks(self):
        dialog = self.open_dialog()
        self.agreement.active = False
        self.assertBlocks(dialog, "It is archived", self.agreement)

    def test_a_contract_that_looks_signed_on_paper_is_doubted(self):
        self.agreement.signature_date = date(2026, 1, 1)
        self.assertWarns(self.open_dialog(), "signed on paper", self.agreement)

    # === Without the dialog ===

    def test_a_contract_is_checked_without_a_dialog(self):
        agreement = self.agreement.with_user(self.seller)

        def blocking(signature_type="BASIC"):
            lines = agreement._autenti_check_proposal(signature_type)
            return [each["text"] for each in lines if each["level"] == "blocking"]

        self.assertEqual(blocking(), [])
        self.assertEqual(len(blocking("ADVANCED")), 2, "neither has a phone")
        self.contact.phone = self.seller.phone = "600 700 800"
        self.assertEqual(blocking("ADVANCED"), [])
        self.contact.email = "nobody"
        self.assertEqual(blocking(), ["Jan Kowalski: enter a valid e-mail."])
        self.assertEqual(self.autenti.calls, [])

    def test_a_corrected_contact_is_taken_over(self):
        dialog = self.open_dialog()
        dialog.signer_ids.email = "wrong"
        self.contact.write({"email": "new@klient.example.com", "name": "Jan Nowy"})
        dialog.action_take_over(self.contact.id)
        self.assertEqual(dialog.signer_ids.email, "new@klient.example.com")
        self.assertEqual(dialog.signer_ids.last_name, "Nowy")


class TestPeople(AutentiCommon):
    """Several signers, approvers and viewers, and who is proposed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._keep_contacts_from_users()

    def add(self, dialog, name, role="SIGNER", sequence=50, **values):
        first, last = name.split()
        dialog.signer_ids = [
            Command.create(
                {
                    "first_name": first,
                    "last_name": last,
                    "email": f"{last.lower()}@klient.example.com",
                    "role": role,
                    "sequence": sequence,
                    **values,
                }
            )
        ]

    def parties(self):
        (process,) = self.autenti.sent
        return [
            (
                party["party"]["lastName"],
                party["role"],
                [
                    each["attributes"]["priority"]
                    for each in party["constraints"]
                    if "PARTICIPATION_PRIORITY" in each["classifiers"][0]
                ],
                any(
                    "SIGNATURE_TYPE" in each["classifiers"][0]
                    for each in party["constraints"]
                ),
            )
            for party in process["parties"]
        ]

    def send_dialog(self, dialog, agreement=None):
        dialog.action_send()
        self.run_cron()
        request = self.request_of(agreement or self.agreement)
        self.assertEqual(request.state, "sent")
        return request

    def test_people_go_to_autenti_in_order_and_by_role(self):
        dialog = self.open_dialog()
        self.add(dialog, "Zofia Maj", sequence=30)
        self.add(dialog, "Adam Lis", role="APPROVER", sequence=1)
        self.add(dialog, "Ewa Czytelna", role="VIEWER", sequence=2)
        request = self.send_dialog(dialog)
        self.assertEqual(
            self.parties(),
            [
                ("Lis", "APPROVER", [1], False),
                ("Kowalski", "SIGNER", [2], True),
                ("Maj", "SIGNER", [3], True),
                ("Nowak", "SIGNER", [4], True),
                ("Czytelna", "VIEWER", [], False),
            ],
        )
        self.assertEqual(request.next_signer_id.last_name, "Lis")
        self.assertFalse(request.signer_ids[-1].status, "nothing is waited for")

    def test_each_acts_in_turn_and_who_reads_is_not_waited_for(self):
        dialog = self.open_dialog()
        self.add(dialog, "Adam Lis", role="APPROVER", sequence=1)
        self.add(dialog, "Ewa Czytelna", role="VIEWER")
        request = self.send_dialog(dialog)
        self.sign(request, "lis@klient.example.com")
        self.assertEqual(
            request.signer_ids.mapped("status"),
            ["approved", "turn", "waiting", False],
        )
        self.assertIn("Adam Lis has approved", request.message_ids[0].body)
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.assertEqual(request.state, "signed")
        self.assertEqual(
            self.agreement.autenti_signed_summary, "Jan Kowalski, Anna Nowak"
        )

    def test_a_colleague_approves_and_is_told(self):
        dialog = self.open_dialog()
        self.add(
            dialog,
            "Piotr Zima",
            role="APPROVER",
            sequence=1,
            partner_id=self.colleague.partner_id.id,
            email=self.colleague.email,
        )
        request = self.send_dialog(dialog)
        approver = request.signer_ids[0]
        self.assertEqual((approver.side, approver.user_id), ("company", self.colleague))
        (activity,) = self.activities(self.agreement, "sign", self.colleague)
        self.assertIn("your approval", activity.note)
        self.sign(request, self.colleague.email)
        self.assertFalse(self.activities(self.agreement, "sign", self.colleague))
        self.assertEqual(request.next_signer_id.email, CLIENT_EMAIL)

    def test_a_client_who_uses_odoo_too_is_still_the_client(self):
        dialog = self.open_dialog()
        dialog.signer_ids.partner_id = self.colleague.partner_id
        signer = self.send_dialog(dialog).signer_ids[0]
        self.assertEqual(signer.side, "client")
        self.assertFalse(signer.user_id)

    # === Who is proposed ===

    def test_who_is_marked_as_the_signer_is_proposed(self):
        other = self.env["res.partner"].create(
            {
                "name": "Zofia Maj",
                "email": "zofia@klient.example.com",
                "parent_id": self.client.id,
                "autenti_is_signer": True,
            }
        )
        self.assertEqual(self.open_dialog().signer_ids.partner_id, other)
        # Also where the contract is with a contact who doesn't sign
        self.agreement.partner_id = self.contact
        self.assertEqual(self.open_dialog().signer_ids.partner_id, other)
        self.contact.autenti_is_signer = True
        proposed = self.open_dialog().signer_ids.partner_id
        self.assertEqual(proposed, self.contact + other)

    def test_the_mark_is_set_in_the_contacts_form(self):
        self.seller.group_ids += self.env.ref("base.group_partner_manager")
        with Form(self.contact.with_user(self.seller)) as form:
            form.autenti_is_signer = True
        self.assertTrue(self.contact.autenti_is_signer)
