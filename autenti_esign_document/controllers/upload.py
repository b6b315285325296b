# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.exceptions import MissingError, UserError
from odoo.http import request

from odoo.addons.autenti_esign.client import assumptions


class AutentiDocumentUpload(http.Controller):
    @http.route(
        [
            "/autenti/document/upload",
            "/autenti/document/<int:document_id>/upload",
        ],
        type="http",
        auth="user",
        methods=["POST"],
    )
    def upload(self, ufile=None, document_id=None):
        """Make a document of a file, or give a document another file.

        :return: ``{"id": int}`` of the autenti.document, or ``{"error": str}``
        """
        if not isinstance(ufile, FileStorage):
            raise BadRequest
        documents = request.env["autenti.document"]
        # All of what is too large needn't be read to be refused
        content = ufile.read(assumptions.MAX_FILE_BYTES + 1)
        try:
            with request.env.cr.savepoint():
                if document_id:
                    document = documents.browse(document_id)
                    document._replace_file(ufile.filename, content)
                else:
                    document = documents._create_from_file(ufile.filename, content)
        except (MissingError, UserError) as error:
            return request.make_json_response({"error": str(error)})
        return request.make_json_response({"id": document.id})
