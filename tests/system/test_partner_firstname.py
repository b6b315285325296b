# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Beside OCA's partner_firstname, people's names are taken as they were entered."""

import os

import pytest
from workspace.databases import odoo_database
from workspace.servers import odoo
from workspace.stage import Stage

ADDONS = ("autenti_esign", "partner_firstname")


@pytest.fixture(scope="module")
def names_stage():
    name = f"autenti_names_{os.getpid()}"
    with odoo_database(name, demo=True, addons=ADDONS) as database:
        with odoo(database) as server:
            yield Stage(odoo=server, emulator=None, database=database)


def test_names_are_not_split(names_stage):
    contact = names_stage.admin.ref("autenti_esign.res_partner_zielony_contact_demo")
    names = {"firstname": "Małgorzata Anna", "lastname": "Wójcik Kowal"}
    names_stage.admin.call("res.partner", "write", [contact], names)
    anna = names_stage.log_in("anna")
    agreement = names_stage.admin.ref("autenti_esign.agreement_garden_demo")
    action = anna.call("agreement", "action_autenti_sign", [agreement])
    dialog = anna.read("autenti.send", action["res_id"], ["signer_ids", "checklist"])
    [signer] = dialog["signer_ids"]
    person = anna.read("autenti.send.signer", signer, ["first_name", "last_name"])
    assert person["first_name"] == names["firstname"]
    assert person["last_name"] == names["lastname"]
    texts = [line["text"] for line in dialog["checklist"]]
    assert "Everybody has a first and a last name." in texts
    assert not [text for text in texts if "split" in text]
