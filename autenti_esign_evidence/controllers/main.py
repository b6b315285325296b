# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.http import content_disposition, request

from ..models.autenti_request import EVIDENCE_PATH
from ..models.res_partner import SIGNINGS_PATH
from ..package import to_json
from ..zip_stream import stream


class AutentiEvidence(http.Controller):
    @http.route(
        f"{EVIDENCE_PATH}/<int:request_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def evidence(self, request_id):
        """Give the evidence of a request as a ZIP, to whoever may read the request.

        All that the database has to tell is read before; the files are read while the
        answer is sent.
        """
        signature_request = request.env["autenti.request"].browse(request_id).exists()
        if not signature_request or not signature_request.has_access("read"):
            raise request.not_found()
        return request.make_response(
            stream(signature_request._get_evidence_package().get_files()),
            headers=[
                ("Content-Type", "application/zip"),
                (
                    "Content-Disposition",
                    content_disposition(f"autenti-evidence-{request_id}.zip"),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @http.route(
        f"{SIGNINGS_PATH}/<int:partner_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def signings(self, partner_id):
        """Give what is kept of a person's signings, to hand it to them."""
        partner = request.env["res.partner"].browse(partner_id).exists()
        may_export = request.env["autenti.privacy"].has_access("create")
        if not partner or not may_export or not partner.has_access("read"):
            raise request.not_found()
        return request.make_response(
            to_json(partner._autenti_export_signings()),
            headers=[
                ("Content-Type", "application/json; charset=utf-8"),
                (
                    "Content-Disposition",
                    content_disposition(f"signings-{partner_id}.json"),
                ),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
