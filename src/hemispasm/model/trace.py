"""Signals over time, and the time spans worth watching."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from hemispasm.model.base import Noun
from hemispasm.model.side import ImageSide, Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Trace:
    """One signal: what was measured, on which side, when.

    Attributes
    ----------
    name : str
        ``eye_closure``, ``mouth_excursion``, ``brow_lift``, ``cheek_lift``, ``score`` …
    unit : str
        UCUM unit; ``1`` for a fraction.
    time_s, values : ndarray of shape (n,)
        Seconds from the first frame, and the value; NaN where not assessable.
    side : Side or None
        The patient's side; None with ``image_side`` set when mirroring is unknown.
    """

    name: str
    unit: str
    time_s: NDArray[np.float64]
    values: NDArray[np.float64]
    side: Side | None = None
    image_side: ImageSide | None = None
    meta: dict[str, Any] = field(default_factory=dict)


class Clip(Noun):
    """A time span of a recording that a person should look at, and why."""

    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)
    why: str
    event_id: str | None = None
