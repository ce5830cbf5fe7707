"""Results in a file, one line of JSON each, with which a stopped run goes on."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hemispasm.model.base import Noun
from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Kept = TypeVar("Kept", bound=Noun)


def digest_code(places: Iterable[str]) -> str:
    """Return a name of the code in folders and files of the package: other code, other results.

    Parameters
    ----------
    places : iterable of str
        Folders or files below ``hemispasm``; of folders everything below counts.

    Examples
    --------
    >>> digest_code(["stats"]) == digest_code(["stats"]) != digest_code(["model"])
    True
    """
    root = files("hemispasm")
    whole = hashlib.sha256()
    for place in places:
        for name, entry in sorted(_sources(root.joinpath(*place.split("/")), place)):
            whole.update(name.encode() + b"\0" + entry.read_bytes())
    return whole.hexdigest()[:12]


def _sources(entry: Any, name: str) -> Iterator[tuple[str, Any]]:
    if entry.is_dir():
        for inner in entry.iterdir():
            yield from _sources(inner, f"{name}/{inner.name}")
    elif entry.name.endswith((".py", ".toml")):
        yield name, entry


class KeptLines(Generic[Kept]):
    """One line of JSON per result, appended as it comes.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    name : str
        Of the file, without its end; a digest of the code belongs in it.
    kind : type
        Of the results.

    Raises
    ------
    UsageError
        The folder cannot be made (``no_folder``).
    """

    def __init__(self, folder: Path, name: str, kind: type[Kept]) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise UsageError(
                "no_folder", f"{folder.name} cannot be made a folder.", "Choose another one."
            ) from fault
        self.path, self._kind = folder / f"{name}.jsonl", kind

    def read(self) -> dict[str, Kept]:
        """Return the kept results by their key; a line cut off by a stop is left out."""
        found: dict[str, Kept] = {}
        if not self.path.exists():
            return found
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                found[entry["key"]] = self._kind.model_validate(entry["result"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def append(self, key: str, result: Kept) -> None:
        """Add one result and see it to the disk."""
        line = json.dumps({"key": key, "result": result.model_dump(mode="json", by_alias=True)})
        with self.path.open("a", encoding="utf-8") as handle:
            # A newline first: a line that a stop cut off must not swallow this one.
            handle.write(f"\n{line}\n")
            handle.flush()
            os.fsync(handle.fileno())
