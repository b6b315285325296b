# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from ..secret_store import KEY_OPTION, OLD_KEY_OPTION, seal, unseal

SECRET = "zażółć-s3cr3t"


@tagged("post_install", "-at_install")
class TestSecretStore(TransactionCase):
    """What is stored of a secret, by the keys in the server's configuration file."""

    def with_keys(self, key=None, old_key=None):
        values = {KEY_OPTION: key, OLD_KEY_OPTION: old_key}
        return patch.object(config, "options", {**config.options, **values})

    def test_without_a_key_a_secret_is_stored_plainly(self):
        with self.with_keys():
            self.assertEqual(seal(SECRET), SECRET)
            self.assertEqual(unseal(SECRET), SECRET)

    def test_with_a_key_a_secret_is_encrypted(self):
        with self.with_keys(Fernet.generate_key().decode()):
            sealed = seal(SECRET)
            self.assertNotIn(SECRET, sealed)
            self.assertNotEqual(seal(SECRET), sealed)
            self.assertEqual(unseal(sealed), SECRET)

    def test_what_was_stored_plainly_is_read_after_a_key_came(self):
        with self.with_keys(Fernet.generate_key().decode()):
            self.assertEqual(unseal(SECRET), SECRET)

    def test_nothing_stays_nothing(self):
        with self.with_keys(Fernet.generate_key().decode()):
            for nothing in (False, None, ""):
                self.assertIs(seal(nothing), nothing)
                self.assertIs(unseal(nothing), nothing)

    def test_a_secret_of_the_old_key_is_read_beside_a_new_one_and_after_it(self):
        old_key = Fernet.generate_key().decode()
        with self.with_keys(old_key):
            sealed = seal(SECRET)
        for key in (Fernet.generate_key().decode(), None):
            with self.subTest(key=key), self.with_keys(key, old_key):
                self.assertEqual(unseal(sealed), SECRET)

    def test_the_old_key_encrypts_nothing(self):
        with self.with_keys(None, Fernet.generate_key().decode()):
            self.assertEqual(seal(SECRET), SECRET)

    def test_a_missing_or_foreign_key_is_told(self):
        with self.with_keys(Fernet.generate_key().decode()):
            sealed = seal(SECRET)
        for key in (None, Fernet.generate_key().decode()):
            with (
                self.subTest(key=key),
                self.with_keys(key),
                self.assertRaisesRegex(UserError, "put the right key"),
            ):
                unseal(sealed)

    def test_a_malformed_key_is_told_and_not_shown(self):
        for key in ("not-a-key", "ą", "QUJD"):
            for do in (seal, lambda text: unseal("autenti_esign+fernet:x")):
                with (
                    self.subTest(key=key),
                    self.with_keys(key),
                    self.assertRaisesRegex(UserError, "Fernet key") as caught,
                ):
                    do(SECRET)
                self.assertNotIn(key, str(caught.exception))
