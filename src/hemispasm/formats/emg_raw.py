"""What a reader of one file format hands on, before anybody says what the channels are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hemispasm.model.emg import Annotation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class RawSignal:
    """One signal as the file holds it.

    ``values`` are microvolt where ``is_voltage``, else in the file's own unit; ``unit`` is the text
    that the file gives.
    """

    label: str
    rate_hz: float
    values: NDArray[np.floating]
    is_voltage: bool
    unit: str = ""


@dataclass(frozen=True)
class RawSegment:
    """What was recorded without a pause.

    Attributes
    ----------
    signals : tuple of RawSignal
        In the order of the file.
    annotations : tuple of Annotation
        Times from the first sample of the segment.
    start_s : float
        Seconds from the first sample of the file to the first of the segment.
    started_at : datetime or None
        By the recorder's clock.
    is_start_exact : bool
        Whether ``started_at`` is known to fractions of a second; a plain EDF header is not.
    simulated : bool
        Marked as such in the file.
    notes : tuple of str
        What was wrong with the file, one ``code: sentence`` each.
    """

    signals: tuple[RawSignal, ...]
    annotations: tuple[Annotation, ...] = ()
    start_s: float = 0.0
    started_at: datetime | None = None
    is_start_exact: bool = False
    simulated: bool = False
    notes: tuple[str, ...] = ()
