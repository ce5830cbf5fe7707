"""What one side's series allow, before any number: A a number, B a category, C neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.model.imaging import Assessability, AssessabilityClass, Nerve, Role, Segment
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import ImagingStudy, Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

ORDER_CISTERNOGRAM = (
    "order_cisternogram: 3-D strongly T2-weighted series, 0.4 to 0.6 mm voxels, slices at most "
    "0.7 mm, 3 T where there is one"
)
ORDER_ANGIOGRAM = (
    "order_angiogram: 3-D time-of-flight series, 0.4 to 0.6 mm in plane, slices at most 0.7 mm, "
    "from the foramen magnum to the tip of the basilar artery, in the same session"
)
CONFIRM_SEEDS = "confirm_seeds: a reader looks at every click on three planes and saves"
MARK_ENDS = "mark_ends: mark the root exit and the porus of VII and VIII on this side"
MORE_COVERAGE = "order_coverage: place the slab so that both internal auditory canals lie inside"
REPEAT = "repeat_series: the series is too noisy or moved; repeat it"

_GRADES = (AssessabilityClass.A, AssessabilityClass.B, AssessabilityClass.C)
_ALLOWED = {
    AssessabilityClass.A: ("number", "interval", "grade", "category", "rule_out"),
    AssessabilityClass.B: ("interval", "category", "rule_out"),
    AssessabilityClass.C: ("rule_out",),
}


@dataclass
class _Verdict:
    """The worst class so far, and why."""

    grade: AssessabilityClass = AssessabilityClass.A
    reasons: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    def lower(self, grade: AssessabilityClass, reason: str, step: str | None = None) -> None:
        self.grade = max(self.grade, grade, key=_GRADES.index)
        self.reasons.append(reason)
        if step is not None and step not in self.steps:
            self.steps.append(step)


def native_voxel(volume: Volume) -> NDArray[np.float64]:
    """Return the acquired voxel along the array axes: interpolation adds no resolution.

    Slices thicker than their distance count with their thickness.
    """
    spacing = np.array(volume.spacing_mm)
    native = np.maximum(np.array(volume.facts.acquired_voxel_mm or spacing), spacing)
    thick = volume.facts.slice_thickness_mm
    if thick is not None and volume.facts.acquired_voxel_mm is None:
        native[2] = max(native[2], thick)
    return np.asarray(native, dtype=np.float64)


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
    """
    verdict = _Verdict()
    cisternogram, angiogram = study.of_role(Role.CISS), study.of_role(Role.TOF)
    if cisternogram is None:
        _without_cisternogram(study, verdict)
    else:
        _judge_cisternogram(cisternogram, verdict)
        _judge_angiogram(angiogram, verdict, residual_mm)
    _judge_seeds(seeds, side, cisternogram or angiogram or study.of_role(Role.T1), verdict)
    allowed = tuple(dict.fromkeys((*_ALLOWED[verdict.grade], *verdict.extra)))
    return Assessability(
        side=side,
        grade=verdict.grade,
        reasons=tuple(verdict.reasons),
        next_steps=tuple(verdict.steps),
        allowed=allowed,
    )


def _without_cisternogram(study: ImagingStudy, verdict: _Verdict) -> None:
    """Say what other series show without one."""
    found = ", ".join(sorted({v.role.value for v in study.volumes})) or "none"
    verdict.lower(
        AssessabilityClass.C,
        f"no_cisternogram: no strongly T2-weighted 3-D series; series: {found}",
        ORDER_CISTERNOGRAM,
    )
    if study.of_role(Role.TOF) is None:
        verdict.steps.append(ORDER_ANGIOGRAM)
    else:
        verdict.extra.append("vessel_map")
    for role in (Role.T1, Role.T1_CONTRAST):
        volume = study.of_role(role)
        if volume is not None and float(native_voxel(volume).max()) <= limit("t1.voxel_mm"):
            verdict.extra.append("nerve_course")
            verdict.reasons.append(
                f"{role.value}_only: it shows the nerve's course, not the vessels"
            )


def _judge_cisternogram(volume: Volume, verdict: _Verdict) -> None:
    fine, middle, thick = (float(v) for v in np.sort(native_voxel(volume)))
    size = f"{fine:.2f} x {middle:.2f} x {thick:.2f} mm"
    a, b = AssessabilityClass.B, AssessabilityClass.C
    if volume.facts.acquired_3d is False:
        verdict.lower(b, "single_slices: the series is 2-D", ORDER_CISTERNOGRAM)
    for value, name in ((middle, "in_plane"), (thick, "through")):
        high_a, high_b = limit(f"class_a.{name}_mm"), limit(f"class_b.{name}_mm")
        if value > high_b:
            verdict.lower(
                b, f"voxel_too_large: {size}; limit {high_b:.2f} mm {name}", ORDER_CISTERNOGRAM
            )
        elif value > high_a:
            verdict.lower(
                a, f"voxel_large: {size}; limit {high_a:.2f} mm {name}", ORDER_CISTERNOGRAM
            )
    snr = signal_to_noise(volume)
    if snr < limit("class_b.snr"):
        verdict.lower(
            b, f"noise: fluid over noise is {snr:.1f}; limit {limit('class_b.snr'):.0f}", REPEAT
        )
    elif snr < limit("class_a.snr"):
        verdict.lower(
            a, f"noise: fluid over noise is {snr:.1f}; limit {limit('class_a.snr'):.0f}", REPEAT
        )


def _judge_angiogram(volume: Volume | None, verdict: _Verdict, residual_mm: float | None) -> None:
    lower = AssessabilityClass.B
    if volume is None:
        verdict.lower(
            lower,
            "cisternogram_only: artery and vein cannot be told apart, and fast flow may vanish",
            ORDER_ANGIOGRAM,
        )
        return
    thick = float(native_voxel(volume).max())
    if thick > limit("class_b.through_mm"):
        verdict.lower(
            lower,
            f"angiogram_thick: {thick:.2f} mm; above "
            f"{limit('class_b.through_mm'):.2f} mm it is not used",
            ORDER_ANGIOGRAM,
        )
    elif thick > limit("class_a.tof_mm"):
        verdict.lower(
            lower,
            f"angiogram_thick: {thick:.2f} mm; limit {limit('class_a.tof_mm'):.2f}",
            ORDER_ANGIOGRAM,
        )
    if residual_mm is not None and residual_mm > limit("class_a.residual_mm"):
        verdict.lower(
            lower,
            f"not_aligned: the series lie {residual_mm:.2f} mm apart at the porus; "
            f"limit {limit('class_a.residual_mm'):.2f}",
            ORDER_ANGIOGRAM,
        )


def _judge_seeds(seeds: Seeds, side: Side, volume: Volume | None, verdict: _Verdict) -> None:
    worst = AssessabilityClass.C
    ends = [seeds.point(Nerve.VII, side, k) for k in (SeedKind.ROOT_EXIT, SeedKind.PORUS)]
    marked = [end for end in ends if end is not None]
    if len(marked) < 2:
        verdict.lower(worst, "ends_unmarked: both ends of VII must be marked", MARK_ENDS)
    elif not seeds.confirmed:
        verdict.lower(worst, "seeds_unconfirmed: no reader has confirmed the clicks", CONFIRM_SEEDS)
    if marked and volume is not None:
        inside = volume.contains(np.array(marked), limit("coverage.margin_mm"))
        if not bool(np.all(inside)):
            verdict.lower(worst, "outside: the nerve leaves the volume on this side", MORE_COVERAGE)


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
