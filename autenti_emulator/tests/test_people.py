# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mailboxes and signing pages, as a browser without scripts gets them."""

import re

import httpx
import pytest

from .driver import (
    PLAIN,
    READ,
    SIGN,
    Organisation,
    adam,
    ewa,
    party,
    phone,
    select,
    signature_type,
)
from .driver import REMINDER as PARTIES
from .test_signing import MANUAL


@pytest.fixture
def org(own_server):
    """Mailboxes belong to people, not to organisations: a server of its own."""
    own_server.configure(signed_file_delay=0, party_id_delay=0)
    return Organisation(own_server).login()


def mail(org, email):
    url = f"{org.server.url}/people/mail/{email}?lang=en"
    answer = httpx.get(url, **PLAIN)
    return answer.text if answer.status_code == 200 else ""


def link_in(text):
    return re.search(r"/people/sign/[^\"]+", text)[0]


def code_in(text):
    return re.search(r'class="code">(\d{6})<', text)[1]


def open_page(org, email):
    """Follow the newest link in a mailbox."""
    link = link_in(mail(org, email))
    return link, org.http.get(link)


def test_start_page_leads_to_the_mailboxes(org):
    answer = org.http.get("/", follow_redirects=True)
    assert answer.url.path == "/people"
    assert "Nie ma jeszcze" in answer.text


def test_mailboxes_tell_who_has_something_to_do(org):
    org.sent()
    page = org.http.get("/people?lang=en").text
    assert "adam@klient.test" in page
    assert "to do: 1" in page
    # It isn't Ewa's turn, so nobody wrote to her.
    assert "ewa@firma.test" not in page
    assert org.http.get("/people/mail/ewa@firma.test").status_code == 404


def test_invitation_says_from_whom_and_what(org):
    org.sent(adam(), title="Umowa <b>", description="Prosimy & dziękujemy")
    text = mail(org, "adam@klient.test")
    assert "Umowa &lt;b&gt;" in text
    assert "Prosimy &amp; dziękujemy" in text
    assert f"Ewa Lis ({org.name})" in text


def test_organisation_as_sender_has_no_person_in_front(org):
    sender = {"party": {"id": "PARTY-TENANT:SELF"}, "role": "SENDER"}
    org.sent(sender, adam())
    assert "Ewa Lis" not in mail(org, "adam@klient.test")
    assert org.name in mail(org, "adam@klient.test")


def test_signing_in_the_browser(org):
    path = org.sent()
    link, page = open_page(org, "adam@klient.test")
    assert page.status_code == 200
    assert "Podpisz" in page.text and "Odrzuć" in page.text
    picture = re.search(r'src="([^"]+/0\.png[^"]*)"', page.text)[1]
    answer = org.http.get(picture)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    pdf = org.http.get(f"{link}/files/0/document.pdf")
    assert pdf.content == org.file(path, "SOURCE_FILE")
    done = org.http.post(link + "/sign", data={"sign": ""}, follow_redirects=True)
    assert done.url.path.replace(":", "%3A") == link.replace(":", "%3A")
    assert "Dziękujemy" in done.text
    assert 'action="' not in done.text
    assert org.details(path)["parties"][0]["participationStatus"] == "COMPLETED"
    assert "A document is waiting" in mail(org, "ewa@firma.test")


def test_rejecting_in_the_browser_needs_a_reason(org):
    path = org.sent()
    link, _page = open_page(org, "adam@klient.test")
    again = org.http.post(link + "/reject", data={"comment": " "})
    assert again.status_code == 400
    assert "Podaj powód" in again.text
    done = org.http.post(
        link + "/reject", data={"comment": "Zła kwota"}, follow_redirects=True
    )
    assert "Zła kwota" in done.text
    assert org.details(path)["status"] == "REJECTED"
    assert "Zła kwota" in mail(org, "ewa@firma.test")


def test_sms_code_is_needed_to_sign(org):
    path = org.sent(adam(constraints=[signature_type("ADVANCED"), phone(SIGN)]))
    text = mail(org, "adam@klient.test")
    link, code = link_in(text), code_in(text)
    assert "+48600100200" in org.http.get(link).text
    for wrong in ("", "000000x"):
        answer = org.http.post(link + "/sign", data={"code": wrong})
        assert answer.status_code == 400
        assert "nie jest właściwy kod" in answer.text
    answer = org.http.post(link + "/sign", data={"code": f" {code} "})
    assert answer.status_code == 303
    assert org.details(path)["status"] == "COMPLETED"


def test_sms_code_is_needed_to_open(org):
    path = org.sent(adam(constraints=[signature_type("BASIC"), phone(READ)]))
    text = mail(org, "adam@klient.test")
    link, code = link_in(text), code_in(text)
    locked = org.http.get(link).text
    assert ".png" not in locked
    assert link + "/sign" not in locked
    for method, end in (
        ("POST", "/sign"),
        ("POST", "/reject"),
        ("GET", "/files/0/document.pdf"),
        ("GET", "/files/0/0.png"),
    ):
        assert org.http.request(method, link + end).status_code == 403
    assert org.http.post(link + "/unlock", data={"code": "1"}).status_code == 400
    answer = org.http.post(link + "/unlock", data={"code": code}, follow_redirects=True)
    assert ".png" in answer.text
    assert org.http.post(link + "/sign").status_code == 303
    assert org.details(path)["status"] == "COMPLETED"


def test_unlocked_user_can_use_the_api_again(org):
    path = org.sent(ewa(constraints=[signature_type("BASIC"), phone(READ)]))
    assert org.call("GET", path).status_code == 403
    text = mail(org, "ewa@firma.test")
    org.http.post(link_in(text) + "/unlock", data={"code": code_in(text)})
    assert org.call("GET", path).status_code == 200


@pytest.mark.parametrize(
    "role, verb",
    [("APPROVER", "Zatwierdź"), ("REVIEWER", "Zaopiniuj"), ("SIGNER", "Podpisz")],
)
def test_button_says_what_the_role_does(org, role, verb):
    other = party("Olga", "Bąk", "olga@x.test", role=role)
    if role != "REVIEWER":
        other["constraints"] = party(
            "Olga", "Bąk", "olga@x.test", role=role, priority=1
        )["constraints"]
    org.sent(other, adam(priority=2))
    _link, page = open_page(org, "olga@x.test")
    assert verb in page.text


def test_page_tells_of_the_card_where_there_is_one(org):
    org.sent(adam())
    assert "kartę podpisów" in open_page(org, "adam@klient.test")[1].text
    org.sent(adam(), constraints=[MANUAL])
    assert "kartę podpisów" not in open_page(org, "adam@klient.test")[1].text


def test_reminder_and_end_are_written(org):
    path = org.sent()
    chosen = select(PARTIES, "PARTY-EMAIL:adam@klient.test")
    org.act(path, "DOCUMENT_REMINDER_SENT", chosen)
    assert "Reminder of a document" in mail(org, "adam@klient.test")
    org.act(path, "DOCUMENT_WITHDRAWAL")
    assert "Document withdrawn" in mail(org, "adam@klient.test")
    _link, page = open_page(org, "adam@klient.test")
    assert "withdrawn" in page.text and "/reject" not in page.text


def test_completion_is_written_to_all_who_acted_or_may_look(org):
    viewer = party("Iga", "Sowa", "iga@x.test", role="VIEWER")
    path = org.sent(adam(), viewer)
    org.play(path, "adam@klient.test")
    for email in ("adam@klient.test", "ewa@firma.test", "iga@x.test"):
        assert "Document signed" in mail(org, email)


def test_language_follows_the_process_the_choice_and_is_remembered(org):
    org.sent(adam(), processLanguage="en")
    link = link_in(mail(org, "adam@klient.test"))
    org.http.cookies.clear()
    assert 'lang="en"' in org.http.get(link).text
    assert "Dokument czeka" not in org.http.get(link).text
    assert 'lang="pl"' in org.http.get(link + "?lang=pl").text
    assert 'lang="pl"' in org.http.get(link).text
    org.http.cookies.clear()
    org.sent(adam(), processLanguage="de")
    german = link_in(mail(org, "adam@klient.test"))
    org.http.cookies.clear()
    assert 'lang="en"' in org.http.get(german).text


@pytest.mark.parametrize("end", ["/files/1/0.png", "/files/0/9.png", "/nothing"])
def test_what_isnt_there_is_a_page_of_its_own(org, end):
    org.sent(adam())
    link, _page = open_page(org, "adam@klient.test")
    assert org.http.get(link + end).status_code == 404


def test_wrong_link_shows_a_page(org):
    path = org.sent(adam())
    process_id = path.rpartition("/")[2]
    answer = org.http.get(f"/people/sign/{process_id}/guess")
    assert answer.status_code == 404
    assert "Nie ma takiej strony" in answer.text


def test_pages_load_nothing_from_elsewhere(org):
    org.sent(adam())
    _link, page = open_page(org, "adam@klient.test")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "http" not in re.sub(r'lang="[a-z]+"', "", page.text)
    assert "<script" not in page.text
