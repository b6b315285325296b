# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_contract
from . import test_modification
from . import test_polish
from . import test_portal
from . import test_template
