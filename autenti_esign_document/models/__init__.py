# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import autenti_batch_line
from . import autenti_document
from . import autenti_document_tag
from . import autenti_request
from . import autenti_sign_rule
from . import autenti_sign_rule_person
from . import autenti_source_reference
from . import ir_attachment
from . import ir_model
from . import ir_websocket
from . import mail_thread
