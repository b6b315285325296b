# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import autenti_request
from . import autenti_sending
from . import autenti_sign_mixin
from . import base_automation
from . import ir_actions_server
