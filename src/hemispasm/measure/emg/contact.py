"""Is the electrode on, and did the stimulus arrive? A dead channel must never say "absent".

A channel without contact is silent in a way that no muscle is: it holds a constant, a handful of
digital values, or far less sharp noise than before. A stimulus that was marked but not given
leaves no artefact where the others do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray


_GLANCE = 64
"""Samples that tell a live row at once."""


@dataclass(frozen=True)
class Contact:
    """What a live channel shows.

    Attributes
    ----------
    sharp_uv : float
        Usual size of the difference between neighbouring samples where nothing is evoked. Mains
        and movement hardly change it; electrode and amplifier do.
    artefact_uv : float
        Usual peak-to-peak size of the stimulus artefact.
    artefact_seen : bool
        It stands clearly above the noise, so that a sweep without it had no stimulus.
    """

    sharp_uv: float
    artefact_uv: float
    artefact_seen: bool


def flat_rows(data_uv: NDArray[np.float64], time_ms: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows are flat before the stimulus or late after it.

    Parameters
    ----------
    data_uv : ndarray, shape (n_sweeps, n_samples)
        As cut, before cleaning.
    time_ms : ndarray
        Clock of the sweeps.

    Examples
    --------
    >>> time = np.arange(-20, 60, 0.1)
    >>> live = np.random.default_rng(1).normal(0, 5, 800)
    >>> flat_rows(np.stack([live, np.full(800, 7.0), np.where(time > 10, 0.0, live)]), time)
    array([False,  True,  True])
    """
    return flat_and_sharp(data_uv, time_ms)[0]


def flat_and_sharp(
    data_uv: NDArray[np.float64], time_ms: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return what :func:`flat_rows` and :func:`sharp_noise` do, looking at the samples once.

    Parameters
    ----------
    data_uv : ndarray, shape (n_sweeps, n_samples)
        As cut, before cleaning.
    time_ms : ndarray
        Clock of the sweeps, rising.
    """
    flat, power, count = np.zeros(len(data_uv), dtype=bool), np.zeros(len(data_uv)), 0
    least, few = evoked_limit("contact", "least_uv"), int(evoked_limit("contact", "few_values"))
    for part in _quiet_parts(time_ms):
        piece = data_uv[:, part]
        steps = piece[:, 1:] - piece[:, :-1]
        sharp = np.einsum("ij,ij->i", steps, steps)
        power, count = power + sharp, count + steps.shape[1]
        if piece.shape[1] < 8:
            continue
        # Neighbours differ by twice the noise at most, so few rows need the exact look.
        calm = np.flatnonzero(sharp < steps.shape[1] * 4 * least**2)
        plain = np.flatnonzero(_values(piece[:, :_GLANCE]) <= few)
        if calm.size:
            flat[calm] |= _detrended_rms(piece[calm]) < least
        if plain.size:
            flat[plain] |= _values(piece[plain]) <= few
    return flat, np.sqrt(power / max(count, 1))


def _values(piece: NDArray[np.float64]) -> NDArray[np.int_]:
    """Return how many different values each row holds."""
    return np.asarray(1 + np.count_nonzero(np.diff(np.sort(piece, axis=1), axis=1), axis=1))


def _detrended_rms(piece: NDArray[np.float64]) -> NDArray[np.float64]:
    line = np.linspace(-1, 1, piece.shape[1])
    level = piece - piece.mean(axis=1, keepdims=True)
    level = level - np.outer(level @ line / (line @ line), line)
    return np.asarray(np.sqrt(np.mean(np.square(level), axis=1)))


def sharp_noise(data_uv: NDArray[np.float64], time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the size of the differences between neighbouring quiet samples, per row.

    Examples
    --------
    >>> time = np.arange(-20, 60, 0.1)
    >>> hum = 100 * np.sin(2 * np.pi * 0.05 * time)
    >>> rng = np.random.default_rng(1)
    >>> sharp_noise((hum + rng.normal(0, 5, 800))[None, :], time).round()
    array([7.])
    """
    return flat_and_sharp(data_uv, time_ms)[1]


def artefact_size(
    data_uv: NDArray[np.float64], time_ms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the peak-to-peak size of the stimulus artefact, per row."""
    first = evoked_limit("artefact", "blank_start_ms") - 0.5
    last = evoked_limit("artefact", "fit_end_ms")
    part = data_uv[:, np.searchsorted(time_ms, first) : np.searchsorted(time_ms, last, "right")]
    return np.asarray(np.ptp(part, axis=1)) if part.shape[1] else np.zeros(len(data_uv))


def learn_contact(data_uv: NDArray[np.float64], time_ms: NDArray[np.float64]) -> Contact:
    """Return what the live channel shows, from sweeps without cautery.

    Parameters
    ----------
    data_uv : ndarray, shape (n_sweeps, n_samples)
        As cut; flat sweeps may be among them.
    time_ms : ndarray
        Clock of the sweeps.
    """
    live = data_uv[~flat_rows(data_uv, time_ms)]
    if len(live) == 0:
        return Contact(0.0, 0.0, artefact_seen=False)
    sharp = float(np.median(sharp_noise(live, time_ms)))
    # High among the sweeps, because many marked stimuli may not have been given.
    usual = float(np.quantile(artefact_size(live, time_ms), 0.8))
    return Contact(sharp, usual, usual > evoked_limit("contact", "artefact_over_noise") * sharp)


def contact_fault(sharp_uv: float, artefact_uv: float, contact: Contact) -> str | None:
    """Return why one sweep that is not flat cannot be believed, None when it can.

    Parameters
    ----------
    sharp_uv, artefact_uv : float
        Of the sweep, from :func:`sharp_noise` and :func:`artefact_size`.
    contact : Contact
        Of the live channel.

    Examples
    --------
    >>> live = Contact(5.0, 1000.0, artefact_seen=True)
    >>> [contact_fault(*seen, live) for seen in ((5.0, 900.0), (0.3, 900.0), (5.0, 30.0))]
    [None, 'flat', 'no_stimulus']
    """
    if sharp_uv < evoked_limit("contact", "flat_share") * contact.sharp_uv:
        return "flat"
    least = evoked_limit("contact", "artefact_share") * contact.artefact_uv
    if contact.artefact_seen and artefact_uv < least:
        return "no_stimulus"
    return None


def contact_changed(sharp_uv: float, artefact_uv: float, contact: Contact) -> str | None:
    """Return how a sweep differs from the channel's baseline so that its size means nothing.

    Parameters
    ----------
    sharp_uv, artefact_uv : float
        Of the sweep.
    contact : Contact
        Of the baseline.

    Returns
    -------
    str or None
        ``gain_changed``: noise and artefact grew or shrank alike; ``quieter``: the sharp noise
        alone fell, by another electrode, another filter or a muscle relaxant.

    Examples
    --------
    >>> before = Contact(5.0, 1000.0, artefact_seen=True)
    >>> [contact_changed(*seen, before) for seen in ((5.5, 700.0), (2.5, 500.0), (2.0, 900.0))]
    [None, 'gain_changed', 'quieter']
    """
    if contact.sharp_uv <= 0:
        return None
    noise = sharp_uv / contact.sharp_uv
    if contact.artefact_seen and noise > 0 and artefact_uv > 0:
        most = np.log(evoked_limit("contact", "gain_factor"))
        steps = np.log([noise, artefact_uv / contact.artefact_uv])
        alike = abs(steps[0] - steps[1]) < evoked_limit("contact", "gain_alike")
        if alike and (steps.min() > most or steps.max() < -most):
            return "gain_changed"
    return "quieter" if noise < evoked_limit("contact", "quieter_share") else None


def _quiet_parts(time_ms: NDArray[np.float64]) -> list[slice]:
    end = np.searchsorted(time_ms, evoked_limit("sweep", "baseline_end_ms") - 0.5)
    late = np.searchsorted(time_ms, evoked_limit("artefact", "late_start_ms"))
    return [slice(0, int(end)), slice(int(late), None)]
