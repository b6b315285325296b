# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""No file that was tampered with is green, and what is certain is red.

Some of what is here could only be done by whoever signs, before signing: the signature
is genuine then, and only what was sent gives it away.
"""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pades.report import AMBER, GREEN, RED
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from signatory import NAMES, draw, line

from autenti_emulator import signing


def update(pdf, change):
    """Append a revision. `change` takes pyHanko's writer and the pages."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    change(writer, pages_of(writer))
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def rewrite(pdf, change):
    """Write a file anew, so that it doesn't begin with the old one."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf), strict=False))
    change(writer, pages_of(writer))
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def pages_of(writer):
    def walk(node):
        node = node.get_object()
        if "/Kids" in node:
            return [page for kid in node["/Kids"] for page in walk(kid)]
        return [node]

    return walk(writer.root["/Pages"])


def keep(_writer, _pages):
    """Change nothing."""


def dictionary(**entries):
    return generic.DictionaryObject(
        {pdf_name(f"/{key}"): value for key, value in entries.items()}
    )


def numbers(*values):
    return generic.ArrayObject(map(generic.FloatObject, values))


# === What can be done to a page ===


def draw_other_amount(writer, pages):
    data = pages[0]["/Contents"].data.replace(b"100 PLN", b"999 PLN")
    assert data != pages[0]["/Contents"].data
    pages[0][pdf_name("/Contents")] = writer.add_object(
        generic.StreamObject(stream_data=data)
    )
    writer.update_container(pages[0])


def replace_page(writer, pages):
    pages[1][pdf_name("/Contents")] = pages[2].raw_get("/Contents")
    writer.update_container(pages[1])


def remove_page(writer, pages):
    tree = writer.root["/Pages"]
    kids = tree["/Kids"]
    del kids[1]
    tree[pdf_name("/Count")] = generic.NumberObject(len(kids))
    writer.update_container(kids)


def swap_pages(writer, _pages):
    kids = writer.root["/Pages"]["/Kids"]
    kids[0], kids[1] = kids.raw_get(1), kids.raw_get(0)
    writer.update_container(kids)


def draw_over(writer, pages):
    page = pages[0]
    more = writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 900 900 re f"))
    page[pdf_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), more])
    writer.update_container(page)


def add_annotation(writer, pages):
    annotation = dictionary(
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/FreeText"),
        Rect=numbers(90, 690, 300, 720),
        Contents=generic.pdf_string("Umowa na 999 PLN"),
    )
    page = pages[0]
    page[pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(annotation)])
    writer.update_container(page)


def turn(writer, pages):
    pages[0][pdf_name("/Rotate")] = generic.NumberObject(180)
    writer.update_container(pages[0])


def crop(writer, pages):
    pages[0][pdf_name("/CropBox")] = numbers(0, 0, 10, 10)
    writer.update_container(pages[0])


def enlarge(writer, pages):
    pages[0][pdf_name("/UserUnit")] = generic.NumberObject(50)
    writer.update_container(pages[0])


def replace_font(writer, pages):
    page = pages[0]
    fonts = page["/Resources"]["/Font"]
    name = next(iter(fonts))
    other = generic.DictionaryObject(fonts[name])
    other[pdf_name("/BaseFont")] = pdf_name("/Symbol")
    reference = fonts.raw_get(name)
    if isinstance(reference, generic.IndirectObject):
        fonts[name] = writer.add_object(other)
    writer.update_container(fonts)


PAGE_CHANGES = (
    draw_other_amount,
    replace_page,
    remove_page,
    swap_pages,
    draw_over,
    add_annotation,
    turn,
    crop,
    enlarge,
    replace_font,
)


# === What can be done to the document ===


def hide_by_layer(writer, _pages):
    layer = writer.add_object(
        dictionary(Type=pdf_name("/OCG"), Name=generic.pdf_string("Kwota"))
    )
    layers = generic.ArrayObject([layer])
    off = dictionary(OFF=layers, Order=layers)
    writer.root[pdf_name("/OCProperties")] = dictionary(OCGs=layers, D=off)
    writer.update_root()


def add_script(writer, _pages):
    script = dictionary(S=pdf_name("/JavaScript"), JS=generic.pdf_string("x()"))
    writer.root[pdf_name("/OpenAction")] = writer.add_object(script)
    writer.update_root()


def add_xfa(writer, _pages):
    form = writer.root.get("/AcroForm") or dictionary(Fields=generic.ArrayObject())
    form = form.get_object()
    form[pdf_name("/XFA")] = writer.add_object(
        generic.StreamObject(stream_data=b"<xdp/>")
    )
    writer.root[pdf_name("/AcroForm")] = form
    writer.update_root()
    writer.update_container(form)


def make_portfolio(writer, _pages):
    writer.root[pdf_name("/Collection")] = dictionary(View=pdf_name("/D"))
    writer.update_root()


DOCUMENT_CHANGES = (hide_by_layer, add_script, add_xfa, make_portfolio)
CHANGES = PAGE_CHANGES + DOCUMENT_CHANGES


def test_an_untouched_file_is_green(signatory, signed, sent):
    report = signatory.validate(signed, sent)
    assert report.verdict == GREEN, report.findings
    assert report.content.shown_by == "revision"


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_after_the_signatures_is_red(signatory, signed, sent, change):
    report = signatory.validate(update(signed, change), sent)
    assert report.verdict == RED


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_between_the_signatures_is_red(signatory, sent, change):
    first = signatory.sign_one(signatory.prepare(sent), 0)
    report = signatory.validate(signatory.sign_one(update(first, change), 1), sent)
    assert report.verdict == RED


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_and_then_signed_is_not_green(signatory, sent, change):
    """The signatures are genuine and cover all; the sent file is the first revision."""
    report = signatory.validate(signatory.sign(update(sent, change)), sent)
    assert all(signature.intact for signature in report.signatures)
    assert report.content.shown_by is None
    on_the_page = change in PAGE_CHANGES and change not in (draw_over, add_annotation)
    assert report.verdict == (RED if on_the_page else AMBER)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_in_a_new_file_and_then_signed_is_not_green(
    signatory, sent, change
):
    report = signatory.validate(signatory.sign(rewrite(sent, change)), sent)
    assert all(signature.intact for signature in report.signatures)
    assert report.verdict != GREEN
    assert report.content.shown_by is None


def test_a_file_that_was_only_written_anew_is_shown_by_its_pages(signatory, sent):
    report = signatory.validate(signatory.sign(rewrite(sent, keep)), sent)
    assert report.verdict == GREEN, report.findings
    assert report.content.shown_by == "pages"
    assert report.content.added_pages == [4]


def test_another_amount_is_certain_also_in_a_new_file(signatory, sent):
    report = signatory.validate(signatory.sign(rewrite(sent, draw_other_amount)), sent)
    assert report.verdict == RED
    assert report.content.altered_pages == [1]


def test_a_page_that_is_missing_is_named(signatory, sent):
    report = signatory.validate(
        signatory.sign(rewrite(sent, remove_page), manual=True), sent
    )
    assert report.verdict == RED
    assert report.content.missing_pages == [2]


def test_the_signatures_of_another_document_are_red(signatory, sent):
    other = signatory.sign(draw("Zupełnie inna umowa", "Strona", "Koniec"))
    assert signatory.validate(other, sent).verdict == RED


def test_a_signature_copied_from_another_document_is_red(signatory, signed, sent):
    other = signatory.sign(draw("Umowa na 999 PLN", "Strona druga", "Strona trzecia"))
    genuine, theirs = map(_first_signature, (signed, other))
    digits = genuine[1:-1].rstrip(b"0").ljust(len(theirs) - 2, b"0")
    swapped = other.replace(theirs, b"<" + digits + b">")
    assert swapped != other
    assert signatory.validate(swapped, sent).verdict == RED


def _first_signature(pdf):
    _start, length, restart, _rest = (
        PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].byte_range
    )
    return pdf[length:restart]


def test_a_file_without_its_signatures_is_red(signatory, signed, sent):
    revisions = [signatory.prepare(sent), sent]
    for stripped in revisions:
        report = signatory.validate(stripped, sent)
        assert report.verdict == RED
        assert "no_signature" in {finding.code for finding in report.findings}


def test_a_file_without_the_last_signature_is_red(signatory, sent):
    first = signatory.sign_one(signatory.prepare(sent), 0)
    report = signatory.validate(first, sent)
    assert report.verdict == RED
    assert [finding.code for finding in report.findings] == ["empty_field"]


def test_a_signature_that_was_taken_out_of_its_field_is_red(signatory, signed, sent):
    def strip(writer, _pages):
        for field in writer.root["/AcroForm"]["/Fields"]:
            field = field.get_object()
            del field["/V"]
            writer.update_container(field)

    assert signatory.validate(update(signed, strip), sent).verdict == RED


def test_an_unsigned_field_that_covers_the_page_is_red(signatory, signed, sent):
    """A field may be added without breaking a signature, and brings its own picture."""

    def add_field(writer, _pages):
        spec = fields.SigFieldSpec("Late", on_page=0, box=(90, 690, 300, 720))
        fields.append_signature_field(writer, spec)

    assert signatory.validate(update(signed, add_field), sent).verdict == RED


def test_a_strangers_signature_on_top_is_not_green(signatory, signed, sent):
    stranger = signing.Authority.create()
    metadata = signers.PdfSignatureMetadata(
        field_name="Stranger", md_algorithm="sha256"
    )
    signer = signers.PdfSigner(
        metadata,
        signer=stranger.issue(line("Obcy")),
        new_field_spec=fields.SigFieldSpec(
            "Stranger", on_page=0, box=(90, 690, 300, 720)
        ),
    )
    output = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(signed)))
    report = signatory.validate(output.getvalue(), sent)
    assert report.verdict == AMBER
    assert {finding.code for finding in report.findings} == {"untrusted", "drawn_over"}


def test_a_trusted_signature_that_lies_on_a_sent_page_is_looked_at(signatory, sent):
    report = signatory.validate(signatory.sign(sent, manual=True), sent)
    assert report.verdict == AMBER
    assert report.content.drawn_over_pages == [3]


def test_a_page_inserted_between_the_sent_ones_is_named(signatory, sent):
    def insert(writer, pages):
        kids = writer.root["/Pages"]["/Kids"]
        page = generic.DictionaryObject(pages[0])
        page[pdf_name("/Contents")] = writer.add_object(
            generic.StreamObject(stream_data=b"0 0 1 1 re f")
        )
        kids.insert(1, writer.add_object(page))
        writer.root["/Pages"][pdf_name("/Count")] = generic.NumberObject(len(kids))
        writer.update_container(kids)

    report = signatory.validate(signatory.sign(rewrite(sent, insert)), sent)
    assert report.verdict == AMBER
    assert report.content.added_pages == [2, 5]


def test_what_is_hidden_and_comes_back_is_red(signatory, sent):
    """Shadow attack: both texts are signed, a later revision swaps which is shown."""

    def add_hidden(writer, pages):
        draw_other = pages[0]["/Contents"].data.replace(b"100 PLN", b"999 PLN")
        pages[0][pdf_name("/PieceInfo")] = writer.add_object(
            generic.StreamObject(stream_data=draw_other)
        )
        writer.update_container(pages[0])

    def swap(writer, pages):
        pages[0][pdf_name("/Contents")] = pages[0].raw_get("/PieceInfo")
        writer.update_container(pages[0])

    shadowed = signatory.sign(update(sent, add_hidden))
    assert signatory.validate(shadowed, sent).verdict != GREEN
    assert signatory.validate(update(shadowed, swap), sent).verdict == RED


def test_a_stamp_with_another_picture_is_red(signatory, signed, sent):
    def repaint(writer, pages):
        widget = pages[-1]["/Annots"][0]
        picture = generic.StreamObject(
            widget["/AP"]["/N"], stream_data=b"1 0 0 rg 0 0 500 500 re f"
        )
        widget["/AP"][pdf_name("/N")] = writer.add_object(picture)
        writer.update_container(widget["/AP"])

    assert signatory.validate(update(signed, repaint), sent).verdict == RED


def test_a_whole_file_appended_behind_the_signed_one_is_red(signatory, signed, sent):
    other = draw("Umowa na 999 PLN")
    assert signatory.validate(signed + other, sent).verdict == RED
    assert signatory.validate(signed + b"\n%%EOF\n", sent).verdict != GREEN


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(position=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_no_changed_byte_goes_unnoticed(signatory, signed, sent, position, byte):
    position %= len(signed)
    if signed[position] == byte:
        return
    broken = signed[:position] + bytes([byte]) + signed[position + 1 :]
    report = signatory.validate(broken, sent)
    # Case and padding of the signatures' own hexadecimal digits mean nothing
    if report.verdict == GREEN:
        assert broken.lower() == signed.lower() or _in_padding(signed, position)


def _in_padding(pdf, position):
    for signature in PdfFileReader(io.BytesIO(pdf)).embedded_signatures:
        _start, length, restart, _rest = signature.byte_range
        if length < position < restart - 1:
            return True
    return False


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(length=st.integers(0, 10**6))
def test_a_file_that_was_cut_is_red(signatory, signed, sent, length):
    cut = signed[: length % len(signed)]
    assert signatory.validate(cut, sent).verdict == RED


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=2000))
def test_what_is_no_pdf_is_red(signatory, sent, data):
    assert signatory.validate(data, sent).verdict == RED
    assert signatory.validate(b"%PDF-1.7\n" + data, sent).verdict == RED


def test_who_signed_is_told(signatory, signed, sent):
    report = signatory.validate(signed, sent)
    assert [signature.signer for signature in report.signatures] == list(NAMES)
