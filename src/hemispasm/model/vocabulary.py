"""The vocabulary of finding codes: definition, unit, direction, instrument, extra keys."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class CodeDefinition:
    """What one finding code means.

    ``worse`` is ``higher``, ``lower`` or ``none``; ``values`` lists the text values allowed;
    ``extra`` the sibling keys a finding with this code may carry; ``sided`` codes of the history,
    the examination, EMG and imaging need a side, the others must not have one.
    ``measured_only`` codes come from a measurement and are asked in no form.
    """

    code: str
    label: str
    definition: str
    unit: str | None
    instrument: str
    worse: str = "none"
    values: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    sided: bool = False
    measured_only: bool = False


@cache
def load_vocabulary() -> dict[str, CodeDefinition]:
    """Return every finding code by name, in the order of the data files.

    Examples
    --------
    >>> load_vocabulary()["video.spasm_rate"].unit
    '/min'
    """
    codes: dict[str, CodeDefinition] = {}
    folder = files("hemispasm.model").joinpath("data")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if not (entry.name.startswith("codes_") and entry.name.endswith(".toml")):
            continue
        table = tomllib.loads(entry.read_text(encoding="utf-8"))
        for code, fields in table["code"].items():
            codes[code] = _definition(code, table["instrument"], fields)
    return codes


def _definition(code: str, instrument: str, fields: dict[str, Any]) -> CodeDefinition:
    return CodeDefinition(
        code=code,
        label=fields["label"],
        definition=fields["definition"],
        unit=fields.get("unit"),
        instrument=instrument,
        worse=fields.get("worse", "none"),
        values=tuple(fields.get("values", ())),
        extra=tuple(fields.get("extra", ())),
        sided=bool(fields.get("sided", False)),
        measured_only=bool(fields.get("measured_only", False)),
    )


def lookup_code(code: str) -> CodeDefinition:
    """Return the definition of a finding code.

    Raises
    ------
    ValueError
        The code is not in the vocabulary.
    """
    try:
        return load_vocabulary()[code]
    except KeyError:
        raise ValueError(f"{code!r} is not a finding code of this version") from None
