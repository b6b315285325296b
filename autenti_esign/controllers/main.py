# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import http
from odoo.http import request

from ..client import assumptions, const
from ..client.webhook import CallbackRejected
from ..models.autenti_connection import CALLBACK_PATH

_logger = logging.getLogger(__name__)


class AutentiController(http.Controller):
    """The address of this ERP that is registered at Autenti."""

    @http.route(CALLBACK_PATH, type="http", auth="public", methods=["GET"])
    def explain(self, **_query):
        """Tell a person who opens the address what it is for."""
        return request.render("autenti_esign.autenti_page")

    @http.route(
        CALLBACK_PATH,
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=const.CALLBACK_MAX_BYTES,
    )
    def receive(self, **_form):
        """Store what Autenti posts; who can't prove to be Autenti is turned away.

        The answer has no body: a stranger learns nothing from it.
        """
        raw = request.httprequest.get_data()
        signature = request.httprequest.headers.get(assumptions.JWS_HEADER)
        try:
            request.env["autenti.callback"].sudo()._receive(raw, signature)
        except CallbackRejected as rejection:
            _logger.info("Callback rejected: %s", rejection)
            return request.make_response("", status=rejection.status)
        return request.make_response("", status=200)
