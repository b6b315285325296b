# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.autenti_esign.client import assumptions


class AutentiDocumentUpload(http.Controller):
    """Takes files one by one, and says of each why it can't be taken.

    All answer ``{"id": int}`` of the autenti.document, or ``{"error": str}``.
    """

    @http.route("/autenti/document/upload", type="http", auth="user", methods=["POST"])
    def make(self, ufile=None):
        """Make a document of a file."""
        return self._take(ufile, request.env["autenti.document"]._create_from_file)

    @http.route(
        "/autenti/document/<int:document_id>/upload",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def replace(self, document_id, ufile=None):
        """Have a file signed as a document, in place of its former one."""
        document = request.env["autenti.document"].browse(document_id)
        return self._take(ufile, document._replace_file)

    @http.route(
        "/autenti/document/<int:document_id>/enclose",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def enclose(self, document_id, ufile=None):
        """Have a file go along with a document."""
        document = request.env["autenti.document"].browse(document_id)
        return self._take(ufile, document._enclose_file)

    def _take(self, ufile, take):
        if not isinstance(ufile, FileStorage):
            raise BadRequest
        # All of what is too large needn't be read to be refused
        content = ufile.read(assumptions.MAX_FILE_BYTES + 1)
        try:
            with request.env.cr.savepoint():
                document = take(ufile.filename, content)
        except UserError as error:
            return request.make_json_response({"error": str(error)})
        return request.make_json_response({"id": document.id})
