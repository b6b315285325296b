# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import pytest
from client import phone


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("602 123 456", "CZ", "+420602123456"),
        ("602 123 456", "PL", "+48602123456"),
        ("+420 602 123 456", "PL", "+420602123456"),
        ("00420602123456", "PL", "+420602123456"),
        ("420 602 123 456", "PL", "+420602123456"),
        ("(0048) 602-123-456", "CZ", "+48602123456"),
        ("tel. +48 602 123 456", "DE", "+48602123456"),
        ("0171 2345678", "DE", "+491712345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("600 700 800", "ES", "+34600700800"),
        ("8 912 345 67 89", "RU", "+79123456789"),
        ("067 123 45 67", "UA", "+380671234567"),
    ],
)
def test_a_number_belongs_to_its_country(text, country, number):
    assert phone.to_e164(text, country) == number


@pytest.mark.parametrize("text", [None, "", "brak", "12", "602123456 / 603123456"])
def test_what_is_no_number_is_not_read(text):
    assert phone.to_e164(text, "PL") == ""


def test_a_number_that_could_be_two_peoples_is_not_read():
    """In Germany it is a national number, with a plus before it a Polish mobile."""
    assert phone.to_e164("048602123456", "DE") == "+4948602123456"
    assert phone.to_e164("+48602123456", "DE") == "+48602123456"
    assert phone.to_e164("48602123456", "DE") == ""


@pytest.mark.parametrize(
    ("text", "is_national"),
    [
        ("602 123 456", True),
        ("+48 602 123 456", False),
        ("0048 602 123 456", False),
        ("48 602 123 456", False),
        ("", False),
        (None, False),
    ],
)
def test_a_country_is_needed_for_national_numbers_alone(text, is_national):
    assert phone.is_national(text) is is_national
