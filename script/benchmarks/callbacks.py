# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Accepted callbacks a second: ours, a bare INSERT, and Odoo's webhook of Stripe."""

import hashlib
import hmac
import itertools
import json
import os
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from http import HTTPStatus
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psycopg2
from workspace import WorkspaceError
from workspace.databases import odoo_database
from workspace.rpc import User
from workspace.servers import ADDONS_PATH, odoo

from autenti_emulator import assumptions
from autenti_emulator.callbacks import SigningKey

from . import at_least
from .environment import environment

WORKERS = 2
SENDERS = 8
TURNS = 24
POSTS = 100  # to each route in each turn
WARM_UP = 60
STRIPE_SECRET = "whsec_bench"
BARE_ROUTE = Path(__file__).parent / "addons"


def measure():
    with stage() as (url, database, key):
        routes = {
            "ours": our_posts(key),
            "bare": bare_posts(key),
            "stripe": stripe_posts(url, database),
        }
        for posts in routes.values():
            send(url, posts, WARM_UP)
        rates = {route: [] for route in routes}
        order = list(routes)
        for _turn in range(TURNS):
            for route in order:
                rates[route].append(POSTS / send(url, routes[route], POSTS))
            # Else one of them would always pay for what the same one leaves behind
            order.append(order.pop(0))
    yield at_least(
        "callbacks a second, to those of a bare route with one INSERT",
        *(rates["ours"], rates["bare"], 0.85),
    )
    yield at_least(
        "callbacks a second, to those of `payment_stripe` for paid quotations",
        *(rates["ours"], rates["stripe"], 2.5),
    )


@contextmanager
def stage():
    """Give an Odoo with two HTTP workers: its address, its database, Autenti's key."""
    with ExitStack() as stack:
        name = f"autenti_bench_{os.getpid()}"
        addons = ("autenti_esign", "payment_stripe", "sale")
        database = stack.enter_context(odoo_database(name, demo=True, addons=addons))
        with psycopg2.connect(dbname=database) as connection:
            connection.cursor().execute(
                "CREATE TABLE bare_event (id serial PRIMARY KEY, body text)"
            )
        connection.close()
        with environment(database) as env:
            # As on any server that runs: the cron job has had its turn before
            env.ref("autenti_esign.ir_cron_autenti_request").method_direct_trigger()
        folders = ",".join(map(str, (BARE_ROUTE, *ADDONS_PATH)))
        options = [f"--addons-path={folders}", "--load=base,web,bare_route"]
        # One database, which Odoo then needn't look for. No cron: nothing but the three
        # routes is measured
        options.append("--db-filter=")
        options += [f"--workers={WORKERS}", "--max-cron-threads=0"]
        server = stack.enter_context(odoo(database, None, *options))
        key = SigningKey(SigningKey.generate())
        admin = User(server.url, database, "admin", "admin")
        connect(admin, stack.enter_context(key_server(key)))
        yield server.url, database, key


@contextmanager
def key_server(key):
    """Serve the public key of callbacks, as Autenti does, and give the address."""
    document = json.dumps({"keys": [key.jwk]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()


def connect(admin, keys_url):
    """Set a connection and Odoo's Stripe up."""
    values = {
        "environment": "custom",
        "custom_api_url": "http://127.0.0.1:9/api/v2",
        "custom_jwks_url": keys_url,
    }
    [connection, *_] = admin.call("autenti.connection", "search", [])
    admin.call("autenti.connection", "write", [connection], values)
    provider = admin.ref("payment.payment_provider_stripe")
    values = {
        "state": "test",
        "stripe_publishable_key": "pk_bench",
        "stripe_secret_key": "sk_bench",
        "stripe_webhook_secret": STRIPE_SECRET,
    }
    admin.call("payment.provider", "write", [provider], values)


# === WHAT IS POSTED === #


def our_posts(key):
    while True:
        body = event_body()
        headers = {assumptions.JWS_HEADER: key.sign(body)}
        yield post("/autenti", body, headers)


def bare_posts(key):
    while True:
        body = event_body()
        # As many bytes as ours
        yield post("/bare", body, {assumptions.JWS_HEADER: key.sign(body)})


def event_body():
    now = datetime.now(timezone.utc).isoformat()
    event = {
        "id": f"EVENT:{uuid.uuid4()}",
        "eventType": "EVENT_CLASSIFIER-UNIQUE_TYPE:DOCUMENT_SIGNED",
        "timestamp": now,
        "object": {"id": f"DOCUMENT_PROCESS:{uuid.uuid4()}"},
    }
    return json.dumps([event]).encode()


def stripe_posts(url, database):
    """Yield the success of one payment after the other, each of a quotation."""
    admin = User(url, database, "admin", "admin")
    references = (f"bench-{number}" for number in itertools.count())
    while True:
        batch = list(itertools.islice(references, POSTS))
        create_transactions(admin, batch)
        for reference in batch:
            yield stripe_post(reference)


def create_transactions(admin, references):
    provider = admin.ref("payment.payment_provider_stripe")
    values = {
        "provider_id": provider,
        "payment_method_id": admin.ref("payment.payment_method_card"),
        "amount": 100.0,
        "currency_id": admin.ref("base.EUR"),
        "partner_id": admin.ref("base.partner_admin"),
        "operation": "online_direct",
    }
    partner = values["partner_id"]
    orders = admin.call(
        "sale.order", "create", [{"partner_id": partner}] * len(references)
    )
    rows = [
        values | {"reference": reference, "sale_order_ids": [(6, 0, [order])]}
        for reference, order in zip(references, orders, strict=True)
    ]
    admin.call("payment.transaction", "create", rows)


def stripe_post(reference):
    event = {
        "id": f"evt_{reference}",
        "object": "event",
        "api_version": "2019-05-16",
        "created": int(time.time()),
        "data": {"object": payment_intent(reference)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{reference}", "idempotency_key": str(uuid.uuid4())},
        "type": "payment_intent.succeeded",
    }
    body = json.dumps(event).encode()
    moment = int(time.time())
    signed = f"{moment}.".encode() + body
    signature = hmac.new(STRIPE_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={moment},v1={signature}"}
    return post("/payment/stripe/webhook", body, headers)


def payment_intent(reference):
    """Return a PaymentIntent with the members that Stripe posts."""
    return {
        "id": f"pi_{reference}",
        "object": "payment_intent",
        "amount": 10000,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 10000,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"pi_{reference}_secret_{uuid.uuid4().hex}",
        "confirmation_method": "automatic",
        "created": int(time.time()),
        "currency": "eur",
        "customer": f"cus_{reference}",
        "description": reference,
        "invoice": None,
        "last_payment_error": None,
        "latest_charge": f"ch_{reference}",
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": {"type": "card", "card": {"brand": "visa"}},
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def post(path, body, headers):
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


# === SENDING === #


def send(url, posts, count):
    """Send so many posts, several at once.

    :return: seconds that it took
    :raise WorkspaceError: when one isn't accepted
    """
    batch = list(itertools.islice(posts, count))
    address = urlsplit(url).hostname, urlsplit(url).port
    with ThreadPoolExecutor(SENDERS) as pool:
        start = time.perf_counter()
        answers = list(pool.map(lambda each: exchange(address, each), batch))
        seconds = time.perf_counter() - start
    refused = [answer for answer in answers if answer[0] != HTTPStatus.OK]
    if refused:
        raise WorkspaceError(f"refused: {refused[0]!r}")
    return seconds


def exchange(address, request):
    """Send a request, and return the answer.

    The connection is closed as soon as the answer is there, as a reverse proxy does:
    else Odoo's server waits a moment for more from it, longer than for the answer.
    """
    with socket.create_connection(address) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()
