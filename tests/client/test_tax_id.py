# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import pytest
from client.tax_id import split_tax_id


@pytest.mark.parametrize(
    ("text", "home", "parts"),
    [
        ("PL5252248481", "PL", ("PL", "5252248481")),
        ("5252248481", "PL", ("PL", "5252248481")),
        ("NIP 525-224-84-81", "PL", ("PL", "5252248481")),
        ("NIP5252248481", "PL", ("PL", "5252248481")),
        ("NIP: PL 525 224 84 81", "PL", ("PL", "5252248481")),
        ("pl nip 525-22-48-481", "PL", ("PL", "5252248481")),
        ("nr VAT UE: PL7740001454", "PL", ("PL", "7740001454")),
        ("VAT NO 525-224-84-81", "PL", ("PL", "5252248481")),
        ("5252248481 (NIP)", "PL", ("PL", "5252248481")),
        ("TIN: 123-456-789", "US", ("US", "123456789")),
        ("CHE-107.787.577 MWST", "CH", ("CH", "CHE107787577MWST")),
        ("DE136695976", "PL", ("DE", "136695976")),
        ("USt-IdNr.: DE136695976", "DE", ("DE", "136695976")),
        ("136695976", "DE", ("DE", "136695976")),
        ("UID ATU13585627", "AT", ("AT", "U13585627")),
        ("DIČ: CZ25123891", "CZ", ("CZ", "25123891")),
        ("ESX1234567L", "ES", ("ES", "X1234567L")),
        ("EL094259216", "GR", ("GR", "094259216")),
        ("12-3456789", "US", ("US", "123456789")),
    ],
)
def test_labels_and_spelling_do_not_matter(text, home, parts):
    assert split_tax_id(text, home) == parts


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("", "PL"),
        ("brak", "PL"),
        ("BRAK DANYCH", "PL"),
        ("/", "PL"),
        ("n/a", "PL"),
        ("none", "US"),
        ("PL", "PL"),
        ("PL12345", "PL"),
        ("0000000000", "PL"),
        ("5252248482", "PL"),
        ("95252248481", "PL"),
        ("DE5252248481", "PL"),
        ("REGON 123456785", "PL"),
    ],
)
def test_what_is_no_tax_id_is_not_taken_for_one(text, home):
    assert split_tax_id(text, home) == (home, "")
