# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How fast screens feel in Chromium, beside those that Odoo has itself.

Times run in the page, from a click to the frame that shows what was asked for. The
browser knows the views already, as it does after the first minutes of a day; records
are read anew each time.
"""

import os
import statistics
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from workspace import progress
from workspace.browser import chromium, log_in
from workspace.databases import odoo_database
from workspace.servers import odoo
from workspace.stage import Stage

from odoo.sql_db import close_db

from . import at_most
from .environment import emulated, environment
from .queries import CONTRACTS, create_agreements, create_salesperson

TURNS = 10
MANY = 10_000
ADDON = "autenti_esign_sale"
GROUPS = {
    "agreement": "agreement.group_agreement_user",
    ADDON: "autenti_esign.autenti_esign_group_user",
}
WINDOW = {"width": 1280, "height": 860}
CONTRACT_LIST = "/odoo/action-agreement.agreement_action"
QUOTATIONS = "/odoo/action-sale.action_quotations"
# Does something, and tells after how many milliseconds each of the expressions holds
STOPWATCH = """
async () => {
    const {rpcBus} = odoo.loader.modules.get("@web/core/network/rpc");
    rpcBus.trigger("CLEAR-CACHES", ["web_read", "web_search_read", "web_read_group"]);
    const find = (selector) => document.querySelector(selector);
    const isDrawn = (selector) =>
        find(selector)?.contentDocument?.querySelector(".textLayer .endOfContent");
    const begun = performance.now();
    (() => {%s})();
    const times = [];
    for (const holds of [%s]) {
        while (!holds()) {
            if (performance.now() - begun > 60000) {
                throw new Error(`In vain: ${holds}`);
            }
            await new Promise(requestAnimationFrame);
        }
        times.push(performance.now() - begun);
    }
    return times;
}
"""
# Opens what Odoo prints in its own viewer, in which ours shows its document as well
PRINT = """
URL.revokeObjectURL = () => {};
HTMLAnchorElement.prototype.click = function () {
    const frame = document.createElement("iframe");
    frame.id = "printed";
    frame.style = "position: fixed; inset: 0; width: 50%; height: 100%; z-index: 9999";
    const file = encodeURIComponent(this.href);
    frame.src = `/web/static/lib/pdfjs/web/viewer.html?file=${file}`;
    document.body.append(frame);
};
find("button[name='sale.action_report_saleorder']").click();
"""
NEW_QUOTATION = """
odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
    {
        type: "ir.actions.act_window",
        res_model: "sale.order",
        views: [[false, "form"]],
        context: {
            default_partner_id: %s,
            default_order_line: [1, 2, 3].map((quantity) => [
                0, 0, {product_id: %s, product_uom_qty: quantity},
            ]),
        },
    },
    {clearBreadcrumbs: true}
);
"""
EDITOR = 'find(".modal .o_mail_composer_form .odoo-editor-editable")'
FILLED_IN = """
find(".o_form_status_indicator_new_record")
&& document.querySelectorAll(".o_data_row").length === 3
"""
SAVED = 'find(".o_form_status_indicator_buttons.invisible")'


def measure():
    with chromium() as browser:
        yield from measure_contracts(browser)
        yield from measure_dialogs(browser)


def take_time(page, act, expression):
    """Do something, and return the milliseconds until an expression holds."""
    return take_times(page, act, expression)[0]


def take_times(page, act, *expressions):
    """Do something in a page.

    :param str act: statements in JavaScript
    :param expressions: in JavaScript; each is true some time after the one before it
    :return: milliseconds until each of them holds
    """
    holds = ", ".join(f"() => {expression}" for expression in expressions)
    return page.evaluate(STOPWATCH % (act, holds))


def by_turns(turn):
    """Measure some things by turns, after one that warms up.

    :param turn: callable that returns the milliseconds of each
    :return: the samples of each
    """
    return zip(*[turn() for _number in range(TURNS + 1)][1:], strict=True)


def click(selector):
    return f'find("{selector}").click();'


def compare(what, ours, theirs, goal):
    """Compare milliseconds, as `at_most`, and tell the medians as well."""
    row = at_most(what, ours, theirs, goal)
    medians = " and ".join(f"{statistics.median(each):.0f}" for each in (ours, theirs))
    return replace(row, result=f"{row.result}, {medians} ms")


# === CONTRACTS === #


def measure_contracts(browser):
    with ExitStack() as stack:
        pages = [
            stack.enter_context(contracts_window(browser, addon, contracts))
            for addon, contracts in (
                ("agreement", CONTRACTS),
                (ADDON, CONTRACTS),
                (ADDON, MANY),
            )
        ]
        with progress("lists and forms"):
            lists, forms, lists_of_ours, forms_of_ours, many, _forms = by_turns(
                lambda: [
                    open_it(p) for p in pages for open_it in (open_list, open_form)
                ]
            )
            _lists, few_requests, _lists, many_requests = by_turns(
                lambda: [
                    open_it(page)
                    for page in pages[1:]
                    for open_it in (open_list, open_requests)
                ]
            )
    yield compare(
        f"list of {CONTRACTS} contracts, to that without the addons",
        *(lists_of_ours, lists, 1.15),
    )
    yield compare(
        "form of a contract, to that without the addons",
        *(forms_of_ours, forms, 1.15),
    )
    yield compare(
        f"list of {MANY} contracts, to that of {CONTRACTS}",
        *(many, lists_of_ours, 1.2),
    )
    yield compare(
        f"list of {MANY} requests, to that of {CONTRACTS}",
        *(many_requests, few_requests, 1.2),
    )


@contextmanager
def contracts_window(browser, addon, contracts):
    """Give the window of a salesperson who has so many contracts, all of them out."""
    name = f"autenti_bench_{addon}_{contracts}_{os.getpid()}"
    with odoo_database(name, addons=(addon,)) as database:
        with environment(database) as env, progress(f"{contracts} contracts"):
            user = create_salesperson(env, GROUPS[addon])
            create_agreements(env, user, contracts)
            env.cr.commit()
            env.cr._cnx.autocommit = True
            env.cr.execute("VACUUM ANALYZE")
            env.cr._cnx.autocommit = False
            login = user.login
        close_db(database)
        with odoo(database, None, "--max-cron-threads=0") as server:
            page = log_in(
                browser, Stage(server, None, database), login, viewport=WINDOW
            )
            page.goto(f"{server.url}{CONTRACT_LIST}")
            page.wait_for_selector(".o_data_row")
            yield page
            page.context.close()


def open_list(page):
    return take_time(page, click_menu("agreement.agreement_menu"), is_filled("code"))


def open_requests(page):
    menu = click_menu("autenti_esign.autenti_request_menu")
    return take_time(page, menu, is_filled("signer_ids"))


def open_form(page):
    drawn = 'find(".o_form_view [name=code]") && find(".o-mail-Message")'
    return take_time(page, click(".o_data_row [name=code]"), drawn)


def click_menu(xml_id):
    return click(f".o_menu_sections [data-menu-xmlid='{xml_id}']")


def is_filled(column):
    rows = f'document.querySelectorAll(".o_data_row td[name={column}]").length'
    return f"{rows} === {CONTRACTS}"


# === DIALOGS === #


def measure_dialogs(browser):
    with quotations(browser) as it, progress("dialogs"):
        emails, prints, checklists, previews, sends, saves = by_turns(it.measure)
    yield compare(
        "click on _Sign with Autenti_ to the checklist, to the e-mail dialog of a "
        "quotation",
        *(checklists, emails, 1.3),
    )
    yield compare(
        "click on _Sign with Autenti_ to the drawn PDF, to Odoo's _Print_ in the same "
        "viewer",
        *(previews, prints, 1.3),
    )
    yield compare(
        "click on _Send for Signature_ to the closed dialog, to saving a quotation of "
        "three lines",
        *(sends, saves, 1.5),
    )


@contextmanager
def quotations(browser):
    """Give the `Quotations` of an administrator who signs for the company."""
    with (
        emulated("bench", addons=(ADDON,)) as (database, autenti, _state),
        odoo(database) as server,
    ):
        it = Stage(server, autenti, database)
        it.connect_main_company()
        page = log_in(browser, it, "admin", viewport=WINDOW)
        yield Quotations(it, page)
        page.context.close()


class Quotations:
    """A window in which one quotation after the other is printed, mailed and sent."""

    def __init__(self, stage, page):
        self._stage = stage
        self._page = page
        admin = stage.admin
        layout = {
            "external_report_layout_id": admin.ref("web.external_layout_standard")
        }
        admin.call("res.company", "write", [admin.ref("base.main_company")], layout)
        client = {"name": "Jan Kowalski", "email": "jan@client.example"}
        [self._client] = admin.call("res.partner", "create", [client])
        product = {"name": "Garden", "type": "service", "list_price": 100}
        [self._product] = admin.call("product.product", "create", [product])
        self._order = None

    def measure(self):
        """Return the milliseconds of all that is compared."""
        self._begin()
        return (
            self._open_email(),
            self._print(),
            *self._open_dialog(),
            self._send(),
            self._save(),
        )

    def _begin(self):
        """Make a quotation of three lines, and open it."""
        line = {"product_id": self._product}
        values = {"partner_id": self._client, "order_line": [(0, 0, line)] * 3}
        [self._order] = self._stage.admin.call("sale.order", "create", [values])
        self._page.goto(f"{self._stage.odoo.url}{QUOTATIONS}/{self._order}")
        self._page.wait_for_selector("button[name=action_autenti_sign]")
        self._page.wait_for_selector(".o-mail-Message")

    def _open_email(self):
        time = take_time(
            self._page, click("button[name=action_quotation_send]"), EDITOR
        )
        self._page.click(".modal .btn-close")
        self._page.wait_for_selector(".modal", state="detached")
        return time

    def _print(self):
        time = take_time(self._page, PRINT, 'isDrawn("#printed")')
        self._page.evaluate("document.querySelector('#printed').remove()")
        return time

    def _open_dialog(self):
        """Return the times until the checklist and until the PDF is there."""
        return take_times(
            self._page,
            click("button[name=action_autenti_sign]"),
            'find(".modal .o_autenti_checklist")',
            'isDrawn(".modal iframe.o_pdfview_iframe")',
        )

    def _send(self):
        """Send what the dialog shows."""
        act = click(".modal button[name=action_send]")
        time = take_time(self._page, act, '!find(".modal")')
        domain = [("res_model", "=", "sale.order"), ("res_id", "=", self._order)]
        [request] = self._stage.admin.search_read("autenti.request", domain, ["id"])
        # Nothing of it goes on while the next one is measured
        self._stage.wait_until_sent(request["id"])
        return time

    def _save(self):
        """Save a quotation that was filled in."""
        take_time(self._page, NEW_QUOTATION % (self._client, self._product), FILLED_IN)
        return take_time(self._page, click(".o_form_button_save"), SAVED)
