"""Results of single sessions in a file that a stopped run goes on with."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import UsageError
from hemispasm.validate.imaging_case import ImagingCase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PACKAGES = ("measure/imaging", "simulate/mri")
_MODULES = (
    "imaging_case.py",
    "imaging_plan.py",
    "imaging_sides.py",
    "imaging_baselines.py",
)


def code_digest() -> str:
    """Return a name of the code that decides a result: other code, other results."""
    root = files("hemispasm")
    whole = hashlib.sha256()
    entries: list[Any] = [e for p in _PACKAGES for e in root.joinpath(p).iterdir()]
    entries += [root.joinpath("validate", name) for name in _MODULES]
    for entry in sorted(entries, key=str):
        if entry.name.endswith((".py", ".toml")):
            whole.update(entry.name.encode() + entry.read_bytes())
    return whole.hexdigest()[:12]


class CaseFile:
    """One line of JSON per session, appended as it comes.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    digest : str
        Of the code; results of other code lie in another file.

    Raises
    ------
    UsageError
        The folder cannot be made (``no_folder``).
    """

    def __init__(self, folder: Path, digest: str) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise UsageError(
                "no_folder", f"{folder.name} cannot be made a folder.", "Choose another one."
            ) from fault
        self.path = folder / f"imaging-{digest}.jsonl"

    def read(self) -> dict[str, ImagingCase]:
        """Return the kept results by their job's key; a line cut off by a stop is left out."""
        found: dict[str, ImagingCase] = {}
        if not self.path.exists():
            return found
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                found[entry["key"]] = ImagingCase.model_validate(entry["case"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def append(self, key: str, case: ImagingCase) -> None:
        """Add one result and see it to the disk."""
        line = json.dumps({"key": key, "case": case.model_dump(mode="json")})
        with self.path.open("a", encoding="utf-8") as handle:
            # A newline first: a line that a stop cut off must not swallow this one.
            handle.write(f"\n{line}\n")
            handle.flush()
            os.fsync(handle.fileno())


def missing(keys: Iterable[str], kept: dict[str, ImagingCase]) -> list[str]:
    """Return the keys without a kept result.

    Examples
    --------
    >>> missing(["a", "b"], {})
    ['a', 'b']
    """
    return [key for key in keys if key not in kept]
