# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from .delete_guard import drop_guards


def uninstall_hook(env):
    """Nothing is kept any more by whom the requests are gone."""
    drop_guards(env.cr)
