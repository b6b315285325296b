# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signatures: valid, one revision each, over the very bytes that were sent."""

import datetime
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from asn1crypto import pem, x509
from pades.trust import Trust, read_certificates
from pades.validation import validate as judge
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from .driver import (
    SIGN,
    Organisation,
    Server,
    adam,
    ewa,
    make_pdf,
    party,
    phone,
    signature_type,
    signatures_of,
)

NOTE = {
    "relationships": [
        {
            "type": "PARTY_RELATIONSHIP-TYPE:MEMBER",
            "party": {"name": "Stal i Szkło sp. z o.o."},
            "attributes": {"relationshipDescription": "Prokurent samoistny"},
        }
    ]
}
MANUAL = {
    "constrainedActions": [SIGN],
    "classifiers": ["CONSTRAINT-UNIQUE_TYPE:VISUALISATION"],
    "attributes": {"visualisationId": "VISUALISATION:MANUAL"},
}


def authority(server):
    answer = server.http.get("/emulator/ca.pem")
    return x509.Certificate.load(pem.unarmor(answer.content)[2])


def validate(server, pdf):
    """What pyHanko says of each person's signature, but not of what was added later."""
    context = ValidationContext(trust_roots=[authority(server)])
    return [
        validate_pdf_signature(item, context, skip_diff=True)
        for item in signatures_of(pdf)
    ]


def report_on(server, pdf, sent, levels=("basic", "basic")):
    """What the addon's own validator says of the whole file."""
    pem_file = server.http.get("/emulator/ca.pem").content
    now = datetime.datetime.now(datetime.timezone.utc)
    return judge(pdf, sent, Trust(read_certificates(pem_file)), now, levels, [])


def test_each_signature_is_valid_and_the_sent_bytes_stay(org, server):
    path = org.draft(adam(priority=1), ewa(priority=2, **NOTE))
    source = make_pdf(3)
    org.upload(path, source)
    org.act(path, "DOCUMENT_SENT")
    org.play(path, "adam@klient.test")
    partial = org.file(path, "PARTIALLY_SIGNED_CONTENT_FILE")
    org.play(path, "ewa@firma.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    assert signed.startswith(partial) and partial.startswith(source)
    results = validate(server, signed)
    assert [result.bottom_line for result in results] == [True, True]
    first, second = (result.signing_cert.subject.native for result in results)
    assert first["common_name"] == "Adam Mąk"
    assert second["common_name"] == "Ewa Lis"
    assert second["organization_name"] == "Stal i Szkło sp. z o.o."
    assert second["title"] == "Prokurent samoistny"
    names = [item.sig_object["/Name"] for item in signatures_of(signed)]
    assert names == ["Adam Mąk", "Ewa Lis"]
    reasons = [item.sig_object.get("/Reason") for item in signatures_of(signed)]
    assert reasons == [None, "Prokurent samoistny"]
    assert all(
        item.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
        for item in signatures_of(signed)
    )


def test_changed_byte_is_noticed(org, server):
    path = org.sent(adam())
    org.play(path, "adam@klient.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    place = signed.index(b"/Producer") + 12
    changed = signed[:place] + b"X" + signed[place + 1 :]
    assert not validate(server, changed)[0].intact


def test_signature_card_is_a_page_more_and_names_the_representation(org):
    path = org.sent(ewa(**NOTE))
    org.play(path, "ewa@firma.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    assert page_count(signed) == 2
    text = text_of(signed)
    assert "Karta podpisów" in text
    assert "Stal i Szkło sp. z o.o." in text
    assert "Prokurent samoistny" in text
    assert "Podpisano elektronicznie" in text


def test_manual_placement_adds_no_page(org, server):
    path = org.sent(adam(), ewa(), constraints=[MANUAL])
    org.play(path, "adam@klient.test")
    org.play(path, "ewa@firma.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    assert page_count(signed) == 1
    assert all(result.bottom_line for result in validate(server, signed))


def test_many_signers_fill_several_cards(org, server):
    people = [
        party(f"Ola{number}", "Kos", f"ola{number}@x.test") for number in range(8)
    ]
    path = org.sent(*people)
    for person in people:
        email = person["party"]["contacts"][0]["attributes"]["email"]
        assert org.play(path, email).status_code == 200
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    assert page_count(signed) == 3
    results = validate(server, signed)
    assert [result.bottom_line for result in results] == [True] * 8


FIELDS = ["InitializingSeal", "Signature1", "Signature2", "FinalizingSeal"]


def signed_by_two(org, source=None, **fields):
    path = org.draft(adam(), ewa(), **fields)
    assert org.upload(path, source).status_code == 201
    org.act(path, "DOCUMENT_SENT")
    org.play(path, "ewa@firma.test")
    org.play(path, "adam@klient.test")
    return org.file(path, "SIGNED_CONTENT_FILE")


def form_in(reader, revision):
    """Signature fields by name, as they were in a revision, from 0."""
    resolver = reader.get_historical_resolver(revision)
    form = resolver.root["/AcroForm"] if "/AcroForm" in resolver.root else {}
    items = (item.get_object() for item in form.get("/Fields", ()))
    return {str(item["/T"]): item for item in items}


def test_file_is_made_as_autenti_makes_it(org, server):
    source = make_pdf(2)
    signed = signed_by_two(org, source)
    reader = PdfFileReader(BytesIO(signed))
    # What was sent; the card and all fields; a seal, two people, a seal
    assert reader.xrefs.total_revisions == 6
    assert not form_in(reader, 0)
    assert list(form_in(reader, 1)) == FIELDS
    assert not any("/V" in field for field in form_in(reader, 1).values())
    assert page_count(signed) == 3
    order = ["InitializingSeal", "Signature2", "Signature1", "FinalizingSeal"]
    for revision, name in enumerate(order, start=2):
        before, after = form_in(reader, revision - 1), form_in(reader, revision)
        assert "/V" not in before[name] and "/V" in after[name]
        # The lock comes with the signature, on every field but the first
        assert "/Lock" not in before[name]
        assert ("/Lock" in after[name]) == (name != "InitializingSeal")
        if "/Lock" in after[name]:
            lock = after[name]["/Lock"]
            assert lock["/Type"] == "/SigFieldLock"
            assert (lock["/Action"], list(lock["/Fields"])) == ("/Include", [name])
    report = report_on(server, signed, source)
    assert report.verdict == "green", report.findings


def test_platform_seals_with_a_certificate_of_its_own(org):
    found = PdfFileReader(BytesIO(signed_by_two(org))).embedded_signatures
    seals = [item.signer_cert for item in found if item.field_name.endswith("Seal")]
    opening, closing = seals
    assert opening.dump() == closing.dump()
    parts = [part for group in opening.subject.chosen for part in group]
    subject = {part["type"].dotted: part["value"] for part in parts}
    country, organisation, identifier, name = "6", "10", "97", "3"
    assert set(subject) == {
        f"2.5.4.{number}" for number in (country, organisation, identifier, name, "16")
    }
    assert subject["2.5.4.97"].native.startswith("VATPL-")
    # A postal address is a sequence, which not every library bears
    assert subject["2.5.4.16"].dump()[:1] == b"0"
    statements = get_qc_statements(opening)
    assert [item["statement_id"].native for item in statements] == [
        "qc_compliance",
        "qc_sscd",
        "qc_type",
    ]
    assert statements[2]["statement_info"].native == ["qct_eseal"]


@pytest.mark.parametrize("fields", [{}, {"constraints": [MANUAL]}])
def test_partly_signed_file_has_the_opening_seal_alone(org, fields):
    path = org.sent(adam(priority=1), ewa(priority=2), **fields)
    org.play(path, "adam@klient.test")
    partial = org.file(path, "PARTIALLY_SIGNED_CONTENT_FILE")
    found = PdfFileReader(BytesIO(partial)).embedded_signatures
    assert [item.field_name for item in found] == FIELDS[:2]


@pytest.mark.parametrize(
    "intermediates, bringing, verdict",
    [("all", 4, "green"), ("first", 1, "green"), ("none", 0, "amber")],
)
def test_intermediates_can_be_left_out(
    org, server, turned, intermediates, bringing, verdict
):
    turned(intermediates=intermediates)
    source = make_pdf()
    signed = signed_by_two(org, source)
    found = PdfFileReader(BytesIO(signed)).embedded_signatures
    assert sum(bool(item.other_embedded_certs) for item in found) == bringing
    assert report_on(server, signed, source).verdict == verdict


def test_file_can_end_with_evidence_and_a_time_stamp(org, server, turned):
    turned(evidence=True)
    source = make_pdf()
    signed = signed_by_two(org, source)
    reader = PdfFileReader(BytesIO(signed))
    assert reader.xrefs.total_revisions == 8
    assert reader.embedded_signatures[-1].sig_object_type == "/DocTimeStamp"
    assert "/DSS" in reader.root and reader.root["/DSS"]["/CRLs"]
    report = report_on(server, signed, source)
    assert report.verdict == "green", report.findings
    assert {item.revocation for item in report.signatures} == {"good"}
    assert all(item.proven_time for item in report.signatures)


def sent_with_enclosure(org):
    path = org.draft(adam(), ewa())
    org.upload(path, make_pdf(2), filename="umowa.pdf")
    org.upload(path, make_pdf(1, "Cennik"), filename="załącznik.pdf")
    org.act(path, "DOCUMENT_SENT")
    org.play(path, "adam@klient.test")
    org.play(path, "ewa@firma.test")
    files = org.details(path)["files"]
    org.file(path, "SIGNED_CONTENT_FILE")
    return path, [f for f in files if f["filePurpose"] == "SIGNED_CONTENT_FILE"]


def test_files_are_merged_in_the_order_of_upload_into_one(org, server):
    path, _early = sent_with_enclosure(org)
    content = org.file(path, "SIGNED_CONTENT_FILE")
    # And the card
    assert page_count(content) == 4
    assert pages_in_order(content)[:3] == ["Umowa 1", "Umowa 2", "Cennik 1"]
    results = validate(server, content)
    assert [result.bottom_line for result in results] == [True] * 2
    shown = org.details(path)["files"]
    (signed,) = [f for f in shown if f["filePurpose"] == "SIGNED_CONTENT_FILE"]
    sources = [f["id"] for f in shown if f["filePurpose"] == "SOURCE_FILE"]
    assert signed["filename"] == "umowa.pdf"
    assert signed["relationships"] == sources


def test_signed_files_can_be_renamed_and_come_in_another_order(org, turned):
    turned(
        signed_files="each", signed_file_names="renamed", signed_file_order="reversed"
    )
    path, _early = sent_with_enclosure(org)
    shown = org.details(path)["files"]
    signed = [f for f in shown if f["filePurpose"] == "SIGNED_CONTENT_FILE"]
    assert [f["filename"] for f in signed] == ["document-2.pdf", "document-1.pdf"]
    sources = [f["id"] for f in shown if f["filePurpose"] == "SOURCE_FILE"]
    assert [f["relationships"] for f in signed] == [[s] for s in reversed(sources)]


@pytest.mark.parametrize("keep_id", [True, False])
@pytest.mark.parametrize("keep_party", [True, False])
def test_another_person_can_act_in_place_of_a_party(org, keep_id, keep_party):
    path = org.sent()
    person = party("Zofia", "Maj", "zofia@klient.test")["party"]
    before = org.details(path)["parties"][0]["party"]["id"]
    answer = org.play(
        path,
        "adam@klient.test",
        "hand-over",
        {"party": person, "keepId": keep_id, "keepParty": keep_party},
    )
    assert answer.status_code == 200, answer.text
    assert org.play(path, "adam@klient.test").status_code in (403, 404)
    assert org.play(path, "zofia@klient.test").status_code == 200
    assert org.play(path, "ewa@firma.test").status_code == 200
    details = org.details(path)
    assert details["status"] == "COMPLETED"
    statuses = {
        p["party"]["contacts"][0]["attributes"]["email"]: p["participationStatus"]
        for p in details["parties"]
    }
    assert statuses["zofia@klient.test"] == "COMPLETED"
    assert statuses.get("adam@klient.test") == ("OBSOLETE" if keep_party else None)
    if keep_id and before.startswith("PARTY-PUBLIC"):
        assert details["parties"][0]["party"]["id"] == before
    assert len(signatures_of(org.file(path, "SIGNED_CONTENT_FILE"))) == 2


def test_every_file_is_signed_and_the_archive_has_them_all(org, turned):
    turned(signed_files="each")
    path = org.draft(adam(), ewa())
    org.upload(path, filename="umowa.pdf")
    org.upload(path, filename="załącznik.pdf")
    org.act(path, "DOCUMENT_SENT")
    org.play(path, "adam@klient.test")
    org.play(path, "ewa@firma.test")
    shown = org.details(path)["files"]
    signed = [f for f in shown if f["filePurpose"] == "SIGNED_CONTENT_FILE"]
    assert [f["filename"] for f in signed] == ["umowa.pdf", "załącznik.pdf"]
    sources = [f["id"] for f in shown if f["filePurpose"] == "SOURCE_FILE"]
    assert [f["relationships"] for f in signed] == [[source] for source in sources]
    with zipfile.ZipFile(BytesIO(org.file(path, "CONTENT_ARCHIVE"))) as archive:
        names = archive.namelist()
        assert names == ["1-umowa.pdf", "2-załącznik.pdf", "signature-card.pdf"]
        assert len(signatures_of(archive.read("2-załącznik.pdf"))) == 2
    assert "Adam Mąk" in text_of(org.file(path, "SIGNATURE_CARD"))


@pytest.mark.parametrize(
    "constraints, words",
    [
        ([signature_type("BASIC")], "Podpis podstawowy"),
        ([signature_type("ADVANCED"), phone(SIGN)], "Podpis zaawansowany"),
        ([signature_type("QUALIFIED")], "Podpis kwalifikowany"),
    ],
)
def test_stamp_tells_the_type_of_signature(org, constraints, words):
    path = org.sent(adam(constraints=constraints))
    org.play(path, "adam@klient.test")
    assert words in text_of(org.file(path, "SIGNED_CONTENT_FILE"))


def test_signed_file_comes_a_while_after_completion(own_server):
    own_server.configure(signed_file_delay=0.6)
    org = Organisation(own_server).login()
    path = org.sent(adam())
    org.play(path, "adam@klient.test")
    details = org.details(path)
    assert details["status"] == "COMPLETED"
    assert [f["filePurpose"] for f in details["files"]] == ["SOURCE_FILE"]
    assert org.file(path, "SIGNED_CONTENT_FILE").startswith(b"%PDF-")


def test_restart_keeps_processes_tokens_and_the_authority(tmp_path):
    with Server(tmp_path) as server:
        server.configure(signed_file_delay=0)
        org = Organisation(server).login()
        path = org.sent()
        org.play(path, "adam@klient.test")
        before = authority(server).dump()
        keys = server.http.get("/developers/keys/webhook.jwks").json()
    with Server(tmp_path) as server:
        org.http = server.http
        assert authority(server).dump() == before
        assert server.http.get("/developers/keys/webhook.jwks").json() == keys
        assert server.app.state.emulator.settings.signed_file_delay == 0
        org.play(path, "ewa@firma.test")
        results = validate(server, org.file(path, "SIGNED_CONTENT_FILE"))
        assert [result.bottom_line for result in results] == [True, True]


def test_api_answers_while_a_large_file_is_signed(own_server):
    """Signing doesn't block the loop: other calls are answered meanwhile."""
    import threading
    import time

    own_server.configure(signed_file_delay=0, party_id_delay=0)
    org = Organisation(own_server).login()
    path = org.draft(adam())
    for _number in range(2):
        org.upload(path, make_pdf(filler=9_000_000))
    org.act(path, "DOCUMENT_SENT")
    other = org.draft()
    signing = threading.Thread(target=org.play, args=(path, "adam@klient.test"))
    started = time.monotonic()
    signing.start()
    answered = 0
    while signing.is_alive():
        assert own_server.http.get("/emulator/settings").status_code == 200
        answered += 1
    took = time.monotonic() - started
    assert answered >= 5, f"{answered} answers in {took:.2f} s"
    assert org.details(other)["status"] == "DRAFT"


def pages_in_order(pdf):
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded().strip() for page in document]


def page_count(pdf):
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])


def text_of(pdf):
    """Text of all pages as they are seen, signatures included."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    with pypdfium2.PdfDocument(pdf) as document:
        document.init_forms()
        pages = []
        for page in document:
            pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        output = BytesIO()
        document.save(output)
    with pypdfium2.PdfDocument(output.getvalue()) as document:
        for page in document:
            pages.append(page.get_textpage().get_text_bounded())
    return " ".join(" ".join(pages).split())


@pytest.mark.parametrize(
    "name",
    [
        "Zażółć\u0000gęślą\ufffd",
        "\U0001f58b\ufe0f Ewa",
        "إيفا",
        "a\nb",
        "x" * 255,
        "<i>&",
    ],
)
def test_any_name_and_title_can_be_signed(org, server, name):
    email = "żółć@klient.test" if name == "<i>&" else "ola@x.test"
    note = {"relationships": [{**NOTE["relationships"][0], "party": {"name": name}}]}
    path = org.sent(party(name, name, email, **note), title=name)
    answer = org.play(path, email)
    assert answer.json()["status"] == "COMPLETED"
    assert validate(server, org.file(path, "SIGNED_CONTENT_FILE"))[0].bottom_line


def test_many_are_signed_at_once(org, server):
    paths = [org.sent(adam(), ewa()) for _number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(org.play, path, email)
            for email in ("adam@klient.test", "ewa@firma.test")
            for path in paths
        ]
    assert {job.result().status_code for job in jobs} == {200}
    for path in paths:
        results = validate(server, org.file(path, "SIGNED_CONTENT_FILE"))
        assert [result.bottom_line for result in results] == [True, True]


def test_pdf_that_cant_be_signed_ends_in_a_technical_error(org, server, caplog):
    """Whatever gets past the checks of an upload."""
    path = org.sent(adam())
    file_id = org.details(path)["files"][0]["id"]
    server.app.state.emulator.database.contents.put(file_id, b"%PDF-1.7 nothing")
    assert org.play(path, "adam@klient.test").json()["status"] == "ERROR"
    assert org.details(path)["parties"][0]["participationStatus"] == "OBSOLETE"
    assert "can't be signed" in caplog.text


def test_pdf_a_is_signed_as_any_other(org, server):
    """Nothing is published of PDF/A but that it isn't among what is refused."""
    writer = IncrementalPdfFileWriter(BytesIO(make_pdf()))
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        ' rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    stream = generic.StreamObject(stream_data=xmp.encode())
    stream["/Type"], stream["/Subtype"] = map(generic.pdf_name, ("/Metadata", "/XML"))
    writer.root["/Metadata"] = writer.add_object(stream)
    writer.update_root()
    output = BytesIO()
    writer.write(output)
    path = org.draft(adam())
    assert org.upload(path, output.getvalue()).status_code == 201
    org.act(path, "DOCUMENT_SENT")
    org.play(path, "adam@klient.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    assert signed.startswith(output.getvalue())
    assert b"<pdfaid:part>2<" in signed
    assert validate(server, signed)[0].bottom_line
