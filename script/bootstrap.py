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
import platform
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from workspace import (
    LOCKS,
    NEWEST_VENV,
    ODOO_HOME,
    VENV,
    WKHTMLTOPDF,
    WORKSPACE,
    WorkspaceError,
    locked,
    progress,
)

DOWNLOADS = WORKSPACE / "downloads"
LOG = WORKSPACE / "bootstrap.log"
UV = WORKSPACE / "uv" / "bin" / "uv"

# What shows that a Debian package is there (a command or a file), and its name.
DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "curl": "curl",
    "pdftoppm": "poppler-utils",
    "msgfmt": "gettext",
    "psql": "postgresql-client",
    "npm": "npm",
    # Odoo tells files' types by it
    "/usr/lib/*/libmagic.so.1": "libmagic1",
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

# Later releases of Odoo have this too. Without it the quote builder fails with pypdf,
# which Odoo uses as of Python 3.13.
ODOO_PYPDF = "tools/pdf/_pypdf.py"
ODOO_PYPDF_ADDITION = """

def _set_need_appearances_writer(self, state=True):
    _Writer.set_need_appearances_writer(self, state)
    form = self._root_object["/AcroForm"]
    form.setdefault(generic.NameObject("/Fields"), generic.ArrayObject())
    form.setdefault(generic.NameObject("/DR"), generic.DictionaryObject())


PdfWriter.set_need_appearances_writer = _set_need_appearances_writer
"""

# Debian 12 is the last release to have wkhtmltopdf. Its libraries are of that release
# too, except for the C library, which is compatible with older programs; what draws on
# a screen isn't needed.
WKHTMLTOPDF_RELEASE = "bookworm"
WKHTMLTOPDF_WITHOUT = ("dpkg", "libc6", "libegl-mesa0", "libglx-mesa0")
WKHTMLTOPDF_START = """\
#!/bin/sh
home=${0%/*}
export LD_LIBRARY_PATH="$home/usr/lib/TRIPLET:$home/lib/TRIPLET"
export QT_PLUGIN_PATH="$home/usr/lib/TRIPLET/qt5/plugins"
exec "$home/usr/bin/wkhtmltopdf" "$@"
"""

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
    missing = find_missing_packages()
    has_wkhtmltopdf = shutil.which("wkhtmltopdf") not in (None, str(WKHTMLTOPDF))
    if is_debian():
        install_debian_packages(missing)
    else:
        check_other_system(missing + ["wkhtmltopdf"] * (not has_wkhtmltopdf))
    step("uv", install_uv, python, LOCKS / "uv.txt")
    for name, venv, lock in (
        ("Python packages", VENV, LOCKS / "odoo.txt"),
        ("newest pyHanko", NEWEST_VENV, LOCKS / "newest.txt"),
        ("linters", WORKSPACE / "lint", LOCKS / "lint.txt"),
    ):
        step(name, partial(sync_venv, venv, lock), python, lock)
    step("prettier", install_node_modules, LOCKS / "package-lock.json")
    step("OCA addons", unpack_oca_addons, LOCKS / "oca.txt")
    if not has_wkhtmltopdf:
        inputs = (WKHTMLTOPDF_RELEASE, *WKHTMLTOPDF_WITHOUT, WKHTMLTOPDF_START)
        step("wkhtmltopdf", unpack_wkhtmltopdf, *inputs)
    if "ODOO_HOME" not in os.environ:
        step("Odoo 19", unpack_odoo, *ODOO_PACKAGES, ODOO_ICONS)
    if not (ODOO_HOME / "odoo" / "release.py").exists():
        raise WorkspaceError(f"no Odoo in {ODOO_HOME} (odoo/release.py is missing)")
    step("path to Odoo", link_odoo, python, str(ODOO_HOME))


# === STEPS === #


def find_missing_packages():
    """Return the names of the Debian packages that aren't there."""
    needed = DEBIAN_PACKAGES | ({} if "PGHOST" in os.environ else POSTGRESQL)
    missing = [package for sign, package in needed.items() if not is_there(sign)]
    if not UV.exists() and not has_ensurepip():
        missing.append("python3-venv")
    return missing


def is_debian():
    with contextlib.suppress(OSError):
        return platform.freedesktop_os_release()["ID"] == "debian"
    return False


def check_other_system(missing):
    """Check that a system whose packages we don't know has everything.

    :raise WorkspaceError: with all that it lacks
    """
    todo = []
    if missing:
        todo.append(f"install {' '.join(missing)} (so they are called in Debian)")
    if "postgresql" in missing:
        todo.append("or instead of postgresql set PGHOST to a server")
    if "ODOO_HOME" not in os.environ:
        todo.append("set ODOO_HOME to a tree of Odoo 19.0")
    if todo:
        raise WorkspaceError(f"this is not Debian: {'; '.join(todo)}")


def install_debian_packages(missing):
    """Install packages with apt.

    :raise WorkspaceError: when they can't be installed
    """
    if not missing:
        return
    root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if root and not shutil.which("sudo"):
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


def unpack_wkhtmltopdf():
    status = DOWNLOADS / "wkhtmltopdf.status"
    status.write_text(
        "".join(
            f"Package: {name}\nStatus: install ok installed\n"
            "Architecture: all\nVersion: 99\n\n"
            for name in WKHTMLTOPDF_WITHOUT
        )
    )
    command = ["install", "--yes", "--no-install-recommends", "--download-only"]
    command += [f"-oDir::State::status={status}", "wkhtmltopdf"]
    debs = download_debs(DOWNLOADS / "wkhtmltopdf", [WKHTMLTOPDF_RELEASE], command)
    with replaced(WKHTMLTOPDF.parent) as target:
        extract(debs, target)
        (library,) = target.glob("usr/lib/*/libQt5Core.so.5")
        start = target / WKHTMLTOPDF.name
        start.write_text(WKHTMLTOPDF_START.replace("TRIPLET", library.parent.name))
        start.chmod(0o755)
        run([start, "--version"])


def unpack_odoo():
    _mirror, release = debian_mirror()
    command = ["download", *(f"{name}/sid" for name in ODOO_PACKAGES)]
    command.append(f"{ODOO_ICONS}/{release}")
    debs = download_debs(DOWNLOADS / "apt", [release, "sid"], command)
    with replaced(WORKSPACE / "odoo") as target:
        extract(debs, target)
        odoo = target / "usr/lib/python3/dist-packages/odoo"
        missing = odoo / "addons" / ODOO_MISSING_FILE
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.touch()
        with (odoo / ODOO_PYPDF).open("a") as module:
            module.write(ODOO_PYPDF_ADDITION)


def download_debs(home, suites, command):
    """Return the paths of the packages that apt has downloaded and checked.

    Works with lists and a cache of its own, so the system's sources stay as they are;
    the mirror is the one that the system uses.

    :param home: folder for lists and cache
    :param command: of apt-get, that downloads
    :raise WorkspaceError: when a package can't be had
    """
    archives = home / "cache/archives"
    for folder in (home / "lists/partial", archives / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    mirror, _release = debian_mirror()
    source = f"deb [signed-by={KEYRING}] {mirror}"
    (home / "sources.list").write_text(
        "".join(f"{source} {suite} main\n" for suite in suites)
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
    for old in archives.glob("*.deb"):
        old.unlink()
    run([*apt, *command], cwd=archives)
    return list(archives.glob("*.deb"))


def extract(debs, target):
    for deb in debs:
        run(["dpkg-deb", "--extract", deb, target])


def debian_mirror():
    """Return the address of the system's Debian mirror, and its release's name."""
    fields = "$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)"
    targets = run(["apt-get", "indextargets", "--format", fields]).splitlines()
    for target in targets:
        kind, origin, label, release, mirror = target.split("|")
        if (kind, origin, label) == ("Packages", "Debian", "Debian"):
            return mirror, release.partition("-")[0]
    raise WorkspaceError(
        "no Debian mirror among apt's sources (try apt-get update);"
        " or have wkhtmltopdf, and set ODOO_HOME to a tree of Odoo 19.0"
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
