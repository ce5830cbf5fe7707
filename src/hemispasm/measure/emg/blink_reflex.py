"""The blink reflex: R1, R2 on both sides, and whether the lower face answers too.

R1 repeats wave by wave and is tested like any evoked response. R2 is a burst whose single waves
differ from sweep to sweep; it is tested by its power against the quiet part of the same sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.emg.evoked_statistic import sign_patterns
from hemispasm.measure.emg.latency import Estimate, burst_onset_ms, resampled
from hemispasm.measure.emg.lateral_spread import (
    EvokedResponse,
    Presence,
    doubt_of_absence,
    measure_response,
    why_so_few,
)
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.spill import without_spill
from hemispasm.measure.emg.trains import Train, prepare_train
from hemispasm.model.emg import ChannelKind, Muscle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgRecording
    from hemispasm.model.side import Side

LOWER_FACE = (Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS, Muscle.ZYGOMATICUS, Muscle.PLATYSMA)


@dataclass(frozen=True)
class BlinkComponent:
    """One component of the reflex on one channel.

    Attributes
    ----------
    kind : {"R1", "R2", "R2c"}
        ``R2c`` is R2 on the side that was not stimulated; without known sides R2 is used for both.
    channel, muscle, side
        Where it was recorded.
    response : EvokedResponse
        What was found; the amplitude of R2 is that of its smoothed rectified average.
    """

    kind: Literal["R1", "R2", "R2c"]
    channel: str
    muscle: Muscle
    side: Side | None
    response: EvokedResponse


@dataclass(frozen=True)
class Synkinesis:
    """Whether the lower face of one side answers with the blink.

    Attributes
    ----------
    side : Side or None
        The patient's side; None when the montage does not say.
    state : {"present", "absent", "undetermined"}
        By the rule in :func:`measure_blink_reflex`.
    channel : str
        Channel with the clearest response.
    latency_ms : Estimate or None
        Onset of that response.
    p : float
        Of its test, corrected for the components that were looked at.
    reasons : tuple of str
        In codes, such as ``other_side_not_recorded``.
    """

    side: Side | None
    state: Presence
    channel: str
    latency_ms: Estimate | None
    p: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class BlinkReflex:
    """R1, R2 and R2c of the eye muscles and the same windows of the lower face."""

    stimulated_side: Side | None
    components: tuple[BlinkComponent, ...]
    synkineses: tuple[Synkinesis, ...]

    @property
    def counts(self) -> list[tuple[int, int]]:
        """Used and total sweeps of every component."""
        return [(one.response.used, one.response.total) for one in self.components]

    def find(self, kind: str, muscle: Muscle, side: Side | None) -> BlinkComponent | None:
        """Return one component, None when it was not recorded."""
        for one in self.components:
            if (one.kind, one.muscle, one.side) == (kind, muscle, side):
                return one
        return None


def measure_blink_reflex(recording: EmgRecording, seed: int) -> BlinkReflex:
    """Measure the blink reflex after supraorbital stimulation.

    Parameters
    ----------
    recording : EmgRecording
        With the stimulated side in its protocol.
    seed : int
        Of sign patterns and draws.

    Returns
    -------
    BlinkReflex
        The synkinetic rule: a lower facial muscle answers at the time of R1 or R2, beyond what
        volume conduction from the eye muscle of its side explains, and the same muscle of the
        other side answers not at all or clearly less.
    """
    trains = _trains(recording)
    components: list[BlinkComponent] = []
    stimulated = recording.stimulus.side
    for index, train in trains.items():
        channel = recording.channels[index]
        assert channel.muscle is not None
        if channel.muscle in LOWER_FACE:
            train = _without_eye(train, _eye_train(recording, trains, channel.side))
        same = channel.side is None or stimulated is None or channel.side is stimulated
        if same:
            window = evoked_limit("blink", "r1_first_ms"), evoked_limit("blink", "r1_last_ms")
            early = measure_response(train, window, recording.stimulus, seed)
            components.append(
                BlinkComponent("R1", channel.label, channel.muscle, channel.side, early)
            )
        late = _measure_r2(train, recording, seed)
        kind: Literal["R2", "R2c"] = "R2" if same else "R2c"
        components.append(BlinkComponent(kind, channel.label, channel.muscle, channel.side, late))
    found = tuple(components)
    sides = list(dict.fromkeys(one.side for one in found if one.muscle in LOWER_FACE))
    return BlinkReflex(stimulated, found, tuple(_judge(found, side) for side in sides))


def _trains(recording: EmgRecording) -> dict[int, Train]:
    wanted = (Muscle.ORBICULARIS_OCULI, *LOWER_FACE)
    return {
        index: prepare_train(
            recording, index, model_direct=False,
            late_start_ms=evoked_limit("blink", "late_start_ms"),
            after_ms=evoked_limit("blink", "after_ms"),
            response_weight=evoked_limit("artefact", "response_weight"),
        )
        for index, channel in enumerate(recording.channels)
        if channel.kind is ChannelKind.EMG and channel.muscle in wanted
    }  # fmt: skip


def _eye_train(
    recording: EmgRecording, trains: dict[int, Train], side: Side | None
) -> Train | None:
    for index, train in trains.items():
        channel = recording.channels[index]
        if channel.muscle is Muscle.ORBICULARIS_OCULI and channel.side is side:
            return train
    return None


def _without_eye(train: Train, eye: Train | None) -> Train:
    """Return the sweeps without the copy of the eye muscle's signal that the skin conducts."""
    if eye is None or train.sweeps.data_uv.shape != eye.sweeps.data_uv.shape:
        return train
    part = train.sweeps.window(
        evoked_limit("blink", "r1_first_ms"), evoked_limit("blink", "r2_last_ms")
    )
    both = train.sweeps.kept & eye.sweeps.kept
    source, target = eye.sweeps.data_uv[both][:, part], train.sweeps.data_uv[both][:, part]
    power = float(np.sum(np.square(source)))
    if power <= 0:
        return train
    gain = float(np.sum(source * target)) / power
    return without_spill(train, [eye], np.array([gain]))


def _measure_r2(train: Train, recording: EmgRecording, seed: int) -> EvokedResponse:
    total = len(train.sweeps.reasons)
    if train.count < 2 or not train.quiet.any():
        return EvokedResponse(
            "undetermined", 1.0, 0.0, "cross_sweep", train.count, total, train.rejected,
            reasons=(why_so_few(train),),
        )  # fmt: skip
    window = evoked_limit("blink", "r2_first_ms"), evoked_limit("blink", "r2_last_ms")
    envelope = _envelope(train)
    inside, quiet = train.sweeps.window(*window), train.quiet
    power = np.log(np.mean(np.square(train.rows_uv[:, inside]), axis=1) + 1e-9)
    rest = np.log(np.mean(np.square(train.rows_uv[:, quiet]), axis=1) + 1e-9)
    excess = power - rest
    patterns = int(evoked_limit("lateral_spread", "flips"))
    flipped = sign_patterns(train.count, seed, patterns) @ excess
    p = float(np.mean(flipped >= excess.sum() - 1e-9))
    average = train.weight @ envelope
    level, spread = float(average[quiet].mean()), float(average[quiet].std())
    score = float((average[inside].max() - level) / max(spread, 1e-9))
    few = int(evoked_limit("lateral_spread", "fewest_sweeps"))
    state: Presence = "present" if p < evoked_limit("lateral_spread", "p_max") else "absent"
    if train.count < few:
        state = "undetermined"
    smallest = recording.stimulus.smallest_response_uv
    detectable = float(2 * evoked_limit("blink", "crossing_sd") * spread)
    smallest = smallest or evoked_limit("lateral_spread", "smallest_uv")
    reasons: tuple[str, ...] = (why_so_few(train),) if train.count < few else ()
    if state == "absent" and detectable > smallest:
        state, reasons = "undetermined", ("too_few_sweeps_for_the_noise",)
    elif state == "absent" and (doubt := doubt_of_absence(train)) is not None:
        state, reasons = "undetermined", (doubt,)
    response = EvokedResponse(
        state, p, score, "cross_sweep", train.count, total, train.rejected,
        detectable_uv=detectable, more_sweeps=few - train.count if train.count < few else None,
        reasons=reasons,
    )  # fmt: skip
    return (
        _with_r2_sizes(response, train, envelope, window, seed) if state == "present" else response
    )


def _with_r2_sizes(
    response: EvokedResponse,
    train: Train,
    envelope: NDArray[np.float64],
    window: tuple[float, float],
    seed: int,
) -> EvokedResponse:
    quiet, inside = train.quiet, train.sweeps.window(*window)

    def average(index: NDArray[np.int_]) -> NDArray[np.float64]:
        drawn = train.weight[index] / train.weight[index].sum()
        trace = drawn @ envelope[index]
        return np.asarray(trace - trace[quiet].mean())

    time = train.sweeps.time_ms

    def clear(trace: NDArray[np.float64]) -> bool:
        limit = evoked_limit("blink", "crossing_sd") * float(trace[quiet].std())
        return float(trace[inside].max()) > limit

    def onset(index: NDArray[np.int_]) -> float | None:
        trace = average(index)
        share = evoked_limit("blink", "onset_share")
        return burst_onset_ms(trace, time, window, share) if clear(trace) else None

    def peak(index: NDArray[np.int_]) -> float | None:
        trace = average(index)
        return float(time[inside][np.argmax(trace[inside])]) if clear(trace) else None

    def size(index: NDArray[np.int_]) -> float:
        return float(average(index)[inside].max())

    every = np.arange(train.count)
    first, top = onset(every), peak(every)
    error = evoked_limit("blink", "onset_error_ms")
    values = dict(vars(response))
    values.update(
        onset_ms=None
        if first is None
        else resampled(onset, first, train.count, seed, extra_sd=error),
        peak_ms=None if top is None else resampled(peak, top, train.count, seed),
        amplitude_uv=resampled(size, size(every), train.count, seed),
    )
    return EvokedResponse(**values)


def _envelope(train: Train) -> NDArray[np.float64]:
    width = max(round(evoked_limit("blink", "envelope_ms") * train.sweeps.rate_hz / 1000), 1)
    kernel = np.ones(width) / width
    return np.stack([np.convolve(row, kernel, "same") for row in np.abs(train.rows_uv)])


def _judge(components: tuple[BlinkComponent, ...], side: Side | None) -> Synkinesis:
    here = [one for one in components if one.muscle in LOWER_FACE and one.side is side]
    best = min(here, key=lambda one: (one.response.p, -one.response.score))
    p = min(1.0, best.response.p * len(here))
    latency = best.response.onset_ms
    if all(one.response.state == "undetermined" for one in here):
        return Synkinesis(side, "undetermined", best.channel, None, p, best.response.reasons)
    if best.response.state != "present" or p >= evoked_limit("lateral_spread", "p_max"):
        quiet = all(one.response.state == "absent" for one in here)
        state: Presence = "absent" if quiet else "undetermined"
        return Synkinesis(side, state, best.channel, None, p)
    if side is None:
        return Synkinesis(None, "present", best.channel, latency, p, ("side_unknown",))
    there = [
        one
        for one in components
        if one.muscle is best.muscle and one.side is side.other and one.kind[:2] == best.kind[:2]
    ]
    if not there:
        # R1 exists on the stimulated side only, so its absence elsewhere needs no recording.
        reasons = () if best.kind == "R1" else ("other_side_not_recorded",)
        return Synkinesis(side, "present", best.channel, latency, p, reasons)
    other = there[0].response
    share = evoked_limit("blink", "other_side_share")
    if other.state == "present" and other.amplitude_uv and best.response.amplitude_uv:
        ratio = other.amplitude_uv.value / max(best.response.amplitude_uv.value, 1e-9)
        if ratio >= share:
            return Synkinesis(
                side, "undetermined", best.channel, latency, p, ("other_side_answers_too",)
            )
    if other.state == "undetermined":
        reasons = ("other_side_not_assessable",)
        return Synkinesis(side, "present", best.channel, latency, p, reasons)
    return Synkinesis(side, "present", best.channel, latency, p)
