# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Callbacks: registered addresses, signed events, and delivery until it's received.

What waits is stored, so a restart goes on with it.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Literal
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from . import assumptions
from .errors import Refusal, not_found
from .facts import CALLBACK_ADAPTER
from .faults import (
    CallbackDelayed,
    CallbackDuplicated,
    CallbackForeignKey,
    CallbackLost,
    CallbackReordered,
    Faults,
)
from .oauth import Notifier
from .schemas import (
    CallbackBody,
    CallbackParameters,
    CallbackView,
    EventView,
)
from .settings import Settings
from .store import Database

TIMEOUT = 10
MAX_PAUSE = 3600
# HELD waits for the next one to the same address, or for its time.
WAITING, HELD, DONE, GIVEN_UP = "waiting", "held", "done", "given up"


class Callback(BaseModel):
    """An address that an organisation registered."""

    id: str
    organisation: str
    url: str


class Delivery(BaseModel):
    """One event on its way to one address. Times are seconds since the epoch."""

    id: str
    callback_id: str
    url: str
    body: str
    created_at: float
    next_at: float
    attempts: int = 0
    state: str = WAITING
    # Signed with a key that isn't published
    foreign: bool = False
    # HTTP status, or the name of the error, of the last try
    result: str = ""


class SigningKey:
    """The RSA key of this installation's webhooks."""

    def __init__(self, pem: bytes) -> None:
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key
        public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self.kid = f"webhook-{public['n'][:16]}"
        self.jwk = {**public, "kid": self.kid, "alg": "RS256", "use": "sig"}
        self.jwk.pop("key_ops", None)

    @staticmethod
    def generate() -> bytes:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def sign(self, payload: bytes) -> str:
        """Detached JWS of the payload, compact: ``protected..signature`` (RFC 7515,
        appendix F)."""
        compact = jwt.api_jws.encode(
            payload,
            self._key,
            assumptions.JWS_ALGORITHM,
            headers={"kid": self.kid, "typ": None},
        )
        protected, _, signature = compact.split(".")
        return f"{protected}..{signature}"


class Sender:
    """Keeps the addresses and delivers to them."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        settings: Callable[[], Settings],
        faults: Faults,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._settings = settings
        self.callbacks = database.collection("callbacks", Callback)
        self.deliveries = database.collection("deliveries", Delivery)
        pem = database.contents.get("webhook-key")
        if not pem:
            pem = SigningKey.generate()
            database.contents.put("webhook-key", pem)
        self.key = SigningKey(pem)
        self._foreign: SigningKey | None = None
        self._wake = asyncio.Event()
        # By address: what is being delivered to it
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def _foreign_key(self) -> SigningKey:
        """A key that nobody can know, made when a fault first asks for it."""
        if not self._foreign:
            self._foreign = SigningKey(SigningKey.generate())
        return self._foreign

    def register(self, organisation: str, url: str) -> Callback:
        if len(self.callbacks.all(organisation)) >= assumptions.CALLBACK_LIMIT:
            raise Refusal(
                "CALLBACK_LIMIT",
                f"An organisation may have {assumptions.CALLBACK_LIMIT} callbacks.",
            )
        callback = Callback(id=str(uuid4()), organisation=organisation, url=url)
        self.callbacks.put(callback.id, callback, owner=organisation)
        return callback

    def publish(self, organisation: str, events: Sequence[EventView]) -> None:
        """Queue each event for each of the organisation's addresses."""
        callbacks = self.callbacks.all(organisation)
        for event in events:
            body = json.dumps([event.model_dump(exclude={"classifiers", "attributes"})])
            for callback in callbacks:
                self._queue(callback, body)
        self._wake.set()

    def _queue(self, callback: Callback, body: str) -> None:
        now = self._clock()
        delivery = Delivery(
            id=str(uuid4()),
            callback_id=callback.id,
            url=callback.url,
            body=body,
            created_at=now,
            next_at=now,
        )
        copies = 1
        for action in self._faults.fire("POST", callback.url, callback=True):
            match action:
                case CallbackLost():
                    copies = 0
                case CallbackDuplicated():
                    copies += 1
                case CallbackDelayed(seconds=seconds):
                    delivery.next_at += seconds
                case CallbackReordered(seconds=seconds):
                    delivery.state, delivery.next_at = HELD, now + seconds
                case CallbackForeignKey():
                    delivery.foreign = True
        held = self.deliveries.all(HELD)
        for _copy in range(copies):
            self._put(delivery.model_copy(update={"id": str(uuid4())}))
        for item in held:
            if item.callback_id == callback.id:
                item.state, item.next_at = WAITING, delivery.next_at
                # Behind the others, which go by age
                self.deliveries.delete(item.id)
                self._put(item)

    def _undelivered(self) -> list[Delivery]:
        return self.deliveries.all(WAITING) + self.deliveries.all(HELD)

    def _put(self, delivery: Delivery) -> None:
        self.deliveries.put(delivery.id, delivery, owner=delivery.state)

    async def run(self) -> None:
        """Deliver what is due, for ever; a slow address keeps no other waiting."""
        # Addresses are the integrator's own machine: no proxy of the environment.
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            try:
                while True:
                    self._wake.clear()
                    pause = self._start_due(client)
                    # Not wait_for: before Python 3.12 it may swallow a cancellation.
                    loop = asyncio.get_running_loop()
                    alarm = loop.call_later(pause, self._wake.set)
                    await self._wake.wait()
                    alarm.cancel()
            finally:
                for task in self._tasks.values():
                    task.cancel()

    def _start_due(self, client: httpx.AsyncClient) -> float:
        """Start on what is due; seconds until there is something to start again."""
        now = self._clock()
        batches: dict[str, list[Delivery]] = {}
        for delivery in self._undelivered():
            if delivery.callback_id not in self._tasks:
                batches.setdefault(delivery.callback_id, []).append(delivery)
        later = []
        for callback_id, batch in batches.items():
            due = [delivery for delivery in batch if delivery.next_at <= now]
            if due:
                task = asyncio.create_task(self._deliver(client, callback_id, due))
                self._tasks[callback_id] = task
            else:
                later.append(min(delivery.next_at for delivery in batch))
        return max(0.0, min(later, default=now + MAX_PAUSE) - now)

    async def _deliver(
        self, client: httpx.AsyncClient, callback_id: str, batch: Sequence[Delivery]
    ) -> None:
        """Post the events of one address one after the other, in their order."""
        try:
            for delivery in batch:
                if self.callbacks.get(callback_id):
                    await self._try(client, delivery)
                else:
                    delivery.state = GIVEN_UP
                    self._put(delivery)
        finally:
            del self._tasks[callback_id]
            self._wake.set()

    async def _try(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        raw = delivery.body.encode()
        key = self._foreign_key() if delivery.foreign else self.key
        try:
            response = await client.post(
                delivery.url,
                content=raw,
                headers={
                    "Content-Type": "application/json",
                    assumptions.JWS_HEADER: key.sign(raw),
                },
            )
            delivery.result = str(response.status_code)
            delivered = response.is_success
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            delivery.result = type(error).__name__
            delivered = False
        delivery.attempts += 1
        self._settle(delivery, delivered)

    def _settle(self, delivery: Delivery, delivered: bool) -> None:
        settings, now = self._settings(), self._clock()
        first = settings.callback_first_pause
        pause = min(first * 2 ** min(delivery.attempts - 1, 30), MAX_PAUSE)
        delivery.next_at = now + pause
        if delivered:
            delivery.state = DONE
        elif delivery.next_at > delivery.created_at + settings.callback_retry_for:
            delivery.state = GIVEN_UP
        self._put(delivery)


def _sender(request: Request) -> Sender:
    sender: Sender = request.app.state.emulator.sender
    return sender


def _view(callback: Callback) -> CallbackView:
    return CallbackView(
        id=callback.id,
        callbackAdapterId=CALLBACK_ADAPTER,
        callbackParameters=CallbackParameters(callbackUrl=callback.url),
    )


router = APIRouter(prefix="/applications/callbacks", tags=["callbacks"])


@router.get("")
async def list_callbacks(request: Request, caller: Notifier) -> list[CallbackView]:
    """Addresses of the organisation."""
    organisation = caller.application.organisation
    return [
        _view(callback) for callback in _sender(request).callbacks.all(organisation)
    ]


@router.post("", status_code=201)
async def register_callback(
    request: Request,
    caller: Notifier,
    body: CallbackBody,
    responseVariant: Literal["microsoft_power_automate"] | None = None,
) -> CallbackView:
    """Register an address, which gets all events of the organisation.

    What ``responseVariant`` changes in the answer isn't known; here it changes nothing.
    """
    return _view(
        _sender(request).register(
            caller.application.organisation, body.callbackParameters.callbackUrl
        )
    )


@router.delete("/{callback_id}", status_code=204)
async def delete_callback(
    request: Request, caller: Notifier, callback_id: str
) -> Response:
    """Forget an address."""
    callbacks = _sender(request).callbacks
    callback = callbacks.get(callback_id)
    if not callback or callback.organisation != caller.application.organisation:
        raise not_found("Callback")
    callbacks.delete(callback_id)
    return Response(status_code=204)
