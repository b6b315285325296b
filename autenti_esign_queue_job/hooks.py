# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def uninstall_hook(env):
    """Have no job call what is gone; the core's cron job goes on with the requests."""
    domain = [
        ("model_name", "=", "autenti.request"),
        ("method_name", "=", "_work_as_job"),
        ("state", "not in", ("done", "cancelled")),
    ]
    env["queue.job"].search(domain).button_cancelled()
