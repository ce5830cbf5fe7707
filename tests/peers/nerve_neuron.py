"""Run by the peer's own Python: the same bundle in NEURON, impulses as JSON.

Usage: python nerve_neuron.py BUNDLE.npz FOLDER_FOR_COMPILED_CHANNELS

The bundle is what ``hemispasm.simulate.nerve.export.describe_bundle`` returns. NEURON has no space
that several fibres share: each fibre gets its part of it, and linear mechanisms tie the parts.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

TIE_US = 1000.0
PASSIVE, NODE, PATCH = 0, 1, 2


def cpu_s():
    """Return user and system CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def compile_channels(folder):
    """Compile the membrane into a folder once; return the library."""
    folder.mkdir(parents=True, exist_ok=True)
    found = list(folder.glob("*/libnrnmech.*")) + list(folder.glob("*/.libs/libnrnmech.so"))
    if not found:
        shutil.copy(Path(__file__).with_name("nerve_node.mod"), folder)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        subprocess.run(
            ["nrnivmodl", "nerve_node.mod"],
            cwd=folder,
            check=True,
            capture_output=True,
            env={**os.environ, "PATH": path},
        )
        found = list(folder.glob("*/libnrnmech.*")) + list(folder.glob("*/.libs/libnrnmech.so"))
    return found[0]


def runs_of(data):
    """Return (first, last + 1) of the compartments of every section of a fibre."""
    kind, internode = data["kind"], data["internode"]
    cuts = [0]
    for i in range(1, kind.size):
        same = kind[i] == kind[i - 1] and internode[i] == internode[i - 1] and kind[i] != NODE
        if not same:
            cuts.append(i)
    return list(zip(cuts, [*cuts[1:], kind.size], strict=True))


def build_fibre(h, data, fibre, sections):
    """Build one fibre; return its sections and the segment of every compartment."""
    made, segments = [], []
    for first, end in sections:
        section = h.Section(name=f"f{fibre}_{first}")
        section.nseg = end - first
        section.L = data["length_um"][first:end, fibre].sum()
        section.diam = data["diameter_um"][first, fibre]
        section.Ra = float(data["resistivity_ohm_cm"])
        if made:
            section.connect(made[-1](1.0), 0.0)
        made.append(section)
        segments += list(section)
        kind = data["kind"][first]
        section.insert("pas" if kind == PASSIVE else "nervenode")
        for i, segment in zip(range(first, end), section, strict=True):
            area = np.pi * data["diameter_um"][i, fibre] * data["length_um"][i, fibre]
            segment.cm = 1e5 * data["capacity_nf"][i, fibre] / area
            if kind == PASSIVE:
                segment.pas.g = 100.0 * data["leak_us"][i, fibre] / area
                segment.pas.e = data["leak_mv"][i, fibre]
                continue
            channels = segment.nervenode
            for name in ("naf", "nap", "ks", "kf"):
                setattr(channels, f"g{name}", 100.0 * data[f"{name}_us"][i, fibre] / area)
            channels.gl = 100.0 * data["leak_us"][i, fibre] / area
            channels.el = data["leak_mv"][i, fibre]
            channels.recovery = float(data["recovery_ms"])
            channels.inactivation = float(data["inactivation_per_ms"]) if kind == PATCH else 0.0
    return made, segments


def share_space(h, data, fibres):
    """Give each fibre its part of the space and tie the parts of a cluster; return what holds."""
    patch = np.flatnonzero(data["kind"] == PATCH)
    size = int(data["cluster"])
    ties = []
    for made, _ in fibres:
        index = next(
            i for i, s in enumerate(made) if s.nseg == patch.size and s.has_membrane("nervenode")
        )
        for at in (index - 1, index, index + 1):
            made[at].insert("extracellular")
        for at in (index - 1, index + 1):
            made[at].xraxial[0] = 1e-6
    for cluster, space_us in enumerate(data["space_us"]):
        members = fibres[cluster * size : (cluster + 1) * size]
        for fibre, (_, segments) in enumerate(members):
            for i in patch:
                dx_cm = 1e-4 * data["length_um"][i, cluster * size + fibre]
                segments[i].xraxial[0] = 1.0 / (space_us / size) / dx_cm
                segments[i].xg[0] = 0.0
                segments[i].xc[0] = 0.0
        for i in patch:
            ties.append(tie(h, [segments[i] for _, segments in members]))
    return ties


def tie(h, segments):
    """Tie the space outside some segments together by large conductances to the first one."""
    count = len(segments)
    conductance, capacity = h.Matrix(count, count), h.Matrix(count, count, 2)
    for row, segment in enumerate(segments):
        per_area = 100.0 * TIE_US / segment.area()
        if row == 0:
            conductance.setval(0, 0, (count - 1) * per_area)
            for other in range(1, count):
                conductance.setval(0, other, -per_area)
        else:
            conductance.setval(row, row, per_area)
            conductance.setval(row, 0, -per_area)
    y, b = h.Vector(count), h.Vector(count)
    where, layers = h.SectionList(), h.Vector(count, 1)
    for segment in segments:
        where.append(segment.sec)
    x = h.Vector([segment.x for segment in segments])
    mechanism = h.LinearMechanism(capacity, conductance, y, b, where, x, layers)
    return mechanism, conductance, capacity, y, b, where, x, layers


def main(path, folder):
    """Build, run, print the impulses and what the run cost."""
    library = compile_channels(Path(folder))
    import neuron
    from neuron import h

    h.nrn_load_dll(str(library))
    h.nlayer_extracellular(1)
    data = dict(np.load(path))
    sections = runs_of(data)
    count = data["length_um"].shape[1]
    fibres = [build_fibre(h, data, fibre, sections) for fibre in range(count)]
    held = share_space(h, data, fibres) if bool(data["coupled"]) else []
    clamps = []
    for fibre, i, start in zip(
        data["shock_fibre"], data["shock_compartment"], data["shock_ms"], strict=True
    ):
        clamp = h.IClamp(fibres[fibre][1][i])
        clamp.delay, clamp.dur = float(start), float(data["shock_length_ms"])
        clamp.amp = float(data["shock_na"])
        clamps.append(clamp)
    recorded = [
        [h.Vector().record(fibres[f][1][data["places"][place, f]]._ref_v) for f in range(count)]
        for place in range(data["places"].shape[0])
    ]
    h.dt = float(data["dt_ms"])
    h.secondorder = 0
    h.finitialize(float(data["rest_mv"]))
    steps = round(float(data["duration_ms"]) / h.dt)
    started = cpu_s()
    for _ in range(steps):
        h.fadvance()
    used = cpu_s() - started
    spikes = []
    for place, row in enumerate(recorded):
        for fibre, vector in enumerate(row):
            v = np.array(vector)
            low = np.flatnonzero((v[:-1] < data["threshold_mv"]) & (v[1:] >= data["threshold_mv"]))
            part = (data["threshold_mv"] - v[low]) / (v[low + 1] - v[low])
            spikes += [[fibre, place, t] for t in ((low + part) * h.dt).tolist()]
    print(
        json.dumps(
            {
                "tool": f"NEURON {neuron.__version__}",
                "cpu_s": used,
                "compartments": int(data["length_um"].size),
                "mechanisms": len(held),
                "spikes": spikes,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
