# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What each call sends and what it makes of the answer."""

import base64
import json
import uuid
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
from client import errors
from client.payload import Callback, DocumentProcess, Party, ProcessFile

PROCESS_ID = "DOCUMENT_PROCESS:a/1"
PROCESS = "/api/v2/document-processes/DOCUMENT_PROCESS%3Aa%2F1"
NO_PROCESS = (
    "/api/v2/document-processes/DOCUMENT_PROCESS%3A00000000-0000-0000-0000-000000000000"
)
FILE = {
    "id": "FILE-DTBS:c/DTBS",
    "filename": "umowa.pdf",
    "filePurpose": "SOURCE_FILE",
    "mimeType": "application/pdf",
    "size": 9,
}
SENT = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_SENT"
WITHDRAWN = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_WITHDRAWAL"
REMINDED = "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_REMINDER_SENT"


def decoded(assertion):
    return json.loads(base64.b64decode(assertion, validate=True))


def action(event_type):
    return {
        "classifiers": ["CHALLENGE_CLASSIFIER-UNIQUE_TYPE:ACTION_SELECTION"],
        "attributes": {"selectedIds": [event_type]},
    }


def challenge_header(challenge):
    return {"X-Challenge": base64.b64encode(json.dumps(challenge).encode()).decode()}


def code_of(call, *args):
    with pytest.raises(errors.AutentiError) as caught:
        call(*args)
    return caught.value.code


def test_a_process_is_created(api, autenti):
    autenti.on(
        "POST",
        "/api/v2/document-processes",
        201,
        {"id": PROCESS_ID, "title": "Umowa", "status": "DRAFT"},
    )
    process = DocumentProcess(
        "Umowa", "", "pl", (Party("a@b.test", "A", "B", signature_type="BASIC"),)
    )
    created = api.create_process(process)
    assert (created.process_id, created.status) == (PROCESS_ID, "DRAFT")
    request = autenti.requests[-1]
    assert request.json == process.to_json()
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == "Bearer token-1"


def test_an_unfit_process_is_not_sent(api, autenti):
    with pytest.raises(errors.AutentiError) as caught:
        api.create_process(DocumentProcess("", "", "pl", ()))
    assert caught.value.code == errors.BAD_REQUEST
    assert caught.value.detail == "The document has no title."
    assert autenti.requests == []


def test_a_created_process_without_an_id_is_a_failure(api, autenti):
    autenti.on("POST", "/api/v2/document-processes", body={"title": "Umowa"})
    process = DocumentProcess(
        "Umowa", "", "pl", (Party("a@b.test", "A", "B", signature_type="BASIC"),)
    )
    assert code_of(api.create_process, process) == errors.INVALID_RESPONSE


def test_a_process_is_read_by_its_encoded_id(api, autenti):
    autenti.on("GET", PROCESS, body={"id": PROCESS_ID, "status": "PROCESSING"})
    assert api.get_process(PROCESS_ID).status == "PROCESSING"


@pytest.mark.parametrize("process_id", ["", ".", "..", None])
def test_an_id_that_would_lead_elsewhere_is_refused(api, autenti, process_id):
    with pytest.raises(ValueError, match="not an id"):
        api.get_process(process_id)
    assert [r for r in autenti.requests if r.method == "GET"] == []


def test_files_are_listed_from_a_stream(api, autenti):
    body = json.dumps(FILE).encode() + json.dumps({**FILE, "id": "FILE:d/2"}).encode()
    autenti.on("GET", f"{PROCESS}/files", body=body)
    assert [file.file_id for file in api.list_files(PROCESS_ID)] == [
        "FILE-DTBS:c/DTBS",
        "FILE:d/2",
    ]
    assert autenti.requests[-1].headers["Accept"] == "application/stream+json"


def test_a_file_is_uploaded_in_two_parts(api, autenti):
    autenti.on("POST", f"{PROCESS}/files", 201, FILE)
    uploaded = api.upload_file(PROCESS_ID, "umówa.pdf", b"%PDF-1.7\n")
    assert uploaded == ProcessFile("FILE-DTBS:c/DTBS", "umowa.pdf", size=9)
    request = autenti.requests[-1]
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(head + request.body, policy=policy.HTTP)
    assert message.get_content_type() == "multipart/form-data"
    meta, file = message.iter_parts()
    assert meta.get_param("name", header="Content-Disposition") == "fileMeta"
    assert meta.get_content_type() == "application/json"
    assert json.loads(meta.get_payload(decode=True)) == {
        "filename": "umówa.pdf",
        "filePurpose": "SOURCE_FILE",
        "mimeType": "application/pdf",
    }
    assert file.get_param("name", header="Content-Disposition") == "file"
    assert 'filename="umówa.pdf"'.encode() in request.body
    assert file.get_content_type() == "application/pdf"
    assert file.get_payload(decode=True) == b"%PDF-1.7\n"


def test_an_upload_is_repeated_whole_after_a_refused_token(api, autenti):
    autenti.on("POST", f"{PROCESS}/files", 401)
    autenti.on("POST", f"{PROCESS}/files", 201, FILE)
    api.upload_file(PROCESS_ID, "umowa.pdf", b"%PDF-1.7\n")
    first, second = autenti.to(f"{PROCESS}/files")
    assert b"%PDF-1.7\n" in first.body
    assert b"%PDF-1.7\n" in second.body


@pytest.mark.parametrize("status", [400, 415, 422])
def test_a_file_whose_description_is_refused_goes_without_it(api, autenti, status):
    autenti.on("POST", f"{PROCESS}/files", status)
    autenti.on("POST", f"{PROCESS}/files", 201, FILE)
    uploaded = api.upload_file(PROCESS_ID, "umowa.pdf", b"%PDF-1.7\n")
    assert uploaded.file_id == "FILE-DTBS:c/DTBS"
    first, second = autenti.to(f"{PROCESS}/files")
    assert b"fileMeta" in first.body
    head = f"Content-Type: {second.headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(head + second.body, policy=policy.HTTP)
    (file,) = message.iter_parts()
    assert file.get_param("name", header="Content-Disposition") == "file"
    assert file.get_filename() == "umowa.pdf"
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_payload(decode=True) == b"%PDF-1.7\n"


def test_a_file_that_is_refused_in_either_form_tells_the_first_refusal(api, autenti):
    autenti.on("POST", f"{PROCESS}/files", 400, {"message": "too many pages"})
    autenti.on("POST", f"{PROCESS}/files", 400, {"message": "fileMeta is missing"})
    with pytest.raises(errors.AutentiError, match="too many pages") as caught:
        api.upload_file(PROCESS_ID, "umowa.pdf", b"%PDF-1.7\n")
    assert caught.value.code == errors.BAD_REQUEST
    assert len(autenti.to(f"{PROCESS}/files")) == 2


def test_an_upload_in_the_other_form_whose_outcome_is_unknown_says_so(api, autenti):
    autenti.on("POST", f"{PROCESS}/files", 400)
    autenti.on("POST", f"{PROCESS}/files", 503)
    call = (api.upload_file, PROCESS_ID, "umowa.pdf", b"%PDF-1.7\n")
    assert code_of(*call) == errors.SERVER_ERROR


@pytest.mark.parametrize("status", [402, 403, 404, 409, 413, 429, 500, 503])
def test_an_upload_that_may_have_come_or_is_not_about_its_form_goes_once(
    api, autenti, status
):
    autenti.on("POST", f"{PROCESS}/files", status)
    code_of(api.upload_file, PROCESS_ID, "umowa.pdf", b"%PDF-1.7\n")
    assert len(autenti.to(f"{PROCESS}/files")) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_a_draft_or_a_sending_that_is_refused_is_not_repeated(api, autenti, status):
    party = Party("a@b.test", "A", "B", signature_type="BASIC")
    process = DocumentProcess("Umowa", "", "pl", (party,))
    autenti.on("POST", "/api/v2/document-processes", status)
    autenti.on("POST", f"{PROCESS}/actions", status)
    assert code_of(api.create_process, process) == errors.BAD_REQUEST
    assert code_of(api.send, PROCESS_ID) == errors.BAD_REQUEST
    assert len([r for r in autenti.requests if "document-proc" in r.path]) == 2


@pytest.mark.parametrize(
    "bad",
    [
        *({"status": status} for status in (400, 406, 415, 500)),
        *({"body": body} for body in (b"<html>", b'data: {"id":"f"}', b"[1]")),
        {"body": [{"filename": "no id"}]},
    ],
)
def test_a_listing_that_fails_in_one_form_is_read_in_the_other(api, autenti, bad):
    callback = {"id": "c1", "callbackParameters": {"callbackUrl": "https://erp.test"}}
    for path, good in ((f"{PROCESS}/files", [FILE]), (CALLBACKS, callback)):
        autenti.on("GET", path, **bad)
        autenti.on("GET", path, body=good)
    (file,) = api.list_files(PROCESS_ID)
    assert file.file_id == "FILE-DTBS:c/DTBS"
    assert api.list_callbacks() == [Callback("c1", "https://erp.test")]
    asked = [r.headers["Accept"] for r in autenti.requests if r.method == "GET"]
    both = ["application/stream+json", "application/json"]
    assert asked == [*both, *reversed(both)]


def test_a_listing_that_fails_in_both_forms_tells_what_the_better_one_said(
    api, autenti
):
    autenti.on("GET", f"{PROCESS}/files", body=b"<html>")
    autenti.on("GET", f"{PROCESS}/files", 406)
    assert code_of(api.list_files, PROCESS_ID) == errors.INVALID_RESPONSE
    assert len(autenti.to(f"{PROCESS}/files")) == 2


@pytest.mark.parametrize("status", [402, 403, 404, 429, 503])
def test_a_listing_that_nobody_may_have_now_is_asked_for_once(api, autenti, status):
    autenti.on("GET", f"{PROCESS}/files", status)
    code_of(api.list_files, PROCESS_ID)
    assert len(autenti.to(f"{PROCESS}/files")) == 1


def test_a_file_is_downloaded_by_its_encoded_id(api, autenti):
    content = f"{PROCESS}/files/FILE-DTBS%3Ac%2FDTBS/content"
    autenti.on("GET", content, body=b"%PDF-1.7\nrest")
    assert api.download_file(PROCESS_ID, "FILE-DTBS:c/DTBS") == b"%PDF-1.7\nrest"


@pytest.mark.parametrize("body", [b"", b"<html>", b" %PDF-1.7", b"PK\x03\x04"])
def test_a_download_that_is_no_pdf_is_a_failure(api, autenti, body):
    autenti.on("GET", f"{PROCESS}/files/f/content", body=body)
    assert code_of(api.download_file, PROCESS_ID, "f") == errors.INVALID_RESPONSE


@pytest.mark.parametrize(("name", "event"), [("send", SENT), ("withdraw", WITHDRAWN)])
def test_an_action_is_an_assertion(api, autenti, name, event):
    autenti.on("POST", f"{PROCESS}/actions", body=[{"id": "e", "eventType": event}])
    getattr(api, name)(PROCESS_ID)
    request = autenti.requests[-1]
    assert decoded(request.headers["X-ASSERTION"]) == action(event)
    assert request.json == {}


@pytest.mark.parametrize(
    "answer",
    [[], b"", {}, [{"eventType": WITHDRAWN}], [{"eventType": None}], b"<html>"],
)
def test_an_action_without_its_event_has_not_happened(api, autenti, answer):
    autenti.on("POST", f"{PROCESS}/actions", body=answer)
    assert code_of(api.send, PROCESS_ID) == errors.INVALID_RESPONSE


REMINDER = {
    "classifiers": [
        "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_REMINDER_PARTY_SELECTION"
    ],
    "attributes": {
        "options": [
            {"id": "PARTY:1", "availability": "AVAILABLE"},
            {"id": "PARTY:2", "availability": "UNAVAILABLE"},
        ]
    },
}


def test_a_reminder_answers_whom_to_remind(api, autenti):
    actions = f"{PROCESS}/actions"
    autenti.on("POST", actions, 403, headers=challenge_header(REMINDER))
    autenti.on("POST", actions, body=[{"id": "e", "eventType": REMINDED}])
    assert api.remind(PROCESS_ID) == ["PARTY:1"]
    first, second = autenti.to(actions)
    assert decoded(first.headers["X-ASSERTION"]) == action(REMINDED)
    again, whom = second.headers["X-ASSERTION"].split(",")
    assert decoded(again.strip()) == action(REMINDED)
    assert decoded(whom.strip()) == {
        "classifiers": REMINDER["classifiers"],
        "attributes": {"selectedIds": ["PARTY:1"]},
    }


def test_a_reminder_that_asks_nothing_is_sent(api, autenti):
    autenti.on("POST", f"{PROCESS}/actions", body=[{"eventType": REMINDED}])
    assert api.remind(PROCESS_ID) == []


@pytest.mark.parametrize(
    "challenge",
    [
        {
            "classifiers": REMINDER["classifiers"],
            "attributes": {"errors": [{"id": "1", "description": "Nobody waits."}]},
        },
        {
            "classifiers": ["CHALLENGE_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_ACCESS_UNLOCK"],
            "attributes": {
                "options": REMINDER["attributes"]["options"],
                "errors": [{"id": "1", "description": "Nobody waits."}],
            },
        },
    ],
)
def test_a_reminder_to_nobody_is_a_challenge(api, autenti, challenge):
    autenti.on("POST", f"{PROCESS}/actions", 403, headers=challenge_header(challenge))
    with pytest.raises(errors.ChallengeError) as caught:
        api.remind(PROCESS_ID)
    assert caught.value.challenge == challenge
    assert caught.value.detail == "Nobody waits."
    assert len(autenti.to(f"{PROCESS}/actions")) == 1


LINKS = f"{PROCESS}/parties/PARTY-EMAIL%3Aewa%2Blis%40firma.test/action-links"


def link(uri):
    return {"attributes": {"httpRequest": {"method": "GET", "uri": uri}}}


def test_the_signing_link_is_found(api, autenti):
    autenti.on("POST", LINKS, body=[link("https://autenti.test/sign/abc"), link("x")])
    uri = api.action_link(PROCESS_ID, "ewa+lis@firma.test")
    assert uri == "https://autenti.test/sign/abc"
    request = autenti.requests[-1]
    assert (request.body, request.headers["Content-Length"]) == (b"", "0")
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "file:///etc/passwd", "//a.test", "https:", "", None, 7],
)
def test_a_link_that_is_no_web_address_is_a_failure(api, autenti, uri):
    autenti.on("POST", LINKS, body=[link(uri)])
    code = code_of(api.action_link, PROCESS_ID, "ewa+lis@firma.test")
    assert code == errors.INVALID_RESPONSE


def test_no_link_means_that_it_is_not_their_turn(api, autenti):
    autenti.on("POST", LINKS, body=[])
    code = code_of(api.action_link, PROCESS_ID, "ewa+lis@firma.test")
    assert code == errors.NOT_FOUND


CALLBACKS = "/api/v2/applications/callbacks"


def test_callbacks_are_listed(api, autenti):
    url = "https://erp.test/autenti"
    autenti.on(
        "GET",
        CALLBACKS,
        body=[{"id": "c1", "callbackParameters": {"callbackUrl": url}}],
    )
    assert api.list_callbacks() == [Callback("c1", url)]


def test_a_callback_is_registered(api, autenti):
    autenti.on("POST", CALLBACKS, 201, {"id": "c1"})
    assert api.register_callback("https://erp.test/autenti") == "c1"
    assert autenti.requests[-1].json == {
        "callbackAdapterId": "CALLBACK_ADAPTER:API_V2",
        "callbackParameters": {"callbackUrl": "https://erp.test/autenti"},
    }


def test_a_callback_is_deleted(api, autenti):
    autenti.on("DELETE", f"{CALLBACKS}/CALLBACK%3Ac1", 204)
    api.delete_callback("CALLBACK:c1")
    assert autenti.requests[-1].method == "DELETE"


def test_every_request_can_be_found_again(api, autenti):
    autenti.on("GET", CALLBACKS, body=[])
    api.list_callbacks()
    ids = [request.headers["X-Correlation-Id"] for request in autenti.requests]
    assert len({uuid.UUID(correlation_id) for correlation_id in ids}) == 2


def test_the_clocks_are_compared(api, autenti, monkeypatch):
    assert api.clock_skew is None
    late = datetime.now(timezone.utc) - timedelta(minutes=5)
    for header, skew in (
        (format_datetime(late, usegmt=True), pytest.approx(300, abs=30)),
        ("yesterday", None),
        ("", None),
    ):
        monkeypatch.setattr(
            BaseHTTPRequestHandler, "date_time_string", lambda _, date=header: date
        )
        api.clock_skew = None
        api.check_token()
        assert api.clock_skew == skew


def test_a_refusal_tells_the_time_too(api, autenti):
    autenti.on("GET", PROCESS, 403)
    with pytest.raises(errors.AutentiError):
        api.get_process(PROCESS_ID)
    assert api.clock_skew == pytest.approx(0, abs=30)


def test_who_may_read_finds_no_process_that_can_not_exist(api, autenti):
    autenti.on("GET", NO_PROCESS, 404)
    api.check_reading()
    assert autenti.requests[-1].method == "GET"


@pytest.mark.parametrize("status", [403, 402, 200])
def test_who_may_not_read_is_told(api, autenti, status):
    autenti.on("GET", NO_PROCESS, status)
    with pytest.raises(errors.AutentiError):
        api.check_reading()


@pytest.mark.parametrize("status", [401, 403, 404, 200])
def test_who_answers_is_reachable(api, autenti, status):
    autenti.on("GET", NO_PROCESS, status)
    api.check_reachable()
    (request,) = autenti.requests
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 503}, "server_error"),
        ({"status": 429}, "rate_limited"),
        ({"reset": True}, "unreachable"),
    ],
)
def test_who_is_down_is_not_reachable(api, autenti, answer, code):
    autenti.on("GET", NO_PROCESS, **answer)
    assert code_of(api.check_reachable) == code
