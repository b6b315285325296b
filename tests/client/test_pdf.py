# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which files are sent."""

import io
import re
from datetime import datetime, timedelta, timezone

import pytest
from client import assumptions, pdf
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


def draw(draw_more=lambda canvas: None, **options):
    buffer = io.BytesIO()
    canvas = Canvas(buffer, **options)
    canvas.drawString(100, 700, "Umowa")
    draw_more(canvas)
    canvas.save()
    return buffer.getvalue()


@pytest.fixture(scope="module")
def signer():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=Ewa Lis")
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    archive = pkcs12.serialize_key_and_certificates(
        b"x", key, certificate, None, serialization.NoEncryption()
    )
    return signers.SimpleSigner.load_pkcs12_data(archive, other_certs=[])


def code_of(content):
    with pytest.raises(pdf.UnsendablePdf) as caught:
        pdf.check_sendable(content)
    assert str(caught.value) == caught.value.code
    return caught.value.code


def test_a_plain_pdf_is_sent():
    pdf.check_sendable(draw())


def change_root(change):
    """Add a revision that changes the document's catalogue."""
    buffer = io.BytesIO(draw())
    writer = IncrementalPdfFileWriter(buffer)
    change(writer)
    writer.update_root()
    writer.write_in_place()
    return buffer.getvalue()


def dictionary(**entries):
    return generic.DictionaryObject(
        {pdf_name(f"/{name}"): value for name, value in entries.items()}
    )


def test_an_empty_form_is_no_form():
    # What some editors leave behind
    def change(writer):
        writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject())

    pdf.check_sendable(change_root(change))


def test_a_form_in_xml_is_a_form():
    def change(writer):
        writer.root["/AcroForm"] = dictionary(
            Fields=generic.ArrayObject(), XFA=generic.pdf_string("<xdp/>")
        )

    assert code_of(change_root(change)) == pdf.HAS_FORM


def test_usage_rights_are_a_signature():
    def change(writer):
        writer.root["/Perms"] = dictionary(UR3=dictionary())

    assert code_of(change_root(change)) == pdf.SIGNED


@pytest.mark.parametrize(
    ("more", "code"), [({}, pdf.HAS_FORM), ({"V": dictionary()}, pdf.SIGNED)]
)
def test_a_field_below_another_is_found(more, code):
    def change(writer):
        child = dictionary(FT=pdf_name("/Sig"), **more)
        parent = dictionary(Kids=generic.ArrayObject([writer.add_object(child)]))
        all_fields = generic.ArrayObject([writer.add_object(parent)])
        writer.root["/AcroForm"] = dictionary(Fields=all_fields)

    assert code_of(change_root(change)) == code


def test_fields_that_go_in_circles_are_a_form():
    def change(writer):
        field = dictionary(FT=pdf_name("/Tx"))
        reference = writer.add_object(field)
        field["/Kids"] = generic.ArrayObject([reference])
        writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject([reference]))

    assert code_of(change_root(change)) == pdf.HAS_FORM


def test_a_pdf_without_pages_is_damaged():
    content = draw().replace(b"/Count 1", b"/Count 0")
    content = re.sub(rb"/Kids \[ (\d+ 0 R) \]", rb"/Kids [         ]", content)
    assert code_of(content) == pdf.DAMAGED


def test_nothing_is_not_sent():
    assert code_of(b"") == pdf.EMPTY


@pytest.mark.parametrize("content", [b"Umowa", b"PK\x03\x04", b"\n%PDF-1.7"])
def test_another_file_is_not_sent(content):
    assert code_of(content) == pdf.NOT_PDF


def draw_padded(size):
    """Make a PDF that carries so many bytes that nobody sees."""
    buffer = io.BytesIO(draw(invariant=True))
    writer = IncrementalPdfFileWriter(buffer)
    writer.add_object(generic.StreamObject(stream_data=b"x" * size))
    writer.write_in_place()
    return buffer.getvalue()


def test_a_pdf_at_the_limit_is_sent_and_one_byte_more_is_not():
    size = assumptions.MAX_FILE_BYTES - 5000
    size += assumptions.MAX_FILE_BYTES - len(draw_padded(size))
    full = draw_padded(size)
    assert len(full) == assumptions.MAX_FILE_BYTES
    pdf.check_sendable(full)
    assert code_of(full + b"\n") == pdf.TOO_LARGE


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_pdf_cut_short_is_damaged(kept):
    content = draw()
    assert code_of(content[: int(len(content) * kept)]) == pdf.DAMAGED


def test_a_pdf_that_lost_its_latest_revision_is_damaged():
    # The first revision alone is a whole document, yet not the one that was meant
    assert code_of(draw_padded(5000)[:-1500]) == pdf.DAMAGED


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%%EOF\n",
        b"%PDF-1.7\nstartxref\n0\n%%EOF\n",
        b"%PDF-1.7\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n",
        draw()
        .replace(b"/Type /Catalog", b"/Type /Nothing")
        .replace(b"/Pages", b"/None"),
    ],
)
def test_a_pdf_without_contents_is_damaged(content):
    assert code_of(content) == pdf.DAMAGED


@pytest.mark.parametrize("password", ["", "open"])
def test_an_encrypted_pdf_is_not_sent(password):
    encryption = StandardEncryption(password, "owner", canPrint=1)
    assert code_of(draw(encrypt=encryption)) == pdf.ENCRYPTED


def test_a_form_is_not_sent():
    content = draw(lambda canvas: canvas.acroForm.textfield(name="name", x=10, y=10))
    assert code_of(content) == pdf.HAS_FORM


def test_a_place_for_a_signature_is_a_form():
    buffer = io.BytesIO(draw())
    writer = IncrementalPdfFileWriter(buffer)
    fields.append_signature_field(writer, fields.SigFieldSpec("Signature"))
    writer.write_in_place()
    assert code_of(buffer.getvalue()) == pdf.HAS_FORM


def test_a_signed_pdf_is_not_sent(signer):
    metadata = signers.PdfSignatureMetadata(field_name="Signature")
    signed = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(draw())), metadata, signer=signer
    )
    assert code_of(signed.getvalue()) == pdf.SIGNED


def test_a_certified_pdf_is_not_sent(signer):
    metadata = signers.PdfSignatureMetadata(field_name="Signature", certify=True)
    signed = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(draw())), metadata, signer=signer
    )
    assert code_of(signed.getvalue()) == pdf.SIGNED


# === FORMS THAT ARE ONLY ON A PAGE ===


def add_to_page(make_annotation, **entries):
    """Draw a PDF with an annotation on its page, which no form tells of."""
    writer = IncrementalPdfFileWriter(io.BytesIO(draw()))
    annotation = writer.add_object(make_annotation(writer))
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Annots"] = generic.ArrayObject([annotation])
    writer.update_container(page)
    for name, value in entries.items():
        writer.root[pdf_name(f"/{name}")] = value
    writer.update_root()
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def make_widget(**entries):
    rectangle = generic.ArrayObject(map(generic.NumberObject, (10, 10, 90, 30)))
    return dictionary(Subtype=pdf_name("/Widget"), Rect=rectangle, **entries)


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"AcroForm": generic.NullObject()},
        {"AcroForm": generic.NumberObject(3)},
        {"AcroForm": generic.ArrayObject()},
        {"AcroForm": dictionary()},
        {"AcroForm": dictionary(Fields=generic.NullObject())},
    ],
)
def test_a_field_that_is_only_on_a_page_is_a_form(entries):
    content = add_to_page(lambda _writer: make_widget(FT=pdf_name("/Tx")), **entries)
    assert code_of(content) == pdf.HAS_FORM


def test_a_field_on_a_page_whose_kind_stands_above_it_is_a_form():
    def make(writer):
        return make_widget(Parent=writer.add_object(dictionary(FT=pdf_name("/Ch"))))

    assert code_of(add_to_page(make)) == pdf.HAS_FORM


def test_a_signature_on_a_page_whose_value_stands_above_it_is_a_signature():
    def make(writer):
        field = dictionary(FT=pdf_name("/Sig"), V=dictionary())
        return make_widget(Parent=writer.add_object(field))

    assert code_of(add_to_page(make)) == pdf.SIGNED


def test_a_field_that_is_its_own_parent_is_a_form():
    def make(writer):
        field = make_widget()
        field["/Parent"] = writer.add_object(field)
        return field

    assert code_of(add_to_page(make)) == pdf.HAS_FORM


def test_a_link_on_a_page_is_no_form():
    pdf.check_sendable(add_to_page(lambda _: dictionary(Subtype=pdf_name("/Link"))))


def test_what_a_viewer_draws_anew_is_a_form():
    def change(writer):
        writer.root["/AcroForm"] = dictionary(
            NeedAppearances=generic.BooleanObject(True)
        )

    assert code_of(change_root(change)) == pdf.HAS_FORM


def test_a_form_that_is_nothing_is_no_form():
    def change(writer):
        writer.root["/AcroForm"] = dictionary(
            NeedAppearances=generic.BooleanObject(False), XFA=generic.NullObject()
        )

    pdf.check_sendable(change_root(change))
    pdf.check_sendable(
        change_root(
            lambda writer: writer.root.update(
                {pdf_name("/AcroForm"): generic.NullObject()}
            )
        )
    )


def make_script(kind="JavaScript", **entries):
    return dictionary(S=pdf_name(f"/{kind}"), **entries)


@pytest.mark.parametrize("kind", ["JavaScript", "Launch"])
@pytest.mark.parametrize(
    "hide",
    [
        lambda script: {"OpenAction": script},
        lambda script: {"AA": dictionary(WP=script)},
        lambda script: {"OpenAction": make_script("GoTo", Next=script)},
        lambda script: {
            "OpenAction": make_script("GoTo", Next=generic.ArrayObject([script]))
        },
        lambda script: {"Outlines": dictionary(First=dictionary(A=script))},
    ],
)
def test_scripts_and_programs_are_refused(hide, kind):
    def change(writer):
        script = writer.add_object(make_script(kind))
        for name, value in hide(script).items():
            writer.root[f"/{name}"] = value

    assert code_of(change_root(change)) == pdf.ACTIVE


def test_scripts_of_the_whole_document_are_refused():
    def change(writer):
        entries = generic.ArrayObject([generic.pdf_string("x"), make_script()])
        writer.root["/Names"] = dictionary(JavaScript=dictionary(Names=entries))

    assert code_of(change_root(change)) == pdf.ACTIVE


def test_scripts_behind_a_link_are_refused():
    link = dictionary(Subtype=pdf_name("/Link"), A=make_script("Launch"))
    assert code_of(add_to_page(lambda _writer: link)) == pdf.ACTIVE
    movie = make_script("Rendition", JS=generic.pdf_string("app.alert(1)"))
    screen = dictionary(Subtype=pdf_name("/Screen"), A=movie)
    assert code_of(add_to_page(lambda _writer: screen)) == pdf.ACTIVE
    content = add_to_page(lambda _writer: dictionary(), AA=dictionary(O=make_script()))
    assert code_of(content) == pdf.ACTIVE


def test_links_and_bookmarks_are_no_scripts():
    def draw_more(canvas):
        canvas.linkURL("https://firma.example.com", (0, 0, 10, 10))
        canvas.bookmarkPage("start")
        canvas.addOutlineEntry("Początek", "start")

    pdf.check_sendable(draw(draw_more))


def test_an_outline_and_actions_in_circles_end():
    def change(writer):
        action = make_script("GoTo")
        action["/Next"] = writer.add_object(action)
        writer.root["/OpenAction"] = action["/Next"]
        bookmark = dictionary()
        bookmark["/Next"] = writer.add_object(bookmark)
        writer.root["/Outlines"] = dictionary(First=bookmark["/Next"])

    pdf.check_sendable(change_root(change))


def test_what_is_no_action_is_none():
    def change(writer):
        writer.root["/OpenAction"] = generic.ArrayObject()
        writer.root["/AA"] = generic.NullObject()
        empty = dictionary(Names=generic.ArrayObject())
        writer.root["/Names"] = dictionary(JavaScript=empty)

    pdf.check_sendable(change_root(change))
