# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The calls of Autenti's Public API v2, each by one HTTP request or two."""

import json
import logging
import re
import time
import uuid
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

import requests

from . import assumptions, auth, const, deadline, errors, file_names, payload

_logger = logging.getLogger(__name__)

DETAIL_LENGTH = 200
# Nobody's
NO_PROCESS_ID = f"{assumptions.PROCESS_ID_PREFIX}{uuid.UUID(int=0)}"
# RFC 6750, section 2.1
_BEARER = re.compile(r"[\w.~+/-]+=*", re.ASCII)
# An access token or assertion that an answer may quote
_TOKEN = re.compile(r"(?:Bearer\s+\S+)|(?:eyJ[\w-]+\.[\w.-]*)")
# Where the error bodies of web APIs hold their words; Autenti's schema isn't published
_DETAIL_MEMBERS = ("error_description", "description", "message", "detail", "error")


class AutentiSession:
    """Autenti's API in the name of one user.

    Every method raises an `errors.AutentiError`. Nothing is repeated but a call that
    Autenti refused to look at (401), once, with a fresh token.

    :param str api_url: base of the API, e.g. `const.ENVIRONMENTS["test"].api_url`
    :param auth.Credentials credentials: the application and the acting user; a mere
        `auth.Application` for `exchange_code`, `refresh`, or with `tokens`
    :param auth.TokenCache token_cache: default the one that the process shares
    :param tokens: gives the access tokens in place of the credentials, by ``get()`` and
        ``invalidate(token=None)``, as `auth.CachedTokens` does
    :param limiter: is asked before each HTTP request, by ``acquire()``, which may raise
        `errors.AutentiError`, and told by ``pause(seconds)`` when Autenti wants one
    """

    def __init__(
        self, api_url, credentials, *, token_cache=None, tokens=None, limiter=None
    ):
        self._limiter = limiter
        self._api_url = api_url.rstrip("/")
        self._credentials = credentials
        self._http = deadline.make_session()
        self._http.headers["User-Agent"] = "autenti_esign"
        # Proxies and authorities of the environment, else looked up for each call
        found = self._http.merge_environment_settings(
            self._api_url, {}, stream=None, verify=None, cert=None
        )
        self._http.proxies, self._http.verify = found["proxies"], found["verify"]
        self._http.trust_env = False
        self._call_count = 0
        # Of the latest call, as the log has it
        self.correlation_id = None
        # Seconds that our clock is ahead of Autenti's, None until an answer tells
        self.clock_skew = None
        self._tokens = tokens or auth.CachedTokens(
            auth.token_cache if token_cache is None else token_cache,
            (self._api_url, credentials),
            lambda: self._fetch_tokens(auth.token_form(credentials)),
        )

    # === Documents ===

    def create_process(self, process):
        """Create a draft. A second call makes a second draft.

        :param payload.DocumentProcess process: what to create
        :return: the process with its id
        :rtype: payload.DocumentProcess
        :raise errors.AutentiError: BAD_REQUEST without a status, Autenti would refuse
            it and is not asked
        """
        try:
            body = process.to_json()
        except ValueError as error:
            raise errors.AutentiError(errors.BAD_REQUEST, detail=str(error)) from error
        response = self._call("POST", const.PROCESSES_PATH, json=body)
        return _read(response, payload.DocumentProcess.from_json)

    def get_process(self, process_id):
        """Read a process as Autenti sees it now.

        :rtype: payload.DocumentProcess
        """
        response = self._call("GET", const.PROCESS_PATH, {"process_id": process_id})
        return _read(response, payload.DocumentProcess.from_json)

    def send(self, process_id):
        """Send a draft to its participants."""
        self._act(process_id, const.EVENT_SENT)

    def withdraw(self, process_id):
        """Stop a process that was sent."""
        self._act(process_id, const.EVENT_WITHDRAWAL)

    def remind(self, process_id):
        """Remind everybody whose turn it is.

        :return: ids of the reminded parties; none when Autenti didn't ask whom
        :rtype: list[str]
        :raise errors.ChallengeError: nobody can be reminded now
        """
        question = assumptions.CHALLENGE_REMINDER_PARTIES
        try:
            self._act(process_id, const.EVENT_REMINDER_SENT)
        except errors.ChallengeError as error:
            party_ids = payload.available_options(error.challenge, question)
            if not party_ids:
                raise
            answer = payload.encode_assertion(question, party_ids)
            self._act(process_id, const.EVENT_REMINDER_SENT, answer)
            return party_ids
        return []

    def action_link(self, process_id, email):
        """Make the personal link by which a participant signs.

        :param str email: of the participant, as the process has it
        :return: http or https address
        :rtype: str
        :raise errors.AutentiError: NOT_FOUND, there is no link for them now
        """
        party_id = assumptions.PARTY_EMAIL_PREFIX + email
        response = self._call(
            "POST",
            const.LINKS_PATH,
            {"process_id": process_id, "party_id": party_id},
            headers={"Content-Type": const.JSON_TYPE},
        )
        links = _read_collection(response)
        if not links:
            raise errors.AutentiError(errors.NOT_FOUND, detail="no link")
        return _read(links[0], _link)

    # === Files ===

    def list_files(self, process_id):
        """List the files of a process.

        :rtype: list[payload.ProcessFile]
        """
        return self._list(
            payload.ProcessFile.from_json,
            const.FILES_PATH,
            {"process_id": process_id},
            accepts=(const.STREAM_TYPE, const.JSON_TYPE),
        )

    def upload_file(self, process_id, filename, content, mimetype=const.PDF_TYPE):
        """Add a file to a draft. A second call adds a second file.

        Where Autenti refuses how it is described, and so has taken nothing, it goes
        without a description, as other clients send it.

        :param bytes content: the whole file
        :rtype: payload.ProcessFile
        """
        filename = file_names.clean(filename)
        meta = payload.ProcessFile(None, filename, mimetype=mimetype).to_json()
        described = {
            "fileMeta": (None, json.dumps(meta), const.JSON_TYPE),
            "file": (filename, content, mimetype),
        }
        plain = {"file": (filename, content, assumptions.UPLOAD_PLAIN_TYPE)}
        try:
            return self._upload(process_id, described, len(content))
        except errors.AutentiError as error:
            if error.status not in assumptions.UPLOAD_FORM_REFUSALS:
                raise
            refusal = error
        try:
            return self._upload(process_id, plain, len(content))
        except errors.AutentiError as error:
            if error.code != errors.BAD_REQUEST:
                raise
        # The file itself isn't taken, whatever its form
        raise refusal

    def _upload(self, process_id, parts, size):
        response = self._call(
            "POST",
            const.FILES_PATH,
            {"process_id": process_id},
            timeout=const.UPLOAD_TIMEOUT,
            seconds=const.JSON_SECONDS + size / const.FILE_BYTES_PER_SECOND,
            files=parts,
        )
        return _read(response, payload.ProcessFile.from_json)

    def download_file(self, process_id, file_id):
        """Fetch a PDF, whole.

        :rtype: bytes
        :raise errors.AutentiError: INVALID_RESPONSE, it is not a PDF or cut short
        """
        content = self._call(
            "GET",
            const.CONTENT_PATH,
            {"process_id": process_id, "file_id": file_id},
            headers={"Accept": "*/*"},
            max_bytes=const.FILE_MAX_BYTES,
        )
        if not content.startswith(b"%PDF-"):
            raise errors.AutentiError(errors.INVALID_RESPONSE, detail="not a PDF")
        return content

    # === The application ===

    def take_call_count(self):
        """Return how many HTTP requests it has done since this was last asked."""
        count, self._call_count = self._call_count, 0
        return count

    def require_token(self):
        """Have a usable access token, a new one if need be."""
        self._tokens.get()

    def check_token(self):
        """Get a fresh access token, to try the credentials out."""
        self._tokens.invalidate()
        self._tokens.get()

    def check_reachable(self):
        """Call the API without a token: it is there if it refuses.

        :raise errors.AutentiError: it isn't, or has no time
        """
        response, content = self._request(
            "GET", const.PROCESS_PATH, {"process_id": NO_PROCESS_ID}, auth=_no_auth
        )
        if response.status_code >= 500 or response.status_code == 429:
            raise self._error(response, content)

    def check_reading(self):
        """Read a process that can't exist, to try the permission to read out.

        :raise errors.AutentiError: Autenti said anything but that there is none
        """
        try:
            self.get_process(NO_PROCESS_ID)
        except errors.AutentiError as error:
            if error.code != errors.NOT_FOUND:
                raise

    def exchange_code(self, code, redirect_uri):
        """Get the first tokens of a user who logged in; see `auth.authorization_url`.

        A second call with the same code can end the login.

        :rtype: auth.Tokens
        :raise errors.AutentiError: LOGIN_REQUIRED, the code isn't good, or not any more
        """
        return self._fetch_tokens(auth.code_form(self._credentials, code, redirect_uri))

    def refresh(self, refresh_token):
        """Get the next tokens of a user who logged in once.

        A second call with the same token can end the login (page `refreshing-tokens`).

        :rtype: auth.Tokens
        :raise errors.AutentiError: LOGIN_REQUIRED, the login has expired or was revoked
        """
        return self._fetch_tokens(auth.refresh_form(self._credentials, refresh_token))

    def list_callbacks(self):
        """List the addresses that Autenti posts events to.

        :rtype: list[payload.Callback]
        """
        return self._list(
            payload.Callback.from_json,
            const.CALLBACKS_PATH,
            accepts=(const.JSON_TYPE, const.STREAM_TYPE),
        )

    def register_callback(self, url):
        """Have Autenti post the events of the whole organisation to an address.

        :param str url: https
        :return: id of the callback
        :rtype: str
        """
        body = payload.Callback("", url).to_json()
        response = self._call("POST", const.CALLBACKS_PATH, json=body)
        return _read(response, payload.Callback.from_json).callback_id

    def delete_callback(self, callback_id):
        """Have Autenti post no more events to an address."""
        self._call("DELETE", const.CALLBACK_PATH, {"callback_id": callback_id})

    # === Plumbing ===

    def _act(self, process_id, event_type, *more_assertions):
        action = payload.encode_assertion(const.CHALLENGE_ACTION, [event_type])
        response = self._call(
            "POST",
            const.ACTIONS_PATH,
            {"process_id": process_id},
            # Several values of one header are one list (RFC 9110, section 5.3)
            headers={const.ASSERTION_HEADER: ", ".join((action, *more_assertions))},
            json={},
        )
        events = _read_collection(response)
        if event_type not in (event.get("eventType") for event in events):
            raise errors.AutentiError(
                errors.INVALID_RESPONSE, detail="the answer lacks the event"
            )

    def _list(self, reader, path, ids=None, *, accepts):
        """Read a collection; where one form of it can't be had, in the next.

        :param reader: makes an item of a JSON object, as `_read` takes it
        :param accepts: values of ``Accept``, the best first
        :raise errors.AutentiError: what happened to the first form
        """
        first, *others = accepts
        try:
            content = self._call("GET", path, ids, headers={"Accept": first})
            return [_read(data, reader) for data in _read_collection(content)]
        except errors.AutentiError as error:
            is_about_form = (
                error.code == errors.INVALID_RESPONSE
                or error.status in assumptions.LISTING_FORM_REFUSALS
            )
            if not others or not is_about_form:
                raise
            refusal = error
        try:
            return self._list(reader, path, ids, accepts=others)
        except errors.AutentiError:
            raise refusal from None

    def _call(self, method, path, ids=None, **options):
        """Call the API as the acting user; see `_request`.

        :return: body of the answer
        :rtype: bytes
        """
        for _attempt in range(2):
            token = self._tokens.get()
            response, content = self._request(
                method, path, ids, auth=auth.BearerAuth(token), **options
            )
            if response.status_code != 401:
                break
            self._tokens.invalidate(token)
        if not 200 <= response.status_code < 300:
            raise self._error(response, content)
        return content

    def _fetch_tokens(self, form):
        response, content = self._request(
            "POST", const.TOKEN_PATH, auth=_no_auth, data=form
        )
        status = response.status_code
        if status in (400, 401, 403):
            offered = (form.get("code"), form.get("refresh_token"))
            detail = self._detail(content, *filter(None, offered))
            error = payload.as_text(_json_object(content).get("error"))
            grant = form["grant_type"]
            code = auth.token_error_code(status, error, detail, grant=grant)
            raise errors.AutentiError(code, status=status, detail=detail)
        if status == 404:
            # No document is missing here, but Autenti itself: the address is wrong
            raise errors.AutentiError(
                errors.INVALID_RESPONSE, status=404, detail="no API at this address"
            )
        if status != 200:
            raise self._error(response, content)
        return _read(content, _read_tokens)

    def _request(
        self,
        method,
        path,
        ids=None,
        *,
        headers=None,
        timeout=const.TIMEOUT,
        seconds=const.JSON_SECONDS,
        max_bytes=const.JSON_MAX_BYTES,
        **options,
    ):
        """Do one HTTP request; all of them come through here.

        :param str path: template of `const`
        :param dict[str, str] ids: fill the path
        :param float seconds: for the whole of it; a file has more as it comes
        :param options: of `requests.Session.request`
        :return: the response and its body
        :rtype: tuple[requests.Response, bytes]
        """
        url = self._api_url + _fill(path, ids or {})
        if self._limiter and (
            path != const.TOKEN_PATH or assumptions.TOKEN_CALLS_COUNT
        ):
            self._limiter.acquire()
        self._call_count += 1
        correlation_id = self.correlation_id = str(uuid.uuid4())
        base_headers = {
            "Accept": const.JSON_TYPE,
            assumptions.CORRELATION_HEADER: correlation_id,
        }
        started = time.monotonic()
        outcome = "no answer"
        try:
            with deadline.within(seconds) as end:
                response = self._http.request(
                    method,
                    url,
                    headers={**base_headers, **(headers or {})},
                    timeout=timeout,
                    # Neither a token nor a document may go where an answer points
                    allow_redirects=False,
                    stream=True,
                    **options,
                )
                outcome = response.status_code
                self._compare_clocks(response)
                self._heed_rate_limit(response)
                is_file = max_bytes == const.FILE_MAX_BYTES
                return response, read_body(response, max_bytes, is_file and end)
        except requests.Timeout as error:
            raise errors.AutentiError(errors.TIMEOUT) from error
        except requests.RequestException as error:
            detail = type(error).__name__
            raise errors.AutentiError(errors.UNREACHABLE, detail=detail) from error
        finally:
            milliseconds = (time.monotonic() - started) * 1000
            _logger.info(
                "Autenti: %s %s -> %s in %d ms [%s]",
                *(method, _name(path, ids), outcome, milliseconds, correlation_id),
            )

    def _compare_clocks(self, response):
        # A whole second, of when the answer was made (RFC 9110, section 6.6.1)
        if moment := _http_date(response.headers.get("Date")):
            self.clock_skew = (datetime.now(timezone.utc) - moment).total_seconds()

    def _heed_rate_limit(self, response):
        """Have all who share the limiter pause when Autenti says so (429)."""
        if self._limiter and response.status_code == 429:
            seconds = _retry_after(response.headers.get("Retry-After"))
            self._limiter.pause(seconds or assumptions.RATE_LIMIT_PAUSE)

    def _error(self, response, content):
        """Make the error that an answer stands for."""
        status = response.status_code
        if status == 403 and const.CHALLENGE_HEADER in response.headers:
            try:
                challenge = payload.decode_challenge(
                    response.headers[const.CHALLENGE_HEADER]
                )
            except (ValueError, RecursionError):
                return errors.AutentiError(
                    errors.INVALID_RESPONSE, status=403, detail="unreadable challenge"
                )
            words = " ".join(payload.challenge_errors(challenge))
            return errors.ChallengeError(
                challenge,
                detail=self._clean(words),
                wanted=self._clean(payload.describe_challenge(challenge)),
            )
        return errors.AutentiError(
            _status_code(status),
            status=status,
            detail=self._detail(content),
            retry_after=_retry_after(response.headers.get("Retry-After")),
        )

    def _detail(self, content, *secrets):
        """Find Autenti's own words in the body of a refusal."""
        answer = _json_object(content)
        sources = [answer, *payload.as_mappings(answer.get("errors"))]
        words = (source.get(name) for source in sources for name in _DETAIL_MEMBERS)
        word = next(filter(None, map(payload.as_text, words)), "")
        return self._clean(word, *secrets)

    def _clean(self, text, *secrets):
        text = _TOKEN.sub("***", text)
        for secret in (self._credentials.client_secret or "\0", *secrets):
            text = text.replace(secret, "***")
        return " ".join(text.split())[:DETAIL_LENGTH]


def read_body(response, max_bytes, end=None):
    """Read a streamed answer, whole and no more than allowed.

    :param requests.Response response: made with ``stream=True``
    :param deadline.Deadline end: to be put off by what comes of a file
    :rtype: bytes
    :raise errors.AutentiError: INVALID_RESPONSE, too long or cut short
    :raise requests.RequestException: the connection broke
    """
    if response.raw is None:  # not a stream: it was read before
        return response.content

    def invalid(detail):
        return errors.AutentiError(
            errors.INVALID_RESPONSE, status=response.status_code, detail=detail
        )

    content = bytearray()
    try:
        with response:
            for chunk in response.iter_content(64 * 1024):
                content += chunk
                if len(content) > max_bytes:
                    raise invalid(f"the answer is longer than {max_bytes} bytes")
                if end:
                    end.extend(len(chunk) / const.FILE_BYTES_PER_SECOND)
    except (
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ) as error:
        raise invalid("the answer is cut short") from error
    # urllib3 1.26, which Odoo pins for some Pythons, doesn't compare by itself
    length = response.headers.get("Content-Length", "")
    encoded = "Content-Encoding" in response.headers
    if length.isdigit() and not encoded and len(content) < int(length):
        raise invalid("the answer is cut short")
    return bytes(content)


def _no_auth(request):
    # Without any, requests would look for a password of the host in ~/.netrc
    return request


def _fill(path, ids):
    for value in ids.values():
        # No id, or one that an HTTP library would resolve as a relative path
        if not value or not value.strip("."):
            raise ValueError(f"{value!r} is not an id.")
    return path.format(**{name: quote(value, safe="") for name, value in ids.items()})


def _name(path, ids):
    """Return a path for the log: of its ids the process's, for others name people."""
    process_id = (ids or {}).get("process_id", "{process_id}")
    # Not encoded as in an address, so that it is found as Odoo shows it
    return path.replace("{process_id}", quote(process_id, safe="{}:/"))


def _read(source, reader):
    """Read an answer.

    :param source: bytes, a JSON object; or its value
    :param reader: callable that raises a ValueError on data it can't use
    """
    try:
        data = json.loads(source) if isinstance(source, bytes) else source
        if not isinstance(data, dict):
            raise ValueError("The answer is not an object.")
        return reader(data)
    except (ValueError, RecursionError) as error:
        raise errors.AutentiError(
            errors.INVALID_RESPONSE, detail=type(error).__name__
        ) from error


def _read_collection(content):
    try:
        return payload.parse_objects(content.decode())
    except (ValueError, RecursionError) as error:
        raise errors.AutentiError(
            errors.INVALID_RESPONSE, detail=type(error).__name__
        ) from error


def _json_object(content):
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _read_tokens(answer):
    token = answer.get("access_token")
    if not isinstance(token, str) or not _BEARER.fullmatch(token):
        raise ValueError("The answer has no token.")
    lifetime = answer.get("expires_in")
    if not isinstance(lifetime, int) or lifetime <= 0:
        lifetime = assumptions.TOKEN_LIFETIME_FALLBACK
    return auth.Tokens(
        token,
        min(lifetime, const.TOKEN_LIFETIME_MAX),
        payload.as_text(answer.get("refresh_token")) or None,
    )


def _link(data):
    attributes = payload.as_mapping(data.get("attributes"))
    uri = payload.as_text(payload.as_mapping(attributes.get("httpRequest")).get("uri"))
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("The link is not a web address.")
    return uri


def _status_code(status):
    codes = {
        401: errors.UNAUTHORIZED,
        402: errors.PAYMENT_REQUIRED,
        403: errors.FORBIDDEN,
        404: errors.NOT_FOUND,
        429: errors.RATE_LIMITED,
    }
    if status >= 500:
        return errors.SERVER_ERROR
    if status < 400:
        return errors.INVALID_RESPONSE
    return codes.get(status, errors.BAD_REQUEST)


def _retry_after(header):
    """Read ``Retry-After``, seconds or a date (RFC 9110, section 10.2.3)."""
    if not header:
        return None
    if header.strip().isdecimal():
        return min(float(header), const.RETRY_AFTER_MAX)
    moment = _http_date(header)
    if moment is None:
        return None
    seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return min(max(0.0, seconds), const.RETRY_AFTER_MAX)


def _http_date(header):
    try:
        # Always of Greenwich (RFC 9110, section 5.6.7), whether it says so or not
        return parsedate_to_datetime(header or "").replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        return None
