# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import agreement
from . import agreement_type
from . import ir_actions_report
from . import res_partner
