# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hmac
import logging
import secrets
import time
from functools import partial
from urllib.parse import urlsplit

from odoo import SUPERUSER_ID, api, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.service.model import retrying

from ..client import assumptions, const, errors
from ..client.auth import authorization_url
from ..client.webhook import CallbackRejected, KeysAwaited
from ..exceptions import error_message
from ..models.autenti_connection import CALLBACK_PATH, CONNECT_PATH

_logger = logging.getLogger(__name__)

SESSION_KEY = "autenti_login"
LOGIN_SECONDS = 600  # from leaving for Autenti's login page to coming back


class AutentiController(http.Controller):
    """The address of this ERP that is registered at Autenti."""

    @http.route(
        f"{CONNECT_PATH}/<int:connection_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def connect(self, connection_id):
        """Send the user to Autenti's login page, from where they come to `open`."""
        connection = request.env["autenti.connection"].browse(connection_id).exists()
        if not connection.has_access("read") or connection.account_access != "login":
            raise request.not_found()
        try:
            client_id = connection._get_application().client_id
        except UserError as error:
            return self._tell(str(error))
        state = secrets.token_urlsafe()
        request.session[SESSION_KEY] = {
            "state": state,
            "user_id": request.env.uid,
            "connection_id": connection_id,
            "expires_at": time.time() + LOGIN_SECONDS,
            "return_to": self._get_page_before(),
        }
        url = authorization_url(
            connection._get_urls().api_url,
            client_id,
            connection.callback_url,
            state,
            connection._get_scope(),
        )
        return request.redirect(url, local=False)

    def _get_page_before(self):
        """Return the path of the page of Odoo from where the user came."""
        before = urlsplit(request.httprequest.headers.get("Referer", ""))
        is_own = before.netloc == request.httprequest.host
        return before.path if is_own and before.path.startswith("/odoo") else "/odoo"

    # Autenti comes back to this very address, so no language is put in front of it
    @http.route(
        CALLBACK_PATH,
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def open(self, state=None, code=None, **_query):
        """Let a user in who comes back from Autenti's login page; see `connect`.

        Anybody else is told what the address is for.
        """
        if state is None:
            return request.render("autenti_esign.autenti_page")
        login = self._take_login(state)
        if not login:
            return self._tell(
                request.env._(
                    "This login at Autenti wasn't started in this browser, is too long "
                    "ago, or was used already. Nothing has changed. Please connect "
                    "your account once more."
                )
            )
        if not code:
            return self._tell(
                request.env._(
                    "Autenti didn't let Odoo into your account: you refused, or may "
                    "not permit it. Nothing has changed."
                )
            )
        connection = request.env["autenti.connection"].browse(login["connection_id"])
        try:
            request.env["autenti.account"]._log_in(connection, code)
        except errors.AutentiError as error:
            return self._tell(error_message(request.env, error, in_background=False))
        except UserError as error:
            return self._tell(str(error))
        return request.redirect(login["return_to"])

    def _take_login(self, state):
        """Take what `connect` left in this session; it is good once, for a while.

        :param str state: from the address, anybody's word
        :return: dict, or None when the state isn't of this session
        """
        login = request.session.get(SESSION_KEY)
        if not login or not hmac.compare_digest(
            state.encode(), login["state"].encode()
        ):
            return None
        del request.session[SESSION_KEY]
        # Not only at the end: the same address may be opened again in the meantime
        http.root.session_store.save(request.session)
        is_mine = login["user_id"] == request.session.uid
        return login if is_mine and time.time() < login["expires_at"] else None

    def _tell(self, message):
        return request.render("autenti_esign.autenti_page", {"message": message})

    @http.route(
        CALLBACK_PATH,
        type="http",
        # Nobody is asked who they are: the signature tells
        auth="none",
        readonly=False,
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=const.CALLBACK_MAX_BYTES,
    )
    def receive(self, **_form):
        """Store what Autenti posts; who can't prove to be Autenti is turned away.

        The answer has no body: a stranger learns nothing from it.
        """
        raw = request.httprequest.get_data()
        signature = request.httprequest.headers.get(assumptions.JWS_HEADER)
        try:
            try:
                self._receive(request.env, raw, signature)
            except KeysAwaited as awaited:
                # Who waits holds no connection of the database
                request.env.cr.close()
                awaited.wait()
                with request.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    retrying(partial(self._receive, env, raw, signature), env)
        except CallbackRejected as rejection:
            _logger.info("Callback rejected: %s", rejection)
            return request.make_response("", status=rejection.status)
        return request.make_response("", status=200)

    def _receive(self, env, raw, signature):
        env(user=SUPERUSER_ID)["autenti.callback"]._receive(raw, signature)
