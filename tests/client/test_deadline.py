# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""No host keeps anybody waiting for ever, however slowly it answers."""

import contextlib
import datetime
import socket
import ssl
import threading
import time

import pytest
import requests
from client import auth, const, deadline, errors, webhook
from client.session import AutentiSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SECONDS = 0.6
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = {
    "headers": HEAD + b"X-Slow: " + b"x" * 10_000,
    "body of a length": HEAD + b"Content-Length: 10000\r\n\r\n{" + b" " * 9_999,
    "body to the end": HEAD + b"Connection: close\r\n\r\n{" + b" " * 9_999,
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 2_000,
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 400,
}


class Dripper:
    """Answers each connection by a byte now and then."""

    def __init__(self, answer, at_once=0, context=None):
        self._answer, self._at_once, self._context = answer, at_once, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_over = threading.Event()
        self.url = f"http{'s' * bool(context)}://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def stop(self):
        self._is_over.set()
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                threading.Thread(target=self._drip, args=(line,), daemon=True).start()

    def _drip(self, line):
        with contextlib.suppress(OSError), line:
            if self._context:
                line = self._context.wrap_socket(line, server_side=True)
            line.recv(65536)
            line.sendall(self._answer[: self._at_once])
            for byte in self._answer[self._at_once :]:
                if self._is_over.wait(0.05):
                    return
                line.sendall(bytes((byte,)))


@pytest.fixture
def drip():
    drippers = []

    def make(*args, **options):
        drippers.append(Dripper(*args, **options))
        return drippers[-1].url

    yield make
    for dripper in drippers:
        dripper.stop()


@contextlib.contextmanager
def ending_in(seconds):
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def make_api(url, credentials, monkeypatch):
    # The default of an argument, which is bound when the function is made
    defaults = AutentiSession._request.__kwdefaults__
    monkeypatch.setitem(defaults, "seconds", SECONDS)
    api = AutentiSession(f"{url}/api/v2", credentials, token_cache=auth.TokenCache())
    api._tokens = type("Tokens", (), {"get": lambda self: "token"})()
    return api


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_ends_at_the_deadline(
    answer, drip, credentials, monkeypatch
):
    api = make_api(drip(answer), credentials, monkeypatch)
    with ending_in(SECONDS + 2), pytest.raises(errors.AutentiError) as caught:
        api.get_process("p-1")
    assert caught.value.code == errors.TIMEOUT


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)
def test_keys_that_drip_are_an_outage(answer, drip, monkeypatch):
    monkeypatch.setattr(const, "KEYS_SECONDS", SECONDS)
    with ending_in(SECONDS + 2), pytest.raises(requests.Timeout):
        webhook._fetch_keys(drip(answer))


def test_a_token_that_drips_ends_at_the_deadline(drip, credentials, monkeypatch):
    monkeypatch.setitem(AutentiSession._request.__kwdefaults__, "seconds", SECONDS)
    url = drip(DRIPS["chunks"], at_once=len(HEAD))
    api = AutentiSession(f"{url}/api/v2", credentials, token_cache=auth.TokenCache())
    with ending_in(SECONDS + 2), pytest.raises(errors.AutentiError) as caught:
        api.check_token()
    assert caught.value.code == errors.TIMEOUT


def test_a_connection_kept_open_has_its_deadline_at_each_call(server):
    server.on("GET", "/fast", body={})
    server.on("GET", "/slow", body={}, delay=3)
    with deadline.make_session() as session:
        for _again in range(2):
            with deadline.within(SECONDS):
                assert session.get(f"{server.url}/fast").json() == {}
        with (
            ending_in(SECONDS + 2),
            pytest.raises(requests.Timeout),
            deadline.within(SECONDS),
        ):
            session.get(f"{server.url}/slow")


def test_a_connection_outlives_the_deadline_of_a_call_that_was_in_time(server):
    server.on("GET", "/fast", body={})
    with deadline.make_session() as session:
        for _again in range(2):
            with deadline.within(0.3):
                session.get(f"{server.url}/fast")
            time.sleep(0.5)


def test_a_large_file_has_time_by_its_size(drip, credentials, monkeypatch):
    """It comes steadily, in longer than any other answer may take."""
    monkeypatch.setattr(const, "FILE_BYTES_PER_SECOND", 200_000)
    content = b"%PDF-" + bytes(1_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content)
    tail = 30
    answer = head + content
    url = drip(answer, at_once=len(answer) - tail)
    api = make_api(url, credentials, monkeypatch)
    assert api.download_file("p-1", "f-1") == content


def test_a_file_that_drips_ends_at_the_deadline(drip, credentials, monkeypatch):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n%PDF-"
    api = make_api(
        drip(head + bytes(10_000), at_once=len(head)), credentials, monkeypatch
    )
    with ending_in(SECONDS + 2), pytest.raises(errors.AutentiError) as caught:
        api.download_file("p-1", "f-1")
    assert caught.value.code == errors.TIMEOUT


@pytest.fixture
def tls(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=localhost")
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "host.pem"
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)
def test_the_deadline_holds_with_tls(answer, drip, tls):
    url = drip(answer, context=tls)
    with (
        deadline.make_session() as session,
        ending_in(SECONDS + 2),
        pytest.raises(requests.Timeout),
        deadline.within(SECONDS),
    ):
        _ = session.get(url, verify=False, timeout=10).content


def test_the_deadline_holds_while_tls_begins(drip):
    """The host speaks no TLS, but slowly."""
    url = drip(b"\x16\x03\x03\x40\x00" + bytes(10_000)).replace("http", "https")
    with (
        deadline.make_session() as session,
        ending_in(SECONDS + 2),
        pytest.raises(requests.Timeout),
        deadline.within(SECONDS),
    ):
        session.get(url, timeout=10)


def test_while_keys_are_fetched_the_others_are_asked_to_come_again_at_once(drip):
    keys = webhook.KeySet(drip(DRIPS["headers"]))
    with ending_in(webhook.KEYS_PATIENCE + 2):
        with pytest.raises(webhook.KeysAwaited) as caught:
            keys.find("unknown")
        with ending_in(0.2):
            for _another in range(70):
                _expect_503(keys)
        caught.value.wait()
        _expect_503(keys)


def test_while_keys_are_fetched_those_that_are_known_serve(drip, monkeypatch):
    keys = webhook.KeySet(drip(DRIPS["headers"]))
    long_ago = time.monotonic() - webhook.KEYS_LIFETIME - 1
    keys._keys, keys._fetched_at, keys._reachable = [("key-1", "key")], long_ago, True
    with pytest.raises(webhook.KeysAwaited):
        keys.find("key-1")
    with ending_in(0.2):
        assert keys.find("key-1") == ["key"]
        _expect_503(keys)


def _expect_503(keys):
    with pytest.raises(webhook.CallbackRejected) as caught:
        keys.find("unknown")
    assert caught.value.status == 503
    assert not isinstance(caught.value, webhook.KeysAwaited)
