# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Autenti's signature card: its own page about who has signed, kept as evidence."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from odoo import fields, models

from ..client import const, errors, file_names
from .autenti_request_sync import Step

_logger = logging.getLogger(__name__)

# The signed file is worth more: so long after the last signature it comes without card
PATIENCE = timedelta(hours=1)
# Like the signed file it can lag behind the list of files, or break off on its way
PASSING = (errors.NOT_FOUND, errors.INVALID_RESPONSE)


def fetch_card(session, process_id, file_id, is_patient):
    """Fetch a signature card.

    :param client.session.AutentiSession session:
    :param bool is_patient: a later try may do
    :return: PDF bytes, None when it can't be had
    :raise client.errors.AutentiError: only when patient, and a later try may do
    """
    try:
        return session.download_file(process_id, file_id)
    except errors.AutentiError as error:
        if is_patient and (error.retryable or error.code in PASSING):
            raise
        _logger.warning("No signature card of %s: %s", process_id, error.code)
        return None


class AutentiRequest(models.Model):
    _inherit = "autenti.request"

    card_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Signature card",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What Autenti itself says about who has signed.",
    )

    def _step_card(self, session, known):
        """Override to fetch the card, where there is one."""
        card = next((f for f in known.files if f.purpose == const.FILE_CARD), None)
        if not card or self.card_attachment_id:
            return None
        signing_time = self._get_signing_time() or datetime.min
        is_patient = fields.Datetime.now() - signing_time < PATIENCE
        return Step(
            partial(fetch_card, session, self.process_id, card.file_id, is_patient),
            partial(self._apply_card, known, card),
            kind="card",
            is_final_when_refused=False,
        )

    def _apply_card(self, known, card, content):
        if content:
            self._store_card(content)
        # Seen to, for this run
        return replace(known, files=tuple(file for file in known.files if file != card))

    def _store_card(self, content):
        stem = file_names.get_stem(self.source_attachment_id.name)
        name = self.env._("%s - signature card.pdf", stem)
        values = self._prepare_attachment(name, content)
        self.card_attachment_id = self.env["ir.attachment"].create(values)
        self._append_files(
            self.env._("The signature card is kept."), self.card_attachment_id
        )
