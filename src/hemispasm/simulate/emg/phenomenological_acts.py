"""What the faces of the second EMG family do: packets in time, one function per way of moving.

Times come from renewal and self-exciting processes, never from a nerve. Ranges are assumptions and
deliberately wide, except where a comment names what was published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.event import Pattern
from hemispasm.model.side import Side
from hemispasm.simulate.emg.phenomenological_packets import Packet

if TYPE_CHECKING:
    from hemispasm.simulate.emg.phenomenological_packets import Place

    #: Start, end (None: as it comes) and pattern of a spasm.
    Span = tuple[float, float | None, Pattern | None]

BOTH_SIDES = (Side.LEFT, Side.RIGHT)
LOWER = (Muscle.ZYGOMATICUS, Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS, Muscle.PLATYSMA)
#: Who helps in what a person is asked to do.
TASKS = {
    "frown": (Muscle.FRONTALIS, Muscle.ORBICULARIS_OCULI),
    "close_eyes": (Muscle.ORBICULARIS_OCULI, Muscle.FRONTALIS),
    "smile": (Muscle.ZYGOMATICUS, Muscle.ORBICULARIS_ORIS),
    "pucker": (Muscle.ORBICULARIS_ORIS, Muscle.MENTALIS),
    "bare_teeth": (Muscle.PLATYSMA, Muscle.ZYGOMATICUS, Muscle.MENTALIS),
}


@dataclass(frozen=True)
class Face:
    """Who is recorded: the muscles with an electrode, the side that is ill, strengths and habits.

    ``places`` are the recorded (muscle, side); ``strength_uv`` the RMS of a firm burst in each;
    ``severity`` 0 to 1; ``lead`` the muscle in which spasms begin; ``habits`` numbers drawn once
    for a person.
    """

    places: tuple[Place, ...]
    side: Side
    lead: Muscle
    severity: float
    strength_uv: dict[Place, float]
    habits: dict[str, float] = field(default_factory=dict)

    def on(self, side: Side) -> tuple[Muscle, ...]:
        """Return the recorded muscles of a side."""
        return tuple(m for m, s in self.places if s is side)


def draw_habits(rng: np.random.Generator, severity: float) -> dict[str, float]:
    """Return the numbers that make one person differ from the next."""
    return {
        # No published rate or burst length was found: wide assumptions.
        "spasms_per_s": float(np.exp(rng.uniform(np.log(4.0), np.log(28.0)))) / 60.0
        * (0.4 + severity),
        "bursts_per_s": float(rng.uniform(5.0, 18.0)),
        "burst_s": float(np.exp(rng.normal(np.log(0.032), 0.25))),
        "burst_scatter": float(rng.uniform(0.35, 0.7)),
        # Published: 150-400 Hz inside bursts, as gaps 2.5 to 6.5 ms.
        "grain_gap_s": 1.0 / float(rng.uniform(160.0, 380.0)),
        "grain_scatter": float(rng.uniform(0.12, 0.4)),
        "grains": float(rng.uniform(0.3, 0.95)),
        "binding": float(rng.uniform(0.55, 0.95)),
        "lag_s": float(rng.uniform(0.0002, 0.0022)),
        # Published: of 124 patients 28 had isolated discharges only, 42 grouped ones.
        "isolated": float(rng.choice([0.95, 0.1, 0.5], p=[0.25, 0.35, 0.4])),
        "tonic": float(rng.uniform(0.0, 0.25)) * severity,
        "spread": float(np.clip(0.45 + 0.5 * severity + rng.normal(0.0, 0.1), 0.2, 1.0)),
        "blinks_per_s": float(rng.uniform(6.0, 24.0)) / 60.0,
        "blink_s": float(rng.uniform(0.05, 0.11)),
        "kindling": float(rng.uniform(0.0, 0.3)) * severity,
        "synkinesis": float(rng.uniform(0.6, 1.0)),
    }  # fmt: skip


def renewal(
    rate_per_s: float, duration_s: float, scatter: float, dead_s: float, rng: np.random.Generator
) -> list[float]:
    """Return event times with log-normal gaps of a given mean and coefficient of variation."""
    if rate_per_s <= 0.0:
        return []
    mean = max(1.0 / rate_per_s - dead_s, 0.01)
    spread = np.sqrt(np.log1p(scatter**2))
    now, times = float(rng.uniform(0.15, 0.15 + 0.6 / rate_per_s)), []
    while now < duration_s - 0.1:
        times.append(now)
        now += dead_s + mean * float(np.exp(spread * rng.standard_normal() - 0.5 * spread**2))
    return times


def ectopic(
    face: Face, duration_s: float, rng: np.random.Generator, *,
    given: tuple[Span, ...] | None = None, kindled_s: tuple[float, ...] = (),
) -> list[Packet]:  # fmt: skip
    """Return the spasms of one side: isolated bursts, random groups of bursts, long holds.

    Parameters
    ----------
    face, duration_s, rng
        Who, how long, chance.
    given : tuple of (start_s, end_s, pattern), optional
        Spasms that must happen; none is drawn then.
    kindled_s : tuple of float
        Times at which a blink sets off a further spasm.
    """
    here = face.on(face.side)
    if not here:
        return []
    lead = face.lead if face.lead in here else here[0]
    plan = _drawn_plan(face, duration_s, kindled_s, rng) if given is None else given
    packets, busy_until = [], 0.0
    for number, (start, end, pattern) in enumerate(plan):
        if given is None and start < busy_until + 0.35:
            continue
        reach = _reach(here, lead, face.habits["spread"], rng)
        vigour = float(np.exp(0.3 * rng.standard_normal()))
        for begin, length in _spans(start, end, pattern, face.habits, rng):
            if begin >= 0.0 and begin + length < duration_s - 0.05:
                packets.append(_spasm_packet(face, reach, lead, begin, length, vigour, number, rng))
                busy_until = begin + length
    return packets


def _drawn_plan(
    face: Face, duration_s: float, kindled_s: tuple[float, ...], rng: np.random.Generator
) -> list[Span]:
    habits = face.habits
    times = [*renewal(habits["spasms_per_s"], duration_s, 0.9, 0.3, rng), *kindled_s]
    plan: list[Span] = []
    for start in sorted(times):
        luck = float(rng.random())
        if luck < habits["tonic"]:
            plan.append((start, start + float(rng.uniform(0.6, 2.5)), Pattern.TONIC))
        elif luck < habits["tonic"] + (1.0 - habits["tonic"]) * habits["isolated"]:
            plan.append((start, None, Pattern.TWITCH))
        else:
            plan.append((start, None, Pattern.CLONIC))
    return plan


def _spans(
    start: float, end: float | None, pattern: Pattern | None, habits: dict[str, float],
    rng: np.random.Generator,
) -> list[tuple[float, float]]:  # fmt: skip
    """Return begin and length of every burst of a spasm."""
    if pattern is Pattern.TONIC and end is not None:
        return [(start, max(end - start, 0.05))]
    if pattern is Pattern.TWITCH:
        return [(start, _burst_length(habits, rng))]
    if end is None:
        return _group(start, int(rng.geometric(0.16)) + 1, habits, rng)
    spans = [s for s in _group(start, 400, habits, rng) if s[0] + s[1] <= end]
    return spans or [(start, _burst_length(habits, rng))]


def _burst_length(habits: dict[str, float], rng: np.random.Generator) -> float:
    length = habits["burst_s"] * float(np.exp(0.4 * rng.standard_normal()))
    return float(np.clip(length, 0.010, 0.12))


def _group(
    start: float, count: int, habits: dict[str, float], rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Return bursts of one group; each one hastens the next for a while."""
    spans, now, heat = [], start, 0.0
    for _ in range(count):
        length = _burst_length(habits, rng)
        spans.append((now, length))
        heat = 0.6 * heat + 0.4
        scatter = habits["burst_scatter"]
        gap = (1.0 - 0.45 * heat) / habits["bursts_per_s"]
        gap *= float(np.exp(scatter * rng.standard_normal() - 0.5 * scatter**2))
        # Truth needs a silence between two bursts, else they are one.
        now += length + float(np.clip(gap, 0.022, 0.28))
    return spans


def _reach(
    here: tuple[Muscle, ...], lead: Muscle, spread: float, rng: np.random.Generator
) -> dict[Muscle, float]:
    """Return which muscles take part in a spasm and how strongly."""
    found = {lead: 1.0}
    for muscle in here:
        if muscle is not lead and rng.random() < spread:
            found[muscle] = float(rng.uniform(0.35, 1.1)) * (0.5 + 0.5 * spread)
    return found


def _spasm_packet(
    face: Face, reach: dict[Muscle, float], lead: Muscle, begin: float, length: float,
    vigour: float, number: int, rng: np.random.Generator,
) -> Packet:  # fmt: skip
    habits, side = face.habits, face.side
    sizes = {
        (m, side): face.strength_uv[m, side] * vigour * share * float(rng.uniform(0.8, 1.2))
        for m, share in reach.items()
    }
    lags = {
        (m, side): 0.0 if m is lead else habits["lag_s"] * float(rng.uniform(0.6, 1.4))
        for m in reach
    }
    return Packet(
        start_s=begin, duration_s=length, cause="ectopic", heights_uv=sizes, lags_s=lags,
        grains=habits["grains"], grain_gap_s=habits["grain_gap_s"],
        grain_scatter=habits["grain_scatter"], binding=habits["binding"],
        rise=0.12, fall=0.25, spasm=number,
    )  # fmt: skip


def blinks(
    face: Face, duration_s: float, rng: np.random.Generator, *, pull: float = 0.0,
    given: tuple[Span, ...] | None = None,
) -> list[Packet]:  # fmt: skip
    """Return blinks of both eyes; ``pull`` is how often the lower face of the ill side joins in."""
    packets = []
    eyes = [(Muscle.ORBICULARIS_OCULI, s) for s in (face.side, face.side.other)]
    eyes = [place for place in eyes if place in face.places]
    times = [s for s, _, _ in given] if given is not None else renewal(
        face.habits["blinks_per_s"], duration_s, 0.8, 0.4, rng
    )  # fmt: skip
    for start in times if eyes else []:
        size = float(np.exp(0.25 * rng.standard_normal()))
        length = face.habits["blink_s"] * float(rng.uniform(0.8, 1.3))
        sizes = {place: 0.55 * size * face.strength_uv[place] for place in eyes}
        lags = {place: float(rng.uniform(0.0, 0.003)) for place in eyes}
        packets.append(Packet(start, length, "blink", sizes, lags, rise=0.2, fall=0.6))
        followers = [m for m in face.on(face.side) if m in LOWER and rng.random() < pull]
        if followers:
            tow = {(m, face.side): 0.45 * size * face.strength_uv[m, face.side] for m in followers}
            late = {p: float(rng.uniform(0.004, 0.018)) for p in tow}
            packets.append(
                Packet(start, length, "synkinesis", tow, late, binding=0.15, rise=0.25, fall=0.6)
            )
    return packets


def contractions(
    face: Face, duration_s: float, rng: np.random.Generator, *, sides: tuple[Side, ...],
    rate_per_s: float, everything: bool = False, pull: float = 0.0,
) -> list[Packet]:  # fmt: skip
    """Return movements on purpose: every muscle has noise of its own under a shared envelope.

    Parameters
    ----------
    face, duration_s, rng
        Who, how long, chance.
    sides : tuple of Side
        The sides that move.
    rate_per_s : float
        How often.
    everything : bool
        All muscles of the side contract together (co-contraction), in short repeated efforts.
    pull : float
        How often a muscle of the ill side that has no part in the movement joins in.
    """
    packets = []
    cause = "cocontraction" if everything else "voluntary"
    for start in renewal(rate_per_s, duration_s, 0.45, 0.5, rng):
        name = str(rng.choice(list(TASKS)))
        length = float(rng.uniform(0.06, 0.5) if everything else rng.uniform(0.4, 1.8))
        if start + length > duration_s - 0.05:
            break
        movers = [
            place for place in face.places
            if place[1] in sides
            and (everything or place[0] in TASKS[name])
        ]  # fmt: skip
        force = float(rng.uniform(0.4, 1.1))
        sizes = {p: force * face.strength_uv[p] * float(rng.uniform(0.6, 1.2)) for p in movers}
        lags = {p: abs(float(rng.normal(0.0, 0.006))) for p in movers}
        if sizes:
            packets.append(Packet(start, length, cause, sizes, lags, rise=0.25, fall=0.35))
        towed = [m for m in face.on(face.side) if (m, face.side) not in movers]
        towed = [m for m in towed if movers and rng.random() < pull]
        if towed:
            tow = {(m, face.side): 0.5 * force * face.strength_uv[m, face.side] for m in towed}
            late = {p: float(rng.uniform(0.004, 0.03)) for p in tow}
            packets.append(
                Packet(start, length, "synkinesis", tow, late, binding=0.15, rise=0.3, fall=0.4)
            )
    return packets
