# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The page of the apps store keeps the store's rules, and says what it has to."""

import pytest
from lxml import html
from PIL import Image
from workspace import ROOT
from workspace.databases import ADDON, ADDONS, read_manifest

FOLDER = ROOT / ADDON / "static/description"
FORBIDDEN = (
    "script style iframe form input link meta object embed html head body".split()
)
LINKS = ("mailto:", "skype:")
STYLES = ("color", "font", "margin", "padding", "border", "background-color")
# What a buyer must know before
TOLD = (
    "You need an account of your company at Autenti",
    "a package of documents and access to the API",
    "Data leave your Odoo",
    "the PDF with its enclosures, its title and the message",
    "tested with an emulator of Autenti's API only",
)


@pytest.fixture(scope="module")
def page():
    return html.fragment_fromstring(
        (FOLDER / "index.html").read_text(), create_parent="div"
    )


def test_only_what_the_store_shows(page):
    assert not page.xpath("|".join(f".//{tag}" for tag in FORBIDDEN))
    for element in page.iter():
        assert not [name for name in element.keys() if name.startswith("on")]
        for style in filter(str.strip, element.get("style", "").split(";")):
            assert style.strip().startswith(STYLES), style


def test_nothing_is_from_elsewhere(page):
    for _element, attribute, address, _position in page.iterlinks():
        if attribute == "href":
            assert address.startswith(LINKS)
        else:
            assert "/" not in address
            assert (FOLDER / address).is_file()


def test_images_have_words_and_are_shown(page):
    images = {image.get("src"): image.get("alt") for image in page.iter("img")}
    assert all(images.values())
    assert {path.name for path in FOLDER.glob("*.png")} == {*images, "icon.png"}


@pytest.mark.parametrize("words", TOLD)
def test_says_what_a_buyer_must_know(page, words):
    assert words in " ".join(page.text_content().split())


@pytest.mark.parametrize("addon", ADDONS)
def test_images_of_the_manifest(addon):
    [cover, *_others] = images = read_manifest(addon)["images"]
    assert all((ROOT / addon / image).is_file() for image in images)
    assert (ROOT / addon / cover).stat().st_size < 150_000
    with Image.open(ROOT / addon / "static/description/icon.png") as icon:
        assert icon.width == icon.height
