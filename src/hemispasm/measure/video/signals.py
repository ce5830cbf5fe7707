"""From mesh points to per-side face signals, by side of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video import mesh_points as at
from hemispasm.measure.video.baseline import open_level, rest_level, spread, widen
from hemispasm.measure.video.pose import remove_pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.pose import PoseFit

# Up and out from the mouth corner towards the cheekbone: the pull of the zygomatic muscle.
_ZYGOMATIC_ANGLE_DEG = 50.0
# A lid gap this far below its open level is no longer rest.
_QUIET_CLOSURE = 0.15
_QUIET_MARGIN_S = 0.25

FEATURES = (
    "aperture",
    "mouth_out",
    "mouth_up",
    "cheek",
    "brow",
    "ala",
    "jaw",
)


@dataclass(frozen=True)
class RawFace:
    """What one run of frames showed before any baseline: (n, 2) each, picture side by column.

    Lengths are in units of the reference shape, in which the outer canthi are 1 apart.
    ``mouth_out`` grows away from the midline; ``mouth_up``, ``cheek``, ``brow`` and ``ala`` grow
    upwards, ``jaw`` downwards.
    """

    aperture: NDArray[np.float64]
    mouth_out: NDArray[np.float64]
    mouth_up: NDArray[np.float64]
    cheek: NDArray[np.float64]
    brow: NDArray[np.float64]
    ala: NDArray[np.float64]
    jaw: NDArray[np.float64]


def read_face(
    points: NDArray[np.floating], fit: PoseFit, reference: NDArray[np.floating]
) -> RawFace:
    """Read every raw feature off pose-free points.

    Parameters
    ----------
    points : ndarray (n, 478, 3)
        Picture pixels.
    fit : PoseFit
        Of these frames to ``reference``.
    reference : ndarray (478, 3)
    """
    free = fit.undo(points)
    columns: dict[str, list[NDArray[np.float64]]] = {name: [] for name in FEATURES}
    for side, outward in ((0, -1.0), (1, 1.0)):
        columns["aperture"].append(lid_gap(free, side) / _eye_width(reference, side))
        corner = free[:, at.MOUTH_CORNER[side]].mean(axis=1)
        columns["mouth_out"].append(outward * corner[:, 0])
        columns["mouth_up"].append(-corner[:, 1])
        columns["cheek"].append(-free[:, at.CHEEK[side], 1].mean(axis=1))
        columns["brow"].append(-free[:, at.BROW[side], 1].mean(axis=1))
        columns["ala"].append(-free[:, at.ALA[side], 1].mean(axis=1))
        columns["jaw"].append(free[:, at.JAW[side], 1].mean(axis=1))
    return RawFace(**{name: np.stack(pair, axis=1) for name, pair in columns.items()})


def _eye_width(reference: NDArray[np.floating], side: int) -> float:
    across = reference[at.EYE_OUTER[side]] - reference[at.EYE_INNER[side]]
    return float(np.linalg.norm(across[:2]))


def lid_gap(free: NDArray[np.floating], side: int) -> NDArray[np.float64]:
    """Return the vertical lid gap (n,) of pose-free points (n, 478, 3), in their unit."""
    upper = free[:, at.LID_UPPER_WIDE[side], :2]
    lower = free[:, at.LID_LOWER_WIDE[side], :2]
    return np.asarray(np.maximum((lower[..., 1] - upper[..., 1]).mean(axis=1), 0.0))


def closure_from(
    aperture: NDArray[np.floating], level: NDArray[np.floating], shut: float
) -> NDArray[np.float64]:
    """Return the fraction of the open gap that is lost; 0 open, 1 shut.

    Parameters
    ----------
    aperture, level : ndarray
        Gap and open level, in the same unit.
    shut : float
        Fraction of the open level that the model still shows when the lids touch.
    """
    floor = shut * level
    lost = (level - aperture) / np.maximum(level - floor, 1e-6)
    return np.asarray(np.clip(lost, -0.5, 1.0))


def plain_closure(
    time_s: NDArray[np.float64], aperture: NDArray[np.floating], shut: float
) -> NDArray[np.float64]:
    """Return closure (n, 2) of each eye against its own running open level."""
    return np.stack(
        [
            closure_from(aperture[:, s], open_level(time_s, aperture[:, s]), shut)
            for s in range(aperture.shape[1])
        ],
        axis=1,
    )


def quiet_frames(
    time_s: NDArray[np.float64], closure: NDArray[np.floating], moving: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return frames with both eyes open and nothing else moving, with a margin around the rest."""
    with np.errstate(invalid="ignore"):
        busy = moving | ~(np.nanmax(np.where(np.isfinite(closure), closure, 9.0), axis=1) < 9.0)
        busy |= (closure > _QUIET_CLOSURE).any(axis=1)
    return ~widen(time_s, busy, _QUIET_MARGIN_S, _QUIET_MARGIN_S)


@dataclass(frozen=True)
class FinishedSignals:
    """Excursions from rest, (n, 2) each, as ``FaceSignals`` wants them."""

    closure: NDArray[np.float64]
    mouth: NDArray[np.float64]
    mouth_down: NDArray[np.float64]
    mouth_out: NDArray[np.float64]
    cheek: NDArray[np.float64]
    brow: NDArray[np.float64]
    ala: NDArray[np.float64]
    platysma: NDArray[np.float64]
    quiet: NDArray[np.bool_]


def finish_signals(
    time_s: NDArray[np.float64], raw: RawFace, angles_deg: NDArray[np.floating], shut: float
) -> FinishedSignals:
    """Turn raw features of a whole clip into pose-free excursions from each side's own rest.

    Parameters
    ----------
    time_s : ndarray (n,)
    raw : RawFace
    angles_deg : ndarray (n, 3)
    shut : float
        See ``closure_from``.
    """
    closure = plain_closure(time_s, raw.aperture, shut)
    still = quiet_frames(time_s, closure, np.zeros(len(time_s), np.bool_))
    aperture = remove_pose(raw.aperture, angles_deg, still)
    closure = plain_closure(time_s, aperture, shut)
    names = ("mouth_out", "mouth_up", "cheek", "brow", "ala", "jaw")
    stacked = np.concatenate([getattr(raw, name) for name in names], axis=1)
    quiet = quiet_frames(time_s, closure, np.zeros(len(time_s), np.bool_))
    excursion = _from_rest(time_s, stacked, angles_deg, quiet)
    # Second pass: frames in which the lower face moved do not say what rest is either.
    noise = np.array([spread(excursion[quiet, c]) for c in range(stacked.shape[1])])
    limit = np.maximum(4.0 * noise, 0.02)
    with np.errstate(invalid="ignore"):
        moving = np.asarray((np.abs(excursion[:, :4]) > limit[:4]).any(axis=1))
    still = quiet_frames(time_s, closure, moving)
    if int(still.sum()) >= max(60, 0.1 * len(time_s)):
        quiet = still
        excursion = _from_rest(time_s, stacked, angles_deg, quiet)
    side = dict(zip(names, np.split(excursion, len(names), axis=1), strict=True))
    angle = np.radians(_ZYGOMATIC_ANGLE_DEG)
    return FinishedSignals(
        closure=closure,
        mouth=np.sin(angle) * side["mouth_up"] + np.cos(angle) * side["mouth_out"],
        mouth_down=-side["mouth_up"],
        mouth_out=side["mouth_out"],
        cheek=side["cheek"],
        brow=side["brow"],
        ala=side["ala"],
        platysma=side["jaw"],
        quiet=quiet,
    )


def _from_rest(
    time_s: NDArray[np.float64],
    stacked: NDArray[np.floating],
    angles_deg: NDArray[np.floating],
    quiet: NDArray[np.bool_],
) -> NDArray[np.float64]:
    flat = remove_pose(stacked, angles_deg, quiet)
    rest = [rest_level(time_s, flat[:, c], quiet) for c in range(flat.shape[1])]
    return flat - np.stack(rest, axis=1)
