"""Everything a newcomer or a CI machine needs, on a bare Python 3.11 or later.

    python3 dev.py demo     set up, then simulate, measure and report one patient
    python3 dev.py test     set up, then lint, type check, import contract, tests
    python3 dev.py setup    only set up: .venv, hash-locked packages, assets
    python3 dev.py lint     set up, then everything of `test` but the tests
    python3 dev.py bench    set up, then the benches in bench/ (all, or those named; options follow
                            the names: `bench emg --quick`)
    python3 dev.py docs     write the generated pages of docs/reference anew
    python3 dev.py lock     write requirements/*.lock.txt anew

What follows the sub-command is handed on: `python3 dev.py test tests/unit -k side`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
UV = BIN / ("uv.exe" if os.name == "nt" else "uv")
STAMP = VENV / "hemispasm-setup.json"
LOCKS = ROOT / "requirements"
OLDEST = (3, 11)


class SetupError(Exception):
    """A step of the set-up failed; the message says what to do."""


def main(arguments):
    commands = {
        "demo": demo,
        "test": test,
        "setup": lambda rest: set_up(["base", "test"]),
        "lint": lambda rest: closing(lint(set_up(["base", "test"]))),
        "bench": bench,
        "docs": docs,
        "lock": lock,
    }
    if not arguments or arguments[0] not in commands:
        print(__doc__.strip())
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    if sys.version_info < OLDEST:
        print(f"Python {OLDEST[0]}.{OLDEST[1]} or later is needed.", file=sys.stderr)
        return 2
    try:
        return commands[arguments[0]](arguments[1:]) or 0
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def demo(rest):
    set_up(["base"])
    return run([str(PYTHON), "-m", "hemispasm", "demo", *rest])


def test(rest):
    failed = lint(set_up(["base", "test"]))
    workers = str(min(2, os.cpu_count() or 1))
    say("pytest")
    parallel = ["-n", workers, "--dist", "loadfile"]
    if run([str(PYTHON), "-m", "pytest", *parallel, *rest]) != 0:
        failed.append("pytest")
    return closing(failed)


def lint(_ready=None):
    """Run every check, even after one has failed, and return the names of those that failed."""
    python = [str(PYTHON), "-m"]
    checks = {
        "ruff check": [*python, "ruff", "check", "."],
        "ruff format": [*python, "ruff", "format", "--check", "."],
        "mypy": [*python, "mypy"],
        "import contract": [str(BIN / "lint-imports")],
    }
    failed = []
    for name, command in checks.items():
        say(name)
        if run(command) != 0:
            failed.append(name)
    return failed


def bench(rest):
    set_up(["base", "test"])
    folder = ROOT / "bench"
    first = next((k for k, word in enumerate(rest) if word.startswith("-")), len(rest))
    names, options = rest[:first], rest[first:]
    wanted = names or sorted(path.stem for path in folder.glob("[!_]*.py"))
    failed = []
    for name in wanted:
        say(f"bench {name}")
        if run([str(PYTHON), str(folder / f"{name}.py"), *options]) != 0:
            failed.append(name)
    return closing(failed)


def docs(rest):
    set_up(["base", "test"])
    pages = ROOT / "docs"
    made = run([str(PYTHON), str(pages / "data_pages.py")])
    return run([str(PYTHON), str(pages / "generate.py"), *rest]) or made


def lock(rest):
    """Write the locks: every hash, no address."""
    set_up([])
    sources = {"setup": LOCKS / "setup.in", "base": ROOT / "pyproject.toml"}
    sources["test"] = LOCKS / "test.in"
    sources["node"] = LOCKS / "node.in"
    for name, source in sources.items():
        say(f"lock {name}")
        options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--quiet"]
        options += ["--no-emit-index-url", "--no-emit-find-links", *rest]
        options += ["--custom-compile-command", "python3 dev.py lock"]
        target = f"requirements/{name}.lock.txt"
        command = [str(UV), "pip", "compile", str(source.relative_to(ROOT)), "-o", target]
        if run([*command, *options]) != 0:
            raise SetupError(f"{target} could not be made.")
    return 0


def set_up(groups):
    """Bring .venv to what the locks say; nothing is installed when its stamp matches."""
    started = time.monotonic()
    wanted = {"setup": digest(LOCKS / "setup.lock.txt")}
    wanted |= {group: digest(LOCKS / f"{group}.lock.txt") for group in groups}
    if "base" in groups:
        wanted["project"] = digest(ROOT / "pyproject.toml") + f" {ROOT}"
    done = read_stamp() if works(PYTHON) else make_venv()
    if not UV.exists():
        done.pop("setup", None)
    missing = [group for group in wanted if done.get(group) != wanted[group]]
    for group in missing:
        say(f"installing {group}")
        write_stamp({key: value for key, value in done.items() if key != group})
        install(group)
        done[group] = wanted[group]
        write_stamp(done)
    if "base" in groups and run([str(PYTHON), "-m", "hemispasm", "assets", "fetch"]) != 0:
        raise SetupError("the assets could not be fetched; see the line above.")
    if "base" in groups:
        build_page()
    if missing:
        say(f"set up in {time.monotonic() - started:.0f} s")


def build_page():
    """Build the page that a browser runs; without it everything else works."""
    building = [str(PYTHON), str(ROOT / "frontend" / "build.py")]
    if run([*building, "--check"], quiet=True) == 0:
        return
    if shutil.which("node") is None or shutil.which("npm") is None:
        try:
            install("node")
        except SetupError:
            say("there is no Node.js here, and none could be installed")
    run(building)


def make_venv():
    """Make .venv anew; a half-made one is thrown away."""
    say("making .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    if run([sys.executable, "-m", "venv", str(VENV)], quiet=True) != 0:
        # Some systems ship Python without ensurepip; a pip beside it can do the first step.
        shutil.rmtree(VENV, ignore_errors=True)
        if run([sys.executable, "-m", "venv", "--without-pip", str(VENV)]) != 0:
            raise SetupError("Python's venv module is missing; install it (python3-venv).")
    return {}


def install(group):
    if group == "setup":
        locked = ["install", "--quiet", "--require-hashes", "-r", str(LOCKS / "setup.lock.txt")]
        pip = [str(PYTHON), "-m", "pip"]
        if run([*pip, "--version"], quiet=True) != 0:
            pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
        if run([*pip, "--disable-pip-version-check", *locked]) != 0:
            raise SetupError("the installer could not be installed; check the network.")
        return
    if group == "project":
        what = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    else:
        what = ["--require-hashes", "--requirement", str(LOCKS / f"{group}.lock.txt")]
    if run([str(UV), "pip", "install", "--python", str(PYTHON), "--quiet", *what]) == 0:
        return
    # uv does not read pip's settings; where a mirror is set up for pip only, pip gets through.
    if run([str(PYTHON), "-m", "pip", "install", "--quiet", *what]) != 0:
        raise SetupError(f"the packages of {group} could not be installed; check the network.")


def works(python):
    check = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return python.exists() and run([str(python), "-c", check], quiet=True) == 0


def read_stamp():
    try:
        content = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_stamp(content):
    beside = STAMP.with_suffix(".new")
    beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    beside.replace(STAMP)


def digest(path):
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "absent"


def run(command, quiet=False):
    """Run one step from the root of the repository and return its exit code."""
    output = subprocess.DEVNULL if quiet else None
    # One thread per process: the tests run side by side, and results must not depend on it.
    environment = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", **os.environ}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment.get('PATH', '')}"
    try:
        return subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False
        ).returncode
    except OSError as error:
        if not quiet:
            print(f"dev.py: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127


def say(text):
    print(f"== {text}", flush=True)


def closing(failed):
    if failed:
        print(f"== failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
