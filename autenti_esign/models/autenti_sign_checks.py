# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What keeps a record from being sent for signature, and what has changed since.

A check tells where to mend what is wrong.
"""

import re
from collections import Counter, defaultdict

from lxml import etree

from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError

from ..client import const, phone
from . import autenti_sign_mixin  # noqa: F401 - has what is inherited
from .autenti_request import OPEN_STATES

OK = "ok"
WARNING = "warning"
BLOCKING = "blocking"
# Letters of any alphabet, in words joined by spaces, hyphens or apostrophes
PLAUSIBLE_NAME = r"[^\W\d_]+(?:[ '’-]+[^\W\d_]+)*"
SHORTEST_NAME = 2
# Colleagues named as those who can change something
EDITORS_NAMED = 3
TITLES = {"adw", "dr", "hab", "inż", "lic", "mec", "mgr", "pan", "pani", "prof"}
# In the expressions of a template: `.partner_id.name`, and "phone" in options
CHAIN = re.compile(r"(?:\.\w+(?:\(\))?)+")
OPTION = re.compile(r"[\"'](\w+)[\"']")
# Templates that are the same around each report
LAYOUTS = "web."
# The company is shown by them
COMPANY_PARTS = ("name", "contact_address", "vat")
# They change with how people work on a record, not with what is agreed
WORK_FIELDS = {"display_name", "state", "user_id"}
PLAIN = (
    *("boolean", "char", "date", "datetime", "float", "html", "integer", "json"),
    *("monetary", "selection", "text"),
)


def line(level, text, action=None):
    """Make a line of the checklist.

    :param str level: OK, WARNING (can be sent) or BLOCKING (can't)
    :param str text: what is so and, unless it's fine, what to do
    :param dict action: leads to the place where it is mended; its `name` labels the
        link
    :return: plain data, for the browser
    :rtype: dict
    """
    return {"level": level, "text": text, "action": action or False}


class AutentiSignMixin(models.AbstractModel):
    _inherit = "autenti.sign.mixin"

    autenti_changed_fields = fields.Char(
        string="Changed since it was sent",
        compute="_compute_autenti_changed_fields",
        compute_sudo=True,
    )

    def _autenti_check(self, signers, second=None, sms_code=False, file_problems=None):
        """Check whether the record can be sent, without asking Autenti.

        For the current user, as the sender.

        :param list signers: values of the autenti.signer records to be, in order
        :param second: autenti.representative who signs jointly, maybe empty
        :param bool sms_code: the client signs with a code by SMS
        :param list file_problems: what is wrong with the files, in sentences; None
            when they weren't looked at
        :return: lines, see `line`; it can be sent when none of them is BLOCKING
        :rtype: list[dict]
        """
        self.ensure_one()
        return [
            *self._autenti_check_record(),
            *self._autenti_check_company(second),
            *self._autenti_check_people(signers, sms_code),
            *self._autenti_check_files(file_problems),
        ]

    def _autenti_check_proposal(self, signature_type=const.SIGNATURE_BASIC):
        """Check whether the record can be sent as it is, without asking Autenti.

        For the current user as the sender, and those who are proposed as the signers.

        :return: as `_autenti_check`; the files aren't looked at
        :raise UserError: the company has no connection
        :raise RedirectWarning: the same, with the way to make one
        """
        connection = self.env["autenti.connection"]._get_for_company(
            self._autenti_get_company()
        )
        second = connection._get_second_representative()
        identities = connection._get_company_identities(self.env.user, second)
        person = self.env["autenti.send.signer"]
        people = map(person.new, self._autenti_prepare_people())
        signers = [
            *(each._prepare_signer(signature_type) for each in people if each._signs()),
            *connection._prepare_company_signers(identities, signature_type),
        ]
        return self._autenti_check(signers, second)

    # === THE RECORD === #

    def _autenti_check_signable(self):
        """Raise unless the current user may send this record for signature now.

        :raise UserError: what to do about it
        """
        self.ensure_one()
        self._autenti_check_access()
        self.env["autenti.send"].check_access("create")
        for each in self._autenti_check_record():
            if each["level"] == BLOCKING:
                raise UserError(each["text"])

    def _autenti_check_record(self):
        if "active" in self._fields and not self.active:
            message = self.env._("It is archived. Unarchive it first.")
            yield line(BLOCKING, message, self._autenti_lead_to(self))
        yield self._autenti_check_type()
        yield self._autenti_check_requests()

    def _autenti_check_type(self):
        if not self.autenti_disabled:
            return line(OK, self.env._("It may be signed electronically."))
        switch = self._autenti_get_switch()
        return line(
            BLOCKING,
            self._autenti_explain_disabled(),
            switch and switch.has_access("write") and self._autenti_lead_to(switch),
        )

    def _autenti_explain_disabled(self):
        """Say that signing is disabled, where, and who can change that."""
        switch = self._autenti_get_switch()[:1].sudo()
        if not switch:
            return self.env._(
                "Electronic signing is disabled for this type of document. It can be "
                "enabled where the type or template is configured."
            )
        message = self.env._(
            "Electronic signing is disabled for this type of document: %s.",
            switch.display_name,
        )
        people = self._autenti_find_editors(switch).mapped("name")
        if not people:
            return message
        advice = self.env._("It can be enabled by %s.", ", ".join(people))
        return f"{message} {advice}"

    def _autenti_find_editors(self, switch):
        """Find a few colleagues who may change a type or template, as res.users."""
        access = self.env["ir.model.access"].sudo()
        rights = access.search(
            [("model_id.model", "=", switch._name), ("perm_write", "=", True)]
        )
        company = self.sudo()._autenti_get_company()
        return rights.group_id.all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        ).sorted("name")[:EDITORS_NAMED]

    def _autenti_check_requests(self):
        request = self._autenti_get_request()
        # It may be sent in place of its open request
        replaced_id = self.env.context.get("autenti_replaces_id")
        if request.id == replaced_id and request.state == "to_send":
            return line(
                WARNING,
                self.env._(
                    "It waits to be sent already: that document isn't sent when you "
                    "send this one."
                ),
            )
        if request.id == replaced_id and request.state == "sent":
            return line(
                WARNING,
                self.env._(
                    "It is out for signature: that document is withdrawn when you send "
                    "this one. Autenti doesn't give it back to the package: this one "
                    "counts once more."
                ),
            )
        if request.state == "to_send":
            message = self.env._(
                "It waits to be sent, or is already out for signature."
            )
        elif request.state in OPEN_STATES:
            message = self.env._("It is already out for signature.")
        elif request.state == "signed" and not self.autenti_is_rehearsed:
            message = self.env._("It is already signed with Autenti.")
        else:
            return line(OK, self.env._("It isn't out for signature, nor signed."))
        may_see = request.with_user(self.env.user).has_access("read")
        return line(BLOCKING, message, may_see and self._autenti_lead_to(request))

    def _autenti_check_document(self):
        """Check whether the document that Odoo makes of the record says all it should.

        :return: lines, see `line`
        """
        return []

    # === OUR COMPANY === #

    def _autenti_check_company(self, second=None):
        company = self._autenti_get_company()
        try:
            connection = self.env["autenti.connection"]._get_for_company(company)
        except (RedirectWarning, UserError) as error:
            yield line(BLOCKING, error.args[0], self._autenti_lead_to_connections())
            return
        yield self._autenti_check_environment(connection)
        identities = connection._get_company_identities(self.env.user, second)
        problems = [
            *self._autenti_check_identities(connection, identities),
            *self._autenti_check_joint(connection, second),
            *self._autenti_check_account(connection, identities[0]),
        ]
        yield from problems
        if not problems:
            names = (f"{each['first_name']} {each['last_name']}" for each in identities)
            message = self.env._(
                "Ready to sign for %(company)s: %(names)s.",
                company=connection.company_id.name,
                names=", ".join(names),
            )
            yield line(OK, message)

    def _autenti_check_environment(self, connection):
        if connection.environment == "production":
            return line(OK, self.env._("The signatures will be binding."))
        message = self.env._("Test environment: the signatures bind nobody.")
        action = self._autenti_lead_to_connection(connection)
        return line(WARNING, message, action)

    def _autenti_check_identities(self, connection, identities):
        for identity in identities:
            try:
                connection._check_company_identity(identity)
            except UserError as error:
                action = self._autenti_lead_to_identity(connection, identity)
                yield line(BLOCKING, str(error), action)
            if problem := connection._find_validity_problem(identity):
                action = self._autenti_lead_to_connection(connection)
                yield line(BLOCKING, problem, action)

    def _autenti_check_joint(self, connection, second):
        if connection._is_joint() and not second:
            message = self.env._(
                "Two sign jointly for %s: choose the second one. Who can be chosen is "
                "entered in the connection to Autenti.",
                connection.company_id.name,
            )
            action = self._autenti_lead_to_connection(connection)
            yield line(BLOCKING, message, action)

    def _autenti_check_account(self, connection, identity):
        try:
            connection._get_client(identity["email"], identity["subject"])
        except UserError as error:
            action = self._autenti_lead_to_connection(connection)
            yield line(BLOCKING, str(error), action)
            return
        if connection._needs_login(identity):
            action = {
                **connection._get_connect_action(),
                "name": self.env._("Connect my Autenti account"),
            }
            message = self.env._(
                "Your Autenti account isn't connected to Odoo, or its login has ended."
            )
            yield line(BLOCKING, message, action)

    # === PEOPLE === #

    def _autenti_check_people(self, signers, sms_code):
        clients = [
            signer
            for signer in signers
            if signer["side"] == "client" and signer["role"] == const.ROLE_SIGNER
        ]
        if not clients:
            message = self.env._("Add the person who signs for the client.")
            yield line(BLOCKING, message)
        yield from filter(None, self._autenti_check_colleagues(signers))
        yield from self._autenti_check_names(signers)
        yield from self._autenti_check_emails(signers)
        yield from self._autenti_check_phones(signers, sms_code)

    def _autenti_check_colleagues(self, signers):
        """Check that colleagues are asked as who they are, and nobody else as them."""
        emails = Counter(signer["email"] for signer in signers)
        for signer in signers:
            is_ours = signer["side"] == "company"
            if is_ours and signer["role"] == const.ROLE_SIGNER:
                continue  # is checked with the company
            if signer["email"] and emails[signer["email"]] == 1:
                yield self._autenti_check_colleague(signer)

    def _autenti_check_colleague(self, signer):
        email = signer["email"]
        names = signer["first_name"], signer["last_name"]
        owners_sudo = self.env["res.users"]._autenti_find_by_email(email)
        if any(owner._autenti_is_called(*names) for owner in owners_sudo):
            return None
        if owners_sudo:
            is_known = owners_sudo[0].company_ids & self.env.user.company_ids
            name = owners_sudo[0].name if is_known else self.env._("somebody else")
            message = self.env._(
                "%(email)s is the e-mail of %(name)s, a user of Odoo. Enter their "
                "first and last name, or another e-mail.",
                email=email,
                name=name,
            )
            return line(BLOCKING, message)
        if user_sudo := self._autenti_find_colleague(signer):
            message = self.env._(
                "%(name)s is a user of Odoo, whose own e-mail is %(own)s. Enter that "
                "one, or choose the contact of another person of that name.",
                name=user_sudo.name,
                own=user_sudo._autenti_get_identity()["email"] or "—",
            )
            return line(BLOCKING, message)
        return None

    def _autenti_find_colleague(self, signer):
        """Find the colleague as whom a person is named: by contact, or by name alone.

        :return: a res.users in sudo, maybe empty
        """
        if signer["partner_id"]:
            partner_sudo = self.env["res.partner"].browse(signer["partner_id"]).sudo()
            users = partner_sudo.with_context(active_test=False).user_ids
        else:
            last_name = signer["last_name"] or ""
            users = (
                self.env["res.users"]
                .sudo()
                .search(
                    [
                        ("company_ids", "in", self._autenti_get_company().ids),
                        "|",
                        ("name", "ilike", last_name),
                        ("autenti_last_name", "ilike", last_name),
                    ]
                )
            )
        names = signer["first_name"], signer["last_name"]
        return users.filtered(
            lambda user: not user.share and user._autenti_is_called(*names)
        )[:1]

    def _autenti_check_names(self, signers):
        # Our own people's names are entered, never proposed
        people = [signer for signer in signers if signer["side"] == "client"]
        problems = list(filter(None, map(self._autenti_check_name, people)))
        if people and not problems:
            yield line(OK, self.env._("Everybody has a first and a last name."))
        yield from problems

    def _autenti_check_name(self, signer):
        first, last = names = (signer["first_name"], signer["last_name"])
        who = self._autenti_call(signer)
        partner = self.env["res.partner"].browse(signer["partner_id"])
        action = self._autenti_lead_to_person(partner)
        if not all(names):
            message = self.env._("%s: enter first name and last name.", who)
            return line(BLOCKING, message, action)
        if not all(map(self._autenti_is_plausible, names)):
            message = self.env._(
                "%s: this doesn't look like a first and a last name. Autenti takes "
                "them without titles and initials.",
                who,
            )
            return line(WARNING, message, action)
        if partner and partner._autenti_is_split(first, last):
            message = self.env._(
                "Check that the first name is “%(first)s” and the last name “%(last)s”:"
                " Odoo has split the contact's name.",
                first=first,
                last=last,
            )
            return line(WARNING, message)
        return None

    def _autenti_is_plausible(self, name):
        return (
            re.fullmatch(PLAUSIBLE_NAME, name)
            and len(name) >= SHORTEST_NAME
            and TITLES.isdisjoint(name.lower().split())
        )

    def _autenti_check_emails(self, signers):
        problems = [
            line(
                BLOCKING,
                self.env._("%s: enter a valid e-mail.", self._autenti_call(signer)),
                self._autenti_lead_to_person(
                    self.env["res.partner"].browse(signer["partner_id"])
                ),
            )
            for signer in signers
            # Ours are checked with the company
            if signer["side"] == "client" and not signer["email"]
        ]
        emails = Counter(signer["email"] for signer in signers if signer["email"])
        problems += [
            line(
                BLOCKING,
                self.env._(
                    "%s stands there more than once. Each signer needs an e-mail of "
                    "their own.",
                    email,
                ),
            )
            for email, count in emails.items()
            if count > 1
        ]
        if emails and not problems:
            message = self.env._("Each e-mail address is valid and there once.")
            yield line(OK, message)
        yield from problems

    def _autenti_check_phones(self, signers, sms_code):
        people = [
            signer
            for signer in signers
            if signer["signature_type"] == const.SIGNATURE_ADVANCED
            or sms_code
            and signer["side"] == "client"
            and signer["role"] == const.ROLE_SIGNER
        ]
        problems = list(filter(None, map(self._autenti_check_phone, people)))
        if people and not problems:
            yield line(OK, self.env._("Each phone number can get a code by SMS."))
        yield from problems

    def _autenti_check_phone(self, signer):
        who = self._autenti_call(signer)
        number = signer.get("phone")
        action = self._autenti_lead_to_phone(signer)
        if not number:
            message = self.env._(
                "%s: enter a mobile phone number with its country code, such as "
                "+48 600 000 000. The code by SMS goes there.",
                who,
            )
            return line(BLOCKING, message, action)
        if not phone.takes_texts(number):
            message = self.env._(
                "%(who)s: %(number)s is no mobile phone, so it may get no SMS.",
                who=who,
                number=number,
            )
            return line(WARNING, message, action)
        return None

    def _autenti_call(self, signer):
        names = (signer["first_name"], signer["last_name"])
        return " ".join(filter(None, names)) or self.env._("A signer")

    # === FILES === #

    def _autenti_check_files(self, problems):
        if problems is None:
            return
        if not problems:
            message = self.env._(
                "Autenti takes the PDF: its size is fine, and it has no password, form "
                "or signature."
            )
            yield line(OK, message)
        for problem in problems:
            yield line(BLOCKING, problem)

    # === WHERE IT IS MENDED === #

    def _autenti_lead_to(self, record, label=None, view=None):
        """Return the action that opens a record's form."""
        return {
            "type": "ir.actions.act_window",
            "name": label or self.env._("Open %s", record.display_name),
            "res_model": record._name,
            "res_id": record.id,
            "views": [[view.id if view else False, "form"]],
        }

    def _autenti_lead_to_person(self, partner):
        if partner and partner.has_access("write"):
            return self._autenti_lead_to(partner)
        return None

    def _autenti_lead_to_phone(self, signer):
        connection = self._autenti_find_connection()
        is_ours = (signer["side"], signer["role"]) == ("company", const.ROLE_SIGNER)
        if is_ours and connection.mode == "representative":
            return self._autenti_lead_to_connection(connection)
        partner = self.env["res.partner"].browse(signer["partner_id"])
        return self._autenti_lead_to_person(partner)

    def _autenti_lead_to_connection(self, connection):
        if connection.with_user(self.env.user).has_access("write"):
            label = self.env._("Open the connection")
            return self._autenti_lead_to(connection, label)
        return None

    def _autenti_lead_to_connections(self):
        connections = self.env["autenti.connection"]
        if not connections.has_access("create"):
            return None
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "autenti_esign.autenti_connection_action"
        )
        return {**action, "name": self.env._("Set up Autenti")}

    def _autenti_lead_to_identity(self, connection, identity):
        """Lead to where the company's signer, or the company's tax ID, is entered."""
        if not all(identity[key] for key in ("email", "first_name", "last_name")):
            if connection.mode == "representative":
                return self._autenti_lead_to_connection(connection)
            return self._autenti_lead_to(
                self.env.user,
                self.env._("My data in signatures"),
                self.env.ref("autenti_esign.view_users_form_autenti"),
            )
        partner = connection.company_id.partner_id.with_user(self.env.user)
        return self._autenti_lead_to_person(partner)

    # === WHAT HAS CHANGED SINCE IT WAS SENT === #

    def _compute_autenti_changed_fields(self):
        for record in self:
            record.autenti_changed_fields = ", ".join(
                record._autenti_get_labels(record._autenti_find_changes())
            )

    def _autenti_find_changes(self):
        """Return the paths of fields that show something else than what was sent."""
        request = self._autenti_get_request()
        if request.state not in (*OPEN_STATES, "signed") or not request.shown_values:
            return []
        return [
            path
            for path, value in request.shown_values.items()
            if self._autenti_has_path(path)
            and self._autenti_get_shown_value(path) != value
        ]

    def _autenti_get_shown_values(self):
        """Return what the record's report shows of its fields.

        :return: dotted path of the field -> its value as text
        :rtype: dict[str, str]
        """
        self.ensure_one()
        return {
            path: self._autenti_get_shown_value(path)
            for path in self._autenti_get_shown_fields()
        }

    def _autenti_get_shown_value(self, path):
        """Return the value at a path as text: of several lines, one below the other.

        It is the same whoever looks.
        """
        company = self._autenti_get_company()
        printed = self.sudo()._autenti_get_printed()
        printed = printed.with_company(company).with_context(lang=None)
        return self._autenti_write_out(printed, path)

    def _autenti_write_out(self, records, path):
        name, _, rest = path.partition(".")
        return "\n".join(
            self._autenti_write_out(record[name], rest)
            if rest
            else str(record[name] or "")
            for record in records.sorted().filtered(self._autenti_is_shown)
        )

    def _autenti_is_shown(self, _record):
        """Tell if what the report shows of a line, or of another part, counts."""
        return True

    def _autenti_has_path(self, path):
        """Tell if there is still such a field; addons may be uninstalled."""
        model = self._autenti_get_printed()
        for name in path.split("."):
            field = model._fields.get(name)
            if not field:
                return False
            model = self.env[field.comodel_name] if field.relational else None
        return True

    # === WHAT A REPORT SHOWS === #

    def _autenti_find_shown_fields(self):
        """Find the fields whose values the record's report shows.

        They are those that the report's templates name: of the record, of its lines,
        and of what both refer to.

        :return: dotted paths
        :rtype: list[str]
        """
        printed, names = self._autenti_get_printed(), self._autenti_get_shown_names()
        paths = list(self._autenti_find_paths(printed, names))
        if "company_id" in printed._fields:
            paths += [f"company_id.partner_id.{part}" for part in COMPANY_PARTS]
        return list(dict.fromkeys(paths))

    def _autenti_get_shown_names(self):
        """Return which names stand in the report's templates.

        :return: name of a field, of whatever model -> names that follow it, such as
            "vat" in `partner_id.vat`; "" where it stands alone
        :rtype: dict[str, set[str]]
        """
        names, options = defaultdict(set), set()
        for element in self._autenti_iter_templates():
            for attribute, text in element.attrib.items():
                if attribute == "t-options":
                    options.update(OPTION.findall(text))
                elif attribute.startswith("t-"):
                    for chain in CHAIN.findall(text.replace(".sudo()", "")):
                        parts = chain[1:].split(".")
                        for name, following in zip(
                            parts, [*parts[1:], ""], strict=True
                        ):
                            names[name].add(following)
        for following in names.values():
            if "" in following:
                following |= options
        return names

    def _autenti_iter_templates(self):
        """Go through the elements of the report's templates, but for layouts."""
        waiting, seen = [self._autenti_get_report().sudo().report_name], set()
        while waiting:
            template = waiting.pop()
            if not template or template in seen or template.startswith(LAYOUTS):
                continue
            seen.add(template)
            root, _document, _ref = self.env["ir.qweb"].sudo()._get_template(template)
            for element in root.iter(tag=etree.Element):
                waiting.append(element.get("t-call"))
                yield element

    def _autenti_find_paths(self, model, names, is_line=False):
        """Find the fields of a model among names, as dotted paths."""
        for name in sorted(names.keys() & model._fields.keys() - WORK_FIELDS):
            field = model._fields[name]
            # What is only computed follows from others
            is_kept = field.store or field.related or field.inverse
            if name in models.MAGIC_COLUMNS or not is_kept:
                continue
            if field.type in PLAIN:
                yield name
            elif field.type in ("many2one", "many2many"):
                for part in self._autenti_find_parts(field.comodel_name, names[name]):
                    yield f"{name}.{part}"
            elif field.type == "one2many" and not is_line:
                lines = self.env[field.comodel_name]
                for path in self._autenti_find_paths(lines, names, is_line=True):
                    yield f"{name}.{path}"

    def _autenti_find_parts(self, model, following):
        """Find what a report shows of a record that another one refers to."""
        known = self.env[model]._fields
        if "" in following:
            yield from sorted({"contact_address", "display_name"} & known.keys())
        for name in sorted(following & known.keys() - {"display_name"}):
            if known[name].type in PLAIN:
                yield name
            elif known[name].type == "many2one":
                yield f"{name}.display_name"

    def _autenti_get_labels(self, paths):
        """Return what users call fields, each once.

        :param paths: dotted paths
        """
        labels = {}
        for path in paths:
            model, label = self._autenti_get_printed(), []
            for name in path.split("."):
                field = model._fields[name]
                label.append(field._description_string(self.env))
                model = self.env[field.comodel_name] if field.relational else None
            if path.endswith(".display_name"):
                label.pop()
            is_long = len(label) > 1 and not path.endswith((".code", "_type_id.name"))
            labels[": ".join((label[0], label[-1])) if is_long else label[0]] = None
        return list(labels)

    def _autenti_begin_version(self):
        """Let the record, which was sent, say something else than what was sent."""
        self.ensure_one()
