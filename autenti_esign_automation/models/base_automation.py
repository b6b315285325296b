# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from contextlib import contextmanager

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..unattended import get_job

_logger = logging.getLogger(__name__)


class BaseAutomation(models.Model):
    _inherit = "base.automation"

    def _process(self, records, domain_post=None):
        """Override: in Autenti's job, a rule that fails undoes what it did, no more.

        There the signed file comes in, and nobody is there to be told no. Whoever
        changes a record themselves gets the rule's error, as everywhere in Odoo.
        """
        if not self._autenti_is_isolated():
            return super()._process(records, domain_post)
        # What fails of that isn't the rule's doing
        self.env.cr.flush()
        with self._autenti_isolate(), self.env.cr.savepoint():
            return super()._process(records, domain_post)

    def _filter_pre(self, records, feedback=False):
        """Override: as `_process`; a condition that can't be read is met by nothing."""
        if not self._autenti_is_isolated():
            return super()._filter_pre(records, feedback)
        with self._autenti_isolate():
            return super()._filter_pre(records, feedback)
        return records.browse()

    def _filter_post_export_domain(self, records, feedback=False):
        """Override: as `_filter_pre`."""
        if not self._autenti_is_isolated():
            return super()._filter_post_export_domain(records, feedback)
        with self._autenti_isolate():
            return super()._filter_post_export_domain(records, feedback)
        return records.browse(), None

    def _autenti_is_isolated(self):
        job = get_job(self.env.cr)
        return bool(job and job.request_id)

    @contextmanager
    def _autenti_isolate(self):
        """Keep what goes wrong in the block from going on, and tell a person."""
        try:
            yield
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changed something in this very moment: the job begins anew
            raise
        except Exception as error:
            _logger.exception("Automation rule %s failed", self.sudo().name)
            job = get_job(self.env.cr)
            # Else a rule that what is told sets off would fail and be told for ever
            if self.id not in job.told:
                job.told.add(self.id)
                self._autenti_notify_failure(job.request_id, error)

    def _autenti_notify_failure(self, request_id, error):
        """Put a failure in front of who is in charge of a request."""
        request = self.env["autenti.request"].sudo().browse(request_id)
        name = self.sudo().name
        reason = str(error).strip() or type(error).__name__
        try:
            with self.env.cr.savepoint():
                request._get_record()._autenti_notify_overseer(
                    lambda env: env._(
                        "The automation rule “%(rule)s” failed, and nothing of it was "
                        "done: %(error)s\nThe document and its signatures aren't "
                        "touched by that. Do by hand what the rule was to do, and have "
                        "an administrator mend it.",
                        rule=name,
                        error=reason[:500],
                    ),
                    request.user_id,
                )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            _logger.exception("Nobody could be told that rule %s failed", name)
