"""What the theatre's tracker knows: each channel's response, learnt from a baseline, and its state.

Motor units take part in turn, so a response varies. The baseline run teaches its mean, the shapes
of its variation, and, by leaving parts out in turn, how strongly an unseen sweep speaks for it.
Pieces between the stimuli teach the same for absence, a mixture of both for a reduced response.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.measure.emg.artefact import Cleaning, clean_rows
from hemispasm.measure.emg.contact import (
    Contact,
    artefact_size,
    contact_fault,
    flat_rows,
    learn_contact,
    sharp_noise,
)
from hemispasm.measure.emg.evoked_statistic import evoked_power, null_scores, sweep_weights
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.monitor_detector import (
    Detector,
    Emission,
    learn_emission,
    log_odds,
    shifts_to_try,
)
from hemispasm.measure.emg.reject import noise_ceiling, sweep_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.latency import Estimate
    from hemispasm.measure.emg.monitor_sweeps import SweepRun
    from hemispasm.model.emg import EmgChannel, StimulusInfo
    from hemispasm.model.side import Side

Label = Literal["present", "reduced", "absent", "undetermined"]
STATES: tuple[Label, ...] = ("present", "reduced", "absent")
FOLDS = 5


@dataclass(frozen=True)
class ChannelModel:
    """What the baseline taught about one channel.

    Attributes
    ----------
    channel : EmgChannel
        Where it is recorded.
    side : Side or None
        The patient's side, None when montage or protocol do not say.
    cleaning : Cleaning
        How its sweeps are cleaned.
    time_ms : ndarray
        Clock of a sweep.
    noise_uv, ceiling_uv : float
        Usual noise of a sweep, and the noise above which one is left out.
    detector : Detector or None
        None when the baseline shows no response.
    cleaner : ndarray or None, shape (n_window, n_samples)
        The whole cleaning, which is linear, as one matrix for the samples that the detector reads.
    reader : ndarray or None, shape (n_read, n_samples)
        Cleaning and the detector's products in one matrix.
    emissions : tuple of Emission
        Of present, reduced and absent.
    amplitude_sd : tuple of float
        Spread of a single sweep's relative amplitude in the same three states.
    gain : float
        Evidence in log units that an empty sweep brings on average for absence.
    p : float
        Of the test for a response in the baseline.
    reason : str or None
        Why the channel cannot be watched: ``too_few_baseline_sweeps``, ``no_response_in_baseline``,
        ``flat_channel``.
    contact : Contact
        Noise and stimulus artefact of the live channel.
    """

    channel: EmgChannel
    side: Side | None
    cleaning: Cleaning
    time_ms: NDArray[np.float64]
    noise_uv: float
    ceiling_uv: float
    detector: Detector | None = None
    cleaner: NDArray[np.float64] | None = None
    reader: NDArray[np.float64] | None = None
    emissions: tuple[Emission, ...] = ()
    amplitude_sd: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gain: float = 0.0
    p: float = 1.0
    reason: str | None = None
    contact: Contact = field(default_factory=lambda: Contact(0.0, 0.0, artefact_seen=False))


@dataclass(frozen=True)
class ChannelState:
    """The state of one channel after a sweep.

    Attributes
    ----------
    model : ChannelModel
        From the baseline.
    label : {"present", "reduced", "absent", "undetermined"}
        The last state that was called; undetermined also after some sweeps without contact or
        stimulus, because then nobody knows it.
    probability : tuple of float
        Of present, reduced and absent now.
    amplitudes : tuple of float
        Relative amplitudes of the last usable sweeps.
    ratio : Estimate or None
        Their mean against the baseline, with its interval.
    called_at : int or None
        Number of the sweep at which ``absent`` was called, None when it is not absent.
    frozen : str or None
        Why this sweep changed nothing: ``cautery``, ``movement``, ``saturated``, ``gap``,
        ``next_stimulus``, or, with electrode, amplifier or stimulator at fault, ``flat``,
        ``no_stimulus``, ``quieter``, ``gain_changed``.
    more_sweeps : int or None
        How many sweeps without a response it would take to call the loss, as the noise stands;
        None when the state is settled and these are few.
    faults : int
        Sweeps in a row with electrode, amplifier or stimulator at fault.
    doubts : int
        Sweeps in a row that spoke against an absence that has been called.
    """

    model: ChannelModel
    label: Label
    probability: tuple[float, float, float]
    amplitudes: tuple[float, ...] = ()
    ratio: Estimate | None = None
    called_at: int | None = None
    frozen: str | None = None
    more_sweeps: int | None = None
    faults: int = 0
    doubts: int = 0


@dataclass(frozen=True)
class MonitorState:
    """Everything the tracker knows after a sweep; a value, never changed.

    Attributes
    ----------
    stimulus : StimulusInfo
        The site's protocol.
    channels : tuple of ChannelState
        One per watched channel.
    sweep : int
        How many sweeps were given in, the frozen ones included.
    time_s : float or None
        Time of the last stimulus.
    label : {"present", "reduced", "absent", "undetermined"}
        Of the operation: absent only when every channel that can be watched is absent.
    frozen : str or None
        Why the last sweep changed nothing on any channel.
    more_sweeps : int or None
        How many more would settle it.
    """

    stimulus: StimulusInfo
    channels: tuple[ChannelState, ...]
    sweep: int = 0
    time_s: float | None = None
    label: Label = "undetermined"
    frozen: str | None = None
    more_sweeps: int | None = None


def start_monitor(baseline: SweepRun, seed: int = 0) -> MonitorState:
    """Learn the response from a baseline run.

    Parameters
    ----------
    baseline : SweepRun
        From :func:`hemispasm.measure.emg.monitor_sweeps.cut_run`, before the nerve is touched.
    seed : int
        Of the test for a response in the baseline.

    Returns
    -------
    MonitorState
        Before the first sweep. A channel whose baseline shows no response is kept, with the reason,
        and never called.
    """
    channels = []
    for index in range(len(baseline.channels)):
        model = learn_channel(baseline, index, seed)
        known = model.detector is not None
        chance = (0.98, 0.015, 0.005) if known else (1 / 3, 1 / 3, 1 / 3)
        channels.append(ChannelState(model, "present" if known else "undetermined", chance))
    watched = any(one.model.detector is not None for one in channels)
    return MonitorState(
        baseline.stimulus, tuple(channels), label="present" if watched else "undetermined"
    )


def learn_channel(baseline: SweepRun, index: int, seed: int) -> ChannelModel:
    """Learn one channel's response, its variation and the noise.

    Parameters
    ----------
    baseline : SweepRun
        Sweeps with the response.
    index : int
        Channel of the run.
    seed : int
        Of the test for a response.
    """
    channel, time = baseline.channels[index], baseline.times_ms[index]
    info = baseline.stimulus
    late = evoked_limit("artefact", "late_start_ms")
    cleaning = Cleaning(
        model_direct=True,
        late_start_ms=late,
        response_weight=evoked_limit("artefact", "response_weight"),
        line_hz=baseline.line_hz,
    )
    raw = np.array([sweep.rows_uv[index] for sweep in baseline.sweeps]).reshape(-1, len(time))
    raw = raw[np.isfinite(raw).all(axis=1)]
    flat = flat_rows(raw, time)
    raw = raw[~flat]
    side = None if info.side is None else channel.side
    few = int(evoked_limit("monitor", "fewest_baseline"))
    if len(raw) < few:
        reason = "flat_channel" if flat.sum() >= few else "too_few_baseline_sweeps"
        return ChannelModel(channel, side, cleaning, time, 1.0, np.inf, reason=reason)
    noise = sweep_noise(raw, time, late)
    ceiling, usual = noise_ceiling(noise), float(np.median(noise))
    contact = learn_contact(raw[noise <= ceiling], time)
    kept = (noise <= ceiling) & _in_contact(raw, time, contact)
    rows = clean_rows(raw[kept], time, channel.rate_hz, cleaning, usual)
    rest, rest_noise = _clean_rest(baseline, index, cleaning, usual, ceiling)
    model = ChannelModel(channel, side, cleaning, time, usual, ceiling, contact=contact)
    return _with_detector(model, rows, noise[kept], rest, rest_noise, seed, few)


def _in_contact(
    raw: NDArray[np.float64], time_ms: NDArray[np.float64], contact: Contact
) -> NDArray[np.bool_]:
    seen = zip(sharp_noise(raw, time_ms), artefact_size(raw, time_ms), strict=True)
    return np.array([contact_fault(*one, contact) is None for one in seen], dtype=bool)


def _clean_rest(
    baseline: SweepRun, index: int, cleaning: Cleaning, usual: float, ceiling: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    time, channel = baseline.times_ms[index], baseline.channels[index]
    raw = baseline.rest_uv[index]
    if len(raw) == 0:
        return raw, np.zeros(0)
    noise = sweep_noise(raw, time, cleaning.late_start_ms)
    kept = (noise <= ceiling) & ~flat_rows(raw, time)
    return clean_rows(raw[kept], time, channel.rate_hz, cleaning, usual), noise[kept]


def _with_detector(
    model: ChannelModel,
    rows: NDArray[np.float64],
    noise: NDArray[np.float64],
    rest: NDArray[np.float64],
    rest_noise: NDArray[np.float64],
    seed: int,
    few: int,
) -> ChannelModel:
    values = dict(vars(model))
    inside = _window(model)
    if len(rest) < few:
        rest, rest_noise = _late_as_rest(model, rows, noise, inside)
    if len(rows) < few or len(rest) < few:
        return ChannelModel(**{**values, "reason": "too_few_baseline_sweeps"})
    weight = sweep_weights(noise)
    power = evoked_power(rows[:, inside], rows[:, inside], weight, seed, 1)
    null = null_scores(rest[:, inside], rest_noise, weight, noise, seed, 2000)
    p = float((1 + np.sum(null >= power.power)) / (1 + len(null)))
    if p >= evoked_limit("lateral_spread", "p_max"):
        return ChannelModel(**{**values, "p": p, "reason": "no_response_in_baseline"})
    scale, rest_scale = noise / model.noise_uv, rest_noise / model.noise_uv
    detector = _learn_detector(model, rows, scale, rest, rest_scale, inside)
    seen = _held_out(model, rows, scale, rest, rest_scale, inside)
    emissions = tuple(learn_emission(values) for values in seen)
    empty = [log_odds(emissions, value) for value in seen[2]]
    amplitude = [detector.amplitude(row) for row in rows]
    quiet = [detector.amplitude(row) for row in rest]
    present, absent = float(np.std(amplitude)), float(np.std(quiet))
    reduced = float(np.hypot(0.5 * present, np.sqrt(0.75) * absent))
    cleaner = _cleaner(model, detector)
    values.update(
        detector=detector,
        cleaner=cleaner,
        reader=detector.reader(cleaner),
        emissions=emissions,
        amplitude_sd=(present, reduced, absent),
        gain=max(-float(np.mean(empty)), 0.0),
        p=p,
    )
    return ChannelModel(**values)


def _cleaner(model: ChannelModel, detector: Detector) -> NDArray[np.float64]:
    each = np.eye(len(model.time_ms))
    rate = model.channel.rate_hz
    made = clean_rows(each, model.time_ms, rate, model.cleaning, model.noise_uv)
    return np.ascontiguousarray(made[:, detector.reach].T)


def _window(model: ChannelModel) -> NDArray[np.int_]:
    first = evoked_limit("lateral_spread", "first_ms")
    last = evoked_limit("lateral_spread", "template_last_ms")
    return np.flatnonzero((model.time_ms >= first - 1e-6) & (model.time_ms <= last + 1e-6))


def _late_as_rest(
    model: ChannelModel,
    rows: NDArray[np.float64],
    noise: NDArray[np.float64],
    inside: NDArray[np.int_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the late parts of the sweeps moved into the response window."""
    late = evoked_limit("artefact", "late_start_ms") + 2.0
    reach = int(shifts_to_try(model.channel.rate_hz).max())
    start = int(np.searchsorted(model.time_ms, late)) + reach
    length = len(inside)
    moved, levels = [], []
    while start + length + reach < len(model.time_ms) - reach:
        piece = np.zeros_like(rows)
        piece[:, inside[0] - reach : inside[-1] + reach + 1] = rows[
            :, start - reach : start + length + reach
        ]
        moved.append(piece)
        levels.append(noise)
        start += length
    if not moved:
        return rows[:0], noise[:0]
    return np.concatenate(moved), np.concatenate(levels)


def _learn_detector(
    model: ChannelModel,
    rows: NDArray[np.float64],
    scale: NDArray[np.float64],
    rest: NDArray[np.float64],
    rest_scale: NDArray[np.float64],
    inside: NDArray[np.int_],
) -> Detector:
    part, quiet = rows[:, inside], rest[:, inside] / rest_scale[:, None]
    weight = sweep_weights(scale)
    mean = weight @ part
    count = min(int(evoked_limit("monitor", "basis")), len(rows) - 2)
    shapes = np.linalg.svd(np.sqrt(weight)[:, None] * part, full_matrices=False)[2][:count]
    unit = mean / max(float(np.linalg.norm(mean)), 1e-12)
    basis = np.linalg.qr(np.column_stack([unit, shapes.T]))[0][:, : count + 1]
    level = quiet @ basis
    noise = level.T @ level / len(level)
    noise += 0.02 * np.trace(noise) / len(noise) * np.eye(len(noise))
    away = (part - mean) @ basis
    whole = (away * weight[:, None]).T @ away * len(rows) / max(len(rows) - 1, 1)
    spread = whole - noise * float(weight @ np.square(scale))
    values, vectors = np.linalg.eigh((spread + spread.T) / 2)
    signal = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return Detector(
        int(inside[0]), mean, basis, signal, noise, shifts_to_try(model.channel.rate_hz)
    )


def _held_out(
    model: ChannelModel,
    rows: NDArray[np.float64],
    scale: NDArray[np.float64],
    rest: NDArray[np.float64],
    rest_scale: NDArray[np.float64],
    inside: NDArray[np.int_],
) -> tuple[list[float], list[float], list[float]]:
    """Return the evidence of unseen sweeps: with the response, with half of it, without."""
    present: list[float] = []
    reduced: list[float] = []
    absent: list[float] = []
    for fold in range(FOLDS):
        test, other = np.arange(len(rows)) % FOLDS == fold, np.arange(len(rest)) % FOLDS == fold
        detector = _learn_detector(
            model, rows[~test], scale[~test], rest[~other], rest_scale[~other], inside
        )
        present += [
            detector.evidence(row, s) for row, s in zip(rows[test], scale[test], strict=True)
        ]
        quiet = rest[other] / rest_scale[other, None]
        absent += [detector.evidence(row, 1.0) for row in quiet]
        for place, (row, s) in enumerate(zip(rows[test], scale[test], strict=True)):
            if len(quiet):
                mixed = 0.5 * row + np.sqrt(0.75) * s * quiet[place % len(quiet)]
                reduced.append(detector.evidence(mixed, s))
    return present, reduced, absent
