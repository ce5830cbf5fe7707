"""What a reader must not overlook, in the analytic family (left coordinates)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.mri.analytic_shapes import Ellipsoid, Tube, resampled, through
from hemispasm.simulate.mri.scene import Part

if TYPE_CHECKING:
    from hemispasm.simulate.mri.analytic_nerves import NerveCourse


def mass(nerve: NerveCourse, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return a mass of 6 to 11 mm radius at the porus, with a plug in the meatus."""
    size = float(stream.uniform(6.0, 11.0))
    x, y, z = (float(v) for v in nerve.at(nerve.porus_arc) + np.array([-0.45 * size, 2.5, -0.5]))
    axes = (0.8 * size, 0.95 * size, size)
    plug = nerve.points[nerve.arc > nerve.porus_arc - 2.0] + np.array([0.0, 0.6, -0.4])
    return (
        Part(Ellipsoid((x, y, z), axes, 0.4), "mass", texture="fine"),
        Part(Tube(resampled(plug, 0.5), 2.0), "mass"),
    )


def malformation(nerve: NerveCourse, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return a tangle of wide vessels at the flocculus, behind the root exit."""
    middle = nerve.at(0.0) + np.array([4.0, 9.0, -5.0])
    parts = []
    for _ in range(9):
        turns = middle + 3.2 * stream.standard_normal((6, 3))
        tube = Tube(resampled(through(turns), 0.25), float(stream.uniform(0.5, 1.1)))
        parts.append(Part(tube, "blood", speed=300.0, entered_mm=20.0))
    return tuple(parts)


def aneurysm(nerve: NerveCourse, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return a sac of 2.5 to 4 mm radius in front of the nerve."""
    size = float(stream.uniform(2.5, 4.0))
    middle = nerve.at(4.0) + np.array([-2.0, -(size + 3.0), -4.0])
    ends = middle + np.array([[-0.2, 0.0, 0.0], [0.2, 0.0, 0.0]])
    return (Part(Tube(ends, size), "blood", speed=160.0, entered_mm=25.0),)


def plaque(nerve: NerveCourse, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return a plaque of the pons where the facial fibres run to the root exit."""
    x, y, z = (float(v) for v in nerve.at(nerve.exit_arc) + np.array([-4.5, 3.5, 4.0]))
    axes = stream.uniform(1.6, 3.2, size=3)
    return (Part(Ellipsoid((x, y, z), (float(axes[0]), float(axes[1]), float(axes[2]))), "plaque"),)
