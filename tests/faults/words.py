# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words that several files here use."""

# States of a request in Odoo
OPEN = ["to_send", "sent"]
# Of a process and a party at Autenti
PROCESSING, SIGNED, TURN = "PROCESSING", "COMPLETED", "PENDING"
# Kinds of findings
LOST, TWICE, STUCK, WRONG = "lost", "sent twice", "stuck", "in a wrong state"
SOURCE, RESULT = "sent PDF isn't the one shown", "signed PDF missing or different"
STORED = "callbacks stored twice"
NOTED = "unexpected answers and log lines"
KINDS = (LOST, TWICE, STUCK, WRONG, SOURCE, RESULT, STORED, NOTED)
