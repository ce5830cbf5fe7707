"""Surfaces lie where masks and tubes lie: in LPS millimetres, facing outwards, named by side."""

import json
import struct

import numpy as np
import pytest
from archived_study import LEFT_NERVE, ball
from test_formats_nifti import ORIENTATIONS

from hemispasm.formats.dicom_seg import Structure
from hemispasm.formats.dicom_seg_source import Signature
from hemispasm.formats.mesh import mesh_of_structure, mesh_of_tube, write_mesh
from hemispasm.model import RefusedError, UsageError
from hemispasm.model.imaging import Nerve, Volume, lps_affine
from hemispasm.model.side import Side


def lying(direction, spacing=(0.8, 1.0, 1.2)):
    shape = np.ceil(40.0 / np.array(spacing)).astype(int)
    affine = lps_affine(spacing, (0, 0, 0), direction)
    affine[:3, 3] = -affine[:3, :3] @ ((shape - 1) / 2)
    return Volume(np.zeros(shape, np.int16), affine)


def nerve(volume, side=Side.LEFT, centre=LEFT_NERVE):
    return Structure(Nerve.VII, side, ball(volume, centre, 4.0))


@pytest.mark.parametrize("direction", ORIENTATIONS[::5])
def test_the_surface_of_a_mask_lies_about_it_and_faces_outwards(direction):
    volume = lying(direction)
    structure = nerve(volume)
    mesh = mesh_of_structure(structure, volume)
    meant = volume.to_patient(np.argwhere(structure.mask))
    assert np.allclose(mesh.points_mm.min(0), meant.min(0), atol=0.61)
    assert np.allclose(mesh.points_mm.max(0), meant.max(0), atol=0.61)
    assert mesh.points_mm[:, 0].min() > 0  # the patient's left
    assert mesh.volume_mm3 == pytest.approx(4 / 3 * np.pi * 4.0**3, rel=0.1)
    corners = mesh.points_mm[mesh.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = np.einsum("ij,ij->i", normal, corners.mean(1) - np.array(LEFT_NERVE))
    assert np.mean(outwards > 0) > 0.95
    edges = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert set(np.unique(edges, axis=0, return_counts=True)[1]) == {2}


def test_a_structure_at_the_edge_of_the_volume_is_closed():
    volume = lying(np.eye(3))
    mask = np.zeros(volume.shape, bool)
    mask[:3, 4:8, -2:] = True
    mesh = mesh_of_structure(Structure(Nerve.VII, Side.RIGHT, mask), volume)
    assert mesh.volume_mm3 == pytest.approx(mask.sum() * 0.96, rel=0.25)
    assert mesh.name == "right facial nerve (VII)"


def test_a_bent_tube_has_the_volume_of_its_length_and_radius():
    turn = np.linspace(0, np.pi, 60)
    line = np.stack([10 * np.cos(turn), 10 * np.sin(turn), 5 + 0 * turn], axis=1)
    tube = mesh_of_tube("left AICA", line, 0.7)
    # A polygon of 24 corners has slightly less than the area of its circle.
    assert tube.volume_mm3 == pytest.approx(np.pi * 10 * np.pi * 0.7**2, rel=0.02)
    away = np.linalg.norm(tube.points_mm[:, None, :] - line, axis=2).min(1)
    assert away.max() == pytest.approx(0.7, abs=0.01)
    for line, radius in (([(0, 0, 0)], 1), ([(0, 0, 0)] * 2, 1), ([(0, 0, 0), (0, 0, 1)], 0)):
        with pytest.raises(RefusedError, match="left AICA"):
            mesh_of_tube("left AICA", line, radius)


def tubes():
    return [
        mesh_of_tube("left facial nerve (VII)", [(13.0, 1, 2), (20, 3, 4)], 0.8),
        mesh_of_tube("right facial nerve (VII)", [(-13.0, 1, 2), (-20, 3, 4)], 0.8),
    ]


def test_stl_holds_the_triangles_in_lps_millimetres_and_says_draft(tmp_path):
    mesh = tubes()[0]
    data = write_mesh(tmp_path / "left.stl", [mesh]).read_bytes()
    assert data[:80].startswith(b"LPS mm. DRAFT, not signed")
    assert b"not a medical device" in data[:80]
    (count,) = struct.unpack_from("<I", data, 80)
    rows = np.frombuffer(data, "<f4, (3,3)<f4, <u2".replace("<f4,", "(3,)<f4,", 1), offset=84)
    assert count == len(rows) == len(mesh.faces)
    assert np.allclose(rows["f1"], mesh.points_mm[mesh.faces], atol=1e-5)
    signed = write_mesh(tmp_path / "s.stl", [mesh], signature=Signature("R^A", "C")).read_bytes()
    assert b"DRAFT" not in signed
    assert b"R^A" not in signed


def test_obj_holds_every_structure_under_its_name(tmp_path):
    made = tubes()
    lines = write_mesh(tmp_path / "both.obj", made).read_text().splitlines()
    names = [line[2:] for line in lines if line.startswith("o ")]
    assert names == ["left_facial_nerve_(VII)", "right_facial_nerve_(VII)"]
    points = np.array([line.split()[1:] for line in lines if line.startswith("v ")], float)
    faces = np.array([line.split()[1:] for line in lines if line.startswith("f ")], int) - 1
    middle = len(made[0].points_mm)
    assert np.allclose(points[:middle], made[0].points_mm, atol=1e-4)
    assert (points[faces[: len(made[0].faces)]][..., 0] > 0).all()
    assert (points[faces[len(made[0].faces) :]][..., 0] < 0).all()
    assert "LPS mm" in lines[0]


def test_gltf_holds_lps_millimetres_that_its_node_sets_upright_in_metres(tmp_path):
    made = tubes()
    data = write_mesh(tmp_path / "both.glb", made).read_bytes()
    magic, version, size = struct.unpack_from("<4sII", data)
    assert (magic, version, size) == (b"glTF", 2, len(data))
    length, kind = struct.unpack_from("<I4s", data, 12)
    scene = json.loads(data[20 : 20 + length])
    binary = data[28 + length :]
    assert (kind, length % 4, len(binary)) == (b"JSON", 0, scene["buffers"][0]["byteLength"])
    assert scene["asset"]["extras"]["frame"] == "LPS"
    root = scene["nodes"][scene["scenes"][0]["nodes"][0]]
    upright = np.array(root["matrix"]).reshape(4, 4).T
    for child, mesh in zip(root["children"], made, strict=True):
        node = scene["nodes"][child]
        assert node["name"] == mesh.name
        part = scene["meshes"][node["mesh"]]["primitives"][0]
        place = scene["accessors"][part["attributes"]["POSITION"]]
        view = scene["bufferViews"][place["bufferView"]]
        points = np.frombuffer(
            binary, "<f4", count=3 * place["count"], offset=view["byteOffset"]
        ).reshape(-1, 3)
        assert np.allclose(points, mesh.points_mm, atol=1e-5)
        shown = points @ upright[:3, :3].T
        # x left, y up (the head), z forward (LPS y points to the back).
        assert np.allclose(shown, mesh.points_mm[:, [0, 2, 1]] * [1e-3, 1e-3, -1e-3], atol=1e-7)
    assert np.linalg.det(upright[:3, :3]) > 0  # a mirrored export would show the wrong side


def test_what_is_empty_or_unknown_is_refused_and_nothing_is_written(tmp_path):
    volume = lying(np.eye(3))
    empty = Structure(Nerve.VII, Side.LEFT, np.zeros(volume.shape, bool))
    with pytest.raises(RefusedError, match="empty"):
        mesh_of_structure(empty, volume)
    with pytest.raises(RefusedError, match="side"):
        mesh_of_structure(nerve(volume, side=None), volume)
    for name, meshes, code in (
        ("a.ply", tubes(), "unknown_mesh_form"),
        ("a.stl", tubes(), "several_meshes"),
        ("a.obj", [], "empty_mesh"),
    ):
        with pytest.raises((UsageError, RefusedError)) as caught:
            write_mesh(tmp_path / name, meshes)
        assert caught.value.code == code
    write_mesh(tmp_path / "a.obj", tubes())
    with pytest.raises(RefusedError, match="exists"):
        write_mesh(tmp_path / "a.obj", tubes())
    assert [p.name for p in tmp_path.iterdir()] == ["a.obj"]
