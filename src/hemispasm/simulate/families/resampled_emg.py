"""Family C, EMG at rest: bursts of real motor units and real interference on real background.

Which unit fires when is synthetic; what a discharge, a contraction and the silence look like is
real. On the healthy side only blinks and voluntary movements occur, cut out of real interference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.emg import EmgChannel, EmgRecording, Muscle
from hemispasm.model.event import Pattern
from hemispasm.model.side import Side
from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg, Spikes, TrueBurst, TrueSpasm
from hemispasm.simulate.families.parameters import number, pair
from hemispasm.simulate.families.real_traces import RealPieces, long_background, warped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MUSCLES = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
SIDES = (Side.LEFT, Side.RIGHT)
Place = tuple[Muscle, Side]
NAMES = {Muscle.ORBICULARIS_OCULI: "orb oculi", Muscle.MENTALIS: "mentalis"}


@dataclass(frozen=True)
class ResampledOptions:
    """What is recorded.

    Attributes
    ----------
    scenario : {"hfs", "healthy"}
        With spasms on ``side``, or with none.
    side : Side
        Affected side; in ``healthy`` it decides nothing.
    duration_s, snr_db : float
        Length; 20 log10 of RMS within the ectopic bursts over RMS of the background, eye muscle
        (in ``healthy`` the background of a patient with bursts of the usual strength).
    """

    scenario: Literal["hfs", "healthy"] = "hfs"
    side: Side = Side.LEFT
    duration_s: float = 60.0
    snr_db: float = 10.0


@dataclass(frozen=True)
class Unit:
    """A motor unit: a real shape, its size in microvolt, and how late it comes, in seconds."""

    shape_uv: NDArray[np.float64]
    late_s: float


def label_of(place: Place) -> str:
    """Return the label of a channel.

    Examples
    --------
    >>> label_of((Muscle.MENTALIS, Side.RIGHT))
    'R mentalis'
    """
    return f"{'L' if place[1] is Side.LEFT else 'R'} {NAMES[place[0]]}"


def channel_of(place: Place, rate_hz: float) -> EmgChannel:
    """Return a surface channel with its muscle and side."""
    return EmgChannel(
        label=label_of(place), muscle=place[0], side=place[1], electrode="surface",
        rate_hz=rate_hz, named_by="sidecar",
    )  # fmt: skip


@dataclass
class Board:
    """Signals of all muscles without background, and what was laid on them."""

    rate_hz: float
    count: int
    places: tuple[Place, ...]
    signals: dict[Place, Array] = field(default_factory=dict)
    marks: dict[Place, list[tuple[int, int, str]]] = field(default_factory=dict)
    spikes: list[tuple[float, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.signals = {place: np.zeros(self.count) for place in self.places}
        self.marks = {place: [] for place in self.places}

    def lay(self, place: Place, first: int, piece: Array, cause: str) -> None:
        """Add a piece and remember its cause; what lies beyond the recording is lost."""
        skip = max(-first, 0)
        part = piece[skip : max(self.count - first, 0)]
        first += skip
        if len(part):
            self.signals[place][first : first + len(part)] += part
            self.marks[place].append((first, first + len(part), cause))

    def bursts(self) -> list[TrueBurst]:
        """Return the activity of every muscle: above 5 microvolt, short pauses bridged."""
        found = []
        for place in self.places:
            for first, last, cause in self._spans(place):
                found.append(
                    TrueBurst(
                        channel=label_of(place), side=place[1], cause=cause,
                        start_s=round(first / self.rate_hz, 6),
                        end_s=round((last + 1) / self.rate_hz, 6),
                    )
                )  # fmt: skip
        return sorted(found, key=lambda burst: (burst.start_s, burst.channel))

    def _spans(self, place: Place) -> list[tuple[int, int, str]]:
        """Return the activity of a muscle with its cause; a contraction bridges longer pauses."""
        spans: list[tuple[int, int, str]] = []
        marks = self.marks[place]
        for first, last in spans_above(self.signals[place], self.rate_hz, number("truth.bridge_s")):
            causes = [c for a, b, c in marks if a <= last and b >= first]
            cause = max(sorted(set(causes)), key=causes.count) if causes else "other"
            pause = 0.0 if cause == "ectopic" else number("truth.bridge_drive_s") * self.rate_hz
            if spans and spans[-1][2] == cause and first - spans[-1][1] < pause:
                spans[-1] = (spans[-1][0], last, cause)
            else:
                spans.append((first, last, cause))
        return spans

    def rms_of(self, place: Place, cause: str) -> float:
        """Return the RMS of a muscle within its bursts of one cause; 0 without any."""
        inside = np.zeros(self.count, dtype=bool)
        for burst in self.bursts():
            if burst.channel == label_of(place) and burst.cause == cause:
                inside[round(burst.start_s * self.rate_hz) : round(burst.end_s * self.rate_hz)] = 1
        return float(np.sqrt(np.mean(self.signals[place][inside] ** 2))) if inside.any() else 0.0


def spans_above(
    signal: NDArray[np.float64], rate_hz: float, bridge_s: float
) -> list[tuple[int, int]]:
    """Return first and last sample of activity above the truth's 5 microvolt, 2 ms or longer.

    Examples
    --------
    >>> line = np.zeros(1000)
    >>> line[100:140], line[145:160] = 20.0, 20.0
    >>> spans_above(line, 1000.0, 0.01)
    [(100, 159)]
    """
    above = np.flatnonzero(np.abs(signal) > number("truth.threshold_uv"))
    if not len(above):
        return []
    breaks = np.flatnonzero(np.diff(above) > bridge_s * rate_hz)
    firsts = above[np.concatenate([[0], breaks + 1])]
    lasts = above[np.concatenate([breaks, [len(above) - 1]])]
    least = number("truth.shortest_s") * rate_hz
    return [(int(a), int(b)) for a, b in zip(firsts, lasts, strict=True) if b + 1 - a >= least]


def draw_units(
    pieces: RealPieces, strength_uv: float, rng: np.random.Generator,
    stretch: str = "unit.stretch",
) -> tuple[Unit, ...]:  # fmt: skip
    """Return the units of one muscle: real shapes, warped in time, of unequal size.

    ``stretch`` names the parameter that says how far they are warped.
    """
    units = []
    fewest, most = (int(v) for v in pair("unit.count"))
    for _ in range(int(rng.integers(fewest, most))):
        shape = pieces.shapes[int(rng.integers(len(pieces.shapes)))]
        # A needle sees sharper potentials than the skin does.
        shape = warped(shape, float(rng.uniform(*pair(stretch))))
        size = strength_uv * float(rng.lognormal(0.0, number("unit.size_log_sd")))
        late_s = float(abs(rng.normal(0.0, number("unit.late_sd_s"))))
        units.append(Unit(size * float(rng.choice((-1.0, 1.0))) * shape, late_s))
    return tuple(units)


def interference(
    pieces: RealPieces, count: int, rms_uv: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return real interference of so many samples, warped in time, under a smooth hump.

    A needle hears a few units one by one, the skin hears many at once: several stretches are laid
    upon one another.
    """
    signal = np.zeros(count)
    for _ in range(round(number("busy.layers"))):
        row = np.zeros(0)
        while len(row) < count:
            chosen = pieces.busy[int(rng.integers(len(pieces.busy)))]
            start = int(rng.integers(len(chosen) // 2))
            row = np.append(
                row, warped(chosen[start:], float(rng.uniform(*pair("background.stretch"))))
            )
        signal += float(rng.choice((-1.0, 1.0))) * row[:count]
    edge = max(min(round(0.3 * count), round(0.06 * pieces.rate_hz)), 1)
    hump = np.ones(count)
    hump[:edge] = np.linspace(0.0, 1.0, edge)
    hump[-edge:] = np.minimum(hump[-edge:], np.linspace(1.0, 0.0, edge))
    return np.asarray(rms_uv * hump * signal / (float(np.std(signal)) or 1.0))


def make_resampled_emg(options: ResampledOptions, pieces: RealPieces, seed: int) -> SimulatedEmg:
    """Return a recording of both sides, two muscles each, made of real pieces.

    Parameters
    ----------
    options : ResampledOptions
        Scenario, side, length, noise.
    pieces : RealPieces
        Cut from real recordings.
    seed : int
        The same options, pieces and seed give the same recording.
    """
    who, acting, moving, behind = np.random.default_rng([seed, 3]).spawn(4)
    places = tuple((muscle, side) for side in SIDES for muscle in MUSCLES)
    count = round(options.duration_s * pieces.rate_hz)
    board = Board(pieces.rate_hz, count, places)
    strength = number("burst.strength_uv") * float(who.lognormal(0.0, 0.2))
    units = {place: draw_units(pieces, strength, who) for place in places}
    _move(board, pieces, strength, options.duration_s, moving)
    spasms: list[TrueSpasm] = []
    if options.scenario == "hfs":
        spasms = _spasms(board, units, options, acting)
    leading: Place = (Muscle.ORBICULARIS_OCULI, options.side)
    rms_uv = board.rms_of(leading, "ectopic") or 0.5 * strength
    noise_uv = rms_uv / 10 ** (options.snr_db / 20)
    signals = tuple(
        (board.signals[place] + noise_uv * long_background(pieces, count, behind)).astype(
            np.float32
        )
        for place in places
    )
    channels = tuple(channel_of(place, pieces.rate_hz) for place in places)
    affected: Literal["left", "right", "none_seen"] = "none_seen"
    if spasms:
        affected = "left" if options.side is Side.LEFT else "right"
    return SimulatedEmg(
        EmgRecording(channels, signals, np.zeros(0), simulated=True),
        EmgTruth(
            generator="resampled", scenario=options.scenario, seed=seed, affected_side=affected,
            bursts=tuple(board.bursts()), spasms=tuple(spasms), spikes=_spikes(board),
            noise_uv=noise_uv, burst_rms_uv=rms_uv,
        ),
    )  # fmt: skip


def _spasms(
    board: Board, units: dict[Place, tuple[Unit, ...]], options: ResampledOptions,
    rng: np.random.Generator,
) -> list[TrueSpasm]:  # fmt: skip
    """Lay the spasms of the affected side: twitches, salvos, holds, at random intervals."""
    spasms = []
    now = float(rng.uniform(0.5, 3.0))
    mean_s = 60.0 / float(rng.uniform(*pair("spasm.per_min")))
    # Each patient's salvos have a pace, and reach the chin more or less often, of their own.
    pace_hz = float(rng.uniform(*pair("spasm.clonic_hz")))
    spreads = float(rng.uniform(*pair("spasm.spread_share")))
    while now < options.duration_s - 0.5:
        lot = float(rng.random())
        if lot < number("spasm.twitch_share"):
            pattern, starts = Pattern.TWITCH, [0.0]
            lengths = [float(rng.uniform(*pair("burst.length_s")))]
        elif lot < number("spasm.twitch_share") + number("spasm.clonic_share"):
            pattern = Pattern.CLONIC
            beats = int(rng.integers(3, 12))
            steps = np.abs(1.0 + 0.15 * rng.standard_normal(beats)) / pace_hz
            starts = [0.0, *np.cumsum(steps)[:-1].tolist()]
            lengths = [float(rng.uniform(*pair("burst.length_s"))) for _ in starts]
        else:
            pattern, starts = Pattern.TONIC, [0.0]
            lengths = [float(rng.uniform(*pair("spasm.hold_s")))]
        places = [(MUSCLES[0], options.side)]
        if rng.random() < spreads:
            places.append((MUSCLES[1], options.side))
        for start, length in zip(starts, lengths, strict=True):
            _burst(board, units, places, now + start, length, rng)
        end = now + starts[-1] + lengths[-1]
        spasms.append(
            TrueSpasm(
                side=options.side, start_s=round(now, 4), end_s=round(end, 4), cause="ectopic",
                pattern=pattern, muscles=tuple(place[0] for place in places),
            )
        )  # fmt: skip
        now = end + 0.3 + mean_s * float(rng.lognormal(-0.18, 0.6))
    return [spasm for spasm in spasms if spasm.end_s <= options.duration_s]


def _burst(
    board: Board, units: dict[Place, tuple[Unit, ...]], places: list[Place], start_s: float,
    length_s: float, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Let the units of the muscles fire at common times, each unit at most of them."""
    rate_hz = float(rng.uniform(*pair("burst.rate_hz")))
    steps = rng.gamma(4.0, 1.0 / (4.0 * rate_hz), max(int(3 * length_s * rate_hz), 2))
    times = np.concatenate([[0.0], np.cumsum(steps)])
    times = start_s + times[times < length_s]
    joins = float(rng.uniform(*pair("burst.join_share")))
    for place in places:
        index = board.places.index(place)
        own = float(rng.uniform(0.6, 1.2))
        for k, unit in enumerate(units[place]):
            for time in times[rng.random(len(times)) < joins]:
                at_s = float(time) + unit.late_s + float(rng.normal(0.0, number("burst.jitter_s")))
                first = round(at_s * board.rate_hz)
                board.lay(place, first, own * unit.shape_uv, "ectopic")
                board.spikes.append((at_s, index, k))


def _move(
    board: Board, pieces: RealPieces, strength_uv: float, duration_s: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Lay what every face does, on both sides alike: blinks, and now and then a movement."""
    oculi = [place for place in board.places if place[0] is Muscle.ORBICULARIS_OCULI]
    plans = (
        (pair("healthy.blinks_per_min"), pair("healthy.blink_s"), oculi, "blink", 1.0),
        (pair("healthy.moves_per_min"), pair("healthy.move_s"), list(board.places), "voluntary",
         0.8),
    )  # fmt: skip
    for per_min, length, places, cause, gain in plans:
        mean_s = 60.0 / float(rng.uniform(*per_min))
        now = float(rng.exponential(mean_s))
        while now < duration_s - 0.5:
            length_s = float(rng.uniform(*length))
            size = gain * strength_uv * float(rng.uniform(0.5, 1.0))
            for place in places:
                count = round(length_s * board.rate_hz)
                late = round(abs(float(rng.normal(0.0, 0.002))) * board.rate_hz)
                own = size * float(rng.uniform(0.85, 1.15))
                piece = interference(pieces, count, own, rng)
                board.lay(place, round(now * board.rate_hz) + late, piece, cause)
            now += length_s + 0.4 + float(rng.exponential(mean_s))


def _spikes(board: Board) -> Spikes:
    rows = sorted(board.spikes)
    return Spikes(
        time_s=np.array([row[0] for row in rows], dtype=np.float64),
        channel=np.array([row[1] for row in rows], dtype=np.int32),
        unit=np.array([row[2] for row in rows], dtype=np.int32),
        cause=np.zeros(len(rows), dtype=np.int8),
        causes=("ectopic",),
    )
