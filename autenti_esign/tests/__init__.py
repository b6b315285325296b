# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_individual_mode
from . import test_representative_mode
from . import test_sending
from . import test_receiving
from . import test_callbacks
from . import test_send_dialog
