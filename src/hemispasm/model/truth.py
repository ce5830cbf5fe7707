"""What a simulator knows about the recording it made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.event import EventKind, Pattern, Region
from hemispasm.model.side import Mirrored, Side

TRUTH_SCHEMA: Literal["hemispasm.truth/1"] = "hemispasm.truth/1"


class TruthEvent(Noun):
    """An event as it was made, with its cause.

    ``cause`` names why it happened (``ectopic``, ``spontaneous_blink``, ``cued_smile``,
    ``deliberate_wink``, ``blepharospasm``, ``synkinesis``, ``tic``, ``speech``).
    ``measures`` holds true values: ``peak_closure`` (fraction of lid gap lost, 0-1),
    ``frequency_hz``, ``upper_lower_lag_ms``, ``brow_lift`` …
    """

    kind: EventKind | Literal["wink", "tic", "speech"]
    side: Side
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)
    pattern: Pattern | None = None
    region: tuple[Region, ...] = ()
    cause: str
    measures: dict[str, float] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()


class Truth(Noun):
    """Written beside every simulated recording as ``<name>.truth.json``.

    ``frames`` maps a name with its unit (``time_s``, ``lid_gap_left_mm``, ``lid_gap_right_mm``,
    ``closure_left``, ``closure_right``, ``mouth_left``, ``mouth_right``, ``brow_left``,
    ``brow_right``, ``spasm_left``, ``spasm_right``, ``yaw_deg``, ``pitch_deg``, ``roll_deg``)
    to one value per frame.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.truth/1"] = Field(default=TRUTH_SCHEMA, alias="schema")
    generator: str
    scenario: str
    seed: int
    affected_side: Literal["left", "right", "both", "none_seen"]
    mirrored: Mirrored = Mirrored.NO
    frame_rate_hz: float
    duration_s: float
    events: tuple[TruthEvent, ...] = ()
    frames: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    values: dict[str, float] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
