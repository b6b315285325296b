# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_audit_trail
from . import test_card
from . import test_guard
from . import test_loops
from . import test_package
from . import test_persons
from . import test_privacy
from . import test_retention
