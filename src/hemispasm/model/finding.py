"""The one currency: a finding, and the document that carries a recording's findings."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.event import Event
from hemispasm.model.quality import Grade, Quality
from hemispasm.model.side import ImageSide, Side
from hemispasm.model.trace import Clip
from hemispasm.model.vocabulary import lookup_code

_CONFLICT = ("segment", "vessel", "candidate")

FINDINGS_SCHEMA: Literal["hemispasm.findings/1"] = "hemispasm.findings/1"


class TimeSpan(Noun):
    """Part of a recording, seconds from its first frame or sample."""

    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)


class Origin(StrEnum):
    """Who found it: a measurement of ours, the examiner, the patient, or somebody else's report."""

    MEASURED = "measured"
    EXAMINED = "examined"
    TOLD = "told"
    REPORTED = "reported"


class RecordingRef(Noun):
    """Which recording, by content and never by name.

    A ``joint`` one is a video and an EMG recording on one clock; its hash is that of both hashes.
    """

    kind: Literal["video", "emg", "imaging", "exam", "joint"]
    sha256: str
    duration_s: float | None = None
    span: TimeSpan | None = None
    simulated: bool = False


class Finding(Noun):
    """A measured or recorded value with unit, interval, quality, method and source.

    Extra keys are allowed only where the vocabulary declares them for the code. ``origin`` says
    whether we measured it, an examiner saw it, the patient told it, or a report said it.

    Raises
    ------
    ValueError
        Unknown code, wrong unit, undeclared extra key, or both ``side`` and ``image_side``.

    Examples
    --------
    >>> f = Finding(code="video.spasm_rate", side="left", value=14.5, unit="/min",
    ...             interval=(7.1, 25.4), count_interval=(13.4, 15.5), level=0.95,
    ...             quality="measurable", method="video/1", count=14)
    >>> f.extra("count")
    14
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    code: str
    side: Side | None = None
    image_side: ImageSide | None = None
    value: float | str | None
    unit: str | None = None
    interval: tuple[float, float] | None = None
    level: float | None = Field(default=None, gt=0, lt=1)
    quality: Grade
    method: str
    recording: RecordingRef | None = None
    reason: str | None = None
    origin: Origin = Origin.MEASURED

    @model_validator(mode="after")
    def _check_vocabulary(self) -> Self:
        definition = lookup_code(self.code)
        if self.value is not None and self.unit != definition.unit:
            raise ValueError(f"{self.code} is in {definition.unit!r}, not {self.unit!r}")
        if isinstance(self.value, str) and self.value not in definition.values:
            raise ValueError(f"{self.code} takes {definition.values}, not {self.value!r}")
        undeclared = set(self.model_extra or {}) - set(definition.extra)
        if undeclared:
            raise ValueError(f"{self.code} declares no extra key {sorted(undeclared)}")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise ValueError(f"{self.code} has a reversed interval {self.interval}")
        if self.side is not None and self.image_side is not None:
            raise ValueError(f"{self.code} names a side and an image side; give one")
        return self

    @property
    def key(self) -> str:
        """Name of this finding within its recording, for a review to point at.

        Examples
        --------
        >>> Finding(code="video.affected_side", value="left", quality="measurable",
        ...         method="video/1").key
        'video.affected_side'

        Where nobody stated the side, the channel tells findings of one code apart:

        >>> Finding(code="emg.burst_rate", value=3.0, unit="/min", quality="limited",
        ...         method="emg/1", channel="EMG 1").key
        'emg.burst_rate@EMG 1'

        Several vessels and stretches of a nerve are measured on one side:

        >>> Finding(code="imaging.vessel_contact", side="left", value="present", quality="limited",
        ...         method="imaging/1", segment="transition", vessel="aica", candidate="v1").key
        'imaging.vessel_contact:left:transition:aica:v1'
        """
        side = self.side or self.image_side
        if side is not None:
            # A vessel read off somebody's report is one a side, and named by its side alone; one
            # that was measured keeps its name when a person has set its value.
            measured = self.origin is Origin.MEASURED or self.extra("candidate") is not None
            apart = _CONFLICT if measured else ()
            told = (self.extra(name) for name in apart)
            return ":".join([self.code, str(side), *(str(one) for one in told if one is not None)])
        channel = self.extra("channel")
        # A slash parts recording and finding where a person names one.
        return self.code if channel is None else f"{self.code}@{str(channel).replace('/', '|')}"

    def extra(self, key: str, default: Any = None) -> Any:
        """Return an extra key declared for this code, or the default."""
        return (self.model_extra or {}).get(key, default)


class Provenance(Noun):
    """What made the document. Times and versions, never names or paths."""

    hemispasm: str
    assets: dict[str, str] = Field(default_factory=dict)
    seconds: float | None = None
    settings: dict[str, str | float | bool | None] = Field(default_factory=dict)
    created: str | None = None


class FindingsDocument(Noun):
    """Everything that one recording yielded; ``schemas/findings-1.json`` is its JSON Schema."""

    schema_: Literal["hemispasm.findings/1"] = Field(default=FINDINGS_SCHEMA, alias="schema")
    recording: RecordingRef
    quality: Quality
    findings: tuple[Finding, ...] = ()
    events: tuple[Event, ...] = ()
    clips: tuple[Clip, ...] = ()
    provenance: Provenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    def find(self, code: str, side: Side | None = None) -> Finding | None:
        """Return the first finding with this code (and side, when one is given)."""
        for finding in self.findings:
            if finding.code == code and (side is None or finding.side == side):
                return finding
        return None

    def to_json(self) -> dict[str, Any]:
        """Return plain data in the published shape."""
        return self.model_dump(mode="json", by_alias=True)
