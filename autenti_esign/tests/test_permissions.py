# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common import CLIENT_EMAIL, MANAGER, PDF, SECRET, USER, AutentiCommon

# Who may do what with a request, its connection, and a contract of the company.
# A stranger is each role of the other company.
TABLE = {
    #                     sender colleague representative manager administrator stranger
    "see": "              yes    -         yes            yes     yes           -",
    "remind": "           yes    -         -              yes     yes           -",
    "withdraw": "         yes    -         -              yes     yes           -",
    "try_again": "        yes    -         -              yes     yes           -",
    "send": "             yes    yes       yes            yes     yes           -",
    "see_callbacks": "    -      -         -              yes     yes           -",
    "see_health": "       -      -         -              yes     yes           -",
    "configure": "        -      -         -              yes     yes           -",
    "check_health": "     -      -         -              yes     yes           -",
    "register": "         -      -         -              yes     yes           -",
    "make_key": "         -      -         -              yes     yes           -",
    "write_secret": "     -      -         -              -       yes           -",
    "read_secret": "      -      -         -              -       -             -",
}
ROLES = (
    "sender",
    "colleague",
    "representative",
    "manager",
    "administrator",
    "stranger",
)


class TestPermissions(AutentiCommon):
    """Who sees requests and who may act on them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsider = cls._create_user(
            "Ewa Obca",
            "ewa@firma.example.com",
            groups="agreement.group_agreement_user",
        )
        cls.administrator = cls._create_administrator()

    def setUp(self):
        super().setUp()
        self.own = self.send()
        self.of_board = self.send_by_board()
        self.all = self.own + self.of_board

    def as_seen_by(self, user, model="autenti.request"):
        companies = {"allowed_company_ids": user.company_ids.ids}
        return self.env[model].with_user(user).with_context(**companies).search([])

    def test_the_groups_are_one_choice_in_the_user_form(self):
        privilege = self.env.ref("autenti_esign.autenti_esign_privilege")
        self.assertEqual(
            privilege.group_ids, self.env.ref(USER) + self.env.ref(MANAGER)
        )
        self.assertIn(self.env.ref(USER), self.env.ref(MANAGER).implied_ids)

    def test_each_sees_the_requests_that_concern_them(self):
        nothing = self.env["autenti.request"]
        for user, seen in (
            (self.seller, self.own),
            (self.colleague, nothing),
            (self.manager, self.own),
            (self.board_seller, self.of_board),
            (self.board_member, self.of_board),
            (self.administrator, self.all),
        ):
            with self.subTest(user=user.name):
                self.assertEqual(self.as_seen_by(user) & self.all, seen)
                signers = self.as_seen_by(user, "autenti.signer")
                self.assertEqual(signers & self.all.signer_ids, seen.signer_ids)

    def test_an_unseen_request_is_not_read_by_its_id_either(self):
        self.env.flush_all()
        for user in (self.colleague, self.board_seller, self.board_member):
            self.env.invalidate_all()
            for records in (self.own, self.own.signer_ids):
                with self.subTest(user=user.name), self.assertRaises(AccessError):
                    records.with_user(user).read(["company_id"])

    def test_an_employee_without_the_group_sees_contracts_but_no_requests(self):
        agreement = self.agreement.with_user(self.outsider)
        with Form(agreement) as form:
            self.assertEqual(form.autenti_state, "sent")
            form.name = "Nowa nazwa"
        self.assertIn("Jan Kowalski", agreement.autenti_next_signer)
        for model in (
            "autenti.request",
            "autenti.signer",
            "autenti.connection",
            "autenti.callback",
            "autenti.send",
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.as_seen_by(self.outsider, model)
        with self.assertRaises(AccessError):
            agreement.action_autenti_sign()

    def test_callbacks_are_seen_by_managers_and_not_by_salespeople(self):
        callback = self.env["autenti.callback"].create(
            {"event_id": "e1", "jwks_url": "x", "request_id": self.own.id}
        )
        self.assertIn(callback, self.as_seen_by(self.manager, "autenti.callback"))
        self.assertIn(callback, self.as_seen_by(self.administrator, "autenti.callback"))
        with self.assertRaises(AccessError):
            self.as_seen_by(self.seller, "autenti.callback")

    def test_what_others_do_at_autenti_is_for_administrators(self):
        callback = self.env["autenti.callback"].create(
            {"event_id": "e1", "jwks_url": "x", "state": "ignored"}
        )
        self.assertNotIn(callback, self.as_seen_by(self.manager, "autenti.callback"))
        self.assertIn(callback, self.as_seen_by(self.administrator, "autenti.callback"))

    def test_a_managers_callbacks_are_those_of_the_own_company(self):
        callback = self.env["autenti.callback"].create(
            {"event_id": "e1", "jwks_url": "x", "request_id": self.of_board.id}
        )
        self.assertNotIn(callback, self.as_seen_by(self.manager, "autenti.callback"))

    def test_connections_are_seen_in_their_company(self):
        for user in (self.seller, self.manager):
            seen = self.as_seen_by(user, "autenti.connection")
            self.assertIn(self.connection, seen)
            self.assertNotIn(self.board_connection, seen)

    def test_nobody_changes_a_request_through_the_orm(self):
        attachment = self.own.source_attachment_id
        for user in (self.seller, self.manager, self.administrator):
            request = self.own.with_user(user)
            for values in (
                {"state": "signed"},
                {"signed_attachment_id": attachment.id},
                {"user_id": user.id},
                {"message_main_attachment_id": attachment.id},
            ):
                with (
                    self.subTest(user=user.name, values=values),
                    self.assertRaises(AccessError),
                ):
                    request.write(values)
            with self.assertRaises(AccessError):
                request.signer_ids.write({"status": "signed"})
            with self.assertRaises(AccessError):
                request.copy()
            with self.assertRaises(AccessError):
                request.unlink()
            with self.assertRaises(AccessError):
                request.signer_ids.unlink()

    def test_nobody_invents_requests_or_callbacks(self):
        for user in (self.seller, self.manager, self.administrator):
            for model, values in (
                (
                    "autenti.request",
                    {
                        "name": "x",
                        "res_model": "agreement",
                        "res_id": self.agreement.id,
                        "company_id": self.company.id,
                        "connection_id": self.connection.id,
                        "user_id": user.id,
                        "mode": "individual",
                        "environment": "test",
                        "sender_email": "x@example.com",
                        "sender_subject": "x",
                    },
                ),
                ("autenti.callback", {"event_id": "x", "jwks_url": "x"}),
            ):
                with (
                    self.subTest(user=user.name, model=model),
                    self.assertRaises(AccessError),
                ):
                    self.env[model].with_user(user).create(values)

    def test_the_status_of_a_contract_is_not_written_by_hand(self):
        with self.assertRaises(AccessError):
            self.agreement.with_user(self.seller).write(
                {"autenti_request_ids": [(1, self.own.id, {"state": "signed"})]}
            )
        self.assertEqual(self.own.state, "sent")

    def test_what_follows_from_the_requests_is_not_written_either(self):
        """A computed field is read-only in forms alone."""
        forged = {
            "autenti_state": "signed",
            "autenti_signed_date": "2026-01-01 12:00:00",
            "autenti_signed_summary": "Jan Kowalski",
            "autenti_next_user_id": self.colleague.id,
            "autenti_test_mark": False,
            "document_version": 9,
        }
        new = {"name": "Umowa", "code": "UM/X", "partner_id": self.client.id}
        agreements = self.env["agreement"].with_user(self.outsider)
        for name, value in forged.items():
            values = {name: value}
            with self.subTest(name=name):
                before = self.agreement[name]
                with self.assertRaises(AccessError):
                    agreements.browse(self.agreement.id).write(values)
                with self.assertRaises(AccessError):
                    agreements.create({**new, **values})
                self.assertEqual(self.agreement[name], before)
        defaults = {f"default_{name}": value for name, value in forged.items()}
        agreement = agreements.with_context(**defaults).create(new)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(agreement.autenti_state)
        self.assertFalse(agreement.autenti_signed_summary)
        self.assertEqual(agreement.document_version, 1)

    def test_what_is_in_a_dialog_is_for_who_opened_it(self):
        dialog = self.open_dialog(self._create_agreement(self.seller))
        dialog.file_ids = [
            Command.create({"name": "x.pdf", "file": base64.b64encode(PDF)})
        ]
        for user in (self.colleague, self.board_seller, self.administrator):
            for part in (dialog, dialog.signer_ids, dialog.file_ids):
                seen = part.with_user(user)
                with self.subTest(user=user.name, part=part):
                    self.assertFalse(seen.search([("id", "in", part.ids)]))
                    self.env.invalidate_all()
                    with self.assertRaises(AccessError):
                        seen.read()
                    with self.assertRaises(AccessError):
                        seen.unlink()

    def test_a_contract_that_is_not_read_does_not_tell_whether_it_is_signed(self):
        agreement = self.agreement.with_user(self.board_seller)
        for name in (
            "action_autenti_sign",
            "action_autenti_withdraw",
            "action_autenti_correct",
            "action_autenti_sign_in_person",
            "action_autenti_open_signed",
            "action_autenti_remind",
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(AccessError, "Agreement"),
            ):
                getattr(agreement, name)()

    def test_actions_are_for_the_sender_and_the_companys_managers(self):
        for name in ("action_remind", "action_withdraw", "action_try_again"):
            for user in (
                self.colleague,
                self.board_seller,
                self.board_member,
                self.outsider,
            ):
                with (
                    self.subTest(name=name, user=user.name),
                    self.assertRaises(AccessError),
                ):
                    getattr(self.own.with_user(user), name)()
        self.assertEqual(self.own.state, "sent")
        self.own.with_user(self.manager).action_remind()
        self.own.with_user(self.seller).action_withdraw()
        self.assertEqual(self.own.state, "withdrawn")

    def test_a_foreigner_neither_fetches_the_status_nor_signs(self):
        self.sign(self.own, CLIENT_EMAIL)
        calls = len(self.autenti.calls)
        for name in ("action_check", "action_sign_now"):
            for user in (self.colleague, self.board_seller, self.outsider):
                with (
                    self.subTest(name=name, user=user.name),
                    self.assertRaises(AccessError),
                ):
                    getattr(self.own.with_user(user), name)()
        self.assertEqual(len(self.autenti.calls), calls)


class TestPermissionTable(AutentiCommon):
    """Every cell of the table, for both modes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        board = {"company": cls.board_company}
        administrator = new_test_user(
            cls.env,
            login="administrator@firma.example.com",
            groups="base.group_user,base.group_system,agreement.group_agreement_user",
            name="Adam Min",
            company_id=cls.company.id,
            company_ids=(cls.company + cls.board_company).ids,
        )
        cls.staff = {
            "individual": {
                "sender": cls.seller,
                "colleague": cls.colleague,
                "manager": cls.manager,
                "administrator": administrator,
            },
            "representative": {
                "sender": cls.board_seller,
                "colleague": cls._create_user(
                    "Iza Kos", "iza.kos@spolka.example.com", **board
                ),
                "representative": cls.board_member,
                "manager": cls._create_user(
                    "Ola Sowa", "ola.sowa@spolka.example.com", MANAGER, **board
                ),
                "administrator": administrator,
            },
        }

    def setUp(self):
        super().setUp()
        self.requests = {
            "individual": self.send(),
            "representative": self.send_by_board(),
        }
        for request in self.requests.values():
            event_id = f"event-{request.id}"
            self.env["autenti.callback"].create(
                {"event_id": event_id, "jwks_url": "x", "request_id": request.id}
            )
            request.connection_id._check_health()

    def test_every_cell(self):
        tried = 0
        for mode, request in self.requests.items():
            for role, user in self.get_people(mode):
                for operation, row in TABLE.items():
                    expected = dict(zip(ROLES, row.split(), strict=True))[role] == "yes"
                    with self.subTest(mode=mode, role=role, operation=operation):
                        self.assertIs(self.may(operation, request, user), expected)
                    tried += 1
        # In the first mode nobody represents; 4 and 3 people of the other company
        self.assertEqual(tried, len(TABLE) * (4 + 4 + 5 + 3))

    def get_people(self, mode):
        """Return (role, user) of all, as seen from the company with a mode."""
        [other] = self.staff.keys() - {mode}
        yield from self.staff[mode].items()
        for role, user in self.staff[other].items():
            if role != "administrator":
                yield "stranger", user

    def may(self, operation, request, user):
        """Try an operation, then undo it."""
        companies = {"allowed_company_ids": user.company_ids.ids, "lang": "en_US"}
        env = self.env(user=user, context=companies)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            try:
                return getattr(self, f"_{operation}")(request.with_env(env))
            except AccessError:
                return False
            finally:
                savepoint.rollback()
                self.env.invalidate_all(flush=False)

    def _see(self, request):
        seen = request.search([]) & request
        readable = bool(request.has_access("read"))
        self.assertEqual(bool(seen), readable)
        return readable

    def _remind(self, request):
        request.action_remind()
        return True

    def _withdraw(self, request):
        request.action_withdraw()
        return True

    def _try_again(self, request):
        request.sudo().write({"state": "to_send", "next_check_at": False})
        request.action_try_again()
        return True

    def _send(self, request):
        contract = request.sudo()._get_record()
        other = contract.copy({"partner_id": contract.partner_id.id})
        agreement = other.with_env(request.env)
        dialog = agreement.action_autenti_sign()
        request.env[dialog["res_model"]].browse(dialog["res_id"]).action_send()
        return bool(other.autenti_request_ids)

    def _see_callbacks(self, request):
        return bool(
            request.env["autenti.callback"].search([("request_id", "=", request.id)])
        )

    def _see_health(self, request):
        connection = self._get_connection(request)
        return bool(connection.check_ids.mapped("message"))

    def _get_connection(self, request):
        connection_id = request.sudo().connection_id.id
        return request.env["autenti.connection"].browse(connection_id)

    def _configure(self, request):
        self._get_connection(request).write({"client_id": "app-2"})
        return True

    def _check_health(self, request):
        self._get_connection(request).action_check()
        return True

    def _register(self, request):
        self._get_connection(request).action_register_callback()
        return True

    def _make_key(self, request):
        self._get_connection(request).action_generate_key()
        return True

    def _write_secret(self, request):
        self._get_connection(request).write({"client_secret_input": "n3w"})
        return True

    def _read_secret(self, request):
        connection = self._get_connection(request)
        self.assertEqual(connection.sudo().client_secret, SECRET)
        return bool(connection.read(["client_secret"]))
