"""A bundle as plain arrays, so that another simulator can build the very same compartments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemispasm.simulate.nerve.bundle import Bundle
from hemispasm.simulate.nerve.kinetics import REST_MV
from hemispasm.simulate.nerve.parameters import number
from hemispasm.simulate.nerve.run import Shock, space_conductance


def describe_bundle(
    bundle: Bundle, shocks: tuple[Shock, ...], duration_ms: float, dt_us: float
) -> dict[str, NDArray[np.generic]]:
    """Return compartments, membranes, space and shocks of a run without noise.

    Parameters
    ----------
    bundle : Bundle
        All fibres bare or all covered: the peers build whole sections.
    shocks : tuple of Shock
        Impulses put in.
    duration_ms, dt_us : float
        Of the run.

    Returns
    -------
    dict of str to array
        Lengths and diameters in um, capacities nF, conductances uS, potentials mV, times ms,
        currents nA; ``space_us`` is one number per cluster, between two patch compartments.

    Examples
    --------
    >>> from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
    >>> arrays = describe_bundle(make_bundle(BundleOptions(fibres=8)), (), 5.0, 2.5)
    >>> arrays["length_um"].shape == arrays["capacity_nf"].shape
    True
    """
    size, membrane, plan = bundle.options.cluster, bundle.membrane, bundle.layout
    last = plan.kind.size - 1
    starts = range(0, bundle.diameter_um.size, size)
    return {
        "length_um": bundle.shape.length,
        "diameter_um": bundle.shape.inner,
        "kind": plan.kind,
        "internode": plan.internode,
        "capacity_nf": membrane.capacity,
        "leak_us": membrane.leak,
        "leak_mv": membrane.leak_mv,
        "naf_us": membrane.naf,
        "nap_us": membrane.nap,
        "ks_us": membrane.ks,
        "kf_us": membrane.kf,
        "resistivity_ohm_cm": np.array(number("axoplasm.resistivity")),
        "recovery_ms": np.array(1e3 * number("patch.inactivation_s")),
        "inactivation_per_ms": np.array(number("patch.inactivation_gain")),
        "cluster": np.array(size),
        "coupled": np.array(bundle.options.coupled),
        "space_us": np.array([space_conductance(bundle, slice(s, s + size)) for s in starts]),
        "places": bundle.places,
        "threshold_mv": np.array(number("run.threshold_mv")),
        "rest_mv": np.array(REST_MV),
        "shock_fibre": np.array([s.fibre for s in shocks], dtype=np.int64),
        "shock_compartment": np.array([last if s.proximal else 0 for s in shocks], dtype=np.int64),
        "shock_ms": np.array([s.time_ms for s in shocks], dtype=np.float64),
        "shock_length_ms": np.array(number("shock.length_ms")),
        "shock_na": np.array(number("shock.strength_na")),
        "duration_ms": np.array(duration_ms),
        "dt_ms": np.array(1e-3 * dt_us),
    }
