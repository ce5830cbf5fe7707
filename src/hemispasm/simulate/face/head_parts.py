"""Cut the head out of the whole-body mesh and say what each vertex is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.face.head_files import Target, Template
from hemispasm.simulate.face.head_lids import LOWER_MARGIN, UPPER_MARGIN
from hemispasm.simulate.face.raster import vertex_normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_DM = 4.6
WIDEST_DM = 2.6
MOUTH, SOCKET, FACE, TRUNK, EYE, TEETH, TONGUE = range(7)
"""Kinds of surface; every face belongs to one."""


def _islands(corner: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Label faces (f, 4) by connected patch of texture indices."""
    parent = np.arange(count)
    while True:
        low = parent[corner].min(axis=1)
        before = parent.copy()
        np.minimum.at(parent, corner.ravel(), np.repeat(low, 4))
        parent = parent[parent]
        if np.array_equal(parent, before):
            return parent[corner[:, 0]]


def hair_share(xyz_dm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how hairy the scalp is at template places, 0-1, with a soft hairline."""
    x, y, z = np.abs(xyz_dm[:, 0]), xyz_dm[:, 1], xyz_dm[:, 2]
    # Hairline height over the depth of the head: brow high in front, low behind the ears.
    depth = np.array([-0.6, 0.15, 0.35, 0.60, 0.72, 0.90, 1.08, 1.30, 1.70])
    height = np.array([6.75, 6.80, 7.05, 7.40, 7.42, 7.58, 7.74, 7.86, 7.90])
    line = np.interp(z, depth, height) + 0.03 * np.cos(x * 9.0) * (z > 1.1)
    ear = (x > 0.70) & (y < 7.56) & (z > 0.1)
    return np.asarray(np.clip((y - line) / 0.07 + 0.5, 0.0, 1.0) * ~ear)


@dataclass(frozen=True)
class Parts:
    """The kept part of the mesh.

    Attributes
    ----------
    kept : ndarray, shape (v,)
        Vertex numbers of the whole-body mesh that are kept, ascending.
    place : ndarray
        Number in the cut of every whole-body vertex, or -1.
    neutral : ndarray, shape (v, 3)
        Template positions, decimetres.
    triangles : ndarray, shape (t, 3)
    native_uv : ndarray, shape (t, 3, 2)
        Texture coordinates of the data, 0-1, v upwards.
    kind : ndarray, shape (t,)
        Kind of surface of every triangle.
    eyes : tuple of two ndarrays
        Vertices of the left and right eyeball.
    """

    kept: NDArray[np.int64]
    place: NDArray[np.int64]
    neutral: NDArray[np.float64]
    triangles: NDArray[np.int32]
    native_uv: NDArray[np.float64]
    kind: NDArray[np.int64]
    eyes: tuple[NDArray[np.int64], NDArray[np.int64]]
    _twins: dict[float, dict[int, int]] = field(default_factory=dict)

    def keep(self, target: Target) -> Target:
        """Return a shape change of the kept vertices, in their numbers."""
        at = self.place[target.index]
        return Target(at[at >= 0], target.delta[at >= 0])

    def twin(self, sign: float) -> dict[int, int]:
        """Return the cut's vertex of each named left lid vertex (+1), or of its mirror image."""
        if sign not in self._twins:
            named = sorted({*UPPER_MARGIN, *LOWER_MARGIN})
            wanted = self.neutral[self.place[named]] * [sign, 1.0, 1.0]
            apart = ((self.neutral[None] - wanted[:, None]) ** 2).sum(-1)
            nearest = apart.argmin(axis=1)
            self._twins[sign] = {n: int(k) for n, k in zip(named, nearest, strict=True)}
        return self._twins[sign]

    def of_kind(self, *kinds: int) -> NDArray[np.bool_]:
        """Return which vertices belong to a triangle of one of these kinds."""
        found = np.zeros(len(self.kept), dtype=np.bool_)
        found[self.triangles[np.isin(self.kind, kinds)].ravel()] = True
        return found

    def rigid(self) -> NDArray[np.float32]:
        """Return the share of head rotation that each vertex follows."""
        height = self.neutral[:, 1] + 0.25 * (self.neutral[:, 2] - 0.5)
        share = np.clip((height - 5.70) / (6.32 - 5.70), 0.0, 1.0)
        share = share * share * (3 - 2 * share)
        share[self.of_kind(MOUTH, SOCKET, EYE, TEETH, TONGUE)] = 1.0
        return share.astype(np.float32)

    def gloss(self) -> NDArray[np.float32]:
        """Return the shine of each vertex: wet eyes, oily nose and forehead, dull hair."""
        y, z, x = self.neutral[:, 1], self.neutral[:, 2], np.abs(self.neutral[:, 0])
        shine = 0.035 + 0.05 * np.clip((z - 1.35) / 0.25, 0, 1) * np.clip(1 - x / 0.5, 0, 1)
        shine[y < 5.9] = 0.0
        shine *= 1 - hair_share(self.neutral) * 0.8
        shine[self.of_kind(MOUTH, SOCKET)] = 0.0
        shine[self.of_kind(EYE)] = 0.10
        return shine.astype(np.float32)

    def hair_lift(self, rest_mm: NDArray[np.float32], hair: float) -> NDArray[np.float32]:
        """Return outward displacements that give the scalp a cap of hair."""
        normals = np.zeros_like(rest_mm)
        vertex_normals(rest_mm, self.triangles, normals)
        y = self.neutral[:, 1]
        thick = 3.0 + 9.0 * np.clip((y - 7.4) / 0.8, 0, 1)
        share = hair_share(self.neutral) * self.of_kind(FACE)
        return (normals * (hair * thick * share)[:, None]).astype(np.float32)

    def occlusion(self, rest_mm: NDArray[np.float32], depth: float) -> NDArray[np.float32]:
        """Return the share of surrounding light that reaches each vertex: less in folds.

        ``depth`` says how strongly a fold darkens; 1 is middle age.
        """
        normals = np.zeros_like(rest_mm)
        vertex_normals(rest_mm, self.triangles, normals)
        around = np.zeros_like(rest_mm)
        count = np.zeros(len(rest_mm))
        for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
            np.add.at(around, self.triangles[:, a], rest_mm[self.triangles[:, b]])
            np.add.at(count, self.triangles[:, a], 1)
        mean = around / np.maximum(count, 1)[:, None]
        reach = np.linalg.norm(mean - rest_mm, axis=1) + 1.0
        hollow = ((mean - rest_mm) * normals).sum(1) / reach
        light = np.clip(1.0 - 1.3 * depth * np.maximum(hollow, 0.0), 0.35, 1.0)
        light[self.of_kind(SOCKET)] = 0.5
        light[self.of_kind(TEETH)] = 0.55
        light[self.of_kind(TONGUE)] = 0.32
        inside = self.of_kind(MOUTH) & ~self.of_kind(FACE)
        light[inside] = 0.22
        # The brow and the lashes shade the upper part of the eyeball.
        eye = self.of_kind(EYE)
        light[eye] = 0.72
        return light.astype(np.float32)


def cut_head(template: Template) -> Parts:
    """Keep head, neck and shoulders, eyeballs, teeth and tongue."""
    quads: list[NDArray[np.int64]] = []
    corners: list[NDArray[np.int64]] = []
    kinds: list[NDArray[np.int64]] = []
    body, body_uv = template.quads["body"]
    height = template.xyz[body, 1].min(axis=1)
    wide = np.abs(template.xyz[body, 0]).max(axis=1)
    near = (height > LOWEST_DM) & (wide < WIDEST_DM)
    island = _islands(body_uv, len(template.uv))
    kind = np.full(len(body), TRUNK)
    for label in np.unique(island[near]):
        here = island == label
        spot = template.xyz[body[here]].reshape(-1, 3)
        if spot[:, 1].max() > 8.0:
            kind[here] = FACE
        elif spot[:, 1].min() > 7.0:
            kind[here] = SOCKET
        elif spot[:, 1].min() > 6.0:
            kind[here] = MOUTH
    quads.append(body[near])
    corners.append(body_uv[near])
    kinds.append(kind[near])
    for group, label in (
        *(("helper-l-eye", EYE), ("helper-r-eye", EYE), ("helper-upper-teeth", TEETH)),
        *(("helper-lower-teeth", TEETH), ("helper-tongue", TONGUE)),
    ):
        faces, face_uv = template.quads[group]
        quads.append(faces)
        corners.append(face_uv)
        kinds.append(np.full(len(faces), label))
    faces, face_uv = np.concatenate(quads), np.concatenate(corners)
    kept = np.unique(faces)
    place = np.full(len(template.xyz), -1)
    place[kept] = np.arange(len(kept))
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])
    uv = np.concatenate([face_uv[:, [0, 1, 2]], face_uv[:, [0, 2, 3]]])
    eyes = [place[np.unique(template.quads[f"helper-{s}-eye"][0])] for s in ("l", "r")]
    return Parts(
        kept=kept,
        place=place,
        neutral=template.xyz[kept],
        triangles=place[triangles].astype(np.int32),
        native_uv=template.uv[uv],
        kind=np.concatenate([np.concatenate(kinds)] * 2),
        eyes=(eyes[0], eyes[1]),
    )
