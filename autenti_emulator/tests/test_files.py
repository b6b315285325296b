# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Uploads and downloads."""

import json
import zipfile
from io import BytesIO
from urllib.parse import quote

import pypdfium2
import pytest
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from reportlab.pdfgen.canvas import Canvas

from .driver import adam, descriptions, make_pdf, signatures_of

PDF = "application/pdf"
META = {"filename": "umowa.pdf", "filePurpose": "SOURCE_FILE", "mimeType": PDF}


def image(kind):
    output = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(output, kind)
    return output.getvalue()


def encrypted():
    writer = copy_into_new_writer(PdfFileReader(BytesIO(make_pdf())))
    writer.encrypt("owner", "user")
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def with_form():
    output = BytesIO()
    canvas = Canvas(output)
    canvas.drawString(72, 720, "Imię:")
    canvas.acroForm.textfield(name="imie", x=72, y=700)
    canvas.save()
    return output.getvalue()


def office_file(*names, manifest=""):
    """A ZIP with the parts by which office programs know their files."""
    output = BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name in names:
            archive.writestr(name, manifest)
    return output.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
NEW = office_file("[Content_Types].xml")
OPEN = office_file("META-INF/manifest.xml")
OPENXML = "application/vnd.openxmlformats-officedocument."
OPENDOCUMENT = "application/vnd.oasis.opendocument."
DOCX = OPENXML + "wordprocessingml.document"
OFFICE = [
    ("umowa.doc", "application/msword", OLD),
    ("umowa.docx", DOCX, NEW),
    ("umowa.odt", OPENDOCUMENT + "text", OPEN),
    ("cennik.xls", "application/vnd.ms-excel", OLD),
    ("cennik.xlsx", OPENXML + "spreadsheetml.sheet", NEW),
    ("cennik.ods", OPENDOCUMENT + "spreadsheet", OPEN),
]


def with_xfa():
    writer = copy_into_new_writer(PdfFileReader(BytesIO(make_pdf())))
    writer.root["/AcroForm"] = generic.DictionaryObject(
        {generic.pdf_name("/XFA"): generic.TextStringObject("<xdp/>")}
    )
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.fixture
def without_office(monkeypatch, tmp_path):
    """The machine may have LibreOffice or not."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def without_pages():
    output = BytesIO()
    PdfFileWriter().write(output)
    return output.getvalue()


def test_upload_of_meta_and_file(org):
    content = make_pdf()
    answer = org.upload(org.draft(), content)
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"].startswith("FILE-DTBS:") and body["id"].endswith("/DTBS")
    assert body["filename"] == "umowa.pdf"
    assert body["filePurpose"] == "SOURCE_FILE"
    assert (body["mimeType"], body["size"]) == (PDF, len(content))


def test_upload_of_meta_as_a_part_with_a_filename(org):
    path = org.draft()
    meta = ("meta.json", json.dumps(META), "application/json")
    files = {"fileMeta": meta, "file": ("x.pdf", make_pdf(), PDF)}
    answer = org.call("POST", path + "/files", files=files)
    assert answer.json()["filename"] == "umowa.pdf"


def test_upload_of_a_file_alone(org):
    files = {"file": ("sama.pdf", make_pdf(), "application/octet-stream")}
    answer = org.call("POST", org.draft() + "/files", files=files)
    assert answer.status_code == 201
    assert answer.json()["filename"] == "sama.pdf"


def test_upload_of_flat_fields(org):
    fields = {"filePurpose": "SOURCE_FILE", "mimeType": PDF}
    files = {"file": ("pole.pdf", make_pdf(), PDF)}
    answer = org.call("POST", org.draft() + "/files", data=fields, files=files)
    assert answer.status_code == 201
    assert answer.json()["filename"] == "pole.pdf"


@pytest.mark.parametrize("name, mime, content", OFFICE)
def test_office_file_becomes_a_page_that_says_what_it_stands_for(
    org, without_office, name, mime, content
):
    path = org.draft(adam())
    body = org.upload(path, content, name, mime).json()
    assert body["mimeType"] == PDF
    assert body["mimeTypeBeforeConversion"] == mime
    assert body["conversionStatus"] == "SUCCESS"
    with pypdfium2.PdfDocument(org.file(path, "SOURCE_FILE")) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert name in text and mime in text
    org.act(path, "DOCUMENT_SENT")
    org.play(path, "adam@klient.test")
    signed = [
        f for f in org.details(path)["files"] if f["filePurpose"].startswith("SIGNED")
    ]
    assert [f["filename"] for f in signed] == [name.partition(".")[0] + ".pdf"]
    assert signatures_of(org.file(path, "SIGNED_CONTENT_FILE"))


@pytest.mark.parametrize("program", ["soffice", "libreoffice"])
def test_office_program_converts_where_there_is_one(org, without_office, program):
    """Called as LibreOffice wants it: what it makes is in the folder that it's told."""
    made = without_office / "made.pdf"
    made.write_bytes(make_pdf(text="Z programu"))
    script = without_office / program
    script.write_text(
        "#!/bin/bash\n"
        "for last; do folder=$before; before=$last; done\n"
        "[[ $last == *.docx && $2 == --headless ]] &&"
        f' /bin/cp {made} "$folder/source.pdf"\n'
    )
    script.chmod(0o755)
    path = org.draft()
    assert org.upload(path, NEW, "umowa.docx", DOCX).status_code == 201
    assert org.file(path, "SOURCE_FILE") == made.read_bytes()


def test_file_that_the_office_program_cant_convert_is_refused(org, without_office):
    script = without_office / "soffice"
    script.write_text("#!/bin/bash\nexit 0\n")
    script.chmod(0o755)
    answer = org.upload(org.draft(), NEW, "umowa.docx", DOCX)
    assert "can't be read as DOCX" in descriptions(answer)


@pytest.mark.parametrize("name, mime, content", OFFICE)
def test_name_tells_the_type_of_a_file_alone(org, without_office, name, mime, content):
    files = {"file": (name.upper(), content, "application/octet-stream")}
    body = org.call("POST", org.draft() + "/files", files=files).json()
    assert body["mimeTypeBeforeConversion"] == mime


@pytest.mark.parametrize(
    "name, mime, content, complaint",
    [
        ("a.docx", DOCX, b"text", "can't be read as DOCX"),
        ("a.docx", DOCX, NEW[:-30], "can't be read as DOCX"),
        ("a.odt", OPENDOCUMENT + "text", office_file("x"), "can't be read as ODT"),
        ("a.doc", "application/msword", NEW, "can't be read as DOC"),
        ("a.docx", DOCX, OLD, "encrypted"),
        (
            "a.ods",
            OPENDOCUMENT + "spreadsheet",
            office_file("META-INF/manifest.xml", manifest="<encryption-data/>"),
            "encrypted",
        ),
        ("a.rtf", "application/rtf", b"{\\rtf1}", "application/rtf"),
    ],
)
def test_unfit_office_file_is_refused(org, name, mime, content, complaint):
    path = org.draft()
    assert complaint in descriptions(org.upload(path, content, name, mime))
    assert org.details(path)["files"] == []


@pytest.mark.parametrize("kind, mime", [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_image_is_refused(org, kind, mime):
    path = org.draft()
    assert mime in descriptions(org.upload(path, image(kind), f"skan.{kind}", mime))
    assert "PDF" in descriptions(org.upload(path, image(kind), "skan.pdf"))
    files = {"file": (f"skan.{kind}", image(kind), "application/octet-stream")}
    assert "PDF" in descriptions(org.call("POST", path + "/files", files=files))
    assert org.details(path)["files"] == []


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"Umowa", "isn't a PDF"),
        (b"%PDF-1.7\nnothing more", "can't be read"),
        (make_pdf()[:-200], "can't be read"),
        (encrypted(), "encrypted"),
        (with_form(), "form fields"),
        (with_xfa(), "form fields"),
        (without_pages(), "no page"),
        (b"%PDF-" + bytes(10_000_000), "10000000 bytes"),
    ],
)
def test_unfit_pdf_is_refused(org, content, complaint):
    path = org.draft()
    assert complaint in descriptions(org.upload(path, content))
    assert org.details(path)["files"] == []


def test_signed_pdf_is_refused(org):
    path = org.sent(adam())
    org.play(path, "adam@klient.test")
    signed = org.file(path, "SIGNED_CONTENT_FILE")
    assert "signed" in descriptions(org.upload(org.draft(), signed))


def test_files_of_a_process_are_limited_together(org):
    path = org.draft()
    large = make_pdf(filler=9_000_000)
    assert org.upload(path, large).status_code == 201
    assert org.upload(path, large).status_code == 201
    assert "20000000 bytes" in descriptions(org.upload(path, large))


def test_request_far_over_the_limit_is_cut_off(org):
    answer = org.upload(org.draft(), bytes(22_000_000))
    assert "Too Large" in descriptions(answer, 413)
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "parts, complaint",
    [
        ({"fileMeta": (None, "{}")}, "part file"),
        ({"file": (None, "text")}, "part file"),
        ({"file": ("a.pdf", b""), "meta": (None, "{}")}, "meta"),
        ({"file": ("a.pdf", b""), "fileMeta": (None, "{")}, "isn't JSON"),
        ({"file": ("a.pdf", b""), "fileMeta": (None, "[" * 100_000)}, "isn't JSON"),
        ({"file": ("a.pdf", b""), "fileMeta": (None, "[]")}, "FileMeta"),
        ({"file": ("a.pdf", b""), "filePurpose": (None, "SOURCE_FILE")}, "Unknown"),
    ],
)
def test_unknown_parts_are_refused(org, parts, complaint):
    answer = org.call("POST", org.draft() + "/files", files=parts)
    assert complaint in descriptions(answer)


def test_part_given_twice_is_refused(org):
    files = [("file", ("a.pdf", make_pdf())), ("file", ("b.pdf", make_pdf()))]
    answer = org.call("POST", org.draft() + "/files", files=files)
    assert "twice" in descriptions(answer)


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"file_name": "umowa.pdf"}, "file_name"),
        ({"filename": ""}, "filename"),
        ({"filePurpose": "SOURCE"}, "filePurpose"),
        ({"mimeType": "image/png"}, "image/png"),
    ],
)
def test_wrong_meta_is_refused(org, change, complaint):
    files = {
        "fileMeta": (None, json.dumps({**META, **change}), "application/json"),
        "file": ("umowa.pdf", make_pdf(), PDF),
    }
    answer = org.call("POST", org.draft() + "/files", files=files)
    assert complaint in descriptions(answer)


@pytest.mark.parametrize("name", [{}, {"fileName": "umowa.pdf"}])
def test_file_without_its_name_gets_a_placeholder(org, name):
    meta = {"filePurpose": "SOURCE_FILE", "mimeType": PDF, **name}
    files = {
        "fileMeta": (None, json.dumps(meta), "application/json"),
        "file": ("umowa.pdf", make_pdf(), PDF),
    }
    answer = org.call("POST", org.draft() + "/files", files=files)
    assert answer.status_code == 201, answer.text
    assert answer.json()["filename"] == "document.pdf"


def test_upload_that_isnt_multipart_is_refused(org):
    answer = org.call("POST", org.draft() + "/files", json=META)
    assert "multipart" in descriptions(answer)


def test_listing_has_a_line_for_each_object_unless_an_array_is_asked_for(org):
    path = org.draft()
    ids = [org.upload(path).json()["id"] for _ in range(2)]
    stream = org.call("GET", path + "/files")
    assert stream.headers["content-type"] == "application/stream+json"
    lines = stream.text.split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["id"] for line in lines] == ids
    accept = {"Accept": "application/json"}
    array = org.call("GET", path + "/files", headers=accept)
    assert [item["id"] for item in array.json()] == ids
    both = {"Accept": "application/json, application/stream+json"}
    answer = org.call("GET", path + "/files", headers=both)
    assert answer.headers["content-type"] == "application/stream+json"
    assert org.call("GET", org.draft() + "/files").text == ""


@pytest.mark.parametrize("accept", ["application/json", "application/stream+json"])
@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("form", ["lines", "joined", "array", "object"])
def test_listing_comes_in_any_form_that_is_set(org, turned, form, count, accept):
    path = org.draft()
    ids = [org.upload(path).json()["id"] for _ in range(count)]
    turned(listing=form)
    text = org.call("GET", path + "/files", headers={"Accept": accept}).text
    if form == "lines":
        shown = [json.loads(line) for line in text.splitlines()]
    elif form == "joined":
        assert "\n" not in text
        shown = json.loads("[" + text.replace("}{", "},{") + "]")
    elif form == "array":
        shown = json.loads(text)
    elif count == 1:
        shown = [json.loads(text)]
    else:
        # There is no single object then
        assert (text[:1] == "[") == (accept == "application/json")
        return
    assert [item["id"] for item in shown] == ids


def test_content_needs_the_whole_id_encoded(org):
    path, content = org.draft(), make_pdf()
    file_id = org.upload(path, content).json()["id"]
    encoded = org.call("GET", f"{path}/files/{quote(file_id, safe='')}/content")
    assert encoded.content == content
    assert encoded.headers["content-type"] == PDF
    bare = org.call("GET", f"{path}/files/{file_id}/content")
    assert bare.status_code == 404
    assert org.call("GET", f"{path}/files/FILE%2F1/content").status_code == 404


def test_file_can_be_taken_off_a_draft(org):
    path = org.draft(adam())
    file_id = quote(org.upload(path).json()["id"], safe="")
    assert org.call("DELETE", f"{path}/files/{file_id}").status_code == 204
    assert org.details(path)["files"] == []
    assert org.call("DELETE", f"{path}/files/{file_id}").status_code == 404


def test_file_cant_be_taken_off_a_sent_process(org):
    path = org.sent()
    file_id = quote(org.details(path)["files"][0]["id"], safe="")
    descriptions(org.call("DELETE", f"{path}/files/{file_id}"))
