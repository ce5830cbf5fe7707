"""The whole path: one examination measured, and its results written for archive and planning."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.imaging import ImagingStudy, Role
from hemispasm.model.seeds import Seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset

    from hemispasm.archiving.identity import Identity
    from hemispasm.archiving.structures import NamedTube
    from hemispasm.formats.dicom_seg_source import Signature, SourceSeries
    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.model.imaging import Volume

MESH_FORMS = ("stl", "obj", "gltf")
_ENDING = {"stl": ".stl", "obj": ".obj", "gltf": ".glb"}
_LEADING = (Role.CISS, Role.TOF, Role.T1, Role.T1_CONTRAST)


@dataclass(frozen=True)
class ArchivedResults:
    """What was written.

    Attributes
    ----------
    folder : Path
        All of it, or nothing.
    files : tuple of str
        Names below the folder.
    structures : tuple of str
        Names of the segments, in the order of their numbers.
    signed : bool
        Otherwise every object says that it is a draft.
    notes : tuple of str
        What was left out, and what a person must look at; ``code: sentence`` each.
    """

    folder: Path
    files: tuple[str, ...]
    structures: tuple[str, ...]
    signed: bool
    notes: tuple[str, ...]


def export_dicom(
    path: Path | str,
    out: Path | str,
    *,
    visit: str | None = None,
    seeds: Path | str | None = None,
    run: str | None = None,
    organisation: str | None = None,
    meshes: Sequence[str] = (),
    pictures: bool = True,
    identity: Identity | None = None,
) -> ArchivedResults:
    """Measure one examination and write its results as new series of the same study.

    Parameters
    ----------
    path : path-like
        A folder of DICOM series with ``seeds.json``, or a case.
    out : path-like
        A new folder; it appears complete or not at all. The series are read and never changed.
    visit : str, optional
        Day of the visit, YYYY-MM-DD, where a case has several with MRI.
    seeds : path-like, optional
        The reader's clicks, for a folder that is no case.
    run : str, optional
        ``latest``: the case's latest run is signed, and its findings are the ones to write. Without
        it everything is a draft.
    organisation : str, optional
        Whose reader has signed; needed with ``run``.
    meshes : sequence of str
        Among ``stl``, ``obj``, ``gltf``.
    pictures : bool
        Write key pictures.
    identity : Identity, optional
        Write also the series, cropped and without the patient's identity, and let the results refer
        to those. None: the results carry the patient as the series do.

    Returns
    -------
    ArchivedResults
        What was written, and what was left out.

    Raises
    ------
    RefusedError
        Nobody has confirmed the clicks (``seeds_unconfirmed``), nothing was measured
        (``nothing_to_report``), the series come from NIfTI and no mesh is asked for
        (``nifti_source``), the run is not signed (``not_signed``) or says something else
        (``findings_changed``), or the folder exists (``already_written``).
    UsageError
        ``which_visit``, ``no_imaging``, ``no_case``, ``no_organisation``, ``unknown_mesh_form``, or
        as `hemispasm.measuring_imaging.read_imaging_study`.
    DecodeError, IntegrityError
        As `hemispasm.measuring_imaging.read_imaging_study`.

    Examples
    --------
    >>> made = export_dicom("case/", "to-archive/", meshes=("stl",))  # doctest: +SKIP
    >>> made.files[:2], made.signed  # doctest: +SKIP
    (('report.dcm', 'segmentation.dcm'), False)
    """
    from hemispasm.archiving.case import find_examination, signed_results
    from hemispasm.formats.atomic import new_folder
    from hemispasm.measuring_imaging import measure_read_study, read_imaging_study

    _check_options(out, meshes, run, organisation)
    place = find_examination(Path(path), visit, seeds, run)
    study = read_imaging_study((place.folder,), seeds=place.seeds)
    clicks = _confirmed(study)
    volume = _measured_series(study)
    archived = bool(volume.uids.study and volume.uids.series and volume.uids.instances)
    if not archived and not meshes:
        raise RefusedError(
            "nifti_source",
            "The series come from NIfTI files, which do not say where they stand in an archive.",
            "Give the DICOM series; from NIfTI only surfaces are written, with --mesh.",
        )
    measured = measure_read_study(study)
    signature: Signature | None = None
    if run is not None:
        document, signature = signed_results(place, measured.document, str(organisation))
        measured = replace(measured, document=document)
    target = Path(out).absolute()
    with new_folder(target) as made:
        notes, names = _write_surfaces(made, measured, meshes, signature)
        if archived:
            results, told = _archive(
                made, place.folder, study, volume, measured, clicks, signature, pictures, identity
            )
            names, notes = results, [*notes, *told]
        else:
            notes.append("nifti_source: only surfaces are written, nothing for an archive")
        files = tuple(sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()))
    return ArchivedResults(
        target, files, tuple(names), signature is not None, tuple(dict.fromkeys(notes))
    )


def _check_options(
    out: Path | str, meshes: Sequence[str], run: str | None, organisation: str | None
) -> None:
    target = Path(out)
    if target.exists() or target.is_symlink():
        raise RefusedError(
            "already_written",
            f"{target.name} exists already, and nothing is written into it.",
            "Give a folder that does not exist yet.",
        )
    if not target.absolute().parent.is_dir():
        raise UsageError(
            "no_folder",
            f"There is no folder {target.absolute().parent.name} to write into.",
            "Make it first.",
        )
    unknown = [form for form in meshes if form not in MESH_FORMS]
    if unknown:
        raise UsageError(
            "unknown_mesh_form",
            f"{unknown[0]} is no form of a surface.",
            f"Choose among: {', '.join(MESH_FORMS)}.",
        )
    if run is not None and not (organisation or "").strip():
        raise UsageError(
            "no_organisation",
            "A signed report names the organisation of the one who signed.",
            "Give --organisation.",
        )


def _confirmed(study: ImagingStudy) -> Seeds:
    clicks = study.seeds
    if clicks is None or not clicks.confirmed:
        raise RefusedError(
            "seeds_unconfirmed",
            "Nobody has confirmed the clicks, so there is no number to send.",
            "Look at every click with `hemispasm imaging seeds` and save.",
        )
    return clicks


def _measured_series(study: ImagingStudy) -> Volume:
    """Return the series that the clicks were made on."""
    first = next((v for role in _LEADING if (v := study.of_role(role)) is not None), None)
    if first is None:
        raise RefusedError(
            "nothing_to_report",
            "None of the series shows nerves or vessels.",
            "Give a cisternogram, a TOF angiogram or a fine T1.",
        )
    return first


def _write_surfaces(
    made: Path,
    measured: ImagingMeasurement,
    meshes: Sequence[str],
    signature: Signature | None,
) -> tuple[list[str], list[str]]:
    from hemispasm.archiving.structures import surfaces_of, tubes_of
    from hemispasm.formats.mesh import write_mesh

    surfaces = surfaces_of(tubes_of(measured, measured.document))
    if meshes and not surfaces:
        return ["no_surface: no nerve was followed, so there is no surface"], []
    for form in dict.fromkeys(meshes):
        folder = made / "surfaces"
        folder.mkdir(exist_ok=True)
        if form == "stl":
            for mesh in surfaces:
                name = re.sub(r"[^a-z0-9]+", "-", mesh.name.lower()).strip("-")
                write_mesh(folder / f"{name}.stl", [mesh], signature=signature)
        else:
            write_mesh(folder / f"structures{_ENDING[form]}", surfaces, signature=signature)
    return [], [mesh.name for mesh in surfaces]


def _archive(
    made: Path,
    folder: Path,
    study: ImagingStudy,
    volume: Volume,
    measured: ImagingMeasurement,
    clicks: Seeds,
    signature: Signature | None,
    pictures: bool,
    identity: Identity | None,
) -> tuple[list[str], list[str]]:
    """Write segmentation, report and key pictures; return the names of segments and notes."""
    from hemispasm.archiving.identity import without_identity
    from hemispasm.archiving.structures import tubes_of
    from hemispasm.formats.dicom_seg_source import read_source, save_objects

    notes: list[str] = []
    if identity is None:
        source = read_source(folder, volume)
    else:
        source, told = without_identity(folder, made / "series", volume, clicks, identity)
        notes += told
    tubes = tubes_of(measured, measured.document)
    with warnings.catch_warnings():
        # A name of one part is legal, and a warning would print the patient's on the screen.
        warnings.filterwarnings("ignore", message=".*unlikely to represent the intended person")
        objects, names, more = _objects(source, measured, tubes, signature)
        if pictures:
            objects |= _captures(source, study, measured, signature)
    notes += more
    save_objects(made, objects)
    return names, notes


def _objects(
    source: SourceSeries,
    measured: ImagingMeasurement,
    tubes: tuple[NamedTube, ...],
    signature: Signature | None,
) -> tuple[dict[str, Dataset], list[str], list[str]]:
    from hemispasm.archiving.structures import masks_of, nearest_of
    from hemispasm.formats.dicom_seg import build_segmentation
    from hemispasm.formats.dicom_sr import build_report

    structures, notes = masks_of(tubes, source.volume)
    objects: dict[str, Dataset] = {}
    told = list(notes)
    if structures:
        objects["segmentation"] = build_segmentation(source, structures, signature=signature)
    else:
        told.append("no_segmentation: no nerve was followed on these series")
    objects["report"] = build_report(
        source,
        measured.document,
        structures,
        objects.get("segmentation"),
        points=nearest_of(measured, measured.document),
        signature=signature,
    )
    return objects, [s.label for s in structures], told


def _captures(
    source: SourceSeries,
    study: ImagingStudy,
    measured: ImagingMeasurement,
    signature: Signature | None,
) -> dict[str, Dataset]:
    from hemispasm.archiving.pictures import key_pictures
    from hemispasm.formats.dicom_capture import build_capture
    from hemispasm.formats.dicom_seg_source import new_uid
    from hemispasm.imaging_pictures import make_imaging_views

    series = new_uid()
    views = make_imaging_views(study, measured)
    return {
        f"key-picture-{number:02d}-{side.value}": build_capture(
            source, picture, side, number=number, series_uid=series, signature=signature
        )
        for number, (side, picture) in enumerate(key_pictures(views), start=1)
    }
