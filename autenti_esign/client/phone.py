# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Phone numbers that Autenti sends codes to (ITU-T E.164)."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Where a number without a country code is from
DEFAULT_COUNTRY = "PL"
TEXTLESS_TYPES = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE}


def to_e164(text):
    """Read a number as people write it.

    :param str text: maybe None or empty
    :return: such as "+48600700800"; "" when it isn't a number that can exist
    :rtype: str
    """
    number = _parse(text)
    return number and phonenumbers.format_number(number, PhoneNumberFormat.E164) or ""


def takes_texts(text):
    """Tell if text messages may reach a number that can exist."""
    number = _parse(text)
    return bool(number) and phonenumbers.number_type(number) not in TEXTLESS_TYPES


def _parse(text):
    try:
        number = phonenumbers.parse(text or "", DEFAULT_COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
