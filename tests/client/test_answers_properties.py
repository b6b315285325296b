# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whatever an answer holds, it is read to what can be kept, or is a broken answer."""

import base64
import dataclasses
import json
import time
from datetime import datetime, timezone

import pytest
from client import const, errors, payload, session, webhook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_webhook import JWKS, load, sign

# The session of these tests keeps nothing between two examples
slow = settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

odd_texts = st.sampled_from(
    ["\0", "Zł\0a", "\ud83d", "\ude00\ud83d", "😀", "\x1b[31m", "\ufffe", "..", "a\nb"]
)
odd_times = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-11-27T10:00:00.123456789Z",
    ]
)
words = st.sampled_from(
    [
        *("COMPLETED", "SIGNER", "CONTACT-TYPE:EMAIL", "AVAILABLE"),
        *(const.EVENT_REJECTION, const.EVENT_SIGNATURE, const.CHALLENGE_ACTION),
    ]
)
names = st.sampled_from(
    [
        *("id", "title", "status", "parties", "party", "files", "filename", "events"),
        *("contacts", "type", "attributes", "email", "eventType", "timestamp"),
        *("comment", "participationStatus", "role", "size", "callbackParameters"),
        *("classifiers", "options", "errors", "description", "availability", "object"),
        *("error", "error_description", "message", "createdAt", "firstName"),
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | odd_texts
    | odd_times
    | words
)
json_values = st.recursive(
    scalars,
    lambda values: st.lists(values) | st.dictionaries(names, values),
    max_leaves=10,
)
objects = st.dictionaries(names, json_values)
# More of them are read in no other way, and Hypothesis would throw most answers away
few_objects = st.lists(objects, max_size=3)


def is_kept(value):
    """Tell if PostgreSQL and XML hold all the texts, and all can show the times."""
    if dataclasses.is_dataclass(value):
        return all(is_kept(getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, (tuple, list)):
        return all(map(is_kept, value))
    if isinstance(value, str):
        value.encode()
        return all(c in "\t\n\r" or c >= " " for c in value) and "\ufffe" not in value
    return not isinstance(value, datetime) or 1970 <= value.year < 3000


def read(reader, data):
    """Read what came as JSON, as the session does."""
    try:
        return session._read(json.dumps(data).encode(), reader)
    except errors.AutentiError as error:
        assert error.code == errors.INVALID_RESPONSE
        return None


@slow
@given(data=objects, read_id=scalars, parties=few_objects, files=few_objects)
def test_a_process_is_read_or_it_is_a_broken_answer(data, read_id, parties, files):
    data |= {"id": read_id, "parties": parties, "files": files}
    assert is_kept(read(payload.DocumentProcess.from_json, data))


@slow
@given(data=objects)
def test_whatever_else_is_read_can_be_kept(data):
    for reader in (
        *(payload.ProcessFile.from_json, payload.Callback.from_json, session._link),
        *(payload.Party.from_json, webhook.Event.from_json, session._read_tokens),
    ):
        assert is_kept(read(reader, data))


@slow
@given(challenge=objects, attributes=json_values, classifiers=json_values)
def test_any_challenge_is_understood_as_far_as_it_can_be(
    challenge, attributes, classifiers
):
    challenge |= {"attributes": attributes, "classifiers": classifiers}
    header = base64.b64encode(json.dumps(challenge).encode()).decode()
    challenge = payload.decode_challenge(header)
    assert is_kept(payload.describe_challenge(challenge))
    assert is_kept(payload.challenge_errors(challenge))
    payload.available_options(challenge, const.CHALLENGE_ACTION)


@slow
@given(body=json_values)
def test_autentis_words_about_a_refusal_can_be_shown(credentials, body):
    api = session.AutentiSession("http://127.0.0.1:1", credentials)
    assert is_kept(api._detail(json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Zła kwota\0", "Zła kwota"),
        ("\ud83d", "\ufffd"),
        ("a\ud83d\ude00", "a\ufffd\ufffd"),
        ("😀\n\tok", "😀\n\tok"),
        ("\x1b[31mred\x85\uffff", "[31mred"),
        (7, ""),
    ],
)
def test_a_text_loses_only_what_no_database_can_keep(text, kept):
    assert payload.as_text(text) == kept


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (17, "17"),
        (10**20, "1" + "0" * 20),
        (0, "0"),
        ("DOCUMENT_PROCESS:a\0", "DOCUMENT_PROCESS:a"),
        *[(value, "") for value in (True, 1.5, None, "", "..", [], {}, "x" * 501)],
    ],
)
def test_an_id_may_be_a_number(value, found):
    assert payload.as_id(value) == found


def test_files_and_processes_with_numbers_for_ids_are_fetched(api, autenti):
    process = {"id": 5, "files": [{"id": 9, "filePurpose": "SIGNED_CONTENT_FILE"}]}
    autenti.on("GET", "/api/v2/document-processes/5", body=json.dumps(process).encode())
    autenti.on("GET", "/api/v2/document-processes/5/files/9/content", body=b"%PDF-1.7")
    found = api.get_process("5")
    assert (found.process_id, found.files[0].file_id) == ("5", "9")
    assert api.download_file("5", found.files[0].file_id) == b"%PDF-1.7"


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "1969-12-31T23:59:59Z",
    ],
)
def test_a_time_that_nobody_means_is_unknown(text):
    assert payload.parse_timestamp(text) is None


def test_a_time_is_read_in_utc():
    moment = datetime(2026, 11, 27, 9, tzinfo=timezone.utc)
    assert payload.parse_timestamp("2026-11-27T10:00:00+01:00") == moment


@pytest.mark.parametrize(
    ("classifiers", "options", "wanted"),
    [
        (["CHALLENGE_CLASSIFIER-UNIQUE_TYPE:VIDEO_CALL"], [], "video call"),
        ("CHALLENGE_CLASSIFIER-UNIQUE_TYPE:VIDEO_CALL", None, "video call"),
        (["X"], [{"description": "Call us\0"}, {"description": 5}], "Call us"),
        (7, 7, ""),
        ([const.CHALLENGE_ACTION], [{"description": "Withdraw"}], ""),
    ],
)
def test_an_unknown_challenge_is_named(api, autenti, classifiers, options, wanted):
    challenge = {"classifiers": classifiers, "attributes": {"options": options}}
    header = base64.b64encode(json.dumps(challenge).encode()).decode()
    autenti.on(
        "GET",
        "/api/v2/document-processes/p",
        403,
        headers={const.CHALLENGE_HEADER: header},
    )
    with pytest.raises(errors.ChallengeError) as caught:
        api.get_process("p")
    assert caught.value.wanted == wanted


def test_the_bytes_of_a_callback_are_verified_as_they_came(private_key):
    keys = webhook.KeySet("http://127.0.0.1:1" + JWKS)
    keys._refresh = lambda: None
    keys._keys = [("key-1", load(private_key).public_key())]
    keys._fetched_at = time.monotonic()
    keys._reachable = True
    event = {"id": "e1", "object": {"id": 5}, "note": "\ud83d\0"}
    raw = json.dumps([event]).encode()
    (read_event,) = webhook.verify(raw, sign(private_key, raw), keys).events
    assert (read_event.event_id, read_event.process_id) == ("e1", "5")
    with pytest.raises(webhook.CallbackRejected):
        webhook.verify(raw + b" ", sign(private_key, raw), keys)


@pytest.mark.parametrize("lifetime", [10**30, 10**9])
def test_no_token_is_believed_to_live_for_ever(lifetime):
    tokens = session._read_tokens({"access_token": "t", "expires_in": lifetime})
    assert tokens.lifetime == const.TOKEN_LIFETIME_MAX
