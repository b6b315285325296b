# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open

TEMPLATES = "autenti_esign/data/mail_template_data.xml"
ACTIVITY_TYPE = "autenti_esign.mail_activity_type_callback"
OWN_REQUESTS = '["|", ("user_id", "=", user.id), ("signer_ids.user_id", "=", user.id)]'


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    drop_dead_letters(env)
    shorten_news(env)
    look_up_own_requests(env)


def drop_dead_letters(env):
    """A callback is a hint and done once it was heard; its request tells the rest."""
    env.cr.execute("UPDATE autenti_callback SET state = 'done' WHERE state = 'dead'")
    env.cr.execute("DROP INDEX IF EXISTS autenti_callback__dead_idx")
    if kind := env.ref(ACTIVITY_TYPE, raise_if_not_found=False):
        env["mail.activity"].search([("activity_type_id", "=", kind.id)]).unlink()
        kind.unlink()


def shorten_news(env):
    """What has happened is one sentence; what people have written is left alone."""
    with file_open(TEMPLATES, "rb") as file:
        records = etree.parse(file).findall("record")
    for record in records:
        template = env.ref(f"autenti_esign.{record.get('id')}", False)
        if template and template.write_uid.id == SUPERUSER_ID:
            template.with_context(lang="en_US").body_html = "".join(
                etree.tostring(node, method="html", encoding="unicode")
                for node in record.find("field[@name='body_html']")
            )


def look_up_own_requests(env):
    """What says the same goes through all requests; what people wrote is left alone."""
    rule = env.ref("autenti_esign.autenti_request_rule_user", False)
    if rule and rule.domain_force.strip() == OWN_REQUESTS:
        rule.domain_force = '[("is_own", "=", True)]'
