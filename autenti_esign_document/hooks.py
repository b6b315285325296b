# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def uninstall_hook(env):
    """Take the actions away that rules have put into the menus of other apps."""
    rules = env["autenti.sign.rule"].with_context(active_test=False).search([])
    rules.action_id.unlink()
