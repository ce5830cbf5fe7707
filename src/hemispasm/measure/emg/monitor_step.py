"""One sweep further: the theatre's pure step function.

Two judges watch each channel. A filter over three states (present, reduced, absent) weighs every
sweep by what the baseline taught; a running mean of the last sweeps, which knows its own noise,
catches what the filter is slow to believe. Either may call the response absent. A sweep with
cautery or movement changes nothing, and the state says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.contact import (
    artefact_size,
    contact_changed,
    contact_fault,
    flat_and_sharp,
)
from hemispasm.measure.emg.latency import Estimate
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.monitor_detector import squeeze
from hemispasm.measure.emg.monitor_state import (
    STATES,
    ChannelModel,
    ChannelState,
    Label,
    MonitorState,
)
from hemispasm.measure.emg.reject import rejection, sweep_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.monitor_sweeps import LiveSweep
    from hemispasm.model.emg import StimulusInfo


AT_FAULT = ("flat", "no_stimulus", "quieter", "gain_changed")
"""Reasons that lie with electrode, amplifier or stimulator."""


def step(state: MonitorState, sweep: LiveSweep) -> MonitorState:
    """Return the state after one more sweep.

    Parameters
    ----------
    state : MonitorState
        From :func:`hemispasm.measure.emg.monitor_state.start_monitor` or the step before.
    sweep : LiveSweep
        The next stimulus on the same channels.

    Returns
    -------
    MonitorState
        The same ``state`` and ``sweep`` always give the same result; nothing is kept elsewhere.
    """
    number = state.sweep + 1
    channels = tuple(
        step_channel(channel, sweep.rows_uv[index], number, state.stimulus, sweep.reason)
        for index, channel in enumerate(state.channels)
    )
    watched = [one for one in channels if one.model.detector is not None]
    live = [one for one in watched if one.frozen is None]
    frozen = None if live or not watched else watched[0].frozen
    wanted = [one.more_sweeps for one in watched if one.more_sweeps is not None]
    return replace(
        state,
        channels=channels,
        sweep=number,
        time_s=sweep.time_s,
        label=together([one.label for one in watched]),
        frozen=frozen,
        more_sweeps=max(wanted) if wanted else None,
    )


def together(labels: list[Label]) -> Label:
    """Return the state of the operation from its channels: the response anywhere is a response.

    Examples
    --------
    >>> together(["absent", "reduced"]), together(["absent", "absent"]), together([])
    ('reduced', 'absent', 'undetermined')
    """
    order: tuple[Label, ...] = ("present", "reduced", "undetermined", "absent")
    for label in order:
        if label in labels:
            return label
    return "undetermined"


def step_channel(
    channel: ChannelState,
    row_uv: NDArray[np.float64],
    number: int,
    protocol: StimulusInfo,
    reason: str | None = None,
) -> ChannelState:
    """Return one channel's state after one more sweep.

    Parameters
    ----------
    channel : ChannelState
        Before the sweep.
    row_uv : ndarray
        Samples of this channel, uncleaned.
    number : int
        Of the sweep.
    protocol : StimulusInfo
        The share of the baseline that this site calls reduced.
    reason : str, optional
        Why the sweep cannot be read on any channel.
    """
    model = channel.model
    detector = model.detector
    if detector is None or model.reader is None:
        return channel
    fault, noise = _fault(model, row_uv)
    fault = reason or fault
    if fault is not None:
        return _held(channel, fault)
    # Without its level first, an amplifier's offset would cost digits.
    read = model.reader @ (row_uv - row_uv.mean())
    scale = max(noise / model.noise_uv, 0.5)
    seen = read[:-1].reshape(len(detector.lags), -1)
    value = squeeze(model.emissions, detector.weigh(seen, scale))
    trust = min(1.0, 1.0 / scale**2)
    likely = np.array([one.log_density(value) for one in model.emissions]) * trust
    ahead = np.array(channel.probability) @ transitions()
    weighed = ahead * np.exp(likely - likely.max())
    chance = weighed / weighed.sum()
    most = int(evoked_limit("monitor", "mean_sweeps"))
    amplitudes = (*channel.amplitudes, float(read[-1]))[-most:]
    share = protocol.reduced_share or evoked_limit("lateral_spread", "reduced_share")
    label, doubts = _call(channel, chance, amplitudes, share)
    ratio = _ratio(amplitudes, model)
    if label == "reduced" and ratio.low > share:
        # The filter may doubt single sweeps; their mean shows more than what is called reduced.
        label = "present"
    if label == "absent":
        called = channel.called_at if channel.label == "absent" else number
    else:
        called = None
    return replace(
        channel,
        label=label,
        probability=(float(chance[0]), float(chance[1]), float(chance[2])),
        amplitudes=amplitudes,
        ratio=ratio,
        called_at=called,
        frozen=None,
        more_sweeps=_more(chance, model, trust),
        faults=0,
        doubts=doubts,
    )


def _held(channel: ChannelState, fault: str) -> ChannelState:
    """Return the state after a sweep that says nothing.

    Cautery and movement pass, so the last state stands. Without contact or stimulus it is not
    known any more after a few sweeps; above all it is not absent.
    """
    if fault not in AT_FAULT:
        return replace(channel, frozen=fault)
    faults = channel.faults + 1
    if faults < evoked_limit("contact", "patience"):
        return replace(channel, frozen=fault, faults=faults)
    return replace(
        channel, frozen=fault, faults=faults, label="undetermined", called_at=None, doubts=0
    )


def transitions() -> NDArray[np.float64]:
    """Return the chance per sweep of each change of state, rows from, columns to.

    Examples
    --------
    >>> transitions().sum(axis=1)
    array([1., 1., 1.])
    """
    near, far = evoked_limit("monitor", "stay"), evoked_limit("monitor", "jump")
    return np.array(
        [
            [1 - near - far, near, far],
            [near, 1 - 2 * near, near],
            [far, near, 1 - near - far],
        ]
    )


def _fault(model: ChannelModel, row_uv: NDArray[np.float64]) -> tuple[str | None, float]:
    if not np.isfinite(row_uv).all():
        return "gap", np.nan
    late = evoked_limit("artefact", "late_start_ms")
    noise = float(sweep_noise(row_uv[None, :], model.time_ms, late)[0])
    rows, time = row_uv[None, :], model.time_ms
    flat, each_sharp = flat_and_sharp(rows, time)
    if flat[0]:
        return "flat", noise
    sharp, artefact = float(each_sharp[0]), float(artefact_size(rows, time)[0])
    fault = contact_fault(sharp, artefact, model.contact)
    # Cautery first: it can raise noise and artefact alike.
    fault = fault or rejection(row_uv, time, model.channel.rate_hz, noise, model.ceiling_uv)
    return fault or contact_changed(sharp, artefact, model.contact), noise


def _call(
    channel: ChannelState,
    chance: NDArray[np.float64],
    amplitudes: tuple[float, ...],
    share: float,
) -> tuple[Label, int]:
    """Return the state that is called now, and how many sweeps in a row doubt an absence."""
    before, model, best = channel.label, channel.model, int(np.argmax(chance))
    if best == 2 and chance[2] >= evoked_limit("monitor", "p_call"):
        return "absent", 0
    recent = np.array(amplitudes)
    few = int(evoked_limit("monitor", "mean_fewest"))
    if before == "absent":
        doubts = 0 if chance[2] >= 0.5 else channel.doubts + 1
        if doubts < evoked_limit("monitor", "doubts"):
            return "absent", doubts
    elif len(recent) >= few:
        error = model.amplitude_sd[1] / np.sqrt(len(recent))
        lower = (share - float(recent.mean())) / max(error, 1e-9)
        if lower >= evoked_limit("monitor", "mean_z") and chance[2] > chance[0]:
            return "absent", 0
    last = float(recent[-int(evoked_limit("monitor", "back_sweeps")) :].mean())
    seen = before in ("present", "reduced") or last >= 0.5 * share
    if best != 2 and chance[best] >= evoked_limit("monitor", "p_keep") and seen:
        return STATES[best], 0
    return ("undetermined", channel.doubts) if before == "absent" else (before, channel.doubts)


def _ratio(amplitudes: tuple[float, ...], model: ChannelModel) -> Estimate:
    mean = float(np.mean(amplitudes))
    present, _, absent = model.amplitude_sd
    level = float(np.clip(mean, 0.0, 1.0))
    half = 1.96 * float(np.hypot(level * present, absent)) / np.sqrt(len(amplitudes))
    return Estimate(mean, mean - half, mean + half)


def _more(chance: NDArray[np.float64], model: ChannelModel, trust: float) -> int | None:
    """Return how many empty sweeps it would take to call a loss, when they are many or awaited.

    Each empty sweep brings ``gain`` log units on average, less in a noisier sweep.
    """
    call, before = evoked_limit("monitor", "p_call"), max(float(chance[2]), 1e-3)
    wanted = np.log(call / (1 - call)) - np.log(before / (1 - min(before, 1 - 1e-9)))
    count = int(np.ceil(max(wanted, 0.0) / max(model.gain * trust, 1e-2)))
    settled = max(chance[0], chance[1], chance[2]) >= evoked_limit("monitor", "p_keep")
    many = evoked_limit("monitor", "mean_sweeps")
    return None if settled and count <= many else max(count, 1)
