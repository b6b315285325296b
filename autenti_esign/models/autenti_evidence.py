# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What can't be changed any more, whoever wants it and by whatever way of Odoo's."""

from odoo import api, models
from odoo.exceptions import UserError

from .autenti_request import OPEN_STATES

# In the context of the few places in this addon that may change evidence. Being an
# object, it can't come from outside: not by RPC, not from a server action
_KEEPER = object()
_KEY = "autenti_keeper"

# Of a request: what stays once it is set, and what stays once the request has ended
SET_ONCE = {
    "card_attachment_id",
    "company_id",
    "connection_id",
    "environment",
    "language",
    "message",
    "mode",
    "name",
    "process_id",
    "res_id",
    "res_model",
    "sender_email",
    "sender_subject",
    "shown_values",
    "signed_attachment_id",
    "signed_sha256",
    "source_attachment_id",
    "source_remote_id",
    "source_sha256",
    "user_id",
}
SET_UNTIL_END = {"ended_date", "reason", "sent_date", "state"}
# The end of the timeline
KEPT_BY_ODOO = {"event_count", "event_head"}
# Of a signer: who they are, and what has become of them
SIGNER_SET_ONCE = {
    "email",
    "first_name",
    "last_name",
    "note",
    "phone",
    "request_id",
    "role",
    "sequence",
    "side",
    "signature_type",
}
SIGNER_SET_UNTIL_END = {
    "actual_email",
    "actual_name",
    "comment",
    "deviation",
    "signed_date",
    "status",
}
# Of a callback that is about a request
CALLBACK_SET_ONCE = {
    "body",
    "event_date",
    "event_id",
    "event_type",
    "jwks_url",
    "key_id",
    "post_id",
    "process_id",
    "public_key",
    "request_id",
    "signature",
}


def as_keeper(records):
    """Return records that may change evidence, to write only what is written down."""
    return records.with_context(**{_KEY: _KEEPER})


def is_keeper(env):
    return env.context.get(_KEY) is _KEEPER


def _is_changed(record, vals, set_once, set_until_end, has_ended):
    """Tell if a write changes what can't be changed any more."""

    def differs(name):
        field = record._fields[name]
        return field.convert_to_write(record[name], record) != vals[name]

    return any(
        differs(name)
        for name in vals
        if (name in set_once and record[name]) or (name in set_until_end and has_ended)
    )


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    def write(self, vals):
        """Override to keep what was sent, what came of it and the timeline's end."""
        if not is_keeper(self.env):
            self.check_access("write")
            for request in self:
                has_ended = request.state not in OPEN_STATES
                if KEPT_BY_ODOO & vals.keys() or _is_changed(
                    request, vals, SET_ONCE, SET_UNTIL_END, has_ended
                ):
                    raise UserError(self._get_refusal())
        return super().write(vals)

    def _get_refusal(self):
        return self.env._(
            "What was sent for signature, and what came of it, is evidence and can't "
            "be changed."
        )


class AutentiSigner(models.Model):
    _inherit = "autenti.signer"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: nobody joins in what has ended."""
        signers = super().create(vals_list)
        # The timeline of a request begins once it was created with its signers
        begun = signers.request_id.filtered("event_count")
        if begun.filtered(lambda request: request.state not in OPEN_STATES):
            raise UserError(self._get_refusal())
        return signers

    def write(self, vals):
        """Override to keep who was to sign and what they did."""
        if not is_keeper(self.env):
            self.check_access("write")
            for signer in self:
                has_ended = signer.request_id.state not in OPEN_STATES
                if _is_changed(
                    signer, vals, SIGNER_SET_ONCE, SIGNER_SET_UNTIL_END, has_ended
                ):
                    raise UserError(self._get_refusal())
        return super().write(vals)

    # Also at an uninstallation: it is the context that says so, which anybody can write
    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "Who was asked to sign, and when they did, is evidence of the contract and "
            "can't be changed or deleted. The law on personal data allows to keep it "
            "for as long as claims may be made."
        )


class AutentiCallback(models.Model):
    _inherit = "autenti.callback"

    def write(self, vals):
        """Override to keep what Autenti posted about our requests."""
        if not is_keeper(self.env) and CALLBACK_SET_ONCE & vals.keys():
            self.check_access("write")
            for callback in self.filtered(lambda callback: callback._is_evidence()):
                if _is_changed(callback, vals, CALLBACK_SET_ONCE, set(), True):
                    raise UserError(self._get_refusal())
        return super().write(vals)

    def _is_evidence(self):
        """Tell if it is about a request, or holds the body of one that is."""
        return bool(self.request_id or self.posted_ids.request_id)

    @api.ondelete(at_uninstall=True)
    def _unlink_except_of_request(self):
        if any(callback._is_evidence() for callback in self):
            raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "What Autenti posted about a signature request is evidence and can't be "
            "changed or deleted."
        )
