"""What a person says about an EMG file: muscle and side of each channel, and the stimulus."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hemispasm.model.base import Noun
from hemispasm.model.emg import Branch, ChannelKind, Muscle, StimulusInfo
from hemispasm.model.side import Side

VoltageUnit = Literal["nV", "uV", "mV", "V"]


class ChannelMontage(Noun):
    """One channel as a person describes it.

    Attributes
    ----------
    label : str
        As in the file.
    side : {"left", "right"}, optional
        The patient's side. Absent: nobody knows, and no finding will name one.
    unit : {"nV", "uV", "mV", "V"}, optional
        Unit of the file's numbers, where the file does not say it or says it wrongly.
    """

    label: str
    kind: ChannelKind = ChannelKind.EMG
    muscle: Muscle | None = None
    side: Literal[Side.LEFT, Side.RIGHT] | None = None
    branch: Branch | None = None
    electrode: Literal["needle", "hook", "surface"] | None = None
    unit: VoltageUnit | None = None


class StimulusMontage(StimulusInfo):
    """Where the stimuli stand in the file, with the site's protocol.

    Attributes
    ----------
    annotation : str
        Text of the annotations that mark a stimulus; upper and lower case are the same.
    channel : str, optional
        Label of a channel whose threshold crossings are the stimuli; it then takes the place of
        the annotations.
    threshold : float, optional
        Threshold on that channel, in microvolt, or in its own unit where that is no voltage.
        Negative: crossings downwards. Absent: half way between its rest and its farthest excursion.
    """

    annotation: str = "stimulus"
    channel: str | None = None
    threshold: float | None = None

    @property
    def info(self) -> StimulusInfo:
        """The protocol alone."""
        return StimulusInfo.model_validate(
            self.model_dump(include=set(StimulusInfo.model_fields.keys()))
        )


class EmgSidecar(Noun):
    """The JSON file beside an EMG recording. Every field may be absent; unknown stays unknown.

    Attributes
    ----------
    sync_annotation : str
        Text of the annotations that note a mark which a video shows too (a flash, a light, a
        clap); upper and lower case are the same.

    Examples
    --------
    >>> sidecar = EmgSidecar(channels=[{"label": "EMG1", "muscle": "mentalis", "side": "left"}])
    >>> sidecar.channels[0].side
    <Side.LEFT: 'left'>
    """

    schema_: Literal["hemispasm.emg-sidecar/1"] | None = Field(default=None, alias="schema")
    channels: tuple[ChannelMontage, ...] = ()
    stimulus: StimulusMontage = StimulusMontage()
    line_hz: float | None = Field(default=None, gt=0)
    device: str | None = None
    sync_annotation: str = Field(default="sync", min_length=1)
