# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_deputy
from . import test_leaving
from . import test_scheduled_action
from . import test_takeover
from . import test_tour
