"""Family D: conditions and mishaps that look like hemifacial spasm and are not.

Each imitator is a list of orders: which part of the face is told to do what, when, how strongly.
One list moves the picture and drives the muscles. The first two families have scenarios of the
same names, written from other ideas (muscle-like kinetics and motor units; hand-shaped pulses and
packets); no code or number is shared with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Callable

Instrument = Literal["video", "emg"]
Answer = Literal["none_seen", "uncertain", "injured_side"]

BOTH = (Side.LEFT, Side.RIGHT)
PARTS = ("lid", "brow", "frown", "cheek", "mouth", "purse", "jaw", "chin", "masseter")
NO_SIDE: tuple[Answer, ...] = ("none_seen", "uncertain")


@dataclass(frozen=True)
class Order:
    """One part of one side is told to contract.

    Attributes
    ----------
    part : str
        One of ``PARTS``.
    side : Side
        Left or right; the jaw has no side and is told on both.
    start_s, end_s : float
        From the first to the last moment of the command.
    level : float
        Share of the part's full movement, 0-1.
    cause : str
        Why, as it stands in the truth.
    event : int
        Orders of one number are one event of the truth.
    single : bool
        One motor unit that discharges alone, not a contraction.
    """

    part: str
    side: Side
    start_s: float
    end_s: float
    level: float
    cause: str
    event: int
    single: bool = False


@dataclass(frozen=True)
class Fault:
    """Something an electrode does: ``swing`` (moved), ``pop`` (lost for a moment) or ``drop``."""

    kind: Literal["swing", "pop", "drop"]
    at_s: float
    length_s: float
    size: float
    channel: int


@dataclass(frozen=True)
class Score:
    """What happens in one recording: orders to the face and faults of the electrodes.

    ``weakness`` is the share of movement that the side has lost; ``busy_side`` is the injured,
    winking or twitching side, None where the imitator has none.
    """

    imitator: str
    duration_s: float
    orders: tuple[Order, ...]
    faults: tuple[Fault, ...] = ()
    busy_side: Side | None = None
    weakness: float = 0.0


@dataclass(frozen=True)
class Imitator:
    """What an imitator is and which answers are right.

    Attributes
    ----------
    name, words : str
        Key, and what it is.
    instruments : tuple of str
        Where it can be told from spasm at all.
    right : tuple of str
        Answers to "which side is affected" that are right. ``injured_side`` is right only where
        a nerve is truly injured on that side: naming it is true, calling it spasm is left to the
        differential diagnosis.
    why : str
        In one sentence.
    """

    name: str
    words: str
    instruments: tuple[Instrument, ...]
    right: tuple[Answer, ...]
    why: str

    def allows(self, said: str, busy_side: Side | None) -> bool:
        """Return whether an answer is right.

        Examples
        --------
        >>> IMITATORS["synkinesis"].allows("left", Side.LEFT)
        True
        >>> IMITATORS["wink_series"].allows("left", Side.LEFT)
        False
        """
        if said in self.right:
            return True
        return "injured_side" in self.right and busy_side is not None and said == busy_side.value


_TABLE = (
    Imitator("blink_run", "runs of quick blinks, one lid a little ahead of the other",
             ("video", "emg"), NO_SIDE, "Both lids move; a lead of one lid is no side."),
    Imitator("wink_series", "one eye winked on purpose, again and again",
             ("video", "emg"), NO_SIDE, "The movement is willed."),
    Imitator("blepharospasm", "both eyes squeezed shut, held or fluttering",
             ("video", "emg"), NO_SIDE, "It is a dystonia of both sides."),
    Imitator("myokymia", "one lower lid flickers: single units in short volleys",
             ("video", "emg"), NO_SIDE, "It never spreads over the nerve."),
    Imitator("synkinesis", "after a palsy: the mouth moves with each blink, the eye with a smile",
             ("video", "emg"), (*NO_SIDE, "injured_side"),
             "A nerve is injured on that side, but no spasm was put in."),
    Imitator("tic", "bouts of the same quick sequence, sides in turn",
             ("video", "emg"), NO_SIDE, "It changes sides and follows a sequence."),
    Imitator("chewing", "the jaw grinds at an even pace, one side working harder",
             ("video", "emg"), NO_SIDE, "It is the trigeminal nerve, seen and heard on the face."),
    Imitator("speech", "syllables in phrases",
             ("video", "emg"), NO_SIDE, "Both sides move together at will."),
    Imitator("electrode_motion", "cables and skin pulled, the signal swings",
             ("emg",), NO_SIDE, "No muscle is active."),
    Imitator("electrode_pops", "a loose electrode jumps, again and again",
             ("emg",), NO_SIDE, "No muscle is active."),
)  # fmt: skip
IMITATORS = {row.name: row for row in _TABLE}
"""Every imitator by name, with the answers that are right."""


def stage_imitator(
    name: str, side: Side, duration_s: float, rng: np.random.Generator, channels: int = 4
) -> Score:
    """Return what happens in a recording of one imitator.

    Parameters
    ----------
    name : str
        One of ``IMITATORS``.
    side : Side
        The busy side where the imitator has one.
    duration_s : float
        Length of the recording.
    rng : numpy.random.Generator
        Source of chance.
    channels : int
        Electrodes that can fail.

    Raises
    ------
    UsageError
        There is no such imitator (``unknown_imitator``).

    Examples
    --------
    >>> score = stage_imitator("wink_series", Side.LEFT, 20.0, np.random.default_rng(1))
    >>> {o.side.value for o in score.orders if o.part == "cheek"}
    {'left'}
    """
    from hemispasm.simulate.families.imitator_acts import ACTS

    if name not in IMITATORS:
        raise UsageError(
            "unknown_imitator",
            f"There is no imitator called {name!r}.",
            f"Choose one of: {', '.join(IMITATORS)}.",
        )
    act: Callable[..., Score] = ACTS[name]
    return act(name, side, duration_s, channels, rng)
