# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_guard
from . import test_reactions
from . import test_remind_and_withdraw
from . import test_sending
