"""Which sweeps are left out, and why: no contact, no stimulus, cautery, movement, saturation."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfiltfilt

from hemispasm.measure.emg.contact import (
    artefact_size,
    contact_fault,
    flat_rows,
    learn_contact,
    sharp_noise,
)
from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.sweeps import SweepSet

SLOW_HZ = 50.0


def quiet_samples(time_ms: NDArray[np.float64], late_start_ms: float | None) -> NDArray[np.bool_]:
    """Return the samples that hold no response: before the stimulus and late."""
    quiet = time_ms < evoked_limit("sweep", "baseline_end_ms")
    if late_start_ms is not None:
        quiet = quiet | (time_ms >= late_start_ms)
    return np.asarray(quiet)


def sweep_noise(
    data_uv: NDArray[np.float64], time_ms: NDArray[np.float64], late_start_ms: float | None
) -> NDArray[np.float64]:
    """Return the noise of each sweep in microvolt RMS, drift taken out.

    The part before the stimulus and the late part are taken apart and the larger one counts,
    because cautery may start in the middle of a sweep.

    Examples
    --------
    >>> time = np.arange(-20, 60, 0.1)
    >>> sweep_noise(np.ones((2, 800)), time, 22.0)
    array([0., 0.])
    """
    parts = [data_uv[:, : np.searchsorted(time_ms, evoked_limit("sweep", "baseline_end_ms"))]]
    if late_start_ms is not None:
        parts.append(data_uv[:, np.searchsorted(time_ms, late_start_ms) :])
    found = [_rms(part) for part in parts if part.shape[1] >= 8]
    if not found:
        return np.full(len(data_uv), np.nan)
    return np.asarray(np.max(found, axis=0))


def noise_of(sweeps: SweepSet, late_start_ms: float | None) -> float:
    """Return the usual noise of a train, microvolt RMS."""
    values = sweep_noise(sweeps.used_uv, sweeps.time_ms, late_start_ms)
    return float(np.nanmedian(values)) if np.isfinite(values).any() else 1.0


def noise_ceiling(noise: NDArray[np.float64]) -> float:
    """Return the noise above which a sweep is left out: median + 8 MAD, at least twice the median.

    Examples
    --------
    >>> noise_ceiling(np.array([10.0, 11.0, 9.0, 10.0, 12.0]))
    20.0
    """
    middle = float(np.median(noise))
    spread = float(np.median(np.abs(noise - middle)))
    return max(
        middle + evoked_limit("reject", "mad_count") * spread,
        evoked_limit("reject", "least_factor") * middle,
    )


def reject_sweeps(sweeps: SweepSet, late_start_ms: float | None) -> SweepSet:
    """Mark the sweeps that cannot be used.

    Parameters
    ----------
    sweeps : SweepSet
        As cut, before cleaning.
    late_start_ms : float or None
        From here on no response is expected.

    Returns
    -------
    SweepSet
        The same samples; ``reasons`` filled.
    """
    usable = sweeps.kept
    if not usable.any():
        return sweeps
    data, time = sweeps.data_uv, sweeps.time_ms
    reasons = list(sweeps.reasons)
    flat = flat_rows(data, time)
    for row in np.flatnonzero(usable & flat):
        reasons[row] = "flat"
    live = usable & ~flat
    if not live.any():
        return replace(sweeps, reasons=tuple(reasons))
    noise = sweep_noise(data, time, late_start_ms)
    ceiling = noise_ceiling(noise[live])
    still = live & (noise <= ceiling)
    contact = learn_contact(data[still if still.any() else live], time)
    sharp, artefact = sharp_noise(data, time), artefact_size(data, time)
    for row in np.flatnonzero(live):
        reasons[row] = rejection(
            data[row], time, sweeps.rate_hz, noise[row], ceiling
        ) or contact_fault(sharp[row], artefact[row], contact)
    return replace(sweeps, reasons=tuple(reasons))


def level_change(
    data_uv: NDArray[np.float64], time_ms: NDArray[np.float64], late_start_ms: float
) -> NDArray[np.float64]:
    """Return how far the level behind the response lies from that before the stimulus.

    Neither a response nor a burst of muscle potentials moves the level; an electrode that jumps
    does, and takes tens of milliseconds to come back.

    Examples
    --------
    >>> time = np.arange(-20, 60, 0.1)
    >>> level_change(np.where(time > 10, 50.0, 0.0)[None, :], time, 22.0).round(6)
    array([50.])
    """
    length = evoked_limit("reject", "level_ms")
    end = evoked_limit("sweep", "baseline_end_ms")
    before = (time_ms >= end - length) & (time_ms < end)
    after = (time_ms >= late_start_ms) & (time_ms < late_start_ms + length)
    if not before.any() or not after.any():
        return np.zeros(len(data_uv))
    return np.asarray(data_uv[:, after].mean(axis=1) - data_uv[:, before].mean(axis=1))


def reject_jumps(sweeps: SweepSet, rest_uv: NDArray[np.float64], late_start_ms: float) -> SweepSet:
    """Mark the sweeps in which the electrode jumped behind the stimulus.

    The jump itself may lie where a response is looked for, and the parts that show the noise hold
    only its smooth way back. A few such sweeps look like a response that repeats.

    Parameters
    ----------
    sweeps : SweepSet
        From :func:`reject_sweeps`, before cleaning.
    rest_uv : ndarray, shape (n_pieces, n_samples)
        Pieces between the stimuli, cut on the same clock: how far the level wanders by itself.
    late_start_ms : float
        From here on no response is expected.

    Returns
    -------
    SweepSet
        With ``movement`` for those sweeps.
    """
    kept, time = sweeps.kept, sweeps.time_ms
    if not kept.any():
        return sweeps
    change = level_change(sweeps.data_uv, time, late_start_ms)
    usual = level_change(rest_uv, time, late_start_ms) if len(rest_uv) else change[kept]
    noise = sweep_noise(sweeps.data_uv, time, late_start_ms)
    ceiling = np.maximum(
        evoked_limit("reject", "mad_count") * np.median(np.abs(usual - np.median(usual))),
        evoked_limit("reject", "level_factor") * noise,
    )
    # What the stimulus itself leaves behind is alike in all sweeps.
    jumped = kept & (np.abs(change - np.median(change[kept])) > ceiling)
    reasons = (
        "movement" if gone else old for gone, old in zip(jumped, sweeps.reasons, strict=True)
    )
    return replace(sweeps, reasons=tuple(reasons))


def rejection(
    row_uv: NDArray[np.float64],
    time_ms: NDArray[np.float64],
    rate_hz: float,
    noise_uv: float,
    ceiling_uv: float,
) -> str | None:
    """Return why one sweep is left out, None when it is kept."""
    before, after = np.searchsorted(time_ms, -1.0), np.searchsorted(time_ms, 3.0, "right")
    if _clipped(row_uv[:before], row_uv[after:]):
        return "saturated"
    if not np.isfinite(noise_uv) or noise_uv <= ceiling_uv:
        return None
    slow = sosfiltfilt(_slow_sections(rate_hz), row_uv - row_uv.mean())
    whole = row_uv - row_uv.mean()
    away = np.r_[:before, after : len(row_uv)]
    share = float(np.sum(np.square(slow[away])) / max(np.sum(np.square(whole[away])), 1e-12))
    return "movement" if share > evoked_limit("reject", "slow_share") else "cautery"


@lru_cache(maxsize=16)
def _slow_sections(rate_hz: float) -> NDArray[np.float64]:
    return np.asarray(butter(1, SLOW_HZ, fs=rate_hz, output="sos"))


def _clipped(*parts: NDArray[np.float64]) -> bool:
    parts = tuple(part for part in parts if part.size)
    low = min((float(part.min()) for part in parts), default=0.0)
    high = max((float(part.max()) for part in parts), default=0.0)
    if high - low < 1e-9:
        return False
    most = int(evoked_limit("reject", "saturated_samples"))
    ends = (sum(np.count_nonzero(part == end) for part in parts) for end in (low, high))
    return bool(max(ends) >= most)


def _rms(part: NDArray[np.float64]) -> NDArray[np.float64]:
    line = np.linspace(-1, 1, part.shape[1])
    level = part - part.mean(axis=1, keepdims=True)
    level = level - np.outer(level @ line / (line @ line), line)
    return np.asarray(np.sqrt(np.mean(np.square(level), axis=1)))
