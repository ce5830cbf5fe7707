"""Cases with simulated MRI, small enough to be assessed within seconds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hemispasm.charting import make_chart
from hemispasm.formats.case import read_case, write_case, write_visit
from hemispasm.formats.seeds import read_seeds, write_seeds
from hemispasm.model import (
    Case,
    Finding,
    FindingsDocument,
    Provenance,
    Quality,
    RecordingRef,
    Side,
    Visit,
)
from hemispasm.model.imaging import Role, Segment, VesselName
from hemispasm.model.imaging_views import ImagingViews
from hemispasm.results import latest_run
from hemispasm.review import add_decisions
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


def conflict(side, verdict, p_contact, *, candidate="v1", segment="transition", mm=None, **more):
    """Findings on one vessel at one stretch of the nerve, as a measurement gives them."""
    where = {"segment": segment, "candidate": candidate, "vessel": "aica"}
    shared = {"side": side, "quality": "measurable", "method": "imaging/1", **where}
    ends = None if mm is None else (mm - 0.4, mm + 0.4)
    level = None if mm is None else 0.95
    unit = None if mm is None else "mm"
    known = {} if p_contact is None else {"p_contact": p_contact}
    found = [
        Finding(code="imaging.vessel_nerve_distance", value=mm, unit=unit, interval=ends,
                level=level, **shared, **known),
        Finding(code="imaging.vessel_contact", value=verdict, **shared, **known),
    ]  # fmt: skip
    if "grades" in more:
        grades = more["grades"]
        best = max(grades, key=grades.__getitem__)
        found.append(
            Finding(code="imaging.conflict_grade", value=best, probabilities=grades, **shared)
        )
    return found


def assessed(side, letter="A", reason=None):
    quality = {"A": "measurable", "B": "limited", "C": "not_assessable"}[letter]
    return Finding(code="imaging.assessability", side=side, value=letter, quality=quality,
                   method="imaging/1", reason=reason)  # fmt: skip


def checklist():
    sides = (Side.LEFT, Side.RIGHT)
    return [
        Finding(code="imaging.cpa_mass", side=side, value="not_looked", quality="not_assessable",
                method="imaging/1", reason="reader_must_look: series that can show it: ciss")
        for side in sides
    ]  # fmt: skip


def imaging_document(findings, sha256="5" * 64, series="ciss, tof", **settings):
    recording = RecordingRef(kind="imaging", sha256=sha256, simulated=True)
    return FindingsDocument(
        recording=recording,
        quality=Quality(grade="measurable", analysed_s=0.0),
        findings=tuple(f.model_copy(update={"recording": recording}) for f in findings),
        provenance=Provenance(
            hemispasm="test",
            settings={"series": series, "seeds confirmed": True, "seeds_sha256": "5" * 64}
            | settings,
        ),
    )


class FakeImaging:
    """Stands in for reading and measuring series; counts how often it is asked."""

    def __init__(self, findings=None):
        self.findings = findings or [
            assessed(Side.LEFT),
            *conflict(Side.LEFT, "present", 0.97, mm=-0.1,
                      grades={"0": 0.03, "1": 0.7, "2": 0.2, "3": 0.07}),
            *conflict(Side.LEFT, "absent", 0.01, candidate="v2", mm=1.9),
            assessed(Side.RIGHT),
            *conflict(Side.RIGHT, "absent", 0.02, mm=1.4,
                      grades={"0": 0.98, "1": 0.01, "2": 0.01, "3": 0.0}),
            *checklist(),
        ]  # fmt: skip
        self.error = None
        self.settings = {}
        self.asked = 0

    def __call__(self, files, sha256, *, pictures=True):
        self.asked += 1
        if self.error is not None:
            raise self.error
        document = imaging_document(self.findings, sha256, **self.settings)
        views = ImagingViews(sha256=sha256).model_dump(mode="json", by_alias=True)
        return document, views if pictures else None


def add_series(case, day=FIRST, content=b"series", name="ciss.nii.gz"):
    """Add a file that stands for a series."""
    folder = imaging_folder(case, day)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder


def decide(case, *wishes, reason="looked at the pictures"):
    folder = read_case(case)
    return add_decisions(folder, latest_run(folder).machine, wishes, initials="AB", reason=reason)


def charted(case, code, side):
    folder = read_case(case)
    return make_chart(folder, latest_run(folder).effective).value(code, side)
