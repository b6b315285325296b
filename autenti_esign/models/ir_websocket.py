# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re
from collections import defaultdict

from odoo import models

CHANNEL = re.compile(r"autenti_esign/(?P<model>[a-z0-9_.]+)/(?P<id>[0-9]{1,9})")


# More than a person has open in one browser
MAX_CHANNELS = 2000


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Override of `bus` to let those who may read a record hear of its news."""
        wanted = [
            match
            for channel in channels
            if isinstance(channel, str) and (match := CHANNEL.fullmatch(channel))
        ]
        names = {match.group() for match in wanted}
        channels = [channel for channel in channels if channel not in names]
        ids_by_model = defaultdict(list)
        for match in wanted[:MAX_CHANNELS]:
            ids_by_model[match["model"]].append(int(match["id"]))
        for name, ids in ids_by_model.items():
            model = self.env.get(name)
            if (
                model is not None
                and not model._abstract
                and self._autenti_has_news(model)
            ):
                # At once: an open list asks for as many records as it shows
                records = model.browse(ids).exists()
                channels.extend(records._filtered_access("read"))
        return super()._build_bus_channel_list(channels)

    def _autenti_has_news(self, model):
        return model._name == "autenti.request" or "autenti_state" in model._fields
