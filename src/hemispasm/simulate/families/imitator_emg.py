"""Family D, EMG: contractions as shaped noise, single units as one template, faults as circuits.

No motor-unit pool and no packet: an order opens a gate for a muscle's own coloured noise. What an
electrode does follows from contact: a cable that swings, a half-cell that jumps and returns through
the amplifier, a lead that falls off and hears the mains alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from hemispasm.model.emg import EmgRecording, Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg, Spikes
from hemispasm.simulate.families.imitators import Fault, Order, Score, stage_imitator
from hemispasm.simulate.families.parameters import number, pair
from hemispasm.simulate.families.resampled_emg import MUSCLES, SIDES, Board, Place, channel_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

RATE_HZ = 10_000.0
SHARES: dict[str, dict[Muscle, float]] = {
    "lid": {Muscle.ORBICULARIS_OCULI: 1.0},
    "frown": {Muscle.ORBICULARIS_OCULI: 0.3},
    "cheek": {Muscle.ORBICULARIS_OCULI: 0.5},
    "brow": {Muscle.ORBICULARIS_OCULI: 0.1},
    "mouth": {Muscle.MENTALIS: 0.2},
    "purse": {Muscle.MENTALIS: 0.35},
    "jaw": {Muscle.MENTALIS: 0.1},
    "chin": {Muscle.MENTALIS: 1.0},
}
"""How much each order is heard on the electrode over each muscle."""


@dataclass
class _Voices:
    """Each muscle's noise, template and size."""

    noise: dict[Place, Array] = field(default_factory=dict)
    template: dict[Place, Array] = field(default_factory=dict)
    strength_uv: dict[Place, float] = field(default_factory=dict)


def make_imitator_emg(
    name: str, side: Side, seed: int, *, duration_s: float = 60.0, snr_db: float = 10.0
) -> SimulatedEmg:
    """Return a recording of both sides, two muscles each, of an imitator.

    Parameters
    ----------
    name : str
        One of ``IMITATORS`` that an electrode can see.
    side : Side
        Busy side, where the imitator has one.
    seed : int
        The same arguments give the same recording.
    duration_s, snr_db : float
        Length; 20 log10 of the strength of a full contraction over the RMS of the noise.

    Examples
    --------
    >>> made = make_imitator_emg("blink_run", Side.LEFT, 1, duration_s=5.0)
    >>> made.truth.affected_side, len(made.recording.channels)
    ('none_seen', 4)
    """
    acting, voicing, behind = np.random.default_rng([seed, 5]).spawn(3)
    places = tuple((muscle, one) for one in SIDES for muscle in MUSCLES)
    score = stage_imitator(name, side, duration_s, acting, len(places))
    count = round(duration_s * RATE_HZ)
    board = Board(RATE_HZ, count, places)
    voices = _draw_voices(places, count, voicing)
    for order in score.orders:
        _sound(board, voices, order)
    noise_uv = number("imitator.strength_uv") / 10 ** (snr_db / 20)
    signals = [board.signals[place].copy() for place in places]
    _conduct_masseter(signals, places, score, voicing)
    for signal in signals:
        signal += noise_uv * _amplifier(count, behind)
    for fault in score.faults:
        _fail(signals[fault.channel], fault, noise_uv, behind)
    return SimulatedEmg(
        EmgRecording(
            tuple(channel_of(place, RATE_HZ) for place in places),
            tuple(signal.astype(np.float32) for signal in signals),
            np.zeros(0),
            simulated=True,
        ),
        EmgTruth(
            generator="imitator",
            scenario=name,
            seed=seed,
            affected_side="none_seen",
            bursts=tuple(board.bursts()),
            spasms=(),
            spikes=_none(),
            noise_uv=noise_uv,
            burst_rms_uv=number("imitator.strength_uv"),
            artefact_spans=tuple(
                (f.at_s, f.at_s + f.length_s, f"electrode_{f.kind}") for f in score.faults
            ),
        ),
    )


def _draw_voices(places: tuple[Place, ...], count: int, rng: np.random.Generator) -> _Voices:
    voices = _Voices()
    for place in places:
        low, high = rng.uniform(*pair("imitator.low_hz")), rng.uniform(*pair("imitator.high_hz"))
        shape = butter(1, [low, high], "bandpass", fs=RATE_HZ, output="sos")
        noise = sosfilt(shape, rng.standard_normal(count))
        voices.noise[place] = np.asarray(noise / noise.std())
        t = np.arange(round(0.009 * RATE_HZ)) / RATE_HZ
        wave = np.sin(2 * np.pi * rng.uniform(120, 260) * t) * np.exp(-t / rng.uniform(1e-3, 3e-3))
        voices.template[place] = np.asarray(wave / np.abs(wave).max())
        voices.strength_uv[place] = number("imitator.strength_uv") * float(rng.uniform(0.7, 1.4))
    return voices


def _sound(board: Board, voices: _Voices, order: Order) -> None:
    """Open the gate of every muscle that an order is heard on."""
    for muscle, share in SHARES.get(order.part, {}).items():
        place: Place = (muscle, order.side)
        first = round(order.start_s * board.rate_hz)
        size = share * voices.strength_uv[place]
        if order.single:
            # A unit that discharges alone is all or nothing: its size is not the movement's.
            board.lay(place, first, 1.5 * size * voices.template[place], order.cause)
            continue
        count = max(round((order.end_s - order.start_s) * board.rate_hz), 2)
        tail = round(number("imitator.release_s") * board.rate_hz)
        gate = np.concatenate([np.ones(count), np.zeros(tail)])
        keep = np.exp(-1.0 / (number("imitator.attack_s") * board.rate_hz))
        gate = lfilter([1.0 - keep], [1.0, -keep], gate)
        noise = voices.noise[place][first : first + len(gate)]
        board.lay(place, first, size * order.level * gate[: len(noise)] * noise, order.cause)


def _conduct_masseter(
    signals: list[Array], places: tuple[Place, ...], score: Score, rng: np.random.Generator
) -> None:
    """Add what the skin conducts from the chewing muscle, the same to all electrodes of a side."""
    for side in SIDES:
        orders = [o for o in score.orders if o.part == "masseter" and o.side is side]
        if not orders:
            continue
        count = len(signals[0])
        gate = np.zeros(count)
        for order in orders:
            gate[round(order.start_s * RATE_HZ) : round(order.end_s * RATE_HZ)] = order.level
        keep = np.exp(-1.0 / (0.03 * RATE_HZ))
        heard = lfilter([1.0 - keep], [1.0, -keep], gate) * rng.standard_normal(count)
        deep = sosfilt(butter(1, [20, 150], "bandpass", fs=RATE_HZ, output="sos"), heard)
        level = number("imitator.masseter_uv") / (float(np.std(deep)) or 1.0)
        for k, place in enumerate(places):
            if place[1] is side:
                near = 1.0 if place[0] is Muscle.MENTALIS else 0.6
                signals[k] += near * level * deep


def _amplifier(count: int, rng: np.random.Generator) -> Array:
    """Return noise with a slow part, RMS 1."""
    keep = np.exp(-2 * np.pi * 8.0 / RATE_HZ)
    slow = lfilter([1.0 - keep], [1.0, -keep], rng.standard_normal(count))
    noise = rng.standard_normal(count) + 0.4 * slow / slow.std()
    return np.asarray(noise / noise.std())


def _fail(signal: Array, fault: Fault, noise_uv: float, rng: np.random.Generator) -> None:
    """Let an electrode swing, jump or fall off."""
    first = round(fault.at_s * RATE_HZ)
    count = min(round((6.0 if fault.kind == "pop" else 1.0) * fault.length_s * RATE_HZ),
                len(signal) - first)  # fmt: skip
    if count < 2:
        return
    t = np.arange(count) / RATE_HZ
    hum = np.sin(2 * np.pi * 50.0 * t + rng.uniform(0, 6.28))
    part = signal[first : first + count]
    if fault.kind == "pop":
        part += fault.size * np.exp(-t / fault.length_s)
    elif fault.kind == "swing":
        pull = np.sin(2 * np.pi * rng.uniform(1.0, 9.0) * t + rng.uniform(0, 6.28))
        scrape = np.abs(pull) * rng.standard_normal(count)
        part += fault.size * np.hanning(count) * (pull + 0.25 * hum + 0.15 * scrape)
    else:
        part[:] = 30.0 * noise_uv * hum + noise_uv * rng.standard_normal(count)


def _none() -> Spikes:
    nothing = np.zeros(0)
    return Spikes(nothing, nothing.astype(np.int32), nothing.astype(np.int32),
                  nothing.astype(np.int8), ())  # fmt: skip
