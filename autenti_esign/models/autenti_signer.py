# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import unicodedata

from odoo import api, fields, models
from odoo.tools import email_normalize
from odoo.tools.mail import single_email_re

from ..client import assumptions, const
from ..client.payload import Organisation, Party, tax_space_of

SIDES = [("client", "Client"), ("company", "Our company")]
SIGNATURE_TYPES = [
    (const.SIGNATURE_BASIC, "Basic"),
    (const.SIGNATURE_ADVANCED, "Advanced"),
    (const.SIGNATURE_QUALIFIED, "Qualified"),
]
ROLES = [
    (const.ROLE_SIGNER, "Signs"),
    (const.ROLE_APPROVER, "Approves"),
    (const.ROLE_VIEWER, "Gets a copy"),
]
STATUS_BY_PARTICIPATION = {
    assumptions.PARTICIPATION_NONE: "waiting",
    assumptions.PARTICIPATION_PENDING: "turn",
    assumptions.PARTICIPATION_COMPLETED: "signed",
    assumptions.PARTICIPATION_OBSOLETE: "obsolete",
    assumptions.PARTICIPATION_FAILED: "failed",
}


def is_blank(text):
    """Tell if nothing of a text can be seen: it is empty, or all spaces and marks.

    :param str text: maybe empty
    """
    return not any(
        unicodedata.category(character)[0] in "LNPS" for character in text or ""
    )


def clean_email(text):
    """Read an e-mail as people write it, with or without the name before it.

    :param str text: maybe empty
    :return: the address alone, in lower case; False when it isn't one
    """
    text = (text or "").strip()
    if "<" not in text and len(text.split()) > 1:
        return False
    email = email_normalize(text)
    return bool(email and single_email_re.match(email)) and email


class AutentiSigner(models.Model):
    """One party of a request, as it was when the request was made.

    The partner may change later; whom the document was sent to doesn't.
    """

    _name = "autenti.signer"
    _description = "Autenti Signer"
    _order = "request_id, sequence, id"

    request_id = fields.Many2one(
        "autenti.request", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, export_string_translation=False
    )
    sequence = fields.Integer(
        string="Order", required=True, readonly=True, help="1 acts first."
    )
    role = fields.Selection(
        ROLES,
        required=True,
        readonly=True,
        default=const.ROLE_SIGNER,
        help="Signs: with a signature of the kind that was chosen.\n"
        "Approves: lets the document go on to the next one, without a signature.\n"
        "Gets a copy: sees the document at Autenti and does nothing with it.",
    )
    side = fields.Selection(
        SIDES,
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", readonly=True, index="btree_not_null"
    )
    user_id = fields.Many2one(
        "res.users", string="Odoo user", readonly=True, index="btree_not_null"
    )
    first_name = fields.Char(required=True, readonly=True)
    last_name = fields.Char(required=True, readonly=True)
    name = fields.Char(compute="_compute_name")
    email = fields.Char(string="E-mail", required=True, readonly=True)
    signature_type = fields.Selection(
        SIGNATURE_TYPES, string="Signature", readonly=True
    )
    phone = fields.Char(readonly=True)
    note = fields.Char(
        string="Basis of representation", readonly=True, help="Shown on the contract."
    )
    status = fields.Selection(
        [
            ("waiting", "Waits for the others"),
            ("turn", "Their turn"),
            ("signed", "Signed"),
            ("approved", "Approved"),
            ("rejected", "Declined"),
            ("obsolete", "No longer needed"),
            ("failed", "Failed"),
        ],
        compute="_compute_status",
        store=True,
        precompute=True,
        readonly=True,
        help="Empty for who gets a copy: nothing is waited for.",
    )
    remote_status = fields.Char(string="Autenti status", readonly=True)
    remote_id = fields.Char(readonly=True, export_string_translation=False)
    signed_date = fields.Datetime(string="Signed on", readonly=True)
    comment = fields.Text(readonly=True, help="The reason given for declining.")

    _signature_of_signers = models.Constraint(
        "CHECK (role != 'SIGNER' OR signature_type IS NOT NULL)",
        "Who signs needs a kind of signature.",
    )

    @api.depends("role")
    def _compute_status(self):
        for signer in self:
            acts = signer.role in const.ORDERED_ROLES
            signer.status = signer.status or (acts and "waiting")

    @api.depends("first_name", "last_name")
    def _compute_name(self):
        for signer in self:
            signer.name = f"{signer.first_name} {signer.last_name}"

    @api.depends("name", "side")
    @api.depends_context("lang")
    def _compute_display_name(self):
        sides = dict(self._fields["side"]._description_selection(self.env))
        for signer in self:
            signer.display_name = f"{signer.name} ({sides.get(signer.side)})"

    def _get_first(self):
        """Return those who act first."""
        acting = self.filtered(lambda s: s.role in const.ORDERED_ROLES)
        first = min(acting.mapped("sequence"), default=0)
        return acting.filtered(lambda s: s.sequence == first)

    def _get_signing(self):
        """Return those who sign, without who approves or gets a copy."""
        return self.filtered(lambda s: s.role == const.ROLE_SIGNER)

    def _to_party(self):
        """Describe the signer to Autenti.

        :rtype: client.payload.Party
        """
        return Party(
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            role=self.role,
            priority=self.sequence if self.role in const.ORDERED_ROLES else None,
            signature_type=self.signature_type or None,
            phone=self.phone or None,
            organisation=self._to_organisation(),
        )

    def _to_organisation(self):
        if not self.note:
            return None
        # A branch signs as the company that it belongs to
        company = self.request_id.connection_id.company_id
        country, tax_id = company.partner_id._autenti_get_tax_id()
        return Organisation(
            name=company.name,
            tax_id=tax_id,
            tax_space=tax_space_of(country),
            description=self.note,
        )

    def _apply_parties(self, parties):
        """Take over what Autenti says of the parties.

        A party is known by Autenti's id for it. Before that id is known, and in a
        process where it isn't the final one yet, the e-mail tells them apart: it is
        unique inside one process.

        :param parties: iterable of client.payload.Party
        """
        # The sender may be a party of its own besides the signer with the same e-mail
        acting = [party for party in parties if party.role in const.ORDERED_ROLES]
        by_id = {party.party_id: party for party in acting if party.party_id}
        by_email = {party.email.lower(): party for party in acting}
        for signer in self:
            party = by_id.get(signer.remote_id) or by_email.get(signer.email.lower())
            if party:
                signer._apply_party(party)

    def _apply_party(self, party):
        self.write(
            {
                "remote_id": party.party_id,
                "remote_status": party.participation_status,
            }
        )
        if party.rejection_comment is not None:
            self.comment = party.rejection_comment
            self._set_status("rejected")
        elif status := STATUS_BY_PARTICIPATION.get(party.participation_status):
            self._set_status(status, party.signed_at)

    def _set_status(self, status, signed_at=None):
        """Go on to a status; nobody moves back, whatever a late answer says."""
        for signer in self.filtered(lambda s: s.status in ("waiting", "turn")):
            if status in ("waiting", signer.status):
                continue
            if status == "signed":
                signer._note_signed(signed_at)
            else:
                signer.status = status
            if status == "turn":
                signer._schedule_activity()
            else:
                signer._close_activities()

    def _note_signed(self, signed_at):
        """Keep that a signer has signed, or an approver has approved.

        :param datetime.datetime signed_at: as Autenti told, aware; None for now
        """
        self.signed_date = (
            signed_at.replace(tzinfo=None) if signed_at else fields.Datetime.now()
        )
        if self.role == const.ROLE_APPROVER:
            self.status = "approved"
            message = self.env._("%s has approved.", self.name)
            news = None
        else:
            self.status = "signed"
            message = self.env._("%s has signed.", self.name)
            news = "client_signed" if self.side == "client" else None
        self.request_id._log(
            message,
            news=news,
            kind="signature",
            signer=self.id,
            status=self.status,
            signed_at=f"{self.signed_date.isoformat(timespec='seconds')}Z",
        )

    def _schedule_activity(self):
        if self.user_id:
            reader = self.with_context(lang=self.user_id.lang)
            reader.request_id._get_record()._autenti_schedule_activity(
                "autenti_esign.mail_activity_type_sign",
                reader.user_id,
                reader._get_turn_message(),
            )

    def _get_turn_message(self):
        if self.role == const.ROLE_APPROVER:
            return self.env._("Autenti waits for your approval. It's your turn.")
        return self.env._("The client has signed. It's your turn.")

    def _close_activities(self):
        for signer in self.filtered("user_id"):
            signer.request_id._get_record()._autenti_close_activity(
                "autenti_esign.mail_activity_type_sign", signer.user_id
            )
