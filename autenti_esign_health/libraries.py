# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether the installed Python packages are those that the addons need.

Odoo compares them when an addon is installed or updated, and not afterwards.
"""

from importlib import metadata

from packaging.requirements import Requirement

from odoo.modules import Manifest


def find_misfits(addons):
    """Find the packages that are missing, or have a version that doesn't fit.

    :param addons: names of addons
    :return: the installed version, "" where there is none, by what is needed, as in
        ``{"PyJWT>=2.4": "1.7.1"}``
    :rtype: dict[str, str]
    """
    misfits = {}
    for needed in _iterate_needed(addons):
        requirement = Requirement(needed)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = ""
        if not version or not requirement.specifier.contains(version, prereleases=True):
            misfits[needed] = version
    return misfits


def _iterate_needed(addons):
    for addon in addons:
        manifest = Manifest.for_addon(addon, display_warning=False)
        if manifest:
            yield from manifest["external_dependencies"].get("python", ())
