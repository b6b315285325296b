# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import agreement_type
from . import autenti_callback
from . import autenti_event
from . import autenti_request
from . import autenti_signer
from . import ir_actions_report
from . import ir_attachment
from . import res_partner
