# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Uploads and downloads."""

import json
from io import BytesIO
from urllib.parse import quote

import pytest
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from reportlab.pdfgen.canvas import Canvas

from .driver import adam, descriptions, make_pdf

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


@pytest.mark.parametrize("kind, mime", [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_image_is_converted(org, kind, mime):
    path = org.draft()
    body = org.upload(path, image(kind), f"skan.{kind}", mime).json()
    assert body["mimeType"] == PDF
    assert body["mimeTypeBeforeConversion"] == mime
    assert body["conversionStatus"] == "SUCCESS"
    assert org.file(path, "SOURCE_FILE").startswith(b"%PDF-")


def test_name_tells_the_type_of_a_file_alone(org):
    files = {"file": ("skan.png", image("PNG"), "application/octet-stream")}
    body = org.call("POST", org.draft() + "/files", files=files).json()
    assert body["mimeTypeBeforeConversion"] == "image/png"


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"Umowa", "isn't a PDF"),
        (b"%PDF-1.7\nnothing more", "can't be read"),
        (make_pdf()[:-200], "can't be read"),
        (encrypted(), "encrypted"),
        (with_form(), "form fields"),
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
        ({"mimeType": "application/msword"}, "application/msword"),
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


def test_damaged_image_is_refused(org):
    answer = org.upload(org.draft(), b"\x89PNG nothing", "a.png", "image/png")
    assert "image" in descriptions(answer)


def test_listing_is_a_stream_unless_json_is_asked_for(org):
    path = org.draft()
    ids = [org.upload(path).json()["id"] for _ in range(2)]
    stream = org.call("GET", path + "/files")
    assert stream.headers["content-type"] == "application/stream+json"
    decoder, text, shown = json.JSONDecoder(), stream.text, []
    while text:
        item, end = decoder.raw_decode(text)
        shown.append(item["id"])
        text = text[end:]
    assert shown == ids
    accept = {"Accept": "application/json"}
    array = org.call("GET", path + "/files", headers=accept)
    assert [item["id"] for item in array.json()] == ids
    both = {"Accept": "application/json, application/stream+json"}
    answer = org.call("GET", path + "/files", headers=both)
    assert answer.headers["content-type"] == "application/stream+json"


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
