"""Run by another environment's Python: what other tools find in the same recordings, as JSON.

Usage: python emg_peer_script.py FILE.npz ...

Each file holds ``signal`` (microvolt), ``rate`` and either ``rest`` (start and end in seconds of
true silence, for methods that must be told) or ``stimuli`` (seconds, for averages). This file needs
nothing of hemispasm; it prints one JSON object as its last line.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

SLOW_HZ = 1000.0
WINDOW_S = (0.0075, 0.016)
ARTEFACT_S = 0.003
BAND_HZ = (80.0, 1000.0)
EDGE_S = 0.01
PACKAGES = ("neurokit2", "biosppy", "mne")

Method = Callable[[Any, float, Any], Any]


def versions() -> dict[str, str]:
    """Return the version of every tool, or why it cannot be used."""
    found = {}
    for name in PACKAGES:
        try:
            importlib.import_module(name)
            found[name] = importlib.metadata.version(name)
        except Exception as fault:
            found[name] = f"absent: {type(fault).__name__}: {fault}"
    return found


def neurokit(method: str, low_rate: bool) -> Method:
    """Return NeuroKit2's clean, amplitude and activation by one of its methods."""

    def run(signal: Any, rate: float, _rest: Any) -> Any:
        nk = importlib.import_module("neurokit2")
        if low_rate:
            signal, rate = (
                nk.signal_resample(
                    signal, sampling_rate=int(rate), desired_sampling_rate=int(SLOW_HZ)
                ),
                SLOW_HZ,
            )
        cleaned = nk.emg_clean(signal, sampling_rate=int(rate))
        what = {"emg_cleaned": cleaned} if method == "biosppy" else {}
        if method != "biosppy":
            what = {"emg_amplitude": nk.emg_amplitude(cleaned)}
        _, info = nk.emg_activation(**what, sampling_rate=int(rate), method=method)
        return np.asarray(info["EMG_Onsets"], dtype=float) / rate

    return run


def filtered(signal: Any, rate: float) -> Any:
    """Return the signal as BioSPPy's own pipeline filters it."""
    tools = importlib.import_module("biosppy.signals.tools")
    return tools.filter_signal(
        signal=signal, ftype="butter", band="highpass", order=4, frequency=100, sampling_rate=rate
    )["signal"]


def starts_of(edges: Any, signal: Any, rate: float) -> Any:
    """Return the starts among BioSPPy's edges, which are starts and ends alike, in seconds."""
    reach = round(EDGE_S * rate)
    size = np.concatenate([[0.0], np.cumsum(np.abs(signal))])
    at = np.asarray(edges, dtype=int)
    before = size[at] - size[np.maximum(at - reach, 0)]
    after = size[np.minimum(at + reach, len(signal))] - size[at]
    return at[after > before] / rate


def biosppy_plain(window_s: float) -> Method:
    """Return BioSPPy's own onsets, no rest needed."""

    def run(signal: Any, rate: float, _rest: Any) -> Any:
        emg = importlib.import_module("biosppy.signals.emg")
        clean = filtered(signal, rate)
        found = emg.find_onsets(signal=clean, sampling_rate=rate, size=window_s)
        return starts_of(found["onsets"], clean, rate)

    return run


def biosppy_rest(signal: Any, rate: float, rest: Any) -> Any:
    """Return onsets by Hodges and Bui, told where it is truly silent."""
    emg = importlib.import_module("biosppy.signals.emg")
    clean = filtered(signal, rate)
    found = emg.hodges_bui_onset_detector(
        signal=clean, rest=clean[round(rest[0] * rate) : round(rest[1] * rate)],
        sampling_rate=rate, size=round(EDGE_S * rate), threshold=2.0,
    )  # fmt: skip
    return starts_of(found["onsets"], clean, rate)


BURSTS: dict[str, tuple[str, Method]] = {
    "NeuroKit2 threshold, 1 kHz": ("neurokit2", neurokit("threshold", True)),
    "NeuroKit2 threshold, 10 kHz": ("neurokit2", neurokit("threshold", False)),
    "NeuroKit2 mixture, 1 kHz": ("neurokit2", neurokit("mixture", True)),
    "NeuroKit2 mixture, 10 kHz": ("neurokit2", neurokit("mixture", False)),
    "NeuroKit2 biosppy, 1 kHz": ("neurokit2", neurokit("biosppy", True)),
    "NeuroKit2 biosppy, 10 kHz": ("neurokit2", neurokit("biosppy", False)),
    "BioSPPy find_onsets": ("biosppy", biosppy_plain(0.05)),
    "BioSPPy find_onsets, 10 ms": ("biosppy", biosppy_plain(0.01)),
    "BioSPPy Hodges-Bui, rest given": ("biosppy", biosppy_rest),
}


def mne_average(signal: Any, rate: float, stimuli: Any) -> float:
    """Return the peak-to-peak size of MNE's average after the stimulus, artefact mended."""
    mne = importlib.import_module("mne")
    info = mne.create_info(["chin"], rate, ["emg"])
    raw = mne.io.RawArray(np.atleast_2d(signal) * 1e-6, info, verbose="error")
    places = np.round(np.asarray(stimuli) * rate).astype(int)
    events = np.column_stack([places, np.zeros_like(places), np.ones_like(places)])
    mne.preprocessing.fix_stim_artifact(
        raw, events, event_id=1, tmin=-0.0005, tmax=ARTEFACT_S, mode="linear", picks=[0]
    )
    raw.filter(*BAND_HZ, picks=[0], verbose="error")
    epochs = mne.Epochs(
        raw, events, tmin=-0.02, tmax=0.05, baseline=None, preload=True, picks=[0], verbose="error"
    )
    average = epochs.average(picks=[0])
    inside = (average.times >= WINDOW_S[0]) & (average.times <= WINDOW_S[1])
    return float(np.ptp(average.data[0][inside]) * 1e6)


def of_file(path: str, tools: dict[str, str]) -> dict[str, Any]:
    """Return what every tool makes of one file."""
    with np.load(path) as held:
        signal = held["signal"].astype(float)
        rate = float(held["rate"])
        rest = held.get("rest")
        stimuli = held.get("stimuli")
    if stimuli is not None:
        if tools["mne"].startswith("absent"):
            return {}
        try:
            return {"MNE average": {"peak_to_peak_uv": mne_average(signal, rate, stimuli)}}
        except Exception as fault:
            return {"MNE average": {"error": f"{type(fault).__name__}: {fault}"}}
    found: dict[str, Any] = {}
    for name, (package, method) in BURSTS.items():
        if tools[package].startswith("absent"):
            continue
        began = time.process_time()
        try:
            onsets = sorted(float(onset) for onset in method(signal, rate, rest))
            found[name] = {"onsets_s": onsets, "cpu_s": time.process_time() - began}
        except Exception as fault:
            found[name] = {"error": f"{type(fault).__name__}: {fault}"}
    return found


def main(paths: list[str]) -> None:
    """Print versions and findings of all files as one JSON object."""
    warnings.simplefilter("ignore")
    tools = versions()
    for package, method in BURSTS.values():
        # Loading and compiling beforehand: a tool is not timed while it starts.
        if not tools[package].startswith("absent"):
            try:
                rng = np.random.default_rng(0)
                method(rng.normal(size=20_000), 10_000.0, np.array([0.0, 1.0]))
            except Exception:
                pass
    files = {path: of_file(path, tools) for path in paths}
    print(json.dumps({"versions": tools, "files": files}))


if __name__ == "__main__":
    main(sys.argv[1:])
