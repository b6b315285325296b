# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tax ids of companies, as people write them (VAT numbers, the Polish NIP)."""

import re
import unicodedata

from stdnum import get_cc_module
from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import InvalidChecksum, ValidationError

HOME_COUNTRY = "PL"
# Where the prefix of a VAT number isn't the ISO code of its country
# (Council Directive 2006/112/EC, article 215)
ISO_CODES = {"EL": "GR", "XI": "GB"}
PREFIXES = {state.upper() for state in MEMBER_STATES} | ISO_CODES.keys()
LETTERS = re.compile(r"[A-Z]*")
# Words that stand apart before or behind the number
LABELS = re.compile(r"^(?:[^\W\d_]{3,}[\s:.]+)+(?=.*\d)|\s*\([^\d)]*\)$")
# What has fewer digits is no tax id
FEWEST_DIGITS = 4


def split_tax_id(text, home=HOME_COUNTRY):
    """Split a tax id into its country and its number.

    Labels are dropped. The number has to be one of its country, by its check digit in
    Poland, by its form where the country is known.

    :param str text: such as "PL5252248481", "NIP: 525-224-84-81", or "none"
    :param str home: ISO code of the company's country, for numbers without one
    :return: (ISO country code, digits and letters of the number); the number is "" when
        there is no valid one
    :rtype: tuple[str, str]
    """
    readings = list(_read(_compact(text), home))
    for country, number in readings:
        if _is_valid(country, number):
            return country, number
    return home, ""


def _read(compact, home):
    """Give what a text can mean: its number begins at a letter or the first digit."""
    first_digit = LETTERS.match(compact).end()
    is_stated = compact[:2] in PREFIXES
    for begin in range(first_digit + 1):
        prefix, rest = compact[begin : begin + 2], compact[begin + 2 :]
        if prefix in PREFIXES and begin + 2 <= first_digit:
            yield ISO_CODES.get(prefix, prefix), rest
        if not is_stated:
            yield home, compact[begin:]
        elif begin >= 2:
            # "PL NIP 525..."
            yield ISO_CODES.get(compact[:2], compact[:2]), compact[begin:]


def _compact(text):
    plain = unicodedata.normalize("NFKD", LABELS.sub("", text.strip().upper()))
    return re.sub(r"[^A-Z0-9]", "", plain)


def _is_valid(country, number):
    """Tell if a number may be one of a country; in Poland its check digit tells."""
    module = get_cc_module(country.lower(), "vat")
    if not module or not _has_digits(number):
        return _has_digits(number)
    try:
        module.validate(number)
    except InvalidChecksum:
        return country != HOME_COUNTRY
    except ValidationError:
        return False
    return True


def _has_digits(number):
    digits = [character for character in number if character.isdigit()]
    return len(digits) >= FEWEST_DIGITS and {*digits} != {"0"}
