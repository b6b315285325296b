# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""No secret in a log or an exception, and no person in our own log."""

import dataclasses
import logging
import re
import traceback

import pytest
from client import auth, errors

PROCESS = "/api/v2/document-processes/p"
LINKS = f"{PROCESS}/parties/PARTY-EMAIL%3Aewa%40firma.test/action-links"
TOKEN = "/api/v2/auth/token"


def assert_no_secret(text, autenti, credentials):
    secrets = [credentials.client_secret, "token-1", "token-2", "PRIVATE KEY"]
    secrets += [r.form["assertion"] for r in autenti.to(TOKEN)]
    assert len(secrets) > 4
    for secret in secrets:
        assert secret not in text


def everything_said(error):
    return "".join(traceback.format_exception(error)) + repr(error) + error.detail


@pytest.mark.parametrize("failure", [{}, {"status": 500}, {"reset": True}, {"cut": 5}])
def test_calls_are_logged_without_secrets(api, autenti, credentials, caplog, failure):
    caplog.set_level(logging.DEBUG)
    body = [{"attributes": {"httpRequest": {"uri": "https://a.test/secret-link"}}}]
    autenti.on("POST", LINKS, **{"body": body, **failure})
    if failure:
        with pytest.raises(errors.AutentiError) as caught:
            api.action_link("p", "ewa@firma.test")
        assert_no_secret(everything_said(caught.value), autenti, credentials)
    else:
        api.action_link("p", "ewa@firma.test")
    assert_no_secret(caplog.text, autenti, credentials)
    assert "secret-link" not in caplog.text


def test_our_own_log_has_one_line_a_request_and_no_person(api, autenti, caplog):
    caplog.set_level(logging.DEBUG, "client")
    autenti.on("POST", LINKS, 404, {"message": "no party ewa@firma.test"})
    with pytest.raises(errors.AutentiError):
        api.action_link("p", "ewa@firma.test")
    said = "\n".join(r.getMessage() for r in caplog.records if r.name[:6] == "client")
    # The id of a party has an e-mail in it
    path = "/document-processes/p/parties/{party_id}/action-links"
    assert re.sub(r"\d+ ms \[[0-9a-f-]{36}\]", "N ms [ID]", said) == (
        "Autenti: POST /auth/token -> 200 in N ms [ID]\n"
        f"Autenti: POST {path} -> 404 in N ms [ID]"
    )


def test_a_request_without_an_answer_is_logged_too(api, autenti, caplog):
    caplog.set_level(logging.INFO, "client")
    autenti.on("GET", PROCESS, reset=True)
    with pytest.raises(errors.AutentiError):
        api.get_process("p")
    line = caplog.records[-1].getMessage()
    assert line.startswith("Autenti: GET /document-processes/p -> no answer")


def test_secrets_that_an_answer_quotes_are_masked(api, autenti, credentials):
    api.check_token()
    assertion = autenti.requests[0].form["assertion"]
    words = f"{credentials.client_secret} and Bearer token-1 and {assertion}, refused"
    autenti.on("GET", PROCESS, 400, {"message": words})
    with pytest.raises(errors.AutentiError) as caught:
        api.get_process("p")
    assert caught.value.detail == "*** and *** and ***, refused"


def test_a_refused_token_request_keeps_its_secrets(server, credentials, api):
    server._answers.clear()
    server.on(
        "POST",
        TOKEN,
        401,
        {"error": "invalid_client", "error_description": credentials.client_secret},
    )
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert_no_secret(everything_said(caught.value), server, credentials)


def test_an_unfit_key_is_not_quoted(credentials, private_key):
    broken = private_key.replace("-----END", "!----END")
    unfit = dataclasses.replace(credentials, private_key=broken)
    with pytest.raises(errors.AutentiError) as caught:
        auth.token_form(unfit)
    assert private_key.splitlines()[1] not in everything_said(caught.value)
