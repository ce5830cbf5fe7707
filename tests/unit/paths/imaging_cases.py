"""Cases with simulated MRI, small enough to be assessed within seconds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hemispasm.formats.case import write_case, write_visit
from hemispasm.formats.seeds import read_seeds, write_seeds
from hemispasm.model import Case, Side, Visit
from hemispasm.model.imaging import Role, Segment, VesselName
from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan, fusion_series
from hemispasm.simulated_mri import write_simulated_mri

FIRST, SECOND = date(2026, 3, 2), date(2026, 9, 7)
#: Too coarse for any number, and quick: class C with clicks or without.
COARSE = (
    SeriesPlan(voxel_mm=(1.0, 1.0, 2.0), extent_mm=(78.0, 30.0, 26.0)),
    SeriesPlan(Role.TOF, voxel_mm=(1.0, 1.0, 2.0), extent_mm=(78.0, 30.0, 26.0)),
)


def fine(extent_mm=(78.0, 34.0, 28.0)):
    """Series of class A that hold both sides."""
    return fusion_series((0.5, 0.5, 0.5), extent_mm=extent_mm)


def imaging_case(folder: Path, days=(FIRST,), id="P-008", **more) -> Path:
    """Make an empty case with visits and no recording."""
    write_case(folder, Case(id=id, **more))
    for day in days:
        write_visit(folder, Visit(day=day))
    return folder


def imaging_folder(case: Path, day=FIRST) -> Path:
    return case / "visits" / day.isoformat() / "imaging"


def add_mri(
    case: Path,
    day=FIRST,
    *,
    side=Side.LEFT,
    distance_mm=0.0,
    other_mm=None,
    series=COARSE,
    seed=21,
    form="nifti",
    **more,
) -> Path:
    """Add an examination with a vessel at the nerve of one side, or of both."""
    other = None if other_mm is None else Conflict(VesselName.AICA, Segment.TRANSITION, other_mm)
    options = MriOptions(
        side=side,
        conflict=Conflict(VesselName.AICA, Segment.TRANSITION, distance_mm),
        other=other,
        series=series,
        **more,
    )
    folder = imaging_folder(case, day)
    write_simulated_mri(folder, options, seed, form=form)
    return folder


def without_seeds(folder: Path) -> Path:
    (folder / "seeds.json").unlink()
    return folder


def unconfirmed(folder: Path) -> Path:
    path = folder / "seeds.json"
    write_seeds(path, read_seeds(path).model_copy(update={"confirmed": False}))
    return folder
