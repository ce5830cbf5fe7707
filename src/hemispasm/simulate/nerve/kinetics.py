"""Gates of the axon's membrane at 36 degrees: published rates, and tables that a step looks up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hemispasm.simulate.nerve.parameters import Numbers

CELSIUS = 36.0
LOWEST_MV, HIGHEST_MV, STEP_MV = -160.0, 120.0, 0.1
GATES = ("m", "h", "p", "s", "n")
"""Fast sodium activation and inactivation, persistent sodium, slow potassium, fast potassium.

The last one belongs to channels that myelin covers beside the node; bare membrane shows them."""

SODIUM_MV, POTASSIUM_MV, REST_MV = 50.0, -90.0, -80.0


def _linear_rate(v_mv: Numbers, scale: float, middle: float, width: float) -> Numbers:
    """Return ``scale (v + middle) / (1 - exp(-(v + middle) / width))``, finite everywhere."""
    x = (v_mv + middle) / width
    safe = np.where(np.abs(x) < 1e-6, 1.0, x)
    return scale * width * np.where(np.abs(x) < 1e-6, 1.0, safe / -np.expm1(-safe))


def _sigmoid_rate(v_mv: Numbers, scale: float, middle: float, width: float) -> Numbers:
    """Return ``scale / (1 + exp(-(v + middle) / width))``."""
    return scale / (1.0 + np.exp(np.clip(-(v_mv + middle) / width, -700.0, 700.0)))


def gate_rates(v_mv: Numbers) -> tuple[Numbers, Numbers]:
    """Return opening and closing rates of the gates.

    The kinetics of McIntyre, Richardson and Grill (2002) at 36 degrees; the fast potassium gate as
    in the stretch beside the node of the same fibres, from Roper and Schwarz (1989).

    Parameters
    ----------
    v_mv : array (n,)
        Membrane potentials, mV.

    Returns
    -------
    opening, closing : array (gates, n)
        Per ms, gates in the order of ``GATES``.

    Examples
    --------
    >>> opening, closing = gate_rates(np.array([-80.0]))
    >>> (opening / (opening + closing)).round(3).ravel().tolist()
    [0.073, 0.621, 0.203, 0.043, 0.091]
    """
    v = np.asarray(v_mv, dtype=np.float64)
    sodium = 2.2 ** ((CELSIUS - 20.0) / 10.0)
    inactivation = 2.9 ** ((CELSIUS - 20.0) / 10.0)
    opening = np.stack(
        [
            sodium * _linear_rate(v, 1.86, 21.4, 10.3),
            inactivation * _linear_rate(-v, 0.062, -114.0, 11.0),
            sodium * _linear_rate(v, 0.01, 27.0, 10.2),
            _sigmoid_rate(v, 0.3, 53.0, 5.0),
            _linear_rate(v, 0.0462, 83.2, 1.1),
        ]
    )
    closing = np.stack(
        [
            sodium * _linear_rate(-v, 0.086, -25.7, 9.16),
            inactivation * _sigmoid_rate(v, 2.3, 31.8, 13.4),
            sodium * _linear_rate(-v, 0.00025, -34.0, 10.0),
            _sigmoid_rate(v, 0.03, 90.0, 1.0),
            _linear_rate(-v, 0.0824, -66.0, 10.5),
        ]
    )
    return opening, closing


def resting_gates(v_mv: float = REST_MV) -> Numbers:
    """Return the gates at rest."""
    opening, closing = gate_rates(np.array([v_mv]))
    return (opening / (opening + closing))[:, 0]


def balanced_leak(
    naf: Numbers, nap: Numbers, ks: Numbers, leak: Numbers, kf: Numbers | float = 0.0
) -> Numbers:
    """Return the reversal of the leak that holds a membrane at rest, mV.

    Parameters
    ----------
    naf, nap, ks, leak, kf : array or float
        Conductances of fast and persistent sodium, slow potassium, leak and fast potassium, in one
        unit.

    Examples
    --------
    >>> round(float(balanced_leak(3.0, 0.01, 0.08, 0.007)), 1)
    -90.2
    """
    m, h, p, s, n = resting_gates()
    sodium = (naf * m**3 * h + nap * p**3) * (REST_MV - SODIUM_MV)
    potassium = (ks * s + kf * n**4) * (REST_MV - POTASSIUM_MV)
    return REST_MV + (sodium + potassium) / leak


@dataclass(frozen=True)
class GateTables:
    """What a step needs at a potential: the target of each gate and the share that stays.

    Attributes
    ----------
    rows : array (n, 10)
        Five targets, then five factors ``exp(-dt / tau)``; one row per 0.1 mV.
    """

    rows: Numbers


@cache
def gate_tables(dt_ms: float) -> GateTables:
    """Return the tables for a step of a given length, ms."""
    v = np.arange(LOWEST_MV, HIGHEST_MV + STEP_MV / 2, STEP_MV)
    opening, closing = gate_rates(v)
    total = opening + closing
    rows = np.concatenate([opening / total, np.exp(-dt_ms * total)]).T
    return GateTables(np.ascontiguousarray(rows))
