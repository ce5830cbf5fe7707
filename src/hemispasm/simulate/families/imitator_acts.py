"""Family D: the orders of each imitator, written as small programs of intentions and mishaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from hemispasm.model.side import Side
from hemispasm.simulate.families.imitators import BOTH, Fault, Order, Score
from hemispasm.simulate.families.parameters import number, pair

Act = Callable[[str, Side, float, int, np.random.Generator], Score]


@dataclass
class Script:
    """Collects orders; the clock ``now`` moves on with each intention."""

    duration_s: float
    rng: np.random.Generator
    now: float = 0.0
    orders: list[Order] = field(default_factory=list)
    events: int = 0

    def draw(self, key: str) -> float:
        """Return a number from a range of the parameters."""
        return float(self.rng.uniform(*pair(key)))

    def wait(self, mean_s: float) -> bool:
        """Move the clock on by chance; return whether time is left for another intention."""
        self.now += 0.15 + float(self.rng.gamma(2.0, mean_s / 2.0))
        return self.now < self.duration_s - 1.0

    def give(
        self, cause: str, length_s: float, levels: dict[tuple[str, Side], float],
        late_s: float = 0.0, *, single: bool = False,
    ) -> None:  # fmt: skip
        """Give one event's orders now."""
        start = self.now + late_s
        end = min(start + length_s, self.duration_s - 0.05)
        if end <= start:
            return
        self.orders += [
            Order(part, side, start, end, level, cause, self.events, single)
            for (part, side), level in levels.items()
        ]
        self.events += 1

    def blinks(self, mean_s: float) -> None:
        """Give single blinks over the whole recording, where nothing else moves the lids."""
        now = float(self.rng.exponential(mean_s))
        while now < self.duration_s - 0.5:
            lids = [order for order in self.orders if order.part == "lid"]
            if all(abs(order.start_s - now) > 0.5 and not order.start_s < now < order.end_s + 0.3
                   for order in lids):  # fmt: skip
                self.now = now
                self.give("spontaneous_blink", self.draw("blink.length_s"), both_lids(1.0))
            now += 0.8 + float(self.rng.exponential(mean_s))

    def done(self, name: str, **more: object) -> Score:
        """Return the score, orders in the order of time."""
        orders = tuple(sorted(self.orders, key=lambda order: order.start_s))
        return replace(Score(name, self.duration_s, orders), **more)  # type: ignore[arg-type]


def both_lids(level: float, lead: float = 1.0) -> dict[tuple[str, Side], float]:
    """Return levels of both lids; ``lead`` is the right lid's share."""
    return {("lid", Side.LEFT): level, ("lid", Side.RIGHT): level * lead}


def blink_run(name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator) -> Score:
    """Run of quick blinks: dry eyes, light, habit. One lid leads throughout."""
    script = Script(duration_s, rng)
    lead = script.draw("blink_run.other_lid")
    while script.wait(number("blink_run.pause_s")):
        for _ in range(int(script.draw("blink_run.blinks"))):
            length = script.draw("blink.length_s")
            levels = {("lid", side): 1.0, ("lid", side.other): lead}
            script.give("spontaneous_blink", length, levels)
            script.now += length + script.draw("blink_run.gap_s")
    return script.done(name)


def wink_series(
    name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator
) -> Score:
    """Winks of one eye on purpose, some in a row; the cheek helps and the other lid follows."""
    script = Script(duration_s, rng)
    while script.wait(number("wink_series.pause_s")):
        for _ in range(int(script.draw("wink_series.winks"))):
            length = script.draw("wink_series.length_s")
            cheek = script.draw("wink_series.cheek")
            levels = {
                ("lid", side): 1.0, ("lid", side.other): script.draw("wink_series.other_lid"),
                ("cheek", side): cheek, ("mouth", side): 0.4 * cheek, ("chin", side): 0.15 * cheek,
            }  # fmt: skip
            script.give("deliberate_wink", length, levels)
            script.now += length + script.draw("wink_series.gap_s")
    script.blinks(5.0)
    return script.done(name, busy_side=side)


def blepharospasm(
    name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator
) -> Score:
    """Both eyes squeezed shut: held, or a flutter; a little stronger on one side."""
    script = Script(duration_s, rng)
    tilt = script.draw("blepharospasm.other_side")
    while script.wait(number("blepharospasm.pause_s")):
        sides = ((side, 1.0), (side.other, tilt))
        if rng.random() < number("blepharospasm.flutter_share"):
            pulses, length, gap = int(rng.integers(4, 10)), 0.12, 0.09
        else:
            pulses, length, gap = 1, script.draw("blepharospasm.hold_s"), 0.0
        for _ in range(pulses):
            levels = {("lid", s): share for s, share in sides}
            levels |= {("frown", s): 0.8 * share for s, share in sides}
            levels |= {("cheek", s): 0.4 * share for s, share in sides}
            script.give("blepharospasm", length, levels)
            script.now += length + gap
    return script.done(name)


def myokymia(name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator) -> Score:
    """One lower lid flickers: single units in volleys, at a pace of their own, with pauses."""
    script = Script(duration_s, rng)
    pace = script.draw("myokymia.volleys_hz")
    inner = script.draw("myokymia.inside_hz")
    while script.wait(number("myokymia.pause_s")):
        end = script.now + script.draw("myokymia.train_s")
        while script.now < min(end, duration_s - 0.5):
            for k in range(int(rng.integers(2, 6))):
                level = {("lid", side): script.draw("myokymia.level")}
                script.give("myokymia", 0.012, level, k / inner, single=True)
            script.now += float(1.0 + 0.08 * rng.standard_normal()) / pace
    script.blinks(4.0)
    return script.done(name, busy_side=side)


def synkinesis(name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator) -> Score:
    """After a palsy: each blink pulls the mouth of that side, each smile narrows the eye."""
    script = Script(duration_s, rng)
    share, late = script.draw("synkinesis.share"), script.draw("synkinesis.late_s")
    weak = script.draw("synkinesis.weakness")
    left = 1.0 - weak
    while script.wait(number("synkinesis.pause_s")):
        if rng.random() < number("synkinesis.smile_share"):
            length = script.draw("synkinesis.smile_s")
            smile = {("mouth", side): left, ("mouth", side.other): 1.0,
                     ("cheek", side): 0.4 * left, ("cheek", side.other): 0.4,
                     ("chin", side): 0.2 * left, ("chin", side.other): 0.2}  # fmt: skip
            script.give("spontaneous_smile", length, smile)
            script.give("synkinesis", length, {("lid", side): share}, late)
        else:
            length = script.draw("blink.length_s")
            script.give("spontaneous_blink", length,
                        {("lid", side): left, ("lid", side.other): 1.0})  # fmt: skip
            follow = {("mouth", side): share, ("chin", side): 0.8 * share}
            script.give("synkinesis", length, follow, late)
        script.now += length
    return script.done(name, busy_side=side, weakness=weak)


def tic(name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator) -> Score:
    """Bouts of one stereotyped sequence: blink, nose, brow, mouth; sides in turn."""
    script = Script(duration_s, rng)
    steps = ["blink", "brow", "mouth", "squint"]
    sequence = [steps[k] for k in rng.permutation(len(steps))[: int(rng.integers(2, 5))]]
    now_side = side
    while script.wait(number("tic.pause_s")):
        for step in sequence:
            length = script.draw("tic.length_s")
            size = script.draw("tic.level")
            levels = {
                "blink": {("lid", s): size for s in BOTH},
                "brow": {("brow", s): size for s in BOTH},
                "mouth": {("mouth", now_side): size, ("chin", now_side): 0.6 * size},
                "squint": {("lid", now_side): 0.6 * size, ("cheek", now_side): size},
            }[step]
            script.give("tic", length, levels)
            script.now += length + 0.08
        now_side = now_side.other
    script.blinks(4.5)
    return script.done(name)


def chewing(name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator) -> Score:
    """Chew in bouts at an even pace; the working side's cheek bulges, the lips hold."""
    script = Script(duration_s, rng)
    other = script.draw("chewing.other_side")
    while script.wait(number("chewing.pause_s")):
        pace = script.draw("chewing.hz")
        for _ in range(int(rng.integers(6, 20))):
            length = 0.45 / pace
            levels = {("jaw", s): 0.5 for s in BOTH}
            for s, share in ((side, 1.0), (side.other, other)):
                levels |= {("masseter", s): share, ("purse", s): 0.3 * share,
                           ("chin", s): 0.25 * share, ("cheek", s): 0.15 * share}  # fmt: skip
            script.give("chewing", length, levels)
            script.now += float(1.0 + 0.05 * rng.standard_normal()) / pace
    script.blinks(4.5)
    return script.done(name)


def speech(name: str, side: Side, duration_s: float, _: int, rng: np.random.Generator) -> Score:
    """Speak in phrases: each syllable opens the jaw, rounds or spreads the lips."""
    script = Script(duration_s, rng)
    while script.wait(number("speech.pause_s")):
        for _ in range(int(rng.integers(5, 18))):
            length = script.draw("speech.syllable_s")
            lips = "purse" if rng.random() < 0.5 else "mouth"
            levels = {("jaw", s): script.draw("speech.jaw") for s in (Side.LEFT,)}
            levels[("jaw", Side.RIGHT)] = levels["jaw", Side.LEFT]
            size = script.draw("speech.lips")
            for s in BOTH:
                levels |= {(lips, s): size, ("chin", s): 0.5 * size}
            script.give("speech", 0.7 * length, levels)
            script.now += length
    script.blinks(4.0)
    return script.done(name)


def electrode_motion(
    name: str, side: Side, duration_s: float, channels: int, rng: np.random.Generator
) -> Score:
    """Cables of one side are pulled now and then; between, only blinks."""
    script = Script(duration_s, rng)
    script.blinks(4.5)
    script.now, faults = 0.0, []
    pulled = [int(k) for k in rng.permutation(channels)[: max(channels // 2, 1)]]
    while script.wait(number("electrode.pause_s")):
        length = script.draw("electrode.swing_s")
        size = script.draw("electrode.swing_uv")
        faults += [Fault("swing", script.now, length, size, channel) for channel in pulled]
        script.now += length
    return script.done(name, faults=tuple(faults))


def electrode_pops(
    name: str, side: Side, duration_s: float, channels: int, rng: np.random.Generator
) -> Score:
    """One loose electrode jumps in volleys, as a spasm would come; once in a while it drops off."""
    script = Script(duration_s, rng)
    script.blinks(4.5)
    script.now, faults, loose = 0.0, [], int(rng.integers(channels))
    while script.wait(number("electrode.pause_s")):
        pace = script.draw("electrode.pops_hz")
        for _ in range(int(rng.integers(1, 9))):
            size = script.draw("electrode.pop_uv") * float(rng.choice((-1.0, 1.0)))
            length = script.draw("electrode.return_s")
            faults.append(Fault("pop", script.now, length, size, loose))
            script.now += float(rng.uniform(0.7, 1.3)) / pace
        if rng.random() < 0.15:
            faults.append(Fault("drop", script.now, script.draw("electrode.swing_s"), 0.0, loose))
    return script.done(name, faults=tuple(faults))


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        blink_run, wink_series, blepharospasm, myokymia, synkinesis, tic, chewing, speech,
        electrode_motion, electrode_pops,
    )
}  # fmt: skip
