# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A manager of one company reaches out for another one."""

import contextlib
from uuid import uuid4

import pytest
from workspace.rpc import OdooError

FOREIGN_URL = "https://attacker.example.com/api/v2"


@pytest.fixture
def manager(stage):
    """A manager of Autenti e-Signature in the first company, without system rights."""
    with hire_manager(stage, "base.main_company") as user:
        yield user


@contextlib.contextmanager
def hire_manager(stage, company):
    """Have a manager for a while in a company, given by its external id."""
    login = f"manager-{uuid4()}"
    groups = [
        stage.admin.ref("base.group_user"),
        stage.admin.ref("autenti_esign.autenti_esign_group_manager"),
    ]
    company = stage.admin.ref(company)
    values = {
        "name": "Marek Szef",
        "login": login,
        "email": f"{login}@firma.example",
        "password": login,
        "group_ids": [[6, 0, groups]],
        "company_id": company,
        "company_ids": [[6, 0, [company]]],
    }
    context = {"no_reset_password": True}
    [user_id] = stage.admin.call("res.users", "create", [values], context=context)
    yield stage.log_in(login)
    defaults = stage.admin.call("ir.default", "search", [("user_id", "=", user_id)])
    stage.admin.call("ir.default", "unlink", defaults)
    stage.admin.call("res.users", "write", [user_id], {"active": False})


@pytest.fixture
def own(stage):
    return stage.admin.ref("autenti_esign.autenti_connection_individual_demo")


@pytest.fixture
def foreign(stage):
    return stage.admin.ref("autenti_esign.autenti_connection_representative_demo")


def is_refused(user, *args, **kwargs):
    with pytest.raises(OdooError) as caught:
        user.call(*args, **kwargs)
    assert "Stal i Szkło" not in str(caught.value)
    return True


# === Who represents a company ===


def test_nobody_is_made_a_representative_of_another_company(
    stage, manager, own, foreign
):
    model = "autenti.representative"
    values = {
        "first_name": "Ja",
        "last_name": "Sam",
        "email": "ja@example.com",
        "basis": "?",
    }
    [person] = manager.call(model, "create", [{**values, "connection_id": own}])
    try:
        moved = {"connection_id": foreign}
        company = stage.admin.ref("base.main_company")
        for change in (moved, {**moved, "company_id": company}):
            assert is_refused(manager, model, "write", [person], change)
            assert is_refused(manager, model, "web_save", [person], change, {})
            assert is_refused(manager, model, "create", [{**values, **change}])
        # The status quo
        manager.call(model, "write", [person], {"last_name": "Inny"})
        assert manager.read(model, person, ["last_name"])["last_name"] == "Inny"
        domain = [("connection_id", "=", foreign)]
        assert not stage.admin.call(model, "search", domain)
    finally:
        stage.admin.call(model, "unlink", [person])


# === Where contracts are sent ===


def test_contracts_go_to_no_address_of_a_managers_choice(stage, manager, own):
    model = "autenti.connection"
    defaults = {
        "environment": "custom",
        "custom_api_url": FOREIGN_URL,
        "custom_jwks_url": FOREIGN_URL,
        "client_secret": "own",
        "client_secret_input": "own",
    }
    for name, value in defaults.items():
        manager.call("ir.default", "set", model, name, value, user_id=True)
    company = stage.admin.ref("base.main_company")
    new = {"company_id": company, "client_id": "own", "active": False}
    assert is_refused(manager, model, "create", [new])
    context = {f"default_{name}": value for name, value in defaults.items()}
    assert is_refused(manager, model, "create", [new], context=context)
    assert is_refused(manager, model, "copy", [own], {"custom_api_url": FOREIGN_URL})
    names = ["company_id/.id", "custom_api_url"]
    loaded = manager.call(model, "load", names, [[str(company), FOREIGN_URL]])
    assert not loaded["ids"]
    first = manager.call(model, "onchange", [], {}, [], {"environment": {}})
    assert FOREIGN_URL not in str(first)
    # The status quo
    [connection] = manager.call(model, "create", [{**new, "environment": "test"}])
    try:
        names = ["custom_api_url", "is_client_secret_set"]
        stored = stage.admin.read(model, connection, names)
        assert not stored["custom_api_url"]
        assert not stored["is_client_secret_set"]
    finally:
        stage.admin.call(model, "unlink", [connection])


# === What dialogs tell ===


def test_dialogs_tell_nothing_of_another_companys_requests(stage, manager, foreign):
    for model, name, record_id, spec in (
        (
            "autenti.switch",
            "connection_id",
            foreign,
            {"company_id": {"fields": {"display_name": {}}}, "signer": {}},
        ),
        (
            "autenti.withdraw",
            "request_id",
            _get_foreign_request(stage),
            {"signed_names": {}, "request_id": {"fields": {"display_name": {}}}},
        ),
    ):
        values = {name: record_id}
        context = {f"default_{name}": record_id}
        assert is_refused(manager, model, "create", [values])
        assert is_refused(manager, model, "onchange", [], values, [name], spec)
        assert is_refused(manager, model, "web_save", [], values, spec)
        assert is_refused(
            manager, model, "onchange", [], {}, [], {**spec, name: {}}, context=context
        )


def _get_foreign_request(stage):
    piotr = stage.log_in("piotr")
    agreement = stage.admin.ref("autenti_esign.agreement_steel_demo")
    values = {"code": str(uuid4())}
    [copy] = piotr.call("agreement", "copy", [agreement], values)
    return stage.submit(piotr, copy)


def test_what_a_manager_tries_is_not_told_to_another_one(stage, manager, foreign):
    values = {"connection_id": foreign, "send_to": "own@stal-szklo.example"}
    with hire_manager(stage, "autenti_esign.res_company_stal_demo") as colleague:
        [dialog] = colleague.call("autenti.contact", "create", [values])
        fact = {"contact_id": dialog, "result": "as assumed", "fact": "it works"}
        [line] = colleague.call("autenti.contact.line", "create", [fact])
        for model, record, name in (
            ("autenti.contact", dialog, "send_to"),
            ("autenti.contact.line", line, "fact"),
        ):
            assert not manager.search_read(model, [], [name])
            assert is_refused(manager, model, "read", [record], [name])
            assert is_refused(manager, model, "write", [record], {name: "x"})
        # The status quo
        kept = colleague.read("autenti.contact", dialog, ["send_to"])
        assert kept["send_to"] == values["send_to"]
        assert colleague.search_read("autenti.contact.line", [], ["fact"])


# === What is read ===


def get_ways_of_reading(model, record):
    """Return calls that would tell of a record: name, arguments, named ones."""
    domain = [("id", "=", record)]
    name = {"display_name": {}}
    on_record = (
        *(("read", [["display_name"]]), ("web_read", [name])),
        *(("export_data", [["display_name"]]), ("copy", []), ("copy_data", [])),
        *(("onchange", [{}, [], name]), ("web_save", [{}, name])),
        *(("get_metadata", []), ("mapped", ["display_name"])),
    )
    on_model = (
        *(("search", [domain]), ("search_count", [domain])),
        *(("search_read", [domain]), ("web_search_read", [domain, name])),
        *(("name_search", ["", domain]), ("web_name_search", ["", name, domain])),
        ("formatted_read_group", [domain, ["id"], ["__count"]]),
    )
    yield from ((method, [[record], *arguments]) for method, arguments in on_record)
    yield from on_model


def count_told(user, model, method, arguments):
    """Call a method; return how many records it told of."""
    context = {"active_test": False}
    try:
        told = user.call(model, method, *arguments, context=context)
    except OdooError:
        return 0
    if isinstance(told, dict):
        told = told.get("records", told)
    return told if isinstance(told, int) else len(told or ())


def test_no_way_of_reading_tells_of_another_companys_records(stage, manager, foreign):
    stage.wait_until_sent(_get_foreign_request(stage))
    model_names = stage.admin.search_read(
        "ir.model", [("model", "=like", "autenti.%")], ["model"]
    )
    tried = set()
    for model in [*(each["model"] for each in model_names), "agreement"]:
        find = (model, "search", [])
        try:
            seen = {*manager.call(*find)}
            others = {*stage.admin.call(*find)} - seen
        except OdooError:
            continue  # nobody but Odoo has a right to it
        for record in sorted(others)[:1]:
            tried.add(model)
            for method, arguments in get_ways_of_reading(model, record):
                assert not count_told(manager, model, method, arguments), (
                    model,
                    method,
                )
        # The status quo: the same calls tell of what is one's own
        for record in sorted(seen)[:1]:
            for method in ("search", "search_read"):
                arguments = [[("id", "=", record)]]
                assert count_told(manager, model, method, arguments) == 1
    assert {"agreement", "autenti.connection", "autenti.event"} <= tried
    assert {"autenti.key", "autenti.request", "autenti.signer"} <= tried
