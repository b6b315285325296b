# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

CONTRACTS_PATH = "/my/signatures"


class AutentiPortal(CustomerPortal):
    """The client's contracts: where they are, and the signed files."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "autenti_contract_count" in counters:
            found = request.env["autenti.request"]._find_for_portal()
            values["autenti_contract_count"] = len(found)
        return values

    @http.route(
        [CONTRACTS_PATH, f"{CONTRACTS_PATH}/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def contracts(self, page=1, **_query):
        """Show the contracts that the user is a party of."""
        contracts_sudo = request.env["autenti.request"]._find_for_portal()
        time_zone = request.env.user._autenti_get_time_zone()
        contracts_sudo = contracts_sudo.with_context(tz=time_zone)
        pages = pager(
            url=CONTRACTS_PATH,
            total=len(contracts_sudo),
            page=page,
            step=self._items_per_page,
        )
        start = pages["offset"]
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "autenti_contracts",
            "default_url": CONTRACTS_PATH,
            "pager": pages,
            "contracts": contracts_sudo[start : start + self._items_per_page],
        }
        return request.render("autenti_esign.portal_contracts", values)

    @http.route(
        f"{CONTRACTS_PATH}/<int:contract_id>/signed",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def signed_contract(self, contract_id, **_query):
        """Give the signed file; what isn't the user's own doesn't exist for them."""
        contract_sudo = (
            request.env["autenti.request"]
            ._find_for_portal()
            .filtered(lambda contract: contract.id == contract_id)
        )
        if contract_sudo.state != "signed":
            raise request.not_found()
        file_sudo = contract_sudo.signed_attachment_id
        stream = request.env["ir.binary"]._get_stream_from(file_sudo)
        return stream.get_response(as_attachment=True)
