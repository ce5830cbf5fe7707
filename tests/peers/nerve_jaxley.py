"""Run by the peer's own Python: the same bundle in Jaxley, without a shared space, as JSON.

Usage: python nerve_jaxley.py BUNDLE.npz

The bundle is what ``hemispasm.simulate.nerve.export.describe_bundle`` returns. Compiling is not
counted: the program runs twice and the second run is timed.
"""

import json
import resource
import sys

import jax
import jax.numpy as jnp
import jaxley as jx
import numpy as np
from jaxley.channels import Channel
from jaxley.solver_gate import solve_gate_exponential

PASSIVE, PATCH = 0, 2
GATES = ("m", "h", "p", "s", "n")


def cpu_s():
    """Return user and system CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def line(v, scale, middle, width):
    """Return the rate ``scale (v + middle) / (1 - exp(-(v + middle) / width))``."""
    x = (v + middle) / width
    x = jnp.where(jnp.abs(x) < 1e-4, 1e-4, x)
    return scale * width * x / (1.0 - jnp.exp(-x))


class Axon(Channel):
    """The membrane of a motor axon at 36 degrees (McIntyre, Richardson and Grill 2002)."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        names = ("gnaf", "gnap", "gks", "gkf")
        self.channel_params = {f"{self._name}_{key}": 0.0 for key in names}
        self.channel_params[f"{self._name}_recovery"] = 400.0
        self.channel_params[f"{self._name}_inactivation"] = 0.0
        self.channel_states = {f"{self._name}_{key}": 0.5 for key in (*GATES, "slow")}
        self.current_name = "i_axon"

    def rates(self, v):
        """Return opening and closing rates of the gates."""
        sodium, inactivation = 2.2**1.6, 2.9**1.6
        return {
            "m": (sodium * line(v, 1.86, 21.4, 10.3), sodium * line(-v, 0.086, -25.7, 9.16)),
            "h": (
                inactivation * line(-v, 0.062, -114.0, 11.0),
                inactivation * 2.3 / (1.0 + jnp.exp(-(v + 31.8) / 13.4)),
            ),
            "p": (sodium * line(v, 0.01, 27.0, 10.2), sodium * line(-v, 0.00025, -34.0, 10.0)),
            "s": (0.3 / (1.0 + jnp.exp(-(v + 53.0) / 5.0)), 0.03 / (1.0 + jnp.exp(-(v + 90.0)))),
            "n": (line(v, 0.0462, 83.2, 1.1), line(-v, 0.0824, -66.0, 10.5)),
        }

    def update_states(self, states, dt, v, params):
        """Return the gates after a step."""
        name = self._name
        new = {
            f"{name}_{gate}": solve_gate_exponential(states[f"{name}_{gate}"], dt, *rate)
            for gate, rate in self.rates(v).items()
        }
        rate = params[f"{name}_inactivation"] * new[f"{name}_p"] ** 3
        new[f"{name}_slow"] = solve_gate_exponential(
            states[f"{name}_slow"], dt, 1.0 / params[f"{name}_recovery"], rate
        )
        return new

    def compute_current(self, states, v, params):
        """Return the ionic current."""
        name = self._name
        m, h, p, s, n, slow = (states[f"{name}_{key}"] for key in (*GATES, "slow"))
        sodium = params[f"{name}_gnaf"] * m**3 * h + params[f"{name}_gnap"] * slow * p**3
        potassium = params[f"{name}_gks"] * s + params[f"{name}_gkf"] * n**4
        return sodium * (v - 50.0) + potassium * (v + 90.0)

    def init_state(self, states, v, params, delta_t):
        """Return the gates at rest."""
        name = self._name
        rest = {f"{name}_{k}": a / (a + b) for k, (a, b) in self.rates(v).items()}
        gain = params[f"{name}_recovery"] * params[f"{name}_inactivation"]
        return {**rest, f"{name}_slow": 1.0 / (1.0 + gain * rest[f"{name}_p"] ** 3)}


class Passive(Channel):
    """A leak."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self._name}_g": 0.0, f"{self._name}_e": -80.0}
        self.channel_states = {}
        self.current_name = "i_passive"

    def update_states(self, states, dt, v, params):
        """Return nothing: a leak has no gates."""
        return {}

    def compute_current(self, states, v, params):
        """Return the leak current."""
        return params[f"{self._name}_g"] * (v - params[f"{self._name}_e"])

    def init_state(self, states, v, params, delta_t):
        """Return nothing: a leak has no gates."""
        return {}


def build(data):
    """Return the network of fibres, one unbranched cell each."""
    n, count = data["length_um"].shape
    cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=n)], [-1])
    net = jx.Network([cell] * count)

    def flat(values):
        return np.asarray(values, dtype=np.float64).T.ravel()

    area = flat(np.pi * data["diameter_um"] * data["length_um"])
    net.set("length", flat(data["length_um"]))
    net.set("radius", flat(data["diameter_um"]) / 2.0)
    net.set("axial_resistivity", float(data["resistivity_ohm_cm"]))
    net.set("capacitance", 1e5 * flat(data["capacity_nf"]) / area)
    net.set("v", float(data["rest_mv"]))
    net.insert(Passive())
    net.set("Passive_g", 100.0 * flat(data["leak_us"]) / area)
    net.set("Passive_e", flat(data["leak_mv"]))
    kinds = np.tile(data["kind"], count)
    active = np.flatnonzero(kinds != PASSIVE)
    net.select(nodes=active).insert(Axon())
    for name in ("naf", "nap", "ks", "kf"):
        values = (100.0 * flat(data[f"{name}_us"]) / area)[active]
        net.select(nodes=active).set(f"Axon_g{name}", values)
    net.select(nodes=active).set("Axon_recovery", float(data["recovery_ms"]))
    slowing = np.where(kinds[active] == PATCH, float(data["inactivation_per_ms"]), 0.0)
    net.select(nodes=active).set("Axon_inactivation", slowing)
    return net


def main(path):
    """Build, run twice, print the impulses and what the second run cost."""
    data = dict(np.load(path))
    n = data["length_um"].shape[0]
    count = data["length_um"].shape[1]
    net = build(data)
    dt = float(data["dt_ms"])
    steps = round(float(data["duration_ms"]) / dt)
    at = np.arange(steps)
    for fibre, i, start in zip(
        data["shock_fibre"], data["shock_compartment"], data["shock_ms"], strict=True
    ):
        end = round((float(start) + float(data["shock_length_ms"])) / dt)
        current = np.where((at >= round(float(start) / dt)) & (at < end), data["shock_na"], 0.0)
        net.select(nodes=[int(fibre * n + i)]).stimulate(jnp.asarray(current), verbose=False)
    places = data["places"]
    for place in range(places.shape[0]):
        for fibre in range(count):
            net.select(nodes=[int(fibre * n + places[place, fibre])]).record("v", verbose=False)
    net.init_states(delta_t=dt)
    run = jax.jit(lambda: jx.integrate(net, delta_t=dt, solver="bwd_euler"))
    run().block_until_ready()
    started = cpu_s()
    v = np.array(run().block_until_ready())
    used = cpu_s() - started
    v = v.reshape(places.shape[0], count, -1)
    threshold = float(data["threshold_mv"])
    spikes = []
    for place in range(v.shape[0]):
        for fibre in range(count):
            trace = v[place, fibre]
            low = np.flatnonzero((trace[:-1] < threshold) & (trace[1:] >= threshold))
            part = (threshold - trace[low]) / (trace[low + 1] - trace[low])
            spikes += [[fibre, place, float(t)] for t in (low + part) * dt]
    print(
        json.dumps(
            {
                "tool": f"Jaxley {jx.__version__}",
                "cpu_s": used,
                "compartments": int(data["length_um"].size),
                "spikes": spikes,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
