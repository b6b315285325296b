# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Names of files and people, and what comes back for what was sent."""

import pytest
from client import file_names, matching, persons
from client.payload import ProcessFile
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.sampled_from(["Umowa.pdf", "umowa.PNG", "Zał. 1. Cennik", "a.pdf", "", "."])
CONTENTS = st.sampled_from([b"", b"%PDF-a", b"%PDF-ab", b"%PDF-c", b"\x89PNG"])
IDS = st.sampled_from(["FILE:1", "FILE:2", "FILE:3", None])


@given(
    st.lists(st.builds(matching.Source, IDS, NAMES, CONTENTS), min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.builds(ProcessFile, IDS, NAMES, related_ids=st.lists(IDS).map(tuple)),
            CONTENTS,
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_any_files_are_matched_and_none_of_them_twice(sources, signed):
    matches = matching.match(sources, signed)
    used = list(matches.enclosures.values())
    if matches.document is not None:
        used.append(matches.document)
    assert len(used) == len(set(used))
    assert set(used) <= set(range(len(signed)))
    assert set(matches.enclosures) <= set(range(1, len(sources)))


@given(st.text(max_size=400))
def test_a_cleaned_name_is_one_that_file_systems_take(text):
    name = file_names.clean(text)
    assert 0 < len(name.encode()) <= 255
    assert not name.startswith(".")
    assert not set(name) & set('\\/:*?"<>|\n\r\t\x00\u202e\u2028')
    assert file_names.clean(name) == name


@pytest.mark.parametrize(
    "name, cleaned",
    [
        ("Cennik.pdf", "Cennik.pdf"),
        ("Umowa 1/2026 Klient S.A..pdf", "Umowa 1 2026 Klient S.A..pdf"),
        ("../../etc/passwd", "etc passwd"),
        (".htaccess", "htaccess"),
        ("..pdf", "document.pdf"),
        ("", "document"),
        ("Cennik\u202efdp.exe", "Cennikfdp.exe"),
        ("\ud83d a.pdf", "a.pdf"),
        ("Zal\u0328cznik", "Zal\u0328cznik"),
    ],
)
def test_names_are_cleaned(name, cleaned):
    assert file_names.clean(name) == cleaned


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("Jan Kowalski", "KOWALSKI Jan", True),
        ("Łukasz Żółć", "Lukasz Zolc", True),
        ("Jan Kowalski", "Jan Maria Kowalski", True),
        ("Anna Nowak-Kowalska", "Anna Nowak", True),
        ("Anna Van der Berg", "Anna Vanderberg", True),
        ("Jan Kowalski", "", True),
        ("Jan Kowalski", "Jan Nowak", False),
        ("Jan Kowalski", "Anna Kowalska", False),
        ("Jan Kowalski", "Kowalski", False),
        ("Иван Иванов", "Пётр Иванов", False),
    ],
)
def test_names_of_one_person_are_told_from_those_of_two(one, other, same):
    assert persons.is_same_name(one, other) is same
    assert persons.is_same_name(other, one) is same


@pytest.mark.parametrize(
    "disguised",
    [
        *("marc  DEMO", "Demo Marc", "Märc\N{NO-BREAK SPACE}Demo"),
        *("Ma\N{ZERO WIDTH SPACE}rc Demo", "M\N{CYRILLIC SMALL LETTER A}rc Demo"),
        *(
            "\N{GREEK CAPITAL LETTER MU}arc Demo",
            "\N{FULLWIDTH LATIN CAPITAL LETTER M}arc Demo",
        ),
    ],
)
def test_a_disguised_name_is_the_one_that_it_looks_like(disguised):
    assert persons.fold_name(disguised) == persons.fold_name("Marc Demo")


def test_another_name_is_another_one():
    for other in ("Marc", "Marc Demo Junior", "Marek Demo", "Иван Иванов"):
        assert persons.fold_name(other) != persons.fold_name("Marc Demo")


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("Jan@Klient.pl", "jan@klient.PL", True),
        ("jan@żabka.pl", "jan@xn--abka-99a.pl", True),
        ("jan@klient.pl", "", True),
        ("jan@klient.pl", "jan@klient.eu", False),
        ("jan_kowalski@klient.pl", "janxkowalski@klient.pl", False),
        ("jan@" + "a" * 70 + ".pl", "jan@klient.pl", False),
    ],
)
def test_one_address_is_told_from_two(one, other, same):
    assert persons.is_same_email(one, other) is same
