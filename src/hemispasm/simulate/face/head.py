"""Build a person's head out of the CC0 MakeHuman mesh: shape, identity, face units, lids.

Data axes: +x is the patient's left, +y up, +z out of the face. A ``HeadMesh`` is in millimetres
from the midpoint between the eyeballs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.face import head_files as hf
from hemispasm.simulate.face.head_files import REQUIRED_MEMBERS
from hemispasm.simulate.face.head_lids import OUTER_CANTHUS, Lids, make_lids
from hemispasm.simulate.face.head_parts import Parts, cut_head
from hemispasm.simulate.face.parameters import number
from hemispasm.simulate.face.skin import paint

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["REQUIRED_MEMBERS", "HeadMesh", "Person", "Units", "build_head", "draw_person"]

MM_PER_DM = 100.0
MIDLINE_REACH_DM = number("head.midline_reach_mm") / MM_PER_DM
"""A one-sided unit fades out this far beyond the midline."""
LIFTS_LOWER_LID = ("eyeSquintLeft", "eyeSquintRight", "cheekSquintLeft", "cheekSquintRight")


@dataclass(frozen=True)
class Person:
    """Who is simulated.

    Attributes
    ----------
    age : float
        0 young adult to 1 old.
    sex : float
        0 female to 1 male.
    ancestry : tuple of three floats
        Weights of the african, asian and caucasian base shapes; scaled to sum to 1.
    skin_tone : float
        1 (lightest) to 6 (darkest), Fitzpatrick-like.
    eye_colour, hair_colour, shirt : tuple of three floats
        sRGB 0-1.
    hair : float
        0 shaved to 1 full.
    variation : float
        Size of the individual shape differences; 0 is the average face.
    asymmetry : float
        Size of the fixed left-right differences; 1 is an ordinary face.
    seed : int
        Draws the individual differences.
    """

    age: float = 0.5
    sex: float = 0.5
    ancestry: tuple[float, float, float] = (0.0, 0.0, 1.0)
    skin_tone: float = 2.5
    eye_colour: tuple[float, float, float] = (0.36, 0.26, 0.17)
    hair_colour: tuple[float, float, float] = (0.20, 0.14, 0.10)
    shirt: tuple[float, float, float] = (0.25, 0.33, 0.42)
    hair: float = 1.0
    variation: float = 1.0
    asymmetry: float = 1.0
    seed: int = 0


def draw_person(rng: np.random.Generator) -> Person:
    """Draw a person: any age, sex, ancestry and skin tone of an adult clinic.

    Examples
    --------
    >>> person = draw_person(np.random.default_rng(1))
    >>> 1 <= person.skin_tone <= 6
    True
    """
    mix = rng.dirichlet([0.45, 0.45, 0.45])
    # Tone follows ancestry loosely, so that shape and tone are not the same variable.
    tone = float(np.clip(mix @ [5.2, 2.9, 2.1] + rng.normal(0, 0.6), 1, 6))
    age = float(rng.uniform(0.05, 0.95))
    grey = float(np.clip((age - 0.55) * 2.2 + rng.normal(0, 0.2), 0, 1))
    dark = np.array([[0.10, 0.08, 0.07], [0.26, 0.18, 0.12], [0.48, 0.36, 0.22]])
    choice = rng.choice(3, p=[0.85, 0.15, 0.0] if tone > 3 else [0.3, 0.45, 0.25])
    hair = (1 - grey) * dark[choice] + grey * np.array([0.62, 0.61, 0.60])
    eyes = np.array([[0.24, 0.15, 0.09], [0.36, 0.34, 0.20], [0.36, 0.47, 0.56]])
    eye = eyes[rng.choice(3, p=[0.9, 0.1, 0.0] if tone > 3 else [0.35, 0.3, 0.35])]
    return Person(
        age=age,
        sex=float(rng.choice([0.12, 0.88]) + rng.uniform(-0.12, 0.12)),
        ancestry=(float(mix[0]), float(mix[1]), float(mix[2])),
        skin_tone=tone,
        eye_colour=(float(eye[0]), float(eye[1]), float(eye[2])),
        hair_colour=(float(hair[0]), float(hair[1]), float(hair[2])),
        shirt=(*(float(v) for v in rng.uniform(0.08, 0.75, 3)),),  # type: ignore[arg-type]
        hair=float(rng.choice([1.0, 1.0, 0.5])),
        seed=int(rng.integers(2**31)),
    )


@dataclass(frozen=True)
class Units:
    """Face units as sparse displacements in millimetres, packed one after another.

    Unit ``names[u]`` owns rows ``start[u]:start[u + 1]`` of ``index`` (k,) and ``delta_mm`` (k, 3).
    """

    names: tuple[str, ...]
    index: NDArray[np.int32]
    delta_mm: NDArray[np.float32]
    start: NDArray[np.int32]


@dataclass(frozen=True)
class HeadMesh:
    """A person's head, ready to be moved and rendered.

    Attributes
    ----------
    rest_mm : ndarray, shape (v, 3)
        Vertices at rest; origin between the eyeballs.
    triangles : ndarray, shape (t, 3)
        Counter-clockwise from outside.
    uv : ndarray, shape (t, 3, 2)
        Texture column and row of every corner.
    texture : ndarray of uint16, shape (rows, columns, 3)
        Linear albedo.
    occlusion, gloss : ndarray, shape (v,)
        How much surrounding light arrives, and how shiny the surface is.
    rigid : ndarray, shape (v,)
        1 where a vertex turns with the head, 0 on the shoulders.
    units : Units
    lids : tuple of Lids
        Patient's left, patient's right.
    eye_centre_mm, eye_radius_mm : ndarray (2, 3), float
        Left and right eyeball.
    outer_canthi_mm : ndarray, shape (2, 3)
        Left and right outer eye corners at rest.
    person : Person
    """

    rest_mm: NDArray[np.float32]
    triangles: NDArray[np.int32]
    uv: NDArray[np.float32]
    texture: NDArray[np.uint16]
    occlusion: NDArray[np.float32]
    gloss: NDArray[np.float32]
    rigid: NDArray[np.float32]
    units: Units
    lids: tuple[Lids, Lids]
    eye_centre_mm: NDArray[np.float64]
    eye_radius_mm: float
    outer_canthi_mm: NDArray[np.float64]
    person: Person = field(default_factory=Person)

    @property
    def normal_gap_mm(self) -> tuple[float, float]:
        """Return the lid gap of the open eyes, patient's left and right, in millimetres."""
        return self.lids[0].normal_gap_mm, self.lids[1].normal_gap_mm


def _shape(
    files: Mapping[str, bytes], template: hf.Template, person: Person
) -> NDArray[np.float64]:
    """Return the template changed into the person, in decimetres."""
    xyz = template.xyz.copy()
    weights = np.array(person.ancestry, dtype=np.float64)
    weights = weights / weights.sum()
    for ancestry, share in zip(hf.ANCESTRIES, weights, strict=True):
        for sex, by_sex in (("female", 1 - person.sex), ("male", person.sex)):
            for age, by_age in (("young", 1 - person.age), ("old", person.age)):
                weight = float(share * by_sex * by_age)
                if weight > 1e-3:
                    member = hf.macro_member(ancestry, sex, age)
                    hf.add_target(xyz, hf.read_target(files, member), weight)
    rng = np.random.default_rng(person.seed)
    for names, size in ((hf.VARIATIONS, person.variation), (hf.ASYMMETRIES, person.asymmetry)):
        amounts = np.abs(rng.normal(0.0, number("person.difference_sd"), len(names))) * (
            rng.random(len(names)) < 0.45
        )
        for name, amount in zip(names, np.minimum(amounts, 0.8), strict=True):
            weight = float(amount * size * (1.0 if names is hf.VARIATIONS else 0.7))
            if weight > 1e-3:
                hf.add_target(xyz, hf.read_target(files, hf.detail_member(name)), weight)
    return xyz


def _sided_platysma(target: hf.Target, template: NDArray[np.float64]) -> dict[str, hf.Target]:
    """Split the two-sided neck unit into halves that fade over the midline."""
    x = template[target.index, 0]
    left = np.clip(0.5 + x / 0.16, 0.0, 1.0)
    return {
        "platysmaLeft": hf.Target(target.index, 1.6 * left[:, None] * target.delta),
        "platysmaRight": hf.Target(target.index, 1.6 * (1 - left)[:, None] * target.delta),
    }


def _one_sided(
    targets: dict[str, hf.Target], template: NDArray[np.float64]
) -> dict[str, hf.Target]:
    """Stop left and right units from moving skin beyond the midline of the other half-face."""
    out = dict(targets)
    for name, target in targets.items():
        sign = 1.0 if name.endswith("Left") else -1.0
        if name.removesuffix("Left").removesuffix("Right") in hf.SIDED_UNITS:
            x = sign * template[target.index, 0]
            share = np.clip((x + MIDLINE_REACH_DM) / MIDLINE_REACH_DM, 0.0, 1.0)
            kept = share > 0
            out[name] = hf.Target(target.index[kept], (share[:, None] * target.delta)[kept])
    return out


def _pack(targets: dict[str, hf.Target], parts: Parts) -> Units:
    """Pack the units that move kept vertices; blinks are left to the lids."""
    names = tuple(sorted(n for n in targets if not n.startswith("eyeBlink")))
    kept = [parts.keep(targets[name]) for name in names]
    sizes = [len(target.index) for target in kept]
    return Units(
        names=names,
        index=np.concatenate([t.index for t in kept]).astype(np.int32),
        delta_mm=(MM_PER_DM * np.concatenate([t.delta for t in kept])).astype(np.float32),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
    )


def build_head(files: Mapping[str, bytes], person: Person) -> HeadMesh:
    """Build a person's head.

    Parameters
    ----------
    files : mapping of str to bytes
        The head asset; names are paths inside the wheel (``REQUIRED_MEMBERS``).
    person : Person
        Shape, colours, and the seed of the individual differences.

    Returns
    -------
    HeadMesh

    Raises
    ------
    IntegrityError
        ``asset_member_missing``.
    """
    template = hf.parse_mesh(hf.read_member(files, hf.BASE_MESH))
    parts = cut_head(template)
    shaped = _shape(files, template, person)[parts.kept]
    neutral = template.xyz[parts.kept]
    eyes = [shaped[parts.eyes[side]] for side in (0, 1)]
    centres = np.array([(eye.min(0) + eye.max(0)) / 2 for eye in eyes])
    origin = centres.mean(0)
    rest = ((shaped - origin) * MM_PER_DM).astype(np.float32)
    targets = {unit: hf.read_target(files, hf.unit_member(unit)) for unit in hf.FILE_UNITS}
    targets = _one_sided(targets, template.xyz)
    targets |= _sided_platysma(hf.read_target(files, hf.PLATYSMA), template.xyz)
    rest += parts.hair_lift(rest, person.hair)
    lids = tuple(
        make_lids(rest, neutral, parts.keep(targets[f"eyeBlink{name}"]), parts.twin(sign), sign)
        for name, sign in (("Left", 1.0), ("Right", -1.0))
    )
    texture, uv = paint(parts, neutral, person, hf.read_member(files, hf.LIPS_MASK))
    canthi = np.array([rest[parts.twin(sign)[OUTER_CANTHUS]] for sign in (1.0, -1.0)])
    return HeadMesh(
        rest_mm=rest,
        triangles=parts.triangles,
        uv=uv,
        texture=texture,
        occlusion=parts.occlusion(rest, 0.55 + 0.8 * person.age),
        gloss=parts.gloss(),
        rigid=parts.rigid(),
        units=_pack(targets, parts),
        lids=(lids[0], lids[1]),
        eye_centre_mm=(centres - origin) * MM_PER_DM,
        eye_radius_mm=float(np.ptp(eyes[0][:, 1])) * MM_PER_DM / 2,
        outer_canthi_mm=canthi.astype(np.float64),
        person=person,
    )
