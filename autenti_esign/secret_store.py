# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How secrets lie in the database: encrypted, where the server has a key for that.

The key is a Fernet key, in the option ``autenti_esign_key`` of the server's
configuration file. ``autenti_esign_old_key`` holds the former one while secrets are
encrypted again. Without a key, secrets lie there plainly.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.exceptions import UserError
from odoo.tools import LazyTranslate, config

_lt = LazyTranslate(__name__, default_lang="en_US")

KEY_OPTION = "autenti_esign_key"
OLD_KEY_OPTION = "autenti_esign_old_key"
# Tells what is encrypted from what isn't; no secret of anybody's begins so
MARK = "autenti_esign+fernet:"


def encrypt(text):
    """Prepare a secret for the database.

    :param str text: the secret; nothing stays nothing
    :return: encrypted and marked where the server has a key, else as it is
    :raise UserError: the key is malformed
    """
    keys = _get_keys(KEY_OPTION)
    if not text or not keys:
        return text
    return MARK + keys[0].encrypt(text.encode()).decode()


def decrypt(text):
    """Read a secret from the database.

    :param str text: as `encrypt` returned it, maybe under another key
    :return: the secret
    :raise UserError: the server lacks the key that it was encrypted with
    """
    if not text or not text.startswith(MARK):
        return text
    keys = _get_keys(KEY_OPTION, OLD_KEY_OPTION)
    try:
        return MultiFernet(keys).decrypt(text.removeprefix(MARK)).decode()
    except (InvalidToken, ValueError):
        # MultiFernet's word for no key at all is a ValueError
        raise UserError(
            _lt(
                "A secret of Autenti is encrypted with a key that this server doesn't "
                "have. Ask the server's administrator to put the right key into the "
                "configuration file, as autenti_esign_key or autenti_esign_old_key, "
                "or enter the secrets again in the connection."
            )
        ) from None


def _get_keys(*options):
    try:
        return [Fernet(config[name]) for name in options if config.get(name)]
    except ValueError:
        raise UserError(
            _lt(
                "In the server's configuration file, autenti_esign_key or "
                "autenti_esign_old_key isn't a Fernet key: 32 bytes in URL-safe Base64."
            )
        ) from None
