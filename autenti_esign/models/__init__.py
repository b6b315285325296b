# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import autenti_connection
from . import autenti_account
from . import autenti_key
from . import autenti_request
from . import autenti_walk
from . import autenti_pace
from . import autenti_setup
from . import autenti_signer
from . import autenti_turn
from . import autenti_analysis
from . import autenti_callback
from . import autenti_registration
from . import autenti_check
from . import autenti_sign_mixin
from . import autenti_withdrawal
from . import autenti_reminder
from . import agreement
from . import agreement_type
from . import autenti_waiting
from . import ir_actions_report
from . import ir_attachment
from . import ir_websocket
from . import autenti_batch
from . import res_config_settings
from . import res_partner
from . import res_users
