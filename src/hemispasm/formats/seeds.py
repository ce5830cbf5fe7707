"""The reader's clicks in ``seeds.json``."""

from __future__ import annotations

import json
from pathlib import Path

from hemispasm.formats.atomic import write_text
from hemispasm.formats.parse import parse, read_json_object
from hemispasm.model.seeds import Seeds


def read_seeds(path: Path | str) -> Seeds:
    """Read the clicks of a study.

    Raises
    ------
    UsageError
        The file names what is wrong: an unknown key, a place marked twice, left and right
        exchanged.
    """
    file = Path(path)
    return parse(Seeds, read_json_object(file, file.name), file.name)


def write_seeds(path: Path | str, seeds: Seeds) -> None:
    """Write the clicks of a study.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_seeds(f"{folder}/seeds.json", Seeds())
    ...     read_seeds(f"{folder}/seeds.json").frame
    'LPS'
    """
    data = seeds.model_dump(mode="json", by_alias=True, exclude_none=True)
    write_text(Path(path), json.dumps(data, indent=2, ensure_ascii=False) + "\n")
