# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
r"""First contact: tries with a test account what the client takes for granted.

    python -m autenti_esign_first_contact.first_contact \
        --client-id ID --email USER --key KEY.pem

Run it in the folder above both addons; it needs no Odoo. The client's secret is read
from AUTENTI_CLIENT_SECRET, or asked for. It makes drafts, and sends nothing; with
``--send-to MY@ADDRESS`` it also sends one document there, reminds of it and withdraws
it.
"""

import argparse
import getpass
import json
import os
import re
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from . import trial
from .caller import Caller, Stop
from .client import assumptions, auth, const, errors, jwk, payload, session
from .findings import (
    AS_ASSUMED,
    FACTS,
    NOT_TRIED,
    OTHERWISE,
    Finding,
    Report,
    show,
    show_prefix,
    untried_facts,
)

# Calls that must be left before something is sent, so that it can be withdrawn
CALLS_TO_SEND = 11
CALLS_TO_WITHDRAW = 4
SECONDS = 600
PAUSE = 2  # seconds; people's ids come a moment after sending
READINGS = 3
UNKNOWN_EMAIL = "nobody.contact@example.com"
SHORT_LIFETIME = 60
SHORTEST_SECRET = 4
QUESTION = "CHALLENGE_CLASSIFIER-UNIQUE_TYPE:"


def is_production(api_url):
    """Tell if an address is that of Autenti's production environment."""
    hosts = api_url, const.ENVIRONMENTS["production"].api_url
    return len({urlsplit(host).hostname for host in hosts}) == 1


class Contact:
    """One walk through the facts.

    :param str api_url: base of the API of a test environment
    :param auth.Application credentials: `auth.Credentials`, or with `tokens` any
    :param str jwks_url: where the keys of callbacks are
    :param str send_to: e-mail address that gets a document; "" sends nothing
    :param tokens: gives access tokens in place of the credentials; see
        `session.AutentiSession`
    :param float pause: seconds between readings of what was sent
    :param float seconds: for the whole walk
    :raise ValueError: it is production, or the address is none
    """

    def __init__(
        self,
        api_url,
        credentials,
        *,
        jwks_url=assumptions.TEST_JWKS_URL,
        send_to="",
        tokens=None,
        pause=PAUSE,
        seconds=SECONDS,
    ):
        if is_production(api_url):
            raise ValueError("Drafts for trial are for a test environment.")
        self._calls = Caller(api_url, seconds)
        self._credentials = credentials
        self._jwks_url = jwks_url
        if send_to:
            trial.draft_for(send_to)
        self._send_to = send_to
        self._tokens = tokens
        self._pause = pause
        self._found = {}
        self._reasons = {}
        self._secrets = [send_to]
        # What became clear on the way, and what later calls are made with
        self._variation = None
        self._drafts = []
        self._open = []
        self._withdrawn = []
        self._doubtful = []
        self._has_meta = True
        self._party_id = ""
        self._is_reachable = False
        self._question = const.CHALLENGE_ACTION
        self._event_sent = const.EVENT_SENT

    def run(self):
        """Walk through all facts, and clean up.

        :rtype: Report
        """
        try:
            self._try("keys", self._try_keys)
            self._try("reach", self._try_reach)
            if self._is_reachable:
                self._try("token", self._try_token)
            if self._calls.token:
                self._try_with_token()
        finally:
            self._try("", self._clean_up)
        return self._report()

    def _try_with_token(self):
        self._try("reading", self._try_reading)
        self._try("draft", self._try_draft)
        self._try("file", self._try_file)
        self._try("action", self._try_action)
        self._try("link", self._try_link)
        self._try("callback", self._try_callbacks)
        self._try("more", self._try_more)
        if self._send_to:
            self._try("sent", self._try_sending)
        else:
            self._reasons["sent"] = "nothing is sent without --send-to"

    def _try(self, group, work):
        try:
            work()
        except Stop as stop:
            self._reasons[group] = str(stop)

    def _see(self, name, is_so, seen):
        """Note what was seen of a fact; what is otherwise once stays so."""
        result = AS_ASSUMED if is_so else OTHERWISE
        if self._found.get(name, ("", ""))[1] != OTHERWISE:
            self._found[name] = seen, result

    def _see_word(self, name, seen):
        """Note a word, which is to be that of the constant."""
        word = getattr(assumptions, name, None) or getattr(const, name)
        self._see(name, seen == word, show(seen))

    def _report(self):
        findings = []
        default = "" if self._calls.token else "there is no token"
        for fact in FACTS:
            reason = self._reasons.get(fact.group) or default or "nothing showed it"
            seen, result = self._found.get(fact.name, (reason, NOT_TRIED))
            findings.append(Finding(fact, self._clean(seen), result))
        for fact, reason in untried_facts():
            findings.append(Finding(fact, reason, NOT_TRIED))
        return Report(findings, self._list_stays(), self._calls.count)

    def _list_stays(self):
        kinds = (
            (self._drafts, "Drafts, to be deleted in Autenti's panel: %s"),
            (self._doubtful, "Drafts that may have been created: %s"),
            (self._open, "Sent documents, to be withdrawn in Autenti's panel: %s"),
            (self._withdrawn, "Withdrawn documents, which can't be deleted: %s"),
        )
        return [text % len(found) for found, text in kinds if found]

    def _clean(self, seen):
        """Take out what is secret or personal, in whatever place it was answered."""
        names = ("client_id", "client_secret", "key_id", "issuer", "subject", "email")
        values = [getattr(self._credentials, name, "") for name in names]
        for secret in (*values, *self._secrets):
            if len(secret) >= SHORTEST_SECRET:
                pattern = re.escape(secret)
                seen = re.sub(pattern, "***", seen, flags=re.IGNORECASE)
        return seen

    # === Without a token ===

    def _try_keys(self):
        answer = self._calls.call("GET", self._jwks_url)
        keys = payload.as_mappings(answer.mapping.get("keys"))
        found = [key for key in keys if key.get("kty") == "RSA"]
        seen = "RSA keys" if found else f"{answer}, no keys"
        self._see("TEST_JWKS_URL", answer.is_good and found, seen)
        algorithms = [key["alg"] for key in found if "alg" in key]
        if not algorithms:
            raise Stop("the keys don't tell" if found else "there are no keys")
        fitting = [a for a in algorithms if a == assumptions.JWS_ALGORITHM]
        self._see_word("JWS_ALGORITHM", (fitting or algorithms)[0])

    def _try_reach(self):
        answer = self._read(session.NO_PROCESS_ID)
        if answer.status == 400:
            self._calls.correlates = False
            answer = self._read(session.NO_PROCESS_ID)
        self._is_reachable = True
        taken = self._calls.correlates
        self._see("CORRELATION_HEADER", taken, "taken" if taken else "400")
        self._see("UNAUTHORIZED", answer.status == 401, str(answer))

    def _read(self, process_id):
        return self._calls.call("GET", const.PROCESS_PATH, {"process_id": process_id})

    # === Token ===

    def _try_token(self):
        if self._tokens:
            self._reasons["token"] = "somebody's own login is used"
            try:
                self._keep_token(self._tokens.get())
            except errors.AutentiError as error:
                self._reasons["token"] = f"no token by the login ({error.code})"
            return
        if not self._find_token():
            return
        self._try_refusals()

    def _find_token(self):
        """Get a token, if need be by an assertion that differs in one thing."""
        answer = self._ask_token()
        if not answer.is_good and self._may_vary(answer):
            answer = self._vary(answer)
        token = answer.mapping.get("access_token")
        if not answer.is_good or not isinstance(token, str) or not token:
            self._see("TOKEN_PATH", False, self._describe_refusal(answer))
            self._reasons["token"] = "there is no token"
            return False
        self._keep_token(token)
        self._see("TOKEN_PATH", True, str(answer))
        names = ("AUDIENCE", "ALGORITHM", "LIFETIME", "USER_CLAIM")
        for name in (*names, "USER_VERIFIED_CLAIM"):
            value = str(getattr(assumptions, f"ASSERTION_{name}"))
            self._see(f"ASSERTION_{name}", True, value)
        lifetime = answer.mapping.get("expires_in")
        is_told = isinstance(lifetime, int) and lifetime > 0
        seen = "expires_in" if is_told else show(lifetime)
        self._see("TOKEN_LIFETIME_FALLBACK", is_told, seen)
        return True

    def _keep_token(self, token):
        self._secrets.append(token)
        self._calls.token = token

    def _may_vary(self, answer):
        """Tell if the assertion may be why there is no token: not the secret is."""
        error = answer.mapping.get("error")
        is_client = error == assumptions.TOKEN_ERROR_CLIENT or (
            answer.status == 401 and error != assumptions.TOKEN_ERROR_GRANT
        )
        return answer.is_refusal and answer.status != 404 and not is_client

    def _vary(self, refusal):
        for name, seen, variation in self._list_variations():
            self._variation = variation
            answer = self._ask_token()
            if answer.is_good:
                self._see(name, False, seen)
                return answer
        self._variation = None
        return refusal

    def _list_variations(self):
        """List other assertions that somebody's Autenti may want.

        :return: constant, what is seen when it is taken, and a function that changes
            the claims and returns the algorithm
        """
        default = assumptions.ASSERTION_ALGORITHM

        def audience(claims):
            claims["aud"] = "https://autenti.com"
            return default

        def lifetime(claims):
            claims["exp"] = min(claims["exp"], claims["iat"] + SHORT_LIFETIME)
            return default

        def verified(claims):
            del claims[assumptions.ASSERTION_USER_VERIFIED_CLAIM]
            return default

        def user(claims):
            claims["sub"] = claims[assumptions.ASSERTION_USER_CLAIM]
            return default

        return [
            ("ASSERTION_AUDIENCE", "https://autenti.com is taken", audience),
            ("ASSERTION_LIFETIME", f"{SHORT_LIFETIME} is taken", lifetime),
            ("ASSERTION_USER_VERIFIED_CLAIM", "taken without the claim", verified),
            ("ASSERTION_ALGORITHM", "RS512 is taken", lambda _claims: "RS512"),
            ("ASSERTION_USER_CLAIM", "taken with the e-mail in sub", user),
        ]

    def _ask_token(self, *, key_id=None, changes=None, form=None):
        claims = auth.assertion_claims(
            self._credentials, time.time() - self._calls.clock_skew
        )
        claims |= changes or {}
        algorithm = assumptions.ASSERTION_ALGORITHM
        if self._variation:
            algorithm = self._variation(claims)
        assertion = auth.sign_assertion(self._credentials, claims, algorithm, key_id)
        self._secrets.append(assertion)
        data = auth.token_form(self._credentials, assertion) | (form or {})
        return self._calls.call("POST", const.TOKEN_PATH, data=data)

    def _describe_refusal(self, answer):
        error = payload.as_text(answer.mapping.get("error"))
        description = payload.as_text(answer.mapping.get("error_description"))
        code = auth.token_error_code(
            answer.status, error, description, grant=const.GRANT_JWT_BEARER
        )
        return f"{answer} {show(error)}: {code}"

    def _try_refusals(self):
        """Be refused on purpose, to learn how Autenti says it."""
        token, self._calls.token = self._calls.token, None
        now = int(time.time() - self._calls.clock_skew)
        try:
            answer = self._ask_token(form={"client_secret": "not-the-secret"})
            self._see_word("TOKEN_ERROR_CLIENT", answer.mapping.get("error"))
            answer = self._ask_token(key_id="not-a-key")
            self._see_words("TOKEN_ERROR_KEY_WORDS", answer, ())
            expired = {"iat": now - 4000, "exp": now - 3900}
            answer = self._ask_token(changes=expired)
            self._see_word("TOKEN_ERROR_GRANT", answer.mapping.get("error"))
            unknown = {assumptions.ASSERTION_USER_CLAIM: UNKNOWN_EMAIL}
            answer = self._ask_token(changes=unknown)
            if answer.is_good:
                self._see("ASSERTION_USER_CLAIM", False, "an unknown user is taken")
            key_words = assumptions.TOKEN_ERROR_KEY_WORDS
            self._see_words("TOKEN_ERROR_USER_WORDS", answer, key_words)
            late = assumptions.ASSERTION_LEEWAY * 3 // 4
            nearly = {"iat": now - late - SHORT_LIFETIME, "exp": now - late}
            answer = self._ask_token(changes=nearly)
            seen = f"{answer}, {late} seconds after its end"
            self._see("ASSERTION_LEEWAY", answer.is_good, seen)
        finally:
            self._calls.token = token

    def _see_words(self, name, answer, foreign):
        """See which of the words that tell why are in a refusal, and no others."""
        said = payload.as_text(answer.mapping.get("error_description")).lower()
        said = set(
            "".join(c if c.isalnum() or c in "-_" else " " for c in said).split()
        )
        known = [word for word in getattr(assumptions, name) if word in said]
        wrong = [word for word in foreign if word in said]
        seen = ", ".join(known + wrong) or "none of these words"
        self._see(name, answer.is_refusal and known and not wrong, seen)

    def _try_reading(self):
        answer = self._read(session.NO_PROCESS_ID)
        self._see("NOT_FOUND", answer.status == 404, str(answer))

    # === Drafts ===

    def _create(self, body):
        """Create a draft, unless an earlier one may be there without our knowing.

        :rtype: Answer
        :raise Stop: none is made, or nobody knows
        """
        if self._doubtful:
            raise Stop("a draft may have been created that nobody knows")
        answer = self._calls.call(
            "POST", const.PROCESSES_PATH, json=body, is_doubtful=True
        )
        if answer.is_refusal:
            return answer
        process_id = payload.as_id(answer.mapping.get("id"))
        if not process_id:
            self._doubtful.append(answer)
            self._see("PROCESSES_PATH", False, f"{answer}, without an id")
            raise Stop(f"the draft has no id ({answer})")
        self._drafts.append(process_id)
        return answer

    def _try_draft(self):
        attempts = (
            ((), ()),
            (("REPRESENTATION_ATTRIBUTE",), ("basis",)),
            (("CONSTRAINT_PRIORITY",), ("order",)),
            (("REPRESENTATION_ATTRIBUTE", "CONSTRAINT_PRIORITY"), ("basis", "order")),
        )
        refused = None
        for names, without in attempts:
            answer = self._create(trial.draft_of_two(without))
            if answer.is_good:
                for name in names:
                    self._see(name, False, f"refused ({refused})")
                break
            refused = answer
        else:
            self._see("PROCESSES_PATH", False, str(refused))
            raise Stop(f"no draft is taken ({refused})")
        self._see("PROCESSES_PATH", answer.status in (200, 201), str(answer))
        [process_id] = self._drafts
        prefix = assumptions.PROCESS_ID_PREFIX
        begins = process_id.startswith(prefix)
        self._see("PROCESS_ID_PREFIX", begins, show_prefix(process_id))
        self._see_draft(self._read(process_id), without)

    def _see_draft(self, answer, without):
        """Compare a draft with what was written."""
        wrote, read = trial.draft_of_two(without), answer.mapping
        if not answer.is_good:
            raise Stop(f"the draft can't be read ({answer})")
        differs = [
            name
            for name in ("title", "description", "processLanguage")
            if read.get(name) != wrote[name]
        ]
        seen = "the same" if not differs else ", ".join(differs) + " differ"
        self._see("PROCESS_PATH", not differs, seen)
        self._see_word("PROCESS_DRAFT", read.get("status"))
        parties = payload.as_mappings(read.get("parties"))
        found = {_email_of(party): party for party in parties}
        emails = [trial.FIRST_EMAIL, trial.SECOND_EMAIL]
        same = set(emails) <= set(found)
        seen = "the same" if same else f"{len(parties)} people, not by these e-mails"
        self._see("CONTACT_EMAIL", same, seen)
        if same:
            self._see_people([found[email] for email in emails], without)

    def _see_people(self, people, without):
        self._party_id = payload.as_id(
            payload.as_mapping(people[0].get("party")).get("id")
        )
        roles = [person.get("role") for person in people]
        wanted = [const.ROLE_SIGNER] * 2
        self._see("ROLES", roles == wanted, ", ".join(map(show, roles)))
        types = [
            trial.constraint_of(person, const.CONSTRAINT_SIGNATURE_TYPE)
            for person in people
        ]
        wanted = [const.SIGNATURE_TYPE_PREFIX + const.SIGNATURE_BASIC]
        same = all(t.get("requiredClassifiers") == wanted for t in types)
        seen = "BASIC" if same else "another type or none"
        self._see("CONSTRAINT_SIGNATURE_TYPE", same, seen)
        if "order" not in without:
            order = [trial.constraint_of(p, const.CONSTRAINT_PRIORITY) for p in people]
            order = [priority.get("priority") for priority in order]
            self._see(
                "CONSTRAINT_PRIORITY", order == [1, 2], ", ".join(map(show, order))
            )
        for person in people:
            self._see_word("PARTICIPATION_NONE", person.get("participationStatus"))
        self._see_company(people[1], without)

    def _see_company(self, person, without):
        party = payload.as_mapping(person.get("party"))
        relationships = payload.as_mappings(party.get("relationships"))
        member = next(iter(relationships), {})
        company = payload.as_mapping(member.get("party"))
        ids = payload.as_mappings(company.get("extIds"))
        ids = [(i.get("identificationSpace"), i.get("identifier")) for i in ids]
        same = (
            company.get("name") == trial.COMPANY
            and (const.TAX_SPACE_PL, trial.NIP) in ids
        )
        seen = "the same" if same else "another company or none"
        self._see("TAX_SPACE_PL", same, seen)
        if "basis" in without:
            return
        attributes = payload.as_mapping(member.get("attributes"))
        names = [name for name, value in attributes.items() if value == trial.BASIS]
        self._see_word("REPRESENTATION_ATTRIBUTE", next(iter(names), None))

    def _try_more(self):
        """Try weaker words in one draft, and one by one where it is refused."""
        names = ("MORE_LANGUAGES", "TAX_SPACE_PATTERN", "PHONE_PATTERN")
        names += ("CONSTRAINT_IDENTITY", "SIGNATURE_ADVANCED")
        answer = self._create(trial.draft_with(()))
        if answer.is_good:
            for name in names:
                self._see(name, True, "taken")
            return
        for name in names:
            # All but this one: if they are taken, it is why they weren't before
            changed = self._create(trial.draft_with((name,)))
            if changed.is_good:
                for other in names:
                    self._see(other, other != name, "taken")
                self._found[name] = f"refused ({answer})", OTHERWISE
                return
        raise Stop(f"refused ({answer}) for more than one of these")

    # === Files ===

    def _try_file(self):
        process_id = self._get_draft()
        file = self._upload(process_id)
        file_id = payload.as_id(file.get("id"))
        self._see_word("FILE_SOURCE", file.get("filePurpose"))
        same = file.get("filename") == trial.FILENAME
        self._see("FILES_PATH", same, "the same" if same else "another name")
        self._list_files(process_id, file_id)
        answer = self._calls.call(
            "GET",
            const.CONTENT_PATH,
            {"process_id": process_id, "file_id": file_id},
            headers={"Accept": "*/*"},
        )
        same = answer.content == trial.PDF
        seen = "as it was uploaded" if same else f"{answer}, something else"
        self._see("CONTENT_PATH", answer.is_good and same, seen)

    def _get_draft(self):
        if not self._drafts:
            raise Stop("there is no draft")
        return self._drafts[0]

    def _upload(self, process_id):
        """Upload a file, in the second form where the first is refused."""
        answer = self._post_file(process_id)
        if self._has_meta and answer.is_refusal:
            refused = answer
            self._has_meta = False
            answer = self._post_file(process_id)
            if answer.is_good:
                seen = f"refused ({refused}), the file alone is taken"
                self._see("FILE_META", False, seen)
        file = answer.mapping
        if not answer.is_good or not payload.as_id(file.get("id")):
            self._see("FILE_META", False, str(answer))
            raise Stop(f"no file is taken ({answer})")
        self._see("FILE_META", True, "a file with id")
        return file

    def _post_file(self, process_id):
        parts = {"file": (trial.FILENAME, trial.PDF, const.PDF_TYPE)}
        if self._has_meta:
            meta = payload.ProcessFile(None, trial.FILENAME).to_json()
            parts["fileMeta"] = (None, json.dumps(meta), const.JSON_TYPE)
        return self._calls.call(
            "POST", const.FILES_PATH, {"process_id": process_id}, files=parts
        )

    def _list_files(self, process_id, file_id):
        for accepted in (const.STREAM_TYPE, const.JSON_TYPE, "*/*"):
            answer = self._calls.call(
                "GET",
                const.FILES_PATH,
                {"process_id": process_id},
                headers={"Accept": accepted},
            )
            files = answer.objects if answer.is_good else None
            found = [file for file in files or () if file.get("id") == file_id]
            is_array = answer.content.lstrip().startswith(b"[")
            form = "an array" if is_array else "objects"
            seen = form if found else f"{answer}, without the file"
            is_json = accepted == const.JSON_TYPE
            name = "JSON_TYPE" if is_json else "STREAM_TYPE"
            self._see(name, found and is_array == is_json, seen)
            if found:
                member = assumptions.FILE_RELATIONS_MEMBER
                has = member in found[0]
                self._see("FILE_RELATIONS_MEMBER", has, member if has else "none")

    # === Actions ===

    def _try_action(self):
        answer = self._act(self._get_draft())
        challenge = self._see_challenge(answer)
        words = payload.challenge_classifiers(challenge)
        question = _choose(const.CHALLENGE_ACTION, words, QUESTION)
        self._see_word("CHALLENGE_ACTION", question)
        self._question = question or const.CHALLENGE_ACTION
        selection = assumptions.CHALLENGE_SELECTION
        others = [word for word in words if word != self._question]
        seen = selection if selection in words else next(iter(others), None)
        self._see_word("CHALLENGE_SELECTION", seen)
        options = _options(challenge)
        states = [option.get("availability") for option in options]
        seen = _choose(const.CHALLENGE_AVAILABLE, states)
        self._see_word("CHALLENGE_AVAILABLE", seen)
        ids = [option.get("id") for option in options]
        self._event_sent = _choose(const.EVENT_SENT, ids, "DOCUMENT_SEN")
        self._see_word("EVENT_SENT", self._event_sent)

    def _act(self, process_id, *assertions, is_doubtful=False):
        headers = {}
        if assertions:
            values = [payload.encode_assertion(*each) for each in assertions]
            headers[const.ASSERTION_HEADER] = ", ".join(values)
        return self._calls.call(
            "POST",
            const.ACTIONS_PATH,
            {"process_id": process_id},
            headers=headers,
            is_doubtful=is_doubtful,
            json={},
        )

    def _see_challenge(self, answer):
        """Find the question, in whatever header it is."""
        for name, challenge in answer.challenges:
            is_so = name.lower() == const.CHALLENGE_HEADER.lower()
            is_so = is_so and answer.status == 403
            seen = str(answer) if is_so else f"{answer}, {show(name)}"
            self._see("CHALLENGE_HEADER", is_so, seen)
            return challenge
        self._see("CHALLENGE_HEADER", False, f"{answer}, without a question")
        raise Stop("there is no question")

    # === Links, callbacks ===

    def _try_link(self):
        process_id = self._get_draft()
        by_email = assumptions.PARTY_EMAIL_PREFIX + trial.FIRST_EMAIL
        answer = self._make_link(process_id, by_email)
        is_there = answer.status not in (None, 404, 405)
        if not is_there and self._party_id not in ("", by_email):
            by_id = self._make_link(process_id, self._party_id)
            if by_id.status not in (None, 404, 405):
                self._see(
                    "PARTY_EMAIL_PREFIX",
                    False,
                    f"{answer}; by the id that begins {show_prefix(self._party_id)}"
                    f" {by_id}",
                )
                self._see("LINKS_PATH", True, "a refusal in a draft")
                return
        seen = (
            "a refusal in a draft" if is_there and not answer.is_good else str(answer)
        )
        self._see("LINKS_PATH", is_there, seen)
        if is_there:
            prefix = assumptions.PARTY_EMAIL_PREFIX
            self._see("PARTY_EMAIL_PREFIX", True, show(prefix))
        else:
            raise Stop(f"no links are made ({answer})")

    def _make_link(self, process_id, party_id):
        return self._calls.call(
            "POST",
            const.LINKS_PATH,
            {"process_id": process_id, "party_id": party_id},
            headers={"Content-Type": const.JSON_TYPE},
        )

    def _try_callbacks(self):
        answer = self._calls.call("GET", const.CALLBACKS_PATH)
        if answer.status in (401, 403):
            raise Stop(f"the account may not list callbacks ({answer})")
        callbacks = answer.objects if answer.is_good else None
        seen = str(answer) if callbacks is not None else f"{answer}, no list"
        self._see("CALLBACKS_PATH", callbacks is not None, seen)
        if callbacks is None:
            raise Stop("callbacks can't be listed")
        addresses = [
            payload.as_mapping(each.get("callbackParameters")).get("callbackUrl")
            for each in callbacks
        ]
        if not all(addresses):
            self._see("CALLBACKS_PATH", False, "callbacks without an address")
        count = len(callbacks)
        if count < assumptions.CALLBACK_LIMIT:
            raise Stop("fewer callbacks are registered")
        self._see("CALLBACK_LIMIT", count == assumptions.CALLBACK_LIMIT, str(count))

    # === Sending ===

    def _try_sending(self):
        if self._calls.left < CALLS_TO_SEND:
            raise Stop("too few calls are left to send something and withdraw it")
        if not self._event_sent:
            raise Stop("no action that sends is offered")
        answer = self._create(trial.draft_for(self._send_to))
        if not answer.is_good:
            raise Stop(f"the draft is refused ({answer})")
        process_id = self._drafts[-1]
        self._upload(process_id)
        self._send(process_id)
        # Whatever else goes wrong, it is withdrawn
        self._calls.reserved = CALLS_TO_WITHDRAW
        try:
            self._see_sent(process_id)
            self._remind(process_id)
        finally:
            self._calls.give_time(const.JSON_SECONDS)
            self._withdraw(process_id)

    def _send(self, process_id):
        assertion = (self._question, [self._event_sent])
        answer = self._act(process_id, assertion, is_doubtful=True)
        if answer.is_refusal:
            raise Stop(f"sending is refused ({answer})")
        self._drafts.remove(process_id)
        self._open.append(process_id)
        if answer.is_good:
            self._see_event("EVENT_SENT", answer)

    def _see_event(self, name, answer):
        """See that the answer to an action is a list with the event."""
        events = answer.objects or []
        types = [event.get("eventType") for event in events]
        word = getattr(const, name)
        self._see_word(name, word if word in types else next(iter(types), None))

    def _see_sent(self, process_id):
        for reading in range(READINGS):
            if reading:
                time.sleep(self._pause)
            answer = self._read(process_id)
            party = _find_party(answer, self._send_to)
            party_id = payload.as_mapping(party.get("party")).get("id")
            if show_prefix(party_id) != show_prefix(self._party_id):
                break
        if not answer.is_good:
            raise Stop(f"what was sent can't be read ({answer})")
        self._see_word("PROCESS_PROCESSING", answer.mapping.get("status"))
        self._see_word("PARTICIPATION_PENDING", party.get("participationStatus"))
        seen = show_prefix(party_id)
        prefix = assumptions.SENT_PARTY_ID_PREFIX
        self._see("SENT_PARTY_ID_PREFIX", seen == prefix, seen)
        self._see_sent_link(process_id, party_id)

    def _see_sent_link(self, process_id, party_id):
        is_by_email = self._found.get("PARTY_EMAIL_PREFIX", ("", ""))[1] == AS_ASSUMED
        by_email = assumptions.PARTY_EMAIL_PREFIX + self._send_to
        answer = self._make_link(
            process_id, by_email if is_by_email else payload.as_id(party_id) or "none"
        )
        link = next(iter(answer.objects or ()), {})
        attributes = payload.as_mapping(link.get("attributes"))
        uri = payload.as_mapping(attributes.get("httpRequest")).get("uri")
        if uri:
            self._secrets.append(uri)
        seen = "a link" if uri else f"{answer}, no link for whose turn it is"
        self._see("LINKS_PATH", answer.is_good and uri, seen)

    def _remind(self, process_id):
        event, answer = self._do(process_id, const.EVENT_REMINDER_SENT, "REMIND")
        self._see_word("EVENT_REMINDER_SENT", event)
        if not answer.is_refusal:
            raise Stop(f"whom to remind isn't asked ({answer})")
        challenge = answer.challenge
        words = payload.challenge_classifiers(challenge)
        question = _choose(assumptions.CHALLENGE_REMINDER_PARTIES, words, QUESTION)
        self._see_word("CHALLENGE_REMINDER_PARTIES", question)
        available = [option.get("id") for option in _options(challenge)]
        answers = (self._question, [event]), (question, available)
        answer = self._act(process_id, *answers)
        if not answer.is_good:
            seen = f"refused ({answer}) with the people to remind"
            self._see("CHALLENGE_REMINDER_PARTIES", False, seen)
            return
        self._see_event("EVENT_REMINDER_SENT", answer)

    def _withdraw(self, process_id):
        event, answer = self._do(process_id, const.EVENT_WITHDRAWAL, "WITHDRAW")
        self._see_word("EVENT_WITHDRAWAL", event)
        if not answer.is_good:
            self._see("EVENT_WITHDRAWAL", False, f"refused ({answer})")
            raise Stop(f"it can't be withdrawn ({answer})")
        self._open.remove(process_id)
        self._withdrawn.append(process_id)
        self._see_event("EVENT_WITHDRAWAL", answer)
        answer = self._read(process_id)
        self._see_word("PROCESS_WITHDRAWN", answer.mapping.get("status"))
        party = _find_party(answer, self._send_to)
        self._see_word("PARTICIPATION_OBSOLETE", party.get("participationStatus"))

    def _do(self, process_id, event, sign):
        """Act, under another name where Autenti has another name for the action.

        :param str sign: what the other name has in it
        :return: the name that Autenti knows, and the answer
        :rtype: tuple[str, Answer]
        """
        answer = self._act(process_id, (self._question, [event]))
        words = payload.challenge_classifiers(answer.challenge)
        if answer.is_refusal and (self._question in words or not words):
            options = _options(self._act(process_id).challenge)
            other = _choose(event, [option.get("id") for option in options], sign)
            if other not in (None, event):
                return other, self._act(process_id, (self._question, [other]))
        return event, answer

    # === Afterwards ===

    def _clean_up(self):
        """Delete the drafts, if Autenti lets us."""
        while self._drafts:
            path = {"process_id": self._drafts[-1]}
            if not self._calls.call("DELETE", const.PROCESS_PATH, path).is_good:
                return
            self._drafts.pop()


# === What is read ===


def _find_party(answer, email):
    parties = payload.as_mappings(answer.mapping.get("parties"))
    wanted = email.casefold()
    return next((p for p in parties if _email_of(p).casefold() == wanted), {})


def _email_of(party):
    return payload.Party.from_json(party).email


def _options(challenge):
    attributes = payload.as_mapping(challenge.get("attributes"))
    return payload.as_mappings(attributes.get("options"))


def _choose(word, words, sign=""):
    """Choose the assumed word, or the only other one that has the sign in it.

    :rtype: str | None
    """
    if word in words:
        return word
    others = {other for other in words if isinstance(other, str) and sign in other}
    return others.pop() if len(others) == 1 else None


# === The command ===


def main(arguments=None):
    """Run the command.

    :return: exit code: 0 when all is as assumed, 1 when something is otherwise or
        there was no token
    :rtype: int
    """
    options = _parse(arguments)
    secret = os.environ.get("AUTENTI_CLIENT_SECRET") or getpass.getpass("Secret: ")
    credentials = auth.Credentials(
        client_id=options.client_id,
        client_secret=secret,
        private_key=options.key.read_text(),
        key_id=options.key_id or jwk.thumbprint(options.key.read_text()),
        issuer=options.issuer,
        subject=options.subject,
        email=options.email,
    )
    try:
        contact = Contact(
            options.api_url,
            credentials,
            jwks_url=options.jwks_url,
            send_to=options.send_to,
        )
    except ValueError as error:
        sys.exit(str(error))
    report = contact.run()
    sys.stdout.write(report.to_text())
    if options.json:
        options.json.write_text(report.to_json(), "utf-8")
    return int(not report.is_as_assumed)


def _parse(arguments):
    test = const.ENVIRONMENTS["test"]
    parser = argparse.ArgumentParser(
        prog="python -m autenti_esign_first_contact.first_contact",
        description=__doc__.split("\n")[0],
    )
    parser.add_argument("--client-id", required=True, help="of the application")
    parser.add_argument("--email", required=True, help="of the acting user at Autenti")
    parser.add_argument(
        "--key", required=True, type=Path, help="PEM file with the private key"
    )
    parser.add_argument("--key-id", default="", help="kid, default the thumbprint")
    parser.add_argument("--issuer", default="autenti_esign")
    parser.add_argument("--subject", default="first-contact")
    parser.add_argument("--api-url", default=test.api_url, help="default: %(default)s")
    parser.add_argument(
        "--jwks-url", default=test.jwks_url, help="default: %(default)s"
    )
    parser.add_argument("--send-to", default="", metavar="MY@ADDRESS")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write JSON")
    return parser.parse_args(arguments)
