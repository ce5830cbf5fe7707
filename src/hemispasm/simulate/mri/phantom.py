"""Simulate the MRI of one patient: anatomy, pose, series, clicks, truth."""

from __future__ import annotations

import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.imaging import Nerve, Role, SequenceFacts, Volume, lps_affine
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side
from hemispasm.simulate.mri.acquire import Raster, acquire, coil_field, raster_of
from hemispasm.simulate.mri.analytic import analytic_anatomy_of
from hemispasm.simulate.mri.anatomy import Anatomy, as_point, as_points
from hemispasm.simulate.mri.paint import paint, smooth_noise
from hemispasm.simulate.mri.parameters import number
from hemispasm.simulate.mri.scene import Grid
from hemispasm.simulate.mri.signals import bssfp, contrast_of
from hemispasm.simulate.mri.truth import (
    MriTruth,
    SimulatedMri,
    TrueConflict,
    TrueNerve,
    TrueSeries,
    TrueVessel,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import VesselName, Xyz
    from hemispasm.simulate.mri.options import MriOptions, SeriesPlan
    from hemispasm.simulate.mri.signals import Contrast

_UNIT = {Role.CISS: 1400.0, Role.T2: 1200.0, Role.TOF: 900.0}
_BLUR_BELOW_HU = 1024.0


def simulate_mri(options: MriOptions | None = None, seed: int = 0) -> SimulatedMri:
    """Simulate the series of one session with the reader's clicks and the truth.

    Parameters
    ----------
    options : MriOptions, optional
        Patient, conflict, series; ``options.family`` chooses the geometry.
    seed : int
        The same options and seed give the same patient and pictures; with ``side`` exchanged the
        same patient mirrored.

    Examples
    --------
    >>> from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan
    >>> coarse = SeriesPlan(voxel_mm=(1.2, 1.2, 1.2))
    >>> made = simulate_mri(MriOptions(conflict=Conflict(distance_mm=0.5), series=(coarse,)), 3)
    >>> round(made.truth.set_conflict(Side.LEFT).distance_mm, 3)
    0.5
    >>> made.volumes[0].role, made.volumes[0].simulated
    (<Role.CISS: 'ciss'>, True)
    """
    from hemispasm.simulate.mri.options import MriOptions

    options = options or MriOptions()
    anatomy = _anatomy_of(options, seed)
    pose = _pose(options, seed)
    volumes, rows = [], []
    for index, plan in enumerate(options.series):
        moved = _moved(plan, index, anatomy, pose, options, seed)
        volume, noise = _picture(anatomy, plan, pose, moved, index, seed)
        volumes.append(volume)
        matrix = tuple(tuple(round(float(v), 9) for v in row) for row in moved)
        rows.append(TrueSeries(role=plan.role, moved=matrix, noise_sd=noise))
    truth = MriTruth(
        family=options.family,
        seed=seed,
        affected_side=options.side,
        compression=options.compression,
        nerves=tuple(_posed_nerve(nerve, pose) for nerve in anatomy.nerves),
        vessels=tuple(_posed_vessel(vessel, pose) for vessel in anatomy.vessels),
        conflicts=tuple(_posed_conflict(pair, pose) for pair in anatomy.conflicts),
        lesions=anatomy.lesions,
        series=tuple(rows),
        settings=_settings(options),
    )
    return SimulatedMri(tuple(volumes), _clicks(truth, options, seed), truth)


def _anatomy_of(options: MriOptions, seed: int) -> Anatomy:
    if options.family == "analytic":
        return analytic_anatomy_of(options, seed)
    from hemispasm.simulate.mri.organic import organic_anatomy_of

    return organic_anatomy_of(options, seed)


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _turn(angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotation by three angles about x, y and z."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(angles_deg)):
        c, s = np.cos(angle), np.sin(angle)
        one = np.eye(3)
        a, b = (axis + 1) % 3, (axis + 2) % 3
        one[a, a], one[a, b], one[b, a], one[b, b] = c, -s, s, c
        matrix = one @ matrix
    return matrix


def _rigid(turn: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, shift
    return matrix


def _mirror(options: MriOptions) -> float:
    return 1.0 if options.side is Side.LEFT else -1.0


def _pose(options: MriOptions, seed: int) -> NDArray[np.float64]:
    """Return how the head lies in the scanner: anatomy to LPS."""
    stream, sign = _stream(seed, "pose"), _mirror(options)
    angles = options.head_tilt_deg * stream.standard_normal(3) * [1.0, sign, sign]
    shift = options.head_shift_mm * stream.standard_normal(3) * [sign, 1.0, 1.0]
    return _rigid(_turn(angles), shift)


def _moved(
    plan: SeriesPlan,
    index: int,
    anatomy: Anatomy,
    pose: NDArray[np.float64],
    options: MriOptions,
    seed: int,
) -> NDArray[np.float64]:
    """Return how the head moved since the first series, about the middle of the nerves."""
    if index == 0:
        return np.eye(4)
    stream, sign = _stream(seed, f"moved {index}"), _mirror(options)
    size = plan.misalignment_mm
    turn = plan.misalignment_deg
    size = number("image.misalignment_mm") if size is None else size
    turn = number("image.misalignment_deg") if turn is None else turn
    rotation = _turn(turn * stream.standard_normal(3) * [1.0, sign, sign])
    shift = size * stream.standard_normal(3) * [sign, 1.0, 1.0]
    centre = pose[:3, :3] @ np.array(anatomy.centre_mm) + pose[:3, 3]
    return _rigid(rotation, centre - rotation @ centre + shift)


def _axes(plan: SeriesPlan) -> NDArray[np.float64]:
    """Return the unit vectors of rows, columns and slices in LPS, as columns."""
    planes = {
        "axial": np.eye(3),
        "coronal": np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]),
        "sagittal": np.array([[0, 0, 1.0], [1.0, 0, 0], [0, -1.0, 0]]),
    }
    tilt = (
        [0.0, 0.0, plan.tilt_deg] if plan.orientation == "sagittal" else [plan.tilt_deg, 0.0, 0.0]
    )
    found: NDArray[np.float64] = _turn(np.array(tilt)) @ planes[plan.orientation]
    return found


def _picture(
    anatomy: Anatomy,
    plan: SeriesPlan,
    pose: NDArray[np.float64],
    moved: NDArray[np.float64],
    index: int,
    seed: int,
) -> tuple[Volume, float]:
    """Return one series and the standard deviation of its noise in picture units."""
    axes = _axes(plan)
    extent = np.abs(np.rint(axes.T)) @ np.array(plan.extent_mm)
    raster = raster_of(plan, (float(extent[0]), float(extent[1]), float(extent[2])))
    wanted = np.array(anatomy.centre_mm) + np.array(plan.offset_mm)
    centre = pose[:3, :3] @ wanted + pose[:3, 3]
    middle = (np.array(raster.acquired) * np.array(plan.voxel_mm) - raster.fine_mm) / 2
    origin = centre - axes @ middle
    to_anatomy = np.linalg.inv(moved @ pose)
    grid = Grid(to_anatomy @ lps_affine(raster.fine_mm, origin, axes), raster.fine)
    stream = _stream(seed, f"picture {index}")
    contrast = contrast_of(plan.role, _or(plan.contrast_sd, "image.contrast_sd"), stream)
    drift_axis = to_anatomy[:3, :3] @ axes[:, 1]
    drift = (drift_axis, plan.flow_shift_mm) if plan.role is Role.TOF else None
    fine = paint(
        anatomy.scene, grid, contrast, stream, _or(plan.csf_pulsation, "image.csf_pulsation"), drift
    )
    shown, noise = _developed(fine, raster, plan, contrast, stream)
    start = origin + axes @ (raster.recon_mm * np.array(raster.rim))
    volume = Volume(
        array=shown,
        affine=lps_affine(raster.recon_mm, start, axes),
        role=plan.role,
        role_confidence=1.0,
        role_source="simulated",
        facts=_facts(plan, contrast, raster),
        series_number=index + 2,
        simulated=True,
    )
    return volume, noise


def _or(value: float | None, key: str) -> float:
    return number(key) if value is None else value


def _developed(
    fine: NDArray[np.float32],
    raster: Raster,
    plan: SeriesPlan,
    contrast: Contrast,
    stream: np.random.Generator,
) -> tuple[NDArray[np.int16], float]:
    """Return the picture as the scanner stores it, and its noise."""
    if plan.banding_hz > 0.0 and plan.role is Role.CISS:
        fine *= _bands(raster, plan, contrast, stream)
    is_ct = plan.role is Role.CT
    if is_ct:
        fine += np.float32(_BLUR_BELOW_HU)
    sd = (100.0 if is_ct else 1.0) / plan.snr
    picture = acquire(fine, raster, plan, number("image.apodisation"), sd, stream)
    if is_ct:
        picture -= np.float32(_BLUR_BELOW_HU)
        return np.clip(np.rint(picture), -1024, 3071).astype(np.int16), sd
    picture *= coil_field(raster.shown, _or(plan.bias, "image.bias"), stream)
    unit = _UNIT.get(plan.role, 600.0)
    return np.clip(np.rint(unit * picture), 0, 32000).astype(np.int16), sd * unit


def _bands(
    raster: Raster, plan: SeriesPlan, contrast: Contrast, stream: np.random.Generator
) -> NDArray[np.float32]:
    """Return the factor that off-resonance leaves on CSF in a single acquisition."""
    t1, t2 = 4200.0, 1500.0
    angle = np.linspace(-2 * np.pi, 2 * np.pi, 721)
    curve = bssfp(t1, t2, contrast.sequence, np.pi + angle) / bssfp(t1, t2, contrast.sequence)
    field = smooth_noise(raster.fine, float(raster.fine_mm.mean()), 25.0, stream)
    turned = 2 * np.pi * plan.banding_hz * field * contrast.sequence.tr_ms / 1000.0
    return np.interp(turned, angle, curve).astype(np.float32)


def _facts(plan: SeriesPlan, contrast: Contrast, raster: Raster) -> SequenceFacts:
    sequence = contrast.sequence
    is_ct = plan.role is Role.CT
    names = {Role.CISS: "ciss3d", Role.TOF: "tof3d", Role.FLAIR: "flair3d", Role.T2: "tse3d"}
    return SequenceFacts(
        modality="CT" if is_ct else "MR",
        acquired_3d=True,
        repetition_ms=None if is_ct else sequence.tr_ms,
        echo_ms=None if is_ct else sequence.te_ms,
        inversion_ms=sequence.ti_ms or None,
        flip_deg=None if is_ct else sequence.flip_deg,
        field_t=None if is_ct else 3.0,
        slice_thickness_mm=float(plan.voxel_mm[2]),
        slice_spacing_mm=float(raster.recon_mm[2]),
        acquired_matrix=(raster.acquired[0], raster.acquired[1]),
        reconstructed_matrix=(raster.recon[0], raster.recon[1]),
        acquired_voxel_mm=plan.voxel_mm,
        contrast=plan.role is Role.T1_CONTRAST,
        sequence=names.get(plan.role, "ct" if is_ct else "flash3d"),
    )


def _posed(points: tuple[Xyz, ...], pose: NDArray[np.float64]) -> tuple[Xyz, ...]:
    return as_points(np.array(points) @ pose[:3, :3].T + pose[:3, 3])


def _posed_nerve(nerve: TrueNerve, pose: NDArray[np.float64]) -> TrueNerve:
    marks = ("root_exit_mm", "detachment_mm", "porus_mm", "fundus_mm")
    places = _posed(tuple(getattr(nerve, mark) for mark in marks), pose)
    moved: dict[str, Any] = dict(zip(marks, places, strict=True))
    return nerve.model_copy(update={**moved, "points_mm": _posed(nerve.points_mm, pose)})


def _posed_vessel(vessel: TrueVessel, pose: NDArray[np.float64]) -> TrueVessel:
    return vessel.model_copy(update={"points_mm": _posed(vessel.points_mm, pose)})


def _posed_conflict(pair: TrueConflict, pose: NDArray[np.float64]) -> TrueConflict:
    nerve, vessel = _posed((pair.point_nerve_mm, pair.point_vessel_mm), pose)
    return pair.model_copy(update={"point_nerve_mm": nerve, "point_vessel_mm": vessel})


def _clicks(truth: MriTruth, options: MriOptions, seed: int) -> Seeds:
    """Return the reader's clicks: ends of both nerves, detachment, and the suspected vessel."""
    found: list[tuple[Nerve, Side, SeedKind, Xyz, VesselName | None]] = []
    for nerve in truth.nerves:
        kinds = {SeedKind.ROOT_EXIT: nerve.root_exit_mm, SeedKind.PORUS: nerve.porus_mm}
        if nerve.nerve is Nerve.VII:
            kinds[SeedKind.DETACHMENT] = nerve.detachment_mm
        for kind, place in kinds.items():
            found.append((nerve.nerve, nerve.side, kind, place, None))
    for side in options.sides:
        pair = truth.set_conflict(side) or truth.nearest(side)
        if pair is not None:
            place = pair.point_vessel_mm
            found.append((Nerve.VII, side, SeedKind.VESSEL, place, pair.name))
    clicks = []
    for name, side, kind, place, vessel in found:
        word = "near" if side is options.side else "far"
        stream = _stream(seed, f"click {name} {word} {kind}")
        jitter = options.seed_jitter_mm * stream.standard_normal(3) * [_mirror(options), 1.0, 1.0]
        clicks.append(
            Seed(
                nerve=name,
                side=side,
                kind=kind,
                xyz_mm=as_point(np.array(place) + jitter),
                source="simulated",
                vessel=vessel,
                sd_mm=options.seed_jitter_mm,
            )
        )
    return Seeds(confirmed=options.seeds_confirmed, seeds=tuple(clicks))


def _settings(options: MriOptions) -> dict[str, Any]:
    import json

    plain: dict[str, Any] = json.loads(json.dumps(asdict(options), default=str))
    return plain
