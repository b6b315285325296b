# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keeps what users enter in this addon's forms out of the server's log.

At DEBUG, Odoo logs the arguments of every call that a browser makes: client secrets and
private keys, names, e-mails and phone numbers among them. And always the address that
it opens: with a code, when a user comes back from Autenti's login page.
"""

import logging
import re
from urllib.parse import unquote_plus

from odoo.models import BaseModel

from .models.autenti_connection import CALLBACK_PATH

MODEL_PREFIX = "autenti."
FIELD_PREFIX = "autenti_"  # of this addon's fields of other models


class CallFilter(logging.Filter):
    """Masks the arguments of calls of this addon's models, or that name its fields."""

    def filter(self, record):
        if isinstance(record.args, tuple) and len(record.args) == 3:
            records, method, arguments = record.args
            if isinstance(records, BaseModel) and (
                records._name.startswith(MODEL_PREFIX) or FIELD_PREFIX in str(arguments)
            ):
                record.args = (records, method, "***")
        return True


class AddressFilter(logging.Filter):
    """Masks what follows the question mark in the address of a login.

    However the address is spelled: a browser brings the code to whatever address is
    registered at Autenti or typed, and Odoo logs also those that it doesn't know.
    """

    # Of a request or an address; its mark may be encoded, even more than once
    query = re.compile(r"(\?|%(?:25)*3f).*?(?=[\s\"']|$)", re.IGNORECASE)
    is_login = re.compile(
        rf"{re.escape(CALLBACK_PATH.strip('/'))}|[?&;]code=", re.IGNORECASE
    )

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(map(self.mask, record.args))
        if isinstance(record.msg, str):
            record.msg = self.mask(record.msg)
        return True

    def mask(self, value):
        if not isinstance(value, str) or not self.is_login.search(_decode(value)):
            return value
        return self.query.sub(r"\1***", value)


def _decode(text):
    """Decode percent signs as often as somebody may have encoded them."""
    for _time in range(5):
        before, text = text, unquote_plus(text)
        if text == before:
            break
    return text


logging.getLogger("odoo.service.model").addFilter(CallFilter())
logging.getLogger("werkzeug").addFilter(AddressFilter())
