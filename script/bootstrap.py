# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bring in everything that demo, lint and tests need, into `.workspace`.

Each step leaves a stamp with the hash of what it was made from, so it runs again when
that changed (a lock file, the Python, `ODOO_HOME`) and costs nothing otherwise. Needs
the standard library alone, since it runs before anything is installed.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from workspace import (
    NEWEST_VENV,
    ODOO_HOME,
    ROOT,
    VENV,
    WORKSPACE,
    WorkspaceError,
    locked,
    progress,
)

LOCKS = ROOT / "script" / "locks"
DOWNLOADS = WORKSPACE / "downloads"
LOG = WORKSPACE / "bootstrap.log"
UV = WORKSPACE / "uv" / "bin" / "uv"

# What shows that a Debian package is there (a command or a file), and its name.
DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "curl": "curl",
    "wkhtmltopdf": "wkhtmltopdf",
    "pdftoppm": "poppler-utils",
    "msgfmt": "gettext",
    "psql": "postgresql-client",
    "npm": "npm",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
}
POSTGRESQL = {"/usr/lib/postgresql/*/bin/initdb": "postgresql"}

# Debian has Odoo 19 in its unstable suite alone. The package's JavaScript libraries and
# fonts are links into the packages after it; those of the point of sale and of the
# Swiss localisation are left dangling.
ODOO_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
)
# From the machine's own release: the links are made for version 4.7, and unstable has a
# newer one with another layout.
ODOO_ICONS = "fonts-font-awesome"
# Debian left it out for its licence; without it every page of the web client logs an
# error. Nothing here takes selfies, so an empty file does.
ODOO_MISSING_FILE = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def main():
    with locked("bootstrap"):
        DOWNLOADS.mkdir(exist_ok=True)
        LOG.write_text("")
        try:
            bootstrap()
        except WorkspaceError as error:
            sys.exit(f"bootstrap: {error}")


def bootstrap():
    """Run the steps that are not done yet, in order.

    :raise WorkspaceError: with the line to show, when one fails
    """
    python = f"{sys.executable} {sys.version}"
    install_debian_packages()
    step("uv", install_uv, python, LOCKS / "uv.txt")
    for name, venv, lock in (
        ("Python packages", VENV, LOCKS / "odoo.txt"),
        ("newest pyHanko", NEWEST_VENV, LOCKS / "newest.txt"),
        ("linters", WORKSPACE / "lint", LOCKS / "lint.txt"),
    ):
        step(name, partial(sync_venv, venv, lock), python, lock)
    step("prettier", install_node_modules, LOCKS / "package-lock.json")
    step("OCA addons", unpack_oca_addons, LOCKS / "oca.txt")
    if "ODOO_HOME" not in os.environ:
        step("Odoo 19", unpack_odoo, *ODOO_PACKAGES, ODOO_ICONS)
    if not (ODOO_HOME / "odoo" / "release.py").exists():
        raise WorkspaceError(f"no Odoo in {ODOO_HOME} (odoo/release.py is missing)")
    step("path to Odoo", link_odoo, python, str(ODOO_HOME))


# === STEPS === #


def install_debian_packages():
    """Install what is missing with apt.

    :raise WorkspaceError: when something is missing and can't be installed
    """
    needed = DEBIAN_PACKAGES | ({} if "PGHOST" in os.environ else POSTGRESQL)
    missing = [package for sign, package in needed.items() if not is_there(sign)]
    if not UV.exists() and not has_ensurepip():
        missing.append("python3-venv")
    if not missing:
        return
    root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if not shutil.which("apt-get") or not shutil.which((root or ["env"])[0]):
        raise WorkspaceError(f"install these Debian packages: {' '.join(missing)}")
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]
    with progress(f"Debian packages: {' '.join(missing)}"):
        run([*apt, "update"])
        run([*apt, "install", "--yes", "--no-install-recommends", *missing])


def is_there(sign):
    if sign.startswith("/"):
        return any(Path("/").glob(sign[1:]))
    return shutil.which(sign)


def has_ensurepip():
    check = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def install_uv():
    run([sys.executable, "-m", "venv", "--clear", WORKSPACE / "uv"])
    pip = [WORKSPACE / "uv" / "bin" / "python", "-m", "pip", "install"]
    run([*pip, "--no-deps", "--require-hashes", "--requirement", LOCKS / "uv.txt"])


def sync_venv(venv, lock):
    run([UV, "venv", "--allow-existing", "--python", sys.executable, venv])
    run([UV, "pip", "sync", "--python", venv, "--require-hashes", lock])


def install_node_modules():
    target = WORKSPACE / "node"
    target.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKS / name, target)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run([*npm, "--cache", DOWNLOADS / "npm"], cwd=target)


def unpack_oca_addons():
    options = ["--no-deps", "--require-hashes", "--requirement", LOCKS / "oca.txt"]
    with replaced(WORKSPACE / "addons") as target:
        run([UV, "pip", "install", "--python", VENV, "--target", target, *options])


def unpack_odoo():
    debs = download_debs()
    with replaced(WORKSPACE / "odoo") as target:
        for deb in debs:
            run(["dpkg-deb", "--extract", deb, target])
        addons = target / "usr/lib/python3/dist-packages/odoo/addons"
        missing = addons / ODOO_MISSING_FILE
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.touch()


def download_debs():
    """Return the paths of the downloaded packages, which apt has checked.

    Works with lists and a cache of its own, so the system's sources stay as they are;
    the mirror is the one that the system uses.

    :raise WorkspaceError: when this is no Debian, or a package can't be had
    """
    if not shutil.which("apt-get"):
        raise WorkspaceError("there is no apt: set ODOO_HOME to a tree of Odoo 19.0")
    home = DOWNLOADS / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    mirror, release = debian_mirror()
    (home / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {mirror} {suite} main\n"
            for suite in (release, "sid")
        )
    )
    options = {
        "Dir::Etc::sourcelist": home / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": home / "lists",
        "Dir::Cache": home / "cache",
        "Acquire::Retries": 3,
        # Its own user could not write here.
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "--quiet", *(f"-o{name}={v}" for name, v in options.items())]
    run([*apt, "update"])
    wanted = [f"{name}/sid" for name in ODOO_PACKAGES]
    for old in home.glob("*.deb"):
        old.unlink()
    run([*apt, "download", *wanted, f"{ODOO_ICONS}/{release}"], cwd=home)
    return list(home.glob("*.deb"))


def debian_mirror():
    """Return the address of the system's Debian mirror, and its release's name."""
    fields = "$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)"
    targets = run(["apt-get", "indextargets", "--format", fields]).splitlines()
    for target in targets:
        kind, origin, label, release, mirror = target.split("|")
        if (kind, origin, label) == ("Packages", "Debian", "Debian"):
            return mirror, release.partition("-")[0]
    raise WorkspaceError(
        "no Debian mirror among apt's sources (try apt-get update):"
        " set ODOO_HOME to a tree of Odoo 19.0"
    )


def link_odoo():
    for site in VENV.glob("lib/python3.*/site-packages"):
        (site / "odoo.pth").write_text(f"{ODOO_HOME}\n")


# === MACHINERY === #


def step(name, action, *inputs):
    """Run `action` unless it was done with the same `inputs` (texts, files)."""
    stamp = WORKSPACE / "stamps" / name.replace(" ", "-")
    texts = [i.read_text() if isinstance(i, Path) else i for i in inputs]
    key = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return
    with progress(name):
        action()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(key)


@contextlib.contextmanager
def replaced(target):
    """Give an empty folder that takes the place of `target` when the block succeeds."""
    fresh = target.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    yield fresh
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def run(command, **kwargs):
    """Run a command with its output in the log, and return its standard output.

    :raise WorkspaceError: with the command's last line, when it fails
    """
    command = [str(part) for part in command]
    environment = os.environ | {"UV_CACHE_DIR": str(DOWNLOADS / "uv")}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=environment,
        **kwargs,
    )
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ["no output"]
        program = Path(command[0]).name
        raise WorkspaceError(f"{program}: {lines[-1].strip()} (all of it: {LOG})")
    return done.stdout


if __name__ == "__main__":
    main()
