# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Phone numbers that Autenti sends codes to (ITU-T E.164)."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

TEXTLESS_TYPES = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE}
# How people write that a country code follows
INTERNATIONAL = re.compile(r"^[^\d+]*(?:\+|00)")


def to_e164(text, country):
    """Read a number as people write it.

    A number without a country code belongs to somebody else in the next country, so
    one that can be read in two ways isn't read at all.

    :param str text: maybe None or empty
    :param str country: ISO code of the country where a number without a country code
        is from
    :return: such as "+48600700800"; "" when it isn't a number that can exist, or when
        it could be two people's
    :rtype: str
    """
    international, found = INTERNATIONAL.subn("+", text or "", count=1)
    if found:
        return _parse(international)
    readings = {_parse(text or "", country), _parse(f"+{text}")} - {""}
    return readings.pop() if len(readings) == 1 else ""


def is_national(text):
    """Tell if a country has to be known to read a number."""
    return bool(text) and not INTERNATIONAL.match(text) and not _parse(f"+{text}")


def takes_texts(e164):
    """Tell if text messages may reach a number that `to_e164` has read."""
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    return kind not in TEXTLESS_TYPES


def _parse(text, country=None):
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
