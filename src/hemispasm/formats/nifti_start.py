"""The first bytes of a NIfTI file: what stands before its voxels must be small and whole."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING

from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BEFORE_VOXELS = 16_000_000
"""Bytes of header and extensions together; a real file has some thousand."""

_SIZES = {348: (108, "f"), 540: (168, "q")}
_EXTENSION_BYTES = 8


def check_start(file: Path) -> None:
    """Refuse a file whose voxels begin far away, or whose extensions are longer than that.

    A reader would unpack all that lies before the voxels, whatever the file claims it to be.

    Parameters
    ----------
    file : Path
        ``.nii`` or ``.nii.gz``.

    Raises
    ------
    DecodeError
        ``claims_too_much``. What is no NIfTI at all passes: its reader says so.
    OSError, EOFError
        It cannot be read.
    """
    with file.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    with gzip.open(file, "rb") if packed else file.open("rb") as handle:
        start = handle.read(544)
        for order in "<>":
            if len(start) < 352:
                return
            (size,) = struct.unpack_from(f"{order}i", start)
            if size in _SIZES:
                break
        else:
            return
        place, kind = _SIZES[size]
        (begins,) = struct.unpack_from(f"{order}{kind}", start, place)
        if not begins <= MOST_BEFORE_VOXELS:
            raise _too_far(file.name)
        handle.seek(size + 4)
        room = int(begins) - size - 4
        while room >= 2 * _EXTENSION_BYTES:
            head = handle.read(_EXTENSION_BYTES)
            if len(head) < _EXTENSION_BYTES:
                return
            (length,) = struct.unpack_from(f"{order}i", head)
            if not _EXTENSION_BYTES <= length <= room:
                raise _too_far(file.name)
            handle.seek(length - _EXTENSION_BYTES, 1)
            room -= length


def _too_far(shown: str) -> DecodeError:
    return DecodeError(
        "claims_too_much",
        f"{shown} claims that its voxels begin behind more than any header holds.",
        "Export or copy it again.",
    )
