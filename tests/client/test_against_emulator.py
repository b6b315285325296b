# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whole signings over real HTTP, against the emulator, which is strict."""

import dataclasses
import io
import time
from datetime import datetime, timezone
from urllib.parse import quote

import pytest
import requests
from client import assumptions, auth, const, errors, jwk, pdf, session, webhook
from client.payload import DocumentProcess, Organisation, Party
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.pdfgen.canvas import Canvas
from workspace.servers import emulator

CLIENT = Party(
    "jan@klient.test",
    "Jan",
    "Żak",
    priority=1,
    signature_type="BASIC",
    phone="+48601000000",
)
COMPANY = Party(
    "ewa@firma.test",
    "Ewa",
    "Lis",
    priority=2,
    signature_type="QUALIFIED",
    organisation=Organisation("Stal SA", "5260001246", description="Prokura samoistna"),
)
VIEWER = Party("ola@klient.test", "Ola", "Żak", role="VIEWER")
CONTRACT = DocumentProcess(
    "Umowa UM/0001", "Prosimy o podpis.", "pl", (CLIENT, COMPANY, VIEWER)
)


def make_contract():
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 700, "Umowa")
    canvas.save()
    return buffer.getvalue()


def eventually(read, accept=bool, seconds=60):
    """Read until the answer is acceptable, then return it."""
    deadline = time.monotonic() + seconds
    while not accept(answer := read()):
        assert time.monotonic() < deadline, f"still {answer!r}"
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("emulator")) as server:
        settings = {"signed_file_delay": 0.3, "party_id_delay": 0.2}
        put = requests.put(f"{server.url}/emulator/settings", json=settings, timeout=10)
        put.raise_for_status()
        yield server


@pytest.fixture
def application(remote, private_key):
    """Register the application in "Autenti's panel"."""

    def register(**changes):
        body = {
            "client_id": "app-1",
            "client_secret": "s3cr3t-of-the-application",
            "organisation": "Stal SA",
            "users": [
                {"email": "ewa@firma.test", "firstName": "Ewa", "lastName": "Lis"}
            ],
            "jwks": {"keys": [jwk.public_jwk(private_key, "key-1")]},
        }
        post = requests.post(
            f"{remote.url}/emulator/applications", json={**body, **changes}, timeout=10
        )
        post.raise_for_status()

    register()
    return register


def connect(remote, credentials):
    return session.AutentiSession(
        f"{remote.url}/api/v2", credentials, token_cache=auth.TokenCache()
    )


@pytest.fixture
def api(remote, application, credentials):
    return connect(remote, credentials)


@pytest.fixture
def play(remote):
    """Act as a participant."""

    def play(action, process_id, email, **body):
        party = f"{quote(process_id, safe='')}/parties/{email}/{action}"
        url = f"{remote.url}/emulator/processes/{party}"
        requests.post(url, json=body or None, timeout=30).raise_for_status()

    return play


@pytest.fixture
def sent(api):
    """A contract that was sent; its id."""
    process_id = api.create_process(CONTRACT).process_id
    api.upload_file(process_id, "umowa.pdf", make_contract())
    api.send(process_id)
    return process_id


def party_of(process, email):
    return next(party for party in process.parties if party.email == email)


def test_a_contract_is_signed(api, play):
    contract = make_contract()
    pdf.check_sendable(contract)

    created = api.create_process(CONTRACT)
    assert created.process_id.startswith("DOCUMENT_PROCESS:")
    assert created.status == const.PROCESS_DRAFT
    process_id = created.process_id
    source = api.upload_file(process_id, "umowa ąę.pdf", contract)
    assert (source.filename, source.purpose) == ("umowa ąę.pdf", const.FILE_SOURCE)
    assert "/" in source.file_id
    api.send(process_id)
    assert api.get_process(process_id).status == const.PROCESS_PROCESSING
    assert api.download_file(process_id, source.file_id) == contract

    link = api.action_link(process_id, "jan@klient.test")
    assert requests.get(link, timeout=10).status_code == 200
    with pytest.raises(errors.AutentiError):
        api.action_link(process_id, "ewa@firma.test")

    play("sign", process_id, "jan@klient.test")
    process = api.get_process(process_id)
    assert process.status == const.PROCESS_PROCESSING
    client = party_of(process, "jan@klient.test")
    assert client.participation_status == assumptions.PARTICIPATION_COMPLETED
    assert abs(client.signed_at - datetime.now(timezone.utc)).total_seconds() < 60
    company = party_of(process, "ewa@firma.test")
    assert company.participation_status == assumptions.PARTICIPATION_PENDING
    assert company.current_user
    assert company.signed_at is None
    assert api.action_link(process_id, "ewa@firma.test").startswith("http")

    play("sign", process_id, "ewa@firma.test")
    assert api.get_process(process_id).status == const.PROCESS_COMPLETED

    def signed_files():
        files = api.list_files(process_id)
        return [file for file in files if file.purpose == const.FILE_SIGNED]

    (signed,) = eventually(signed_files)
    content = api.download_file(process_id, signed.file_id)
    found = PdfFileReader(io.BytesIO(content)).embedded_signatures
    # Two people, and the platform before and after them
    assert len(found) == 4


def test_a_rejection_brings_its_reason(api, play, sent):
    play("reject", sent, "jan@klient.test", comment="Zła kwota.")
    process = api.get_process(sent)
    assert process.status == const.PROCESS_REJECTED
    assert party_of(process, "jan@klient.test").rejection_comment == "Zła kwota."
    assert party_of(process, "ewa@firma.test").rejection_comment is None


def test_a_contract_is_withdrawn(api, sent):
    api.withdraw(sent)
    assert api.get_process(sent).status == const.PROCESS_WITHDRAWN
    with pytest.raises(errors.AutentiError):
        api.withdraw(sent)


def test_whose_turn_it_is_gets_a_reminder(api, sent):
    prefix = assumptions.SENT_PARTY_ID_PREFIX

    def client_id():
        return party_of(api.get_process(sent), "jan@klient.test").party_id

    expected = eventually(client_id, lambda party_id: party_id.startswith(prefix))
    assert api.remind(sent) == [expected]


def test_nothing_is_sent_twice(api, sent):
    with pytest.raises(errors.AutentiError) as caught:
        api.send(sent)
    assert caught.value.code == errors.CHALLENGE


@pytest.mark.parametrize(
    "party",
    [
        dataclasses.replace(CLIENT, signature_type="ADVANCED"),
        dataclasses.replace(CLIENT, signature_type="QUALIFIED", phone=None),
        dataclasses.replace(CLIENT, phone=None, phone_to_read="+48601000000"),
        dataclasses.replace(
            CLIENT, organisation=Organisation("Stahl", "123", "TAXID-DE-NIP", "CEO")
        ),
    ],
)
@pytest.mark.parametrize("language", ["pl", "uk"])
def test_every_kind_of_participant_is_taken(api, party, language):
    process = dataclasses.replace(CONTRACT, parties=(party, COMPANY), language=language)
    process_id = api.create_process(process).process_id
    api.upload_file(process_id, "umowa.pdf", make_contract())
    api.send(process_id)
    emails = [party.email for party in api.get_process(process_id).parties]
    assert {"jan@klient.test", "ewa@firma.test"} <= set(emails)


def test_an_approver_comes_before_the_signer(api, play):
    approver = dataclasses.replace(VIEWER, role="APPROVER", priority=1)
    signer = dataclasses.replace(CLIENT, priority=2)
    process = dataclasses.replace(CONTRACT, parties=(approver, signer))
    process_id = api.create_process(process).process_id
    api.upload_file(process_id, "umowa.pdf", make_contract())
    api.send(process_id)
    signer = party_of(api.get_process(process_id), "jan@klient.test")
    assert signer.participation_status == assumptions.PARTICIPATION_NONE


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "app-2"}, errors.INVALID_CLIENT),
        ({"client_secret": "wrong"}, errors.INVALID_CLIENT),
        ({"key_id": "key-2"}, errors.INVALID_KEY),
        ({"private_key": jwk.generate_private_key()}, errors.INVALID_KEY),
        ({"email": "nobody@firma.test"}, errors.UNKNOWN_USER),
    ],
)
def test_wrong_credentials_are_told_apart(
    remote, application, credentials, change, code
):
    api = connect(remote, dataclasses.replace(credentials, **change))
    with pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert caught.value.code == code


def test_an_expired_token_is_renewed(remote, api, monkeypatch):
    settings = f"{remote.url}/emulator/settings"
    before = requests.get(settings, timeout=10).json()
    requests.put(settings, json={**before, "token_lifetime": 1}, timeout=10)
    try:
        # The session is told a longer life than the token has
        monkeypatch.setattr(
            session,
            "_read_tokens",
            lambda answer: auth.Tokens(answer["access_token"], 60),
        )
        api.check_token()
        time.sleep(1.5)
        # The new one lives long enough for the call
        requests.put(settings, json=before, timeout=10)
        assert api.create_process(CONTRACT).status == const.PROCESS_DRAFT
    finally:
        requests.put(settings, json=before, timeout=10)


def test_an_unknown_process_is_not_found(api):
    for call in (api.get_process, api.send, api.list_files):
        with pytest.raises(errors.AutentiError) as caught:
            call("DOCUMENT_PROCESS:unknown")
        assert caught.value.code == errors.NOT_FOUND


def test_a_file_that_autenti_refuses_is_refused(api):
    process_id = api.create_process(CONTRACT).process_id
    too_large = b"%PDF-1.7\n" + b"\0" * assumptions.MAX_FILE_BYTES
    with pytest.raises(errors.AutentiError) as caught:
        api.upload_file(process_id, "umowa.pdf", too_large)
    assert caught.value.code == errors.BAD_REQUEST
    assert caught.value.detail


def test_events_arrive_and_are_verified(remote, server, api, sent, play):
    server.on("POST", "/autenti")
    callback_id = api.register_callback(f"{server.url}/autenti")
    assert callback_id in [callback.callback_id for callback in api.list_callbacks()]
    play("reject", sent, "jan@klient.test", comment="Nie.")

    keys = webhook.KeySet(f"{remote.url}/developers/keys/webhook.jwks")
    with pytest.raises(webhook.KeysAwaited) as caught:
        keys.find(None)
    caught.value.wait()
    eventually(lambda: server.to("/autenti"))
    request = server.to("/autenti")[0]
    header = request.headers[assumptions.JWS_HEADER]
    (event,) = webhook.verify(request.body, header, keys).events
    assert event.process_id == sent
    assert event.event_type == const.EVENT_REJECTION
    assert event.timestamp is not None
    with pytest.raises(webhook.CallbackRejected):
        webhook.verify(request.body + b" ", header, keys)

    api.delete_callback(callback_id)
    assert callback_id not in [c.callback_id for c in api.list_callbacks()]


def test_trying_the_credentials_out_makes_nothing(remote, api):
    requests.delete(f"{remote.url}/emulator/requests", timeout=10).raise_for_status()
    api.check_reachable()
    api.check_token()
    api.check_reading()
    api.list_callbacks()
    received = requests.get(f"{remote.url}/emulator/requests", timeout=10).json()
    assert [(call["method"], call["status"]) for call in received] == [
        ("GET", 401),
        ("POST", 200),
        ("GET", 404),
        ("GET", 200),
    ]
    assert received[1]["path"].endswith(const.TOKEN_PATH)
    assert api.clock_skew == pytest.approx(0, abs=30)


def test_callbacks_need_their_permission(application, api):
    application(scopes=["full"])
    with pytest.raises(errors.AutentiError) as caught:
        api.list_callbacks()
    assert caught.value.code == errors.FORBIDDEN
