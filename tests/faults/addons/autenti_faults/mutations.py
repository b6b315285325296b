# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mistakes in the addon's walk, each of which the comparison must find."""

from dataclasses import replace

from odoo.addons.autenti_esign.client import const
from odoo.addons.autenti_esign.models.autenti_request_sync import AutentiRequest as Walk
from odoo.addons.autenti_esign.models.autenti_request_sync import Step
from odoo.addons.autenti_esign.models.autenti_sign_checks import OK, line
from odoo.addons.autenti_esign.models.autenti_sign_checks import (
    AutentiSignMixin as Checklist,
)


def apply(name):
    """Let the walk make the mistake of this name."""
    model, method, make = MUTATIONS[name]
    setattr(model, method, make(getattr(model, method)))


def store_id_after_send(original):
    """Create, upload and send, and only then keep the id."""

    def _next_step(self, session, known):
        if self.state != "to_send" or self.process_id:
            return original(self, session, known)
        description, file = self._to_process(), self.source_attachment_id
        name, content = file.name, file.raw

        def call():
            process = session.create_process(description)
            session.upload_file(process.process_id, name, content)
            session.send(process.process_id)
            return process

        def apply(process):
            self._apply_created(process)
            return self._apply_sent(process, None)

        return Step(call, apply, kind="send")

    return _next_step


def send_without_reading(original):
    """Go on where Odoo believes to be, whatever Autenti has done meanwhile."""

    def _next_step(self, session, known):
        if self.state == "to_send" and self.process_id and not known:
            process = self._to_process()
            known = replace(
                process, process_id=self.process_id, status=const.PROCESS_DRAFT
            )
        return original(self, session, known)

    return _next_step


def apply_out_of_order(original):
    """Take over an answer, and after it the one that was asked for before."""
    before = {}

    def _apply_reading(self, reading):
        result = original(self, reading)
        if self.id in before:
            original(self, before[self.id])
        before[self.id] = reading
        return result

    return _apply_reading


def give_up_after_an_error(original):
    """Don't try again, and don't tell anybody."""

    def _record_error(self, *args):
        original(self, *args)
        self.next_check_at = False

    return _record_error


def send_unchecked(_original):
    """Don't ask whether it is out for signature already."""
    return lambda self: line(OK, "Whatever")


MUTATIONS = {
    "store_id_after_send": (Walk, "_next_step", store_id_after_send),
    "send_without_reading": (Walk, "_next_step", send_without_reading),
    "apply_out_of_order": (Walk, "_apply_reading", apply_out_of_order),
    "give_up_after_an_error": (Walk, "_record_error", give_up_after_an_error),
    "send_unchecked": (Checklist, "_autenti_check_requests", send_unchecked),
}
