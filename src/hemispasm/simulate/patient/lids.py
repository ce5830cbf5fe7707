"""Lids between two muscles: the orbicularis closes them, the levator opens them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.patient.parameters import number, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray


def close_lid(
    oculi: NDArray[np.floating], rate_hz: float, driven: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Return lid closure, 0 open to 1 shut.

    dl/dt = p (1 - l) / tau_close - L l / tau_open, each step solved exactly; p is the activation
    beyond what the tone of the levator L holds against. The levator is silent while the brain
    closes the eye (blink, request, blepharospasm) and stays on in a spasm, which starts at the
    nerve: so a spasm rarely shuts the eye as a blink does.

    Parameters
    ----------
    oculi : ndarray, shape (n,)
        Activation of the orbicularis oculi by all impulses, 0-1.
    rate_hz : float
        Samples per second.
    driven : ndarray, shape (n,), optional
        The part of it that the brain asked for; none when absent.

    Examples
    --------
    >>> held = close_lid(np.ones(240), 240.0)
    >>> bool(0.8 < held[-1] < 0.9)
    True
    >>> bool(close_lid(np.ones(240), 240.0, np.ones(240))[-1] > 0.99)
    True
    """
    pull = np.clip(np.asarray(oculi, dtype=np.float64), 0.0, 1.0)
    asked = np.zeros_like(pull) if driven is None else np.asarray(driven, dtype=np.float64)
    close, release = pair("lid.tau_s")
    lid = np.zeros_like(pull)
    back = float(np.exp(-1.0 / (rate_hz * number("lid.levator_back_s"))))
    off = np.clip(asked / number("lid.levator_off"), 0.0, 1.0)
    _follow(
        pull, off, number("lid.levator_hold"), 1.0 / close, 1.0 / release, back, 1.0 / rate_hz, lid
    )
    return lid


@njit(cache=True)
def _follow(
    pull: NDArray[np.float64],
    off: NDArray[np.float64],
    hold: float,
    close: float,
    release: float,
    back: float,
    step_s: float,
    lid: NDArray[np.float64],
) -> None:
    """Fill ``lid``; compiled, because a step depends on the one before."""
    now, levator = 0.0, 1.0
    for k in range(len(pull)):
        levator = min(1.0 - off[k], 1.0 - (1.0 - levator) * back)
        kept = hold * levator
        shut, free = max(pull[k] - kept, 0.0) / (1.0 - kept) * close, levator * release
        rate = shut + free
        if rate > 1e-9:
            now += (shut / rate - now) * (1.0 - np.exp(-rate * step_s))
        lid[k] = now
