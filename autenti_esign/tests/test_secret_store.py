# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import config

from ..secret_store import KEY_OPTION, MARK, OLD_KEY_OPTION, decrypt, encrypt
from .common import SECRET as CLIENT_SECRET
from .common import AutentiCommon, private_key

SECRET = "zażółć-s3cr3t"


def with_keys(key=None, old_key=None):
    """Let the server's configuration file hold these keys."""
    values = {KEY_OPTION: key, OLD_KEY_OPTION: old_key}
    return patch.object(config, "options", {**config.options, **values})


def make_key():
    return Fernet.generate_key().decode()


@tagged("post_install", "-at_install")
class TestSecretStore(TransactionCase):
    """What is stored of a secret, by the keys in the server's configuration file."""

    def test_without_a_key_a_secret_is_stored_plainly(self):
        with with_keys():
            self.assertEqual(encrypt(SECRET), SECRET)
            self.assertEqual(decrypt(SECRET), SECRET)

    def test_with_a_key_a_secret_is_encrypted(self):
        with with_keys(make_key()):
            encrypted = encrypt(SECRET)
            self.assertNotIn(SECRET, encrypted)
            self.assertNotEqual(encrypt(SECRET), encrypted)
            self.assertEqual(decrypt(encrypted), SECRET)

    def test_what_was_stored_plainly_is_read_after_a_key_came(self):
        with with_keys(make_key()):
            self.assertEqual(decrypt(SECRET), SECRET)

    def test_nothing_stays_nothing(self):
        with with_keys(make_key()):
            for nothing in (False, None, ""):
                self.assertIs(encrypt(nothing), nothing)
                self.assertIs(decrypt(nothing), nothing)

    def test_a_secret_of_the_old_key_is_read_beside_a_new_one_and_after_it(self):
        old_key = make_key()
        with with_keys(old_key):
            encrypted = encrypt(SECRET)
        for key in (make_key(), None):
            with self.subTest(key=key), with_keys(key, old_key):
                self.assertEqual(decrypt(encrypted), SECRET)

    def test_the_old_key_encrypts_nothing(self):
        with with_keys(None, make_key()):
            self.assertEqual(encrypt(SECRET), SECRET)

    def test_a_missing_or_foreign_key_is_told(self):
        with with_keys(make_key()):
            encrypted = encrypt(SECRET)
        for key in (None, make_key()):
            with (
                self.subTest(key=key),
                with_keys(key),
                self.assertRaisesRegex(UserError, "put the right key"),
            ):
                decrypt(encrypted)

    def test_a_malformed_key_is_told_and_not_shown(self):
        for key in ("not-a-key", "ą", "QUJD"):
            for do in (encrypt, lambda text: decrypt("autenti_esign+fernet:x")):
                with (
                    self.subTest(key=key),
                    with_keys(key),
                    self.assertRaisesRegex(UserError, "Fernet key") as caught,
                ):
                    do(SECRET)
                self.assertNotIn(key, str(caught.exception))


class TestStoredSecrets(AutentiCommon):
    """The secrets of the addon in the database, and the work with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_administrator()
        cls.as_administrator = cls.connection.with_user(cls.administrator)

    def encrypt_again(self, user=None):
        settings = self.env["res.config.settings"].with_user(user or self.administrator)
        action = settings.action_autenti_encrypt_secrets()
        self.env.flush_all()
        return action["params"]["message"]

    def get_stored(self):
        """Return all secrets as they lie in the database."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT client_secret FROM autenti_connection"
            " UNION ALL SELECT private_key FROM autenti_key"
        )
        return {secret for (secret,) in self.env.cr.fetchall() if secret}

    def assertSendsNothing(self, dialog):
        """Expect the dialog to tell of the key, and the server to send nothing."""
        problems = [each["text"] for each in dialog.checklist if each["level"] != "ok"]
        self.assertIn("put the right key", "\n".join(problems))
        self.assertTrue(dialog.is_blocked)
        with self.assertRaisesRegex(UserError, "put the right key"):
            dialog.action_send()
        self.assertFalse(self.request_of(self.agreement))

    def test_what_is_entered_is_stored_encrypted_and_used(self):
        with with_keys(make_key()):
            self.connection.key_ids.unlink()
            self.as_administrator.client_secret_input = "n3w"
            self.as_administrator.action_generate_key()
            for secret in (
                self.connection.client_secret,
                self.connection.key_ids.private_key,
            ):
                self.assertTrue(secret.startswith(MARK))
            self.as_administrator.action_test()
            (call,) = self.autenti.calls_of("token")
            self.assertEqual(call.form["client_secret"], "n3w")

    def test_secrets_move_to_a_key_to_another_key_and_back(self):
        plain = self.get_stored()
        self.assertLessEqual({CLIENT_SECRET, private_key()}, plain)
        first, second = make_key(), make_key()
        with with_keys(first):
            self.assertIn("are encrypted", self.encrypt_again())
            by_first = self.get_stored()
            self.assertTrue(all(secret.startswith(MARK) for secret in by_first))
            self.as_administrator.action_test()
        with with_keys(second, first):
            self.as_administrator.action_test()
            self.encrypt_again()
            self.assertFalse(self.get_stored() & by_first)
        with with_keys(second):
            self.as_administrator.action_test()
        with with_keys(None, second):
            self.assertIn("No secret", self.encrypt_again())
        with with_keys():
            self.as_administrator.action_test()
        self.assertEqual(self.get_stored(), plain)

    def test_secrets_of_archived_connections_move_too(self):
        self.connection.active = False
        with with_keys(make_key()):
            self.encrypt_again()
            self.assertTrue(self.connection.client_secret.startswith(MARK))

    def test_without_its_key_no_secret_moves(self):
        with with_keys(make_key()):
            self.encrypt_again()
        stored = self.get_stored()
        for key in (None, make_key()):
            with (
                self.subTest(key=key),
                with_keys(key),
                self.assertRaisesRegex(UserError, "put the right key"),
            ):
                self.encrypt_again()
            self.assertEqual(self.get_stored(), stored)

    def test_without_the_key_pages_work_and_actions_tell_it(self):
        with with_keys(make_key()):
            self.encrypt_again()
        with with_keys():
            with Form(self.as_administrator) as form:
                self.assertTrue(form.is_client_secret_set)
                self.assertTrue(form.public_jwk)
                form.client_id = "app-2"
            with self.assertRaisesRegex(UserError, "put the right key"):
                self.as_administrator.action_test()
            self.assertSendsNothing(self.open_dialog())
            # Until the key is found, secrets that are entered again do
            self.as_administrator.client_secret_input = "n3w"
            self.as_administrator.private_key_input = private_key()
            self.as_administrator.action_switch_key()
            self.as_administrator.action_test()
            self.assertFalse(self.open_dialog().is_blocked)

    def test_without_the_key_nobody_sends_by_a_login_either(self):
        self.connection.account_access = "login"
        self.env["autenti.account"].create(
            {
                "user_id": self.seller.id,
                "connection_id": self.connection.id,
                "environment": self.connection.environment,
            }
        )
        with with_keys(make_key()):
            self.encrypt_again()
        with with_keys():
            self.assertSendsNothing(self.open_dialog())

    def test_without_the_key_a_request_waits_for_a_person(self):
        request = self.submit()
        with with_keys(make_key()):
            self.encrypt_again()
        with with_keys():
            self.run_cron()
        self.assertEqual(request.state, "to_send")
        self.assertIn("put the right key", request.last_error)
        self.assertFalse(request.next_check_at)

    def test_only_an_administrator_encrypts_again(self):
        for user in (self.seller, self.manager):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.encrypt_again(user)
