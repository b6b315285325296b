# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
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
        contract_sudo = self._find_contract(contract_id)
        if contract_sudo.state != "signed":
            raise request.not_found()
        file_sudo = contract_sudo.signed_attachment_id
        stream = request.env["ir.binary"]._get_stream_from(file_sudo)
        return stream.get_response(as_attachment=True)

    @http.route(
        f"{CONTRACTS_PATH}/<int:contract_id>/sign",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def sign_contract(self, contract_id, **_form):
        """Take the user whose turn it is to Autenti."""
        contract_sudo = self._find_contract(contract_id)
        if not contract_sudo:
            raise request.not_found()
        return self._go_to_sign(contract_sudo)

    @http.route(
        f"{CONTRACTS_PATH}/<string:model>/<int:record_id>/sign",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def sign_record(self, model, record_id, access_token="", **form):
        """Take who has opened a record's own page to Autenti, if it is their turn."""
        words = access_token, form.get("hash", "")
        if not all(isinstance(word, str) and word.isascii() for word in words):
            raise request.not_found()
        mixins = map(request.registry.get, ("autenti.sign.mixin", "portal.mixin"))
        if not all(isinstance(request.env.get(model), mixin) for mixin in mixins):
            raise request.not_found()
        try:
            record = self._document_check_access(model, record_id, access_token)
        except (AccessError, MissingError):
            raise request.not_found() from None
        # Who asks is still the visitor
        contract_sudo = record.with_user(request.env.user).sudo().autenti_request_id
        if not contract_sudo:
            raise request.not_found()
        return self._go_to_sign(contract_sudo, form.get("hash", ""))

    def _find_contract(self, contract_id):
        """Find a contract of the user's own; what isn't doesn't exist for them."""
        contracts_sudo = request.env["autenti.request"]._find_for_portal()
        return contracts_sudo.filtered(lambda contract: contract.id == contract_id)

    def _go_to_sign(self, contract_sudo, mailed_hash=""):
        """Fetch the personal link and go there: it is kept nowhere, and never shown."""
        try:
            url = contract_sudo._fetch_link_for_portal(mailed_hash)
        except UserError as error:
            values = {"title": contract_sudo.name, "message": str(error)}
            return request.render("autenti_esign.portal_sign_refused", values)
        response = request.redirect(url, code=303, local=False)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
