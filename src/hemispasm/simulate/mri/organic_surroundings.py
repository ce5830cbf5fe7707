"""What surrounds the nerves in the organic family: soft brain, wavy bone, arachnoid, lesions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.mri.organic_fields import Lump, Strand, Wall, strand
from hemispasm.simulate.mri.scene import Part

if TYPE_CHECKING:
    from hemispasm.simulate.mri.organic_courses import Fibre

_SIDES = np.array([1.0, -1.0])


def brain_stem(size: float, stream: np.random.Generator) -> Lump:
    """Return pons, medulla and peduncles as one lump."""
    middle = [
        (0, -5.5, 11, 11.2), (0, -4.0, 17, 10.8), (0, -1, 22, 9.5), (0, 0.5, -3, 6.0),
        (0, 1.0, -10, 6.2), (0, 1.5, -17, 6.0), (0, 2.0, -25, 6.0),
    ]  # fmt: skip
    paired = [
        (8.0, -4.0, 11, 9.3), (9.5, -2.5, 15, 8.2), (16.5, 6.5, 13, 7.6), (23.0, 11.0, 13.5, 7.5),
        (8.5, 5.0, 0.5, 5.2), (5.0, -2.5, -7, 3.0),
    ]  # fmt: skip
    rows = [*middle, *paired, *((-x, y, z, r) for x, y, z, r in paired)]
    spheres = size * np.array(rows, dtype=np.float64)
    spheres[:, 3] *= 1.0 + 0.015 * stream.standard_normal(len(spheres))
    return Lump(spheres[:, :3], spheres[:, 3], 1.6, (0.25, 9.0))


def little_brain(stream: np.random.Generator) -> tuple[Part, ...]:
    """Return hemispheres, vermis and flocculi as crowds of soft spheres."""
    rows = [(0.0, 27.0, 10.0, 11.0), (0.0, 27.0, -4.0, 9.0)]
    for x, y, z, r in ((19, 22, 8, 13), (30, 26, 10, 14), (27, 26, -6, 13), (7, 15, -12, 5.5)):
        for sign in _SIDES:
            jitter = 0.8 * stream.standard_normal(3)
            rows.append((sign * (x + jitter[0]), y + jitter[1], z + jitter[2], r))
    whole = np.array(rows)
    parts = [Part(Lump(whole[:, :3], whole[:, 3], 2.5, (0.4, 5.0)), "cortex", texture="folia")]
    for sign in _SIDES:
        base = np.array([22.0, 9.5, 0.5])
        places = base + np.array([[0, 0, 0], [2.5, -1.2, 0.5], [-2.0, 0.8, -0.6]])
        tuft = Lump(places * [sign, 1, 1], np.array([3.0, 2.4, 2.2]), 1.0, (0.2, 3.5))
        parts.append(Part(tuft, "cortex", texture="folia"))
    return tuple(parts)


def skull(fibre: Fibre, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return the petrous bone of the left side with its meatus and inner ear."""
    porus = fibre.body.middle[fibre.porus_at]
    normal = np.array([0.58, -0.81, 0.05])
    normal /= np.linalg.norm(normal)
    waves = np.column_stack([
        stream.uniform(0.15, 0.5, 5), *(stream.uniform(-0.5, 0.5, 5) for _ in range(3)),
    ])  # fmt: skip
    wall = Wall(normal, float(normal @ porus) + 0.4, waves, float(porus[2]) + 11.0)
    line = fibre.body.middle[fibre.porus_at :]
    way = (line[-1] - line[0]) / np.linalg.norm(line[-1] - line[0])
    shift = np.array([0.0, 1.0, -0.6])
    canal = np.vstack([line[0] - 2.5 * way, line[0], line[len(line) // 2], line[-1]]) + shift
    mouth = Lump(
        np.array([porus + shift - 1.5 * way, porus + 1.4 * shift]), np.array([3.4, 3.0]), 1.5
    )
    ear = line[-1] + 3.4 * way + np.array([0.4, 2.2, 0.3])
    shell = line[-1] + 1.5 * way + np.array([0.2, -3.6, -0.7])
    cave = Lump(ear + np.array([[0, 0, 0], [1.2, 0.8, 0.6]]), np.array([1.8, 1.5]), 0.8)
    snail = Lump(shell + np.array([[0, 0, 0], [1.4, -0.6, 0.2]]), np.array([1.9, 1.5]), 0.8)
    turn = np.linspace(0.0, 1.8 * np.pi, 12)
    circle = np.column_stack([3 * np.cos(turn), 3 * np.sin(turn), 0.2 * turn])
    ring = ear + np.array([3.0, 1.8, 0.4]) + circle
    return (
        Part(wall, "bone"),
        Part(mouth, "csf"),
        Part(strand(canal, (3.2, 2.6, 2.4, 2.0)), "csf"),
        Part(cave, "csf"),
        Part(snail, "csf"),
        Part(strand(ring, (0.5, 0.5)), "csf"),
    )


def clivus(stream: np.random.Generator) -> Part:
    """Return the bone in front."""
    normal = np.array([0.0, -0.9, -0.43])
    waves = np.column_stack([
        stream.uniform(0.1, 0.4, 4), *(stream.uniform(-0.35, 0.35, 4) for _ in range(3)),
    ])  # fmt: skip
    return Part(Wall(normal, 0.9 * 23.5 - 0.43 * 8.0, waves, 90.0), "bone")


def neighbours(stream: np.random.Generator) -> tuple[Strand, ...]:
    """Return trigeminal and lower cranial nerves of the left side as loose strands."""
    rows = (
        (
            [[13.0, -3.5, 12.5], [17.5, -9.0, 13.5], [20.5, -15.0, 15.0], [23.5, -21.0, 16.0]],
            1.9,
            1.1,
        ),
        ([[3.5, -8.0, -2.0], [4.5, -15.0, 2.0], [6.0, -19.0, 7.0], [7.0, -22.0, 12.0]], 0.5, 0.4),
        ([[7.5, 4.5, -6.0], [13.0, 3.0, -5.5], [19.0, 0.5, -5.0], [26.0, -3.0, -4.5]], 0.55, 0.4),
        ([[7.0, 5.0, -9.0], [13.0, 3.2, -8.0], [19.0, 0.8, -7.0], [25.5, -2.6, -6.0]], 0.75, 0.5),
    )
    found = []
    for knots, wide, narrow in rows:
        places = np.array(knots)
        places[1:] += 0.6 * stream.standard_normal((len(places) - 1, 3))
        found.append(strand(places, (wide, 0.9 * wide), (narrow, narrow), 0.8))
    return tuple(found)


def arachnoid(fibre: Fibre, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return strands of arachnoid between nerve, brain and bone: thinner than a voxel."""
    parts = []
    for _ in range(int(stream.integers(9, 16))):
        k = int(stream.integers(fibre.free_at, fibre.porus_at))
        near = fibre.body.middle[k] + 0.7 * stream.standard_normal(3)
        far = near + float(stream.uniform(4.0, 9.0)) * _direction(stream)
        bend = 0.5 * (near + far) + 0.8 * stream.standard_normal(3)
        thin = float(stream.uniform(0.07, 0.16))
        line = strand(np.vstack([near, bend, far]), (thin, thin))
        parts.append(Part(line, "strand", opacity=0.8))
    return tuple(parts)


def _direction(stream: np.random.Generator) -> np.ndarray:
    vector = stream.standard_normal(3)
    found: np.ndarray = vector / np.linalg.norm(vector)
    return found


def lesion(name: str, fibre: Fibre, stream: np.random.Generator) -> tuple[Part, ...]:
    """Return a lesion of the left side by its name."""
    porus, free = fibre.body.middle[fibre.porus_at], fibre.body.middle[fibre.free_at]
    if name == "mass":
        size = float(stream.uniform(4.0, 7.0))
        middle = porus + np.array([-0.6 * size, 2.5, -1.0])
        crowd = middle + 0.55 * size * stream.standard_normal((6, 3))
        radii = size * stream.uniform(0.6, 0.9, 6)
        return (Part(Lump(crowd, radii, 1.5, (0.3, 5.0)), "mass", texture="fine"),)
    if name == "plaque":
        middle = fibre.body.middle[fibre.exit_at] + np.array([-4.0, 3.5, 4.5])
        crowd = middle + 1.0 * stream.standard_normal((3, 3))
        return (Part(Lump(crowd, stream.uniform(1.2, 2.2, 3), 1.0), "plaque"),)
    if name == "aneurysm":
        size = float(stream.uniform(2.2, 3.6))
        spot = free + np.array([1.0, -(size + 3.2), -4.5])
        sac = strand(np.vstack([spot - 0.4, spot, spot + 0.4]), (0.8 * size, size, 0.8 * size))
        return (Part(sac, "blood", speed=160.0, entered_mm=25.0),)
    parts = []
    for _ in range(8):
        knots = free + np.array([5.0, 9.0, -5.0]) + 3.0 * stream.standard_normal((7, 3))
        wide = float(stream.uniform(0.5, 1.1))
        parts.append(Part(strand(knots, (wide, 0.8 * wide)), "blood", speed=300.0, entered_mm=20.0))
    return tuple(parts)


def trunks(wide_left: bool, stream: np.random.Generator) -> dict[str, Strand]:
    """Return winding basilar and vertebral arteries that taper."""
    sway = 1.2 * stream.standard_normal(4)
    basilar = np.array([
        [0.0, -15.0, -5.0], [sway[0], -18.5, 1.5], [sway[1], -20.4, 8.0], [sway[2], -20.4, 14.0],
        [0.3 * sway[3], -19.5, 26.0],
    ])  # fmt: skip
    found = {"ba": strand(basilar, (1.9, 1.7, 1.6), (1.7, 1.6, 1.5), 0.5)}
    for key, sign in (("va_left", 1.0), ("va_right", -1.0)):
        wide = key == "va_left" and wide_left
        bulge = 5.5 if wide else 0.0
        knots = np.array([
            [8.5, -2.0, -33.0], [7.0 + 0.8 * bulge, -9.5, -19.0], [4.0 + bulge, -13.0, -9.5],
            [0.0, -15.0, -5.0],
        ])  # fmt: skip
        knots[1:3] += 0.5 * stream.standard_normal((2, 3))
        thick = float(stream.uniform(2.4, 3.2)) if wide else float(stream.uniform(1.3, 1.8))
        found[key] = strand(knots * [sign, 1.0, 1.0], (thick, thick, 0.9 * thick))
    return found
