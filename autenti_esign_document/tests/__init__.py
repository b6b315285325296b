# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_access
from . import test_document
from . import test_files
from . import test_sign_rule
from . import test_source
from . import test_tour
from . import test_upload
