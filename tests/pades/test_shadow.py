# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What hides behind a signature that may be added is red.

Signing another field, a time stamp and evidence are all that may follow a signature.
Here something else comes along with them, on the page that wasn't sent, so that the
comparison with the sent file can't give it away.
"""

import io

import pytest
from pades.report import AMBER, GREEN, RED
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from signatory import line
from test_tampering import dictionary, numbers, pages_of, update

BLACK = b"0 g 0 0 900 900 re f"


def sign_with(pdf, signatory, change, field="Signature2"):
    """Sign a field in a revision that changes something else too."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    change(writer, pages_of(writer))
    metadata = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256")
    signer = signers.PdfSigner(metadata, signer=signatory.authority.issue(line("Anna")))
    return signer.sign_pdf(writer).getvalue()


def get_field(writer, name):
    return next(
        field.get_object()
        for field in writer.root["/AcroForm"]["/Fields"]
        if field.get_object()["/T"] == name
    )


def overwrite(writer, reference, value):
    """Put an object in another one's place."""
    value.container_ref = reference
    writer.objects[(reference.generation, reference.idnum)] = value
    writer.mark_update(reference)


def add_field(writer, value):
    """Add an invisible field that is signed, as it seems."""
    field = dictionary(
        FT=pdf_name("/Sig"),
        T=generic.pdf_string("Late"),
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/Widget"),
        Rect=numbers(0, 0, 0, 0),
        F=generic.NumberObject(132),
        V=value,
    )
    form = writer.root["/AcroForm"]
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form["/Fields"])


def signature(**entries):
    return dictionary(
        Type=pdf_name("/Sig"),
        Filter=pdf_name("/Adobe.PPKLite"),
        SubFilter=pdf_name("/ETSI.CAdES.detached"),
        **entries,
    )


@pytest.fixture(scope="module")
def half_signed(signatory, sent):
    return signatory.sign_one(signatory.prepare(sent), 0)


# === A signature in the place of something that is seen ===


def put_signature_in_place_of_page(writer, pages):
    reference = pages[-1].raw_get("/Contents")
    if not isinstance(reference, generic.IndirectObject):
        reference = reference[0]
    picture = generic.StreamObject(dict(signature()), stream_data=BLACK)
    overwrite(writer, reference.reference, picture)
    add_field(writer, generic.IndirectObject(reference.idnum, 0, writer))


def put_parameters_in_place_of_page(writer, pages):
    reference = pages[-1].raw_get("/Contents")
    overwrite(writer, reference.reference, generic.StreamObject(stream_data=BLACK))
    parameters = dictionary(
        Type=pdf_name("/SigRef"),
        TransformMethod=pdf_name("/FieldMDP"),
        TransformParams=generic.IndirectObject(reference.idnum, 0, writer),
    )
    value = signature(Reference=generic.ArrayObject([parameters]))
    add_field(writer, writer.add_object(value))


@pytest.mark.parametrize(
    "change", [put_signature_in_place_of_page, put_parameters_in_place_of_page]
)
def test_a_signature_that_replaces_a_page_is_red(signatory, signed, sent, change):
    report = signatory.validate(update(signed, change), sent)
    assert "changed_later" in {finding.code for finding in report.findings}
    assert report.verdict == RED


# === Something appears where there was nothing ===


def promise(number):
    """Have the card draw an object that isn't there yet."""

    def change(writer, pages):
        page = pages[-1]
        resources = generic.DictionaryObject(page["/Resources"])
        resources[pdf_name("/XObject")] = dictionary(
            Late=generic.IndirectObject(number, 0, writer)
        )
        page[pdf_name("/Resources")] = resources
        writer.update_container(page)

    return change


def keep_promise(number):
    def change(writer, _pages):
        overwrite(
            writer,
            generic.Reference(number, 0, writer),
            generic.StreamObject(
                dict(
                    dictionary(
                        Type=pdf_name("/XObject"),
                        Subtype=pdf_name("/Form"),
                        BBox=numbers(0, 0, 900, 900),
                    )
                ),
                stream_data=BLACK,
            ),
        )

    return change


@pytest.mark.parametrize("number", [900, 9000])
def test_what_appears_only_after_the_signatures_is_red(signatory, sent, number):
    prepared = update(signatory.prepare(sent), promise(number))
    pdf = signatory.sign_one(signatory.sign_one(prepared, 0), 1)
    assert signatory.validate(pdf, sent).verdict == GREEN
    report = signatory.validate(update(pdf, keep_promise(number)), sent)
    assert report.verdict == RED


# === A field that is something else as well ===


def draw_with_field(writer, pages):
    """Have the card draw with the entries of a field as its pictures."""
    page = pages[-1]
    resources = generic.DictionaryObject(page["/Resources"])
    fields_of_form = writer.root["/AcroForm"]["/Fields"]
    reference = next(
        one for one in fields_of_form if one.get_object()["/T"] == "Signature2"
    )
    resources[pdf_name("/XObject")] = generic.IndirectObject(reference.idnum, 0, writer)
    page[pdf_name("/Resources")] = resources
    writer.update_container(page)


def paint_border(writer, _pages):
    field = get_field(writer, "Signature2")
    picture = dictionary(
        Type=pdf_name("/XObject"),
        Subtype=pdf_name("/Form"),
        BBox=numbers(0, 0, 900, 900),
    )
    field[pdf_name("/MK")] = writer.add_object(
        generic.StreamObject(dict(picture), stream_data=BLACK)
    )
    writer.update_container(field)


def test_a_field_that_the_page_is_drawn_with_is_left_as_it_was(signatory, sent):
    prepared = update(signatory.prepare(sent), draw_with_field)
    pdf = signatory.sign_one(prepared, 0)
    report = signatory.validate(sign_with(pdf, signatory, paint_border), sent)
    assert report.verdict == RED


# === Locks ===


def lock_fields(writer, _pages):
    field = get_field(writer, "Signature2")
    field[pdf_name("/Lock")] = dictionary(
        Type=pdf_name("/SigFieldLock"), Action=pdf_name("/All")
    )
    writer.update_container(field)


def unlock_fields(writer, _pages):
    field = get_field(writer, "Signature2")
    del field["/Lock"]
    writer.update_container(field)


def lock_one_field(writer, _pages):
    field = get_field(writer, "Signature2")
    field[pdf_name("/Lock")] = dictionary(
        Type=pdf_name("/SigFieldLock"),
        Action=pdf_name("/Include"),
        Fields=generic.ArrayObject([generic.pdf_string("x")]),
    )
    writer.update_container(field)


@pytest.mark.parametrize("change", [unlock_fields, lock_one_field])
def test_a_lock_that_was_there_is_not_weakened(signatory, sent, change):
    prepared = update(signatory.prepare(sent), lock_fields)
    pdf = signatory.sign_one(prepared, 0)
    assert signatory.validate(signatory.sign_one(pdf, 1), sent).verdict == GREEN
    assert signatory.validate(sign_with(pdf, signatory, change), sent).verdict == RED


def test_a_lock_on_the_signers_own_field_is_no_fault(signatory, half_signed, sent):
    report = signatory.validate(sign_with(half_signed, signatory, lock_fields), sent)
    assert report.verdict == GREEN, report.findings


@pytest.mark.parametrize("permission", [9, "x"])
def test_a_lock_that_makes_no_sense_hides_nothing(signatory, signed, sent, permission):
    def break_lock(writer, pages):
        lock_fields(writer, pages)
        field = get_field(writer, "Signature2")
        field["/Lock"][pdf_name("/P")] = (
            generic.NumberObject(permission)
            if isinstance(permission, int)
            else generic.pdf_string(permission)
        )

    report = signatory.validate(update(signed, break_lock), sent)
    assert report.verdict == RED


# === After the last signature ===


def add_form_fonts(writer, _pages):
    form = writer.root["/AcroForm"]
    font = dictionary(
        Type=pdf_name("/Font"),
        Subtype=pdf_name("/Type1"),
        BaseFont=pdf_name("/Symbol"),
    )
    fonts = dictionary(Helv=writer.add_object(font))
    form[pdf_name("/DR")] = writer.add_object(dictionary(Font=fonts))
    writer.update_container(form)


def test_form_fonts_without_a_time_stamp_are_red(signatory, signed, sent):
    report = signatory.validate(update(signed, add_form_fonts), sent)
    assert report.verdict == RED


def test_what_only_calls_itself_a_time_stamp_is_not_green(signatory, signed, sent):
    def stamp(writer, _pages):
        value = signature(
            Contents=generic.ByteStringObject(bytes(8)),
            ByteRange=generic.ArrayObject(map(generic.NumberObject, (0, 9, 18, 9))),
        )
        value[pdf_name("/Type")] = pdf_name("/DocTimeStamp")
        value[pdf_name("/SubFilter")] = pdf_name("/ETSI.RFC3161")
        add_field(writer, writer.add_object(value))

    assert signatory.validate(update(signed, stamp), sent).verdict == RED


# === What can't be checked ===


def test_a_signature_of_an_unknown_kind_is_told_and_is_no_fault(signatory, sent):
    odd = signatory.sign(sent).replace(
        b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /ABCD.EFGHI.detached"
    )
    report = signatory.validate(odd, sent)
    # The digest is over the kind too: this file was changed after it was signed
    assert report.verdict == RED
    assert {finding.code for finding in report.findings} == {"broken"}


def test_a_signature_that_is_none_is_red(signatory, signed, sent):
    _start, length, restart, _rest = (
        PdfFileReader(io.BytesIO(signed)).embedded_signatures[-1].byte_range
    )
    emptied = signed[: length + 1] + b"0" * (restart - length - 2)
    report = signatory.validate(emptied + signed[restart - 1 :], sent)
    assert report.verdict == RED
    assert "broken" in {finding.code for finding in report.findings}


# === Fields ===


@pytest.mark.parametrize("where", ["between", "after"])
def test_a_signature_shown_in_a_second_field_is_one_signature(
    signatory, half_signed, signed, sent, where
):
    def borrow(writer, _pages):
        value = get_field(writer, "Signature1").raw_get("/V")
        add_field(writer, generic.IndirectObject(value.idnum, 0, writer))

    if where == "between":
        pdf = signatory.sign_one(update(half_signed, borrow), 1)
    else:
        pdf = update(signed, borrow)
    report = signatory.validate(pdf, sent, levels=["basic"] * 3)
    assert report.verdict == RED
    assert "borrowed" in {finding.code for finding in report.findings}


def test_an_empty_field_laid_over_the_card_is_not_green(signatory, half_signed, sent):
    def lay_over(writer, pages):
        spec = fields.SigFieldSpec("Late", on_page=len(pages) - 1, box=(0, 0, 595, 842))
        fields.append_signature_field(writer, spec)

    pdf = signatory.sign_one(update(half_signed, lay_over), 1)
    report = signatory.validate(pdf, sent, levels=["basic"] * 2)
    assert report.verdict == AMBER
    assert {finding.code for finding in report.findings} == {"spare_field"}


# === Tags ===


def tag(writer, pages):
    """Give the card a note and tags that lead to it; one of them draws the card too."""
    page = pages[-1]
    note = writer.add_object(
        dictionary(
            Type=pdf_name("/Annot"),
            Subtype=pdf_name("/FreeText"),
            Rect=numbers(40, 40, 90, 60),
            Contents=generic.pdf_string("100 PLN"),
        )
    )
    writer.update_container(page)
    page["/Annots"].append(note)
    writer.update_container(page["/Annots"])
    leads_to_note = dictionary(Type=pdf_name("/OBJR"), Obj=note)
    elements = [
        writer.add_object(
            dictionary(Type=pdf_name("/StructElem"), S=pdf_name("/P"), **entries)
        )
        for entries in ({"K": leads_to_note}, {})
    ]
    resources = generic.DictionaryObject(page["/Resources"])
    resources[pdf_name("/XObject")] = elements[1]
    page[pdf_name("/Resources")] = resources
    writer.root[pdf_name("/StructTreeRoot")] = writer.add_object(
        dictionary(Type=pdf_name("/StructTreeRoot"), K=generic.ArrayObject(elements))
    )
    writer.update_root()


def describe(writer, _pages):
    element = writer.root["/StructTreeRoot"]["/K"][0]
    element[pdf_name("/Alt")] = generic.pdf_string("Uwaga")
    writer.update_container(element)


def change_note(writer, _pages):
    note = writer.root["/StructTreeRoot"]["/K"][0]["/K"]["/Obj"]
    note[pdf_name("/Contents")] = generic.pdf_string("999 PLN")
    writer.update_container(note)


def replace_note(writer, pages):
    element = writer.root["/StructTreeRoot"]["/K"][0]
    element[pdf_name("/K")] = dictionary(
        Type=pdf_name("/OBJR"), Obj=generic.IndirectObject(9000, 0, writer)
    )
    writer.update_container(element)
    keep_promise(9000)(writer, pages)


def draw_with_tag(writer, _pages):
    element = writer.root["/StructTreeRoot"]["/K"][1]
    picture = dictionary(
        Type=pdf_name("/XObject"),
        Subtype=pdf_name("/Form"),
        BBox=numbers(0, 0, 900, 900),
    )
    element[pdf_name("/Late")] = writer.add_object(
        generic.StreamObject(dict(picture), stream_data=BLACK)
    )
    writer.update_container(element)


def tag_and_promise(writer, pages):
    tag(writer, pages)
    page = pages[-1]
    page["/Annots"].append(generic.IndirectObject(9000, 0, writer))
    writer.update_container(page["/Annots"])


@pytest.mark.parametrize(
    "change, prepare, verdict",
    [
        (describe, tag, GREEN),
        (change_note, tag, RED),
        (draw_with_tag, tag, RED),
        (replace_note, tag_and_promise, RED),
    ],
)
def test_tags_may_change_and_nothing_that_is_seen(
    signatory, sent, change, prepare, verdict
):
    prepared = update(signatory.prepare(sent), prepare)
    pdf = signatory.sign_one(signatory.sign_one(prepared, 0), 1)
    report = signatory.validate(update(pdf, change), sent)
    assert report.verdict == verdict, report.findings
