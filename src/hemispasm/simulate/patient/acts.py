"""What both sides of the face do together: blinks, small smiles, closures on request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.recording import TaskMark
from hemispasm.model.side import Side
from hemispasm.simulate.patient.parameters import number, pair
from hemispasm.simulate.population.acts import Act

if TYPE_CHECKING:
    from hemispasm.simulate.patient.options import PatientOptions

SIDES = (Side.LEFT, Side.RIGHT)
OCULI, ZYGOMATICUS = Muscle.ORBICULARIS_OCULI, Muscle.ZYGOMATICUS
LAST_S = 1.5
"""Rest after the last task."""
CLOSURES = 3
CLOSING_S = 8.0


@dataclass(frozen=True)
class Deed:
    """One thing the patient does, or one involuntary act that is no spasm; run's clock.

    Attributes
    ----------
    kind : str
        ``blink``, ``voluntary``, ``forced_closure``, ``tic``, ``synkinesis`` or ``wink``.
    cause : str
        In the words of the truth: ``spontaneous_blink``, ``cued_gentle_closure`` …
    side : Side
        ``both``, or the one side.
    """

    kind: str
    cause: str
    side: Side
    start_s: float
    end_s: float
    muscles: tuple[Muscle, ...]


@dataclass
class Script:
    """Everything the two nerves are asked to do."""

    acts: dict[Side, list[Act]] = field(default_factory=lambda: {side: [] for side in SIDES})
    deeds: list[Deed] = field(default_factory=list)
    tasks: list[TaskMark] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        cause: str,
        start_s: float,
        end_s: float,
        drive: dict[Side, dict[Muscle, float]],
    ) -> None:
        """Note a deed and hand its drive to the nerves."""
        for side, levels in drive.items():
            for muscle, level in levels.items():
                drawn: Literal["blink", "voluntary"] = "blink" if kind == "blink" else "voluntary"
                act = Act(drawn, start_s, end_s, float(np.clip(level, 0.0, 1.0)), (muscle,))
                self.acts[side].append(act)
        where = Side.BOTH if len(drive) > 1 else next(iter(drive))
        muscles = tuple(dict.fromkeys(m for levels in drive.values() for m in levels))
        self.deeds.append(Deed(kind, cause, where, start_s, end_s, muscles))

    def of(self, side: Side) -> tuple[Act, ...]:
        """Return the acts of one side in order of time."""
        return tuple(sorted(self.acts[side], key=lambda act: act.start_s))


def both(
    levels: dict[Muscle, float], rng: np.random.Generator, sd: float
) -> dict[Side, dict[Muscle, float]]:
    """Return a drive of both sides, a little uneven as people are."""
    tilt = sd * float(rng.normal())
    return {
        side: {m: level * (1.0 + sign * tilt) for m, level in levels.items()}
        for side, sign in zip(SIDES, (1.0, -1.0), strict=True)
    }


def person_blink_rate(seed: int) -> float:
    """Return this person's own blink rate per minute, the same at every visit."""
    median, spread = pair("person.blinks_per_min")
    drawn = np.random.default_rng([seed, 0x626C]).normal()
    return float(np.clip(median * np.exp(spread * drawn), 8.0, 26.0))


def rest_script(
    options: PatientOptions, visit: int, zero_s: float, run_s: float, *, smiles: bool = True
) -> Script:
    """Return what a person does who is filmed at rest and then asked to close the eyes.

    Parameters
    ----------
    options : PatientOptions
        Seed and length of the video.
    visit : int
        Number of the visit.
    zero_s : float
        When the video begins, on the run's clock.
    run_s : float
        Length of the run.
    smiles : bool
        Whether small smiles happen.
    """
    script = Script()
    rngs = np.random.default_rng([options.seed, visit, 0x7363]).spawn(3)
    closing = zero_s + options.video_s - LAST_S - CLOSING_S
    _rest_marks(script, options)
    _closures(script, closing, rngs[0])
    busy = (closing - 0.3, closing + CLOSING_S + 0.2)
    _blinks(script, person_blink_rate(options.seed), run_s, busy, rngs[1])
    if smiles:
        _smiles(script, run_s, busy, rngs[2])
    return script


def _rest_marks(script: Script, options: PatientOptions) -> None:
    start, end = options.video_s - LAST_S - CLOSING_S, options.video_s - LAST_S
    script.tasks += [
        TaskMark(task="rest", start_s=0.0, end_s=round(start, 3)),
        TaskMark(task="gentle_closure", start_s=round(start, 3), end_s=round(end, 3)),
        TaskMark(task="rest", start_s=round(end, 3), end_s=round(options.video_s, 3)),
    ]


def _closures(script: Script, first_s: float, rng: np.random.Generator) -> None:
    slot = CLOSING_S / CLOSURES
    for k in range(CLOSURES):
        start = first_s + k * slot + rng.uniform(0.08, 0.2) * slot
        end = start + slot * rng.uniform(0.55, 0.68)
        level = float(rng.uniform(*pair("closure.level")))
        drive = both({OCULI: level}, rng, number("blink.side_level_sd"))
        script.add("voluntary", "cued_gentle_closure", start, end, drive)


def _blinks(
    script: Script,
    rate: float,
    run_s: float,
    busy: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Draw blinks with log-normal pauses; none while the eyes are closed on request."""
    script.values["blink_rate_per_min"] = rate
    log_sd, mean = number("blink.interval_log_sd"), 60.0 / rate
    now = float(rng.uniform(0.0, mean))
    while now < run_s - 0.3:
        length = float(rng.uniform(*pair("blink.length_s")))
        if not busy[0] < now + length or not now < busy[1]:
            level = float(rng.uniform(*pair("blink.level")))
            drive = both({OCULI: level}, rng, number("blink.side_level_sd"))
            script.add("blink", "spontaneous_blink", now, now + length, drive)
        now += 0.55 + (mean - 0.55) * float(rng.lognormal(-0.5 * log_sd**2, log_sd))


def _smiles(
    script: Script, run_s: float, busy: tuple[float, float], rng: np.random.Generator
) -> None:
    for start in spaced_times(number("smile.rate_per_min"), run_s - 3.0, 4.0, rng):
        length = float(rng.uniform(0.8, 1.8))
        if start + length > busy[0] and start < busy[1]:
            continue
        level = float(rng.uniform(*pair("smile.level")))
        drive = both({ZYGOMATICUS: level}, rng, 0.05)
        script.add("voluntary", "spontaneous_smile", start, start + length, drive)


def closing_spans(script: Script, zero_s: float) -> list[tuple[float, float]]:
    """Return when the brain closes the eyes, so that the levator lets go; from ``zero_s`` on.

    An eye that a smile or a misdirected axon narrows keeps its levator.
    """
    closes = ("blink", "forced_closure", "tic")
    causes = ("cued_gentle_closure", "functional")
    return [
        (deed.start_s - zero_s, deed.end_s - zero_s)
        for deed in script.deeds
        if OCULI in deed.muscles and (deed.kind in closes or deed.cause in causes)
    ]


def spaced_times(
    per_min: float, until_s: float, gap_s: float, rng: np.random.Generator
) -> list[float]:
    """Return random times at a rate, never closer than a gap.

    Examples
    --------
    >>> spaced_times(0.0, 60.0, 1.0, np.random.default_rng(1))
    []
    """
    if per_min <= 0.0:
        return []
    mean = max(60.0 / per_min - gap_s, 0.05)
    now, found = float(rng.uniform(0.3, 0.3 + mean)), []
    while now < until_s:
        found.append(now)
        now += gap_s + float(rng.gamma(1.5, mean / 1.5))
    return found
