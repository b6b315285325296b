# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Autenti Job Queue",
    "summary": "Send and check signature requests as jobs, on several servers at once",
    "version": "19.0.1.0.0",
    "development_status": "Beta",
    "category": "Sales/Sign",
    "author": "autenti_esign contributors",
    "license": "AGPL-3",
    "auto_install": True,
    "depends": ["autenti_esign", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "uninstall_hook": "uninstall_hook",
    "images": ["static/description/icon.png"],
}
