"""The voxel that was acquired, not the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume


def native_voxel(volume: Volume) -> NDArray[np.float64]:
    """Return the acquired voxel along the array axes, in mm: interpolation adds no resolution.

    Slices thicker than their distance count with their thickness.

    Parameters
    ----------
    volume : Volume
        With what its header says.

    Examples
    --------
    >>> from hemispasm.model.imaging import SequenceFacts, Volume, lps_affine
    >>> shown = Volume(np.zeros((4, 4, 4), np.float32), lps_affine((0.5, 0.5, 1.0)),
    ...                facts=SequenceFacts(slice_thickness_mm=2.0))
    >>> native_voxel(shown).tolist()
    [0.5, 0.5, 2.0]
    """
    spacing = np.array(volume.spacing_mm)
    native = np.maximum(np.array(volume.facts.acquired_voxel_mm or spacing), spacing)
    thick = volume.facts.slice_thickness_mm
    if thick is not None and volume.facts.acquired_voxel_mm is None:
        native[2] = max(native[2], thick)
    return np.asarray(native, dtype=np.float64)
