# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make the screenshots of the store page and the manual: `script/screenshots`.

They show the demo data and the emulator in a real browser, in English for the store
page, which has those that it shows, and in Polish for the manual. Look at them before
you commit them.
"""

import argparse
import contextlib
import io
import os
import sys
import tempfile

from PIL import Image
from workspace import ROOT, WORKSPACE, WorkspaceError, handle_signals, progress
from workspace.browser import chromium, log_in
from workspace.databases import ADDON, EVIDENCE, odoo_database
from workspace.postgresql import postgresql
from workspace.servers import emulator, odoo
from workspace.stage import Stage

FOLDERS = {
    "en_US": ROOT / ADDON / "static/description",
    "pl_PL": ROOT / "docs/pl/images",
}
STORE_PAGE = FOLDERS["en_US"] / "index.html"
# Of the README, the same as on the store page
README_IMAGE = ROOT / "docs/images/send-dialog.png"
WIDTH, PHONE_WIDTH = 1280, 390
# Of the people in the demo data: the browser tells them the time as Odoo's texts do
TIMEZONE = "Europe/Warsaw"
COLORS = 128
MAXIMUM_SIZE = 150_000  # bytes
PREFERENCES = "/odoo/action-base.action_res_users_my"
CONTRACTS = "/odoo/action-agreement.agreement_action"
REQUESTS = "/odoo/action-autenti_esign.autenti_request_action"
TYPES = "/odoo/action-agreement.agreement_type_action"
CONNECTIONS = "/odoo/action-autenti_esign.autenti_connection_action"
DOCUMENTS = "/odoo/action-autenti_esign_document.autenti_document_action"
RULES = "/odoo/action-autenti_esign_document.autenti_sign_rule_action"
# Beside the core, what the pictures of documents and rules show
OF_DOCUMENTS = ("autenti_esign_document", "purchase")
CLIENT = "malgorzata.wojcik@zielony-ogrod.example"
# Contracts of Anna's besides those of the demo data, by what becomes of them
NAMES = {
    "signed": "Umowa o odśnieżanie",
    "ours": "Umowa o nawadnianie trawników",
    "declined": "Umowa najmu kosiarek",
    "client": "Umowa na projekt ogrodu zimowego",
}


def main():
    parser = argparse.ArgumentParser(prog="script/screenshots", description=__doc__)
    parser.parse_args()
    handle_signals()
    try:
        with postgresql(), chromium() as browser:
            for language, folder in FOLDERS.items():
                with progress(str(folder.relative_to(ROOT))), stage(EVIDENCE) as it:
                    Photographer(browser, it, language, folder).shoot_all()
            # The store page is about the core alone
            with progress("documents"), stage(*OF_DOCUMENTS) as it:
                polish = FOLDERS["pl_PL"]
                Photographer(browser, it, "pl_PL", polish).shoot_documents()
    except WorkspaceError as error:
        sys.exit(f"screenshots: {error}")
    except KeyboardInterrupt:
        sys.exit("screenshots: ended")
    README_IMAGE.write_bytes((FOLDERS["en_US"] / README_IMAGE.name).read_bytes())


@contextlib.contextmanager
def stage(*addons):
    """Give a `Stage` with the demo data and all companies connected."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(
            odoo_database(
                f"autenti_screenshots_{os.getpid()}", demo=True, addons=addons
            )
        )
        state = stack.enter_context(tempfile.TemporaryDirectory(dir=WORKSPACE))
        it = Stage(
            odoo=stack.enter_context(odoo(database)),
            emulator=stack.enter_context(emulator(state)),
            database=database,
        )
        it.connect_companies()
        it.control("PUT", "settings", {"signed_file_delay": 0})
        yield it


class Photographer:
    """Plays the scenes in one language, and keeps a picture of each."""

    def __init__(self, browser, it, language, folder):
        self.browser = browser
        self.stage = it
        self.language = language
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)

    def shoot_all(self):
        requests = self.play()
        self.shoot_administrator()
        self.shoot_salesperson(requests)
        self.shoot_representative(requests)
        self.shoot_client(requests)

    def shoot_documents(self):
        """Show documents of their own, and what makes other records signable."""
        self.set_the_scene()
        self.stage.make_orders_signable()
        document = self.stage.admin.ref(
            "autenti_esign_document.autenti_document_authority_demo"
        )
        with self.page("anna", 560) as page:
            self.open(page, DOCUMENTS, ".o_kanban_record")
            self.shoot(page, "documents")
        with self.page("anna", 860) as page:
            self.open(page, f"{DOCUMENTS}/{document}", ".o_form_view")
            page.wait_for_selector("[name=attachment_id] iframe")
            self.shoot(page, "document")
        [rule] = self.stage.admin.call("autenti.sign.rule", "search", [])
        with self.page("admin", 640) as page:
            self.open(page, f"{RULES}/{rule}", ".o_form_view")
            self.shoot(page, "sign-rule")

    # === THE STORY === #

    def play(self):
        """Have contracts in every state.

        :return: ids of requests by what has become of them
        """
        self.set_the_scene()
        anna = self.stage.log_in("anna")
        requests = {}
        for end, name in NAMES.items():
            request = requests[end] = self.send(anna, name)
            if end == "declined":
                self.stage.act_next(request, "reject", {"comment": self.say_no()})
                self.stage.wait_for("autenti.request", request, "state", "declined")
            elif end != "client":
                self.stage.sign_next(request)
            if end == "signed":
                self.stage.sign_next(request)
                self.stage.fetch_until_signed(request)
        requests["represented"] = self.send_represented()
        return requests

    def set_the_scene(self):
        """Have all read one language, and put away other addons' contracts."""
        admin = self.stage.admin
        admin.context["lang"] = self.language
        others = admin.call("agreement", "search", [("name", "not ilike", "umowa")])
        admin.call("agreement", "action_archive", others)
        users = admin.call("res.users", "search", [])
        admin.call("res.users", "write", users, {"lang": self.language})

    def say_no(self):
        polish = self.language == "pl_PL"
        return "Cena jest za wysoka." if polish else "The price is too high."

    def send(self, user, name):
        garden = self.stage.admin.ref("autenti_esign.agreement_garden_demo")
        code = f"UM/2026/{10 + [*NAMES.values()].index(name):04}"
        [contract] = user.call(
            "agreement", "copy", [garden], {"name": name, "code": code}
        )
        return self.send_contract(user, contract)

    def send_represented(self):
        """Have Piotr send, and the client sign, so that it is Maria's turn."""
        contract = self.stage.admin.ref("autenti_esign.agreement_steel_demo")
        request = self.send_contract(self.stage.log_in("piotr"), contract)
        self.stage.sign_next(request)
        return request

    def send_contract(self, user, contract):
        user.context["lang"] = self.language
        request = self.stage.submit(user, contract)
        self.stage.wait_for("autenti.request", request, "state", "sent")
        return request

    # === THE SCENES === #

    def shoot_administrator(self):
        with self.page("admin", 1180) as page:
            connection = self.stage.admin.ref(
                "autenti_esign.autenti_connection_individual_demo"
            )
            for check in ("action_test", "action_check"):
                self.stage.admin.call("autenti.connection", check, [connection])
            self.open(page, f"{CONNECTIONS}/{connection}", ".o_form_view")
            self.shoot(page, "connection")
            page.locator("text=/^8\\. /").scroll_into_view_if_needed()
            page.mouse.move(WIDTH / 2, 800)
            page.mouse.wheel(0, 5000)
            self.shoot(page, "health")
        with self.page("admin", 720) as page:
            sale = self.stage.admin.ref("autenti_esign.agreement_type_sale_demo")
            self.open(page, f"{TYPES}/{sale}", ".o_form_view")
            self.shoot(page, "contract-type")

    def shoot_salesperson(self, requests):
        with self.page("anna", 560) as page:
            self.open(page, CONTRACTS, ".o_data_row")
            self.shoot(page, "contracts")
        with self.page("anna", 860) as page:
            pots = self.stage.admin.ref("autenti_esign.agreement_pots_demo")
            self.open(page, f"{CONTRACTS}/{pots}", ".o_form_view")
            page.click("button[name=action_autenti_sign]")
            page.wait_for_selector(".modal .o_autenti_checklist")
            page.wait_for_selector(".modal iframe.o_pdfview_iframe")
            self.shoot(page, "send-dialog")
        for end in ("client", "ours", "declined", "signed"):
            with self.page("anna", 720) as page:
                contract = self.get_contract(requests[end])
                self.open(page, f"{CONTRACTS}/{contract}", ".o_form_view")
                self.shoot(page, f"contract-{end}")
        with self.page("anna", 900) as page:
            self.open(page, f"{REQUESTS}/{requests['signed']}", ".o_form_view")
            page.click(".o_notebook a[name=audit_trail]")
            self.shoot(page, "audit-trail")

        with self.page("anna", 720) as page:
            contract = self.get_contract(requests["client"])
            self.open(page, f"{CONTRACTS}/{contract}", ".o_form_view")
            page.click("button[name=action_autenti_sign_in_person]")
            page.wait_for_selector(".o_autenti_in_person img")
            self.shoot(page, "in-person")
        with self.page("anna", 640) as page:
            user = self.stage.log_in("anna")
            self.open(page, f"{PREFERENCES}/{user.id}", ".o_form_view")
            page.click(".o_notebook a[name=autenti]")
            self.shoot(page, "preferences")

    def shoot_representative(self, requests):
        with self.page("maria", 720) as page:
            contract = self.get_contract(requests["represented"])
            self.open(page, f"{CONTRACTS}/{contract}", ".o_form_view")
            self.shoot(page, "representative")

    def shoot_client(self, requests):
        page = self.browser.new_page(
            viewport={"width": PHONE_WIDTH, "height": 844}, timezone_id=TIMEZONE
        )
        language = self.language[:2]
        page.goto(f"{self.stage.emulator.url}/people/mail/{CLIENT}?lang={language}")
        self.shoot(page, "mailbox")
        page.locator("a.button:not(.quiet)").first.click()
        page.wait_for_selector(".document img")
        self.shoot(page, "signing-page")
        page.context.close()
        with self.page(self.make_portal_user(), 560) as page:
            page.goto(f"{self.stage.odoo.url}/my/signatures")
            self.shoot(page, "portal")

    def make_portal_user(self):
        """Give the client a login to the portal, and return it."""
        admin = self.stage.admin
        values = {
            "name": "Małgorzata Wójcik",
            "login": "malgorzata",
            "password": "malgorzata",
            "partner_id": admin.ref("autenti_esign.res_partner_zielony_contact_demo"),
            "group_ids": [(6, 0, [admin.ref("base.group_portal")])],
        }
        admin.call("res.users", "create", [values])
        return values["login"]

    def get_contract(self, request):
        return self.stage.admin.read("autenti.request", request, ["res_id"])["res_id"]

    # === CAMERA === #

    @contextlib.contextmanager
    def page(self, login, height):
        """Give a window of a user's browser."""
        page = log_in(
            self.browser,
            self.stage,
            login,
            self.language,
            viewport={"width": WIDTH, "height": height},
            timezone_id=TIMEZONE,
        )
        yield page
        page.context.close()

    def open(self, page, path, selector):
        page.goto(f"{self.stage.odoo.url}{path}")
        page.wait_for_selector(selector)

    def shoot(self, page, name):
        """Keep what the window shows, with few colors.

        :raise WorkspaceError: when the file is large for a page with many of them
        """
        path = self.folder / f"{name}.png"
        if self.language == "en_US" and f'"{path.name}"' not in STORE_PAGE.read_text():
            return
        page.wait_for_timeout(2000)  # until what moves stands still
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        image.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size > MAXIMUM_SIZE:
            raise WorkspaceError(f"{path} is larger than {MAXIMUM_SIZE} bytes")


if __name__ == "__main__":
    main()
