"""One published number: what it says, about whom, from where, and how deeply it was read."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from hemispasm.model.base import Noun


class ReadDepth(StrEnum):
    """How deeply the source was read before its number was written down."""

    FULL_TEXT = "full_text"
    ABSTRACT = "abstract"
    SECONDARY = "secondary"
    LABEL = "label"
    CALCULATION = "calculation"
    EXPERT_RULE = "expert_rule"


class Quantity(StrEnum):
    """What sort of number it is, which decides its unit and how it is printed."""

    PROPORTION = "proportion"
    RATE_PER_MIN = "rate_per_min"
    RELIABILITY = "reliability"
    CORRELATION = "correlation"
    RATIO = "ratio"
    SCORE = "score"
    DURATION_S = "duration_s"
    DURATION_D = "duration_d"
    DURATION_WK = "duration_wk"
    DURATION_MO = "duration_mo"
    DURATION_A = "duration_a"
    LATENCY_MS = "latency_ms"
    FREQUENCY_HZ = "frequency_hz"
    COUNT = "count"
    PER_100000 = "per_100000"
    PER_100000_A = "per_100000_a"
    STATEMENT = "statement"


UNIT_OF_QUANTITY: dict[Quantity, str | None] = {
    Quantity.PROPORTION: "1",
    Quantity.RATE_PER_MIN: "/min",
    Quantity.RELIABILITY: "1",
    Quantity.CORRELATION: "1",
    Quantity.RATIO: "1",
    Quantity.SCORE: "{score}",
    Quantity.DURATION_S: "s",
    Quantity.DURATION_D: "d",
    Quantity.DURATION_WK: "wk",
    Quantity.DURATION_MO: "mo",
    Quantity.DURATION_A: "a",
    Quantity.LATENCY_MS: "ms",
    Quantity.FREQUENCY_HZ: "Hz",
    Quantity.COUNT: "{count}",
    Quantity.PER_100000: "1/(100000)",
    Quantity.PER_100000_A: "1/(100000.a)",
    Quantity.STATEMENT: None,
}


class Source(Noun):
    """A paper, label or page. ``citation`` is in our own words: who, where, when.

    ``unresolved`` says why there is neither DOI, PMID nor address; the reader is told.
    """

    key: str = Field(pattern=r"^[A-Z][A-Za-z0-9]+$")
    citation: str = Field(min_length=10)
    year: int | None = Field(default=None, ge=1800, le=2100)
    doi: str | None = Field(default=None, pattern=r"^10\.\d{4,}/\S+$")
    pmid: int | None = None
    url: str | None = None
    unresolved: str | None = None

    @model_validator(mode="after")
    def _check_identifier(self) -> Self:
        found = (self.doi, self.pmid, self.url)
        if all(each is None for each in found) != bool(self.unresolved):
            raise ValueError(f"source {self.key} needs a doi, pmid or url, or `unresolved`")
        return self


class EvidenceItem(Noun):
    """A published (or computed) number that software may show or use.

    Attributes
    ----------
    key : str
        ``topic.name``; the part before the dot is the topic.
    label : str
        The statement in plain words, without the number.
    quantity, value, unit : Quantity, float or None, str or None
        Fractions are of one, never per cent. A ``statement`` has neither value nor unit.
    bound : str or None
        ``<`` or ``>`` when the source gives only a limit.
    range : pair of float or None
        Smallest and largest value observed; not an interval of confidence.
    interval, level, interval_method : pair of float, float, str
        ``published``; or ours: ``wilson`` (from ``count`` out of ``n``), ``random_effects`` (of
        pooled series), ``prediction`` (for a new centre), ``moments`` (quantiles of a log-normal).
    count, n, n_unknown : int, int, str
        Numerator where there is one; size of the sample, or why it is not known.
    n_of : str
        What ``n`` counts: ``patients``, ``videos``.
    population, outcome : str
        About whom; and how the outcome was defined.
    sources : tuple of str
        Keys of the files ``sources*.toml``. May be empty only for an ``expert_rule``.
    conflicts : tuple of str
        Keys of items that disagree; always mutual, always shown together.
    note : str
        What a reader must know before using the number.

    Raises
    ------
    ValueError
        Unit and quantity do not fit, the interval misses the value or has no level, or neither
        ``n`` nor ``n_unknown`` is given.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    label: str = Field(min_length=10)
    quantity: Quantity
    value: float | None = None
    unit: str | None = None
    bound: Literal["<", ">"] | None = None
    range: tuple[float, float] | None = None
    interval: tuple[float, float] | None = None
    level: float | None = Field(default=None, gt=0, lt=1)
    interval_method: (
        Literal["published", "wilson", "random_effects", "prediction", "moments"] | None
    ) = None
    count: int | None = Field(default=None, ge=0)
    n: int | None = Field(default=None, ge=1)
    n_unknown: str | None = None
    n_of: str = "patients"
    population: str = Field(min_length=3)
    outcome: str = Field(min_length=3)
    year: int | None = None
    sources: tuple[str, ...] = ()
    read_depth: ReadDepth
    conflicts: tuple[str, ...] = ()
    note: str = ""

    @property
    def topic(self) -> str:
        """The part of the key before the dot."""
        return self.key.partition(".")[0]

    @field_validator("sources", "conflicts", mode="before")
    @classmethod
    def _one_or_many(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_number(self) -> Self:
        if self.unit != UNIT_OF_QUANTITY[self.quantity]:
            raise ValueError(
                f"{self.key}: a {self.quantity} is in {UNIT_OF_QUANTITY[self.quantity]!r}, "
                f"not {self.unit!r}"
            )
        stated = self.quantity is Quantity.STATEMENT
        if stated != (self.value is None and self.range is None):
            raise ValueError(f"{self.key}: a number needs a value or a range, a statement neither")
        if self.value is not None and self.quantity is Quantity.PROPORTION:
            _check_between(self.key, self.value, (0.0, 1.0), "0 to 1")
        for name, pair in (("interval", self.interval), ("range", self.range)):
            if pair is not None and pair[0] > pair[1]:
                raise ValueError(f"{self.key}: reversed {name} {pair}")
            if pair is not None and self.value is not None:
                _check_between(self.key, self.value, pair, name)
        return self

    @model_validator(mode="after")
    def _check_sample(self) -> Self:
        if (self.n is None) == (self.n_unknown is None):
            raise ValueError(f"{self.key}: give n, or n_unknown with the reason")
        if self.count is not None and (self.n is None or self.count > self.n):
            raise ValueError(f"{self.key}: count {self.count} of n {self.n}")
        has_interval = self.interval is not None
        if has_interval != (self.level is not None) or has_interval != bool(self.interval_method):
            raise ValueError(f"{self.key}: interval, level and interval_method go together")
        if not self.sources and self.read_depth is not ReadDepth.EXPERT_RULE:
            raise ValueError(f"{self.key}: no source, and not an expert rule")
        return self


def _check_between(key: str, value: float, pair: tuple[float, float], name: str) -> None:
    if not pair[0] <= value <= pair[1]:
        raise ValueError(f"{key}: value {value} lies outside its {name} {pair}")
