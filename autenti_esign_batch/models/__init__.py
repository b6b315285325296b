# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import agreement
from . import autenti_batch
from . import autenti_batch_line
from . import autenti_request
from . import autenti_sign_mixin
from . import ir_websocket
