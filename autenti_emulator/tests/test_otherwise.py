# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An Autenti of which clients have assumed something wrong."""

import pytest

from autenti_emulator import otherwise

from .driver import JWT_BEARER, Organisation, assertion, ewa, phone, signature_type


@pytest.fixture
def otherwise_in(own_server):
    """A logged-in organisation at an emulator where these facts are otherwise."""

    def start(*names):
        org = Organisation(own_server).login()
        own_server.configure(otherwise=names, party_id_delay=0)
        return org

    return start


def test_the_other_word_is_spoken_and_understood(otherwise_in):
    org = otherwise_in("PROCESS_ID_PREFIX", "PROCESS_DRAFT")
    path = org.draft(ewa())
    assert path.startswith("/document-processes/PROCESS%3A")
    assert org.details(path)["status"] == "NEW"
    assert org.call("GET", path.replace("PROCESS%3A", "PROCESS:")).status_code == 200


def test_the_assumed_word_is_not_understood_any_more(otherwise_in):
    org = otherwise_in("SIGNATURE_ADVANCED", "PHONE_PATTERN")
    sign = "ACTION:SIGNATURE_APPLICATION"
    for level, number, status in (
        ("ADVANCED", "48600100200", 400),
        ("ADVANCED_AUTENTI", "+48600100200", 400),
        ("ADVANCED_AUTENTI", "48600100200", 201),
    ):
        constraints = [signature_type(level), phone(sign, number)]
        body = {"title": "Umowa", "parties": [ewa(constraints=constraints)]}
        answer = org.call("POST", "/document-processes", json=body)
        assert answer.status_code == status, (level, number)


def test_what_an_assertion_says_is_checked_otherwise(otherwise_in):
    org = otherwise_in("ASSERTION_AUDIENCE", "ASSERTION_USER_CLAIM")
    for claims, status in (
        ({}, 400),
        ({"aud": "https://autenti.com"}, 400),
        ({"aud": "https://autenti.com", "sub": "ewa@firma.test"}, 200),
    ):
        answer = org.ask_token(grant_type=JWT_BEARER, assertion=assertion(**claims))
        assert answer.status_code == status, claims


def test_words_in_challenges_and_their_answers_are_swapped(otherwise_in):
    org = otherwise_in("EVENT_SENT", "CHALLENGE_ACTION")
    path = org.draft(ewa())
    assert org.upload(path).status_code == 201
    assert org.act(path, "DOCUMENT_SENT").status_code == 400
    assert org.details(path)["status"] == "DRAFT"


def test_the_rest_of_the_emulator_stays_as_it_is(otherwise_in):
    org = otherwise_in(*otherwise.WORDS)
    assert org.control("/processes", method="GET").json() == []
    assert org.http.get("/people").status_code == 200


def test_an_unknown_name_is_refused_with_the_known_ones(otherwise_in):
    org = otherwise_in()
    answer = org.control("/settings", {"otherwise": ["NO_SUCH"]}, method="PUT")
    assert answer.status_code == 400
    assert "PROCESS_ID_PREFIX" in answer.text
