# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def uninstall_hook(env):
    """Take away what Odoo's own uninstalling doesn't find, or stumbles over."""
    # The actions that rules have put into the menus of other apps
    rules = env["autenti.sign.rule"].with_context(active_test=False).search([])
    rules.action_id.unlink()
    # Whatever has a chatter has a field of ours. Where such an app was uninstalled
    # before, Odoo has left the field's external id, and would look for the field
    env.cr.execute(
        """
        DELETE FROM ir_model_data WHERE module = 'autenti_esign_document'
        AND model = 'ir.model.fields'
        AND NOT EXISTS (SELECT FROM ir_model_fields field WHERE field.id = res_id)
        """
    )
