"""The lateral spread response: is it there, when does it come, how large is it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.emg.evoked_statistic import EvokedPower, evoked_power, null_scores
from hemispasm.measure.emg.latency import Estimate, latency_change, onset_ms, resampled, slopes
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.template import Match, Template, late_starts, match_template

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.trains import Train
    from hemispasm.model.emg import StimulusInfo

Presence = Literal["present", "absent", "undetermined"]
MENDED_BY_MORE = ("too_few_sweeps", "cautery", "movement")


@dataclass(frozen=True)
class EvokedResponse:
    """A response that repeats with the stimulus, in one window of one channel.

    Attributes
    ----------
    state : {"present", "absent", "undetermined"}
        ``absent`` only when a response of the site's smallest size would have been seen.
    p : float
        Of the test that decided; 1 when nothing could be tested.
    score : float
        Grows with the evidence for presence, without limit.
    method : {"cross_sweep", "own_template"}
        Which test decided.
    used, total : int
        Sweeps averaged, and sweeps of the train.
    rejected : dict
        Sweeps left out, by reason.
    onset_ms, peak_ms, amplitude_uv : Estimate or None
        Latencies and peak-to-peak size of the average; only of a response that is present.
    latency_change_ms, amplitude_ratio : Estimate or None
        Against the baseline, when one was given and the response is present.
    detectable_uv : float
        Smallest peak-to-peak size that these sweeps could have shown.
    more_sweeps : int or None
        How many more would settle it; None when settled, or when the noise has to be mended first.
    reasons : tuple of str
        Why it is undetermined, in codes.
    baseline_reason : str or None
        Why a baseline that was given could not be used: ``no_such_channel``, ``other_protocol``,
        ``other_clock``, ``no_response``, or why it has too few usable sweeps.
    """

    state: Presence
    p: float
    score: float
    method: Literal["cross_sweep", "own_template"]
    used: int
    total: int
    rejected: dict[str, int] = field(default_factory=dict)
    onset_ms: Estimate | None = None
    peak_ms: Estimate | None = None
    amplitude_uv: Estimate | None = None
    latency_change_ms: Estimate | None = None
    amplitude_ratio: Estimate | None = None
    detectable_uv: float = float("inf")
    more_sweeps: int | None = None
    reasons: tuple[str, ...] = ()
    baseline_reason: str | None = None


def measure_response(
    train: Train,
    window_ms: tuple[float, float],
    protocol: StimulusInfo,
    seed: int,
    baseline: Train | None = None,
) -> EvokedResponse:
    """Measure a response that repeats with the stimulus.

    Parameters
    ----------
    train : Train
        From :func:`hemispasm.measure.emg.trains.prepare_train`.
    window_ms : tuple of float
        Where the response may lie.
    protocol : StimulusInfo
        The site's smallest response, when it states one.
    seed : int
        Of sign patterns and draws.
    baseline : Train, optional
        Sweeps of the same channel with the response; it becomes the template.

    Returns
    -------
    EvokedResponse
    """
    total = len(train.sweeps.reasons)
    if train.count < 2 or not train.late.any():
        reason = "sweeps_too_short" if train.count >= 2 else why_so_few(train)
        more = int(evoked_limit("lateral_spread", "fewest_sweeps")) - train.count
        return EvokedResponse(
            "undetermined", 1.0, 0.0, "cross_sweep", train.count, total, train.rejected,
            more_sweeps=more if reason in MENDED_BY_MORE else None, reasons=(reason,),
        )  # fmt: skip
    power = _power(train, window_ms, seed)
    template = None if baseline is None else learn_template(baseline, window_ms, seed)
    unused = None
    if baseline is not None and template is None:
        few = baseline.count < int(evoked_limit("lateral_spread", "fewest_sweeps"))
        unused = why_so_few(baseline) if few else "no_response"
    elif baseline is not None and not _same_clock(train, baseline):
        template, unused = None, "other_clock"
    if template is not None and baseline is not None:
        match = _match(train, template, seed)
        shown = _decide_by_template(train, template, match, protocol)
        method: Literal["cross_sweep", "own_template"] = "own_template"
        p, score = match.p, match.z
    else:
        match = None
        # What counts for less in the test must not be missing from what absence rules out.
        doubtful = train.spill_doubt_uv.any()
        whole = _power(train, window_ms, seed, evened=False) if doubtful else power
        shown = _decide_by_power(train, power, whole, protocol)
        method, p, score = "cross_sweep", power.p, power.score
    if shown.state == "absent" and (doubt := doubt_of_absence(train)) is not None:
        shown = replace(shown, state="undetermined", reasons=(doubt,))
    if shown.state == "present" and _runs_in(train, window_ms):
        shown = replace(shown, state="undetermined", reasons=("direct_response_in_window",))
    response = EvokedResponse(
        shown.state, p, score, method, train.count, total, train.rejected,
        detectable_uv=shown.detectable_uv, more_sweeps=shown.more, reasons=shown.reasons,
        baseline_reason=unused,
    )  # fmt: skip
    if shown.state != "present":
        return response
    return _with_sizes(response, train, window_ms, seed, baseline, template, match)


def _runs_in(train: Train, window_ms: tuple[float, float]) -> bool:
    """Return whether the muscle's own direct response goes on in the window of another."""
    # Up to here the low-pass alone spreads the end of a direct response.
    edge = max(window_ms[0], evoked_limit("latency", "edge_end_ms"))
    return train.direct_end_ms is not None and train.direct_end_ms > edge


def why_so_few(train: Train) -> str:
    """Return why a train has too few usable sweeps: the reason that took most of them.

    A channel that is flat, or whose stimuli were not given, is not mended by more sweeps.
    """
    lost, total = train.rejected, len(train.sweeps.reasons)
    if sum(lost.values()) < evoked_limit("contact", "used_share") * max(total, 1):
        return "too_few_sweeps"
    return max(lost, key=lambda reason: lost[reason])


def doubt_of_absence(train: Train) -> str | None:
    """Return why an empty average does not show that there is no response, None when it does.

    Parameters
    ----------
    train : Train
        Most of its sweeps must be used, and the channel must show that it is connected: by the
        stimulus artefact, or by as much noise as electrode and skin make.
    """
    total = len(train.sweeps.reasons)
    if train.count < evoked_limit("contact", "used_share") * total:
        return f"most_sweeps_left_out: {why_so_few(train)}"
    if train.contact.artefact_seen:
        return None
    quiet = train.noise_uv < evoked_limit("contact", "live_uv")
    return "no_contact" if quiet or train.louder_with_artefact else None


def learn_template(baseline: Train, window_ms: tuple[float, float], seed: int) -> Template | None:
    """Return the response of a baseline as a template, None when it shows none.

    Parameters
    ----------
    baseline : Train
        Sweeps of the same channel before treatment.
    window_ms : tuple of float
        Where the response lies.
    seed : int
        Of the sign patterns.
    """
    if baseline.count < int(evoked_limit("lateral_spread", "fewest_sweeps")):
        return None
    if _power(baseline, window_ms, seed).p >= evoked_limit("lateral_spread", "p_max"):
        return None
    last = max(window_ms[1], evoked_limit("lateral_spread", "template_last_ms"))
    inside = np.flatnonzero(baseline.sweeps.window(window_ms[0], last))
    lag = round(evoked_limit("lateral_spread", "lag_ms") * baseline.sweeps.rate_hz / 1000)
    return Template(int(inside[0]), baseline.average_uv[inside], max(lag, 1))


@dataclass(frozen=True)
class _Shown:
    state: Presence
    detectable_uv: float
    more: int | None = None
    reasons: tuple[str, ...] = ()


def _power(
    train: Train, window_ms: tuple[float, float], seed: int, *, evened: bool = True
) -> EvokedPower:
    rows, inside = train.rows_uv, train.sweeps.window(*window_ms)
    draws = int(evoked_limit("lateral_spread", "flips"))
    even = _evened(train, inside) if evened else np.eye(int(inside.sum()))
    found = evoked_power(rows[:, inside] @ even, rows[:, train.late], train.weight, seed, draws)
    if len(train.rest_uv) < int(evoked_limit("lateral_spread", "fewest_pieces")):
        return found
    null = null_scores(
        train.rest_uv[:, inside] @ even,
        train.rest_noise_uv,
        train.weight,
        train.each_noise_uv,
        seed,
        draws,
    )
    margin = evoked_limit("lateral_spread", "null_margin")
    p = float((1 + np.sum(margin * null >= found.power)) / (1 + len(null)))
    return EvokedPower(found.power, float(null.std()), p, by_rest=True)


def _evened(train: Train, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the operator that makes the noise of a window alike in all its shapes.

    Taking out a conducted share adds noise of one shape, that of the direct response; what has this
    shape counts for less, so that it does not drown the rest.
    """
    even = np.eye(int(inside.sum()))
    if not train.spill_doubt_uv.size or not len(train.rest_uv):
        return even
    _, doubt, shapes = np.linalg.svd(train.spill_doubt_uv[:, inside], full_matrices=False)
    # Band-limited noise has so much power in each shape that it can hold.
    usual = np.mean(np.square(train.rest_uv[:, train.quiet]))
    power = usual * train.sweeps.rate_hz / (2.0 * evoked_limit("filter", "low_pass_hz"))
    kept = np.sqrt(power / np.maximum(power + np.square(doubt), 1e-12))
    return np.asarray(even - shapes.T @ ((1.0 - kept)[:, None] * shapes))


def _match(train: Train, template: Template, seed: int) -> Match:
    length = len(template.shape_uv)
    starts = late_starts(train.late, length, template.lag, length // 3)
    if len(starts) == 0:
        starts = late_starts(train.quiet, length, template.lag, length // 3)
    patterns = int(evoked_limit("lateral_spread", "flips")) // max(len(starts), 1)
    return match_template(train.rows_uv, train.weight, template, starts, seed, patterns)


def _same_clock(train: Train, baseline: Train) -> bool:
    ours, theirs = train.sweeps.time_ms, baseline.sweeps.time_ms
    return len(ours) == len(theirs) and bool(np.allclose(ours, theirs))


def _decide_by_power(
    train: Train, power: EvokedPower, whole: EvokedPower, protocol: StimulusInfo
) -> _Shown:
    ratio = evoked_limit("lateral_spread", "peak_per_rms")
    smallest = protocol.smallest_response_uv or evoked_limit("lateral_spread", "smallest_uv")
    upper = max(whole.power, 0.0) + 1.645 * whole.deviation
    detectable = float(ratio * np.sqrt(2 * 1.645 * whole.deviation))
    enough = "fewest_with_rest" if power.by_rest else "fewest_by_signs"
    few = int(evoked_limit("lateral_spread", enough))
    if train.count < few:
        return _Shown("undetermined", detectable, few - train.count, ("too_few_sweeps",))
    if power.p < evoked_limit("lateral_spread", "present_p"):
        return _Shown("present", detectable)
    if ratio * np.sqrt(upper) <= smallest:
        return _Shown("absent", detectable)
    # The deviation of the power falls with the number of sweeps.
    wanted = (smallest / ratio) ** 2 / (2 * 1.645)
    return _wanting(train, whole.deviation / wanted, detectable)


def _decide_by_template(
    train: Train, template: Template, match: Match, protocol: StimulusInfo
) -> _Shown:
    share = protocol.reduced_share or evoked_limit("lateral_spread", "reduced_share")
    seen = 2 * 1.645 * match.ratio_sd
    detectable = seen * float(np.ptp(template.shape_uv))
    if match.p < evoked_limit("lateral_spread", "present_p"):
        return _Shown("present", detectable)
    if match.ratio + 1.645 * match.ratio_sd <= share:
        return _Shown("absent", detectable)
    return _wanting(train, (seen / share) ** 2, detectable)


def _wanting(train: Train, factor: float, detectable: float) -> _Shown:
    more = max(int(np.ceil(train.count * (factor - 1.0))), 1)
    if more > evoked_limit("lateral_spread", "most_sweeps"):
        return _Shown("undetermined", detectable, None, ("noise_too_high",))
    return _Shown("undetermined", detectable, more, ("too_few_sweeps_for_the_noise",))


def _with_sizes(
    response: EvokedResponse,
    train: Train,
    window_ms: tuple[float, float],
    seed: int,
    baseline: Train | None,
    template: Template | None,
    match: Match | None,
) -> EvokedResponse:
    rows, weight = train.rows_uv, train.weight
    inside = train.sweeps.window(*window_ms)
    steep = _steepness(train)
    noise = train.average_noise_uv, train.noise_of_average(steep)
    sd, quiet = evoked_limit("latency", "crossing_sd"), evoked_limit("latency", "quiet_ms")

    def average(index: NDArray[np.int_], of: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn = weight[index] / weight[index].sum()
        return np.asarray(drawn @ of[index])

    def onset(index: NDArray[np.int_]) -> float | None:
        trace = average(index, steep)
        found = onset_ms(trace, train.sweeps.time_ms, noise[1], window_ms, sd, quiet)
        return None if found is None else found[0]

    def peak(index: NDArray[np.int_]) -> float | None:
        trace = average(index, rows)
        found = onset_ms(trace, train.sweeps.time_ms, noise[0], window_ms, sd, quiet)
        return None if found is None else found[1]

    def size(index: NDArray[np.int_]) -> float:
        return float(np.ptp(average(index, rows)[inside]))

    every = np.arange(train.count)
    first, top = onset(every), peak(every)
    early, late = evoked_limit("latency", "onset_error_ms"), 0.5 * 1000 / train.sweeps.rate_hz
    change, ratio = _against(train, seed, baseline, template, match)
    values = dict(vars(response))
    values.update(
        onset_ms=None
        if first is None
        else resampled(onset, first, train.count, seed, extra_sd=early),
        peak_ms=None if top is None else resampled(peak, top, train.count, seed, extra_sd=late),
        amplitude_uv=resampled(size, size(every), train.count, seed),
        latency_change_ms=change,
        amplitude_ratio=ratio,
    )
    return EvokedResponse(**values)


def _steepness(train: Train) -> NDArray[np.float64]:
    """Return the slopes of the sweeps, small where the model of the direct response ends."""
    steep = slopes(train.rows_uv, train.sweeps.time_ms)
    if train.direct_removed:
        edge = train.sweeps.time_ms < evoked_limit("latency", "edge_end_ms")
        steep[:, edge] *= evoked_limit("latency", "edge_share")
    return steep


def _against(
    train: Train,
    seed: int,
    baseline: Train | None,
    template: Template | None,
    match: Match | None,
) -> tuple[Estimate | None, Estimate | None]:
    """Return the change of latency and the ratio of amplitudes to the baseline."""
    if baseline is None or template is None or match is None:
        return None, None
    change = latency_change(
        train.rows_uv, train.weight, baseline.rows_uv, baseline.weight, template,
        train.sweeps.rate_hz, seed,
    )  # fmt: skip
    half = 1.96 * match.ratio_sd
    return change, Estimate(match.ratio, match.ratio - half, match.ratio + half)
