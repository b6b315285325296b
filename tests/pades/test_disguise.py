# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What looks like the sent file to us must not look otherwise to anybody else.

Whoever signs can prepare the file before signing: the signatures are genuine and cover
everything. Each change here is one that some program shows and another one passes over.
"""

import io

import pytest
from pades.report import GREEN
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from reportlab.pdfgen.canvas import Canvas
from signatory import NAMES
from test_tampering import dictionary, numbers, rewrite, update


def stream(writer, data, **entries):
    return writer.add_object(
        generic.StreamObject(dictionary(**entries), stream_data=data)
    )


def draw_another(writer, page):
    return stream(writer, page["/Contents"].data.replace(b"100 PLN", b"999 PLN"))


def add_annotation(writer, page, **entries):
    annotation = writer.add_object(dictionary(Type=pdf_name("/Annot"), **entries))
    page[pdf_name("/Annots")] = generic.ArrayObject([annotation])
    writer.update_container(page)


# === The page tree ===


def show_fewer_pages(writer, _pages):
    """A program that believes the count doesn't show the last page."""
    tree = writer.root["/Pages"]
    tree[pdf_name("/Count")] = generic.NumberObject(2)
    writer.update_container(tree)


def give_a_page_kids(writer, pages):
    """One program draws the page, another one goes on to what lies below it."""
    tree, page = writer.root["/Pages"], pages[0]
    tree["/Kids"][0] = writer.add_object(
        generic.DictionaryObject(
            {
                **{key: page.raw_get(key) for key in page.keys()},
                pdf_name("/Contents"): draw_another(writer, page),
                pdf_name("/Kids"): generic.ArrayObject([tree["/Kids"].raw_get(0)]),
                pdf_name("/Count"): generic.NumberObject(1),
            }
        )
    )
    writer.update_container(tree["/Kids"])


def crop_by_inheritance(writer, pages):
    """A null is no entry, so that what is inherited holds."""
    tree, page = writer.root["/Pages"], pages[0]
    tree[pdf_name("/CropBox")] = numbers(0, 0, 10, 10)
    page[pdf_name("/CropBox")] = generic.NullObject()
    for other in pages[1:]:
        other[pdf_name("/CropBox")] = other["/MediaBox"]
        writer.update_container(other)
    writer.update_container(tree)
    writer.update_container(page)


def crop_by_five_numbers(writer, pages):
    pages[0][pdf_name("/CropBox")] = numbers(0, 0, 10, 10, 5)
    writer.update_container(pages[0])


# === The operators ===


def split(writer, page, first, second):
    parts = [stream(writer, part) for part in (first, second)]
    page[pdf_name("/Contents")] = generic.ArrayObject(parts)
    writer.update_container(page)


def hide_behind_a_comment(writer, pages):
    """Joined by a space, the second stream is part of the first one's comment."""
    content = pages[0]["/Contents"].data
    place = content.index(b"BT")
    rest = content[place:].replace(b"\n", b" ")
    split(writer, pages[0], content[:place] + b"%", rest)


def join_numbers(writer, pages):
    """Joined by nothing, "1 0" is "10"."""
    content = pages[0]["/Contents"].data
    assert content.startswith(b"1 0 0 1")
    split(writer, pages[0], b"1", content[2:])


def draw_from_another_file(writer, pages):
    content = pages[0]["/Contents"].data
    pages[0][pdf_name("/Contents")] = stream(
        writer, content, F=generic.pdf_string("other.pdf")
    )
    writer.update_container(pages[0])


# === Annotations ===


def pin_a_note(writer, pages):
    """A note's icon and text show, however small the note's rectangle is."""
    add_annotation(
        writer,
        pages[0],
        Subtype=pdf_name("/Text"),
        Rect=numbers(100, 700, 100, 700),
        Open=generic.BooleanObject(True),
        Contents=generic.pdf_string("Umowa na 999 PLN"),
    )


def scribble(writer, pages):
    """A line is drawn where its points are."""
    line = numbers(100, 700, 300, 700)
    add_annotation(
        writer,
        pages[0],
        Subtype=pdf_name("/Ink"),
        Rect=numbers(100, 700, 100, 700),
        InkList=generic.ArrayObject([line]),
    )


CHANGES = (
    show_fewer_pages,
    give_a_page_kids,
    crop_by_inheritance,
    crop_by_five_numbers,
    hide_behind_a_comment,
    join_numbers,
    draw_from_another_file,
    pin_a_note,
    scribble,
)


@pytest.mark.parametrize("write", (update, rewrite))
@pytest.mark.parametrize("change", CHANGES)
def test_a_disguise_is_not_green(signatory, sent, change, write):
    report = signatory.validate(signatory.sign(write(sent, change)), sent)
    assert all(signature.intact for signature in report.signatures)
    assert report.verdict != GREEN


# === What only some sent files have ===


def add_layer(writer, pages):
    layer = writer.add_object(
        dictionary(Type=pdf_name("/OCG"), Name=generic.pdf_string("Kwota"))
    )
    layers = generic.ArrayObject([layer])
    writer.root[pdf_name("/OCProperties")] = dictionary(
        OCGs=layers, D=dictionary(ON=layers, Order=layers)
    )
    membership = dictionary(Type=pdf_name("/OCMD"), OCGs=layers, P=pdf_name("/AllOn"))
    pages[0]["/Resources"][pdf_name("/Properties")] = dictionary(
        Kwota=writer.add_object(membership)
    )


def turn_layer_round(writer, pages):
    """The layer shows when it is off, which it isn't."""
    membership = pages[0]["/Resources"]["/Properties"]["/Kwota"]
    membership[pdf_name("/P")] = pdf_name("/AllOff")
    writer.update_container(membership)


def add_scan(writer, pages):
    symbols = stream(writer, b"the shapes of the digits")
    entries = dictionary(
        Type=pdf_name("/XObject"),
        Subtype=pdf_name("/Image"),
        Width=generic.NumberObject(1),
        Height=generic.NumberObject(1),
        Filter=pdf_name("/JBIG2Decode"),
        DecodeParms=dictionary(JBIG2Globals=symbols),
    )
    image = generic.StreamObject(entries, encoded_data=b"which digit lies where")
    scan = dictionary(Scan=writer.add_object(image))
    pages[0]["/Resources"][pdf_name("/XObject")] = scan


def change_shapes(writer, pages):
    image = pages[0]["/Resources"]["/XObject"]["/Scan"]
    symbols = image["/DecodeParms"].raw_get("/JBIG2Globals")
    writer.objects[symbols.generation, symbols.idnum] = generic.StreamObject(
        stream_data=b"other shapes of the digits"
    )


def add_field(writer, pages):
    field = dictionary(
        FT=pdf_name("/Tx"),
        T=generic.pdf_string("Kwota"),
        V=generic.pdf_string("100 PLN"),
    )
    reference = writer.add_object(field)
    add_annotation(
        writer,
        pages[0],
        Subtype=pdf_name("/Widget"),
        Rect=numbers(100, 600, 300, 620),
        Parent=reference,
    )
    field[pdf_name("/Kids")] = pages[0]["/Annots"]
    writer.root[pdf_name("/AcroForm")] = dictionary(
        Fields=generic.ArrayObject([reference])
    )


def fill_in_another_value(writer, pages):
    """A field without a picture of its own shows the value of its parent."""
    field = pages[0]["/Annots"][0]["/Parent"]
    field[pdf_name("/V")] = generic.pdf_string("999 PLN")
    writer.update_container(field)


@pytest.mark.parametrize("write", (update, rewrite))
@pytest.mark.parametrize(
    ("have", "change"),
    (
        (add_layer, turn_layer_round),
        (add_scan, change_shapes),
        (add_field, fill_in_another_value),
    ),
)
def test_what_the_sent_file_has_is_not_turned_against_it(
    signatory, sent, have, change, write
):
    source = rewrite(sent, have)
    genuine = signatory.validate(signatory.sign(source), source)
    assert genuine.verdict == GREEN, genuine.findings
    report = signatory.validate(signatory.sign(write(source, change)), source)
    assert report.verdict != GREEN


# === What must not be held against a genuine file ===


def draw_linked():
    """Draw a contract whose first page links to itself and to the last."""
    output = io.BytesIO()
    canvas = Canvas(output, invariant=True)
    for number in range(3):
        canvas.bookmarkPage(f"page{number}")
        canvas.drawString(100, 700, f"Strona {number + 1}")
        if not number:
            for target in ("page0", "page2"):
                canvas.linkAbsolute("", target, (90, 690, 300, 720))
        canvas.showPage()
    canvas.save()
    return output.getvalue()


def test_links_to_a_page_that_is_signed_are_no_change_of_it(signatory):
    sent = draw_linked()
    report = signatory.validate(signatory.sign(sent), sent)
    assert report.verdict == GREEN, report.findings
    on_the_page = signatory.sign(sent, names=NAMES[:1], manual=True)
    report = signatory.validate(on_the_page, sent)
    assert [finding.code for finding in report.findings] == ["drawn_over"]
