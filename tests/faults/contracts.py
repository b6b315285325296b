# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which contracts there are and what shall become of each; all drawn from one seed."""

import base64
import hashlib
import io
import re
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

# What people do -> how often
FATES = {
    "signed": 62,
    "declined": 10,
    "withdrawn": 10,
    # The click on Withdraw follows the one on Send
    "withdrawn at once": 5,
    "expired": 4,
    "failed": 3,
    # Nobody does anything any more
    "left": 6,
}
# One in so many has a document of its own, is printed, is sent by two clicks at once
ATTACHED, PRINTED, TWICE = 8, 20, 6


@dataclass
class Contract:
    """A contract, its fate, and what its salesperson knows of it."""

    number: int
    salesperson: str
    fate: str
    # Signatures before that
    signatures: int
    is_attached: bool
    is_printed: bool
    is_twice: bool
    agreement_id: int = 0
    # Of the PDF that was shown in the dialog
    sha256: str = ""
    is_sent: bool = False
    is_withdrawn: bool = False

    @property
    def code(self):
        return f"F/{self.number:04}"

    @property
    def name(self):
        return "Printed contract" if self.is_printed else "Contract"


def draw_contracts(random, count, salespeople, twice=TWICE):
    """Draw contracts of all kinds.

    :param list salespeople: logins
    """
    fates = random.choices(list(FATES), list(FATES.values()), k=count)
    return [
        Contract(
            number=number,
            salesperson=random.choice(salespeople),
            fate=fate,
            signatures=2 if fate == "signed" else random.randrange(2),
            is_attached=number % ATTACHED == 1,
            is_printed=number % PRINTED == 2,
            # Two prints of one report differ by their time
            is_twice=number % twice == 0 and number % PRINTED != 2,
        )
        for number, fate in enumerate(fates)
    ]


def find_number(title):
    """Return the number of the contract that a title at Autenti belongs to."""
    return int(re.search(r"F/(\d+)$", title)[1])


def create_agreements(stage, contracts, companies):
    """Have the administrator enter the contracts, with their documents.

    :param dict companies: id of the company and of the client by login
    """
    create = stage.admin.call
    ids = create("agreement", "create", [agreement_of(c, companies) for c in contracts])
    for contract, agreement_id in zip(contracts, ids, strict=True):
        contract.agreement_id = agreement_id
    attached = [document_of(c) for c in contracts if c.is_attached]
    create("ir.attachment", "create", attached)


def agreement_of(contract, companies):
    company_id, partner_id = companies[contract.salesperson]
    return {
        "name": contract.name,
        "code": contract.code,
        "company_id": company_id,
        "partner_id": partner_id,
    }


def document_of(contract):
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.drawString(100, 700, f"A document of its own: {contract.code}")
    canvas.save()
    content = buffer.getvalue()
    contract.sha256 = hashlib.sha256(content).hexdigest()
    return {
        "name": f"{contract.code}.pdf",
        "datas": base64.b64encode(content).decode(),
        "mimetype": "application/pdf",
        "res_model": "agreement",
        "res_id": contract.agreement_id,
    }
