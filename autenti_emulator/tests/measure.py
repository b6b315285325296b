# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How many sends a second the emulator holds.

``python -m autenti_emulator.tests.measure`` starts one in a process of its own. Four
connections then create a draft with two parties, upload a contract of 100 kB and send
it, over and over; a fifth takes the callbacks. Nobody signs.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from .driver import (
    ACTION,
    EVENT,
    PLAIN,
    Organisation,
    adam,
    ewa,
    free_port,
    httpx,
    make_pdf,
    receiver,
    select,
    wait_for,
)
from .test_callbacks import register

CONNECTIONS = 4
BOUNDARY = "----contract"
BODY = json.dumps(
    {"title": "Umowa", "parties": [adam(priority=1), ewa(priority=2)]}
).encode()
PART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="u.pdf"\r\n'
    "Content-Type: application/pdf\r\n\r\n"
)
UPLOAD = PART.encode() + make_pdf(filler=100_000) + f"\r\n--{BOUNDARY}--\r\n".encode()
SEND = select(ACTION, EVENT + "DOCUMENT_SENT")


class Remote:
    """An emulator in another process, as much of it as Organisation needs."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def client(self):
        return httpx.Client(base_url=self.url, **PLAIN)

    def is_up(self):
        try:
            return self.client().get("/emulator/settings").is_success
        except httpx.TransportError:
            return False


def send_until(end, port, bearer, latencies):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    authorization = {"Authorization": f"Bearer {bearer}"}
    json_type = {**authorization, "Content-Type": "application/json"}
    form_type = {
        **authorization,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }

    def call(path, body, headers):
        connection.request("POST", "/api/v2/document-processes" + path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return json.loads(content)

    while time.monotonic() < end:
        start = time.monotonic()
        path = "/" + quote(call("", BODY, json_type)["id"], safe="")
        call(path + "/files", UPLOAD, form_type)
        call(path + "/actions", b"", {**authorization, "X-ASSERTION": SEND})
        latencies.append(time.monotonic() - start)


def measure(seconds):
    """Sends a second, and seconds that 95 in 100 sends took at most."""
    port = free_port()
    with tempfile.TemporaryDirectory() as state, receiver() as (url, got):
        command = ["-m", "autenti_emulator", "--port", str(port), "--state", state]
        started = time.monotonic()
        process = subprocess.Popen([sys.executable, *command])
        try:
            remote = Remote(port)
            wait_for(remote.is_up)
            print(f"started in {time.monotonic() - started:.2f} s")
            org = Organisation(remote).login()
            register(org, url)
            latencies = []
            end = time.monotonic() + seconds
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                for _number in range(CONNECTIONS):
                    pool.submit(send_until, end, port, org.bearer, latencies)
            wait_for(lambda: len(got) >= len(latencies), 60)
            truth = remote.client().get("/emulator/truth").json()
            assert truth["sendsByTitle"] == {"Umowa": len(latencies)}
        finally:
            process.terminate()
            process.wait()
    latencies.sort()
    return len(latencies) / seconds, latencies[int(len(latencies) * 0.95)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    rate, slow = measure(parser.parse_args().seconds)
    print(f"{rate:.0f} sends a second, 95 % of them in at most {slow * 1000:.0f} ms")
