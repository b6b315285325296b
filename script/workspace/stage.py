# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The companies of the demo data, connected with the emulator, and their people."""

import base64
import json
import secrets
from dataclasses import dataclass
from functools import cached_property, partial
from urllib.parse import quote
from uuid import uuid4

import requests

from . import WorkspaceError, wait_until
from .rpc import User
from .servers import Server, log_problems

TIMEOUT = 60  # seconds


@dataclass(frozen=True)
class Act:
    """A contract of the demo data, and the login of the salesperson who sends it."""

    salesperson: str
    agreement: str


ACTS = {
    "individual": Act("anna", "autenti_esign.agreement_garden_demo"),
    "representative": Act("piotr", "autenti_esign.agreement_steel_demo"),
}


@dataclass(frozen=True)
class Stage:
    """A running Odoo with the demo data, and the emulator that it talks to."""

    odoo: Server
    emulator: Server
    database: str
    # Regular expressions of what Odoo logs without being in trouble
    expected_problems: tuple = ()

    def log_in(self, login):
        """Log in as a user of the demo data, whose password is the login."""
        return User(self.odoo.url, self.database, login, login)

    @cached_property
    def admin(self):
        """The administrator, with all companies open."""
        admin = self.log_in("admin")
        companies = admin.search_read("res.company", [], ["id"])
        admin.context["allowed_company_ids"] = [company["id"] for company in companies]
        return admin

    # === ADMINISTRATOR === #

    def connect_main_company(self):
        """Have the administrator sign in the first company; without demo data."""
        person = {
            "lang": "en_US",
            "autenti_email": "anna.nowak@firma.example",
            "autenti_first_name": "Anna",
            "autenti_last_name": "Nowak",
        }
        self.admin.call("res.users", "write", [self.admin.id], person)
        company = self.admin.ref("base.main_company")
        self.admin.call("autenti.connection", "create", {"company_id": company})
        self.connect_companies()

    def connect_companies(self):
        """Do what an administrator does once for each company at Autenti and here."""
        set_parameter = partial(self.admin.call, "ir.config_parameter", "set_param")
        set_parameter("web.base.url", self.odoo.url)
        set_parameter("web.base.url.freeze", "True")
        for connection in self.admin.search_read("autenti.connection", [], []):
            self._connect(connection)

    def _connect(self, connection):
        model, ids = "autenti.connection", [connection["id"]]
        application = {
            "client_id": f"demo-{connection['mode']}",
            "client_secret": secrets.token_urlsafe(),
        }
        values = {
            "client_id": application["client_id"],
            "client_secret_input": application["client_secret"],
            "environment": "custom",
            "custom_api_url": f"{self.emulator.url}/api/v2",
            "custom_jwks_url": f"{self.emulator.url}/developers/keys/webhook.jwks",
        }
        self.admin.call(model, "write", ids, values)
        self.admin.call(model, "action_generate_key", ids)
        key = json.loads(self.admin.read(model, ids[0], ["public_jwk"])["public_jwk"])
        application |= {
            "organisation": connection["company_id"][1],
            "users": self._get_autenti_users(connection),
            "jwks": {"keys": [key]},
            "redirectUrls": [f"{self.odoo.url}/autenti"],
        }
        self.control("POST", "applications", application)
        self.admin.call(model, "action_register_callback", ids)

    def _get_autenti_users(self, connection):
        """Return who has an account in the company's organisation at Autenti."""
        if connection["mode"] == "representative":
            people, prefix = [connection], "representative_"
        else:
            domain = [("company_ids", "in", connection["company_id"][0])]
            people = self.admin.search_read("res.users", domain, [])
            prefix = "autenti_"
        return [
            {
                "email": person[f"{prefix}email"] or person["email"],
                "firstName": person[f"{prefix}first_name"],
                "lastName": person[f"{prefix}last_name"],
            }
            for person in people
        ]

    def trust_authority(self):
        """Have all companies trust the authority behind the emulator's signatures.

        It takes the addon that validates signed files.
        """
        authority = base64.b64encode(self.get_authority()).decode()
        for connection in self.admin.search_read("autenti.connection", [], ["id"]):
            trust = {"connection_id": connection["id"], "file": authority}
            self.admin.call("autenti.trust", "create", [trust])

    def make_orders_signable(self):
        """Have a purchase order to send, which Anna may, and the rule that allows it.

        It takes the addon for documents, and Odoo's app Purchase.

        :return: id of the order
        """
        rule = {
            "source_model": "purchase.order",
            "source": "report",
            "report_id": self.admin.ref("purchase.action_report_purchase_order"),
            "partner_path": "partner_id",
        }
        self.admin.call("autenti.sign.rule", "create", [rule])
        group = [(4, self.admin.ref("purchase.group_purchase_user"))]
        anna = self.admin.ref("autenti_esign.res_users_anna_demo")
        self.admin.call("res.users", "write", [anna], {"group_ids": group})
        line = {"name": "Sadzonki bukszpanu", "product_qty": 200, "price_unit": 12.5}
        product = {"name": line["name"], "supplier_taxes_id": [], "taxes_id": []}
        [line["product_id"]] = self.admin.call("product.product", "create", [product])
        order = {
            "company_id": self.admin.ref("base.main_company"),
            "partner_id": self.admin.ref("autenti_esign.res_partner_zielony_demo"),
            "order_line": [(0, 0, line)],
        }
        [order_id] = self.log_in("anna").call("purchase.order", "create", [order])
        return order_id

    def get_authority(self):
        """Return the certificate behind the emulator's signatures, in PEM."""
        return self.control("GET", "ca.pem").content

    def control(self, method, path, body=None):
        """Call the emulator's control API, and return the answer.

        :raise WorkspaceError: when it refuses
        """
        url = f"{self.emulator.url}/emulator/{path}"
        answer = requests.request(method, url, json=body, timeout=TIMEOUT)
        if not answer.ok:
            raise WorkspaceError(f"{method} {url}: {answer.status_code} {answer.text}")
        return answer

    # === PEOPLE === #

    def send(self, act):
        """Send a contract as its salesperson, and return the id of the request."""
        user = self.log_in(act.salesperson)
        request_id = self.submit(user, self.admin.ref(act.agreement))
        self.wait_until_sent(request_id)
        return request_id

    def submit(self, user, record_id, model="agreement"):
        """Click on Send as a user, and return the id of the request, yet to be sent."""
        dialog = user.call(model, "action_autenti_sign", [record_id])
        user.call(dialog["res_model"], "action_send", [dialog["res_id"]])
        domain = [("res_model", "=", model), ("res_id", "=", record_id)]
        [request] = user.search_read("autenti.request", domain, ["id"])
        return request["id"]

    def submit_copies(self, act, count):
        """Click on Send as a salesperson, for new contracts like the one of an act.

        :return: ids of the requests, yet to be sent
        """
        user = self.log_in(act.salesperson)
        original = self.admin.ref(act.agreement)
        agreement_ids = []
        for _number in range(count):
            values = {"code": str(uuid4())}
            agreement_ids += user.call("agreement", "copy", [original], values)
        return [self.submit(user, agreement_id) for agreement_id in agreement_ids]

    def wait_until_sent(self, request_id):
        """Wait until a request is out and Odoo works on it no more."""
        self.wait_for("autenti.request", request_id, "state", "sent")
        self.wait_until_quiet()

    def wait_until_quiet(self):
        """Wait until Odoo has taken in all that Autenti tells.

        Whoever clicks while Odoo works on a request may have to click once more.
        """
        pending = [("state", "=", "pending")]

        def is_quiet():
            deliveries = self.control("GET", "callbacks").json()
            states = {delivery["state"] for delivery in deliveries}
            return states <= {"done", "given up"} and not self.admin.call(
                "autenti.callback", "search_count", pending
            )

        wait_until(is_quiet, "Odoo has taken in all callbacks")

    def sign_next(self, request_id):
        """Sign at the emulator as the one whose turn it is, and wait for Odoo."""
        signer_id = self.act_next(request_id, "sign")
        self.wait_for("autenti.signer", signer_id, "status", "signed")

    def act_next(self, request_id, action, body=None):
        """Act at the emulator as the one whose turn it is.

        :param str action: "sign" or "reject"
        :return: id of the signer
        """
        names = ["process_id", "next_signer_id"]
        request = self.admin.read("autenti.request", request_id, names)
        signer_id, _name = request["next_signer_id"]
        email = self.admin.read("autenti.signer", signer_id, ["email"])["email"]
        process = quote(request["process_id"], safe="")
        self.control(
            "POST", f"processes/{process}/parties/{quote(email)}/{action}", body
        )
        return signer_id

    def fetch_until_signed(self, request_id):
        """Fetch the status, as a click does, until the signed file is there.

        Nobody tells Odoo when the file follows the last signature; by itself it would
        look again within a minute.
        """
        self.wait_for("autenti.request", request_id, "state", "signed", fetch=True)

    def wait_for(self, model, record_id, field, value, fetch=False):
        """Wait until a field of a record holds a value.

        :param bool fetch: have the record ask Autenti before each look
        :raise WorkspaceError: when that takes too long, or Odoo logs a problem
        """

        def is_so():
            if fetch:
                self.admin.call(model, "action_check", [record_id])
            if problems := log_problems(self.odoo.log, self.expected_problems):
                raise WorkspaceError("\n".join(["Odoo logged:", *problems]))
            return self.admin.read(model, record_id, [field])[field] == value

        wait_until(is_so, f"{model} {record_id}: {field} is {value}")
