"""A bundle: fibres of a nerve through one patch, in clusters that share their space."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.nerve.geometry import (
    Layout,
    Membrane,
    Shape,
    cover_with_myelin,
    layout,
    membrane_of,
    shape_of,
)
from hemispasm.simulate.nerve.parameters import (
    DEFAULTS,
    Flags,
    Indices,
    Numbers,
    number,
    numbers,
)

PLACES = ("distal", "patch_distal", "patch", "patch_proximal", "proximal")
"""Where impulses are recorded: 3 mm distal, the nodes at both edges of the patch and its middle,
3 mm proximal (towards the brainstem)."""


@dataclass(frozen=True)
class BundleOptions:
    """What decides a bundle; the same options and seed give the same bundle.

    Attributes
    ----------
    fibres : int
        Number of fibres, a multiple of the cluster size.
    cluster : int
        Fibres that share one extracellular space.
    patch_mm : float
        Length of the stretch under the vessel.
    bare_share : float
        Share of the fibres that lost their myelin there; 0 is a healthy nerve.
    space_share : float
        Extracellular over intracellular area in the patch (the compression variable): about 0.1
        when squeezed, 0.6 after decompression.
    coupled : bool
        False takes the shared space away: every fibre is alone.
    nap_share, nap_spread : float
        Median and log spread of the persistent sodium share of bare membrane (ectopy).
    noise : float
        Spread of the membrane noise of bare membrane, uA/cm2; 0 switches it off.
    diameter_um, diameter_spread_um : float
        Outer diameters.
    threshold_shift_mv : float
        Moves all gates along the potential; -2 opens them 2 mV earlier, as little calcium does.
    upper_share, lower_share : float
        Shares of fibres that belong to the upper and to the lower branch; the rest to neither.
    patch_dx_um, internode_compartments : float, int
        Grid.
    """

    fibres: int = 96
    cluster: int = int(number("space.cluster"))
    patch_mm: float = number("patch.length_mm")
    bare_share: float = 1.0
    space_share: float = number("space.compressed")
    coupled: bool = True
    nap_share: float = numbers("patch.nap_share")[0]
    nap_spread: float = numbers("patch.nap_share")[1]
    noise: float = number("patch.noise")
    diameter_um: float = numbers("fibre.diameter_um")[0]
    diameter_spread_um: float = numbers("fibre.diameter_um")[1]
    threshold_shift_mv: float = 0.0
    upper_share: float = number("nerve.upper_share")
    lower_share: float = number("nerve.lower_share")
    patch_dx_um: float = number("run.patch_dx_um")
    internode_compartments: int = int(number("run.internode_compartments"))

    def __post_init__(self) -> None:
        whole = self.fibres % self.cluster == 0 if self.cluster > 0 else False
        if not whole or self.fibres < 1:
            raise UsageError(
                "scenario_fraction",
                "The number of fibres is a multiple of the size of a cluster.",
                "Change either number.",
            )
        shares = (self.bare_share, self.upper_share, self.lower_share)
        if min(shares) < 0.0 or max(shares) > 1.0 or sum(shares[1:]) > 1.0:
            raise UsageError(
                "scenario_fraction", "A share lies between 0 and 1.", "Change the value."
            )
        if min(self.space_share, self.patch_mm, self.patch_dx_um) <= 0.0:
            raise UsageError(
                "scenario_fraction",
                "The patch, its grid and the space between the fibres have a size.",
                "Give numbers above 0.",
            )


@dataclass(frozen=True)
class Bundle:
    """Fibres ready to run.

    Attributes
    ----------
    options : BundleOptions
        What it was made from.
    diameter_um, nap_share : array (fibres,)
        Outer diameter; persistent sodium share of the bare membrane.
    upper, lower, bare : array of bool (fibres,)
        Of the upper branch; of the lower branch; without myelin in the patch.
    layout, shape, membrane, kind
        Compartments: their order, sizes, constants and kind per fibre.
    places : array (places, fibres)
        Compartment of each place of ``PLACES``.
    """

    options: BundleOptions
    diameter_um: Numbers
    nap_share: Numbers
    upper: Flags
    lower: Flags
    bare: Flags
    layout: Layout
    shape: Shape
    membrane: Membrane
    kind: Indices
    places: Indices

    def branch(self, *, upper: bool) -> Flags:
        """Return the fibres of the upper or of the lower branch."""
        return self.upper if upper else self.lower

    @property
    def velocity_m_s(self) -> Numbers:
        """Conduction velocity of the healthy stretches."""
        return number("fibre.velocity_per_um") * self.diameter_um


def make_bundle(options: BundleOptions | None = None, seed: int = 0) -> Bundle:
    """Draw a bundle.

    Parameters
    ----------
    options : BundleOptions, optional
        What decides it.
    seed : int
        Of the draw. Compression, coupling and noise do not enter the draw: the same nerve can be
        squeezed and released.

    Returns
    -------
    Bundle
        With the fibres of a cluster side by side.

    Examples
    --------
    >>> bundle = make_bundle(BundleOptions(fibres=16), seed=1)
    >>> bundle.diameter_um.shape, int(bundle.bare.sum())
    ((16,), 16)
    """
    chosen = options or BundleOptions()
    generator = np.random.default_rng([seed, 0x6E65])
    low, high = DEFAULTS["fibre.diameter_um"].range
    diameter = generator.normal(chosen.diameter_um, chosen.diameter_spread_um, chosen.fibres)
    diameter = np.clip(diameter, low, high)
    order = generator.permutation(chosen.fibres)
    upper = order < round(chosen.upper_share * chosen.fibres)
    lower = order >= chosen.fibres - round(chosen.lower_share * chosen.fibres)
    share = chosen.nap_share * np.exp(chosen.nap_spread * generator.standard_normal(chosen.fibres))
    bare = generator.permutation(chosen.fibres) < round(chosen.bare_share * chosen.fibres)
    return assemble(chosen, diameter, share, (upper, lower), bare)


def assemble(
    options: BundleOptions,
    diameter_um: Numbers,
    nap_share: Numbers,
    branches: tuple[Flags, Flags],
    bare: Flags,
) -> Bundle:
    """Return a bundle of given fibres; ``branches`` are the upper and the lower one."""
    parts = max(round(1000.0 * options.patch_mm / options.patch_dx_um), 2)
    plan = layout(int(number("fibre.regular_internodes")), options.internode_compartments, parts)
    shape = shape_of(plan, diameter_um, 1000.0 * options.patch_mm)
    kind = cover_with_myelin(plan, shape, bare, diameter_um)
    membrane = membrane_of(plan, shape, kind, number("patch.naf") * nap_share)
    return Bundle(
        options,
        diameter_um,
        nap_share,
        *branches,
        bare,
        plan,
        shape,
        membrane,
        kind,
        _places(plan, shape),
    )


def change_space(bundle: Bundle, space_share: float) -> Bundle:
    """Return the same nerve with the vessel pressed on it or taken away.

    Parameters
    ----------
    bundle : Bundle
        The nerve.
    space_share : float
        Extracellular over intracellular area in the patch.
    """
    return replace(bundle, options=replace(bundle.options, space_share=space_share))


def _places(plan: Layout, shape: Shape) -> Indices:
    """Return the compartments where impulses are recorded."""
    edge = np.cumsum(shape.length, axis=0)
    middle = edge - shape.length / 2.0
    away = 1000.0 * number("nerve.record_mm")
    first, last = plan.patch.start, plan.patch.stop - 1
    distal = np.argmin(np.abs(middle - (edge[first - 1] - away)), axis=0)
    proximal = np.argmin(np.abs(middle - (edge[last] + away)), axis=0)
    ones = np.ones(shape.length.shape[1], dtype=np.int64)
    inside = (first + last + 1) // 2
    return np.stack([distal, (first - 1) * ones, inside * ones, (last + 1) * ones, proximal])


__all__ = [
    "PLACES",
    "Bundle",
    "BundleOptions",
    "assemble",
    "change_space",
    "make_bundle",
]
