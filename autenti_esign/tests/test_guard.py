# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people try who may do something, to get at what isn't theirs."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common import MANAGER, PDF, AutentiCommon

FOREIGN_URL = "https://attacker.example.com/api/v2"


class GuardCommon(AutentiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.board_manager = cls._create_user(
            "Marek Szef",
            "marek.szef@spolka.example.com",
            MANAGER,
            company=cls.board_company,
        )
        cls.administrator = cls._create_administrator()
        cls.second = cls._create_representative(
            cls.board_connection, phone="501 600 700"
        )

    @classmethod
    def _create_representative(cls, connection, **values):
        return cls.env["autenti.representative"].create(
            {
                "connection_id": connection.id,
                "first_name": "Adam",
                "last_name": "Wrona",
                "email": "adam.wrona@spolka.example.com",
                "basis": "Prokurent, reprezentacja łączna",
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.invalidate_all()

    def as_user(self, user, model, **context):
        """Return an empty recordset as a request of a user has it."""
        context = {"allowed_company_ids": user.company_ids.ids, **context}
        return self.env[model].with_user(user).with_context(**context)

    def set_default(self, user, model, name, value):
        """Have a user set a default for themselves, as the web client does."""
        self.as_user(user, "ir.default").set(model, name, value, user_id=True)


class TestChanges(GuardCommon):
    """Nobody moves a record of theirs to where they may not act."""

    def own_representative(self):
        return self._create_representative(self.connection).with_user(self.manager)

    def test_every_model_of_ours_is_guarded(self):
        guard = self.env.registry["autenti.guard"]
        for name, model in self.env.registry.items():
            if name.startswith("autenti."):
                with self.subTest(model=name):
                    self.assertTrue(issubclass(model, guard))

    def test_every_dialog_of_ours_is_of_its_user_alone(self):
        for name, model in self.env.registry.items():
            if name.startswith("autenti.") and model._transient:
                with self.subTest(model=name):
                    rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
                    own = rules.filtered(lambda r: "create_uid" in r.domain_force)
                    self.assertTrue(own.filtered("global"))

    def test_a_manager_makes_nobody_represent_another_company(self):
        values = {
            "first_name": "Ja",
            "last_name": "Sam",
            "email": "ja@example.com",
            "basis": "?",
        }
        people = self.as_user(self.manager, "autenti.representative")
        other = {"connection_id": self.board_connection.id}
        for extra in ({}, {"company_id": self.company.id}):
            with self.subTest(extra=extra), self.assertRaises(AccessError):
                people.create({**values, **other, **extra})
            person = self.own_representative()
            with self.subTest(extra=extra), self.assertRaises(AccessError):
                person.write({**other, **extra})
        self.env.invalidate_all()
        self.assertEqual(self.board_connection.representative_ids, self.second)

    def test_a_manager_takes_over_nobody_of_another_company(self):
        connection = self.connection.with_user(self.manager)
        for command in (
            Command.link(self.second.id),
            Command.set(self.second.ids),
            Command.update(self.second.id, {"email": "ja@example.com"}),
            Command.delete(self.second.id),
        ):
            with self.subTest(command=command), self.assertRaises(AccessError):
                connection.write({"representative_ids": [command]})
                self.env.flush_all()
            self.env.invalidate_all()
        self.assertEqual(self.second.connection_id, self.board_connection)
        self.assertEqual(self.second.email, "adam.wrona@spolka.example.com")

    def test_a_manager_of_both_companies_moves_a_representative(self):
        self.manager.company_ids += self.board_company
        person = self.own_representative()
        person.email = "inny@example.com"
        both = {"allowed_company_ids": (self.company + self.board_company).ids}
        person.with_context(**both).connection_id = self.board_connection
        self.assertEqual(person.company_id, self.board_company)

    def test_a_manager_corrects_an_own_representative(self):
        person = self.own_representative()
        person.write({"last_name": "Nowy", "user_id": self.colleague.id})
        self.assertEqual(
            person.display_name, "Adam Nowy (Prokurent, reprezentacja łączna)"
        )

    def test_a_connection_stays_in_a_company_of_its_manager(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.manager).company_id = self.board_company

    def test_nobody_puts_a_person_or_a_file_into_the_dialog_of_another(self):
        theirs = self.open_dialog()
        own = self.open_dialog(self._create_agreement(self.colleague), self.colleague)
        own.file_ids = [Command.create({"name": "x.pdf"})]
        for part in (own.signer_ids, own.file_ids):
            with self.subTest(part=part._name), self.assertRaises(AccessError):
                part.send_id = theirs.id
            with self.subTest(part=part._name), self.assertRaises(AccessError):
                part.create({"send_id": theirs.id})

    def test_nobody_writes_what_odoo_alone_fills_in(self):
        connection = self.connection.with_user(self.manager)
        with self.assertRaisesRegex(AccessError, "Odoo itself fills in: Tested on"):
            connection.tested_date = "2026-01-01 12:00:00"
        dialog = self.open_dialog()
        for values in ({"pdf": False}, {"pdf_sha256": "0"}, {"pdf_problem": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                dialog.write(values)

    def test_an_unsent_contract_stays_in_a_company_of_its_user(self):
        agreement = self.agreement.with_user(self.seller)
        with self.assertRaises(AccessError):
            agreement.company_id = self.board_company
        self.seller.company_ids += self.board_company
        agreement.company_id = self.board_company
        self.assertEqual(self.agreement.company_id, self.board_company)


class TestDefaults(GuardCommon):
    """What a user may not enter doesn't come from a default of theirs either."""

    GUARDED = {
        "environment": "custom",
        "custom_api_url": FOREIGN_URL,
        "custom_jwks_url": "https://attacker.example.com/keys",
        "client_secret": "own",
        "client_secret_input": "own",
        "private_key_input": "own",
        "tested_date": "2026-01-01 12:00:00",
    }

    def assertUntouched(self, connection):
        connection = connection.sudo()
        for name in self.GUARDED.keys() - {"environment"}:
            self.assertFalse(connection[name], name)
        self.assertFalse(connection.is_client_secret_set)

    def test_a_manager_sends_contracts_to_no_address_of_their_choice(self):
        for name, value in self.GUARDED.items():
            self.set_default(self.manager, "autenti.connection", name, value)
        self.connection.with_user(self.manager).active = False
        connections = self.as_user(self.manager, "autenti.connection")
        names = list(self.GUARDED)
        self.assertEqual(connections.default_get(names), {"environment": "custom"})
        with self.assertRaisesRegex(ValidationError, "Custom addresses: enter both"):
            connections.create({"company_id": self.company.id})
        new = connections.create({"company_id": self.company.id, "environment": "test"})
        self.assertUntouched(new)
        spec = {name: {} for name in names if name in connections.fields_get()}
        shown = connections.onchange({}, [], spec)["value"]
        self.assertNotIn(FOREIGN_URL, str(shown))

    def test_the_context_is_no_way_either(self):
        connections = self.as_user(self.manager, "autenti.connection")
        self.connection.active = False
        for name, value in self.GUARDED.items():
            context = {f"default_{name}": value}
            polluted = connections.with_context(**context)
            with self.subTest(name=name):
                if name != "environment":
                    self.assertFalse(polluted.default_get([name]))
                try:
                    new = polluted.create(
                        {"company_id": self.company.id, "active": False}
                    )
                except (AccessError, ValidationError):
                    continue
                self.assertUntouched(new)

    def test_a_copy_or_an_import_is_no_way_either(self):
        connection = self.connection.with_user(self.manager)
        with self.assertRaises(AccessError):
            connection.copy({"custom_api_url": FOREIGN_URL, "active": False})
        result = connection.load(
            ["company_id/.id", "active", "custom_api_url"],
            [[str(self.company.id), "0", FOREIGN_URL]],
        )
        self.assertFalse(result["ids"])
        found = self.env["autenti.connection"].with_context(active_test=False)
        self.assertFalse(found.search([("custom_api_url", "!=", False)]))

    def test_a_production_connection_takes_over_no_default(self):
        for name in ("client_secret", "tested_date", "client_id"):
            value = self.GUARDED.get(name, "own")
            self.set_default(self.manager, "autenti.connection", name, value)
        action = self.connection.with_user(self.manager).action_prepare_production()
        production = self.env["autenti.connection"].browse(action["res_id"])
        self.assertUntouched(production)

    def test_an_administrator_uses_defaults(self):
        self.set_default(
            self.administrator, "autenti.connection", "custom_api_url", FOREIGN_URL
        )
        connections = self.as_user(self.administrator, "autenti.connection")
        self.assertEqual(
            connections.default_get(["custom_api_url"]), {"custom_api_url": FOREIGN_URL}
        )

    def test_a_manager_uses_defaults_for_what_managers_enter(self):
        self.set_default(self.manager, "autenti.connection", "mode", "representative")
        connections = self.as_user(self.manager, "autenti.connection")
        self.assertEqual(connections.default_get(["mode"])["mode"], "representative")

    def test_a_sent_contract_is_as_sent_whatever_the_defaults(self):
        """What Odoo makes for a user has no defaults of the user's."""
        forged = {
            "autenti.request": {
                "state": "signed",
                "process_id": "DOCUMENT_PROCESS:x",
                "attempt_count": 7,
            },
            "autenti.signer": {"status": "signed", "comment": "forged"},
        }
        context = {
            f"default_{name}": value
            for values in forged.values()
            for name, value in values.items()
        }
        for model, values in forged.items():
            for name, value in values.items():
                self.set_default(self.seller, model, name, value)
        dialog = self.open_dialog()
        dialog.with_context(**context).action_send()
        request = self.request_of(self.agreement)
        self.assertEqual(request.state, "to_send")
        self.assertFalse(request.process_id)
        self.assertFalse(request.attempt_count)
        self.assertNotIn("signed", request.signer_ids.mapped("status"))
        self.assertFalse(any(request.signer_ids.mapped("comment")))

    def test_a_contract_begins_with_version_1_whatever_the_defaults(self):
        for name, value in (("document_version", 9), ("document_text_frozen", True)):
            self.set_default(self.seller, "agreement", name, value)
        agreement = self._create_agreement(self.seller)
        self.assertEqual(agreement.document_version, 1)
        self.assertFalse(agreement.document_text_frozen)
        self.set_default(self.seller, "agreement", "start_date", "2026-01-01")
        agreement = self._create_agreement(self.seller)
        self.assertEqual(str(agreement.start_date), "2026-01-01")

    def test_a_file_that_odoo_makes_for_a_user_is_marked_by_odoo_alone(self):
        request = self.send()
        files = self.as_user(
            self.seller, "ir.attachment", default_autenti_request_id=request.id
        )
        file = files.sudo().create({"name": "forged.pdf", "raw": PDF})
        self.assertFalse(file.autenti_request_id)


class DialogsCommon(GuardCommon):
    def setUp(self):
        super().setUp()
        self.foreign = self.send_by_board()
        self.spec = {"name": {}, "display_name": {}}

    def assertKept(self, model, user, names, **values):
        """Check that a dialog takes no ids of what its user may not read."""
        dialogs = self.as_user(user, model)
        spec = {name: {} for name in names}
        defaults = {f"default_{name}": value for name, value in values.items()}
        polluted = dialogs.with_context(**defaults)
        ways = {
            "create": lambda: dialogs.create(values).read(names),
            "default": lambda: polluted.create({}).read(names),
            "default_get": lambda: polluted.default_get([*values]),
            "onchange": lambda: dialogs.onchange(values, [*values], spec),
            "first onchange": lambda: polluted.onchange(
                {}, [], {**spec, **{name: {} for name in values}}
            ),
            "web_save": lambda: dialogs.web_save(values, spec),
        }
        for way, attack in ways.items():
            self.env.invalidate_all()
            with self.subTest(model=model, way=way), self.assertRaises(AccessError):
                attack()


class TestDialogs(DialogsCommon):
    """A dialog shows and does nothing with what its user may not read."""

    def test_dialogs_tell_nothing_of_another_companys_requests(self):
        request_id = self.foreign.id
        self.assertKept(
            "autenti.withdraw",
            self.manager,
            ["signed_names"],
            request_id=request_id,
            reason="?",
        )
        self.assertKept(
            "autenti.switch",
            self.manager,
            ["company_id", "is_production", "signer"],
            connection_id=self.board_connection.id,
        )

    def test_dialogs_tell_nothing_of_another_companys_contacts(self):
        secret = self.env["res.partner"].create(
            {"name": "Tajny", "company_id": self.board_company.id}
        )
        dialog = self.open_dialog()
        with self.assertRaises(AccessError):
            dialog.signer_ids.partner_id = secret.id
        with self.assertRaises(AccessError):
            dialog.signer_ids.onchange({"partner_id": secret.id}, ["partner_id"], {})
        line = [Command.create({"partner_id": secret.id})]
        with self.assertRaises(AccessError):
            dialog.onchange({"signer_ids": line}, ["signer_ids"], {"checklist": {}})

    def test_an_id_in_another_spelling_names_nothing(self):
        # The database would take each for the id, of which the ORM knows nothing
        contact = self.env["res.partner"].create(
            {"name": "Tajny Klient", "company_id": self.board_company.id}
        )
        self.env.flush_all()
        dialogs = self.as_user(self.manager, "autenti.send.signer")
        people = self.as_user(self.manager, "autenti.send")
        for value in (str(contact.id), float(contact.id), [contact.id, "x"]):
            lines = (
                [Command.CREATE, 0, {"partner_id": value}],
                [Command.LINK, value],
                [Command.UPDATE, value, {}],
                [Command.SET, 0, [value]],
            )
            for attack in (
                lambda value=value: dialogs.create({"partner_id": value}),
                lambda value=value: dialogs.onchange(
                    {"partner_id": value}, ["partner_id"], {"name": {}}
                ),
                *(
                    lambda line=line: people._autenti_check_named(
                        {"signer_ids": [line]}
                    )
                    for line in lines
                ),
            ):
                with self.subTest(value=value), self.assertRaises(AccessError):
                    attack()
        self.contact.company_id = self.company
        signer = self.open_dialog(user=self.manager).signer_ids[0]
        signer.partner_id = self.contact.id
        self.assertEqual(signer.partner_id, self.contact)

    def test_a_dialog_that_points_at_what_is_taken_away_tells_no_more(self):
        switch = self.as_user(self.manager, "autenti.switch").create(
            {"connection_id": self.connection.id}
        )
        self.assertEqual(switch.company_id, self.company)
        self.connection.company_id = self._create_company(name="Inna")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            switch.read(["company_id"])

    def test_nobody_prints_what_they_may_not_read(self):
        values = {
            "res_model": "agreement",
            "res_id": self.board_agreement.id,
            "connection_id": self.connection.id,
            "mode": "individual",
            "environment": "test",
            "name": "x",
            "language": "pl",
            "signature_type": "BASIC",
            "source": "report",
        }
        names = ["pdf", "pdf_sha256", "checklist", "remind_days"]
        self.assertKept("autenti.send", self.seller, names, **values)
        dialog = self.open_dialog()
        with self.assertRaises(AccessError):
            dialog.res_id = self.board_agreement.id
        spec = dict.fromkeys(names, {})
        for changed in ({"res_id": self.board_agreement.id}, values):
            with self.assertRaises(AccessError):
                dialog.onchange(changed, ["res_id"], spec)
        # What the database holds of such a dialog, from before, is no use either
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE autenti_send SET res_id = %s WHERE id = %s",
            [self.board_agreement.id, dialog.id],
        )
        self.env.invalidate_all()
        for act in (
            lambda: dialog.onchange({"source": "report"}, ["source"], spec),
            lambda: dialog.read(["checklist"]),
            dialog.action_send,
        ):
            with self.assertRaises(AccessError):
                act()

    def test_a_record_that_cannot_be_signed_is_nothing_for_the_dialog(self):
        dialog = self.open_dialog()
        for model in ("res.users", "autenti.connection", "no.model"):
            with self.subTest(model=model), self.assertRaises(UserError):
                dialog.write({"res_model": model, "res_id": 1})

    def test_an_attachment_of_another_company_is_not_sent(self):
        secret = self.env["ir.attachment"].create(
            {
                "name": "secret.pdf",
                "raw": PDF,
                "res_model": "agreement",
                "res_id": self.board_agreement.id,
            }
        )
        dialog = self.open_dialog()
        with self.assertRaises(AccessError):
            dialog.write({"source": "attachment", "attachment_id": secret.id})

    # === Representatives ===

    def test_representatives_of_another_company_are_not_looked_at(self):
        dialog = self.open_dialog()
        spec = {"second_representative_phone": {}, "checklist": {}}
        values = {"second_representative_id": self.second.id}
        with self.assertRaises(UserError):
            dialog.write(values)
        with self.assertRaises(UserError):
            dialog.onchange(values, [*values], spec)
        with self.assertRaises(AccessError):
            dialog.connection_id = self.board_connection.id
        both = {**values, "connection_id": self.board_connection.id}
        with self.assertRaises(UserError):
            dialog.onchange(both, [*both], spec)

    def test_a_user_of_both_companies_chooses_from_that_of_the_contract(self):
        self.seller.company_ids += self.board_company
        dialog = self.open_dialog().with_context(
            allowed_company_ids=self.seller.company_ids.ids
        )
        for connection in (self.connection, self.board_connection):
            values = {
                "connection_id": connection.id,
                "second_representative_id": self.second.id,
            }
            with self.assertRaisesRegex(UserError, "the same company"):
                dialog.write(values)
            with self.assertRaisesRegex(UserError, "the same company"):
                dialog.onchange(values, [*values], {"second_representative_phone": {}})

    def test_representatives_of_the_company_are_chosen(self):
        third = self._create_representative(
            self.board_connection, email="iga@example.com", phone="502 600 700"
        )
        agreement = self._create_agreement(self.board_seller)
        dialog = self.open_dialog(agreement, self.board_seller)
        with Form(dialog) as form:
            form.signature_type = "ADVANCED"
            form.second_representative_id = third
            self.assertEqual(form.second_representative_phone, "502 600 700")
        self.assertEqual(dialog.second_representative_id.id, third.id)


class TestPhones(GuardCommon):
    """The code by SMS goes to the phone of the set-up, whoever sends."""

    def setUp(self):
        super().setUp()
        self.contact.phone = "600 700 800"
        self.board_member.phone = "500 600 700"

    def get_phones(self, **values):
        agreement = self._create_agreement(self.board_seller)
        dialog = self.open_dialog(agreement, self.board_seller)
        dialog.write({"signature_type": "ADVANCED", **values})
        dialog.action_send()
        return self.request_of(agreement).signer_ids.mapped("phone")[1:]

    def test_the_salesperson_does_not_choose_the_representatives_phone(self):
        own = "+48 666 666 666"
        for values in (
            {"company_signer_phone": own},
            {"second_representative_phone": own},
            {"company_signer_phone": False},
        ):
            values["second_representative_id"] = self.second.id
            self.assertEqual(
                self.get_phones(**values), ["+48500600700", "+48501600700"]
            )
        agreement = self._create_agreement(self.board_seller)
        with Form(self.open_dialog(agreement, self.board_seller)) as form:
            form.signature_type = "ADVANCED"
            self.assertEqual(form.company_signer_phone, "500 600 700")
            with self.assertRaises(AssertionError):
                form.company_signer_phone = own

    def test_the_phone_in_the_connection_counts_before_that_of_the_user(self):
        self.board_connection.representative_phone = "503 600 700"
        self.assertEqual(self.get_phones(), ["+48503600700"])

    def test_who_has_no_phone_gets_one_in_the_connection(self):
        self.board_connection.representative_user_id = False
        dialog = self.open_dialog(self.board_agreement, self.board_seller)
        dialog.write(
            {"signature_type": "ADVANCED", "company_signer_phone": "500600700"}
        )
        message = "Ewa Lis: enter a mobile phone number"
        with self.assertRaisesRegex(UserError, message):
            dialog.action_send()
        dialog = self.open_dialog(
            self._create_agreement(self.board_manager), self.board_manager
        )
        dialog.signature_type = "ADVANCED"
        [problem] = [each for each in dialog.checklist if message in each["text"]]
        self.assertEqual(problem["action"]["res_model"], "autenti.connection")
        connection = self.board_connection.with_user(self.board_manager)
        connection.representative_phone = "504 600 700"
        self.assertEqual(self.get_phones(), ["+48504600700"])

    def test_who_signs_alone_enters_the_own_phone(self):
        request = self.submit(
            signature_type="ADVANCED", company_signer_phone="505 600 700"
        )
        self.assertEqual(request.signer_ids[-1].phone, "+48505600700")


class TestAnnexes(GuardCommon):
    """Contracts of another company aren't named, nor kept from being deleted."""

    def test_an_annex_names_no_contract_of_another_company(self):
        agreements = self.as_user(self.seller, "agreement")
        own = agreements.browse(self.agreement.id)
        named = {"parent_id": self.board_agreement.id}
        new = {"name": "Aneks", "code": "A/1", "partner_id": self.client.id}
        spec = {"parent_id": {"fields": {"display_name": {}}}}
        polluted = agreements.with_context(default_parent_id=self.board_agreement.id)
        for way, attack in (
            ("write", lambda: own.write(named)),
            ("create", lambda: agreements.create({**new, **named})),
            (
                "no company",
                lambda: agreements.create({**new, **named, "company_id": False}),
            ),
            ("default", lambda: polluted.create(new)),
            ("onchange", lambda: own.onchange(named, [*named], spec)),
            ("first onchange", lambda: polluted.onchange({}, [], spec)),
        ):
            self.env.invalidate_all()
            with self.subTest(way=way), self.assertRaises(AccessError) as caught:
                attack()
            self.assertNotIn(self.board_agreement.code, str(caught.exception))
        self.board_agreement.with_user(self.board_seller).unlink()

    def test_contract_and_annex_are_of_one_company(self):
        self.seller.company_ids += self.board_company
        agreements = self.as_user(self.seller, "agreement")
        with self.assertRaisesRegex(UserError, "company"):
            agreements.browse(self.agreement.id).parent_id = self.board_agreement.id
        annex = self._create_agreement(self.seller, parent_id=self.agreement.id)
        both = self.agreement + annex
        with self.assertRaisesRegex(UserError, "company"):
            agreements.browse(self.agreement.id).company_id = self.board_company
        agreements.browse(both.ids).write({"company_id": self.board_company.id})
        self.assertEqual(both.company_id, self.board_company)

    def test_an_annex_to_an_own_contract_is_made(self):
        action = self.agreement.with_user(self.seller).action_new_annex()
        annex = self.as_user(self.seller, "agreement", **action["context"]).create({})
        self.assertEqual(annex.parent_id.id, self.agreement.id)
