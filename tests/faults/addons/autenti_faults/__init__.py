# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a server under test has besides the addon, by `--load`.

Its clock runs faster, so that what takes minutes takes seconds. And with the name of a
mutation in the environment the addon has that fault, which must be found.
"""

import os

from . import hurry, mutations


def post_load():
    hurry.apply()
    if name := os.environ.get("AUTENTI_MUTATION"):
        mutations.apply(name)
