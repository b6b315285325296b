# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import hashlib

from odoo import http
from odoo.http import request


class AutentiPreview(http.Controller):
    @http.route(
        "/autenti/preview/<int:send_id>/<string:sha256>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def preview(self, send_id, sha256):
        """Give the document of a send dialog, as long as it is the one asked for.

        So what the browser shows is known by the address that it has it from.
        """
        send = request.env["autenti.send"].browse(send_id).exists()
        if not send or not send.has_access("read"):
            raise request.not_found()
        content = base64.b64decode(send.pdf or b"")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise request.not_found()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Cache-Control", "private, no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
