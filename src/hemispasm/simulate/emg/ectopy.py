"""Spontaneous activity of a compressed nerve: clusters, bursts, impulses, cross-talk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.event import Pattern
from hemispasm.simulate.emg.parameters import number, pair, triple
from hemispasm.simulate.emg.truth import TrueSpasm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import GivenSpasm
    from hemispasm.simulate.emg.patient import Patient

TAIL_S = 0.005


@dataclass(frozen=True)
class Cluster:
    """The impulses of one spasm at the root, relative to its start, and their bursts."""

    impulse_s: NDArray[np.float64]
    burst: NDArray[np.int64]
    pattern: Pattern

    @property
    def length_s(self) -> float:
        """Time from the first to the last impulse."""
        return float(self.impulse_s[-1]) + TAIL_S


def _burst(excitability: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the impulse times of one burst; excitability makes it longer."""
    fewest, most = pair("spasm.impulses")
    share = 0.2 + 0.45 * excitability
    n = round(fewest + (most - fewest) * rng.beta(2.2 * share, 2.2 * (1.0 - share)))
    step = 1.0 / rng.uniform(*pair("spasm.impulse_hz"))
    jitter = 1.0 + number("spasm.impulse_jitter") * rng.normal(size=n - 1)
    return np.r_[0.0, np.cumsum(step * np.clip(jitter, 0.7, 1.6))]


def _tonic(length_s: float, rng: np.random.Generator) -> Cluster:
    """Return a run without pauses, in which the discharge rate wanders."""
    low, high = pair("spasm.impulse_hz")
    times, now = [], 0.0
    rate = rng.uniform(low, high)
    while now < length_s:
        times.append(now)
        rate = float(np.clip(rate * np.exp(0.05 * rng.normal()), low, high))
        now += max(1.0 + number("spasm.impulse_jitter") * rng.normal(), 0.7) / rate
    impulses = np.array(times)
    return Cluster(impulses, (impulses / 0.05).astype(np.int64), Pattern.TONIC)


def _grouped(
    n: int, excitability: float, rng: np.random.Generator, length_s: float | None = None
) -> Cluster:
    spacing = 1.0 / rng.uniform(*pair("spasm.burst_hz"))
    spread = number("spasm.burst_spacing_cv")
    parts, ids, now, k = [], [], 0.0, 0
    while k < n if length_s is None else now < max(length_s, 0.01):
        impulses = now + _burst(excitability, rng)
        parts.append(impulses)
        ids.append(np.full(len(impulses), k))
        pause = spacing * max(1.0 + spread * rng.normal(), 0.4)
        now = max(now + pause, float(impulses[-1]) + 0.018)
        k += 1
    pattern = Pattern.CLONIC if k >= 3 else Pattern.TWITCH
    return Cluster(np.concatenate(parts), np.concatenate(ids), pattern)


def draw_cluster(excitability: float, rng: np.random.Generator) -> Cluster:
    """Return one spasm: isolated, grouped or tonic; tonic grows with excitability."""
    isolated, grouped, tonic = triple("spasm.patterns")
    tonic = min(0.5, tonic * (excitability / 0.5) ** 2)
    shares = np.array([isolated, grouped, tonic])
    kind = int(rng.choice(3, p=shares / shares.sum()))
    if kind == 0:
        return _grouped(1, excitability, rng)
    if kind == 2:
        return _tonic(float(rng.uniform(*pair("spasm.tonic_s"))), rng)
    mean, most = pair("spasm.bursts")
    return _grouped(int(min(1 + rng.geometric(1.0 / (mean - 1.0)), most)), excitability, rng)


def cluster_for(given: GivenSpasm, excitability: float, rng: np.random.Generator) -> Cluster:
    """Return a spasm as long, and of the pattern, that a matching video shows."""
    length = given.end_s - given.start_s
    if given.pattern is Pattern.TONIC or (given.pattern is None and length > 1.0):
        return _tonic(length, rng)
    return _grouped(0, excitability, rng, 0.05 if given.pattern is Pattern.TWITCH else length)


def spasm_rate_per_min(patient: Patient) -> float:
    """Return the long-run rate of spasms that excitability asks for."""
    if patient.options.spasm_rate_per_min is not None:
        return patient.options.spasm_rate_per_min
    return number("spasm.per_min_at_full") * patient.state.excitability**1.5


def act_spasms(patient: Patient, triggers_s: NDArray[np.float64]) -> None:
    """Act out the spasms of the affected side.

    Parameters
    ----------
    triggers_s : ndarray
        Moments of blinks and movements, each of which may set off a spasm.
    """
    rate = spasm_rate_per_min(patient)
    patient.values["spasm_rate_per_min"] = rate
    options, drive = patient.options, patient.state.excitability
    rng = patient.stream("spasms")
    if options.given_spasms is not None:
        for given in options.given_spasms:
            start = leaves_root_s(patient, given.start_s)
            _discharge(patient, start, cluster_for(given, max(drive, 0.3), rng), rng)
        return
    if rate <= 0.0:
        return
    count = int(options.duration_s * rate / 60.0 * 2.0) + 12
    clusters = [draw_cluster(drive, rng) for _ in range(count)]
    gap = number("spasm.gap_s")
    length = float(np.mean([c.length_s for c in clusters]))
    pause = max(60.0 / rate - gap - length, 0.02)
    chance = number("spasm.triggered_by_movement") * drive
    triggers = [t for t in triggers_s if rng.random() < chance]
    free = float(rng.exponential(pause))
    for cluster in clusters:
        start = free
        ripe = [t for t in triggers if free - pause < t < start and t > free - pause + gap]
        if ripe:
            start = float(ripe[0] + rng.uniform(0.03, 0.08))
            triggers.remove(ripe[0])
        if start >= options.duration_s:
            break
        _discharge(patient, start, cluster, rng)
        free = start + cluster.length_s + gap + float(rng.exponential(pause))


def _discharge(
    patient: Patient, start_s: float, cluster: Cluster, rng: np.random.Generator
) -> None:
    """Send the impulses of a cluster to the muscles and note the spasm."""
    side = patient.options.side
    common = pair("nerve.jitter_ms")[0] / 1000.0
    at_root = start_s + cluster.impulse_s + common * rng.normal(size=len(cluster.impulse_s))
    first, last, muscles = np.inf, -np.inf, []
    n_bursts = int(cluster.burst.max()) + 1
    wanted = rng.uniform(*pair("spasm.recruited"), n_bursts)[cluster.burst]
    swing = number("spasm.impulse_swing")
    wanted = np.clip(wanted * np.exp(swing * rng.normal(size=len(wanted))), 0.02, 1.0)
    is_first = np.r_[True, np.diff(cluster.burst) > 0]
    for channel in patient.on_side(side):
        pool = patient.pools[channel]
        leads = pool.muscle is patient.options.leading
        own = rng.spawn(1)[0]
        gain = 1.0 if leads else patient.state.muscle_gain(pool.muscle)
        crosses = own.random(len(at_root)) < gain
        if cluster.pattern is Pattern.TONIC and not leads:
            crosses = (own.random(n_bursts) < gain)[cluster.burst]
        chance = wanted[:, None] * pool.exposure[None, pool.exposed]
        which, unit = np.nonzero((own.random(chance.shape) < chance) & crosses[:, None])
        unit = pool.exposed[unit]
        time_s = arrival_s(patient, channel, at_root[which], unit, own, crosses=not leads)
        for name, chosen in (
            ("seed", is_first[which] & leads),
            ("autoexcitation", ~is_first[which] & leads),
            ("ephaptic", np.full(len(which), not leads)),
        ):
            patient.book.add(channel, unit[chosen], time_s[chosen], name, "ectopic")
        inside = time_s[time_s < patient.options.duration_s]
        if len(inside):
            first, last = min(first, inside.min()), max(last, inside.max())
            muscles.append(pool.muscle)
    if muscles:
        end = min(last + TAIL_S, patient.options.duration_s)
        patient.spasms.append(
            TrueSpasm(
                side=side,
                start_s=round(max(first, 0.0), 5),
                end_s=round(float(max(end, first, 0.0)), 5),
                cause="ectopic",
                pattern=cluster.pattern,
                muscles=tuple(muscles),
            )
        )


def leaves_root_s(patient: Patient, moves_s: float) -> float:
    """Return when impulses leave the root so that the muscle fires one delay before it moves.

    Parameters
    ----------
    patient : Patient
        With its electromechanical delay; the conduction to the muscle comes on top of it.
    moves_s : float
        When the movement begins, on the patient's clock.

    Returns
    -------
    float
        On the recording's clock.
    """
    conduction_ms = np.median(np.concatenate([pool.conduction_ms for pool in patient.pools]))
    fires_s = moves_s - patient.values["electromechanical_delay_s"]
    return patient.options.clock.recording_time(fires_s) - float(conduction_ms) / 1000.0


def arrival_s(
    patient: Patient,
    channel: int,
    root_s: NDArray[np.float64],
    unit: NDArray[np.integer],
    rng: np.random.Generator,
    *,
    crosses: bool,
) -> NDArray[np.float64]:
    """Return when impulses at the root reach the muscle, over their own axon or across."""
    pool = patient.pools[channel]
    delay_ms = pool.conduction_ms[unit] + pair("nerve.jitter_ms")[1] * rng.normal(size=len(unit))
    if crosses:
        delay_ms += pool.transfer_ms[unit]
        delay_ms += np.where(pool.is_slow[unit], number("nerve.slow_burst_ms"), 0.0)
    return np.asarray(root_s + delay_ms / 1000.0)
