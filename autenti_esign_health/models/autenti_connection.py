# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
import secrets

from odoo import SUPERUSER_ID, api, models
from odoo.tools.misc import str2bool

from .. import address_call, address_words, libraries

_logger = logging.getLogger(__name__)

JOB = "autenti_esign_health.ir_cron_autenti_address"
WORD_BYTES = 32
WORD_LENGTH = len(secrets.token_urlsafe(WORD_BYTES))
ASKED = ("word", "answer")


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    def _check_more(self):
        """Override to look at the ways by which Autenti comes here."""
        return [
            *super()._check_more(),
            *self._check_own_call(),
            self._check_address_change(),
            self._check_libraries(),
        ]

    # === THE CALL === #

    def _check_own_call(self):
        """Have the address tried, and tell what came of it the last time.

        A job does it, in a process that answers no requests: else a server with a
        single worker would wait for itself. A copy leaves the original alone.
        """
        if self.is_elsewhere:
            return []
        last = self._get_own_call()
        if job := self.env.ref(JOB, raise_if_not_found=False):
            job.sudo()._trigger()
        line = (
            {name: last[name] for name in ("name", "level", "message", "hint")}
            if last and not last.word
            else self._get_waiting_line(last)
        )
        # The job asks it once that is committed
        return [{**line, **{name: secrets.token_urlsafe(WORD_BYTES) for name in ASKED}}]

    def _get_own_call(self):
        return self.check_ids.filtered(lambda check: check.name == "own_call")[:1]

    def _get_waiting_line(self, last):
        if not last:
            message = self.env._("The address is being tried.")
            hint = self.env._("That takes a few seconds.")
        else:
            message = self.env._("The address waits to be tried.")
            hint = self.env._(
                "A scheduled action does that. If this stays, see Scheduled actions."
            )
        return {"name": "own_call", "level": "amber", "message": message, "hint": hint}

    @api.model
    def _cron_try_address(self):
        """Call the addresses that are to be tried; each is called once.

        No transaction is open meanwhile: who answers is this very Odoo.
        """
        cron = self.env["ir.cron"]
        asked = self.env["autenti.check"].search([("word", "!=", False)])
        waiting = asked.connection_id.filtered(
            lambda connection: not connection.is_elsewhere
        )
        outcomes = {}
        cron._commit_progress(remaining=len(waiting))
        for connection in waiting:
            try:
                connection._try_address(outcomes)
                self.env.flush_all()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The address of %s can't be tried", connection.id)
            if not cron._commit_progress(1):
                break

    def _try_address(self, outcomes):
        """Call the address, unless that was done for another connection.

        :param dict outcomes: address_call.Outcome by address; grows
        """
        line = self._get_own_call()
        url, word, answer = self.callback_url, line.word, line.answer
        if url not in outcomes:
            self.env["ir.cron"]._commit_progress()
            outcomes[url] = address_call.call(url, word, answer)
            _logger.info("%s was tried: %s", url, outcomes[url].code)
            line = self._get_own_call()
        # It may have been asked for again meanwhile
        is_new = line.word != word
        question = {name: line[name] for name in ASKED if is_new}
        reader = self._get_address_reader(line)
        line.unlink()
        env = self.env(
            context={"lang": reader.lang, "tz": reader._autenti_get_time_zone()}
        )
        self.env["autenti.check"].create(
            {
                "connection_id": self.id,
                "name": "own_call",
                **address_words.describe(env, url, outcomes[url]),
                **question,
            }
        )
        self._update_activity()
        self._autenti_notify_forms(self)

    def _get_address_reader(self, line):
        """Return who has had it tried; by night that is the administrator's job."""
        asker = line.create_uid
        if not asker or asker.id == SUPERUSER_ID:
            return self._get_administrator() or self.env.user
        return asker

    # === THE ADDRESS AND THE PACKAGES === #

    def _check_address_change(self):
        url = self.get_base_url()
        former = self._find_former_address()
        get_param = self.env["ir.config_parameter"].get_param
        line = {"name": "address_change", "level": "green", "hint": False}
        if str2bool(get_param("web.base.url.freeze") or "", False):
            message = self.env._("%s is fixed: no login changes it.", url)
        elif not former:
            message = self.env._("%s hasn't changed since it was first used.", url)
        else:
            line["level"] = "amber"
            message = self.env._(
                "The address was %(former)s and is %(now)s now. Whenever an "
                "administrator logs in by another address, it changes.",
                former=former,
                now=url,
            )
            line["hint"] = self.env._(
                "Set the system parameter web.base.url to the address that Autenti is "
                "to call, and web.base.url.freeze to True. Then click Check Health."
            )
        return {**line, "message": message}

    def _find_former_address(self):
        """Return the address that the connection had before, or False."""
        used = self.database_url
        if used and used != self._get_place()[1]:
            return used
        if not self.has_former_callback:
            return False
        return self.registration_ids.filtered("is_own")[:1].url

    def _check_libraries(self):
        modules = self.env["ir.module.module"].search(
            [("name", "=like", "autenti\\_esign%"), ("state", "=", "installed")]
        )
        misfits = libraries.find_misfits(sorted(modules.mapped("name")))
        line = {"name": "libraries", "level": "green", "hint": False}
        if not misfits:
            message = self.env._("The Python packages are those that are needed.")
            return {**line, "message": message}
        return {
            **line,
            "level": "amber",
            "message": "\n".join(
                self.env._(
                    "%(needed)s is needed, and %(version)s is installed.",
                    needed=needed,
                    version=version or self.env._("nothing"),
                )
                for needed, version in misfits.items()
            ),
            "hint": self.env._(
                "Install them in Odoo's Python with pip, then restart Odoo."
            ),
        }
