# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from importlib import metadata
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from .. import libraries


@tagged("post_install", "-at_install")
class TestLibraries(TransactionCase):
    """The installed packages are compared with what the manifests ask for."""

    def find(self, needed, installed):
        """Find misfits where some versions are installed.

        :param list needed: as of a manifest
        :param dict installed: versions by name
        """

        def version(name):
            if name not in installed:
                raise metadata.PackageNotFoundError(name)
            return installed[name]

        with (
            patch.object(libraries.metadata, "version", version),
            patch.object(libraries, "_iterate_needed", lambda addons: needed),
        ):
            return libraries.find_misfits(["any"])

    def test_what_is_installed_here_fits(self):
        self.assertEqual(
            libraries.find_misfits(["autenti_esign", "autenti_esign_health"]), {}
        )

    def test_every_package_has_a_range_in_the_core(self):
        needed = list(libraries._iterate_needed(["autenti_esign"]))
        self.assertEqual(len(needed), 4)
        for each in ("requests", "cryptography", "PyJWT"):
            self.assertTrue(any(n.startswith(f"{each}>=") for n in needed), each)

    def test_versions(self):
        for version, fits in (
            ("2.27.9", False),
            ("2.28", True),
            ("2.28.1", True),
            ("3.0.0rc1", True),
            ("10", True),
        ):
            with self.subTest(version=version):
                found = self.find(["requests>=2.28"], {"requests": version})
                self.assertEqual(found, {} if fits else {"requests>=2.28": version})

    def test_a_missing_package(self):
        self.assertEqual(self.find(["PyJWT>=2.6"], {}), {"PyJWT>=2.6": ""})

    def test_what_another_python_needs(self):
        self.assertEqual(self.find(['x ; python_version < "3"'], {}), {})

    def test_an_addon_whose_folder_is_gone(self):
        self.assertEqual(libraries.find_misfits(["autenti_esign_gone"]), {})
