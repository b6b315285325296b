# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What becomes of refusals and of broken connections."""

import base64
import io
import json
import socket
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from client import auth, const, errors, session

PROCESS = "/api/v2/document-processes/p"


def fail(call, *args):
    with pytest.raises(errors.AutentiError) as caught:
        call(*args)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, errors.INVALID_RESPONSE),
        (400, errors.BAD_REQUEST),
        (402, errors.PAYMENT_REQUIRED),
        (403, errors.FORBIDDEN),
        (404, errors.NOT_FOUND),
        (409, errors.BAD_REQUEST),
        (413, errors.BAD_REQUEST),
        (429, errors.RATE_LIMITED),
        (500, errors.SERVER_ERROR),
        (502, errors.SERVER_ERROR),
        (503, errors.SERVER_ERROR),
    ],
)
def test_a_status_has_its_code(api, autenti, status, code):
    autenti.on("GET", PROCESS, status)
    error = fail(api.get_process, "p")
    assert (error.code, error.status) == (code, status)
    assert error.retry_after is None
    assert len(autenti.to(PROCESS)) == 1


def test_a_refused_token_is_renewed_once(api, autenti):
    autenti.on("GET", PROCESS, 401)
    autenti.on("GET", PROCESS, body={"id": "p"})
    assert api.get_process("p").process_id == "p"
    tokens = [request.headers["Authorization"] for request in autenti.to(PROCESS)]
    assert tokens == ["Bearer token-1", "Bearer token-2"]


def test_a_fresh_token_that_is_refused_is_the_end(api, autenti):
    autenti.on("GET", PROCESS, 401)
    error = fail(api.get_process, "p")
    assert (error.code, error.status) == (errors.UNAUTHORIZED, 401)
    assert len(autenti.to(PROCESS)) == 2
    assert len(autenti.to("/api/v2/auth/token")) == 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("0", 0),
        ("86401", 86400),
        ("9" * 400, 86400),
        ("soon", None),
    ],
)
def test_a_pause_in_seconds_is_read(api, autenti, status, header, seconds):
    autenti.on("GET", PROCESS, status, headers={"Retry-After": header})
    assert fail(api.get_process, "p").retry_after == seconds


@pytest.mark.parametrize(("minutes", "seconds"), [(2, 120), (-2, 0), (2881, 86400)])
def test_a_pause_until_a_date_is_read(api, autenti, minutes, seconds):
    moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    header = format_datetime(moment, usegmt=True)
    autenti.on("GET", PROCESS, 429, headers={"Retry-After": header})
    assert fail(api.get_process, "p").retry_after == pytest.approx(seconds, abs=30)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"errors": [{"type": "x", "description": "Bad phone."}]}, "Bad phone."),
        ({"error": "invalid", "error_description": "Bad  phone."}, "Bad phone."),
        ({"message": "Bad\n\tphone."}, "Bad phone."),
        ({"detail": "Bad phone."}, "Bad phone."),
        ({"error": "Bad phone."}, "Bad phone."),
        ({"description": "a" * 1000}, "a" * 200),
        ({"message": 7}, ""),
        (["Bad phone."], ""),
        (b"<html>Bad phone.</html>", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_autentis_words_are_passed_on(api, autenti, body, detail):
    autenti.on("GET", PROCESS, 400, body)
    error = fail(api.get_process, "p")
    assert (error.code, error.detail) == (errors.BAD_REQUEST, detail)


def test_a_challenge_is_passed_on(api, autenti):
    challenge = {"classifiers": ["X"], "attributes": {"errors": [{"description": "y"}]}}
    header = base64.urlsafe_b64encode(json.dumps(challenge).encode()).decode()
    autenti.on("GET", PROCESS, 403, headers={"X-Challenge": header.rstrip("=")})
    error = fail(api.get_process, "p")
    assert isinstance(error, errors.ChallengeError)
    assert (error.code, error.status) == (errors.CHALLENGE, 403)
    assert (error.challenge, error.detail) == (challenge, "y")


def test_a_challenge_is_one_only_in_a_refusal_of_access(api, autenti):
    autenti.on("GET", PROCESS, 400, headers={"X-Challenge": "e30="})
    assert fail(api.get_process, "p").code == errors.BAD_REQUEST


@pytest.mark.parametrize(
    "header", ["%%%", "WzFd", base64.b64encode(b"[" * 30_000).decode()]
)
def test_an_unreadable_challenge_is_a_broken_answer(api, autenti, header):
    autenti.on("GET", PROCESS, 403, headers={"X-Challenge": header})
    assert fail(api.get_process, "p").code == errors.INVALID_RESPONSE


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_not_the_json_asked_for_is_broken(api, autenti, body):
    autenti.on("GET", PROCESS, body=body)
    error = fail(api.get_process, "p")
    assert error.code == errors.INVALID_RESPONSE


@pytest.mark.parametrize("body", [b'{"id":"p"', b"7", b"\xff", b"[" * 100_000])
def test_a_list_that_is_not_one_is_broken(api, autenti, body):
    autenti.on("GET", f"{PROCESS}/files", body=body)
    assert fail(api.list_files, "p").code == errors.INVALID_RESPONSE


def test_a_truncated_answer_is_not_taken(api, autenti):
    # Valid JSON and a valid beginning of a PDF, yet not everything that was announced
    autenti.on("GET", PROCESS, body={"id": "p"}, cut=10)
    autenti.on("GET", f"{PROCESS}/files/f/content", body=b"%PDF-1.7\n", cut=10)
    for error in fail(api.get_process, "p"), fail(api.download_file, "p", "f"):
        assert error.code == errors.INVALID_RESPONSE
        assert error.detail == "the answer is cut short"


def test_a_truncated_answer_is_noticed_without_help_of_the_library():
    # urllib3 1.26, as requests uses it, hands over what came and says nothing
    response = session.requests.Response()
    response.status_code = 200
    response.headers["Content-Length"] = "10"
    response.raw = io.BytesIO(b'{"id":1}')
    error = fail(session.read_body, response, 100)
    assert error.code == errors.INVALID_RESPONSE
    assert error.detail == "the answer is cut short"


# Compressing makes the first longer and the second shorter
@pytest.mark.parametrize("title", ["", "a" * 1000])
def test_a_compressed_answer_is_read(api, autenti, title):
    body = zlib.compress(json.dumps({"id": "p", "title": title}).encode())
    autenti.on("GET", PROCESS, body=body, headers={"Content-Encoding": "deflate"})
    assert api.get_process("p").title == title


def test_an_answer_in_chunks_is_read(api, autenti):
    chunks = b'6\r\n{"id":\r\n4\r\n"p"}\r\n0\r\n\r\n'
    headers = {"Transfer-Encoding": "chunked"}
    autenti.on("GET", PROCESS, body=chunks, headers=headers)
    assert api.get_process("p").process_id == "p"


def test_an_answer_that_lacks_its_last_chunk_is_not_taken(api, autenti):
    chunks = b'a\r\n{"id":"p"}\r\n'
    headers = {"Transfer-Encoding": "chunked"}
    autenti.on("GET", PROCESS, body=chunks, headers=headers, cut=1)
    assert fail(api.get_process, "p").code == errors.INVALID_RESPONSE


def test_an_answer_that_does_not_decompress_is_not_taken(api, autenti):
    headers = {"Content-Encoding": "gzip"}
    autenti.on("GET", PROCESS, body=b'{"id": "p"}', headers=headers)
    assert fail(api.get_process, "p").code == errors.INVALID_RESPONSE


def test_an_endless_answer_is_not_read(api, autenti):
    body = zlib.compress(b" " * (const.JSON_MAX_BYTES + 1))
    autenti.on("GET", PROCESS, body=body, headers={"Content-Encoding": "deflate"})
    error = fail(api.get_process, "p")
    assert error.code == errors.INVALID_RESPONSE
    assert "longer than" in error.detail


def test_a_slow_answer_is_a_timeout(api, autenti, monkeypatch):
    defaults = session.AutentiSession._request.__kwdefaults__
    monkeypatch.setitem(defaults, "timeout", 0.2)
    autenti.on("GET", PROCESS, delay=1, body={"id": "p"})
    error = fail(api.get_process, "p")
    assert (error.code, error.status) == (errors.TIMEOUT, None)


def test_every_request_has_a_timeout_in_plain_seconds(api, autenti, monkeypatch):
    timeouts = []
    send = session.requests.Session.send

    def spy(self, request, **options):
        timeouts.append(options["timeout"])
        return send(self, request, **options)

    monkeypatch.setattr(session.requests.Session, "send", spy)
    autenti.on("GET", PROCESS, body={"id": "p"})
    autenti.on("POST", f"{PROCESS}/files", body={"id": "f"})
    api.get_process("p")
    api.upload_file("p", "umowa.pdf", b"%PDF-")
    assert timeouts == [const.TIMEOUT, const.TIMEOUT, const.UPLOAD_TIMEOUT]
    assert all(isinstance(timeout, int) for timeout in timeouts)


def test_a_reset_connection_is_unreachable(api, autenti):
    autenti.on("POST", "/api/v2/applications/callbacks", reset=True)
    error = fail(api.register_callback, "https://erp.test/autenti")
    assert (error.code, error.status) == (errors.UNREACHABLE, None)
    assert len(autenti.to("/api/v2/applications/callbacks")) == 1


def test_a_closed_port_is_unreachable(credentials):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    api = session.AutentiSession(f"http://127.0.0.1:{port}", credentials)
    assert fail(api.get_process, "p").code == errors.UNREACHABLE


@pytest.mark.parametrize("address", ["", "api.autenti.test", "http://", "ftp://a.test"])
def test_an_address_that_is_none_is_unreachable(credentials, address):
    api = session.AutentiSession(address, credentials)
    assert fail(api.get_process, "p").code == errors.UNREACHABLE


def test_nothing_goes_where_an_answer_points(api, autenti):
    elsewhere = f"http://localhost:{autenti.host.partition(':')[2]}/elsewhere"
    autenti.on("GET", PROCESS, 307, headers={"Location": elsewhere})
    assert fail(api.get_process, "p").code == errors.INVALID_RESPONSE
    assert autenti.to("/elsewhere") == []


def test_an_answer_that_was_read_before_is_taken(api, monkeypatch, credentials):
    # Such responses come from replacements of `Session.send`
    def send(self, request, **options):
        response = session.requests.Response()
        response.status_code = 200
        response._content = b'{"id": "p", "access_token": "t"}'
        return response

    monkeypatch.setattr(session.requests.Session, "send", send)
    api = session.AutentiSession(
        "http://a.test", credentials, token_cache=auth.TokenCache()
    )
    assert api.get_process("p").process_id == "p"


def test_an_error_reads_well():
    assert str(errors.AutentiError(errors.NOT_FOUND)) == "not_found"
    error = errors.AutentiError(errors.BAD_REQUEST, detail="Bad phone.")
    assert str(error) == "bad_request: Bad phone."
