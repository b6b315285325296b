# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

from odoo import models

_logger = logging.getLogger(__name__)

# State -> news of it; a withdrawal is our own doing, and none
NEWS_BY_STATE = {
    "sent": "sent",
    "signed": "signed",
    "declined": "declined",
    "expired": "failed",
    "failed": "failed",
}


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    def _autenti_get_subtype(self, news):
        """Return the mail.message.subtype by which colleagues follow a kind of news.

        :param str news: `sent`, `client_signed`, `signed`, `declined` or `failed`
        """
        return self.env.ref("mail.mt_note")


class Agreement(models.Model):
    _inherit = "agreement"

    def _autenti_get_subtype(self, news):
        return self.env.ref(
            f"autenti_esign.mail_message_subtype_{news}", raise_if_not_found=False
        ) or super()._autenti_get_subtype(news)
