"""The glossary: one wording for the documentation, the reports and the forms."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class GlossaryTerm:
    """A word with its meaning in plain language.

    ``used_in`` names finding codes, event kinds (``event:spasm``) or pages below ``docs/``.
    """

    key: str
    term: str
    definition: str
    used_in: tuple[str, ...]


@cache
def load_glossary() -> dict[str, GlossaryTerm]:
    """Return every term by key, in the order of the data file.

    Examples
    --------
    >>> load_glossary()["commissure"].definition
    'The corner of the mouth.'
    """
    path = files("hemispasm.model").joinpath("data", "glossary.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        key: GlossaryTerm(
            key=key,
            term=fields["term"],
            definition=fields["definition"],
            used_in=tuple(fields["used_in"]),
        )
        for key, fields in table.items()
    }
