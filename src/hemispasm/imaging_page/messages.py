"""What the page may send, checked at the door."""

from __future__ import annotations

import json
import re
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, field_validator

from hemispasm.model.base import Noun
from hemispasm.model.errors import UsageError
from hemispasm.model.seeds import Seed, Seeds
from hemispasm.model.side import Side

_INITIALS = re.compile(r"[^\W\d_][\w.\- ]{0,7}")
_MOST_MARKS = 60


class MarksOfSide(Noun):
    """The marks as they lie, and the side about which something is asked."""

    side: Literal[Side.LEFT, Side.RIGHT]
    seeds: tuple[Seed, ...] = Field(max_length=_MOST_MARKS)

    def clicks(self) -> Seeds:
        """Return the marks as nobody's: whatever is measured with them is a draft."""
        return Seeds(seeds=self.seeds)


class MarksToKeep(Noun):
    """The marks as they lie, and who confirms which side."""

    seeds: tuple[Seed, ...] = Field(max_length=_MOST_MARKS)
    confirm: dict[Side, str] = Field(default_factory=dict)

    @field_validator("confirm")
    @classmethod
    def _check_initials(cls, value: dict[Side, str]) -> dict[Side, str]:
        if Side.BOTH in value:
            raise ValueError("one side is confirmed at a time")
        if any(not _INITIALS.fullmatch(initials) for initials in value.values()):
            raise ValueError("initials start with a letter and have at most eight characters")
        return value


_Message = TypeVar("_Message", bound=Noun)


def read_message(kind: type[_Message], body: bytes) -> _Message:
    """Return a message of the page.

    Raises
    ------
    UsageError
        It is not JSON, or not such a message (``bad_message``).

    Examples
    --------
    >>> read_message(MarksOfSide, b'{"side": "left", "seeds": []}').side.value
    'left'
    """
    try:
        data = json.loads(body)
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        why = f"{where}: {first['msg'].removeprefix('Value error, ')}"
    except (ValueError, RecursionError):
        why = "it is not JSON"
    raise UsageError(
        "bad_message", f"The page sent something that cannot be: {why}.", "Correct it, or reload."
    )
