# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keeps what users enter in this addon's forms out of the server's log.

At DEBUG, Odoo logs the arguments of every call that a browser makes: client secrets and
private keys, names, e-mails and phone numbers among them. And always the address that
it opens: with a code, when a user comes back from Autenti's login page.
"""

import logging
import re

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
    """Masks what follows the question mark in the address of a login."""

    query = re.compile(rf"(?<={re.escape(CALLBACK_PATH)}\?)\S+")

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                self.query.sub("***", value) if isinstance(value, str) else value
                for value in record.args
            )
        return True


logging.getLogger("odoo.service.model").addFilter(CallFilter())
logging.getLogger("werkzeug").addFilter(AddressFilter())
