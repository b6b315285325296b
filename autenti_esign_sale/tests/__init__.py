# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_contract_access
from . import test_responsible
from . import test_settings
from . import test_signing
from . import test_online_signature
from . import test_portal
