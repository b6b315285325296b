# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io

from PIL import Image

from odoo.http import Request
from odoo.tests import HttpCase

from odoo.addons.autenti_esign.client import assumptions
from odoo.addons.autenti_esign.tests.common import PDF, draw_pdf
from odoo.addons.autenti_esign.tests.test_enclosures import OFFICE_FILES

from .common import AUTHORITY, DocumentCommon

UPLOAD = "/autenti/document/upload"


def draw_form():
    return draw_pdf(draw_more=lambda canvas: canvas.acroForm.textfield(name="imię"))


def draw_picture():
    output = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(output, "PNG")
    return output.getvalue()


class TestUpload(DocumentCommon, HttpCase):
    """Files that are dropped, one by one, as the browser sends them."""

    def upload(self, name, content, path=UPLOAD, user=None):
        """Send a file as a user's browser does.

        :return: what the server made of it
        """
        user = user or self.seller
        self.authenticate(user.login, user.login)
        answer = self.url_open(
            path,
            data={"csrf_token": Request.csrf_token(self)},
            files={"ufile": (name, content, "application/pdf")},
        )
        self.assertEqual(answer.status_code, 200)
        return answer.json()

    def made(self, answer):
        self.assertNotIn("error", answer)
        return self.env["autenti.document"].browse(answer["id"])

    def count(self):
        files = [("res_model", "=", "autenti.document")]
        return (
            self.env["autenti.document"].search_count([]),
            self.env["ir.attachment"].search_count(files),
        )

    def test_a_pdf(self):
        document = self.made(self.upload("Umowa najmu.pdf", PDF))
        self.assertEqual(document.name, "Umowa najmu")
        self.assertEqual(document.attachment_id.name, "Umowa najmu.pdf")
        self.assertEqual(document.attachment_id.raw, PDF)
        self.assertEqual(document.create_uid, self.seller)

    def test_a_picture_becomes_a_pdf(self):
        document = self.made(self.upload("Skan.png", draw_picture()))
        self.assertEqual(document.attachment_id.name, "Skan.pdf")
        self.assertEqual(document.attachment_id.mimetype, "application/pdf")
        self.assertTrue(document.attachment_id.raw.startswith(b"%PDF"))

    def test_bad_files_leave_nothing_behind(self):
        before = self.count()
        for name, content, problem in (
            ("Wirus.pdf", b"MZ\x90\0", "only a PDF"),
            ("Tekst.txt", b"Umowa", "only a PDF"),
            ("Umowa.docx", OFFICE_FILES["docx"], "Save the file as PDF first"),
            ("Pusty.pdf", b"", "empty"),
            ("Formularz.pdf", draw_form(), "form fields"),
            ("Tajny.pdf", draw_pdf(encrypt="hasło"), "password"),
            ("Urwany.pdf", PDF[:-200], "damaged"),
            ("Wielki.pdf", PDF + b"%" * 50_000_000 + b"\n%%EOF", "larger than"),
            ("Obraz.png", draw_picture()[:40], "damaged"),
        ):
            with self.subTest(name=name):
                answer = self.upload(name, content)
                self.assertTrue(answer["error"].startswith(f"{name}: "))
                self.assertIn(problem, answer["error"])
        self.assertEqual(self.count(), before)

    def test_a_file_as_large_as_autenti_takes(self):
        text = "x" * (assumptions.MAX_FILE_BYTES - 5000)
        content = draw_pdf(text, pageCompression=0)
        self.assertLess(len(content), assumptions.MAX_FILE_BYTES)
        document = self.made(self.upload("Duży.pdf", content))
        self.assertEqual(document.attachment_id.raw, content)

    def test_odd_names(self):
        for name, title in (
            ("../../etc/passwd.pdf", "etc passwd"),
            ("C:\\Umowy\\a.PDF", "C Umowy a"),
            ("<img src=x onerror=alert(1)>.pdf", "img src=x onerror=alert(1)"),
            ("umowa\u202efdp.exe.pdf", "umowafdp.exe"),
            ("Zażółć 🙂.pdf", "Zażółć 🙂"),
            (".pdf", "document"),
            ("bez rozszerzenia", "bez rozszerzenia"),
            ("a" * 300 + ".pdf", "a" * 200),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.made(self.upload(name, PDF)).name, title)

    def test_another_file_for_a_document(self):
        path = f"/autenti/document/{self.document.id}/upload"
        self.assertEqual(self.made(self.upload("Nowe.pdf", PDF, path)), self.document)
        self.assertEqual(self.document.attachment_id.raw, PDF)
        self.assertEqual(self.document.name, "Pełnomocnictwo")

    def test_one_that_goes_along(self):
        path = f"/autenti/document/{self.document.id}/enclose"
        self.made(self.upload("Umowa.docx", OFFICE_FILES["docx"], path))
        picture = draw_picture()
        self.made(self.upload("Skan.png", picture, path))
        answer = self.upload("Wirus.pdf", b"MZ\x90", path)
        self.assertIn("Wirus.pdf: Autenti takes PDF", answer["error"])
        self.assertEqual(self.document.attachment_id.raw, AUTHORITY)
        files = self.document.enclosure_ids.sorted("id")
        self.assertEqual(files.mapped("name"), ["Umowa.docx", "Skan.png"])
        self.assertEqual(files.mapped("raw"), [OFFICE_FILES["docx"], picture])

    def test_none_for_that_of_another(self):
        for kind in ("upload", "enclose"):
            path = f"/autenti/document/{self.document.id}/{kind}"
            for user in (self.colleague, self.board_seller):
                with self.subTest(user=user.name, kind=kind):
                    self.assertIn("error", self.upload("Nowe.pdf", PDF, path, user))
        self.assertEqual(self.document.attachment_id.raw, AUTHORITY)
        self.assertFalse(self.document.enclosure_ids)

    def test_nor_for_one_that_is_gone(self):
        path = f"/autenti/document/{self.document.id}/upload"
        self.document.unlink()
        self.assertIn("error", self.upload("Nowe.pdf", PDF, path))

    def test_who_may_not_make_one_is_told(self):
        outsider = self._create_user("Ewa Obca", "ewa@firma.example.com", groups="")
        before = self.count()
        self.assertIn("error", self.upload("Moje.pdf", PDF, user=outsider))
        self.assertEqual(self.count(), before)

    def test_strangers_get_to_the_login(self):
        self.authenticate(None, None)
        answer = self.url_open(
            UPLOAD,
            data={"csrf_token": Request.csrf_token(self)},
            files={"ufile": ("Moje.pdf", PDF)},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_no_other_page_uploads(self):
        self.authenticate(self.seller.login, self.seller.login)
        before = self.count()
        with self.assertLogs("odoo.http", "WARNING"):
            answer = self.url_open(UPLOAD, files={"ufile": ("Moje.pdf", PDF)})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.count(), before)

    def test_a_form_without_a_file(self):
        self.authenticate(self.seller.login, self.seller.login)
        token = Request.csrf_token(self)
        answer = self.url_open(UPLOAD, data={"csrf_token": token})
        self.assertEqual(answer.status_code, 400)
