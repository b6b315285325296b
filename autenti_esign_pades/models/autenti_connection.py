# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

from ..pades import versions

_logger = logging.getLogger(__name__)

# For somebody to find the next list or certificate
NOTICE = timedelta(days=30)


class AutentiCheck(models.Model):
    _inherit = "autenti.check"

    name = fields.Selection(
        selection_add=[
            ("validator", "Check of signed files"),
            ("unchecked", "Files that couldn't be checked"),
            ("trust", "Trusted authorities"),
        ],
        ondelete={"validator": "cascade", "unchecked": "cascade", "trust": "cascade"},
    )


class AutentiConnection(models.Model):
    _inherit = "autenti.connection"

    trust_ids = fields.One2many(
        "autenti.trust",
        "connection_id",
        string="Trusted authorities",
        groups="autenti_esign.autenti_esign_group_manager",
    )

    def _register_hook(self):
        """Override to say at start what the check of signed files doesn't fit."""
        super()._register_hook()
        line = self._check_validator()
        if line["level"] != "green":
            _logger.warning("%s", line["message"])

    def _check_more(self):
        """Override to tell whether signed files can be checked here."""
        return [
            *super()._check_more(),
            self._check_validator(),
            self._check_unchecked(),
            *self._check_trust(),
        ]

    def _check_validator(self):
        line = {"name": "validator", "level": "amber"}
        if missing := versions.find_missing():
            return {
                **line,
                "message": self.env._(
                    "Signed files can't be checked: Python packages are missing: %s.",
                    ", ".join(missing),
                ),
                "hint": self.env._(
                    "Install them on the server with pip, then restart Odoo. Contracts "
                    "are signed all the same, and their files are checked afterwards."
                ),
            }
        version = versions.get_versions()["pyHanko"]
        if not versions.is_tested():
            return {
                **line,
                "message": self.env._(
                    "Signed files are checked with pyHanko %(version)s; tested is "
                    "%(tested)s.",
                    version=version,
                    tested=versions.name_tested(),
                ),
                "hint": self.env._(
                    "Install a version that is tested, or update the app Autenti "
                    "Signed File Check."
                ),
            }
        return {
            **line,
            "level": "green",
            "message": self.env._("Signed files are checked with pyHanko %s.", version),
        }

    def _check_unchecked(self):
        line = {"name": "unchecked", "level": "amber"}
        count = self.env["autenti.request"].search_count(
            [("connection_id", "=", self.id), ("validation_state", "=", "unchecked")]
        )
        if not count:
            message = self.env._("No signed file waits to be checked again.")
            return {**line, "level": "green", "message": message}
        return {
            **line,
            "message": self.env._(
                "Signed files that couldn't be checked: %s. That says nothing about "
                "them.",
                count,
            ),
            "hint": self.env._(
                "Odoo checks them again by itself, also after an update. See Signature "
                "Requests, filter Signed File Couldn't Be Checked, and the server's "
                "log for the reason."
            ),
        }

    def _check_trust(self):
        """Name the trusted lists and certificates that end soon, or have ended."""
        ending = self.trust_ids.filtered(
            lambda trust: (
                trust.valid_until and trust.valid_until < fields.Datetime.now() + NOTICE
            )
        )
        line = {"name": "trust", "level": "amber"}
        if ending:
            message = "\n".join(
                self.env._(
                    "%(name)s: valid until %(date)s.",
                    name=trust.name,
                    date=format_date(self.env, trust.valid_until),
                )
                for trust in ending.sorted("valid_until")
            )
            hint = self.env._(
                "Add the country's present list, or the authority's next certificate, "
                "under Trusted authorities. Keep certificates by which signed files "
                "are checked that are already here."
            )
            return [{**line, "message": message, "hint": hint}]
        if not self.trust_ids:
            return []
        message = self.env._("The trusted lists and certificates are valid.")
        return [{**line, "level": "green", "message": message}]
