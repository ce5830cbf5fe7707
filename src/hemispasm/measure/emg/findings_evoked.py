"""Findings from evoked responses: one per code and side, its muscles behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hemispasm.measure.emg.as_finding import make_finding
from hemispasm.measure.emg.cmap import compare_sides
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.model import Finding, Grade
from hemispasm.model.emg import Muscle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hemispasm.measure.emg.blink_reflex import BlinkReflex, Synkinesis
    from hemispasm.measure.emg.cmap import Cmap
    from hemispasm.measure.emg.evoked import EvokedResult
    from hemispasm.measure.emg.f_wave import FWave
    from hemispasm.measure.emg.latency import Estimate
    from hemispasm.measure.emg.lateral_spread import EvokedResponse
    from hemispasm.model.side import Side

METHOD = "emg_evoked/1"


class _Heard(NamedTuple):
    """A response with where it was recorded."""

    channel: str
    side: Side | None
    direction: str | None
    response: EvokedResponse


def findings_from_evoked(result: EvokedResult) -> tuple[Finding, ...]:
    """Return every finding of a train of stimuli.

    Parameters
    ----------
    result : EvokedResult
        From :func:`~hemispasm.measure.emg.evoked.measure_evoked`.

    Returns
    -------
    tuple of Finding
        One per code and side. Where several muscles of a side were looked at, the clearest one
        speaks for the side, its p multiplied by their number, and ``channels`` lists them all.
        Nothing when the train could not be assessed.
    """
    grade = result.quality.grade
    if grade is Grade.NOT_ASSESSABLE:
        return ()
    spreads = [_Heard(s.channel, s.side, s.direction, s.response) for s in result.lateral_spreads]
    arteries = [_Heard(a.channel, a.side, None, a.response) for a in result.z_l]
    found = [
        *_responses("emg.lateral_spread", spreads, grade),
        *_responses("emg.z_l", arteries, grade),
        *_direct(result.cmaps, result.f_waves, grade),
    ]
    if result.blink_reflex is not None:
        found += _blink(result.blink_reflex, grade)
    return tuple(found)


def findings_from_sides(this: EvokedResult, other: EvokedResult) -> tuple[Finding, ...]:
    """Return the side ratio of the direct response, one finding per muscle of ``this``.

    Parameters
    ----------
    this, other : EvokedResult
        Of the two sides, from :func:`~hemispasm.measure.emg.evoked.measure_evoked`; the finding's
        side is that of ``this``.

    Returns
    -------
    tuple of Finding
        Without a value, and with the reason, where the two must not be compared.
    """
    found = []
    for one in this.cmaps:
        there = [twin for twin in other.cmaps if twin.muscle is one.muscle]
        if not there or one.muscle is None:
            continue
        compared = compare_sides(one, there[0])
        pair = f"{one.channel} / {there[0].channel}"
        code, ratio = "emg.cmap_side_ratio", compared.ratio
        if ratio is None:
            reason = compared.reason
            found.append(
                make_finding(
                    code,
                    compared.side,
                    None,
                    grade=Grade.LIMITED,
                    reason=reason,
                    method=METHOD,
                    channel=pair,
                )
            )
        else:
            found += _estimated(code, compared.side, ratio, this.quality.grade, channel=pair)
    return tuple(found)


def _responses(code: str, heard: Sequence[_Heard], grade: Grade) -> list[Finding]:
    """Return presence, latency and size of a response, for each side that was recorded."""
    found = []
    for side in dict.fromkeys(one.side for one in heard):
        found += _one_side(code, [one for one in heard if one.side is side], grade)
    return found


def _one_side(code: str, heard: Sequence[_Heard], grade: Grade) -> list[Finding]:
    best = max(heard, key=lambda one: _clearness(one.response))
    response, count = best.response, len(heard)
    # Looking at several muscles finds something by chance more often.
    p = min(1.0, response.p * count)
    state: str = response.state
    reasons = list(response.reasons)
    if state == "present" and p >= evoked_limit("lateral_spread", "p_max"):
        state = "undetermined"
        reasons.append(f"several_muscles: with {count} muscles looked at, p is {p:.2g}")
    if state == "absent" and any(one.response.state != "absent" for one in heard):
        state = "undetermined"
        reasons.append("some_muscles_undetermined: absent must hold for every muscle of the side")
    presence = make_finding(
        code if code == "emg.lateral_spread" else f"{code}_response",
        best.side,
        state,
        grade=grade,
        reason="; ".join(reasons) or None,
        method=METHOD,
        p=p,
        score=response.score,
        channel=best.channel,
        direction=best.direction,
        count=response.used,
        total=response.total,
        detectable_uv=response.detectable_uv,
        more_sweeps=response.more_sweeps,
        channels=[_row(one) for one in heard] if count > 1 else None,
    )
    if state != "present":
        return [presence]
    where: dict[str, Any] = {
        "channel": best.channel, "direction": best.direction, "count": response.used,
    }  # fmt: skip
    return [
        presence,
        *_estimated(f"{code}_latency", best.side, response.onset_ms, grade, **where),
        *_estimated(f"{code}_amplitude", best.side, response.amplitude_uv, grade, **where),
    ]


def _clearness(response: EvokedResponse) -> tuple[int, float, float]:
    rank = {"present": 2, "undetermined": 1, "absent": 0}[response.state]
    return rank, -response.p, response.score


def _row(one: _Heard) -> dict[str, Any]:
    response = one.response
    return {
        "channel": one.channel,
        "direction": one.direction,
        "state": response.state,
        "p": response.p,
        "score": response.score,
        "latency_ms": response.onset_ms.value if response.onset_ms else None,
        "count": response.used,
    }


def _estimated(
    code: str, side: Side | None, estimate: Estimate | None, grade: Grade, **extra: Any
) -> list[Finding]:
    if estimate is None:
        return []
    ends = (estimate.low, estimate.high)
    return [make_finding(code, side, estimate.value, ends, grade=grade, method=METHOD, **extra)]


def _direct(cmaps: Iterable[Cmap], f_waves: Sequence[FWave], grade: Grade) -> list[Finding]:
    """Return direct responses and F-waves of the muscle that answers most, for each side."""
    largest: dict[Side | None, Cmap] = {}
    for one in cmaps:
        if one.amplitude_uv is None:
            continue
        known = largest.get(one.side)
        if known is None or one.amplitude_uv.value > _size(known):
            largest[one.side] = one
    found = []
    for side, cmap in largest.items():
        where = {"channel": cmap.channel, "count": cmap.used}
        found += _estimated("emg.cmap_amplitude", side, cmap.amplitude_uv, grade, **where)
        found += _estimated("emg.cmap_latency", side, cmap.onset_ms, grade, **where)
        wave = next((w for w in f_waves if w.channel == cmap.channel), None)
        if wave is None or wave.persistence is None:
            continue
        where = {"channel": wave.channel, "count": wave.used}
        found += _estimated("emg.f_wave_persistence", side, wave.persistence, grade, **where)
        where = {"channel": wave.channel, "count": wave.count}
        found += _estimated("emg.f_m_ratio", side, wave.f_m_ratio, grade, **where)
        found += _estimated("emg.f_wave_latency", side, wave.onset_ms, grade, **where)
        found += _estimated("emg.f_wave_duration", side, wave.duration_ms, grade, **where)
    return found


def _size(cmap: Cmap) -> float:
    return 0.0 if cmap.amplitude_uv is None else cmap.amplitude_uv.value


_BLINK_CODES = {
    "R1": "emg.blink_reflex_r1",
    "R2": "emg.blink_reflex_r2",
    "R2c": "emg.blink_reflex_r2c",
}


def _blink(reflex: BlinkReflex, grade: Grade) -> list[Finding]:
    """Return the components of the eye muscles, and whether the lower face answers too."""
    found = []
    taken = set()
    for one in reflex.components:
        key = (one.kind, one.side)
        if one.muscle is not Muscle.ORBICULARIS_OCULI or key in taken:
            continue
        taken.add(key)
        response, code = one.response, _BLINK_CODES[one.kind]
        where: dict[str, Any] = {"channel": one.channel, "count": response.used}
        if response.state == "present" and response.onset_ms is not None:
            found += _estimated(code, one.side, response.onset_ms, grade, **where)
            continue
        state = "onset_not_found" if response.state == "present" else response.state
        why = "; ".join((f"{state}: {one.kind} with p {response.p:.2g}", *response.reasons))
        found.append(
            make_finding(code, one.side, None, grade=grade, reason=why, method=METHOD, **where)
        )
    return found + [_synkinesis(one, grade) for one in reflex.synkineses]


def _synkinesis(one: Synkinesis, grade: Grade) -> Finding:
    known = one.state != "undetermined"
    return make_finding(
        "emg.blink_reflex_synkinesis",
        one.side,
        one.state if known else None,
        grade=grade,
        reason="; ".join(one.reasons) or (None if known else "undetermined"),
        method=METHOD,
        channel=one.channel,
        latency_ms=one.latency_ms.value if one.latency_ms else None,
        p=one.p,
    )
