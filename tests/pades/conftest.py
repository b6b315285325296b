# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import pytest
from signatory import Signatory, draw


@pytest.fixture(scope="session")
def signatory():
    return Signatory()


@pytest.fixture(scope="session")
def sent():
    return draw("Umowa na 100 PLN", "Strona druga", "Strona trzecia")


@pytest.fixture(scope="session")
def signed(signatory, sent):
    return signatory.sign(sent)
