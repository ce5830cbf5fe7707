"""`hemispasm simulate mri`: the series of one session with clicks and truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.model.imaging import Xyz
    from hemispasm.simulate.mri.options import SeriesPlan
    from hemispasm.simulate.mri.truth import SimulatedMri

Out = Annotated[Path, typer.Argument(metavar="OUT", help="A folder that does not exist yet.")]
PatientSide = Annotated[str, typer.Option(help="The affected side: the patient's left or right.")]
Vessel = Annotated[str, typer.Option(help="aica, pica, va or vein.")]
Where = Annotated[
    str,
    typer.Option(
        help="root_exit, attached, transition, proximal_cisternal, distal_cisternal or meatal."
    ),
]
Distance = Annotated[
    float,
    typer.Option(min=-0.5, max=6.0, help="Vessel to nerve in mm; below 0 it indents the nerve."),
]
Pushed = Annotated[float, typer.Option(min=0.0, max=4.0, help="Displacement of the nerve in mm.")]
Compression = Annotated[
    float | None,
    typer.Option(min=0.0, max=1.0, help="As in simulate emg; sets distance and displacement."),
]
Voxel = Annotated[str, typer.Option(help="Acquired voxel in mm, like 0.5x0.5x0.5.")]
Roles = Annotated[
    str, typer.Option("--series", help="With commas: ciss, tof, t1, t1_contrast, t2, flair, ct.")
]
Plane = Annotated[str, typer.Option(help="axial, coronal or sagittal.")]
Lesions = Annotated[
    str, typer.Option(help="With commas: vein, ectatic_va, mass, avm, aneurysm, plaque.")
]
Family = Annotated[str, typer.Option("--generator", help="analytic or organic.")]
Form = Annotated[str, typer.Option("--format", help="dicom or nifti.")]
Snr = Annotated[float | None, typer.Option(min=2.0, max=500.0, help="Of the first series.")]
Jitter = Annotated[float, typer.Option(min=0.0, max=5.0, help="SD of the clicks per axis in mm.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same patient.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was made as JSON on stdout.")]


def mri(
    out: Out,
    side: PatientSide = "left",
    vessel: Vessel = "aica",
    segment: Where = "transition",
    distance: Distance = 0.0,
    displacement: Pushed = 0.0,
    compression: Compression = None,
    voxel: Voxel = "0.5x0.5x0.5",
    series: Roles = "ciss,tof",
    plane: Plane = "axial",
    lesions: Lesions = "",
    generator: Family = "analytic",
    form: Form = "dicom",
    snr: Snr = None,
    jitter: Jitter = 0.0,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Simulate the MRI of one patient; clicks and truth are written beside the series."""
    from hemispasm.model.imaging import Segment, VesselName
    from hemispasm.model.side import Side
    from hemispasm.simulate.mri.options import Conflict, MriOptions
    from hemispasm.simulated_mri import write_simulated_mri

    conflict = Conflict(
        vessel=_one_of(VesselName, vessel, "vessel"),
        segment=_one_of(Segment, segment, "segment"),
        distance_mm=distance,
        displacement_mm=displacement,
    )
    options = MriOptions(
        family=generator,
        side=_one_of(Side, side, "side"),
        compression=compression,
        conflict=conflict,
        lesions=tuple(part.strip() for part in lesions.split(",") if part.strip()),
        series=_plans(series, _voxel(voxel), plane, snr),
        seed_jitter_mm=jitter,
    )
    made = write_simulated_mri(out, options, seed, form=form)  # type: ignore[arg-type]
    _say(out, made, as_json)


def _plans(roles: str, voxel: Xyz, plane: str, snr: float | None) -> tuple[SeriesPlan, ...]:
    from hemispasm.model.imaging import Role
    from hemispasm.simulate.mri.options import SeriesPlan

    plans = []
    for part in roles.split(","):
        role = _one_of(Role, part.strip(), "series")
        usual = 20.0 if role is Role.TOF else 25.0
        given: Any = plane
        plans.append(SeriesPlan(role, voxel_mm=voxel, orientation=given, snr=usual))
    if snr is not None:
        plans[0] = replace(plans[0], snr=snr)
    return tuple(plans)


def _voxel(text: str) -> Xyz:
    from hemispasm.model.errors import UsageError

    try:
        x, y, z = (float(part) for part in text.lower().split("x"))
    except ValueError:
        raise UsageError(
            "bad_voxel", f"{text!r} is no voxel.", "Write it like 0.6x0.6x1.0."
        ) from None
    return x, y, z


def _one_of(kind: Any, text: str, what: str) -> Any:
    from hemispasm.model.errors import UsageError

    if text not in [entry.value for entry in kind]:
        raise UsageError(
            "unknown_choice",
            f"{text!r} is no {what} here.",
            f"Choose one of: {', '.join(entry.value for entry in kind)}.",
        )
    return kind(text)


def _say(out: Path, made: SimulatedMri, as_json: bool) -> None:
    import json

    truth = made.truth
    pair = truth.set_conflict(truth.affected_side)
    if as_json:
        found = {
            "folder": str(out), "simulated": True, "generator": truth.family, "seed": truth.seed,
            "affected_side": truth.affected_side.value,
            "series": [volume.role.value for volume in made.volumes],
            "conflict": None if pair is None else pair.model_dump(mode="json"),
        }  # fmt: skip
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    told = "no conflict" if pair is None else f"{pair.name.value} at {pair.segment.value}"
    near = "" if pair is None else f", {pair.distance_mm:.2f} mm"
    typer.echo(
        f"{out}: {len(made.volumes)} series, side {truth.affected_side.value}, {told}{near}. "
        "SIMULATED. Research software, not a medical device."
    )
