# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_address_call
from . import test_libraries
from . import test_monitoring
from . import test_own_call
