# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_batch
from . import test_departure
from . import test_lines
from . import test_scheduled_action
