"""Surfaces of nerves and vessels for planning tools: STL, OBJ and glTF in LPS millimetres.

STL and OBJ have no field for unit or frame: both hold millimetres in the patient's LPS and say so
in a comment. glTF means metres with y upwards, so a glTF file holds the same LPS millimetres under
one node that turns and scales them; programs that follow the format show the head upright.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.atomic import write_new_bytes
from hemispasm.formats.dicom_seg_source import NOT_A_DEVICE, Signature, status_words
from hemispasm.model.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from hemispasm.formats.dicom_seg import Structure
    from hemispasm.model.imaging import Volume

_AROUND = 24
# LPS millimetres to metres with x to the left, y up, z forward; by columns, as glTF writes it.
_UPRIGHT = [1e-3, 0, 0, 0, 0, 0, -1e-3, 0, 0, 1e-3, 0, 0, 0, 0, 0, 1]


@dataclass(frozen=True)
class Mesh:
    """A closed surface.

    Attributes
    ----------
    name : str
        With its side, as `Structure.label` gives it.
    points_mm : ndarray of float64, shape (n, 3)
        LPS.
    faces : ndarray of int64, shape (m, 3)
        Triangles, counter-clockwise seen from outside.
    """

    name: str
    points_mm: NDArray[np.float64]
    faces: NDArray[np.int64]

    @property
    def volume_mm3(self) -> float:
        """Enclosed volume; positive because the triangles face outwards."""
        return _enclosed(self.points_mm, self.faces)


def mesh_of_structure(structure: Structure, volume: Volume) -> Mesh:
    """Return the surface of a mask by marching cubes, in the patient's LPS.

    The steps of the voxels stay visible: nothing is smoothed.

    Raises
    ------
    RefusedError
        The mask is empty (``empty_mask``) or the structure has no side
        (``structure_without_side``).
    UsageError
        The mask is on another grid (``mask_of_other_grid``).
    """
    from skimage.measure import marching_cubes

    from hemispasm.formats.dicom_seg import check_structures
    from hemispasm.formats.dicom_seg_source import SourceSeries

    check_structures(SourceSeries(volume, ()), [structure])
    # A rim of nothing closes the surface where a structure touches the edge of the volume.
    padded = np.pad(structure.mask, 1).astype(np.float32)
    corners, faces, _, _ = marching_cubes(padded, level=0.5)
    return _outward(structure.label, volume.to_patient(corners - 1.0), faces)


def mesh_of_tube(name: str, points_mm: ArrayLike, radii_mm: ArrayLike) -> Mesh:
    """Return the surface of a tube about a centre line, closed at both ends.

    Parameters
    ----------
    name : str
        With its side.
    points_mm : array_like, shape (n, 3)
        Centre line in LPS, at least two points apart from one another.
    radii_mm : array_like, shape (n,) or a number
        Radius at each point.

    Raises
    ------
    RefusedError
        No line, or a radius that is not above zero (``empty_mesh``).

    Examples
    --------
    >>> tube = mesh_of_tube("left facial nerve", [(0, 0, 0), (0, 0, 10)], 1.0)
    >>> round(tube.volume_mm3, 1)
    31.1
    """
    line = np.asarray(points_mm, dtype=np.float64)
    radii = np.broadcast_to(np.asarray(radii_mm, dtype=np.float64), line.shape[:1])
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1) if line.ndim == 2 else np.zeros(0)
    bad = line.ndim != 2 or len(line) < 2 or not np.all(np.isfinite(line)) or np.any(steps <= 0)
    if bad or not np.all(radii > 0):
        raise _empty(name)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along[0], np.eye(3)[np.argmin(np.abs(along[0]))])
    turn = 2 * np.pi * np.arange(_AROUND) / _AROUND
    rings = []
    for centre, radius, ahead in zip(line, radii, along, strict=True):
        # The frame is carried along the line, so that the tube does not twist.
        side = side - ahead * (side @ ahead)
        side /= np.linalg.norm(side)
        up = np.cross(ahead, side)
        rings.append(centre + radius * (np.outer(np.cos(turn), side) + np.outer(np.sin(turn), up)))
    first = np.arange(_AROUND)
    after = (first + 1) % _AROUND
    faces = []
    for ring in range(len(line) - 1):
        a, b = ring * _AROUND + first, ring * _AROUND + after
        faces += [np.stack([a, b, a + _AROUND], 1), np.stack([b, b + _AROUND, a + _AROUND], 1)]
    count = len(line) * _AROUND
    last = count - _AROUND
    faces += [
        np.stack([np.full(_AROUND, count), after, first], 1),
        np.stack([np.full(_AROUND, count + 1), last + first, last + after], 1),
    ]
    points = np.concatenate([*rings, line[:1], line[-1:]])
    return _outward(name, points, np.concatenate(faces))


def write_mesh(
    path: Path | str, meshes: Sequence[Mesh], *, signature: Signature | None = None
) -> Path:
    """Write surfaces into a new file; the ending says how: ``.stl``, ``.obj`` or ``.glb``.

    Parameters
    ----------
    path : path-like
        It must not exist.
    meshes : sequence of Mesh
        One for STL, which knows no names; any number otherwise.
    signature : Signature, optional
        None: the file says that it is a draft.

    Raises
    ------
    UsageError
        Another ending (``unknown_mesh_form``), or several surfaces for STL
        (``several_meshes``).
    RefusedError
        No surface (``empty_mesh``), or the file exists (``already_written``).
    """
    out = Path(path)
    forms = {".stl": _stl, ".obj": _obj, ".glb": _glb}
    if out.suffix.lower() not in forms:
        raise UsageError(
            "unknown_mesh_form",
            f"{out.name} is no name for a surface.",
            "End it with .stl, .obj or .glb.",
        )
    if not meshes:
        raise _empty("export")
    for mesh in meshes:
        if len(mesh.faces) == 0 or not np.all(np.isfinite(mesh.points_mm)):
            raise _empty(mesh.name)
    said = f"LPS mm. {status_words(signature)}. {NOT_A_DEVICE}"
    write_new_bytes(out, forms[out.suffix.lower()](meshes, said))
    return out


def _stl(meshes: Sequence[Mesh], said: str) -> bytes:
    if len(meshes) > 1:
        raise UsageError(
            "several_meshes",
            "An STL file knows no names: several structures would become one.",
            "Write one STL file for each, or an OBJ or glTF file for all.",
        )
    (mesh,) = meshes
    corners = mesh.points_mm[mesh.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    rows = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("n", "<u2")])
    rows["normal"] = normals / np.where(length > 0, length, 1.0)
    rows["corners"] = corners
    # The header has 80 characters: the status comes before the name.
    head = said.replace(f". {NOT_A_DEVICE}", "") + f"; not a medical device; {mesh.name}"
    packed = head.encode("ascii", "replace")[:80].ljust(80, b" ")
    return packed + struct.pack("<I", len(rows)) + rows.tobytes()


def _obj(meshes: Sequence[Mesh], said: str) -> bytes:
    lines, before = [f"# {said}"], 1
    for mesh in meshes:
        lines.append(f"o {mesh.name.replace(' ', '_')}")
        lines += ["v " + " ".join(f"{v:.6g}" for v in point) for point in mesh.points_mm]
        lines += ["f " + " ".join(str(i) for i in face + before) for face in mesh.faces]
        before += len(mesh.points_mm)
    return ("\n".join(lines) + "\n").encode("utf-8")


def _glb(meshes: Sequence[Mesh], said: str) -> bytes:
    binary, views, accessors, shapes, nodes = b"", [], [], [], []
    for index, mesh in enumerate(meshes):
        points = mesh.points_mm.astype("<f4")
        corners = mesh.faces.astype("<u4").ravel()
        for data, target in ((points.tobytes(), 34962), (corners.tobytes(), 34963)):
            views.append(
                {
                    "buffer": 0,
                    "byteOffset": len(binary),
                    "byteLength": len(data),
                    "target": target,
                }
            )
            binary += data
        low, high = (v.astype(float).tolist() for v in (points.min(0), points.max(0)))
        accessors += [
            {
                "bufferView": 2 * index, "componentType": 5126, "count": len(points),
                "type": "VEC3", "min": low, "max": high,
            },
            {
                "bufferView": 2 * index + 1, "componentType": 5125, "count": len(corners),
                "type": "SCALAR",
            },
        ]  # fmt: skip
        part = {"attributes": {"POSITION": 2 * index}, "indices": 2 * index + 1}
        shapes.append({"name": mesh.name, "primitives": [part]})
        nodes.append({"name": mesh.name, "mesh": index})
    root = {
        "name": "LPS millimetres",
        "matrix": _UPRIGHT,
        "children": list(range(len(nodes))),
    }
    scene = {
        "asset": {
            "version": "2.0",
            "generator": "hemispasm",
            "extras": {"frame": "LPS", "unit": "mm", "note": said},
        },
        "scene": 0,
        "scenes": [{"nodes": [len(nodes)]}],
        "nodes": [*nodes, root],
        "meshes": shapes,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    words = json.dumps(scene, separators=(",", ":")).encode("utf-8")
    words += b" " * (-len(words) % 4)
    size = 12 + 8 + len(words) + 8 + len(binary)
    head = struct.pack("<4sII", b"glTF", 2, size)
    return (
        head
        + struct.pack("<I4s", len(words), b"JSON")
        + words
        + struct.pack("<I4s", len(binary), b"BIN\0")
        + binary
    )


def _outward(name: str, points: NDArray[np.float64], faces: NDArray[np.int64]) -> Mesh:
    # An affine that mirrors turns triangles inside out; the volume tells.
    turned = np.asarray(faces, dtype=np.int64)
    if _enclosed(points, turned) < 0:
        turned = turned[:, ::-1]
    return Mesh(name, np.asarray(points, dtype=np.float64), np.ascontiguousarray(turned))


def _enclosed(points: NDArray[np.float64], faces: NDArray[np.int64]) -> float:
    a, b, c = (points[faces[:, i]] - points[0] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def _empty(name: str) -> RefusedError:
    return RefusedError(
        "empty_mesh",
        f"The surface of the {name} is empty or not finite.",
        "Leave out what was not found.",
    )
