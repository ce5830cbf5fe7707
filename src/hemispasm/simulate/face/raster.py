"""Turn triangles into pixels: z-buffer at 2 x 2 samples, shading once where samples agree."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

SAMPLES = 2


@njit(cache=True, fastmath=True)
def add_units(xyz: F32, index: I32, delta: F32, start: I32, weight: F32) -> None:
    """Add weighted sparse displacements to ``xyz`` (v, 3) in place.

    Unit ``u`` owns rows ``start[u]:start[u + 1]`` of ``index`` (k,) and ``delta`` (k, 3).
    """
    for u in range(weight.shape[0]):
        w = weight[u]
        if w != 0.0:
            for k in range(start[u], start[u + 1]):
                i = index[k]
                xyz[i, 0] += w * delta[k, 0]
                xyz[i, 1] += w * delta[k, 1]
                xyz[i, 2] += w * delta[k, 2]


@njit(cache=True, fastmath=True)
def vertex_normals(xyz: F32, triangles: I32, normals: F32) -> None:
    """Fill ``normals`` (v, 3) with area-weighted unit normals of the mesh."""
    normals[:] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = xyz[b, 0] - xyz[a, 0], xyz[b, 1] - xyz[a, 1], xyz[b, 2] - xyz[a, 2]
        vx, vy, vz = xyz[c, 0] - xyz[a, 0], xyz[c, 1] - xyz[a, 1], xyz[c, 2] - xyz[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            normals[i, 0] += nx
            normals[i, 1] += ny
            normals[i, 2] += nz
    for i in range(normals.shape[0]):
        x, y, z = normals[i, 0], normals[i, 1], normals[i, 2]
        length = np.sqrt(x * x + y * y + z * z) + np.float32(1e-12)
        normals[i, 0] = x / length
        normals[i, 1] = y / length
        normals[i, 2] = z / length


@njit(cache=True, fastmath=True)
def cover(screen: F32, triangles: I32, depth: F32, owner: I32, plane: F32) -> None:
    """Find the nearest front-facing triangle under every sample.

    Parameters
    ----------
    screen : ndarray, shape (v, 3)
        Sample column, sample row (downwards), and inverse distance to the camera.
    triangles : ndarray, shape (t, 3)
        Counter-clockwise seen from outside.
    depth, owner : ndarray, shape (rows, columns)
        Overwritten with the inverse distance, and the triangle or -1.
    plane : ndarray, shape (t, 6)
        Overwritten with the linear weights of the first two corners over the picture.
    """
    depth[:] = 0.0
    owner[:] = -1
    rows, columns = depth.shape
    one = np.float32(1.0)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        xa, ya, za = screen[a, 0], screen[a, 1], screen[a, 2]
        xb, yb, zb = screen[b, 0], screen[b, 1], screen[b, 2]
        xc, yc, zc = screen[c, 0], screen[c, 1], screen[c, 2]
        # Rows grow downwards, so a face turned to the camera has a negative area here.
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if area >= np.float32(-1e-6):
            continue
        left = max(0, int(np.ceil(min(xa, xb, xc))))
        right = min(columns - 1, int(np.floor(max(xa, xb, xc))))
        top = max(0, int(np.ceil(min(ya, yb, yc))))
        bottom = min(rows - 1, int(np.floor(max(ya, yb, yc))))
        if left > right or top > bottom:
            continue
        inv = one / area
        ax, ay = (yb - yc) * inv, (xc - xb) * inv
        bx, by = (yc - ya) * inv, (xa - xc) * inv
        ac = one - ax * xa - ay * ya
        bc = -bx * xa - by * ya
        plane[t, 0], plane[t, 1], plane[t, 2] = ax, ay, ac
        plane[t, 3], plane[t, 4], plane[t, 5] = bx, by, bc
        zx = ax * (za - zc) + bx * (zb - zc)
        for y in range(top, bottom + 1):
            wa = ax * left + ay * y + ac
            wb = bx * left + by * y + bc
            z = wa * za + wb * zb + (one - wa - wb) * zc
            for x in range(left, right + 1):
                if wa >= 0.0 and wb >= 0.0 and wa + wb <= one and z > depth[y, x]:
                    depth[y, x] = z
                    owner[y, x] = t
                wa += ax
                wb += bx
                z += zx


@njit(cache=True, fastmath=True, inline="always")
def _shade(t, x, y, triangles, plane, uv, light, key, fill, texture, out, share):  # type: ignore[no-untyped-def]
    """Add ``share`` of the colour of triangle ``t`` at sample (x, y) to ``out`` (3,)."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    wa = plane[t, 0] * x + plane[t, 1] * y + plane[t, 2]
    wb = plane[t, 3] * x + plane[t, 4] * y + plane[t, 5]
    wc = np.float32(1.0) - wa - wb
    u = wa * uv[t, 0, 0] + wb * uv[t, 1, 0] + wc * uv[t, 2, 0]
    v = wa * uv[t, 0, 1] + wb * uv[t, 1, 1] + wc * uv[t, 2, 1]
    u = min(max(u, np.float32(0.0)), np.float32(texture.shape[1] - 1.001))
    v = min(max(v, np.float32(0.0)), np.float32(texture.shape[0] - 1.001))
    i, j = int(v), int(u)
    fv, fu = v - i, u - j
    diffuse = wa * light[a, 0] + wb * light[b, 0] + wc * light[c, 0]
    ambient = wa * light[a, 1] + wb * light[b, 1] + wc * light[c, 1]
    gloss = wa * light[a, 2] + wb * light[b, 2] + wc * light[c, 2]
    w00 = (np.float32(1) - fu) * (np.float32(1) - fv)
    w01, w10, w11 = fu * (np.float32(1) - fv), (np.float32(1) - fu) * fv, fu * fv
    for k in range(3):
        albedo = (
            w00 * texture[i, j, k]
            + w01 * texture[i, j + 1, k]
            + w10 * texture[i + 1, j, k]
            + w11 * texture[i + 1, j + 1, k]
        ) * np.float32(1.0 / 65535.0)
        out[k] += share * (albedo * (diffuse * key[k] + ambient * fill[k]) + gloss * key[k])


@njit(cache=True, fastmath=True)
def resolve(
    owner: I32,
    triangles: I32,
    plane: F32,
    uv: F32,
    light: F32,
    key: F32,
    fill: F32,
    texture: NDArray[np.uint16],
    picture: F32,
) -> None:
    """Colour the covered pixels of ``picture`` (rows, columns, 3), which holds the background.

    Parameters
    ----------
    owner, plane
        From :func:`cover`.
    uv : ndarray, shape (t, 3, 2)
        Texture column and row of every corner.
    light : ndarray, shape (v, 3)
        Diffuse, ambient and gloss terms of every vertex.
    key, fill : ndarray, shape (3,)
        Colour of the direct and of the surrounding light, linear.
    texture : ndarray of uint16
        Linear albedo, 65535 is 1.
    """
    colour = np.zeros(3, dtype=np.float32)
    quarter = np.float32(0.25)
    half = np.float32(0.5)
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            y, x = 2 * row, 2 * column
            a, b = owner[y, x], owner[y, x + 1]
            c, d = owner[y + 1, x], owner[y + 1, x + 1]
            if a < 0 and b < 0 and c < 0 and d < 0:
                continue
            colour[:] = 0.0
            if a == b and a == c and a == d:
                _shade(
                    a, x + half, y + half, triangles, plane, uv, light, key, fill, texture,
                    colour, np.float32(1.0),
                )  # fmt: skip
            else:
                for s in range(4):
                    sy, sx = y + s // 2, x + s % 2
                    t = owner[sy, sx]
                    if t >= 0:
                        _shade(
                            t, np.float32(sx), np.float32(sy), triangles, plane, uv, light, key,
                            fill, texture, colour, quarter,
                        )  # fmt: skip
                    else:
                        for k in range(3):
                            colour[k] += quarter * picture[row, column, k]
            for k in range(3):
                picture[row, column, k] = colour[k]


@njit(cache=True, fastmath=True)
def develop(
    picture: F32,
    gain: float,
    curve: NDArray[np.float32],
    noise: NDArray[np.int16],
    top: int,
    left: int,
    rgb: NDArray[np.uint8],
) -> None:
    """Turn linear light into 8-bit sRGB with sensor noise.

    ``curve`` maps 0..1 (``curve.size`` steps) to 0..255; ``noise`` holds 1/16 counts and is read
    from row ``top`` and column ``left`` on.
    """
    steps = np.float32(curve.size - 1)
    strength = np.float32(gain) * steps
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            for k in range(3):
                level = min(max(picture[y, x, k] * strength, np.float32(0.0)), steps)
                value = curve[int(level)] + noise[top + y, left + x, k] * np.float32(0.0625)
                value = min(max(value + np.float32(0.5), np.float32(0.0)), np.float32(255.0))
                rgb[y, x, k] = np.uint8(value)
