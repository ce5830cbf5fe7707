"""The pieces a line of text is made of. Plain text refuses digits; marked nodes print them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from hemispasm.report.number import Number

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Origin(StrEnum):
    """Who wrote a text that is printed word for word, digits included."""

    QUALITY = "quality"
    PROTOCOL = "protocol"
    VOCABULARY = "vocabulary"
    CASE = "case"
    REVIEW = "review"
    FINDING = "finding"
    SETTINGS = "settings"
    MIRRORING = "mirroring"
    EVIDENCE = "evidence"
    RULE = "rule"


@dataclass(frozen=True)
class Time:
    """A time of the recording, printed as m:ss.s; structural, not a result.

    Examples
    --------
    >>> Time(72.46).text, Time(59.97).text, Time(3725.0).text
    ('1:12.5', '1:00.0', '1:02:05.0')
    """

    seconds: float
    kind: ClassVar[str] = "time"

    @property
    def text(self) -> str:
        """The time as printed."""
        tenths = round(self.seconds * 10)
        minutes, rest = divmod(tenths, 600)
        hours, minutes = divmod(minutes, 60)
        tail = f"{rest // 10:02d}.{rest % 10}"
        return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


@dataclass(frozen=True)
class Jump:
    """A time span that the reader can open in a timeline."""

    start_s: float
    end_s: float
    timeline: str
    kind: ClassVar[str] = "jump"

    @property
    def text(self) -> str:
        """The start of the span as printed."""
        return Time(self.start_s).text


@dataclass(frozen=True)
class Day:
    """A calendar day, month in words so that no reader swaps day and month.

    Examples
    --------
    >>> Day(date(2026, 3, 2)).text
    '2 March 2026'
    """

    day: date
    kind: ClassVar[str] = "day"

    @property
    def text(self) -> str:
        """The day as printed."""
        return f"{self.day.day} {MONTHS[self.day.month - 1]} {self.day.year}"


@dataclass(frozen=True)
class Moment:
    """A day with a clock time, in the zone it was written in."""

    moment: datetime
    kind: ClassVar[str] = "moment"

    @property
    def text(self) -> str:
        """Day, hour and minute as printed."""
        zone = self.moment.strftime(" %Z") if self.moment.tzinfo else ""
        return f"{Day(self.moment.date()).text}, {self.moment:%H:%M}{zone}"


@dataclass(frozen=True)
class Count:
    """How many things of the document there are; ``one`` and ``many`` name them.

    Examples
    --------
    >>> Count(1, "spasm", "spasms").text, Count(12, "spasm", "spasms").text
    ('1 spasm', '12 spasms')
    """

    n: int
    one: str = ""
    many: str = ""
    kind: ClassVar[str] = "count"

    def __post_init__(self) -> None:
        refuse_digits(self.one)
        refuse_digits(self.many)

    @property
    def text(self) -> str:
        """Count and noun as printed."""
        return f"{self.n} {self.one if self.n == 1 else self.many}".strip()


@dataclass(frozen=True)
class Identifier:
    """A version, hash, key, year or other name that happens to hold digits."""

    name: str
    kind: ClassVar[str] = "identifier"

    @property
    def text(self) -> str:
        """The name itself."""
        return self.name


@dataclass(frozen=True)
class Verbatim:
    """Text written elsewhere and printed word for word, with its origin."""

    words: str
    origin: Origin
    kind: ClassVar[str] = "verbatim"

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.words


@dataclass(frozen=True, init=False)
class Strong:
    """Emphasised parts."""

    parts: tuple[Inline, ...]
    kind: ClassVar[str] = "strong"

    def __init__(self, *parts: Inline) -> None:
        object.__setattr__(self, "parts", checked(parts))

    @property
    def text(self) -> str:
        """The parts as printed."""
        return text_of(self.parts)


@dataclass(frozen=True, init=False)
class Soft:
    """Parts that stand back: where a number comes from, beside the number."""

    parts: tuple[Inline, ...]
    kind: ClassVar[str] = "soft"

    def __init__(self, *parts: Inline) -> None:
        object.__setattr__(self, "parts", checked(parts))

    @property
    def text(self) -> str:
        """The parts as printed."""
        return text_of(self.parts)


@dataclass(frozen=True)
class Explained:
    """A term with its definition, which the reader can unfold."""

    term: tuple[Inline, ...]
    definition: tuple[Inline, ...]
    kind: ClassVar[str] = "explained"

    def __post_init__(self) -> None:
        checked(self.term)
        checked(self.definition)

    @property
    def text(self) -> str:
        """Term and definition in one line."""
        return f"{text_of(self.term)} {text_of(self.definition)}"


@dataclass(frozen=True)
class Cite:
    """A published source, linked to its full citation.

    ``evidence`` is the item it stands for, ``also`` further items of the same source.

    Examples
    --------
    >>> Cite("LeeJA2017", "course.untreated_remission").text
    'LeeJA 2017'
    """

    source: str
    evidence: str
    also: tuple[str, ...] = ()
    kind: ClassVar[str] = "cite"

    @property
    def text(self) -> str:
        """The source as printed."""
        return source_words(self.source)


@dataclass(frozen=True)
class SourceName:
    """The name under which a source is cited, where its full citation stands."""

    source: str
    kind: ClassVar[str] = "source"

    @property
    def text(self) -> str:
        """The source as printed."""
        return source_words(self.source)


@dataclass(frozen=True)
class LineBreak:
    """A new line within a cell of a table."""

    kind: ClassVar[str] = "break"

    @property
    def text(self) -> str:
        """A line break in plain text as well."""
        return "\n"


def source_words(key: str) -> str:
    """Return the key of a source with its year set apart."""
    return re.sub(r"(?<=[A-Za-z])(?=(?:18|19|20)\d\d)", " ", key)


Inline: TypeAlias = (
    "str | Number | Time | Jump | Day | Moment | Count | Identifier | Verbatim | Strong | Explained"
    " | Soft | Cite | SourceName | LineBreak"
)
Cell: TypeAlias = tuple[Inline, ...]
NODES = (
    Number,
    Time,
    Jump,
    Day,
    Moment,
    Count,
    Identifier,
    Verbatim,
    Strong,
    Explained,
    Soft,
    Cite,
    SourceName,
    LineBreak,
)


def refuse_digits(text: str) -> str:
    """Return the text unless it holds a digit of any script.

    Raises
    ------
    ValueError
        The text holds a digit: a result belongs in Number, a time in Time, and so on.
    """
    found = [character for character in text if character.isnumeric()]
    if found:
        raise ValueError(f"plain text must not hold digits ({found[0]!r} in {text!r})")
    return text


def checked(parts: Iterable[Inline]) -> tuple[Inline, ...]:
    """Return the parts as a tuple after checking every one.

    Raises
    ------
    ValueError
        A plain string holds a digit.
    TypeError
        A part is neither text nor one of the inline nodes.
    """
    kept = tuple(parts)
    for part in kept:
        if isinstance(part, str):
            refuse_digits(part)
        elif not isinstance(part, NODES):
            raise TypeError(f"{type(part).__name__} is not an inline node")
    return kept


def text_of(parts: Iterable[Inline]) -> str:
    """Return the plain text of the parts."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)
