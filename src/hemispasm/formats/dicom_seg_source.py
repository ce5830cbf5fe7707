"""What results for the archive refer to: headers of the source series, who signed, and the file."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm import __version__
from hemispasm.formats.atomic import new_folder
from hemispasm.formats.dicom_files import find_series
from hemispasm.model.errors import IntegrityError, UsageError
from hemispasm.model.imaging import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydicom import Dataset

NOT_A_DEVICE = "Research software, not a medical device"
MAKER, MODEL, VERSION = "hemispasm", "hemispasm", __version__
_NEAR_MM = 1e-2


@dataclass(frozen=True)
class Signature:
    """Who has verified the results; without one they are a draft.

    Attributes
    ----------
    name : str
        As DICOM writes it: ``Family^Given``.
    organisation : str
        Whose reader it is.
    """

    name: str
    organisation: str


@dataclass(frozen=True)
class SourceSeries:
    """A measured volume with the headers of its files, in the order of its slices."""

    volume: Volume
    headers: tuple[Dataset, ...]

    @property
    def frame_of_reference(self) -> str:
        """The frame that the results keep."""
        return str(self.volume.uids.frame_of_reference)


def status_words(signature: Signature | None) -> str:
    """Return what every result says about itself.

    Examples
    --------
    >>> status_words(None)
    'DRAFT, not signed'
    """
    return "DRAFT, not signed" if signature is None else "signed"


def read_source(folder: Path | str, volume: Volume) -> SourceSeries:
    """Read the headers of the series that a volume came from. Nothing is changed there.

    Parameters
    ----------
    folder : path-like
        Where the DICOM files of the series lie.
    volume : Volume
        As `hemispasm.formats.dicom.read_dicom_folder` returned it.

    Raises
    ------
    UsageError
        The volume is not from DICOM (``series_without_uids``), or its files are not there
        (``source_not_found``).
    IntegrityError
        The files lie elsewhere in the patient than the volume (``source_moved``).
    """
    import pydicom

    uids = volume.uids
    if not (uids.study and uids.series and uids.frame_of_reference and uids.instances):
        raise UsageError(
            "series_without_uids",
            "The series does not say where it stands in the archive: results cannot refer to it.",
            "Give the DICOM series as the archive exports it, not a NIfTI file.",
        )
    found = [series for series in find_series(Path(folder)) if series.uid == uids.series]
    pictures = {picture.uid: picture for series in found for picture in series.pictures}
    if any(uid not in pictures for uid in uids.instances):
        raise UsageError(
            "source_not_found",
            "The DICOM files of the measured series are not all in that folder.",
            "Give the folder that was measured.",
        )
    if len(uids.instances) == volume.shape[2]:
        for k, uid in enumerate(uids.instances):
            if (
                np.linalg.norm(pictures[uid].position - volume.to_patient([[0, 0, k]])[0])
                > _NEAR_MM
            ):
                raise _moved()
    headers = tuple(
        pydicom.dcmread(pictures[uid].path, stop_before_pixels=True) for uid in uids.instances
    )
    first = headers[0]
    if (first.get("StudyInstanceUID"), first.get("FrameOfReferenceUID")) != (
        uids.study,
        uids.frame_of_reference,
    ):
        raise _moved()
    return SourceSeries(volume, headers)


def highdicom() -> Any:
    """Return the package that builds the objects.

    Raises
    ------
    UsageError
        It is not installed, as on Python versions that it does not support yet (``no_highdicom``).
    """
    try:
        for part in ("sr", "seg", "sc"):
            importlib.import_module(f"highdicom.{part}")
        return importlib.import_module("highdicom")
    except ImportError:
        raise UsageError(
            "no_highdicom",
            "Results for the archive need the package highdicom, which is not installed here.",
            "Use Python 3.11, 3.12 or 3.13, for which hemispasm installs it.",
        ) from None


def new_uid() -> str:
    """Return a new UID that tells nothing."""
    from pydicom.uid import generate_uid

    return str(generate_uid(prefix=None))


def describe(data: Dataset, source: SourceSeries, what: str, signature: Signature | None) -> None:
    """Write the name of the new series: what it is, draft or signed, simulated or not."""
    simulated = "SIMULATED " if source.volume.simulated else ""
    data.SeriesDescription = f"{simulated}hemispasm {what} ({status_words(signature)})"[:64]


def write_objects(folder: Path | str, objects: Mapping[str, Dataset]) -> Path:
    """Write the results into a new folder, one file each; all of them or none.

    Parameters
    ----------
    folder : path-like
        It must not exist.
    objects : mapping of str to Dataset
        File name without its ending, to what `build_segmentation`, `build_report` and
        `build_capture` returned.

    Raises
    ------
    RefusedError
        The folder exists already (``already_written``).
    """
    out = Path(folder)
    with new_folder(out) as made:
        save_objects(made, objects)
    return out


def save_objects(folder: Path, objects: Mapping[str, Dataset]) -> None:
    """Write the results into a folder that is still being made; see `write_objects`."""
    for name, data in objects.items():
        data.save_as(folder / f"{name}.dcm", enforce_file_format=True)


def _moved() -> IntegrityError:
    return IntegrityError(
        "source_moved",
        "The DICOM files are not the ones that were measured: study or place differ.",
        "Measure the series anew, then export the results.",
    )
