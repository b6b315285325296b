# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import SUPERUSER_ID, http
from odoo.http import request

from odoo.addons.autenti_esign.controllers import main

from ..address_call import make_question
from ..models.autenti_connection import WORD_LENGTH

# Nothing else is looked for in the database
QUESTION = re.compile(
    re.escape(make_question("WORD")).replace(b"WORD", rb"([\w-]{%d})" % WORD_LENGTH),
    re.ASCII,
)


class AutentiController(main.AutentiController):
    @http.route()
    def receive(self, **form):
        """Override to answer what this server asks itself; see `address_call`.

        Who asks has the word from this database, which gave it to nobody else: the
        answer to any other is always the same.
        """
        match = QUESTION.fullmatch(request.httprequest.get_data())
        if not match:
            return super().receive(**form)
        checks = request.env(user=SUPERUSER_ID)["autenti.check"]
        answer = checks._find_answer(match[1].decode())
        if not answer:
            return request.make_json_response({"answer": None}, status=404)
        return request.make_json_response(
            {
                "answer": answer,
                "host": request.httprequest.host,
                "scheme": request.httprequest.scheme,
            }
        )
