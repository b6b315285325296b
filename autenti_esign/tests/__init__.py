# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import test_accounts
from . import test_callbacks
from . import test_companies
from . import test_connection
from . import test_evidence
from . import test_finding
from . import test_health
from . import test_individual_mode
from . import test_keys
from . import test_live_form
from . import test_neutralize
from . import test_log
from . import test_permissions
from . import test_query_count
from . import test_receiving
from . import test_registrations
from . import test_report
from . import test_representative_mode
from . import test_secret_store
from . import test_secrets
from . import test_send_dialog
from . import test_sending
from . import test_setup
from . import test_trouble
from . import test_users
