# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from . import monitoring_token


def uninstall_hook(env):
    """Have no token come back to life with the addon."""
    monitoring_token.remove(env)
