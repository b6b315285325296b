# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import shutil

import pytest

from .driver import Organisation, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One emulator for all tests, each of which has an organisation of its own."""
    with Server(tmp_path_factory.mktemp("emulator")) as running:
        running.configure(signed_file_delay=0, party_id_delay=0)
        yield running


@pytest.fixture(scope="session")
def blank_state(tmp_path_factory):
    """State of an emulator that was only started: its keys, which take time to make."""
    path = tmp_path_factory.mktemp("blank")
    with Server(path):
        return path


@pytest.fixture
def own_server(tmp_path, blank_state):
    """An emulator that a test can set as it likes."""
    with Server(shutil.copytree(blank_state, tmp_path / "state")) as running:
        yield running


@pytest.fixture
def turned(server):
    """Settings that go back to what they were."""
    known = server.http.get("/emulator/settings").json()
    yield lambda **settings: server.configure(**{**known, **settings})
    server.configure(**known)


@pytest.fixture
def org(server):
    """An organisation whose user Ewa is logged in."""
    return Organisation(server).login()
