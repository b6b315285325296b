# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..client import assumptions, const
from ..client.file_names import one_line
from ..client.payload import Organisation, Party, tax_space_of
from ..client.persons import is_same_email, is_same_name
from ..frozen import is_changed, is_keeper
from ..signature_types import SIGNATURE_TYPES
from .autenti_request import NOTE, OPEN_STATES, SIDES

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
    **dict.fromkeys(assumptions.PARTICIPATION_REJECTIONS, "rejected"),
}
# How the people at Autenti can differ from those who were asked
DEVIATIONS = [
    ("person", "Another person"),
    ("email", "Another e-mail address"),
    ("added", "Added at Autenti"),
    ("removed", "Removed at Autenti"),
]
# Ends in which those who haven't acted are of no interest to anybody
ENDS_UNSIGNED = const.PROCESS_ENDS - {const.PROCESS_COMPLETED}
UNKNOWN = "-"
# What stays once it is set, and what stays once the request has ended
SET_ONCE = {
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
SET_UNTIL_END = {
    "actual_email",
    "actual_name",
    "comment",
    "deviation",
    "signed_date",
    "status",
}


class AutentiSigner(models.Model):
    """One party of a request, as it was when the request was made.

    The partner may change later; whom the document was sent to doesn't.
    """

    _name = "autenti.signer"
    _description = "Autenti Signer"
    _inherit = ["autenti.guard"]
    _order = "request_id, sequence, id"

    request_id = fields.Many2one(
        "autenti.request", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
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
    email = fields.Char(string="E-mail", required=True, readonly=True, index=True)
    signature_type = fields.Selection(
        SIGNATURE_TYPES, string="Signature", readonly=True
    )
    phone = fields.Char(readonly=True)
    note = fields.Char(
        string="Basis of representation", readonly=True, help="Shown on the contract."
    )
    status = fields.Selection(
        [
            ("waiting", "Not their turn yet"),
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
    shown_status = fields.Selection(
        selection=lambda self: self._fields["status"]._description_selection(self.env),
        string="Present status",
        compute="_compute_shown_status",
        help="What is true now: in what has ended, it's nobody's turn.",
    )
    remote_status = fields.Char(string="Autenti status", readonly=True)
    remote_id = fields.Char(readonly=True)
    signed_date = fields.Datetime(string="Signed on", readonly=True)
    # Beside those who were asked, who stay as they are
    deviation = fields.Selection(
        DEVIATIONS,
        string="At Autenti",
        readonly=True,
        help="Where the one who acts at Autenti isn't the one who was asked.",
    )
    actual_name = fields.Char(
        string="Acts instead",
        readonly=True,
        help="The name at Autenti, where it is another person's.",
    )
    actual_email = fields.Char(
        string="E-mail at Autenti", readonly=True, index="btree_not_null"
    )
    actor_name = fields.Char(string="Who acts", compute="_compute_actor_name")
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

    @api.depends("status", "request_id.state")
    def _compute_shown_status(self):
        for signer in self:
            has_ended = signer.request_id.state not in (*OPEN_STATES, "signed")
            is_waiting = signer.status in ("waiting", "turn")
            signer.shown_status = (
                "obsolete" if has_ended and is_waiting else signer.status
            )

    @api.depends("first_name", "last_name")
    def _compute_name(self):
        for signer in self:
            signer.name = f"{signer.first_name} {signer.last_name}"

    @api.depends("name", "actual_name")
    def _compute_actor_name(self):
        for signer in self:
            signer.actor_name = signer.actual_name or signer.name

    @api.depends("actor_name", "side")
    @api.depends_context("lang")
    def _compute_display_name(self):
        sides = dict(self._fields["side"]._description_selection(self.env))
        for signer in self:
            signer.display_name = f"{signer.actor_name} ({sides.get(signer.side)})"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to keep on one line what Autenti and the evidence show of people.

        Nobody joins in what has ended.
        """
        names = ("first_name", "last_name", "note")
        signers = super().create(
            [
                {
                    **vals,
                    **{name: one_line(vals[name]) for name in names if vals.get(name)},
                }
                for vals in vals_list
            ]
        )
        # A request is created with its first signers, whatever its state
        begun = signers.request_id.filtered(lambda r: r.signer_ids - signers)
        if begun.filtered(lambda request: request.state not in OPEN_STATES):
            raise UserError(self._get_refusal())
        return signers

    def write(self, vals):
        """Override to keep who was to sign and what they did."""
        if not is_keeper(self.env):
            self.check_access("write")
            for signer in self:
                has_ended = signer.request_id.state not in OPEN_STATES
                if is_changed(signer, vals, SET_ONCE, SET_UNTIL_END, has_ended):
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

    def _get_first(self):
        """Return those who act first."""
        acting = self.filtered(lambda s: s.role in const.ORDERED_ROLES)
        first = min(acting.mapped("sequence"), default=0)
        return acting.filtered(lambda s: s.sequence == first)

    def _get_signing(self):
        """Return those who sign, without who approves or gets a copy."""
        return self.filtered(
            lambda s: s.role == const.ROLE_SIGNER and s.deviation != "removed"
        )

    def _get_turn_user(self):
        """Return the res.users who acts as this signer, maybe empty."""
        return self.user_id if self.deviation != "person" else self.user_id.browse()

    def _get_actual_email(self):
        """Return the e-mail by which Autenti knows who acts."""
        return self.actual_email or self.email

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

        Whoever acts there in place of the one who was asked, is added or missing, is
        told apart and told of: a party can be replaced at Autenti.

        :param parties: iterable of client.payload.Party
        """
        # The sender may be a party of its own besides the signer with the same e-mail
        acting = [party for party in parties if party.role in const.ORDERED_ROLES]
        if not acting:
            return
        asked = self.filtered(lambda signer: signer.role in const.ORDERED_ROLES)
        pairs = asked._pair_with(acting)
        for signer, party in pairs.items():
            signer._apply_party(party)
        if self.request_id.state == "sent":
            for signer in asked - asked.browse().union(*pairs):
                signer._note_removed()
            for party in acting:
                is_known = party.party_id or party.email
                if is_known and party not in pairs.values() and _acts(party):
                    self.request_id._add_signer(party)

    def _pair_with(self, parties):
        """Find out which party is which signer.

        A party is known by Autenti's id for it. Before that id is known, and in a
        process where it isn't the final one yet, the e-mail tells them apart: it is
        unique inside one process. Who is left over on both sides has been replaced.

        :param parties: list of client.payload.Party
        :return: dict of autenti.signer -> client.payload.Party
        """
        pairs = {}
        for belong_together in (
            lambda s, p: p.party_id and p.party_id == s.remote_id,
            lambda s, p: p.email and is_same_email(s.email, p.email),
            lambda s, p: s.actual_email and is_same_email(s.actual_email, p.email),
        ):
            for signer in self.filtered(lambda signer: signer not in pairs):
                left = (party for party in parties if party not in pairs.values())
                found = (p for p in left if belong_together(signer, p))
                if party := next(found, None):
                    pairs[signer] = party
        heirs = [p for p in parties if p not in pairs.values() and _acts(p)]
        # Who has handed it over may still be among the parties
        is_over = self.request_id.remote_status in ENDS_UNSIGNED
        free = self.filtered(
            lambda s: s not in pairs or not (is_over or _acts(pairs[s]))
        )
        return pairs | free._pair_with_heirs(heirs)

    def _pair_with_heirs(self, heirs):
        """Find out who acts in whose place, as far as it is certain.

        :param heirs: list of client.payload.Party who weren't asked
        :return: dict of autenti.signer -> client.payload.Party
        """
        pairs = {}
        for belong_together in (
            lambda s, p: p.full_name and is_same_name(s.name, p.full_name),
            lambda s, p: (s.role, s.sequence) == (p.role, p.priority),
        ):
            for party in [heir for heir in heirs if heir not in pairs.values()]:
                fitting = [
                    signer
                    for signer in self
                    if signer not in pairs and belong_together(signer, party)
                ]
                if len(fitting) == 1:
                    pairs[fitting[0]] = party
        signers = self.filtered(lambda signer: signer not in pairs)
        left = [heir for heir in heirs if heir not in pairs.values()]
        if len(signers) == len(left):
            pairs.update(zip(signers, left, strict=True))
        return pairs

    def _apply_party(self, party):
        values = {
            "remote_id": party.party_id,
            "remote_status": party.participation_status,
        }
        if any((self[name] or None) != value for name, value in values.items()):
            self.write(values)
        if self.status not in ("signed", "approved", "rejected"):
            self._note_actor(party)
        if party.rejection_comment is not None:
            self.comment = party.rejection_comment
            self._set_status("rejected")
        elif status := STATUS_BY_PARTICIPATION.get(party.participation_status):
            self._set_status(status, party.signed_at)

    def _note_actor(self, party):
        """Keep who acts at Autenti, where it isn't the one who was asked.

        :param client.payload.Party party:
        """
        name = one_line(party.full_name)
        is_person = not is_same_name(self.name, name)
        is_email = not is_same_email(self.email, party.email)
        is_other = is_person or is_email
        values = {
            "actual_name": is_person and name,
            "actual_email": is_other and one_line(party.email),
            "deviation": self.deviation == "added" and "added",
        }
        if is_other:
            values["deviation"] = "person" if is_person else "email"
        if all((self[name] or False) == value for name, value in values.items()):
            return
        self.write(values)
        if is_person:
            self._close_activities()
            if self.status == "obsolete":
                # Handed over, not ended
                self.status = "waiting"
        if is_other:
            self.request_id._notify_deviation(self)

    def _note_removed(self):
        """Keep that Autenti doesn't name a signer any more."""
        if self.status not in ("waiting", "turn"):
            return
        if self.deviation not in ("added", "removed"):
            self.deviation = "removed"
            self.request_id._notify_deviation(self)
        if self.request_id.remote_status == const.PROCESS_COMPLETED:
            self._set_status("obsolete")

    def _describe_deviation(self):
        """Say how who acts at Autenti differs from who was asked, without e-mails.

        :return: a sentence, "" where nothing differs
        """
        sentences = {
            "person": self.env._(
                "At Autenti %(actual)s acts in place of %(asked)s, who was asked.",
                actual=self.actual_name,
                asked=self.name,
            ),
            "email": self.env._(
                "At Autenti %s acts with another e-mail address than the one that was "
                "asked.",
                self.name,
            ),
            "added": self.env._("At Autenti %s was added to those who act.", self.name),
            "removed": self.env._(
                "At Autenti %s doesn't take part any more.", self.name
            ),
        }
        return sentences.get(self.deviation, "")

    def _set_status(self, status, signed_at=None):
        """Go on to a status; nobody moves back, whatever a late answer says.

        Everybody has the whole time before they are reminded.
        """
        new = self.filtered(lambda s: status == "turn" and s.status == "waiting")
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
        new.request_id._plan_reminder()

    def _note_signed(self, signed_at):
        """Keep that a signer has signed, or an approver has approved.

        :param datetime.datetime signed_at: as Autenti told, aware; None for now
        """
        moment = signed_at.replace(tzinfo=None) if signed_at else fields.Datetime.now()
        is_approver = self.role == const.ROLE_APPROVER
        status = "approved" if is_approver else "signed"
        self.write({"signed_date": moment, "status": status})
        if is_approver:
            message = self.env._("%s has approved.", self.actor_name)
            news = NOTE
        else:
            message = self.env._("%s has signed.", self.actor_name)
            news = "client_signed" if self.side == "client" else NOTE
        if self.deviation:
            message = f"{message} {self._describe_deviation()}"
        self.request_id._log(
            message,
            news=news,
            kind="signature",
            signer=self.id,
            status=self.status,
            signed_at=f"{self.signed_date.isoformat(timespec='seconds')}Z",
        )

    def _schedule_activity(self):
        """Tell a user that it is their turn; who is in charge, if they have left."""
        user = self._get_turn_user()
        if user and not self._can_be_told():
            request = self.request_id._in_context()
            request._notify_salesperson(self.with_env(request.env)._get_gone_message())
        elif user:
            reader = self.with_context(lang=self.user_id.lang)
            reader.request_id._get_record()._autenti_schedule_activity(
                "autenti_esign.mail_activity_type_sign",
                reader.user_id,
                reader._get_turn_message(),
            )

    def _can_be_told(self):
        request = self.request_id
        if self.user_id == request.user_id:
            return request._still_works(self.user_id)
        companies = request.company_id | request.connection_id.company_id
        allowed_ids = self.user_id.sudo()._get_company_ids()
        return self.user_id.active and not set(allowed_ids).isdisjoint(companies.ids)

    def _get_gone_message(self):
        return self.env._(
            "It's the turn of %(name)s, who can't be told in Odoo any more. Autenti "
            "has written to %(email)s. If nobody acts there, withdraw the document and "
            "send it again.",
            name=self.name,
            email=self.email,
        )

    def _get_turn_message(self):
        if self.role == const.ROLE_APPROVER:
            return self.env._("Autenti waits for your approval. It's your turn.")
        clients = self.request_id.signer_ids.filtered(
            lambda s: s.side == "client" and s.role == const.ROLE_SIGNER
        )
        if clients and all(client.status == "signed" for client in clients):
            return self.env._("The client has signed. It's your turn.")
        return self.env._("It's your turn to sign.")

    def _close_activities(self):
        for signer in self.filtered("user_id"):
            signer.request_id._get_record()._autenti_close_activity(
                "autenti_esign.mail_activity_type_sign", signer.user_id
            )


def _acts(party):
    return party.participation_status != assumptions.PARTICIPATION_OBSOLETE
