"""What measuring spontaneous activity returns: channels, sides, verdict, quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.measure.emg.accompanied import Company
    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.measure.emg.channel_quality import ChannelQuality
    from hemispasm.measure.emg.coupling import Coupling
    from hemispasm.measure.emg.masseter import MasseterActivity
    from hemispasm.measure.emg.measured import Measured
    from hemispasm.measure.emg.patterns import PatternFinding
    from hemispasm.measure.emg.side import SideVerdict
    from hemispasm.measure.emg.spasms import Spasm
    from hemispasm.measure.emg.spontaneous_sides import SideFeatures
    from hemispasm.model import Quality
    from hemispasm.model.emg import EmgChannel

METHOD = "emg_spontaneous/1"


@dataclass(frozen=True)
class ChannelBursts:
    """What one channel shows.

    Attributes
    ----------
    index : int
        Place in the recording.
    channel : EmgChannel
        Label, muscle and side.
    quality : ChannelQuality
        Grade, reasons and background.
    bursts : tuple of Burst
        All bursts in order, each with its label; empty when the channel is not assessable.
    rate : Measured
        Spontaneous bursts per minute.
    conducted_from : dict of str to float
        Labels of channels whose muscles this electrode hears, with the share of their amplitude
        that was taken out.
    """

    index: int
    channel: EmgChannel
    quality: ChannelQuality
    bursts: tuple[Burst, ...]
    rate: Measured
    conducted_from: dict[str, float]

    @property
    def spontaneous(self) -> tuple[Burst, ...]:
        """Bursts of this side alone, outside marked movements."""
        return tuple(b for b in self.bursts if b.label == "spontaneous")


@dataclass(frozen=True)
class SideActivity:
    """What the channels of one side show together.

    Attributes
    ----------
    side : Side
        From the montage.
    channels : tuple of int
        Places in the recording of the channels behind it (muscles of the facial nerve only).
    analysed_s : float
        Seconds of the best of them.
    bursts : tuple of Burst
        Bursts of the side with their labels.
    spasms : tuple of Spasm
        Spontaneous bursts merged.
    features : SideFeatures
        Numbers with intervals.
    patterns : tuple of PatternFinding
        Named patterns, each with the numbers behind it.
    blink_coupling : Coupling or None
        How often the lower face of this side fires with a blink.
    movement_coupling : Coupling or None
        Share of this side's bursts within movements that the recording marks.
    company : tuple of Company
        What the same muscles of the other side do during these bursts, below detection.
    """

    side: Side
    channels: tuple[int, ...]
    analysed_s: float
    bursts: tuple[Burst, ...]
    spasms: tuple[Spasm, ...]
    features: SideFeatures
    patterns: tuple[PatternFinding, ...]
    blink_coupling: Coupling | None
    movement_coupling: Coupling | None
    company: tuple[Company, ...] = ()

    @property
    def spontaneous(self) -> tuple[Burst, ...]:
        """Bursts of this side alone, outside marked movements."""
        return tuple(b for b in self.bursts if b.label == "spontaneous")

    def pattern(self, name: str) -> PatternFinding:
        """Return one named pattern.

        Raises
        ------
        KeyError
            No pattern of this name is looked for.
        """
        for found in self.patterns:
            if found.name == name:
                return found
        raise KeyError(name)


@dataclass(frozen=True)
class SpontaneousResult:
    """Everything measured in spontaneous activity.

    Attributes
    ----------
    channels : tuple of ChannelBursts
        Every EMG channel, also those without a side.
    sides : tuple of SideActivity
        Left and right, as far as the montage names channels of them.
    verdict : SideVerdict
        Affected side, with exclusivity and why.
    quality : Quality
        Grade of the recording.
    blinks_s : tuple of float
        Blinks, marked or found.
    masseter : tuple of MasseterActivity
        Jaw-closing muscles, which belong to another nerve; empty when none is recorded.
    method : str
        Name and version.
    """

    channels: tuple[ChannelBursts, ...]
    sides: tuple[SideActivity, ...]
    verdict: SideVerdict
    quality: Quality
    blinks_s: tuple[float, ...] = ()
    masseter: tuple[MasseterActivity, ...] = ()
    method: str = METHOD

    def side(self, side: Side) -> SideActivity | None:
        """Return one side, None when no channel records it."""
        return next((s for s in self.sides if s.side is side), None)
