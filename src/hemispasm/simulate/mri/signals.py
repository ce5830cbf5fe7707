"""Closed-form signals of tissues and of flowing blood; no Bloch engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.imaging import Role
from hemispasm.simulate.mri.parameters import DEFAULTS, numbers, pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

AIR_HU = -1000.0


@dataclass(frozen=True)
class Sequence:
    """A pulse sequence: repetition, echo and inversion time in ms, flip angle in degrees."""

    kind: str
    tr_ms: float
    te_ms: float
    flip_deg: float = 90.0
    ti_ms: float = 0.0


SEQUENCES = {
    Role.CISS: Sequence("bssfp", 6.0, 2.6, 50.0),
    Role.TOF: Sequence("spgr", 22.0, 3.5, 18.0),
    Role.T1: Sequence("spgr", 9.0, 3.0, 20.0),
    Role.T1_CONTRAST: Sequence("spgr", 9.0, 3.0, 20.0),
    Role.T2: Sequence("spin", 4000.0, 100.0),
    Role.FLAIR: Sequence("spin", 8000.0, 110.0, 90.0, 2400.0),
    Role.CT: Sequence("ct", 0.0, 0.0),
}


def bssfp(
    t1_ms: float, t2_ms: float, sequence: Sequence, angle_rad: float | NDArray[np.float64] = np.pi
) -> NDArray[np.float64]:
    """Return the balanced steady state at the echo for unit density (Freeman and Hill).

    Parameters
    ----------
    angle_rad : float or ndarray
        Precession within one TR; pi is the middle of the pass band, 0 the dark band.

    Examples
    --------
    >>> ciss = SEQUENCES[Role.CISS]
    >>> bool(bssfp(4200.0, 1500.0, ciss) > 2.0 * bssfp(1000.0, 80.0, ciss))
    True
    """
    e1, e2 = np.exp(-sequence.tr_ms / t1_ms), np.exp(-sequence.tr_ms / t2_ms)
    a = np.deg2rad(sequence.flip_deg)
    cos_b, sin_b = np.cos(angle_rad), np.sin(angle_rad)
    below = (1 - e1 * np.cos(a)) * (1 - e2 * cos_b) - (e1 - np.cos(a)) * (e2 - cos_b) * e2
    x = (1 - e1) * e2 * np.sin(a) * sin_b / below
    y = (1 - e1) * np.sin(a) * (1 - e2 * cos_b) / below
    decay = np.exp(-sequence.te_ms / t2_ms)
    found: NDArray[np.float64] = np.hypot(x, y) * decay
    return found


def spgr(t1_ms: float, sequence: Sequence) -> float:
    """Return the spoiled steady state for unit density (Ernst).

    Examples
    --------
    >>> spgr(1000.0, SEQUENCES[Role.TOF]) > spgr(4200.0, SEQUENCES[Role.TOF])
    True
    """
    e1, a = np.exp(-sequence.tr_ms / t1_ms), np.deg2rad(sequence.flip_deg)
    return float(np.sin(a) * (1 - e1) / (1 - e1 * np.cos(a)))


def inflow(
    travel_mm: NDArray[np.float32], speed: NDArray[np.float32], t1_ms: float, sequence: Sequence
) -> NDArray[np.float32]:
    """Return the spoiled signal of blood that has come so far at such a speed (mm/s).

    Fresh blood gives the full signal; each pulse on its way takes it nearer to the steady state.
    """
    e1, a = np.exp(-sequence.tr_ms / t1_ms), np.deg2rad(sequence.flip_deg)
    pulses = 1000.0 * travel_mm / (np.maximum(speed, 1.0) * sequence.tr_ms)
    still = (1 - e1) / (1 - e1 * np.cos(a))
    left = still + (1 - still) * np.exp(pulses * np.log(e1 * np.cos(a)))
    found: NDArray[np.float32] = (np.sin(a) * left).astype(np.float32)
    return found


def spin_echo(t1_ms: float, t2_ms: float, sequence: Sequence) -> float:
    """Return the (inversion-prepared) spin-echo signal for unit density."""
    long = 1 - np.exp(-sequence.tr_ms / t1_ms)
    if sequence.ti_ms > 0:
        long = 1 - 2 * np.exp(-sequence.ti_ms / t1_ms) + np.exp(-sequence.tr_ms / t1_ms)
    return float(abs(long) * np.exp(-sequence.te_ms / t2_ms))


@dataclass(frozen=True)
class Contrast:
    """Signals of one series; 1 is what its SNR refers to.

    Attributes
    ----------
    still : dict
        By tissue.
    sequence : Sequence
        How it was acquired.
    blood_scale : float
        Factor of `inflow`; 0 where blood is void or shown by ``still``.
    blood_t1_ms : float
        Longer without a contrast agent.
    """

    role: Role
    still: dict[str, float]
    sequence: Sequence
    blood_scale: float
    blood_t1_ms: float


def contrast_of(role: Role, spread: float, stream: np.random.Generator) -> Contrast:
    """Return the signals of a series, each tissue a little off as patients differ."""
    sequence = SEQUENCES[role]
    still: dict[str, float] = {}
    for key, entry in DEFAULTS.items():
        if key.startswith("tissue.") and len(entry.value) == 5:
            still[key.removeprefix("tissue.")] = _still(role, sequence, key, entry.value)
    t1 = number_of_blood(role)
    density = numbers("tissue.blood")[2]
    fresh = density * float(np.sin(np.deg2rad(sequence.flip_deg)))
    unit = {Role.CISS: still["csf"], Role.T2: still["csf"], Role.TOF: fresh}.get(
        role, still["brain"]
    )
    if role is Role.CT:
        return Contrast(role, still, sequence, 0.0, t1)
    factors = {name: 1.0 + spread * float(stream.normal()) for name in sorted(still)}
    factors["csf" if unit == still["csf"] else "brain"] = 1.0
    still = {name: value / unit * max(factors[name], 0.5) for name, value in still.items()}
    if role is Role.CISS or sequence.kind == "spin":
        low, high = pair("flow.void_share")
        still["blood"] *= float(stream.uniform(low, high)) * (1.0 if role is Role.CISS else 0.3)
    flows = role is Role.TOF
    return Contrast(role, still, sequence, density / unit if flows else 0.0, t1)


def number_of_blood(role: Role) -> float:
    """Return T1 of blood in ms."""
    if role is Role.T1_CONTRAST:
        return pair("tissue.contrast_t1")[0]
    return numbers("tissue.blood")[0]


def _still(role: Role, sequence: Sequence, key: str, row: tuple[float, ...]) -> float:
    t1, t2, density, left, hounsfield = row
    name = key.removeprefix("tissue.")
    if sequence.kind == "ct":
        return hounsfield
    if role is Role.T1_CONTRAST and name in ("blood", "vein"):
        t1 = pair("tissue.contrast_t1")[0]
    if role is Role.T1_CONTRAST and name == "mass":
        t1 = pair("tissue.contrast_t1")[1]
    if sequence.kind == "bssfp":
        return density * left * float(bssfp(t1, t2, sequence))
    if sequence.kind == "spgr":
        return density * spgr(t1, sequence) * float(np.exp(-sequence.te_ms / t2))
    return density * spin_echo(t1, t2, sequence)
