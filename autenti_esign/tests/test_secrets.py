# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json
import re
from functools import partial

from odoo.exceptions import AccessError, UserError
from odoo.fields import NO_ACCESS
from odoo.service.model import call_kw
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..client import jwk
from .common import (
    CLIENT_EMAIL,
    SECRET,
    SELLER_EMAIL,
    AutentiCommon,
    private_key,
)

ADDON = "autenti_esign"
TOKENS = {"access_token": "t0k3n-of-anna", "refresh_token": "r3fr3sh-of-anna"}
SOUNDS_SECRET = re.compile(r"secret|token|private|password")
TEXT_TYPES = ("char", "text")


class TestSecrets(AutentiCommon):
    """Nobody gets a secret out of the database, whatever they call through RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.next_key = jwk.generate_private_key()
        cls.connection._add_key(cls.next_key)
        cls.env["autenti.account"].create(
            {
                "connection_id": cls.connection.id,
                "environment": cls.connection.environment,
                "user_id": cls.seller.id,
                **TOKENS,
            }
        )
        cls.users = [
            cls.seller,
            cls.manager,
            cls._create_user(
                "Adam Min", "administrator@firma.example.com", "base.group_system"
            ),
            new_test_user(cls.env, login="portal", groups="base.group_portal"),
            cls.env.ref("base.public_user"),
        ]
        models = [model for model in cls.env.values() if cls._is_ours(model)]
        cls.models = [model for model in models if not model._abstract]
        cls.secret_fields = [
            field
            for model in cls.models
            for field in model._fields.values()
            if field.groups == NO_ACCESS and field._module == ADDON
        ]

    @classmethod
    def _is_ours(cls, model):
        return any(field._module == ADDON for field in model._fields.values())

    def setUp(self):
        super().setUp()
        # Something in each model, changed after it was made
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL)
        self.open_dialog(self._create_agreement(self.seller))
        self.connection._check_health()
        self.connection.write({"client_secret_input": SECRET, "client_id": "app-1"})
        self.env.flush_all()
        self.secrets = {SECRET, *TOKENS.values()}
        for pem in (private_key(), self.next_key):
            self.secrets.update(pem.splitlines()[1:-1])

    def get_records(self, model_name, env=None):
        all_records = self.env[model_name].with_context(active_test=False).search([])
        return all_records.with_env(env or self.env)

    def call(self, env, model_name, method, *args, **kwargs):
        """Call a method as a browser does; return all that comes back, as text."""
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                result = call_kw(env[model_name], method, list(args), kwargs)
        except (UserError, ValueError, KeyError, TypeError) as error:
            return f"{type(error).__name__} {error}"
        return json.dumps(result, default=str)

    def assertNoSecret(self, text, told):
        for secret in self.secrets:
            self.assertNotIn(secret, text, told)

    # === What there is to find ===

    def test_there_are_secrets_to_find(self):
        found = {(field.model_name, field.name) for field in self.secret_fields}
        self.assertLessEqual(
            {
                ("autenti.connection", "client_secret"),
                ("autenti.key", "private_key"),
                ("autenti.account", "access_token"),
                ("autenti.account", "refresh_token"),
            },
            found,
        )
        stored = {
            line
            for field in self.secret_fields
            if field.type in TEXT_TYPES
            for value in self.get_records(field.model_name).sudo().mapped(field.name)
            for line in (value or "").splitlines()
        }
        self.assertLessEqual(self.secrets, stored)

    def test_every_field_that_sounds_secret_is_closed(self):
        for model in self.models:
            for field in model._fields.values():
                is_ours = field._module == ADDON and field.store
                if is_ours and SOUNDS_SECRET.search(field.name):
                    if field.type in TEXT_TYPES:
                        self.assertEqual(field.groups, NO_ACCESS, str(field))
                        self.assertFalse(field.copy, str(field))

    # === Every model, every field, every user ===

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule", "odoo.http")
    def test_no_call_gives_a_secret(self):
        answered = 0
        for user in self.users:
            env = self.env(user=user, context={"lang": "en_US"})
            for model in self.models:
                for told, call in self.get_calls(env, model._name):
                    answer = call()
                    self.assertNoSecret(answer, f"{user.login}: {model._name} {told}")
                    answered += not answer.startswith("AccessError")
        # It isn't that everything is refused
        self.assertGreater(answered, 1000)

    def get_calls(self, env, model_name):
        """Yield (name, call) for the ways to get data out of a model."""
        call = partial(self.call, env, model_name)
        ids = self.get_records(model_name).ids
        names = list(self.env[model_name]._fields)
        shown = list(env[model_name].fields_get())
        specification = {name: {} for name in shown}
        yield "read", partial(call, "read", ids)
        yield "web_read", partial(call, "web_read", ids, specification)
        yield "search_read", partial(call, "search_read", [], shown)
        yield (
            "web_search_read",
            partial(call, "web_search_read", [], specification),
        )
        yield "default_get", partial(call, "default_get", names)
        yield "onchange", partial(call, "onchange", [], {}, [], specification)
        yield "copy_data", partial(call, "copy_data", ids)
        yield "export_data", partial(call, "export_data", ids, shown)
        yield "name_search", partial(call, "name_search", "")
        for secret in (SECRET, *TOKENS.values()):
            yield "name_search", partial(call, "name_search", secret[:4])
        for name in self.get_names(model_name):
            yield f"read {name}", partial(call, "read", ids, [name])
            yield f"web_read {name}", partial(call, "web_read", ids, {name: {}})
            yield f"export {name}", partial(call, "export_data", ids, [name])
            yield (
                f"group {name}",
                partial(call, "formatted_read_group", [], [name], ["__count"]),
            )
            yield f"order {name}", partial(call, "search", [], order=name)
            if self.env[model_name]._fields[name].relational:
                yield from self.get_calls_through(call, ids, model_name, name)

    def get_names(self, model_name):
        """Return the fields to be tried one by one: of others' models, ours."""
        return [
            field.name
            for field in self.env[model_name]._fields.values()
            if field._module == ADDON or model_name.startswith("autenti.")
        ]

    def get_calls_through(self, call, ids, model_name, name):
        """Yield those that reach for the secrets of a related model."""
        comodel = self.env[model_name]._fields[name].comodel_name
        for field in self.secret_fields:
            if field.model_name == comodel:
                path = f"{name}.{field.name}"
                spec = {name: {"fields": {field.name: {}}}}
                yield f"web_read {path}", partial(call, "web_read", ids, spec)
                yield (
                    f"export {path}",
                    partial(call, "export_data", ids, [path.replace(".", "/")]),
                )

    # === An answer of yes or no tells as well ===

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_nobody_searches_for_a_secret(self):
        for user in self.users:
            for field, model_name, path in self.get_secret_paths():
                model = self.env[model_name].with_user(user)
                for domain, order in (
                    ([(path, "=like", "%")], None),
                    ([(path, "!=", False)], None),
                    ([], path if path == field.name else None),
                ):
                    if domain or order:
                        with (
                            self.subTest(user=user.login, path=path, domain=domain),
                            self.assertRaises(AccessError),
                        ):
                            model.search(domain, order=order)

    def get_secret_paths(self):
        """Yield (field, model, path) for each way of one step or none to a secret."""
        for field in self.secret_fields:
            yield field, field.model_name, field.name
            for model in self.models:
                for link in model._fields.values():
                    if (
                        link.comodel_name == field.model_name
                        and link._description_searchable
                    ):
                        yield field, model._name, f"{link.name}.{field.name}"

    # === Aside ===

    def test_no_secret_is_in_the_chatter(self):
        self.connection.write({"client_secret_input": f"{SECRET}-2"})
        self.env.flush_all()
        self.secrets |= {f"{SECRET}-2"}
        for model_name in ("mail.message", "mail.tracking.value", "mail.activity"):
            records = self.env[model_name].search([])
            text = json.dumps(records.read(load=False), default=str)
            self.assertNoSecret(text, model_name)

    def test_no_secret_is_in_an_attachment(self):
        for attachment in self.env["ir.attachment"].search([]):
            content = (attachment.raw or b"").decode("latin-1")
            self.assertNoSecret(content, attachment.name)
