"""Write beside, then rename: a reader sees the old file or the new one, never half of one."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its name, flush it to the disk, then rename it into place.

    Parameters
    ----------
    path : Path
        The file to make or replace. Its folder must exist.
    data : bytes
        The whole content.
    """
    beside = _name_beside(path)
    try:
        with open(beside, "xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text the way `write_bytes` does, line ends as given."""
    write_bytes(path, text.encode("utf-8"))


def write_new_text(path: Path, text: str) -> None:
    """Write text that must never be overwritten; see `write_new_bytes`."""
    write_new_bytes(path, text.encode("utf-8"))


def write_new_bytes(path: Path, data: bytes) -> None:
    """Write a file that must never be overwritten.

    Raises
    ------
    RefusedError
        The file exists already (``already_written``).
    """
    beside = _name_beside(path)
    try:
        write_bytes(beside, data)
        _rename_without_replacing(beside, path)
    except FileExistsError:
        raise RefusedError(
            "already_written",
            f"{path.name} exists already and is never overwritten.",
            "Make a new run, or give another name.",
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink()
    _sync_folder(path.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Build a whole folder beside its name; it appears complete, or not at all.

    Parameters
    ----------
    path : Path
        The folder to make. It must not exist.

    Yields
    ------
    Path
        The folder to fill. When the block ends it gets its name; when the block raises, it goes.

    Raises
    ------
    RefusedError
        A folder of that name exists already (``already_written``).
    """
    if path.exists():
        raise _exists(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _name_beside(path)
    beside.mkdir()
    try:
        yield beside
        for entry in sorted(beside.rglob("*")):
            if entry.is_file():
                _sync_file(entry)
        try:
            beside.rename(path)
        except OSError:
            if path.exists():
                raise _exists(path) from None
            raise
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    _sync_folder(path.parent)


def point_to(link: Path, target_name: str) -> None:
    """Make ``link`` name its sibling ``target_name``: a relative link, or a text file.

    Some file systems have no symbolic links; there a small text file holds the name.
    """
    beside = _name_beside(link)
    try:
        beside.symlink_to(target_name, target_is_directory=True)
    except (OSError, NotImplementedError):
        write_text(link, target_name + "\n")
        return
    try:
        os.replace(beside, link)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        write_text(link, target_name + "\n")


def follow(link: Path) -> Path | None:
    """Return the sibling that `point_to` named, or None when there is none."""
    if link.is_symlink() or link.is_dir():
        target = link.resolve()
    elif link.is_file():
        target = link.parent / link.read_text(encoding="utf-8").strip()
    else:
        return None
    return target if target.is_dir() else None


def _name_beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def _exists(path: Path) -> RefusedError:
    return RefusedError(
        "already_written",
        f"The folder {path.name} exists already and is never overwritten.",
        "Run again: every run gets a folder of its own.",
    )


def _rename_without_replacing(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:
        # File systems without hard links: the check and the rename are then two steps.
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(beside, path)


def _sync_file(path: Path) -> None:
    # Windows cannot flush a handle that is open for reading only; opening for append is harmless.
    with suppress(OSError), open(path, "ab") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    # The rename itself lives in the folder's entry; Windows has no such handle to flush.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
