"""`hemispasm doctor`: is this installation whole, and if not, what to do."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from typing import Annotated

import typer


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's answer.

    Parameters
    ----------
    name : str
        What was looked at.
    ok : bool
        Whether it will do.
    found : str
        What was found.
    next_step : str
        What to do when it will not do; empty otherwise.
    """

    name: str
    ok: bool
    found: str
    next_step: str = ""


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Check this installation and say what to do about each fault."""
    checks = run_checks()
    whole = all(check.ok for check in checks)
    if as_json:
        rows = [asdict(check) for check in checks]
        content = {"schema": "hemispasm.doctor/1", "ok": whole, "checks": rows}
        typer.echo(json.dumps(content, indent=2))
    else:
        for check in checks:
            typer.echo(f"{'ok   ' if check.ok else 'FAULT'}  {check.name}: {check.found}")
            if check.next_step:
                typer.echo(f"       {check.next_step}")
        typer.echo("Everything is in place." if whole else "See the lines marked FAULT.")
    if not whole:
        raise typer.Exit(4)


def run_checks() -> list[Check]:
    """Look at everything an analysis needs.

    Returns
    -------
    list of Check
        In the order in which to mend them.
    """
    checks = [_python(), _cores(), *_packages(), _decoder(), *_assets(), _cache(), _locale()]
    return checks


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info >= (3, 11)
    return Check("Python", ok, found, "" if ok else "Install Python 3.11 or later.")


def _cores() -> Check:
    return Check("Processor cores", True, str(os.cpu_count() or "unknown"))


def _packages() -> list[Check]:
    from importlib.metadata import PackageNotFoundError, requires, version

    checks = []
    names = ["hemispasm"] + [
        requirement.split(">")[0].split("<")[0].split("=")[0].strip()
        for requirement in requires("hemispasm") or []
        if "extra ==" not in requirement
    ]
    for name in names:
        try:
            checks.append(Check(name, True, version(name)))
        except PackageNotFoundError:
            checks.append(Check(name, False, "not installed", "Install hemispasm again."))
    return checks


def _decoder() -> Check:
    try:
        import av
    except ImportError as error:
        step = "Install the package av again for this Python."
        return Check("Video decoder", False, type(error).__name__, step)
    missing = [codec for codec in ("h264", "hevc", "vp9", "mjpeg") if not _decodes(av, codec)]
    version = ".".join(str(part) for part in av.library_versions.get("libavcodec", ()))
    found = f"libavcodec {version}" + (f", without {', '.join(missing)}" if missing else "")
    return Check("Video decoder", not missing, found, "Install av again." if missing else "")


def _decodes(av: object, codec: str) -> bool:
    try:
        av.codec.Codec(codec, "r")  # type: ignore[attr-defined]
    except Exception:
        return False
    return True


def _assets() -> list[Check]:
    from hemispasm.assets import ASSETS, asset_digest
    from hemispasm.model.errors import IntegrityError

    checks = []
    for name, asset in ASSETS.items():
        try:
            digest = asset_digest(name)
        except IntegrityError as error:
            checks.append(Check(f"Asset {name}", False, error.cause, error.next_step))
            continue
        whose = "" if digest == asset.sha256 else ", a file of your own"
        checks.append(Check(f"Asset {name}", True, f"SHA-256 {digest[:12]}…{whose}"))
    return checks


def _cache() -> Check:
    from hemispasm.assets import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        step = "Set HEMISPASM_ASSETS to a folder that you may write."
        return Check("Cache folder", False, error.strerror or "not writable", step)
    return Check("Cache folder", True, "writable")


def _locale() -> Check:
    encoding = (sys.stdout.encoding or "unknown").lower()
    ok = encoding.replace("-", "") == "utf8"
    step = "" if ok else "Set the environment variable PYTHONUTF8=1."
    return Check("Text encoding", ok, encoding, step)
