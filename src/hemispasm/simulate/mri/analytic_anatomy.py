"""What surrounds the nerves in the analytic family: brainstem, cerebellum, bone, inner ear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.mri.analytic_shapes import Ellipsoid, Tube, Wedge, resampled, through
from hemispasm.simulate.mri.parameters import numbers
from hemispasm.simulate.mri.scene import Part

if TYPE_CHECKING:
    from hemispasm.simulate.mri.analytic_nerves import NerveCourse
    from hemispasm.simulate.mri.analytic_shapes import Line


@dataclass(frozen=True)
class Brainstem:
    """The brainstem, whose surface the truth refers to.

    Attributes
    ----------
    middle : tuple of Ellipsoid
        Pons and medulla.
    left : tuple of Ellipsoid
        Olive, peduncles; the right ones mirror them.
    """

    middle: tuple[Ellipsoid, ...]
    left: tuple[Ellipsoid, ...]

    @property
    def pons(self) -> Ellipsoid:
        """The pons."""
        return self.middle[0]

    @property
    def near(self) -> tuple[Ellipsoid, ...]:
        """Everything that a vessel on the left can touch."""
        return (*self.middle, *self.left)

    def distance(self, points: Line) -> Line:
        """Return the exact distance of points on the left to its surface."""
        found: Line = np.min([shape.distance(points) for shape in self.near], axis=0)
        return found


def brainstem(scale: float) -> Brainstem:
    """Return the brainstem of a patient of some size; 1 is the mean."""

    def sized(centre: tuple[float, ...], axes: tuple[float, ...], turn: float = 0.0) -> Ellipsoid:
        x, y, z = (scale * v for v in centre)
        a, b, c = (scale * v for v in axes)
        return Ellipsoid((x, y, z), (a, b, c), turn)

    pons = sized((0.0, -4.0, 12.0), numbers("anatomy.pons_mm"))
    medulla = sized((0.0, 1.5, -14.0), (8.5, 7.5, 20.0))
    left = (
        sized((5.5, -3.5, -7.0), (3.0, 3.0, 6.0)),
        sized((18.0, 8.5, 12.5), (12.0, 9.0, 8.5)),
        sized((10.0, 5.0, 1.5), (6.0, 5.5, 7.0)),
    )
    return Brainstem((pons, medulla), left)


def cerebellum() -> tuple[Part, ...]:
    """Return hemispheres, vermis, tonsils and flocculus, with the fourth ventricle cut in."""
    left = (
        Ellipsoid((25.0, 28.0, 6.0), (22.0, 20.0, 22.0)),
        Ellipsoid((6.5, 14.0, -13.0), (5.0, 6.0, 7.0)),
    )
    flocculus = Ellipsoid((22.5, 9.5, 1.0), (5.5, 4.2, 3.4), 0.3)
    middle = Ellipsoid((0.0, 30.0, 8.0), (10.0, 14.0, 16.0))
    shapes = (*left, *(s.mirrored() for s in left), middle, flocculus, flocculus.mirrored())
    return tuple(Part(shape, "cortex", texture="folia") for shape in shapes)


def bone(facials: tuple[tuple[float, NerveCourse], ...]) -> tuple[Part, ...]:
    """Return clivus and petrous bones; each meatus and inner ear is cut into its bone.

    Parameters
    ----------
    facials : tuple of (sign, NerveCourse)
        +1 left, -1 right, with the course in left coordinates.
    """
    clivus = Wedge(((0.0, 0.906, 0.423),), (-0.906 * 22.5 + 0.423 * 8.0,))
    parts = [Part(clivus, "bone")]
    for sign, nerve in facials:
        porus = nerve.at(nerve.porus_arc)
        normal = np.array([-0.60, 0.80, 0.0])
        face = tuple(float(v) for v in normal)
        petrous = Wedge(
            ((face[0], face[1], face[2]), (0.25, -0.35, 0.90)),
            (float(normal @ porus), float(np.array([0.25, -0.35, 0.90]) @ porus + 10.5)),
        )
        parts.append(Part(petrous if sign > 0 else petrous.mirrored(), "bone"))
        parts += [Part(shape if sign > 0 else shape.mirrored(), "csf") for shape in _meatus(nerve)]
    return tuple(parts)


def _meatus(nerve: NerveCourse) -> tuple[Ellipsoid | Tube, ...]:
    """Return the canal with its funnel, the cochlea, the vestibule and two canals of the ear."""
    along = nerve.tangent(nerve.porus_arc + 1.0)
    porus, end = nerve.at(nerve.porus_arc), nerve.points[-1]
    shift = np.array([0.0, 1.0, -0.6])
    canal = np.vstack([porus + shift - 1.0 * along, end + 0.3 * shift])
    px, py, pz = (float(v) for v in porus + 0.9 * shift)
    vestibule = end + 3.2 * along + np.array([0.6, 2.4, 0.4])
    cochlea = end + 1.2 * along + np.array([0.4, -3.8, -0.8])
    ear: list[Ellipsoid | Tube] = [
        Ellipsoid((px, py, pz), (3.6, 4.4, 3.6)),
        Tube(resampled(canal, 0.5), 2.7),
        Ellipsoid((float(vestibule[0]), float(vestibule[1]), float(vestibule[2])), (1.9, 2.4, 2.2)),
        Ellipsoid((float(cochlea[0]), float(cochlea[1]), float(cochlea[2])), (2.6, 2.6, 1.7)),
    ]
    turn = np.linspace(0.0, 1.9 * np.pi, 60)
    flat = np.column_stack([np.cos(turn), np.sin(turn), 0.0 * turn])
    upright = np.column_stack([0.7 * np.cos(turn), 0.7 * np.cos(turn), np.sin(turn)])
    ear.append(Tube(resampled(vestibule + [3.2, 1.6, 0.3] + 3.2 * flat, 0.3), 0.55))
    ear.append(Tube(resampled(vestibule + [0.6, 0.8, 4.0] + 3.3 * upright, 0.3), 0.55))
    return tuple(ear)


def other_nerves(stream: np.random.Generator) -> tuple[Tube, ...]:
    """Return trigeminal, abducens and lower cranial nerves of the left side."""
    courses = (
        ([[14.0, -4.0, 12.0], [18.5, -10.5, 13.5], [23.0, -20.0, 15.5]], 1.7),
        ([[3.5, -9.0, -1.0], [4.5, -15.5, 2.5], [7.0, -21.0, 11.0]], 0.45),
        ([[8.0, 4.0, -5.5], [15.0, 2.5, -5.0], [26.0, -3.0, -4.0]], 0.50),
        ([[7.5, 4.5, -8.0], [15.0, 2.5, -7.0], [25.5, -2.5, -6.0]], 0.65),
        ([[7.0, 4.5, -11.0], [15.0, 2.8, -9.5], [25.0, -2.2, -7.5]], 0.45),
    )
    found = []
    for waypoints, radius in courses:
        points = np.array(waypoints)
        points[1:] += 0.5 * stream.standard_normal((len(points) - 1, 3))
        found.append(Tube(resampled(through(points), 0.2), radius))
    return tuple(found)


def fourth_ventricle() -> Ellipsoid:
    """Return the fourth ventricle."""
    return Ellipsoid((0.0, 12.0, 7.0), (6.0, 3.0, 8.0))
