"""Shape and electrical constants of the fibres of a bundle, one column per fibre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hemispasm.simulate.nerve.kinetics import REST_MV, balanced_leak
from hemispasm.simulate.nerve.parameters import Flags, Indices, Numbers, number, numbers

PASSIVE, NODE, PATCH = 0, 1, 2
PER_AREA = 0.01  # S/cm2 times um2 is 0.01 uS
CAPACITY_PER_AREA = 1e-5  # uF/cm2 times um2 is 1e-5 nF
AXIAL = 100.0  # um2 / (ohm cm times um) is 100 uS


@dataclass(frozen=True)
class Layout:
    """The sequence of compartments that all fibres of a bundle share.

    Attributes
    ----------
    kind : array (n,)
        ``PASSIVE`` (myelin), ``NODE`` or ``PATCH``.
    internode : array (n,)
        Which internode a compartment belongs to, -1 in nodes and patch.
    patch : slice
        The patch.
    parts : int
        Compartments per internode.
    """

    kind: Indices
    internode: Indices
    patch: slice
    parts: int


@dataclass(frozen=True)
class Membrane:
    """Electrical constants, arrays (compartments, fibres); conductances uS, capacity nF."""

    capacity: Numbers
    leak: Numbers
    leak_mv: Numbers
    naf: Numbers
    nap: Numbers
    ks: Numbers
    kf: Numbers
    axial: Numbers
    """(compartments - 1, fibres): between a compartment and the next."""


@dataclass(frozen=True)
class Shape:
    """Lengths and diameters, um, arrays (compartments, fibres)."""

    length: Numbers
    inner: Numbers
    """Diameter of the axon."""
    outer: Numbers
    """Diameter of the membrane that carries the currents: the sheath in an internode."""
    lamellae: Numbers


def layout(regular: int, parts: int, patch_parts: int) -> Layout:
    """Return the sequence node, internode, node, ..., patch, ..., node.

    Parameters
    ----------
    regular : int
        Regular internodes on each side; three short ones follow towards the patch.
    parts, patch_parts : int
        Compartments per internode and in the patch.

    Examples
    --------
    >>> plan = layout(1, 2, 3)
    >>> plan.kind.astype(int).tolist()
    [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 2, 2, 2, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    """
    per_side = regular + len(numbers("fibre.taper_mm"))
    side_kind = [NODE, *([PASSIVE] * parts + [NODE]) * per_side]
    side_of = [-1]
    for index in range(per_side):
        side_of += [index] * parts + [-1]
    second = [-1 if i < 0 else 2 * per_side - 1 - i for i in reversed(side_of)]
    kind = [*side_kind, *[PATCH] * patch_parts, *side_kind]
    start = len(side_kind)
    return Layout(
        np.array(kind),
        np.array([*side_of, *[-1] * patch_parts, *second]),
        slice(start, start + patch_parts),
        parts,
    )


def fibre_table(diameter_um: Numbers) -> dict[str, Numbers]:
    """Return internode (um), lamellae, axon and node diameter (um) of fibres by outer diameter."""
    known = np.array(numbers("fibre.table_diameter_um"))
    scale = {"internode_mm": 1000.0, "lamellae": 1.0, "axon_um": 1.0, "node_um": 1.0}
    found = {}
    for name, factor in scale.items():
        row = np.array(numbers(f"fibre.table_{name}"))
        below = row[0] + (diameter_um - known[0]) * (row[1] - row[0]) / (known[1] - known[0])
        inside = np.interp(diameter_um, known, row)
        found[name.split("_")[0]] = factor * np.where(diameter_um < known[0], below, inside)
    return found


def shape_of(plan: Layout, diameter_um: Numbers, patch_um: float) -> Shape:
    """Return lengths and diameters of every compartment of every fibre."""
    table = fibre_table(diameter_um)
    per_side = int(plan.internode.max() + 1) // 2
    taper = 1000.0 * np.array(numbers("fibre.taper_mm"))
    regular = np.tile(table["internode"], (per_side - taper.size, 1))
    side = np.concatenate([regular, np.minimum(taper[:, None], table["internode"])])
    internodes = np.concatenate([side, side[::-1]])
    length = np.where(
        (plan.internode >= 0)[:, None],
        internodes[plan.internode] / plan.parts,
        number("node.length_um"),
    )
    parts = plan.patch.stop - plan.patch.start
    length[plan.patch] = patch_um / max(parts, 1)
    node = (plan.kind == NODE)[:, None]
    inner = np.where(node, table["node"], table["axon"])
    outer = np.where(
        node, table["node"], np.where((plan.kind == PATCH)[:, None], table["axon"], diameter_um)
    )
    return Shape(length, inner, outer, np.broadcast_to(table["lamellae"], length.shape))


def cover_with_myelin(plan: Layout, shape: Shape, bare: Flags, diameter_um: Numbers) -> Indices:
    """Return the kind of every compartment per fibre, with nodes where a fibre keeps its myelin.

    In a fibre that is not bare the stretch of the patch is internodes no longer than its own, with
    a node between two of them.
    """
    kind = np.tile(plan.kind[:, None], (1, bare.size))
    table = fibre_table(diameter_um)
    patch_um = float(shape.length[plan.patch, 0].sum())
    parts = plan.patch.stop - plan.patch.start
    for fibre in np.flatnonzero(~bare):
        kind[plan.patch, fibre] = PASSIVE
        internodes = int(np.ceil(patch_um / table["internode"][fibre]))
        for node in range(1, internodes):
            kind[plan.patch.start + round(node * parts / internodes), fibre] = NODE
    return kind


def membrane_of(plan: Layout, shape: Shape, kind: Indices, bare_nap: Numbers) -> Membrane:
    """Return the electrical constants of every compartment.

    Parameters
    ----------
    plan, shape : Layout, Shape
        Of the bundle.
    kind : array (compartments, fibres)
        As ``cover_with_myelin`` returns it.
    bare_nap : array (fibres,)
        Persistent sodium conductance of bare membrane, S/cm2.
    """
    node, bare = kind == NODE, kind == PATCH
    # A node inside a myelinated stretch of the patch keeps its own membrane, not its grid's.
    covered_node = node & (plan.kind == PATCH)[:, None]
    area = np.pi * shape.outer * shape.length
    area = np.where(covered_node, np.pi * shape.inner * number("node.length_um"), area)
    sheath = number("myelin.lumped") / (2.0 * shape.lamellae)

    def choose(name: str, passive: Numbers | float) -> Numbers:
        return np.where(
            node, number(f"node.{name}"), np.where(bare, number(f"patch.{name}"), passive)
        )

    naf, ks = choose("naf", 0.0), choose("ks", 0.0)
    kf = np.where(bare, number("patch.kf"), 0.0)
    nap = np.where(node, number("node.nap"), np.where(bare, bare_nap, 0.0))
    leak = choose("leak", number("myelin.leak") * sheath)
    # The leak holds every membrane at rest with the published share of persistent sodium; what a
    # bare fibre has beyond it depolarises that fibre.
    usual = naf * number("node.nap") / number("node.naf")
    capacity = choose("capacitance", number("myelin.capacitance") * sheath)
    half = shape.length / (np.pi * shape.inner**2 / 4.0)
    axial = 2.0 * AXIAL / (number("axoplasm.resistivity") * (half[:-1] + half[1:]))
    return Membrane(
        capacity=CAPACITY_PER_AREA * area * capacity,
        leak=PER_AREA * area * leak,
        leak_mv=np.where(naf > 0.0, balanced_leak(naf, usual, ks, leak, kf), REST_MV),
        naf=PER_AREA * area * naf,
        nap=PER_AREA * area * nap,
        ks=PER_AREA * area * ks,
        kf=PER_AREA * area * kf,
        axial=axial,
    )
