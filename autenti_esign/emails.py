# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The one form in which e-mail addresses are stored, compared and sent."""

import re

import idna

from odoo.tools import email_normalize

# What browsers take for an e-mail (HTML, 4.10.5.1.5), at a domain of the Internet
EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
)


def clean_email(text):
    """Read an e-mail as people write it, with or without the name before it.

    Whoever compares e-mails compares what this returns: one mailbox has one form.

    :param str text: maybe empty
    :return: the address alone, in lower case and ASCII: an international domain as
        the Internet knows it (RFC 5891, such as xn--abka-99a.pl); False when it
        isn't an address
    """
    text = (text or "").strip()
    if "<" not in text and len(text.split()) > 1:
        return False
    name, _at, domain = (email_normalize(text) or "").rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return False
    email = f"{name}@{domain}"
    return bool(EMAIL.fullmatch(email)) and email


def get_email_forms(email):
    """Return how an e-mail may be stored where Odoo has normalized it.

    :param str email: as `clean_email` returns it
    :return: the same, and with the letters of an international domain
    :rtype: list[str]
    """
    name, _at, domain = email.rpartition("@")
    try:
        return [email, f"{name}@{idna.decode(domain)}"]
    except idna.IDNAError:
        return [email]
