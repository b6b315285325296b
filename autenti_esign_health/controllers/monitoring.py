# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import SUPERUSER_ID, http
from odoo.http import request

from .. import monitoring, monitoring_token

HEALTH_PATH = "/autenti/health"
PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NOT_STORED = ("Cache-Control", "no-store")
ROUTE = {
    "type": "http",
    # The token tells who asks
    "auth": "none",
    "methods": ["GET"],
    # Whether a scheduled action runs is seen by its lock
    "readonly": False,
    "save_session": False,
}


class AutentiMonitoring(http.Controller):
    """Tells monitoring how Autenti does; see `monitoring`.

    Who hasn't the token learns nothing, and not even whether there is one.
    """

    @http.route(HEALTH_PATH, **ROUTE)
    def health(self, **_query):
        """Answer in JSON: with 503 when something doesn't work, else with 200."""
        env = request.env(user=SUPERUSER_ID, context={})
        if not self._may_ask(env):
            return self._refuse()
        report = monitoring.take(env)
        status = 503 if report["level"] == "red" else 200
        return request.make_json_response(report, headers=[NOT_STORED], status=status)

    @http.route(f"{HEALTH_PATH}/metrics", **ROUTE)
    def metrics(self, **_query):
        """Answer in Prometheus's words, which takes 503 for no answer at all."""
        env = request.env(user=SUPERUSER_ID, context={})
        if not self._may_ask(env):
            return self._refuse()
        text = monitoring.to_prometheus(monitoring.take(env))
        headers = [("Content-Type", PROMETHEUS_TYPE), NOT_STORED]
        return request.make_response(text, headers)

    def _may_ask(self, env):
        """Tell if the request bears the token.

        In the header alone: addresses are logged by whatever they come through.
        """
        authorization = request.httprequest.headers.get("Authorization", "")
        scheme, _space, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and monitoring_token.is_right(
            env, token.strip()
        )

    def _refuse(self):
        headers = [("WWW-Authenticate", "Bearer"), NOT_STORED]
        return request.make_response("", headers, status=401)
