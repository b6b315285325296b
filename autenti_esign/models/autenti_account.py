# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.fields import NO_ACCESS
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE
from odoo.tools import SQL

from ..client import auth, errors
from ..secret_store import decrypt, encrypt
from .autenti_connection import ENVIRONMENTS

_logger = logging.getLogger(__name__)


class AccountTokens:
    """Access tokens of one connected account, for a `client.session.AutentiSession`.

    They lie in the database, the same for all workers. Whatever is done with them is
    done in a transaction of its own: a refresh token is good once, so the next one must
    stay when the business at hand is rolled back.

    Safe for threads: no record is used outside of these transactions. Threads that want
    a token of the same account wait for the first of them.
    """

    _flights = auth.SingleFlight()

    def __init__(self, account):
        self._account_sudo = account.sudo()

    def get(self):
        """Return a usable access token, a new one if need be.

        :rtype: str
        :raise client.errors.AutentiError: LOGIN_REQUIRED, or what else went wrong
        """
        account = self._account_sudo
        token = self._flights.do(
            (account.env.registry.db_name, account.id),
            lambda: account._in_own_transaction(
                lambda account: account._take_access_token()
            ),
        )
        if not token:
            raise errors.AutentiError(errors.LOGIN_REQUIRED)
        return token

    def invalidate(self, token=None):
        """Have the next `get` ask Autenti.

        :param str token: unless another took the place of this refused one
        """
        self._account_sudo._in_own_transaction(
            lambda account: account._forget_access_token(token)
        )


class AutentiAccount(models.Model):
    """A salesperson's own login at Autenti, through one connection."""

    _name = "autenti.account"
    _description = "Autenti Account"
    _inherit = ["autenti.guard"]
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    connection_id = fields.Many2one(
        "autenti.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    email = fields.Char(
        string="E-mail",
        readonly=True,
        help="Of the Autenti account, as the user had entered it when connecting.",
    )
    state = fields.Selection(
        [("connected", "Connected"), ("expired", "Login ended")],
        required=True,
        readonly=True,
        default="connected",
    )
    connected_date = fields.Datetime(string="Connected on", readonly=True)
    access_token = fields.Char(groups=NO_ACCESS, copy=False)
    access_expires_at = fields.Datetime(groups=NO_ACCESS, copy=False)
    refresh_token = fields.Char(groups=NO_ACCESS, copy=False)

    _user_uniq = models.UniqueIndex(
        "(user_id, connection_id, environment)",
        "A user connects one Autenti account.",
    )

    @api.model
    def _find(self, connection, user):
        """Find the account of a user in the connection's present environment.

        :return: an autenti.account in sudo, maybe empty
        """
        return self.sudo().search(
            [
                ("connection_id", "=", connection.id),
                ("environment", "=", connection.environment),
                ("user_id", "=", user._origin.id),
            ]
        )

    @api.model
    def _log_in(self, connection, code):
        """Connect the current user's account, and go on with what waited for that.

        All is committed at the end.

        :param connection: autenti.connection record
        :param str code: that Autenti gave after the login
        :raise client.errors.AutentiError: LOGIN_REQUIRED, the code isn't good
        """
        client = self._get_client(connection)
        tokens = client.exchange_code(code, connection.callback_url)
        self._in_own_transaction(lambda model: model._connect(connection.id, tokens))

    def _connect(self, connection_id, tokens):
        connection = self.env["autenti.connection"].sudo().browse(connection_id)
        user = self.env.user
        account_sudo = self._find(connection, user) or self.sudo().create(
            {
                "user_id": user.id,
                "connection_id": connection.id,
                "environment": connection.environment,
            }
        )
        account_sudo._lock()
        account_sudo.write(
            {
                "state": "connected",
                "email": user._autenti_get_identity()["email"],
                "connected_date": fields.Datetime.now(),
                "refresh_token": False,
            }
        )
        account_sudo._store(tokens)
        connection._note_use()
        self.env["autenti.request"].sudo()._resume(connection, user)
        user._bus_send(
            "simple_notification",
            {
                "type": "success",
                "message": user.with_context(lang=user.lang).env._(
                    "Your Autenti account is connected."
                ),
            },
        )

    def _get_tokens(self):
        """Return the source of this account's access tokens; it may be of no account.

        :rtype: AccountTokens
        """
        return AccountTokens(self)

    # === TOKENS, each in a transaction of its own === #

    def _in_own_transaction(self, work):
        """Do work in a transaction of its own, and commit it.

        Who waits for a row that another one changes in the meantime begins anew, and
        finds what the other one left.

        :param work: takes this record set, in the new transaction
        :return: what `work` returns
        """
        for tries_left in reversed(range(MAX_TRIES_ON_CONCURRENCY_FAILURE)):
            try:
                with self.env.registry.cursor() as cr:
                    return work(self.with_env(self.env(cr=cr)))
            except SerializationFailure:
                if not tries_left:
                    raise

    def _lock(self):
        """Wait until nobody else works on the tokens.

        :raise SerializationFailure: somebody changed them since they were read
        """
        query = SQL("SELECT FROM autenti_account WHERE id = %s FOR UPDATE", self.id)
        # It isn't an error: the work begins anew
        self.env.cr.execute(query, log_exceptions=False)

    def _take_access_token(self):
        """Return a usable access token, or None when the user must log in.

        The lock is held while Autenti is asked, so that nobody else offers the same
        refresh token.
        """
        if not self.exists() or self.state != "connected":
            return None
        if self.access_token and self.access_expires_at > fields.Datetime.now():
            return decrypt(self.access_token)
        self._lock()
        try:
            self._refresh()
        except errors.AutentiError as error:
            if error.code != errors.LOGIN_REQUIRED:
                raise
            _logger.info("Account %s: the login has ended", self.id)
            self._end()
            return None
        return decrypt(self.access_token)

    def _refresh(self):
        if not self.refresh_token:
            raise errors.AutentiError(errors.LOGIN_REQUIRED)
        client = self._get_client(self.connection_id)
        self._store(client.refresh(decrypt(self.refresh_token)))

    def _store(self, tokens):
        """Keep what Autenti gave; a refresh token stays when there is no new one.

        :param client.auth.Tokens tokens:
        """
        lifetime = timedelta(seconds=tokens.usable_seconds)
        self.write(
            {
                "access_token": encrypt(tokens.access_token),
                "access_expires_at": fields.Datetime.now() + lifetime,
                "refresh_token": encrypt(tokens.refresh_token) or self.refresh_token,
            }
        )

    def _end(self):
        self.write({"state": "expired", "access_token": False, "refresh_token": False})

    def _forget_access_token(self, token):
        if self.exists() and token in (None, decrypt(self.access_token)):
            self._lock()
            self.access_token = False

    def _get_client(self, connection):
        return connection._open(connection._get_application())
