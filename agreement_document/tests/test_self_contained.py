# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import io
import re
import threading
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from lxml import html
from markupsafe import Markup
from PIL import Image

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfReader

from ..models.ir_actions_report import CONTRACT_REPORT
from ..self_contained import SelfContained
from .common import DocumentCommon

URL = "http://odoo.example.com"
INNER_URL = "http://10.0.0.1:8069"


class TestSelfContained(DocumentCommon):
    """What is printed for signing asks nothing of Odoo's server."""

    def setUp(self):
        super().setUp()
        buffer = io.BytesIO()
        Image.new("RGB", (40, 20), "green").save(buffer, "PNG")
        self.picture = self.env["ir.attachment"].create(
            {"name": "x.png", "raw": buffer.getvalue(), "public": True}
        )
        self.client.image_1920 = base64.b64encode(buffer.getvalue())

    def convert(self, body, head="", user=None):
        page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
        env = self.env(user=user or self.seller)
        return html.document_fromstring(
            SelfContained(env, INNER_URL, URL).convert(page)
        )

    def decode(self, url):
        kind, content = re.fullmatch("data:([^;]+);base64,(.+)", url).groups()
        return kind, base64.b64decode(content)

    def convert_image(self, url, **options):
        (url,) = self.convert(f'<img src="{url}"/>', **options).xpath("//img/@src")
        return self.decode(url)

    def test_a_picture_of_too_many_pixels_is_not_unpacked(self):
        buffer = io.BytesIO()
        Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
        # As it is kept by a server that makes no picture smaller
        parameter = "base.image_autoresize_max_px"
        self.env["ir.config_parameter"].set_param(parameter, "0")
        self.picture.raw = buffer.getvalue()
        with self.assertRaisesRegex(UserError, "Too large image"):
            self.convert_image(f"/web/image/{self.picture.id}/20x10")

    def test_pictures(self):
        picture = self.picture.id
        partner = f"res.partner/{self.client.id}"
        for url, size in (
            (f"/web/image/{picture}", (40, 20)),
            (f"/web/image/{picture}-1a2b3c/x.png", (40, 20)),
            (f"/web/image/{picture}/20x10", (20, 10)),
            (f"/web/image/{partner}/image_128", (40, 20)),
            (
                f"/web/image?model=res.partner&amp;id={self.client.id}&amp;field=image_128",
                (40, 20),
            ),
            (f"/web/content/{picture}?download=true", (40, 20)),
            (f"{URL}/web/image/{picture}", (40, 20)),
            (f"{INNER_URL}/web/image/{picture}", (40, 20)),
        ):
            with self.subTest(url=url):
                kind, content = self.convert_image(url)
                self.assertEqual(kind, "image/png")
                self.assertEqual(Image.open(io.BytesIO(content)).size, size)
        kind, content = self.convert_image(
            "/agreement_document/static/description/icon.png"
        )
        self.assertTrue(content.startswith(b"\x89PNG"))

    def test_what_others_serve_stays_where_it_is(self):
        for url in ("https://example.com/x.png", "//example.com/web/image/1"):
            (source,) = self.convert(f'<img src="{url}"/>').xpath("//img/@src")
            self.assertEqual(source, url)

    def test_barcodes(self):
        for url in (
            "/report/barcode/QR/Żółć?width=90",
            "/report/barcode/?barcode_type=QR&amp;value=Żółć&amp;width=90",
        ):
            # Drawing one needs a library that not every server has
            with (
                self.subTest(url=url),
                patch.object(
                    self.registry["ir.actions.report"], "barcode", return_value=b"x"
                ) as barcode,
            ):
                self.assertEqual(self.convert_image(url)[1], b"x")
                barcode.assert_called_once_with("QR", "Żółć", width="90")

    def test_a_picture_that_cannot_be_made_ends_in_a_sentence(self):
        for url in (
            "/report/barcode/QR/x?width=99999&height=99999",
            "/report/barcode/Code128/x?width=wide",
            "/report/barcode/QR/x?barBorder=thick",
            "/report/barcode/?barcode_type=QR",
            f"/report/barcode/QR/{'x' * 5000}",
            f"/web/image/{self.picture.id}?width=wide",
            "/web/image?id=x",
            "/web/image?id=1&model=no.such.model",
            "http://[",
        ):
            page = html.fromstring("<html><head/><body><img/></body></html>")
            page.find(".//img").set("src", url)
            converter = SelfContained(
                self.env(user=self.seller), INNER_URL, URL, is_closed=True
            )
            with self.subTest(url=url[:60]), self.assertRaises(UserError) as caught:
                converter.convert(html.tostring(page, encoding="unicode"))
            self.assertLess(len(str(caught.exception)), 500)

    def test_an_argument_that_is_given_twice_counts_once(self):
        with patch.object(
            self.registry["ir.actions.report"], "barcode", return_value=b"x"
        ) as barcode:
            self.convert('<img src="/report/barcode/QR/x?value=y&amp;width=9"/>')
        barcode.assert_called_once_with("QR", "x", width="9")

    def test_what_is_not_there_is_not_left_out_in_silence(self):
        for url in (
            "/web/image/999999999",
            "/agreement_document/static/nothing.png",
            "/agreement_document/static/../__manifest__.py",
            "/some/page",
        ):
            with self.subTest(url=url), self.assertRaises(MissingError):
                self.convert_image(url)

    def test_what_the_user_may_not_see(self):
        self.picture.write(
            {"public": False, "res_model": "agreement", "res_id": self.agreement.id}
        )
        url = f"/web/image/{self.picture.id}"
        self.convert_image(url, user=self.seller)
        with self.assertRaises(AccessError):
            self.convert_image(url, user=self.stranger)

    def test_style_sheets_with_the_fonts_they_use(self):
        (node,) = self.env["ir.qweb"]._get_asset_nodes(
            "web.report_assets_common", js=False, autoprefix=True
        )
        link = f'<link rel="stylesheet" href="{node[1]["href"]}"/>'
        (url,) = self.convert("", head=link).xpath("//link/@href")
        kind, css = self.decode(url)
        self.assertEqual(kind, "text/css")
        css = css.decode()
        self.assertIn(".table", css)
        for url in re.findall(r"""url\(\s*["']?(.{5})""", css):
            self.assertEqual(url, "data:")
        fonts = "".join(re.findall("@font-face[^}]*}", css))
        self.assertIn("data:", fonts)
        self.assertIn("Lato", fonts)
        self.assertNotIn("Fira_Mono", fonts)

    def test_styles_in_the_page(self):
        url = f"url(/web/image/{self.picture.id})"
        page = self.convert(
            f'<p style="background: {url}">x</p>', f"<style>b {{top: {url}}}</style>"
        )
        (inline,) = page.xpath("//p/@style")
        (sheet,) = page.xpath("//style/text()")
        self.assertRegex(inline, r"^background: url\(data:image/png;base64,")
        self.assertRegex(sheet, r"^b {top: url\(data:image/png;base64,")

    @contextmanager
    def listen(self):
        """Serve nothing on an address of the own network.

        :return: the address, and the list of paths that are asked for
        """
        requests = []

        class Listener(BaseHTTPRequestHandler):
            def do_GET(self):
                requests.append(self.path)
                self.send_error(404)

            def log_message(self, *args):
                """Say nothing: the test looks at `requests`."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.shutdown)
            yield f"http://127.0.0.1:{server.server_port}", requests

    def test_nothing_is_fetched(self):
        with self.listen() as (url, requests):
            self.env["ir.config_parameter"].set_param("report.url", url)
            report = self.env["ir.actions.report"].with_context(
                report_self_contained=True
            )
            image = Markup("<img src='/web/image/%s'/>") % self.picture.id
            page = self.env["ir.qweb"]._render(
                "web.minimal_layout", {"base_url": url, "body": image}
            )
            content = report._run_wkhtmltopdf([page])
        self.assertEqual(requests, [])
        (page,) = PdfReader(io.BytesIO(content)).pages
        kinds = [
            each.get_object()["/Subtype"]
            for each in page["/Resources"]["/XObject"].values()
        ]
        self.assertIn("/Image", kinds)

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_who_writes_a_contract_has_the_server_ask_for_nothing(self):
        agreement = self.agreement.with_user(self.seller)
        # Core gives HTML while tests run
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with self.listen() as (url, requests):
            for text, is_told in (
                (f'<img src="{url}/1"/>', True),
                (f'<p style="background-image: url({url}/2)">x</p>', True),
                (f'<p style="background-image: URL({url}/3)">x</p>', False),
                (f'<p style="background-image: \\75rl({url}/4)">x</p>', False),
                (f'<video src="{url}/5" autoplay="autoplay"></video>', False),
            ):
                agreement.document_text = f"<p>x</p>{text}"
                refusal = (
                    self.assertRaisesRegex(UserError, "isn't in Odoo")
                    if is_told
                    else nullcontext()
                )
                with self.subTest(text=text), self.allow_pdf_render(), refusal:
                    report.with_user(self.seller)._render_qweb_pdf(
                        CONTRACT_REPORT, agreement.ids
                    )
        self.assertEqual(requests, [])
