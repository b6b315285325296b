# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Log lines about a request: they all begin alike, with the ids to search for."""

import logging


class RequestLogger(logging.LoggerAdapter):
    """Names the request and its process at Autenti, and no person.

    The client names the process and the correlation id of each call.

    :param logging.Logger logger: of the module that logs
    :param request: autenti.request record
    """

    def __init__(self, logger, request):
        super().__init__(logger, {})
        self._request = request

    def log(self, level, msg, *args, **kwargs):
        if self.isEnabledFor(level):
            ids = self._request.id, self._request.process_id or "none"
            self.logger.log(
                level, f"Request %s, process %s: {msg}", *ids, *args, **kwargs
            )
