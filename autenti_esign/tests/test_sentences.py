# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta
from typing import NamedTuple

import requests
from lxml import etree

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.safe_eval import safe_eval

from ..client import const
from .common import CLIENT_EMAIL, SELLER_EMAIL, AutentiCommon, draw_pdf


class Said(NamedTuple):
    """What stands on the screens while a contract is in one state."""

    toast: str | None
    banner: str
    version: str
    client: str
    portal: str | None
    noted: str


WAITS = "It waits to be sent to Autenti. Odoo does so by itself."
NEXT = "Out for signature. Next to sign: Jan Kowalski (Client)"
FOLLOWS = "All have signed. The signed PDF follows within a few minutes."
REFUSED = "Autenti doesn't permit this."
LATE = (
    "All have signed, but Autenti hasn't made the signed PDF yet. Odoo goes on asking "
    "for it."
)
IN_DOUBT = (
    "All have signed, but it isn't certain which of the files that came back from "
    "Autenti is the contract. Open the signature request, look at its files, and "
    "choose the contract."
)
AGAIN = "It isn't signed. It can be sent again."
SENT = "Version 1 was sent for signature and stays as it is."
TO_SEND = "Version 1 waits to be sent for signature and stays as it is."
UNSENT = "Version 1 was to be sent for signature and stays as it is."
UNREACHABLE = "Autenti can't be reached."
WENT_OUT = "Sent for signature with Autenti to Jan Kowalski and Anna Nowak."
FAILED = "Signing has failed at Autenti: nobody can sign the document any more."
RAN_OUT = "The time to sign has run out."
TAKEN_BACK = "Withdrawn from signature."
# Each way in which a contract can stand: what is said then
TABLE = {
    "to_send": Said(f"Not sent yet: {WAITS}", WAITS, TO_SEND, "waiting", None, ""),
    "to_send_in_outage": Said(
        f"Not sent yet: {UNREACHABLE}", UNREACHABLE, TO_SEND, "waiting", None, ""
    ),
    "sent": Said(
        f"Status at Autenti: {NEXT}", NEXT, SENT, "turn", "Waiting for you", WENT_OUT
    ),
    "client_has_signed": Said(
        None, "It's your turn : click", SENT, "signed", "Waiting for others", WENT_OUT
    ),
    "all_have_signed": Said(
        f"Status at Autenti: {FOLLOWS}",
        FOLLOWS,
        SENT,
        "signed",
        "Almost done",
        WENT_OUT,
    ),
    "file_is_refused": Said(None, REFUSED, SENT, "signed", "Almost done", WENT_OUT),
    "file_is_late": Said(
        f"Status at Autenti: {LATE}", LATE, SENT, "signed", "Almost done", WENT_OUT
    ),
    "files_in_doubt": Said(
        f"Status at Autenti: {IN_DOUBT}",
        IN_DOUBT,
        SENT,
        "signed",
        "Almost done",
        WENT_OUT,
    ),
    "signed": Said(
        None,
        "Signed with Autenti",
        SENT,
        "signed",
        "Signed",
        "Signed with Autenti by Jan Kowalski and Anna Nowak.",
    ),
    "declined": Said(
        None, AGAIN, SENT, "rejected", "Declined", "The signature was declined."
    ),
    "expired": Said(None, AGAIN, SENT, "obsolete", "Expired", RAN_OUT),
    "expired_unsent": Said(None, AGAIN, UNSENT, "obsolete", None, RAN_OUT),
    "withdrawn": Said(None, AGAIN, SENT, "obsolete", "Withdrawn", TAKEN_BACK),
    "withdrawn_unsent": Said(None, AGAIN, UNSENT, "obsolete", None, TAKEN_BACK),
    "failed": Said(None, "", SENT, "obsolete", "Failed", FAILED),
    "failed_unsent": Said(
        None, AGAIN, UNSENT, "obsolete", None, "Sending for signature has failed."
    ),
}


class SentencesCommon(AutentiCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_user = cls.env["res.users"].create(
            {
                "login": CLIENT_EMAIL,
                "partner_id": cls.contact.id,
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    # === The states ===

    def make_to_send(self):
        return self.submit()

    def make_to_send_in_outage(self):
        request = self.submit()
        for nth in range(1, 9):
            self.autenti.fail("create", requests.ConnectionError(), nth=nth)
        self.run_cron()
        return request

    def make_sent(self):
        return self.send()

    def make_client_has_signed(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL)
        return request

    def make_all_have_signed(self):
        request = self.send()
        self.sign(request, CLIENT_EMAIL, SELLER_EMAIL, with_file=False)
        return request

    def make_file_is_refused(self):
        request = self.make_all_have_signed()
        self.autenti.add_signed_file(request.process_id)
        self.autenti.fail("download", 403)
        # Nor may the click that asks for the status
        self.autenti.fail("download", 403, nth=2)
        self.poll(request)
        return request

    def make_file_is_late(self):
        request = self.make_all_have_signed()
        request.completed_date = fields.Datetime.now() - timedelta(hours=1)
        return request

    def make_files_in_doubt(self):
        request = self.make_all_have_signed()
        for text in ("one", "another"):
            content = draw_pdf(text)
            self.autenti.give_back(request.process_id, f"{text}.pdf", content)
        self.poll(request)
        return request

    def make_signed(self):
        request = self.send()
        self.sign_by_all(request)
        return request

    def make_declined(self):
        request = self.send()
        self.autenti.reject(request.process_id, CLIENT_EMAIL, "Za drogo")
        self.poll(request)
        return request

    def make_expired(self):
        request = self.send()
        request.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.poll(request)
        return request

    def make_expired_unsent(self):
        request = self.submit()
        request.expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.run_cron()
        return request

    def make_withdrawn(self):
        request = self.send()
        request.with_user(self.seller).action_withdraw("Pomyłka")
        return request

    def make_withdrawn_unsent(self):
        request = self.submit()
        request.with_user(self.seller).action_withdraw("Pomyłka")
        return request

    def make_failed(self):
        request = self.send()
        self.autenti.processes[request.process_id]["status"] = const.PROCESS_ERROR
        self.poll(request)
        return request

    def make_failed_unsent(self):
        request = self.submit()
        self.autenti.fail("create", 400)
        self.run_cron()
        return request


class TestSentences(SentencesCommon):
    """Each sentence on the screen is true, whatever has become of the contract."""

    # === What is said ===

    def toast(self):
        agreement = self.agreement.with_user(self.seller)
        is_open = agreement.autenti_state in ("to_send", "sent")
        if not is_open or agreement.autenti_is_my_turn:
            return None
        try:
            params = agreement.action_autenti_sign()["params"]
        except UserError:
            return None  # there is a dialog instead
        return f"{params['title']}: {params['message']}"

    def read_form(self, path, user=None):
        """Return what a user reads in a part of the contract's form."""
        agreement = self.agreement.with_user(user or self.seller)
        view = self.env.ref("agreement.agreement_form")
        root = etree.fromstring(agreement.get_view(view.id, "form")["arch"])
        shown = {node.get("name") for node in root.iter("field")}
        values = {
            name: agreement[name]
            for name, field in agreement._fields.items()
            if name in shown and not field.relational and field.type != "binary"
        }
        values |= {
            name: agreement[name].id
            for name, field in agreement._fields.items()
            if name in shown and field.type == "many2one"
        }
        values["id"] = agreement.id
        texts = (self.read_text(node, values) for node in root.xpath(path))
        return "\n".join(" ".join(text.split()) for text in texts if text.strip())

    def read_text(self, node, values):
        lineage = [node, *node.iterancestors()]
        if any(self.is_hidden(each, values) for each in lineage):
            return ""
        if node.tag == "field":
            return str(values.get(node.get("name")) or "")
        if node.tag in ("button", "widget"):
            return ""
        parts = [node.text or ""]
        for child in node.iterchildren():
            parts += [self.read_text(child, values), child.tail or ""]
        return " ".join(parts)

    def is_hidden(self, node, values):
        return safe_eval(node.get("invisible") or "False", dict(values))

    def read_portal(self, request):
        if not request.sent_date:
            return None
        html = (
            self.env["ir.qweb"]
            .with_user(self.portal_user)
            ._render(
                "autenti_esign.portal_contract_status",
                {"contract": request.with_user(self.portal_user).sudo()},
            )
        )
        return etree.fromstring(f"<div>{html}</div>").find("span").text

    def test_each_sentence_is_true_in_each_state(self):
        heard = self.listen()
        for name, said in TABLE.items():
            heard.clear()
            self.meet_autenti()
            self.agreement = self._create_agreement(self.seller)
            request = getattr(self, f"make_{name}")()
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(state=name):
                banner = self.read_form("//div[contains(@class, 'alert')]")
                self.assertIn(said.banner, banner)
                if said.banner != AGAIN:
                    self.assertNotIn("can be sent again", banner)
                if not {said.banner, name} & {FOLLOWS, LATE, IN_DOUBT, "signed"}:
                    self.assertNotIn("All have signed", banner)
                self.assertEqual(
                    self.read_form(
                        "//page[@name='document_text']//span[contains(., 'Version')]"
                    ),
                    said.version,
                )
                self.assertEqual(request.signer_ids[0].shown_status, said.client)
                self.assertEqual(self.read_portal(request), said.portal)
                noted = [text for _request, kind, text in heard if kind == "state"]
                noted = "".join(noted[-1:]).partition("\n")[0].removeprefix("TEST: ")
                self.assertEqual(noted, said.noted)
                # Last, for it asks Autenti
                toast = (self.toast() or "").partition(" If this")[0]
                self.assertEqual(toast or None, said.toast)

    def test_nothing_is_promised_that_waits_for_a_scheduled_action(self):
        cron = self.env.ref("autenti_esign.ir_cron_autenti_request")
        waiting, awaited = self.submit(self._create_agreement(self.seller)), None
        awaited = self.make_all_have_signed()
        waiting.write({"state": "to_send"})
        cron.active = False
        self.env.invalidate_all()
        for request in (waiting, awaited):
            message = request._get_status_message()
            self.assertIn("Contracts wait", message)
            self.assertNotIn("by itself", message)
            self.assertNotIn("within a few minutes", message)

    def test_who_approves_first_is_not_told_that_the_client_has_signed(self):
        colleague = self._create_user(
            "Olga Szef", "olga@spolka.example.com", company=self.board_company
        )
        dialog = self.open_dialog(self.board_agreement, self.board_seller)
        approver = {
            "sequence": 1,
            "role": const.ROLE_APPROVER,
            "first_name": "Olga",
            "last_name": "Szef",
            "email": colleague.email,
        }
        dialog.signer_ids = [Command.create(approver)]
        dialog.action_send()
        self.run_cron()
        self.agreement = self.board_agreement
        self.assertIn("Next to approve: Olga Szef", self.agreement.autenti_status)
        banner = self.read_form("//div[contains(@class, 'alert')]", colleague)
        self.assertIn("It's your turn", banner)
        self.assertNotIn("has signed", banner)

    def test_what_waits_to_be_sent_is_withdrawn_without_autenti(self):
        request = self.submit()
        withdraw = self.env["autenti.withdraw"].with_user(self.seller)
        withdraw = withdraw.create({"request_id": request.id, "reason": "x"})
        self.assertEqual(withdraw.request_state, "to_send")

    def test_what_waits_to_be_sent_is_not_called_out(self):
        request = self.submit().with_user(self.seller)
        with self.assertRaisesRegex(UserError, "waits to be sent"):
            self.agreement.with_user(self.seller)._autenti_check_signable()
        action = request.action_correct()
        dialog = self.env["autenti.send"].with_user(self.seller)
        texts = [each["text"] for each in dialog.browse(action["res_id"]).checklist]
        self.assertTrue([text for text in texts if "waits to be sent already" in text])
        self.assertFalse([text for text in texts if "It is out" in text])
