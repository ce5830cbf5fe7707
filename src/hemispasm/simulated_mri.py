"""The whole path of simulated MRI: series as a clinic has them, clicks and truth beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hemispasm.model.errors import DecodeError, UsageError

if TYPE_CHECKING:
    from hemispasm.simulate.mri.options import MriOptions
    from hemispasm.simulate.mri.truth import MriTruth, SimulatedMri

FORMS = ("dicom", "nifti")


def write_simulated_mri(
    folder: Path | str,
    options: MriOptions | None = None,
    seed: int = 0,
    form: Literal["dicom", "nifti"] = "dicom",
) -> SimulatedMri:
    """Simulate the series of one session and write them into a new folder.

    Parameters
    ----------
    folder : path-like
        It must not exist; it appears complete or not at all. Each series is a sub-folder of DICOM
        files (``02_ciss``) or a NIfTI with its sidecar; ``seeds.json`` holds the clicks, and
        ``truth.json`` what was put in.
    options : MriOptions, optional
        Patient, conflict, series.
    seed : int
        The same options and seed give the same session.
    form : {"dicom", "nifti"}
        How the series are written. Every file says that it is simulated.

    Returns
    -------
    SimulatedMri
        What was written.

    Raises
    ------
    UsageError
        The form is unknown, or the folder has no parent.
    RefusedError
        The folder exists already.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hemispasm.simulate.mri.options import MriOptions, SeriesPlan
    >>> plan = SeriesPlan(voxel_mm=(1.5, 1.5, 1.5))
    >>> with TemporaryDirectory() as place:
    ...     _ = write_simulated_mri(f"{place}/mri", MriOptions(series=(plan,)), 2, form="nifti")
    ...     sorted(entry.name for entry in Path(f"{place}/mri").iterdir())
    ['02_ciss.json', '02_ciss.nii.gz', 'seeds.json', 'truth.json']
    """
    from hemispasm.formats.atomic import new_folder, write_text
    from hemispasm.formats.dicom_write import write_dicom_series
    from hemispasm.formats.nifti import write_nifti
    from hemispasm.formats.seeds import write_seeds
    from hemispasm.simulate.mri.options import MriOptions
    from hemispasm.simulate.mri.phantom import simulate_mri

    out = Path(folder)
    if form not in FORMS:
        raise UsageError("unknown_choice", f"{form!r} is no form.", "Choose dicom or nifti.")
    if not out.absolute().parent.is_dir():
        raise UsageError(
            "no_folder",
            f"There is no folder {out.absolute().parent.name} to write into.",
            "Make it first.",
        )
    made = simulate_mri(options or MriOptions(), seed)
    with new_folder(out) as place:
        for volume in made.volumes:
            name = f"{volume.series_number:02d}_{volume.role.value}"
            if form == "dicom":
                write_dicom_series(place / name, volume, study=f"{made.truth.family} {seed}")
            else:
                write_nifti(place / f"{name}.nii.gz", volume)
        write_seeds(place / "seeds.json", made.seeds)
        truth = made.truth.model_dump(mode="json", by_alias=True)
        write_text(place / "truth.json", json.dumps(truth) + "\n")
    return made


def read_mri_truth(folder: Path | str) -> MriTruth:
    """Read the truth in the folder of a simulated session.

    Raises
    ------
    UsageError
        There is none (``no_truth``).
    DecodeError
        It is not the truth of an MRI (``not_a_truth``).
    """
    from pydantic import ValidationError

    from hemispasm.simulate.mri.truth import MriTruth

    path = Path(folder) / "truth.json"
    if not path.is_file():
        raise UsageError(
            "no_truth",
            f"There is no truth.json in {Path(folder).name}.",
            "Only simulated sessions have one; make one with `hemispasm simulate mri`.",
        )
    try:
        return MriTruth.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, ValueError):
        raise DecodeError(
            "not_a_truth",
            "truth.json is not the truth of a simulated MRI.",
            "Simulate the session anew.",
        ) from None
