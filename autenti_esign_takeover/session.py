# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""As whom Odoo works on a document at Autenti that another user has sent."""

from odoo.addons.autenti_esign.client import errors

# GUESS (Autenti's help pages, of its panel): who has access to all documents of the
# organisation reads those of others. Whether the API lets them also remind, withdraw
# and fetch signing links, nothing says: where it doesn't, it is done as the sender.
SENDER_NEEDED = (errors.FORBIDDEN, errors.NOT_FOUND)


class TakenOverSession:
    """A session of who has taken a document over, and one of who sent it.

    The second one serves for what Autenti lets its sender alone do.
    """

    def __init__(self, session, sender):
        self._session = session
        self._sender = sender

    def __getattr__(self, name):
        return getattr(self._session, name)

    def withdraw(self, process_id):
        self._act("withdraw", process_id)

    def remind(self, process_id):
        self._act("remind", process_id)

    def action_link(self, process_id, email):
        return self._act("action_link", process_id, email)

    def take_call_count(self):
        return self._session.take_call_count() + self._sender.take_call_count()

    def _act(self, name, *arguments):
        try:
            return getattr(self._session, name)(*arguments)
        except errors.AutentiError as error:
            if error.code not in SENDER_NEEDED:
                raise
            refusal = error
        try:
            return getattr(self._sender, name)(*arguments)
        except errors.AutentiError as error:
            # Nobody knows whether that was done; else what the taker lacks can be given
            later = (*errors.UNKNOWN_OUTCOME, errors.PAUSED)
            raise error if error.code in later else refusal from None
