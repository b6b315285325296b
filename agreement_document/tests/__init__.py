# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_contract_text
from . import test_report
from . import test_self_contained
from . import test_template_editor
