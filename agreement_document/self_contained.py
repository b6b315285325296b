# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Pages that bring all they show: of what Odoo serves, nothing is left to be fetched.

wkhtmltopdf is a browser outside of Odoo. What it gets from Odoo depends on an address
that can be reached and a worker that is free, and what it doesn't get is just missing.
"""

import base64
import functools
import re
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

from lxml import etree, html
from psycopg2 import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from odoo.exceptions import MissingError, UserError
from odoo.http import root
from odoo.tools.image import image_process
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.web.controllers.binary import Binary
from odoo.addons.web.controllers.report import ReportController

CSS_URL = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)""")
FONT_FACE = re.compile(r"@font-face\s*{[^}]*}")
FONT_FAMILY = re.compile(r"""font-family:\s*["']?([^"';}]+)""")
FONT_SOURCES = re.compile(r"src:[^;}]*;?")
# Of several that a style sheet offers, one that wkhtmltopdf's browser knows
FONT_FORMATS = (".woff", ".ttf")
# What can't be told from the content
MIME_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LONGEST = 200  # letters of an address that people are told
ROUTES = Map(
    Rule(route, endpoint=reader, strict_slashes=False)
    for handler, reader in (
        (Binary.content_assets, "_read_bundle"),
        (Binary.content_common, "_read_field"),
        (Binary.content_image, "_read_image"),
        (ReportController.report_barcode, "_read_barcode"),
    )
    for route in handler.original_routing["routes"]
).bind("")


class SelfContained:
    """Puts what Odoo serves into pages, as ``data:`` URLs.

    What is elsewhere stays there, but fonts, which are had from here or not at all.

    :param env: of who sees the pages: they show what this user may read
    :param str base_urls: of Odoo, as the pages know it; several where servers and
        people know it by different ones
    :param bool is_closed: refuse what is elsewhere
    """

    def __init__(self, env, *base_urls, is_closed=False):
        self.env = env
        self.is_closed = is_closed
        self.base_urls = tuple(f"{url.rstrip('/')}/" for url in base_urls)
        # A document's header, body and footer show the same style sheets
        self._embed = functools.cache(self._embed)

    def convert(self, page):
        """Return a page that fetches nothing from Odoo.

        :param str page: HTML, with its head
        :raise odoo.exceptions.UserError: when what it shows isn't there, this user
            may not see it, or it is elsewhere and nothing may be
        """
        document = html.document_fromstring(page)
        for path in ("//link[@rel='stylesheet']/@href", "//script/@src", "//img/@src"):
            for url in document.xpath(path):
                url.getparent().set(url.attrname, self._embed(url))
        for element in document.iter("style"):
            element.text = self._convert_css(element.text or "")
        for element in document.xpath("//*[contains(@style, 'url(')]"):
            element.set("style", self._convert_css(element.get("style")))
        return etree.tostring(
            document, method="html", encoding="unicode", doctype="<!DOCTYPE html>"
        )

    def _convert_css(self, css, base_url=""):
        others = FONT_FACE.sub("", css)

        def convert_font(match):
            face = match[0]
            family = FONT_FAMILY.search(face)
            is_used = family and family[1].strip() in others
            source = is_used and self._get_font(face, base_url)
            if not source:
                return ""
            return FONT_SOURCES.sub("", face)[:-1] + f";src:url({source})}}"

        def convert_url(match):
            url = urljoin(base_url, match[1])
            if not self._is_own(url):
                self._check_others_may_serve(url)
                return match[0]
            try:
                return f"url({self._embed(url)})"
            except MissingError:  # as of a rule that no element of the page obeys
                return "none"

        return CSS_URL.sub(convert_url, FONT_FACE.sub(convert_font, css))

    def _get_font(self, face, base_url):
        for source in CSS_URL.findall(face):
            url = urljoin(base_url, source)
            if self._is_own(url) and urlsplit(url).path.endswith(FONT_FORMATS):
                try:
                    return self._embed(url)
                except MissingError:
                    continue
        return None

    def _is_own(self, url):
        try:
            return urljoin(self.base_urls[0], url).startswith(self.base_urls)
        except ValueError:  # it is no address
            return False

    def _check_others_may_serve(self, url):
        if self.is_closed and not url.lower().startswith("data:"):
            raise UserError(
                self.env._(
                    "The document shows “%s”, which isn't in Odoo and can change any "
                    "time. Save the picture on your computer and insert it from there.",
                    url,
                )
            )

    def _embed(self, url):
        """Return what Odoo serves as a ``data:`` URL, and other URLs as they are."""
        if not self._is_own(url):
            self._check_others_may_serve(url)
            return url
        parts = urlsplit(urljoin(self.base_urls[0], url))
        content = self._read(parts)
        if not content:
            raise MissingError(
                self.env._("The document shows “%s”, which isn't there.", parts.path)
            )
        kind = MIME_TYPES.get(Path(parts.path).suffix) or guess_mimetype(content)
        if kind == "text/css":
            content = self._convert_css(content.decode(), parts.path).encode()
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"

    def _read(self, parts):
        if path := root.get_static_file(parts.path):
            return Path(path).read_bytes()
        try:
            reader, arguments = ROUTES.match(parts.path)
        except HTTPException:
            return None
        options = dict(parse_qsl(parts.query)) | arguments
        try:
            return getattr(self, reader)(**options)
        except (UserError, OperationalError):
            raise
        except Exception as error:  # whoever writes the text writes what they like
            raise UserError(
                self.env._(
                    "The document shows “%s”, which can't be made: it may be too large "
                    "or not well written. Change it in the text.",
                    parts.path[:LONGEST],
                )
            ) from error

    # === What core's routes answer, by their arguments ===

    def _read_bundle(self, filename, unique, **_options):
        name, rtl, kind, autoprefix = self.env["ir.asset"]._parse_bundle_name(
            filename, unique == "debug"
        )
        bundle = self.env["ir.qweb"]._get_asset_bundle(
            name, css=kind == "css", js=kind == "js", rtl=rtl, autoprefix=autoprefix
        )
        return (bundle.css() if kind == "css" else bundle.js()).raw

    def _read_field(
        self,
        xmlid=None,
        model="ir.attachment",
        id=None,  # pylint: disable=redefined-builtin
        field="raw",
        access_token=None,
        **_options,
    ):
        record = self.env["ir.binary"]._find_record(
            xmlid, model, id and int(id), access_token, field=field
        )
        content = record[field]
        return content if field == "raw" else base64.b64decode(content or b"")

    def _read_image(self, width=0, height=0, crop=False, **arguments):
        size = (int(width), int(height))
        content = self._read_field(**arguments)
        # Without a size nothing is unpacked
        return image_process(content, size=size, crop=crop, verify_resolution=any(size))

    def _read_barcode(self, barcode_type, value, **options):
        return self.env["ir.actions.report"].barcode(barcode_type, value, **options)
