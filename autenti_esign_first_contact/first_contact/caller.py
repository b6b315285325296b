# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The calls of a first contact: few, one by one, and none of them twice."""

import json
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote

import requests

from .client import assumptions, auth, const, deadline, errors, payload, session

MAX_CALLS = 40


class Stop(Exception):
    """The facts of this group can't be tried further; the message says why."""


class Answer(NamedTuple):
    """What came of one call; without an answer the status is None."""

    status: int | None
    headers: dict
    content: bytes
    problem: str = ""

    @property
    def is_good(self):
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refusal(self):
        """Tell if nothing has been done for sure."""
        return self.status is not None and 400 <= self.status < 500

    @property
    def is_failure(self):
        """Tell if it says nothing of how the API is."""
        return self.status is None or self.status == 429 or self.status >= 500

    @property
    def json(self):
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None

    @property
    def mapping(self):
        return payload.as_mapping(self.json)

    @property
    def objects(self):
        """List the objects of a collection in any form, None when it is none."""
        try:
            return payload.parse_objects(self.content.decode())
        except (ValueError, RecursionError):
            return None

    @property
    def challenges(self):
        """List the questions in it (``X-Challenge``), in whatever header they are.

        :return: name of the header, and the challenge
        :rtype: list[tuple[str, dict]]
        """
        found = []
        for name, value in self.headers.items():
            try:
                challenge = payload.decode_challenge(value)
            except (ValueError, RecursionError):
                continue
            if "classifiers" in challenge:
                found.append((name, challenge))
        return found

    @property
    def challenge(self):
        """Return the first question in it, an empty one if there is none."""
        return next((challenge for _name, challenge in self.challenges), {})

    def __str__(self):
        if self.status is None:
            return self.problem
        return str(self.status)


class Caller:
    """Does the calls, one by one and no more than allowed; repeats none.

    :param float seconds: for all of them
    """

    def __init__(self, api_url, seconds):
        self._api_url = api_url.rstrip("/")
        self._http = deadline.make_session()
        self._http.headers["User-Agent"] = "autenti_esign"
        self._ends_at = time.monotonic() + seconds
        self.count = 0
        # Calls for what must be done
        self.reserved = 0
        self.token = None
        self.correlates = True
        # Seconds that our clock is ahead of Autenti's
        self.clock_skew = 0

    @property
    def left(self):
        return MAX_CALLS - self.count

    def call(
        self, method, path, ids=None, *, headers=None, is_doubtful=False, **options
    ):
        """Call the API with the token, if there is one by now.

        :param str path: template of `const`, or a whole address
        :param bool is_doubtful: a failure is returned, for it may have been done
        :rtype: Answer
        :raise Stop: no more calls, no more time, or Autenti fails
        """
        answer = self._do(method, path, ids, headers, options)
        if not is_doubtful and answer.is_failure:
            raise Stop(f"Autenti fails ({answer})")
        return answer

    def give_time(self, seconds):
        """Let what must be done be done."""
        self.reserved = 0
        self._ends_at = max(self._ends_at, time.monotonic() + seconds)

    def _do(self, method, path, ids, headers, options):
        seconds = min(const.JSON_SECONDS, self._ends_at - time.monotonic())
        if self.left <= self.reserved:
            raise Stop(f"the limit of {MAX_CALLS} calls is reached")
        if seconds <= 0:
            raise Stop("the time is over")
        self.count += 1
        is_whole = path.startswith(("http://", "https://"))
        ids = {name: quote(value, safe="") for name, value in (ids or {}).items()}
        url = path if is_whole else self._api_url + path.format(**ids)
        sent = {"Accept": const.JSON_TYPE, **(headers or {})}
        if self.correlates and not is_whole:
            sent[assumptions.CORRELATION_HEADER] = f"first-contact-{self.count}"
        try:
            with deadline.within(seconds):
                response = self._http.request(
                    method,
                    url,
                    headers=sent,
                    auth=self._authenticate if not is_whole else _no_auth,
                    timeout=min(const.TIMEOUT, seconds),
                    allow_redirects=False,
                    stream=True,
                    **options,
                )
                content = session.read_body(response, const.JSON_MAX_BYTES)
        except (requests.RequestException, errors.AutentiError) as error:
            return Answer(None, {}, b"", f"no answer ({type(error).__name__})")
        if not is_whole:
            self._compare_clocks(response.headers.get("Date", ""))
        return Answer(response.status_code, response.headers, content)

    def _authenticate(self, request):
        return auth.BearerAuth(self.token)(request) if self.token else request

    def _compare_clocks(self, date):
        try:
            moment = parsedate_to_datetime(date).replace(tzinfo=timezone.utc)
        except (TypeError, ValueError):
            return
        now = datetime.now(timezone.utc)
        self.clock_skew = (now - moment).total_seconds()


def _no_auth(request):
    return request
