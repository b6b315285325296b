# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The API's description says what the API does, whatever is sent."""

import json
from urllib.parse import unquote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from .driver import Organisation, Server, adam

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def org(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("fuzzed")) as server:
        server.configure(signed_file_delay=0, party_id_delay=0)
        yield Organisation(server).login()


@pytest.fixture(scope="module")
def known(org):
    """Ids of things that are there, so that calls get past 404."""
    path = org.sent()
    org.play(path, "adam@klient.test")
    details = org.details(path)
    return {
        "process_id": [details["id"], unquote(org.draft(adam()).rpartition("/")[2])],
        "party_id": ["PARTY-EMAIL:ewa@firma.test", "PARTY-EMAIL:adam@klient.test"],
        "file_id": [details["files"][0]["id"], details["files"][-1]["id"]],
        "callback_id": ["none"],
    }


@pytest.fixture(scope="module")
def operations(org):
    schema = schemathesis.openapi.from_url(org.server.url + "/openapi.json")
    found = [item.ok() for item in schema.get_all_operations()]
    return [item for item in found if item.path.startswith("/api/v2/")]


def test_no_server_error_and_no_answer_that_isnt_described(operations, known, org):
    assert len(operations) == 18
    # Collections of the other type are several JSON texts: no schema describes that.
    headers = {"Authorization": f"Bearer {org.bearer}", "Accept": "application/json"}
    for operation in operations:

        @given(case=operation.as_strategy(), choice=st.randoms(use_true_random=False))
        @settings(
            max_examples=30,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case, choice):
            for name in case.path_parameters or {}:
                if choice.random() < 0.7:
                    case.path_parameters[name] = choice.choice(known[name])
            case.call_and_validate(headers=headers, checks=CHECKS)

        check()


def test_description_knows_no_422_and_every_path(org):
    shown = org.http.get("/openapi.json").json()
    assert "422" not in json.dumps(shown)
    assert "HTTPValidationError" not in json.dumps(shown)
    paths = {path for path in shown["paths"] if path.startswith("/api/v2")}
    assert paths == {
        "/api/v2/auth/token",
        "/api/v2/auth/authorization",
        "/api/v2/applications/callbacks",
        "/api/v2/applications/callbacks/{callback_id}",
        "/api/v2/document-processes",
        "/api/v2/document-processes/{process_id}",
        "/api/v2/document-processes/{process_id}/actions",
        "/api/v2/document-processes/{process_id}/parties",
        "/api/v2/document-processes/{process_id}/parties/{party_id}/action-links",
        "/api/v2/document-processes/{process_id}/files",
        "/api/v2/document-processes/{process_id}/files/{file_id}",
        "/api/v2/document-processes/{process_id}/files/{file_id}/content",
        "/api/v2/tags",
    }
    assert org.http.get("/docs").status_code == 200
