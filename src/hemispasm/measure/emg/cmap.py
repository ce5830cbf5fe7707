"""The direct response of a muscle (M-wave, CMAP) and the ratio of both sides (ENoG)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.latency import Estimate, onset_ms, resampled
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.trains import prepare_train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import Branch, EmgRecording, Muscle
    from hemispasm.model.side import Side


@dataclass(frozen=True)
class Cmap:
    """The direct response of one muscle.

    Attributes
    ----------
    channel, muscle, side
        Where it was recorded.
    onset_ms, amplitude_uv : Estimate or None
        Onset latency and peak-to-peak size of the average; None when nothing rises above the noise.
    used, total : int
        Sweeps averaged, and sweeps of the train.
    site : Branch or None
        Stimulated branch.
    electrode : str or None
        Kind of recording electrode.
    """

    channel: str
    muscle: Muscle | None
    side: Side | None
    onset_ms: Estimate | None
    amplitude_uv: Estimate | None
    used: int
    total: int
    site: Branch | None = None
    electrode: str | None = None


@dataclass(frozen=True)
class SideRatio:
    """The direct response of one side over the other's.

    Attributes
    ----------
    side : Side or None
        The side whose response stands above the line; None when it is not known.
    muscle : Muscle or None
        In which muscle.
    ratio : Estimate or None
        None when the two must not be compared.
    reason : str or None
        Why not: ``side_unknown``, ``same_side``, ``other_muscle``, ``other_site``,
        ``other_electrode``, ``few_sweeps``, ``no_response_here``, ``no_response_there``.
    """

    side: Side | None
    muscle: Muscle | None
    ratio: Estimate | None
    reason: str | None = None


def measure_cmap(recording: EmgRecording, index: int, seed: int) -> Cmap:
    """Measure the direct response on one channel.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli of a branch that supplies the muscle.
    index : int
        Channel.
    seed : int
        Of the bootstrap draws.

    Returns
    -------
    Cmap
    """
    channel = recording.channels[index]
    late = evoked_limit("artefact", "late_start_ms")
    train = prepare_train(
        recording, index, model_direct=False, late_start_ms=late, after_ms=60.0,
        low_pass_hz=evoked_limit("cmap", "low_pass_hz"),
    )  # fmt: skip
    window = (evoked_limit("cmap", "first_ms"), evoked_limit("cmap", "last_ms"))
    inside = train.sweeps.window(*window)
    rows, weight = train.rows_uv, train.weight
    total = len(train.sweeps.reasons)
    where = channel.label, channel.muscle, channel.side
    how = recording.stimulus.site, channel.electrode
    nothing = Cmap(*where, None, None, train.count, total, *how)
    if train.count == 0:
        return nothing
    noise = max(train.average_noise_uv, 1e-6)

    def average(index: NDArray[np.int_]) -> NDArray[np.float64]:
        return np.asarray((weight[index] / weight[index].sum()) @ rows[index])

    def onset(index: NDArray[np.int_]) -> float | None:
        found = onset_ms(
            average(index), train.sweeps.time_ms, noise, window,
            evoked_limit("latency", "crossing_sd"), evoked_limit("cmap", "quiet_ms"),
            evoked_limit("cmap", "least_share"),
        )  # fmt: skip
        return None if found is None else found[0]

    def size(index: NDArray[np.int_]) -> float:
        return float(np.ptp(average(index)[inside]))

    every = np.arange(train.count)
    if np.abs(average(every)[inside]).max() < evoked_limit("cmap", "least_over_noise") * noise:
        return nothing
    first, whole = onset(every), size(every)
    early, loss = evoked_limit("cmap", "onset_error_ms"), evoked_limit("cmap", "size_error")
    return Cmap(
        *where,
        None if first is None else resampled(onset, first, train.count, seed, extra_sd=early),
        resampled(size, whole, train.count, seed, extra_sd=loss * whole),
        train.count,
        total,
        *how,
    )


def side_ratio(this: Cmap, other: Cmap) -> Estimate | None:
    """Return the amplitude of one side over the other's, with an interval.

    Parameters
    ----------
    this, other : Cmap
        The same muscle on the two sides.

    Returns
    -------
    Estimate or None
        None unless both are measured. The interval covers the spread between sweeps only; the
        placement of the electrodes adds more, and one examiner's repeats differ a lot.

    Examples
    --------
    >>> left = Cmap("L", None, None, None, Estimate(900.0, 850.0, 950.0), 10, 10)
    >>> right = Cmap("R", None, None, None, Estimate(1800.0, 1700.0, 1900.0), 10, 10)
    >>> round(side_ratio(left, right).value, 2)
    0.5
    """
    if this.amplitude_uv is None or other.amplitude_uv is None or other.amplitude_uv.value <= 0:
        return None
    a, b = this.amplitude_uv, other.amplitude_uv
    if not np.isfinite([a.high, b.high]).all():
        return Estimate(a.value / b.value, 0.0, float("inf"), a.level)
    spread = np.hypot((a.high - a.low) / (2 * max(a.value, 1e-9)), (b.high - b.low) / (2 * b.value))
    ratio = a.value / b.value
    return Estimate(ratio, float(ratio * np.exp(-spread)), float(ratio * np.exp(spread)), a.level)


def compare_sides(this: Cmap, other: Cmap) -> SideRatio:
    """Return the side ratio of two direct responses (electroneurography), or why there is none.

    Parameters
    ----------
    this, other : Cmap
        Of the two sides, from one recording or from two. Same muscle, same branch stimulated, same
        kind of electrode: otherwise the ratio would be of the set-up.

    Returns
    -------
    SideRatio
        A side without any response has no ratio here: whether the nerve is silent or was missed by
        the stimulus, a number cannot say.

    Examples
    --------
    >>> from hemispasm.model.emg import Branch, Muscle
    >>> from hemispasm.model.side import Side
    >>> def made(side, size, site=Branch.MANDIBULAR):
    ...     sized = Estimate(size, size - 50, size + 50)
    ...     return Cmap("M", Muscle.MENTALIS, side, None, sized, 10, 10, site, "surface")
    >>> found = compare_sides(made(Side.LEFT, 900.0), made(Side.RIGHT, 1800.0))
    >>> found.side.value, round(found.ratio.value, 2)
    ('left', 0.5)
    >>> compare_sides(made(Side.LEFT, 900.0), made(Side.RIGHT, 900.0, Branch.TRUNK)).reason
    'other_site'
    """
    reason = _why_not(this, other)
    ratio = None if reason else side_ratio(this, other)
    return SideRatio(this.side, this.muscle, ratio, reason)


def _why_not(this: Cmap, other: Cmap) -> str | None:
    if this.side is None or other.side is None:
        return "side_unknown"
    if this.side is not other.side.other:
        return "same_side"
    if this.muscle is None or this.muscle is not other.muscle:
        return "other_muscle"
    if this.site is not other.site:
        return "other_site"
    if this.electrode != other.electrode:
        return "other_electrode"
    if min(this.used, other.used) < int(evoked_limit("cmap", "fewest_sweeps")):
        return "few_sweeps"
    if this.amplitude_uv is None or this.amplitude_uv.value <= 0:
        return "no_response_here"
    if other.amplitude_uv is None or other.amplitude_uv.value <= 0:
        return "no_response_there"
    return None
