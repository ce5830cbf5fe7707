"""Which acts a scenario of the second EMG family consists of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.options import EVOKED
from hemispasm.simulate.emg.phenomenological_acts import (
    BOTH_SIDES,
    Face,
    blinks,
    contractions,
    draw_habits,
    ectopic,
)
from hemispasm.simulate.emg.phenomenological_imitators import rhythm, speech, undulation
from hemispasm.simulate.emg.phenomenological_packets import Texture, draw_texture

if TYPE_CHECKING:
    from collections.abc import Callable

    from hemispasm.simulate.emg.options import EmgOptions, GivenSpasm
    from hemispasm.simulate.emg.phenomenological_acts import Span
    from hemispasm.simulate.emg.phenomenological_packets import Packet, Place

#: RMS of a firm burst in microvolt, by electrode: assumptions.
STRENGTH_UV = {"surface": (40.0, 130.0), "needle": (120.0, 420.0), "hook": (90.0, 320.0)}


def draw_face(options: EmgOptions, rng: np.random.Generator) -> tuple[Face, dict[Place, Texture]]:
    """Return who is recorded, before any toxin, and how each muscle looks.

    Habits are drawn the same whatever the options are; a rate that was asked for replaces its own.
    """
    habits = draw_habits(rng, options.compression)
    low, high = STRENGTH_UV[options.electrode]
    needle = options.electrode != "surface"
    strengths, textures = {}, {}
    for place in options.channels():
        strengths[place] = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        textures[place] = draw_texture(rng, needle=needle)
    if options.spasm_rate_per_min is not None:
        habits["spasms_per_s"] = options.spasm_rate_per_min / 60.0
    if options.blink_rate_per_min is not None:
        habits["blinks_per_s"] = options.blink_rate_per_min / 60.0
    face = Face(
        options.channels(), options.side, options.leading, options.compression, strengths, habits
    )
    return face, textures


def with_toxin(options: EmgOptions, face: Face) -> Face:
    """Return the face with the muscles of the ill side as toxin leaves them."""
    left = {
        place: firm * (1.0 - options.toxin_block.get(place[0], 0.0) * (place[1] is face.side))
        for place, firm in face.strength_uv.items()
    }
    return replace(face, strength_uv=left)


def stage_scene(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    """Return every packet of a recording that no stimulus calls up, in order of time.

    Parameters
    ----------
    options : EmgOptions
        Scenario, given events, clock.
    face : Face
        Who is recorded.
    duration_s : float
        Length of the recording.
    early_s : float
        How long the muscle's activity precedes the movement of a given event.
    rng : Generator
        Source of chance.
    """
    if options.scenario in EVOKED:
        packets = _beside_stimuli(options, face, duration_s, rng)
    else:
        packets = SCENES[options.scenario](options, face, duration_s, early_s, rng)
    return sorted(packets, key=lambda packet: packet.start_s)


def _purpose(options: EmgOptions, usual_per_min: float) -> float:
    rate = options.voluntary_per_min
    return (usual_per_min if rate is None else rate) / 60.0


def _given(
    options: EmgOptions, events: tuple[GivenSpasm, ...] | None, early_s: float
) -> tuple[Span, ...] | None:
    """Return given events on the recording's clock, as the muscle's activity."""
    if events is None:
        return None
    clock = options.clock.recording_time
    return tuple((clock(e.start_s) - early_s, clock(e.end_s) - early_s, e.pattern) for e in events)


def _hfs(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    # The scenario without a compressed nerve is a healthy face.
    pull = 0.35 * options.compression
    given_blinks = _given(options, options.given_blinks, early_s)
    lids = blinks(face, duration_s, rng, pull=pull, given=given_blinks)
    odds = face.habits["kindling"]
    kindled = tuple(
        p.start_s + float(rng.uniform(0.12, 0.3))
        for p in lids if p.cause == "blink" and rng.random() < odds
    )  # fmt: skip
    wanted = contractions(
        face, duration_s, rng, sides=BOTH_SIDES, rate_per_s=_purpose(options, 1.0)
    )
    spasms: list[Packet] = []
    if options.compression > 0.0 or options.given_spasms is not None:
        given = _given(options, options.given_spasms, early_s)
        spasms = ectopic(face, duration_s, rng, given=given, kindled_s=kindled)
    return [*lids, *wanted, *spasms]


def _blinks_only(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    return blinks(face, duration_s, rng, given=_given(options, options.given_blinks, early_s))


def _healthy(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    lids = _blinks_only(options, face, duration_s, early_s, rng)
    rate = _purpose(options, 3.0)
    return [*lids, *contractions(face, duration_s, rng, sides=BOTH_SIDES, rate_per_s=rate)]


def _voluntary(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    lids = _blinks_only(options, face, duration_s, early_s, rng)
    rate = _purpose(options, 14.0)
    return [*lids, *contractions(face, duration_s, rng, sides=BOTH_SIDES, rate_per_s=rate)]


def _speech(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    lids = _blinks_only(options, face, duration_s, early_s, rng)
    return [*lids, *speech(face, duration_s, rng)]


def _cocontraction(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    lids = _blinks_only(options, face, duration_s, early_s, rng)
    efforts = contractions(
        face, duration_s, rng, sides=(face.side,), rate_per_s=_purpose(options, 36.0),
        everything=True,
    )  # fmt: skip
    return [*lids, *efforts]


def _myokymia(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    lids = _blinks_only(options, face, duration_s, early_s, rng)
    return [*lids, *undulation(face, duration_s, rng)]


def _post_paralytic(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    pull = face.habits["synkinesis"]
    # The palsy left the ill side weaker than the other.
    weak = {p: v * (0.6 if p[1] is face.side else 1.0) for p, v in face.strength_uv.items()}
    face = replace(face, strength_uv=weak)
    lids = blinks(
        face, duration_s, rng, pull=pull, given=_given(options, options.given_blinks, early_s)
    )
    moves = contractions(
        face, duration_s, rng, sides=BOTH_SIDES, rate_per_s=_purpose(options, 10.0), pull=pull
    )
    return [*lids, *moves]


def _seizure(
    options: EmgOptions, face: Face, duration_s: float, early_s: float, rng: np.random.Generator
) -> list[Packet]:
    lids = _blinks_only(options, face, duration_s, early_s, rng)
    return [*lids, *rhythm(face, duration_s, rng)]


SCENES: dict[str, Callable[..., list[Packet]]] = {
    "hfs": _hfs,
    "healthy": _healthy,
    "blinks_only": _blinks_only,
    "voluntary": _voluntary,
    "speech": _speech,
    "cocontraction": _cocontraction,
    "myokymia": _myokymia,
    "post_paralytic": _post_paralytic,
    "seizure_rhythm": _seizure,
    "electrode_pop": _blinks_only,
}


def _beside_stimuli(
    options: EmgOptions, face: Face, duration_s: float, rng: np.random.Generator
) -> list[Packet]:
    """Return what goes on beside the stimuli: nothing that was not asked for."""
    packets: list[Packet] = []
    if options.blink_rate_per_min is not None:
        packets += blinks(face, duration_s, rng)
    if options.spasm_rate_per_min is not None and options.compression > 0.0:
        packets += ectopic(face, duration_s, rng)
    if options.voluntary_per_min is not None:
        rate = options.voluntary_per_min / 60.0
        packets += contractions(face, duration_s, rng, sides=BOTH_SIDES, rate_per_s=rate)
    return packets
