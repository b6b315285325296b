# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from types import SimpleNamespace
from unittest.mock import patch

from odoo.http import _request_stack
from odoo.models import BaseModel

from .common import CLIENT_EMAIL, AutentiCommon


class TestLiveForm(AutentiCommon):
    """An open form hears of what happens to its record, and of nothing else."""

    def heard(self, user, name):
        """Tell what a user's browser hears when it asks for a channel.

        :return: the records, and the channels that are mere words
        """
        websocket = self.env["ir.websocket"].with_user(user)
        session = SimpleNamespace(uid=user.id)
        _request_stack.push(SimpleNamespace(env=websocket.env, session=session))
        try:
            channels = websocket._build_bus_channel_list([name])
        finally:
            _request_stack.pop()
        words = [channel for channel in channels if isinstance(channel, str)]
        records = [channel for channel in channels if isinstance(channel, BaseModel)]
        own = {"discuss.channel", "res.groups", "res.partner", "res.users"}
        return [r for r in records if not (r and r._name in own)], words

    def test_a_reader_of_a_record_hears_of_it(self):
        request = self.send()
        for record in (self.agreement, request):
            for user in (self.seller, self.manager):
                with self.subTest(model=record._name, user=user.name):
                    name = f"autenti_esign/{record._name}/{record.id}"
                    self.assertEqual(self.heard(user, name)[0], [record])

    def test_who_may_not_read_a_record_hears_nothing(self):
        request = self.send()
        for record, user in (
            (self.agreement, self.board_seller),
            (request, self.board_seller),
            (request, self.colleague),
        ):
            with self.subTest(model=record._name, user=user.name):
                name = f"autenti_esign/{record._name}/{record.id}"
                self.assertEqual(self.heard(user, name)[0], [])

    def test_nothing_else_than_signing_is_heard_of(self):
        missing = self.env["agreement"].search([], order="id desc", limit=1).id + 1
        for name in (
            f"autenti_esign/res.company/{self.company.id}",
            f"autenti_esign/autenti.connection/{self.connection.id}",
            "autenti_esign/no.such.model/1",
            f"autenti_esign/agreement/{missing}",
            "autenti_esign/agreement/99999999999999999999",
            "autenti_esign/agreement/2147483648",
            # Python refuses to make a number of so many digits
            f"autenti_esign/agreement/{'9' * 5000}",
            "autenti_esign/autenti.request/2147483648",
            "autenti_esign/autenti.sign.mixin/1",
            "autenti_esign/mail.thread/1",
            "autenti_esign/agreement/1 OR 1=1",
        ):
            with self.subTest(name=name[:60]):
                self.assertEqual(self.heard(self.seller, name)[0], [])

    def test_other_channels_stay(self):
        self.assertIn("somebody_else", self.heard(self.seller, "somebody_else")[1])

    def test_each_change_is_told_to_the_forms_of_the_record(self):
        request = self.send()
        self.autenti.sign(request.process_id, CLIENT_EMAIL)
        sent = []
        with patch.object(
            self.registry["bus.bus"],
            "_sendone",
            lambda bus, target, kind, message: sent.append((target, kind, message)),
        ):
            self.poll(request)
            told = [
                (target, message)
                for target, kind, message in sent
                if kind == "autenti_esign/changed"
            ]
            sent.clear()
            self.poll(request)
        for record in (self.agreement, request):
            self.assertIn((record, {"model": record._name, "id": record.id}), told)
        self.assertNotIn("autenti_esign/changed", [kind for _t, kind, _m in sent])
