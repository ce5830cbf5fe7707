"""The same examination without the patient's identity: cropped series that results can refer to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.deidentify import deidentify_folder, new_uid_of
from hemispasm.formats.dicom import read_dicom_folder
from hemispasm.formats.dicom_seg_source import SourceSeries, read_source
from hemispasm.model.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hemispasm.formats.deidentify_crop import Box
    from hemispasm.model.imaging import Volume
    from hemispasm.model.seeds import Seeds

# Around the clicks: no eye, nose or mouth lies so near to the auditory canals.
_AHEAD_MM, _BACK_MM, _BESIDE_MM, _UP_MM = 22.0, 40.0, 20.0, 28.0
_KEY_BYTES = 32


@dataclass(frozen=True)
class Identity:
    """What stands for the patient.

    Attributes
    ----------
    pseudonym : str
        Letters, digits and hyphens.
    key : bytes
        Secret; the same key gives the same new UIDs in every export.
    """

    pseudonym: str
    key: bytes


def read_key(path: Path | None) -> bytes:
    """Return the secret of a file; made there when the file does not exist yet.

    Parameters
    ----------
    path : Path, optional
        None: a new secret that nobody keeps, so that later exports get other UIDs.
    """
    from hemispasm.formats.atomic import write_new_bytes

    if path is None:
        return secrets.token_bytes(_KEY_BYTES)
    if not path.exists():
        write_new_bytes(path, secrets.token_bytes(_KEY_BYTES))
        path.chmod(0o600)
    return path.read_bytes()


def fossa_box(seeds: Seeds) -> Box:
    """Return a box about the clicks that holds the posterior fossa's cisterns and no face.

    Examples
    --------
    >>> from hemispasm.model.seeds import Seed, SeedKind, Seeds
    >>> from hemispasm.model.side import Side
    >>> one = Seed(side=Side.LEFT, kind=SeedKind.PORUS, xyz_mm=(30.0, 0.0, 0.0))
    >>> fossa_box(Seeds(seeds=(one,)))
    ((10.0, -22.0, -28.0), (50.0, 40.0, 28.0))
    """
    places = np.array([seed.xyz_mm for seed in seeds.seeds])
    low = places.min(axis=0) - np.array([_BESIDE_MM, _AHEAD_MM, _UP_MM])
    high = places.max(axis=0) + np.array([_BESIDE_MM, _BACK_MM, _UP_MM])
    return _corner(low), _corner(high)


def without_identity(
    folder: Path, into: Path, volume: Volume, seeds: Seeds, identity: Identity
) -> tuple[SourceSeries, tuple[str, ...]]:
    """Write the series of an examination anew, cropped and without identity.

    Parameters
    ----------
    folder : Path
        The examination; never changed.
    into : Path
        A folder to make.
    volume : Volume
        The series that results refer to.
    seeds : Seeds
        The box to keep lies about them.
    identity : Identity
        Pseudonym and secret.

    Returns
    -------
    tuple
        The new series that takes the place of ``volume``, and what a person must look at.

    Raises
    ------
    RefusedError
        The measured series cannot be written without identity (``cannot_deidentify``), or as
        `hemispasm.formats.deidentify.deidentify_folder`.
    """
    done = deidentify_folder(
        folder, into, pseudonym=identity.pseudonym, key=identity.key, crop=fossa_box(seeds)
    )
    wanted = new_uid_of(str(volume.uids.series), identity.key)
    found = [v for v in read_dicom_folder(into).volumes if v.uids.series == wanted]
    if len(found) != 1:
        raise RefusedError(
            "cannot_deidentify",
            "The measured series cannot be cropped to the posterior fossa: "
            + ("; ".join(done.left_out) or "nothing of it lies there")
            + ".",
            "Export it with identity, or give the series as single-frame images.",
        )
    notes = [f"left_out: {one}" for one in done.left_out]
    notes += [f"look_at: {one}" for one in done.warnings]
    notes.append(
        "cropped: every series is cut to a box about the clicks; a whole head would show the face"
    )
    return read_source(into, found[0]), tuple(notes)


def _corner(place: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in place)
    return x, y, z
