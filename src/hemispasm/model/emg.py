"""An EMG recording as the measurement sees it: channels with muscle and side, stimuli, signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from hemispasm.model.base import Noun
from hemispasm.model.side import Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Muscle(StrEnum):
    """Muscles that are recorded for hemifacial spasm. All but the masseter belong to the VII."""

    FRONTALIS = "frontalis"
    ORBICULARIS_OCULI = "orbicularis_oculi"
    ZYGOMATICUS = "zygomaticus"
    ORBICULARIS_ORIS = "orbicularis_oris"
    MENTALIS = "mentalis"
    PLATYSMA = "platysma"
    MASSETER = "masseter"
    OTHER = "other"


class Branch(StrEnum):
    """Branches of the facial nerve, as stimulated or recorded."""

    TEMPORAL = "temporal"
    ZYGOMATIC = "zygomatic"
    BUCCAL = "buccal"
    MANDIBULAR = "mandibular"
    CERVICAL = "cervical"
    TRUNK = "trunk"
    SUPRAORBITAL = "supraorbital"
    ARTERY = "artery"


class ChannelKind(StrEnum):
    """What a channel carries."""

    EMG = "emg"
    STIMULUS = "stimulus"
    SYNC = "sync"
    ECG = "ecg"
    OTHER = "other"


class EmgChannel(Noun):
    """One channel of a recording.

    Attributes
    ----------
    label : str
        As in the file.
    kind, muscle, side, branch
        What it records. ``side`` None: nobody said, and no side of the patient may be named.
    electrode : {"needle", "hook", "surface"}, optional
        Kind of electrode.
    rate_hz : float
        Samples per second of this channel.
    named_by : str
        Where muscle and side come from: ``sidecar``, ``channels_tsv``, ``label_rule`` (shown to the
        user), or ``nobody``.
    """

    label: str
    kind: ChannelKind = ChannelKind.EMG
    muscle: Muscle | None = None
    side: Side | None = None
    branch: Branch | None = None
    electrode: Literal["needle", "hook", "surface"] | None = None
    rate_hz: float = Field(gt=0)
    named_by: Literal["sidecar", "channels_tsv", "label_rule", "nobody"] = "nobody"


class StimulusInfo(Noun):
    """A site's protocol for one train of stimuli: fields, never constants.

    Attributes
    ----------
    site, side
        Stimulated branch (or the artery) and side; None: nobody said.
    intensity_ma, pulse_ms, rate_hz : float, optional
        As set on the stimulator.
    smallest_response_uv : float, optional
        Peak-to-peak size below which this site calls no response present. "Absent" is said only
        when a response of this size would have been seen.
    reduced_share : float, optional
        Share of the baseline amplitude below which this site calls a response reduced.
    """

    site: Branch | None = None
    side: Side | None = None
    intensity_ma: float | None = Field(default=None, ge=0)
    pulse_ms: float | None = Field(default=None, gt=0)
    rate_hz: float | None = Field(default=None, gt=0)
    smallest_response_uv: float | None = Field(default=None, gt=0)
    reduced_share: float | None = Field(default=None, gt=0, lt=1)


class Annotation(Noun):
    """A note of the recording: seconds from its first sample, on the file's own clock."""

    time_s: float
    duration_s: float = Field(default=0.0, ge=0)
    text: str


@dataclass(frozen=True)
class EmgRecording:
    """Signals in microvolt with what is known of each channel.

    Attributes
    ----------
    channels : tuple of EmgChannel
        One per signal.
    signals_uv : tuple of ndarray of float32 or float64, shape (n_samples,)
        Same order; a missing sample is NaN, and nothing is ever joined over a gap.
    start_s : float
        Time of the first sample on the recording's clock.
    stimuli_s : ndarray of float64
        Times of the stimuli in seconds from the first sample, as the annotations' times are; empty
        when there are none.
    stimulus : StimulusInfo
        Protocol of the train.
    annotations : tuple of Annotation
        All notes, stimuli included.
    line_hz : float or None
        Mains frequency when known.
    simulated : bool
        Marked as such in the file.
    notes : tuple of str
        What reading mended, left out or took from a rule, one ``code: sentence`` each.
    """

    channels: tuple[EmgChannel, ...]
    signals_uv: tuple[NDArray[np.floating], ...]
    stimuli_s: NDArray[np.float64]
    start_s: float = 0.0
    stimulus: StimulusInfo = field(default_factory=StimulusInfo)
    annotations: tuple[Annotation, ...] = ()
    line_hz: float | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the longest channel in seconds."""
        pairs = zip(self.channels, self.signals_uv, strict=True)
        return max((len(signal) / channel.rate_hz for channel, signal in pairs), default=0.0)

    def channel(self, muscle: Muscle, side: Side) -> int | None:
        """Return the index of the first EMG channel of a muscle and side, None without one."""
        for index, found in enumerate(self.channels):
            if found.kind is ChannelKind.EMG and (found.muscle, found.side) == (muscle, side):
                return index
        return None
