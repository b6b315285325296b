# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hosts on this machine that answer in place of Odoo, each in its own wrong way."""

import contextlib
import socket
import ssl
import threading
from datetime import datetime, timedelta, timezone
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@contextlib.contextmanager
def host(status=200, body=b"", headers=(), pause=0, tls=None, hear=None):
    """Run a web server that always answers alike.

    :param body: bytes, or a function that makes them of the posted ones and the headers
    :param float pause: seconds before each byte of the body
    :param ssl.SSLContext tls: for https
    :param list hear: gets the path, the headers and the body of each call
    :return: context with its address
    """
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted = self.rfile.read(int(self.headers["Content-Length"]))
            if hear is not None:
                hear.append((self.path, self.headers, posted))
            content = body(posted, self.headers) if callable(body) else body
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            if not pause:
                self.wfile.write(content)
            for byte in content if pause else ():
                if closing.wait(pause):
                    return
                with contextlib.suppress(OSError):
                    self.wfile.write(bytes([byte]))

        do_GET = do_POST

        def log_message(self, *_arguments):
            """Override: tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    # Who hangs up in the middle of a handshake is a part of it
    server.handle_error = lambda *_arguments: None
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://localhost:{server.server_port}/autenti"
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def line(words=None):
    """Run a server that says some bytes to whoever comes, or nothing, and hangs up.

    :param bytes words: None, it says nothing and stays
    :return: context with its address
    """
    stays = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _address = server.accept()
                stays.append(connection)
                if words is not None:
                    connection.recv(64 * 1024)
                    connection.sendall(words)
                    connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://localhost:{server.getsockname()[1]}/autenti"
        # Else the thread would wait for the next one in a closed socket
        server.shutdown(socket.SHUT_RDWR)
    for connection in stays:
        connection.close()


class Authority:
    """An authority that issues certificates for a folder of its own.

    :param pathlib.Path folder: where their files are put
    """

    def __init__(self, folder):
        self._folder = folder
        self._name = _name("Authority")
        self.path = folder / "authority.pem"
        certificate = _build(self._name, self._name, _key(), is_authority=True)
        self.path.write_bytes(_pem(certificate))

    def issue(self, host_name="localhost", start=-1, end=30):
        """Issue a certificate.

        :param int start: days from now on which it is valid
        :param int end: and until when
        :rtype: ssl.SSLContext
        """
        certificate = _build(
            *(_name(host_name), self._name, _key()),
            host_name=host_name,
            start=start,
            end=end,
        )
        return self._load(certificate)

    def sign_itself(self, host_name="localhost"):
        """Make a certificate that no authority stands for."""
        name = _name(host_name)
        return self._load(_build(name, name, _key(), host_name=host_name))

    def _load(self, certificate):
        path = self._folder / "host.pem"
        key = _key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(key + _pem(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@cache
def _key():
    return ec.generate_private_key(ec.SECP256R1())


def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _build(
    subject, issuer, key, *, host_name=None, is_authority=False, start=-1, end=30
):
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=start))
        .not_valid_after(now + timedelta(days=end))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    )
    if host_name:
        names = [x509.DNSName(host_name)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    # Who issues has the same key: what is tried is what a certificate says
    return builder.sign(key, hashes.SHA256())
