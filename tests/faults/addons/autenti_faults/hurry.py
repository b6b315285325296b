# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A faster clock: shorter pauses and time-outs, and a report that costs no second."""

import io
from datetime import timedelta

from reportlab.pdfgen.canvas import Canvas

from odoo.addons.autenti_esign.client.session import AutentiSession
from odoo.addons.autenti_esign.models import autenti_request_sync
from odoo.addons.autenti_esign.models.autenti_sign_mixin import AutentiSignMixin

# Seconds, for what is minutes and days
PACES = {"RETRIES": (1, 8), "POLLS": (4, 30), "POLLS_BESIDE_CALLBACKS": (8, 60)}
TIMEOUT = 3  # seconds
# A contract whose name begins so is printed in earnest, by wkhtmltopdf
PRINTED = "Printed"


def apply():
    for name, seconds in PACES.items():
        assert hasattr(autenti_request_sync, name)
        pauses = [timedelta(seconds=number) for number in seconds]
        setattr(autenti_request_sync, name, autenti_request_sync.Backoff(*pauses))
    assert AutentiSession._request.__kwdefaults__["timeout"]
    AutentiSession._request.__kwdefaults__["timeout"] = TIMEOUT
    AutentiSignMixin._autenti_render_pdf = draw(AutentiSignMixin._autenti_render_pdf)


def draw(original):
    def _autenti_render_pdf(self):
        title = self._autenti_get_title()
        if title.startswith(PRINTED):
            return original(self)
        buffer = io.BytesIO()
        canvas = Canvas(buffer, invariant=True)
        canvas.drawString(100, 700, title)
        canvas.save()
        return buffer.getvalue()

    return _autenti_render_pdf
