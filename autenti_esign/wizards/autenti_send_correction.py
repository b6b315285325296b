# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..client import const
from ..emails import clean_email
from ..models.autenti_sign_checks import WARNING, line


class AutentiSend(models.TransientModel):
    """Sends again what went out with a mistake, in place of the first."""

    _inherit = "autenti.send"

    replaces_id = fields.Many2one(
        "autenti.request", string="Sent in place of", readonly=True
    )
    lost_names = fields.Char(
        compute="_compute_lost_names", export_string_translation=False
    )

    @api.depends("replaces_id")
    def _compute_lost_names(self):
        for send in self:
            signed = send.replaces_id.signer_ids.filtered(
                lambda s: s.status in ("signed", "approved")
            )
            send.lost_names = ", ".join(signed.mapped("actor_name"))

    @api.model
    def _open_correction(self, request):
        """Open the dialog with the people and the file of a request.

        :param request: autenti.request of the current user
        :return: action
        """
        action = self._open_for(request._get_record())
        send = self.browse(action["res_id"])
        send.write(send._prepare_correction(request))
        return {**action, "name": self.env._("Correct and Send Again")}

    def _prepare_correction(self, request):
        # Our own signers are those of today
        people = request.signer_ids.filtered(
            lambda s: (
                s.deviation != "added"
                and (s.side == "client" or s.role != const.ROLE_SIGNER)
            )
        )
        signing = people.filtered(lambda s: s.role == const.ROLE_SIGNER)
        file = request.sudo().source_attachment_id
        return {
            "replaces_id": request.id,
            "name": self._unmark(request.name),
            "message": request.message,
            "language": request.language,
            "signature_type": signing[:1].signature_type,
            "sms_code": any(signing.mapped("phone")),
            "remind_days": request.remind_days,
            "signer_ids": [
                Command.clear(),
                *(Command.create(self._prepare_again(signer)) for signer in people),
            ],
            "source": "upload",
            "upload": base64.b64encode(file.raw or b""),
            "upload_name": file.name,
        }

    @api.model
    def _prepare_again(self, signer):
        contact = signer.partner_id
        values = {
            "sequence": signer.sequence,
            "role": signer.role,
            "partner_id": contact.id,
            "first_name": signer.first_name,
            "last_name": signer.last_name,
            "email": signer.email,
            "phone": signer.phone or contact.phone,
        }
        # What was entered in the dialog alone counts until the contact is changed
        if contact and contact.write_date >= signer.request_id.create_date:
            values |= self._find_news_of_contact(signer)
        return values

    @api.model
    def _find_news_of_contact(self, signer):
        """Return what a signer's contact has now, where it isn't what was sent.

        :return: name of the field -> value
        """
        contact = signer.partner_id
        if not contact.active:  # gone, or forgotten
            return {}
        now = self.env["autenti.send.signer"]._prepare_contact(contact)
        clean = {
            "first_name": now["first_name"],
            "last_name": now["last_name"],
            "email": clean_email(now["email"]),
            "phone": contact._autenti_read_phone(now["phone"], self.env.company),
        }
        return {
            name: now[name]
            for name, value in clean.items()
            if value and signer[name] and value != signer[name]
        }

    def _check_contacts_again(self):
        """Tell of each contact that has something else than what was sent before."""
        for signer in self.replaces_id.signer_ids:
            if signer.side == "company" and signer.role == const.ROLE_SIGNER:
                continue
            if deviation := signer._describe_deviation():
                yield line(WARNING, deviation)
            if news := self._find_news_of_contact(signer):
                yield line(
                    WARNING,
                    self.env._(
                        "%(who)s: it was sent to %(before)s; the contact now has "
                        "%(now)s. Check which is right.",
                        who=signer.name,
                        before=", ".join(signer[name] for name in news),
                        now=", ".join(news.values()),
                    ),
                )

    def _get_record(self):
        """Override to let the record be out through what is replaced."""
        record = super()._get_record()
        return record.with_context(autenti_replaces_id=self.replaces_id.id)

    def _submit(self):
        """Override to withdraw what is corrected.

        Autenti is asked last, when nothing else can go wrong any more; a refusal
        undoes everything here.
        """
        if not self.replaces_id:
            super()._submit()
            return
        self.replaces_id._check_may_correct()
        if self.replaces_id != self._get_record()._autenti_get_request():
            raise UserError(self.env._("This isn't a correction of that document."))
        replaced_sudo = self.replaces_id.sudo()
        is_out = replaced_sudo._end_for_correction()
        super()._submit()
        self._get_record()._autenti_get_request().replaces_id = replaced_sudo
        if is_out and not replaced_sudo._ask(replaced_sudo._try_to_withdraw):
            raise UserError(
                self.env._(
                    "Autenti didn't tell whether it has withdrawn the first document, "
                    "so nothing new was sent. Try again in a minute: Odoo finds out."
                )
            )
