# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import agreement
from . import agreement_type
from . import autenti_account
from . import autenti_callback
from . import autenti_check
from . import autenti_connection
from . import autenti_connection_setup
from . import autenti_guard
from . import autenti_key
from . import autenti_rate_limit
from . import autenti_registration
from . import autenti_representative
from . import autenti_request
from . import autenti_request_file
from . import autenti_request_sync
from . import autenti_sign_checks
from . import autenti_sign_mixin
from . import autenti_signer
from . import ir_attachment
from . import ir_cron
from . import ir_websocket
from . import res_config_settings
from . import res_partner
from . import res_users
