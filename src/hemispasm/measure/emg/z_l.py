"""The Z-L response: muscle activity after stimulation of the wall of the offending artery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.measure.emg.lateral_spread import EvokedResponse, measure_response
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.trains import prepare_train
from hemispasm.model.emg import ChannelKind, Muscle

if TYPE_CHECKING:
    from hemispasm.model.emg import EmgRecording
    from hemispasm.model.side import Side


@dataclass(frozen=True)
class ArteryResponse:
    """The Z-L response of one muscle.

    Attributes
    ----------
    channel : str
        Label in the file.
    muscle : Muscle
        Where it was looked for.
    side : Side or None
        The patient's side, None when the montage does not say.
    response : EvokedResponse
        What was found.
    """

    channel: str
    muscle: Muscle
    side: Side | None
    response: EvokedResponse


def measure_z_l(recording: EmgRecording, seed: int) -> tuple[ArteryResponse, ...]:
    """Measure the Z-L response in every facial muscle of the operated side.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli at the artery.
    seed : int
        Of sign patterns and draws.

    Returns
    -------
    tuple of ArteryResponse
        The artery is stimulated far from the muscles: there is no direct response, and the window
        begins earlier than that of the lateral spread.
    """
    window = (evoked_limit("z_l", "first_ms"), evoked_limit("z_l", "last_ms"))
    late = evoked_limit("artefact", "late_start_ms")
    info = recording.stimulus
    found = []
    for index, channel in enumerate(recording.channels):
        muscle = channel.muscle
        if channel.kind is not ChannelKind.EMG or muscle in (None, Muscle.MASSETER, Muscle.OTHER):
            continue
        if None not in (channel.side, info.side) and channel.side is not info.side:
            continue
        train = prepare_train(
            recording, index, model_direct=False, late_start_ms=late, after_ms=60.0,
            response_weight=evoked_limit("artefact", "response_weight"),
        )  # fmt: skip
        assert muscle is not None
        response = measure_response(train, window, info, seed)
        found.append(ArteryResponse(channel.label, muscle, channel.side, response))
    return tuple(found)
