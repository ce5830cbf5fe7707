"""Imitators of the second EMG family: undulating discharges, seizure rhythm, speech."""

from __future__ import annotations

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.phenomenological_acts import BOTH_SIDES, Face, renewal
from hemispasm.simulate.emg.phenomenological_packets import Packet


def undulation(face: Face, duration_s: float, rng: np.random.Generator) -> list[Packet]:
    """Return myokymia: groups of short discharges at an even pace in one muscle, then silence.

    Published: groups at 2-60 Hz with silences up to seconds.
    """
    muscles = face.on(face.side)
    if not muscles:
        return []
    packets: list[Packet] = []
    chosen = rng.permutation(len(muscles))[: 1 + int(rng.random() < 0.3)]
    for index in chosen:
        place = (muscles[int(index)], face.side)
        # Each muscle keeps its own clock: groups are even, and not shared.
        every_s = float(np.exp(rng.uniform(np.log(0.5), np.log(3.0))))
        inner_hz = float(np.exp(rng.uniform(np.log(8.0), np.log(55.0))))
        now = float(rng.uniform(0.1, every_s))
        while now < duration_s - 0.5:
            count = int(rng.integers(3, 11))
            length = min(count / inner_hz, 0.7 * every_s)
            packets += _beads(face, place, now, length, inner_hz, rng)
            now += every_s * (1.0 + 0.08 * float(rng.standard_normal()))
    return sorted(packets, key=lambda packet: packet.start_s)


def _beads(
    face: Face, place: tuple[Muscle, Side], start: float, length: float, inner_hz: float,
    rng: np.random.Generator,
) -> list[Packet]:  # fmt: skip
    """Return one group: a packet per discharge when they stand apart, else one packet."""
    size = 0.7 * face.strength_uv[place] * float(rng.uniform(0.85, 1.15))
    one = Packet(
        start, length, "myokymia", {place: size}, grains=1.0, grain_gap_s=1.0 / inner_hz,
        grain_scatter=0.07, binding=1.0, rise=0.05, fall=0.05,
    )  # fmt: skip
    if inner_hz > 25.0:
        return [one]
    count = max(int(length * inner_hz), 1)
    return [
        Packet(
            start + k / inner_hz * (1.0 + 0.04 * float(rng.standard_normal())), 0.009,
            "myokymia", {place: size}, grains=1.0, grain_gap_s=0.05, binding=1.0,
        )
        for k in range(count)
    ]  # fmt: skip


def rhythm(face: Face, duration_s: float, rng: np.random.Generator) -> list[Packet]:
    """Return a focal motor seizure: an even rhythm that grows, spreads, slows and stops.

    Published: bursts shorter than 50 ms at 8-9 Hz in one case; rhythm that evolves, then slows.
    """
    muscles = list(face.on(face.side))
    if not muscles:
        return []
    packets: list[Packet] = []
    start = float(rng.uniform(0.5, max(0.15 * duration_s, 0.6)))
    while start < duration_s - 4.0:
        length = float(min(rng.uniform(8.0, 40.0), duration_s - start - 0.5))
        fast, slow = float(rng.uniform(6.0, 10.0)), float(rng.uniform(1.5, 3.5))
        order = [muscles[i] for i in rng.permutation(len(muscles))]
        now = start
        while now < start + length:
            share = (now - start) / length
            pace = fast * (slow / fast) ** share
            joined = order[: 1 + int(share * 1.6 * len(order))]
            size = 0.35 + 0.75 * share
            sizes = {(m, face.side): size * face.strength_uv[m, face.side] for m in joined}
            lags = {p: abs(float(rng.normal(0.0, 0.005))) for p in sizes}
            packets.append(
                Packet(
                    now, float(rng.uniform(0.025, 0.05)), "seizure", sizes, lags,
                    binding=0.1, rise=0.3, fall=0.4,
                )
            )  # fmt: skip
            now += (1.0 + 0.05 * float(rng.standard_normal())) / pace
        start += length + float(rng.uniform(10.0, 40.0))
    return packets


def speech(face: Face, duration_s: float, rng: np.random.Generator) -> list[Packet]:
    """Return syllables of both sides of the lower face, in phrases."""
    packets = []
    lips: list[tuple[Muscle, Side]] = [
        (m, s) for m, s in face.places
        if s in BOTH_SIDES
        and m in (Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS, Muscle.ZYGOMATICUS)
    ]  # fmt: skip
    for start in renewal(0.12, duration_s, 0.7, 1.5, rng):
        pace = float(rng.uniform(3.0, 6.0))
        for k in range(int(rng.integers(4, 14))):
            begin = start + (k + 0.25 * float(rng.standard_normal())) / pace
            if not lips or begin < 0.05 or begin > duration_s - 0.4:
                continue
            sizes = {p: 0.4 * face.strength_uv[p] * float(rng.uniform(0.3, 1.2)) for p in lips}
            lags = {p: abs(float(rng.normal(0.0, 0.008))) for p in lips}
            length = float(rng.uniform(0.07, 0.16))
            packets.append(Packet(begin, length, "speech", sizes, lags, rise=0.35, fall=0.45))
    return packets
