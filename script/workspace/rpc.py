# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Acting in Odoo as one of its users does, over the web client's JSON-RPC."""

import requests

from . import WorkspaceError

# Seconds, as long as Odoo itself allows; the first call after a start compiles assets
TIMEOUT = 120


class OdooError(WorkspaceError):
    """Odoo refused a call; the text is what the user would read."""


class User:
    """A logged-in user of an Odoo server.

    :param dict context: is sent with every call
    :raise OdooError: when Odoo refuses login and password
    """

    def __init__(self, url, database, login, password, context=None):
        self.url = url
        self.context = context or {}
        self.session = requests.Session()
        credentials = {"db": database, "login": login, "password": password}
        self.id = self._post("/web/session/authenticate", credentials)["uid"]

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model.

        :raise OdooError: when it raises
        """
        kwargs["context"] = self.context | kwargs.get("context", {})
        path = f"/web/dataset/call_kw/{model}/{method}"
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(path, params)

    def search_read(self, model, domain, names):
        """Return what records of a model hold in fields, as dicts."""
        return self.call(model, "search_read", domain, names)

    def read(self, model, record_id, names):
        """Return what one record holds in fields, as a dict."""
        return self.call(model, "read", [record_id], names)[0]

    def ref(self, xml_id):
        """Return the id of the record with an external id."""
        module, _, name = xml_id.partition(".")
        domain = [("module", "=", module), ("name", "=", name)]
        found = self.search_read("ir.model.data", domain, ["res_id"])
        if not found:
            raise OdooError(f"there is no record {xml_id}")
        return found[0]["res_id"]

    def download(self, attachment_id):
        """Return the content of an attachment."""
        return self._answer("GET", f"/web/content/{attachment_id}").content

    def _post(self, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        try:
            content = self._answer("POST", path, json=body).json()
        except requests.JSONDecodeError as error:
            # Such as nothing, of a server that was killed behind the headers
            raise WorkspaceError(f"Odoo answers no JSON: {error}") from error
        if "error" in content:
            raise OdooError(content["error"]["data"]["message"])
        return content.get("result")  # left out when it is None

    def _answer(self, method, path, **kwargs):
        try:
            answer = self.session.request(
                method, self.url + path, timeout=TIMEOUT, **kwargs
            )
            answer.raise_for_status()
        except requests.RequestException as error:
            raise WorkspaceError(f"Odoo: {error}") from error
        return answer
