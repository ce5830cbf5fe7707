"""Two sides through real files in any plane, and their mirror image: the side must follow."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import ImagingStudy
from hemispasm.model.side import Side
from hemispasm.validate.imaging_case import (
    ImagingCase,
    empty_case,
    measure_made,
    one_side_of,
    read_side,
    said_of,
    undrawn_case,
)
from hemispasm.validate.imaging_plan import ImagingJob, attempts_of

if TYPE_CHECKING:
    from hemispasm.model import FindingsDocument
    from hemispasm.model.imaging import Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.simulate.mri.truth import SimulatedMri, TrueConflict

_X = np.diag([-1.0, 1.0, 1.0, 1.0])
_CONTACT = "imaging.vessel_contact"


def other_side(side: Side) -> Side:
    """Return the other side.

    Examples
    --------
    >>> other_side(Side.LEFT).value
    'right'
    """
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def run_sides(job: ImagingJob) -> ImagingCase:
    """Write a session of two sides, read and measure it, then measure its mirror image.

    One side has contact, on the other an artery passes at 1 mm or more. Every other session goes
    through DICOM, the others through NIfTI.
    """
    from hemispasm.measuring_imaging import measure_imaging_series

    began = time.process_time()
    with TemporaryDirectory(prefix="hemispasm-validate-") as scratch:
        folder = Path(scratch) / "session"
        try:
            made = write_session(job, folder)
        except UsageError:
            return undrawn_case(job)
        made_cpu_s = time.process_time() - began
        case = empty_case(job, made.truth)
        began = time.process_time()
        try:
            whole = measure_imaging_series(folder)
        except Exception as fault:
            return case.model_copy(update={"crashed": type(fault).__name__})
    cpu_s = time.process_time() - began
    here = one_side_of(whole, job.side)
    found = read_side(here, made.truth, job)
    found["side_outcome"] = side_said(whole.document, job.side)
    found["mirrored_mm"] = mirrored_change(made, job.side)
    return case.model_copy(
        update={"made_cpu_s": round(made_cpu_s, 2), "cpu_s": round(cpu_s, 2), **found}
    )


def write_session(job: ImagingJob, folder: Path) -> SimulatedMri:
    """Write a session into a new folder, drawn again where its geometry cannot be laid out.

    Raises
    ------
    UsageError
        No attempt could be laid out.
    """
    from hemispasm.simulated_mri import write_simulated_mri

    form: Literal["dicom", "nifti"] = "dicom" if job.place % 2 == 0 else "nifti"
    fault: Exception | None = None
    for options, seed in attempts_of(job):
        try:
            return write_simulated_mri(folder, options, seed, form=form)
        except (UsageError, ValueError) as found:
            fault = found
    raise UsageError("no_session", "No session was drawn.", "Choose another seed.") from fault


def side_said(document: FindingsDocument, affected: Side) -> str:
    """Return how the side with contact came out.

    Contact named on the other side is wrong, whatever was said of this one.
    """
    said = {
        side: {f.value for f in document.findings if f.code == _CONTACT and f.side is side}
        for side in (Side.LEFT, Side.RIGHT)
    }
    if "present" in said[other_side(affected)]:
        return "wrong"
    here = said[affected]
    if "present" in here:
        return "right"
    if not here:
        return "refused"
    return "uncertain" if "not_assessable" in here else "missed"


def mirrored_change(made: SimulatedMri, side: Side) -> float | None:
    """Return the distance on the other side of the mirror image less the one here.

    None where either gave nothing.
    """
    image = ImagingStudy(tuple(mirror_volume(v) for v in made.volumes))
    seeds = mirror_seeds(made.seeds)
    true = made.truth.set_conflict(side)
    here = said_of(measure_made(made, side), true, attached=False)
    there = said_of(
        measure_made(replace(made, volumes=image.volumes, seeds=seeds), other_side(side)),
        None if true is None else mirror_conflict(true),
        attached=False,
    )
    return None if here is None or there is None else there.distance_mm - here.distance_mm


def mirror_volume(volume: Volume) -> Volume:
    """Return the patient's mirror image; the rows run the other way, so that the axes turn alike.

    Examples
    --------
    >>> from hemispasm.model.imaging import Role, Volume, lps_affine
    >>> ramp = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    >>> volume = Volume(ramp, lps_affine((1, 1, 1), (5, 0, 0), np.eye(3)), Role.CISS)
    >>> image = mirror_volume(volume)
    >>> [round(v) for v in image.to_voxel([[-5.0, 0.0, 0.0]])[0]], float(image.array[1, 0, 0])
    ([1, 0, 0], 0.0)
    """
    turn = np.diag([-1.0, 1.0, 1.0, 1.0])
    turn[0, 3] = volume.shape[0] - 1
    return replace(
        volume,
        array=volume.array[::-1],
        affine=_X @ volume.affine @ turn,
    )


def mirror_seeds(seeds: Seeds) -> Seeds:
    """Return the clicks of the mirror image, sides exchanged."""
    changed = tuple(
        s.model_copy(
            update={"side": other_side(s.side), "xyz_mm": (-s.xyz_mm[0], s.xyz_mm[1], s.xyz_mm[2])}
        )
        for s in seeds.seeds
    )
    return seeds.model_copy(update={"seeds": changed})


def mirror_conflict(true: TrueConflict) -> TrueConflict:
    """Return where the conflict lies in the mirror image."""
    x, y, z = true.point_vessel_mm
    return true.model_copy(update={"side": other_side(true.side), "point_vessel_mm": (-x, y, z)})
