# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import autenti_check
from . import autenti_connection
from . import ir_websocket
from . import res_config_settings
