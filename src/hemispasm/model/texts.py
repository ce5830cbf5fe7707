"""Every sentence of the reasoned texts, by key and language, so that other languages can follow."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

DEFAULT_LANGUAGE = "en"


@cache
def load_texts(language: str = DEFAULT_LANGUAGE) -> Mapping[str, str]:
    """Return every text of a language by key, such as ``gate.seizure.title``.

    Texts hold no digits. ``{name}`` is filled in by the page; ``{=topic.name}`` prints the
    published number with that evidence key.

    Raises
    ------
    ValueError
        A key stands in two files.

    Examples
    --------
    >>> load_texts()["footer"]
    'Research software, not a medical device.'
    """
    folder = files("hemispasm.model").joinpath("data", f"text_{language}")
    texts: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            for key, text in _flat(tomllib.loads(entry.read_text(encoding="utf-8"))):
                if key in texts:
                    raise ValueError(f"the text {key} stands twice")
                texts[key] = text
    return MappingProxyType(texts)


def lookup_text(key: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return one text.

    Raises
    ------
    LookupError
        No such key in that language.
    """
    try:
        return load_texts(language)[key]
    except KeyError:
        raise LookupError(f"there is no text {key!r} in {language!r}") from None


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from _flat(value, key)
        else:
            yield key, str(value)
