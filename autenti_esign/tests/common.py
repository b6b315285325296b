# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import functools
import io
from contextlib import contextmanager, nullcontext
from datetime import timedelta

from reportlab.pdfgen.canvas import Canvas

from odoo import fields
from odoo.exceptions import MissingError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.base.tests.common import BaseCommon

from ..client import auth, jwk, webhook
from ..models.autenti_sign_checks import BLOCKING
from .fake_autenti import FakeAutenti

USER = "autenti_esign.autenti_esign_group_user"
MANAGER = "autenti_esign.autenti_esign_group_manager"
CLIENT_EMAIL = "jan.kowalski@klient.example.com"
SELLER_EMAIL = "anna.nowak@firma.example.com"
BOARD_EMAIL = "ewa.lis@spolka.example.com"
SECRET = "s3cr3t-of-the-application"


# Making one takes a noticeable part of a second
@functools.cache
def private_key():
    return jwk.generate_private_key()


def draw_pdf(text="Umowa", draw_more=None, **options):
    """Make a PDF of one page.

    :param draw_more: callable that takes the canvas
    :param options: of reportlab's Canvas
    :rtype: bytes
    """
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True, **options)
    canvas.drawString(100, 700, text)
    if draw_more:
        draw_more(canvas)
    canvas.save()
    return buffer.getvalue()


PDF = draw_pdf()


@tagged("post_install", "-at_install")
class AutentiCommon(BaseCommon):
    """Two companies, one per mode, that meet Autenti in memory, as `self.autenti`.

    In the first each salesperson signs; in the second Ewa Lis does.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("en_US", "pl_PL"):
            cls.env["res.lang"]._activate_lang(code)
        # As in a request by a user, notes and notifications included
        cls.env = cls.env(context={})
        # A test's transaction has one cursor only, in one thread
        cls.env["ir.config_parameter"].set_param("autenti_esign.parallel_requests", "1")
        # Nobody runs them while tests run, however old the database is
        cls.env["ir.cron"].search([]).nextcall = fields.Datetime.now()
        cls.company = cls._create_company(name="Firma sp. z o.o.", vat="PL5252248481")
        cls.board_company = cls._create_company(name="Spółka S.A.", vat="PL7740001454")
        cls.seller = cls._create_user("Anna Nowak", SELLER_EMAIL)
        cls.colleague = cls._create_user("Piotr Zima", "piotr.zima@firma.example.com")
        cls.manager = cls._create_user(
            "Maria Wilk", "maria.wilk@firma.example.com", MANAGER
        )
        cls.board_seller = cls._create_user(
            "Bogdan Mak", "bogdan.mak@spolka.example.com", company=cls.board_company
        )
        cls.board_member = cls._create_user(
            "Ewa Lis", BOARD_EMAIL, company=cls.board_company
        )
        cls.connection = cls._create_connection(cls.company)
        cls.board_connection = cls._create_connection(
            cls.board_company,
            mode="representative",
            representative_email=BOARD_EMAIL,
            representative_first_name="Ewa",
            representative_last_name="Lis",
            representation_basis="Prezes Zarządu, reprezentacja samoistna",
            representative_user_id=cls.board_member.id,
        )
        cls.client = cls.env["res.partner"].create(
            {
                "name": "Klient S.A.",
                "is_company": True,
                "lang": "pl_PL",
                "vat": "PL5261040828",
                "country_id": cls.env.ref("base.pl").id,
                "child_ids": [
                    Command.create({"name": "Jan Kowalski", "email": CLIENT_EMAIL})
                ],
            }
        )
        cls.contact = cls.client.child_ids
        cls.agreement = cls._create_agreement(cls.seller)
        cls.board_agreement = cls._create_agreement(cls.board_seller)
        # What wkhtmltopdf makes has a test of its own
        cls.classPatch(
            cls.registry["agreement"], "_autenti_render_pdf", lambda record: PDF
        )

    @classmethod
    def _create_user(cls, name, email, groups=USER, company=None):
        return new_test_user(
            cls.env,
            login=email,
            groups=f"base.group_user,{groups}" if groups else "base.group_user",
            context={"no_reset_password": True},
            name=name,
            company_id=(company or cls.company).id,
            lang="en_US",
        )

    @classmethod
    def _create_administrator(cls):
        """Make a system administrator of both companies."""
        administrator = cls._create_user(
            "Adam Min", "administrator@firma.example.com", groups="base.group_system"
        )
        administrator.company_ids = cls.company + cls.board_company
        return administrator

    @classmethod
    def _create_connection(cls, company, **values):
        connection = cls.env["autenti.connection"].create(
            {
                "company_id": company.id,
                "client_id": "app-1",
                "client_secret": SECRET,
                **values,
            }
        )
        connection._add_key(private_key())
        return connection

    @classmethod
    def _keep_contacts_from_users(cls):
        """Take the right to change contacts away, as a company may."""
        cls.env.ref(USER).implied_ids -= cls.env.ref("base.group_partner_manager")

    @classmethod
    def _choose_contract_access(cls, access):
        """Choose in the settings whose contracts employees see."""
        with Form(cls.env["res.config.settings"]) as settings:
            settings.autenti_contract_access = access
        settings.record.execute()

    @classmethod
    def _create_agreement(cls, user, **values):
        number = cls.env["agreement"].search_count([]) + 1
        return (
            cls.env["agreement"]
            .with_user(user)
            .create(
                {
                    "name": "Umowa o współpracy",
                    "code": f"UM/{number}",
                    "partner_id": cls.client.id,
                    **values,
                }
            )
            .with_env(cls.env)
        )

    def setUp(self):
        super().setUp()
        self.meet_autenti()
        self.addCleanup(auth.token_cache.clear)
        self.addCleanup(webhook.clear)

    def meet_autenti(self):
        """Begin with an Autenti that knows nothing yet."""
        type(self).autenti = FakeAutenti()
        auth.token_cache.clear()
        webhook.clear()

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if cls.autenti.knows(request.url):
            return cls.autenti.answer(request)
        return super()._request_handler(session, request, **options)

    @contextmanager
    def assertRaisesRegex(self, exception, pattern):
        """Undo what was done before the error, as Odoo's `assertRaises` does."""
        with self.assertRaises(exception) as caught:
            yield caught
        self.assertRegex(str(caught.exception), pattern)

    def open_dialog(self, agreement=None, user=None):
        """Click on "Sign with Autenti" and return the dialog, as the user sees it."""
        user = user or self.seller
        agreement = (agreement or self.agreement).with_user(user)
        action = agreement.action_autenti_sign()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def submit(self, agreement=None, user=None, **values):
        """Send a contract through the dialog; the cron job hasn't run yet.

        :return: the request, in sudo
        """
        dialog = self.open_dialog(agreement, user)
        dialog.write(values)
        dialog.action_send()
        return self.request_of(agreement or self.agreement)

    def send(self, agreement=None, user=None, **values):
        """Send a contract until it is out for signature.

        :return: the request, in sudo
        """
        request = self.submit(agreement, user, **values)
        self.run_cron()
        self.assertEqual(request.state, "sent")
        return request

    def send_by_board(self):
        return self.send(self.board_agreement, self.board_seller)

    def request_of(self, agreement):
        return self.env["autenti.request"].search(
            [("res_model", "=", agreement._name), ("res_id", "=", agreement.id)],
            limit=1,
        )

    def run_cron(self, name="request", addon="autenti_esign"):
        """Run a cron job as the scheduler does."""
        cron = self.env.ref(f"{addon}.ir_cron_autenti_{name}")
        in_http_case = isinstance(self, HttpCase)
        with nullcontext() if in_http_case else self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def poll(self, request):
        """Let the time of a request's next look at Autenti come, and pauses end."""
        self.env["autenti.rate.limit"].search([]).paused_until = 0
        request.next_check_at = fields.Datetime.now() - timedelta(seconds=1)
        self.run_cron()

    def sign(self, request, *emails, **options):
        """Have people sign at Autenti, and Odoo look there."""
        for email in emails:
            self.autenti.sign(request.process_id, email, **options)
        self.poll(request)

    def sign_by_all(self, request):
        """Have everybody sign, and the signed file come in."""
        for signer in request.signer_ids:
            self.sign(request, signer.email)
        self.poll(request)
        self.assertEqual(request.state, "signed")

    def assertSendable(self, record):
        """Check that nothing blocks a record from being sent as it is."""
        record._autenti_check_signable()
        lines = record._autenti_check_proposal()
        self.assertEqual([each for each in lines if each["level"] == BLOCKING], [])

    def assertSaysToOpenAgain(self, dialog, clicks):
        """Check what a dialog says that Odoo has deleted by night.

        :param clicks: names of methods
        """
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(dialog._table)))
        for method, *arguments in (
            *([click] for click in clicks),
            ["web_save", {}, {"display_name": {}}],
            ["onchange", {}, ["display_name"], {"display_name": {}}],
        ):
            self.env.invalidate_all()
            with (
                self.subTest(model=dialog._name, method=method),
                self.assertRaisesRegex(MissingError, "open it again"),
            ):
                getattr(dialog, method)(*arguments)

    def listen(self):
        """Hear what is recorded of requests from now on.

        :return: list that grows by (autenti.request, kind, text)
        """
        heard, model = [], self.registry["autenti.request"]
        record = model._record

        def hear(request, kind, text, files=None, **data):
            heard.append((request, kind, str(text)))
            return record(request, kind, text, files, **data)

        self.patch(model, "_record", hear)
        return heard

    def have_client_follow(self, records):
        """Have the client follow all that people from outside can follow."""
        subtypes = self.env["mail.message.subtype"].search([("internal", "=", False)])
        for record in records:
            record.message_subscribe((self.client + self.contact).ids, subtypes.ids)

    def count_mails_to_client(self):
        people = self.client + self.contact
        domain = ["|", ("recipient_ids", "in", people.ids)]
        return self.env["mail.mail"].search_count(
            [*domain, ("email_to", "ilike", self.contact.email)]
        )

    def activities(self, record, kind, user):
        """Find the open activities of a user, of kind "sign" or "attention"."""
        activity_type = self.env.ref(f"autenti_esign.mail_activity_type_{kind}")
        return record.activity_ids.filtered(
            lambda a: a.activity_type_id == activity_type and a.user_id == user
        )
