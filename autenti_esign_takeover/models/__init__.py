# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import autenti_deputy
from . import autenti_request
from . import autenti_signer
from . import autenti_takeover
from . import autenti_takeover_line
from . import ir_websocket
from . import res_users
