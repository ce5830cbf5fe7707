"""What one side's series allow, before any number: A a number, B a category, C neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.artefacts import fluid_along, ghost_bump
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.orders import CHECK_SIDES, CONFIRM_SEEDS, MARK_ENDS, order_next
from hemispasm.measure.imaging.side_check import check_side, mirrored_ends, other_side
from hemispasm.measure.imaging.statements import side_statements
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model.imaging import Assessability, AssessabilityClass, Nerve, Role, Segment
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import ImagingStudy, Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

_WITHOUT = {
    Role.TOF: "it shows arteries, with course and calibre, but not the nerve; small ones are "
    "missed",
    Role.T1: "with fine voxels it shows the nerve's course; the vessel is not assessable",
    Role.T1_CONTRAST: "it shows arteries together with veins; the vessel at the nerve is not "
    "assessable",
    Role.T2: "it shows large lesions at most, neither nerve nor vessel",
    Role.CT: "it shows bone, calcium and large masses, no nerve: no distance and no grade",
    Role.CTA: "it shows arteries, calcium, bone and masses, no nerve: no distance and no grade",
    Role.DSA: "a projection confirms a named vessel by eye, without nerve or depth: no distance",
}
_GRADES = (AssessabilityClass.A, AssessabilityClass.B, AssessabilityClass.C)


@dataclass
class _Verdict:
    """The worst class so far, and why."""

    grade: AssessabilityClass = AssessabilityClass.A
    reasons: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def lower(self, grade: AssessabilityClass, reason: str, step: str | None = None) -> None:
        self.grade = max(self.grade, grade, key=_GRADES.index)
        self.reasons.append(reason)
        if step is not None and step not in self.steps:
            self.steps.append(step)


def signal_to_noise(volume: Volume) -> float:
    """Return the brightness of the brightest fluid over the noise between its neighbours.

    Examples
    --------
    >>> from hemispasm.model.imaging import lps_affine
    >>> from hemispasm.model.imaging import Volume
    >>> noisy = 100 + 5 * np.random.default_rng(0).standard_normal((40, 40, 40))
    >>> bright = Volume(noisy.astype(np.float32), lps_affine((0.5, 0.5, 0.5)))
    >>> 15 < signal_to_noise(bright) < 25
    True
    """
    array = volume.array
    step = max(1, array.shape[2] // 24)
    part = array[:, :, ::step].astype(np.float32)
    level = float(np.percentile(part, 90.0))
    inner = part[1:-1, 1:-1] - 0.25 * (
        part[:-2, 1:-1] + part[2:, 1:-1] + part[1:-1, :-2] + part[1:-1, 2:]
    )
    bright = part[1:-1, 1:-1] >= 0.8 * level
    if np.count_nonzero(bright) < 50 or level <= 0:
        return 0.0
    noise = 1.4826 * float(np.median(np.abs(inner[bright]))) / np.sqrt(1.25)
    return float(level / max(noise, 1e-6 * level))


def assess_series(
    study: ImagingStudy,
    seeds: Seeds,
    side: Side,
    *,
    residual_mm: float | None = None,
) -> Assessability:
    """Return the class of one side with its reasons and what to order next time.

    Parameters
    ----------
    study : ImagingStudy
        Every series of the session.
    seeds : Seeds
        The reader's clicks.
    side : Side
        The patient's.
    residual_mm : float, optional
        What registration left between the angiogram and the cisternogram at the porus.

    Returns
    -------
    Assessability
        ``side_conflict`` stands first: it makes every other reason idle.
    """
    verdict = _Verdict()
    cisternogram, angiogram = study.of_role(Role.CISS), study.of_role(Role.TOF)
    conflicts = check_side(study, seeds, side)
    for conflict in conflicts:
        verdict.lower(AssessabilityClass.C, conflict, CHECK_SIDES)
    if cisternogram is None:
        _without_cisternogram(study, verdict)
    else:
        _judge_cisternogram(cisternogram, verdict)
        _judge_course(cisternogram, seeds, side, verdict)
        _judge_angiogram(angiogram, verdict, residual_mm)
    clicked = cisternogram or angiogram or study.of_role(Role.T1) or study.of_role(Role.T1_CONTRAST)
    _judge_seeds(seeds, side, clicked, verdict)
    return Assessability(
        side=side,
        grade=verdict.grade,
        reasons=tuple(verdict.reasons),
        next_steps=tuple(verdict.steps),
        # Where the sides may be exchanged nothing may be said of either.
        allowed=() if conflicts else side_statements(study, verdict.grade),
    )


def _without_cisternogram(study: ImagingStudy, verdict: _Verdict) -> None:
    """Say what other series show without one."""
    roles = {v.role for v in study.volumes} | {v.role for v in study.seen}
    found = ", ".join(sorted(role.value for role in roles)) or "none"
    verdict.lower(
        AssessabilityClass.C,
        f"no_cisternogram: no strongly T2-weighted 3-D series; series: {found}",
        order_next("cisternogram"),
    )
    if Role.TOF not in roles:
        verdict.steps.append(order_next("angiogram"))
    verdict.steps.append(order_next("session"))
    for role, sentence in _WITHOUT.items():
        if role in roles:
            verdict.reasons.append(f"{role.value}_only: {sentence}")


def _judge_cisternogram(volume: Volume, verdict: _Verdict) -> None:
    fine, middle, thick = (float(v) for v in np.sort(native_voxel(volume)))
    size = f"{fine:.2f} x {middle:.2f} x {thick:.2f} mm"
    a, b = AssessabilityClass.B, AssessabilityClass.C
    if volume.facts.acquired_3d is False:
        verdict.lower(b, "single_slices: the series is 2-D", order_next("cisternogram"))
    for value, name in ((middle, "in_plane"), (thick, "through")):
        high_a, high_b = limit(f"class_a.{name}_mm"), limit(f"class_b.{name}_mm")
        if value > high_b:
            verdict.lower(
                b,
                f"voxel_too_large: {size}; limit {high_b:.2f} mm {name}",
                order_next("cisternogram"),
            )
        elif value > high_a:
            verdict.lower(
                a, f"voxel_large: {size}; limit {high_a:.2f} mm {name}", order_next("cisternogram")
            )
    snr = signal_to_noise(volume)
    if snr < limit("class_b.snr"):
        verdict.lower(
            b,
            f"noise: fluid over noise is {snr:.1f}; limit {limit('class_b.snr'):.0f}",
            order_next("repeat_noise"),
        )
    elif snr < limit("class_a.snr"):
        verdict.lower(
            a,
            f"noise: fluid over noise is {snr:.1f}; limit {limit('class_a.snr'):.0f}",
            order_next("repeat_noise"),
        )

    bump = ghost_bump(volume)
    if bump > limit("ghost.bump"):
        verdict.lower(
            a,
            f"motion: copies of edges at {bump:.3f} of their strength; "
            f"limit {limit('ghost.bump'):.3f}",
            order_next("repeat_motion"),
        )


def _judge_course(volume: Volume, seeds: Seeds, side: Side, verdict: _Verdict) -> None:
    """Judge the fluid along the way of the nerve."""
    root, porus = (seeds.point(Nerve.VII, side, k) for k in (SeedKind.ROOT_EXIT, SeedKind.PORUS))
    if root is None or porus is None:
        return
    if not bool(np.all(volume.contains(np.array([root, porus]), limit("coverage.margin_mm")))):
        return
    darkest = float(fluid_along(volume, root, porus).min())
    if darkest < limit("banding.level"):
        verdict.lower(
            AssessabilityClass.B,
            f"dark_band: fluid along the nerve falls to {darkest:.2f} of its brightest; "
            f"limit {limit('banding.level'):.2f}",
            order_next("repeat_banding"),
        )


def _judge_angiogram(volume: Volume | None, verdict: _Verdict, residual_mm: float | None) -> None:
    lower = AssessabilityClass.B
    if volume is None:
        verdict.lower(
            lower,
            "cisternogram_only: artery and vein cannot be told apart, and fast flow may vanish",
            order_next("angiogram"),
        )
        return
    thick = float(native_voxel(volume).max())
    if thick > limit("class_b.through_mm"):
        verdict.lower(
            lower,
            f"angiogram_thick: {thick:.2f} mm; above "
            f"{limit('class_b.through_mm'):.2f} mm it is not used",
            order_next("angiogram"),
        )
    elif thick > limit("class_a.tof_mm"):
        verdict.lower(
            lower,
            f"angiogram_thick: {thick:.2f} mm; limit {limit('class_a.tof_mm'):.2f}",
            order_next("angiogram"),
        )
    if residual_mm is not None and residual_mm > limit("class_a.residual_mm"):
        verdict.lower(
            lower,
            f"not_aligned: the series lie {residual_mm:.2f} mm apart at the porus; "
            f"limit {limit('class_a.residual_mm'):.2f}",
            order_next("angiogram"),
        )


def _judge_seeds(seeds: Seeds, side: Side, volume: Volume | None, verdict: _Verdict) -> None:
    worst = AssessabilityClass.C
    ends = [seeds.point(Nerve.VII, side, k) for k in (SeedKind.ROOT_EXIT, SeedKind.PORUS)]
    marked = [end for end in ends if end is not None]
    if len(marked) < 2:
        verdict.lower(worst, "ends_unmarked: both ends of VII must be marked", MARK_ENDS)
        _judge_field(seeds, side, volume, verdict)
    elif not seeds.confirmed:
        verdict.lower(worst, "seeds_unconfirmed: no reader has confirmed the clicks", CONFIRM_SEEDS)
    if marked and volume is not None:
        inside = volume.contains(np.array(marked), limit("coverage.margin_mm"))
        if not bool(np.all(inside)):
            verdict.lower(
                worst, "outside: the nerve leaves the volume on this side", order_next("coverage")
            )


def _judge_field(seeds: Seeds, side: Side, volume: Volume | None, verdict: _Verdict) -> None:
    """Say whether a side that nobody marked lies in the field at all."""
    places = mirrored_ends(seeds, side)
    if volume is None or places is None:
        return
    if not bool(np.all(volume.contains(places, limit("coverage.margin_mm")))):
        verdict.lower(
            AssessabilityClass.C,
            f"side_not_in_field: the series ends before the nerve of this side; only the "
            f"{other_side(side).value} side can be measured",
            order_next("coverage"),
        )


def segments_of(
    arc_mm: NDArray[np.float64], *, detached: bool
) -> dict[Segment, tuple[float, float]]:
    """Return the stretch of each part of VII from its arc length.

    Parameters
    ----------
    arc_mm : ndarray
        From the detachment to the porus; below 0 on the brainstem.
    detached : bool
        Whether a reader marked the detachment. Otherwise the course starts at the root exit, and
        where the nerve leaves the surface is unknown.

    Examples
    --------
    >>> segments_of(np.array([-6.0, 0.0, 16.0]), detached=True)[Segment.DISTAL_CISTERNAL]
    (10.0, 16.0)
    """
    last, near = float(arc_mm[-1]), limit("nerve.transition_mm")
    found: dict[Segment, tuple[float, float]] = {}
    if detached and float(arc_mm[0]) < 0.0:
        found[Segment.ATTACHED] = (float(arc_mm[0]), 0.0)
    found[Segment.TRANSITION] = (0.0, min(near, last))
    if last > near + 1.0:
        half = 0.5 * (near + last)
        found[Segment.PROXIMAL_CISTERNAL] = (near, half)
        found[Segment.DISTAL_CISTERNAL] = (half, last)
    return found
