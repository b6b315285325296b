# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.addons.agreement_document.hooks import replace_names

# Where this addon itself keeps names of what has moved to `agreement_document`: the
# placeholders in names of files, and what a contract said when it was sent
TEXTS = {
    "agreement_type": ("autenti_file_name",),
    "autenti_request": ("shown_values",),
}


def migrate(cr, version):
    replace_names(cr, TEXTS)
