# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What keeps a user from what isn't theirs where Odoo's own checks end."""

from odoo import api, models
from odoo.api import NewId
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Command
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY


class AutentiGuard(models.AbstractModel):
    """Base of all models of ours.

    Record rules look at a record before it is changed, and the groups of fields at what
    is handed over, not at defaults. What is computed in sudo reads whatever an id
    names. So here the rules are asked again after a change, no default of a user's
    fills in what they may not enter, and nobody names what they may not read.
    """

    _name = "autenti.guard"
    _description = "Guarded by Autenti e-Signature"

    @api.model
    def default_get(self, fields):
        """Override: neither the context nor `ir.default` is a way around `create`."""
        refused = {f"default_{name}" for name in self._autenti_get_refused_defaults()}
        context = {
            key: value for key, value in self.env.context.items() if key not in refused
        }
        model = self.with_env(self.env(context=context))
        defaults = super(AutentiGuard, model).default_get(fields)
        # The defaults are the user's, also where Odoo creates the record
        self.sudo(False)._autenti_check_named(defaults)
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._autenti_check_values(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._autenti_check_values(vals)
        result = super().write(vals)
        self._autenti_check_changed(vals)
        return result

    def onchange(self, values, field_names, fields_spec):
        """Override: what is computed for a form reads no more than its user may."""
        self._autenti_check_named(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _autenti_get_kept_fields(self):
        """Return the names of the stored fields that Odoo alone writes.

        The ORM lets anybody who may change a record write a computed field too.

        :rtype: set[str]
        """
        return {
            name
            for name, field in self._fields.items()
            if field.compute and field.store and field.readonly
        }

    @api.model
    def _autenti_get_refused_defaults(self):
        """Return the names of the fields that no default of the user's fills in.

        :rtype: set[str]
        """
        user_model = self.sudo(False)
        if user_model.env.su:
            return set()
        if not user_model.has_access("create"):
            return set(self._fields)
        return self._autenti_get_kept_fields() | {
            name
            for name, field in self._fields.items()
            if not user_model._has_field_access(field, "write")
        }

    def _autenti_check_values(self, vals):
        kept = self._autenti_get_kept_fields().intersection(vals)
        if kept and not self.env.su:
            labels = self.fields_get(sorted(kept), ["string"])
            raise AccessError(
                self.env._(
                    "Only Odoo itself fills in: %s.",
                    ", ".join(label["string"] for label in labels.values()),
                )
            )
        self._autenti_check_named(vals)

    def _autenti_check_changed(self, vals):
        """Raise when a change makes something of a record that the user may not change.

        :param dict vals: what was written
        """
        self.check_access("write")

    def _autenti_check_named(self, vals):
        """Raise when values name a record that the user may not read.

        :param dict vals: as for `create`, `write` or `onchange`
        """
        if self.env.su:
            return
        for field, value in self._autenti_get_named(vals):
            if field.type == "many2one":
                cached = field.convert_to_cache(value, self.browse(), validate=False)
                if cached is None:
                    self._autenti_refuse_id(value)
                record = field.convert_to_record(cached, self.browse())
                record._origin.check_access("read")
            else:
                self._autenti_check_lines(self.env[field.comodel_name], value)

    def _autenti_check_lines(self, lines, commands):
        """Raise when commands for lines name what the user may not read.

        :param lines: empty recordset
        :param commands: a list of commands, or of ids
        """
        is_guarded = isinstance(lines, self.env.registry["autenti.guard"])
        for command in commands:
            # An id alone stands for a link
            command = Command.link(command) if isinstance(command, int) else command
            if command[0] in (Command.CREATE, Command.UPDATE) and is_guarded:
                lines._autenti_check_named(command[2])
            named = ()
            if command[0] in (Command.UPDATE, Command.LINK):
                named = (command[1],)
            elif command[0] == Command.SET:
                named = tuple(command[2])
            for value in named:
                if type(value) not in (int, NewId):
                    self._autenti_refuse_id(value)
            lines.browse(named).check_access("read")

    def _autenti_refuse_id(self, value):
        """Raise for what isn't an id here, and which the database may take for one.

        It does so with "5" and with 5.0, of which the ORM knows nothing.
        """
        raise AccessError(self.env._("“%s” isn't the id of a record.", value))

    def _autenti_get_named(self, vals):
        """Go through the values that name records of others: each field and value."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if value and field and field.type in ("many2one", "one2many", "many2many"):
                yield field, value

    def _autenti_describe_bug(self):
        """Say to people that what went wrong is neither theirs nor Autenti's."""
        return self.env._(
            "Something went wrong in Odoo itself. Who runs the server finds the cause "
            "in its log."
        )

    @api.model
    def _autenti_notify_forms(self, records):
        """Have open forms and lists of records load again."""
        for record in records:
            values = {"model": record._name, "id": record.id}
            self.env["bus.bus"]._sendone(record, "autenti_esign/changed", values)


class AutentiTask(models.AbstractModel):
    """Base of what a scheduled action works off, each in its own transaction."""

    _name = "autenti.task"
    _inherit = ["autenti.guard"]
    _description = "Task of Autenti e-Signature"

    def _process_one(self, waiting):
        """Do one; what goes wrong with it stays with it.

        :param waiting: domain that it must still be in when it is locked
        """
        try:
            # It may have been interrupted while the one before was done
            self.env.invalidate_all()
            if self.try_lock_for_update().filtered_domain(waiting):
                self._process()
                self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changed in this very moment what it needs
            self.env.cr.rollback()
            self._postpone()
        except Exception as error:
            self.env.cr.rollback()
            self._take_failure(error)

    def _process(self):
        """Do it, locked."""
        raise NotImplementedError

    def _postpone(self):
        """See that it is done in another run; the next one does it anyway."""

    def _take_failure(self, error):
        """Keep why it couldn't be done."""
        raise NotImplementedError


class AutentiDialog(models.AbstractModel):
    """Base of our dialogs, whose data Odoo deletes when they are some hours old."""

    _name = "autenti.dialog"
    _inherit = ["autenti.guard"]
    _description = "Dialog of Autenti e-Signature"

    def _fetch_field(self, field):
        """Override: who left a dialog open overnight learns what to do about it."""
        result = super()._fetch_field(field)
        if self and field._get_cache(self.env).keys().isdisjoint(self._ids):
            raise MissingError(
                self.env._(
                    "The dialog was open for so long that Odoo has forgotten what was "
                    "in it. Close it and open it again."
                )
            )
        return result


class IrDefault(models.Model):
    _inherit = "ir.default"

    @api.model
    def _get_model_defaults(self, model_name, condition=False):
        """Override: whoever sets a default needs no right to the field."""
        defaults = super()._get_model_defaults(model_name, condition)
        model = self.env.get(model_name)
        if not isinstance(model, self.env.registry["autenti.guard"]):
            return defaults
        refused = model._autenti_get_refused_defaults()
        return {name: value for name, value in defaults.items() if name not in refused}
