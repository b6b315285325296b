# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import functools
import json
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..client import jwk
from .common import AutentiCommon, private_key


@functools.cache
def new_key():
    return jwk.generate_private_key()


def to_pem(key, password=None):
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        encryption,
    ).decode()


class TestKeys(AutentiCommon):
    """A connection's keys: which one signs, and how another takes its place."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        cls.as_administrator = cls.connection.with_user(cls.administrator)
        cls.key = cls.connection.key_ids

    def get_kid_in_use(self):
        """Have a token asked for, and return the ID of the key that signed for it."""
        self.as_administrator.action_test()
        return self.autenti.assertions[-1][0]["kid"]

    # === The first key ===

    def test_the_first_key_is_used_at_once(self):
        self.key.unlink()
        self.as_administrator.action_generate_key()
        key = self.connection.key_ids
        self.assertEqual(key.state, "active")
        self.assertTrue(key.activated_date)
        self.assertEqual(self.as_administrator.public_jwk, key.public_jwk)
        self.assertEqual(self.get_kid_in_use(), key.thumbprint)

    def test_the_shown_key_is_the_public_half_of_the_private_one(self):
        shown = json.loads(self.as_administrator.public_jwk)
        self.assertEqual(set(shown), {"kty", "e", "use", "kid", "alg", "n"})
        public = jwt.PyJWK(shown).key
        compact = jwt.encode({"a": 1}, self.key.private_key, "RS256")
        self.assertEqual(jwt.decode(compact, public, ["RS256"]), {"a": 1})

    def test_odoo_signs_with_the_shown_key_and_its_id(self):
        for key_id in (False, "klucz-7"):
            with self.subTest(key_id=key_id):
                self.meet_autenti()
                self.as_administrator.key_id = key_id
                self.as_administrator.action_test()
                (call,) = self.autenti.calls_of("token")
                shown = json.loads(self.as_administrator.public_jwk)
                self.assertEqual(self.autenti.assertions[0][0]["kid"], shown["kid"])
                self.assertEqual(key_id or self.key.thumbprint, shown["kid"])
                claims = jwt.decode(
                    call.form["assertion"],
                    jwt.PyJWK(shown).key,
                    ["RS256"],
                    audience="autenti.com",
                )
                self.assertEqual(claims["email"], self.administrator.email)
                self.assertTrue(claims["iss"].startswith("odoo-"))

    def test_an_id_that_was_entered_first_is_the_first_keys(self):
        self.key.unlink()
        with Form(self.as_administrator) as form:
            form.key_id = " klucz-7 "
        self.as_administrator.action_generate_key()
        self.assertEqual(self.connection.key_ids.kid, "klucz-7")
        self.assertEqual(json.loads(self.as_administrator.public_jwk)["kid"], "klucz-7")

    # === Rotation ===

    def test_a_new_key_is_shown_and_the_old_one_still_used(self):
        self.as_administrator.key_id = "old"
        self.as_administrator.action_generate_key()
        new = self.connection.key_ids - self.key
        self.assertEqual((self.key.state, new.state), ("active", "next"))
        self.assertFalse(self.as_administrator.key_id)
        shown = json.loads(self.as_administrator.public_jwk)
        self.assertEqual(shown["kid"], new.thumbprint)
        self.assertEqual(self.get_kid_in_use(), "old")
        self.send()
        self.assertEqual({h["kid"] for h, _claims in self.autenti.assertions}, {"old"})

    def test_an_id_is_given_to_the_shown_key(self):
        self.as_administrator.action_generate_key()
        self.as_administrator.key_id = "new"
        new = self.connection.key_ids - self.key
        self.assertEqual((self.key.kid, new.kid), (False, "new"))

    def test_a_key_that_autenti_accepts_takes_the_place_of_the_old_one(self):
        self.as_administrator.action_generate_key()
        new = self.connection.key_ids - self.key
        self.as_administrator.action_switch_key()
        self.assertEqual(self.autenti.assertions[-1][0]["kid"], new.thumbprint)
        self.assertEqual((self.key.state, new.state), ("retired", "active"))
        self.assertFalse(self.key.private_key)
        self.assertEqual(self.get_kid_in_use(), new.thumbprint)

    def test_a_key_that_autenti_refuses_does_not(self):
        self.as_administrator.action_generate_key()
        refusal = {"error": "invalid_grant", "error_description": "unknown kid"}
        self.autenti.fail("token", 400, data=refusal)
        with self.assertRaisesRegex(UserError, "paste the public key"):
            self.as_administrator.action_switch_key()
        new = self.connection.key_ids - self.key
        self.assertEqual((self.key.state, new.state), ("active", "next"))
        self.assertEqual(self.get_kid_in_use(), self.key.thumbprint)

    def test_what_waits_goes_out_with_the_key_in_place_of_a_leaked_one(self):
        request = self.submit()
        # As soon as it is removed in Autenti's panel
        refusal = {"error": "invalid_grant", "error_description": "unknown kid"}
        self.autenti.fail("token", 400, data=refusal)
        self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertIn("doesn't accept the key", request.last_error)
        self.as_administrator.action_generate_key()
        self.as_administrator.action_switch_key()
        self.assertFalse(self.key.private_key)
        request.with_user(self.seller).action_try_again()
        self.run_cron()
        self.assertEqual(request.state, "sent")
        self.assertEqual(self.autenti.assertions[-1][0]["kid"], self.get_kid_in_use())

    def test_a_second_new_key_replaces_the_first_new_one(self):
        for _time in range(2):
            self.as_administrator.action_generate_key()
        states = self.connection.key_ids.mapped("state")
        self.assertEqual(sorted(states), ["active", "next"])

    def test_a_new_key_is_given_up(self):
        self.as_administrator.key_id = "old"
        self.as_administrator.action_generate_key()
        self.as_administrator.action_discard_key()
        self.assertEqual(self.connection.key_ids, self.key)
        self.assertEqual(self.as_administrator.key_id, "old")
        with self.assertRaisesRegex(UserError, "no new key"):
            self.as_administrator.action_switch_key()

    @mute_logger("odoo.sql_db")
    def test_two_keys_are_never_in_use_at_once(self):
        self.as_administrator.action_generate_key()
        with self.assertRaises(UniqueViolation):
            self.connection.key_ids.state = "active"
            self.env.flush_all()

    def test_a_key_of_more_than_a_year_is_old(self):
        self.assertFalse(self.key.is_old)
        self.key.activated_date -= timedelta(days=366)
        self.key.invalidate_recordset(["is_old"])
        self.assertTrue(self.key.is_old)
        self.as_administrator.action_generate_key()
        self.as_administrator.action_switch_key()
        self.assertFalse(any(self.connection.key_ids.mapped("is_old")))

    # === A key from elsewhere ===

    def test_a_pasted_key_is_used_and_never_shown_again(self):
        self.key.unlink()
        with Form(self.as_administrator) as form:
            form.private_key_input = f"\n{new_key()}\n"
        self.env.invalidate_all()
        self.assertFalse(self.as_administrator.private_key_input)
        key = self.connection.key_ids
        self.assertEqual(key.thumbprint, jwk.thumbprint(new_key()))
        self.assertEqual(self.get_kid_in_use(), key.thumbprint)

    def test_a_pasted_key_waits_beside_one_that_is_in_use(self):
        self.as_administrator.private_key_input = new_key()
        states = self.connection.key_ids.mapped("state")
        self.assertEqual(sorted(states), ["active", "next"])

    def test_a_key_that_cannot_be_used_is_told_and_changes_nothing(self):
        # Only its size is of interest here
        short = rsa.generate_private_key(65537, 1024)  # noqa: S505
        public = jwk.load_private_key(new_key()).public_key()
        pem = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        for bad in (
            "not a key",
            new_key()[:-60],
            pem.decode(),
            to_pem(short),
            to_pem(ec.generate_private_key(ec.SECP256R1())),
            to_pem(jwk.load_private_key(new_key()), b"password"),
        ):
            with (
                self.subTest(bad=bad[:40]),
                self.assertRaisesRegex(UserError, "can't be used") as caught,
            ):
                self.as_administrator.private_key_input = bad
            self.assertNotIn(bad, str(caught.exception))
        self.assertEqual(self.connection.key_ids, self.key)

    # === Who may ===

    def test_nobody_reads_a_private_key(self):
        self.env.flush_all()
        for user in (self.administrator, self.manager, self.seller):
            keys = self.key.with_user(user)
            self.env.invalidate_all()
            with self.subTest(user=user.name):
                with self.assertRaises(AccessError):
                    keys.read(["private_key"])
                with self.assertRaises(AccessError):
                    keys.private_key  # noqa: B018  # pylint: disable=pointless-statement
                with self.assertRaises(AccessError):
                    keys.search([("private_key", "=like", "-----%")])
                with self.assertRaises(AccessError):
                    keys._read_group([], ["private_key"])
                with self.assertRaises(UserError):
                    keys.export_data(["private_key"])

    def test_a_manager_sees_the_keys_of_the_own_company(self):
        keys = self.env["autenti.key"].with_user(self.manager)
        companies = {"allowed_company_ids": self.company.ids}
        seen = keys.with_context(**companies).search([])
        self.assertIn(self.key, seen)
        self.assertNotIn(self.board_connection.key_ids, seen)
        with self.assertRaises(AccessError):
            self.key.with_user(self.seller).read(["public_key"])

    def test_nobody_changes_a_key_through_the_orm(self):
        for user in (self.administrator, self.manager, self.seller):
            key = self.key.with_user(user)
            for name, value in (
                ("state", "retired"),
                ("private_key", new_key()),
                ("kid", "mine"),
            ):
                with (
                    self.subTest(user=user.name, name=name),
                    self.assertRaises(AccessError),
                ):
                    key[name] = value
            with self.assertRaises(AccessError):
                key.unlink()
            with self.assertRaises(AccessError):
                key.create({"connection_id": self.connection.id, "state": "active"})
        with self.assertRaises(AccessError):
            self.connection.with_user(self.manager).private_key_input = new_key()
        self.assertEqual(self.key.private_key, private_key())
