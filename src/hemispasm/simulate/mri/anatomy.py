"""What a family hands over: a scene, and everything true about it, in the anatomy's own frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import Xyz
    from hemispasm.simulate.mri.scene import Scene
    from hemispasm.simulate.mri.truth import TrueConflict, TrueNerve, TrueVessel


@dataclass(frozen=True)
class Anatomy:
    """One patient at rest: x to the left from the midline, y to the back, z to the head.

    Attributes
    ----------
    scene : Scene
        What is painted.
    nerves, vessels, conflicts
        The truth, in this frame.
    lesions : dict of str to bool
        What a reader should find and not find.
    centre_mm : tuple of float
        Middle of the two nerves: where a technician would put the block.
    """

    scene: Scene
    nerves: tuple[TrueNerve, ...]
    vessels: tuple[TrueVessel, ...]
    conflicts: tuple[TrueConflict, ...]
    lesions: dict[str, bool]
    centre_mm: Xyz


def as_points(points: NDArray[np.float64]) -> tuple[Xyz, ...]:
    """Return rows as tuples, rounded to a micrometre."""
    rounded = np.round(points, 4)
    return tuple((float(x), float(y), float(z)) for x, y, z in rounded)


def as_point(point: NDArray[np.float64]) -> Xyz:
    """Return one point as a tuple."""
    return as_points(np.asarray(point, dtype=np.float64)[None, :])[0]
