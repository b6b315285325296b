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


class AutentiRequest(models.Model):
    """News of a contract for those colleagues who follow it.

    The client may be a follower as well: the subtypes are internal, so that Odoo
    neither mails nor shows these messages to anybody but colleagues.
    """

    _inherit = "autenti.request"

    def _log_state(self):
        self._log(
            self._get_state_message(),
            news=NEWS_BY_STATE.get(self.state),
            kind="state",
            state=self.state,
        )

    def _tell_followers(self, record, news, message):
        """Post news on a record, in the words of its mail template.

        :param record: of a model with `autenti.sign.mixin`
        :param str news: ending of the xml ids of the subtype and the template
        :param str message: what has happened, in a sentence
        """
        record.message_post(
            body=self._render_news(news, message),
            subtype_id=record._autenti_get_subtype(news).id,
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _render_news(self, news, message):
        """Render the template of a piece of news; a broken one must not stop us."""
        xmlid = f"autenti_esign.mail_template_{news}"
        template = self.env.ref(xmlid, raise_if_not_found=False)
        if not template:
            return message
        try:
            with self.env.cr.savepoint():
                bodies = template.with_context(news=message)._render_field(
                    "body_html", self.ids
                )
        except Exception:
            _logger.warning("Template %s can't be rendered", xmlid, exc_info=True)
            return message
        return bodies[self.id] or message


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
