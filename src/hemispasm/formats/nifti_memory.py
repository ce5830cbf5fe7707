"""A volume as the bytes of a NIfTI file, for a viewer; nothing is written, no name goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.formats.orientation import ras_to_lps

if TYPE_CHECKING:
    from hemispasm.model.imaging import Volume


def nifti_bytes(volume: Volume) -> bytes:
    """Return a volume as an uncompressed NIfTI-1 file in RAS.

    Parameters
    ----------
    volume : Volume
        In LPS. Only voxels and geometry are taken: no text of the source can come along, but that
        a volume is simulated is said.

    Examples
    --------
    >>> import numpy as np
    >>> from hemispasm.model.imaging import Volume, lps_affine
    >>> len(nifti_bytes(Volume(np.zeros((2, 3, 4), np.int16), lps_affine((1, 1, 1)))))
    400
    """
    import nibabel

    image = nibabel.Nifti1Image(volume.array, ras_to_lps(volume.affine))
    image.set_sform(image.affine, code=1)
    image.set_qform(image.affine, code=1)
    image.header.set_xyzt_units("mm")
    if volume.simulated:
        image.header["descrip"] = b"SIMULATED by hemispasm, no patient"
    made: bytes = image.to_bytes()
    return made
