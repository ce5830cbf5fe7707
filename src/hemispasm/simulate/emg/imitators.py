"""Conditions that look like hemifacial spasm and are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.event import Pattern
from hemispasm.simulate.emg.drive import contract, hump
from hemispasm.simulate.emg.ectopy import arrival_s
from hemispasm.simulate.emg.parameters import number, pair
from hemispasm.simulate.emg.state import NerveState
from hemispasm.simulate.emg.truth import TrueSpasm

if TYPE_CHECKING:
    from hemispasm.simulate.emg.patient import Patient


def act_myokymia(patient: Patient) -> None:
    """Act out myokymia: a few units in semi-rhythmic groups, with pauses, one side.

    Every muscle has its own units and its own rhythm; the first muscle is the most active.
    """
    rng, options = patient.stream("myokymia"), patient.options
    for rank, channel in enumerate(patient.on_side(options.side)):
        if rank > 0 and rng.random() < 0.5:
            continue
        n = len(patient.pools[channel])
        units = n // 2 + rng.choice(n - n // 2, size=int(rng.integers(2, 7)), replace=False)
        now = float(rng.uniform(0.0, 1.5))
        while now < options.duration_s:
            train_end = now + float(rng.uniform(1.0, 6.0))
            spacing = 1.0 / rng.uniform(*pair("myokymia.group_hz"))
            inside = rng.uniform(*pair("myokymia.inside_hz"))
            while now < min(train_end, options.duration_s):
                for unit in units:
                    count = int(rng.integers(2, 7))
                    steps = (1.0 + 0.15 * rng.normal(size=count)) / inside
                    root_s = now + rng.normal(0.0, 0.004) + np.cumsum(np.abs(steps))
                    which = np.full(count, unit)
                    time_s = arrival_s(patient, channel, root_s, which, rng, crosses=False)
                    patient.book.add(channel, which, time_s, "myokymia", "myokymia")
                now += max(spacing * (1.0 + 0.12 * rng.normal()), 0.05)
            now += float(rng.uniform(0.5, 4.0))


def act_seizures(patient: Patient) -> None:
    """Act out rhythmic bursts that grow and slow down, lower face more than eye, one side."""
    rng, options = patient.stream("seizures"), patient.options
    now = float(rng.uniform(1.0, 4.0))
    while now < options.duration_s - 3.0:
        length = float(rng.uniform(8.0, 25.0))
        end = min(now + length, options.duration_s - 0.1)
        start, first_hz = now, float(rng.uniform(*pair("seizure.burst_hz")))
        while now < end:
            done = (now - start) / length
            hz = first_hz * (1.0 - 0.6 * done**1.5)
            level = 0.35 + 0.5 * np.sin(np.pi * min(done + 0.15, 1.0))
            burst_s = float(rng.uniform(*pair("seizure.burst_s")))
            for muscle in options.muscles:
                share = 0.6 if muscle in (Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI) else 1.0
                drive = np.clip(hump(burst_s, share * level * rng.uniform(0.85, 1.1), 0.3), 0, 1)
                contract(
                    patient,
                    muscle,
                    options.side,
                    now + rng.normal(0.0, 0.003),
                    drive,
                    "seizure",
                    "seizure",
                    rng,
                    pair("cocontraction.rate_hz"),
                )
            now += (1.0 + 0.05 * rng.normal()) / hz
        patient.spasms.append(
            TrueSpasm(
                side=options.side,
                start_s=round(start, 4),
                end_s=round(end, 4),
                cause="seizure",
                pattern=Pattern.CLONIC,
                muscles=options.muscles,
            )
        )
        now += float(rng.uniform(10.0, 30.0))


def post_paralytic_state(
    seed_rng: np.random.Generator, patient_has: bool | None = None
) -> NerveState:
    """Return the nerve after a palsy: no ectopic drive; lateral spread in most, but small."""
    drawn = bool(seed_rng.random() < number("post_paralytic.lateral_spread_share"))
    has = drawn if patient_has is None else patient_has
    return NerveState(
        compression=0.4,
        excitability=0.0,
        cross_talk_gain=number("post_paralytic.gain") if has else 0.0,
        nuclear_gain=0.3,
    )


def regrow(patient: Patient) -> None:
    """Rewire the affected side after a palsy: fewer, larger units; some follow a wrong muscle."""
    rng = patient.stream("regrowth")
    left = float(rng.uniform(*pair("post_paralytic.units_left")))
    share = float(rng.uniform(*pair("post_paralytic.aberrant_share")))
    extra = float(rng.normal(*pair("post_paralytic.extra_ms")))
    patient.values["aberrant_share"] = share
    patient.values["lateral_spread_extra_ms"] = max(extra, 0.5)
    for channel in patient.on_side(patient.options.side):
        pool = patient.pools[channel]
        alive = pool.transmits & (rng.random(len(pool)) < left)
        patient.pools[channel] = replace(
            pool,
            templates=np.asarray(pool.templates / np.sqrt(left), dtype=np.float32),
            transmits=alive,
            aberrant=rng.random(len(pool)) < share,
        )
