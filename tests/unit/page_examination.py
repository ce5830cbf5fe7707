"""A small examination for the page: a bright ball in the patient's left, a smaller one at right."""

from __future__ import annotations

import numpy as np

from hemispasm.formats.nifti import write_nifti
from hemispasm.model.imaging import Role, Volume, lps_affine

BALL_MM = (18.0, -4.0, 6.0)
SMALL_BALL_MM = (-18.0, -4.0, 6.0)
SHAPE, STEP = (70, 50, 40), (0.9, 0.9, 1.0)
ORIGIN = (-31.0, -22.0, -20.0)


def ball_volume(role=Role.CISS, direction=None):
    """Return a volume whose brightest ball lies in the patient's left, on any grid."""
    straight = lps_affine(STEP, ORIGIN)
    affine = straight if direction is None else _turned(direction)
    index = np.stack(np.indices(SHAPE), axis=-1).reshape(-1, 3)
    places = index @ affine[:3, :3].T + affine[:3, 3]
    values = np.full(len(places), 100.0 if role is Role.CISS else 60.0)
    for centre, radius in ((BALL_MM, 4.0), (SMALL_BALL_MM, 2.0)):
        values[np.linalg.norm(places - centre, axis=1) < radius] = 1000.0
    return Volume(values.reshape(SHAPE).astype(np.int16), affine, role=role, simulated=True)


def _turned(direction):
    affine = lps_affine(STEP, (0.0, 0.0, 0.0), direction)
    middle = (np.array(SHAPE) - 1) / 2.0
    affine[:3, 3] = -affine[:3, :3] @ middle
    return affine


def write_examination(folder, *, mirrored=False, roles=(Role.CISS, Role.TOF)):
    """Write series into a folder; mirrored: columns run from the patient's left to the right."""
    folder.mkdir(parents=True, exist_ok=True)
    direction = np.diag([-1.0, 1.0, 1.0]) if mirrored else None
    for role in roles:
        write_nifti(folder / f"{role.value}.nii", ball_volume(role, direction))
    return folder
