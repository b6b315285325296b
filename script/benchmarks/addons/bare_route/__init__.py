# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.http import request


class BareRoute(http.Controller):
    """The least that a route can do which keeps what it is sent."""

    @http.route(
        "/bare",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def receive(self, **_form):
        body = request.httprequest.get_data(as_text=True)
        request.env.cr.execute("INSERT INTO bare_event (body) VALUES (%s)", [body])
        return request.make_response("")
