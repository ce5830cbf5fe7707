"""One EMG recording in, its findings document and its traces out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.measure.emg.closeup import make_closeup
from hemispasm.measure.emg.curves import make_curves
from hemispasm.measure.emg.evoked import measure_evoked
from hemispasm.measure.emg.findings import (
    events_from_spontaneous,
    findings_from_spontaneous,
)
from hemispasm.measure.emg.findings_evoked import findings_from_evoked
from hemispasm.measure.emg.limits import spontaneous_limit
from hemispasm.measure.emg.segments import join_segments, rest_of
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.traces import make_envelopes
from hemispasm.model import FindingsDocument, Grade, Provenance, Quality, RecordingRef
from hemispasm.model.emg import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.evoked import EvokedResult
    from hemispasm.measure.emg.spontaneous_result import SpontaneousResult
    from hemispasm.model.emg import EmgRecording
    from hemispasm.model.trace import Trace

_ORDER = (Grade.NOT_ASSESSABLE, Grade.LIMITED, Grade.MEASURABLE)


@dataclass(frozen=True)
class EmgMeasurement:
    """Everything that measuring one EMG recording yields.

    Attributes
    ----------
    document : FindingsDocument
        Findings, events, quality.
    traces : tuple of Trace
        For pages, and envelopes for a comparison with a video as well; see
        :func:`~hemispasm.measure.emg.traces.make_envelopes`,
        :func:`~hemispasm.measure.emg.closeup.make_closeup` and
        :func:`~hemispasm.measure.emg.curves.make_curves`.
    """

    document: FindingsDocument
    traces: tuple[Trace, ...] = ()


def measure_emg(
    segments: Sequence[EmgRecording],
    *,
    sha256: str,
    provenance: Provenance | None = None,
    seed: int = 0,
    baseline: EmgRecording | None = None,
) -> FindingsDocument:
    """Measure one EMG recording and return its findings alone.

    Parameters
    ----------
    segments, sha256, provenance, seed, baseline
        As for :func:`measure_emg_recording`.
    """
    return measure_emg_recording(
        segments, sha256=sha256, provenance=provenance, seed=seed, baseline=baseline
    ).document


def measure_emg_recording(
    segments: Sequence[EmgRecording],
    *,
    sha256: str,
    provenance: Provenance | None = None,
    seed: int = 0,
    baseline: EmgRecording | None = None,
    with_traces: bool = False,
) -> EmgMeasurement:
    """Measure one EMG recording.

    Parameters
    ----------
    segments : sequence of EmgRecording
        The stretches of one file in order of time; one when it was never paused.
    sha256 : str
        Of the file: the recording's name from here on.
    provenance : Provenance, optional
        Versions, from the caller.
    seed : int
        Of the draws behind intervals; the same seed gives the same document.
    baseline : EmgRecording, optional
        Same montage and protocol before treatment; its evoked response becomes the template.
    with_traces : bool
        Whether traces are wanted.

    Returns
    -------
    EmgMeasurement
        Always; a recording in which nothing can be measured is ``not_assessable`` with reasons.
        Spontaneous activity is measured outside trains of stimuli only, evoked responses where
        there are stimuli. Times count from the first sample, pauses included.
    """
    whole, clock = join_segments(segments)
    rest, rest_s = rest_of(whole)
    stimulated = len(whole.stimuli_s) > 0
    evoked = measure_evoked(whole, baseline=baseline, seed=seed) if stimulated else None
    spontaneous = None
    if not stimulated or rest_s >= spontaneous_limit("quality.seconds_min"):
        spontaneous = measure_spontaneous(rest, seed=seed)
    last_s = segments[-1].start_s - segments[0].start_s + segments[-1].duration_s
    recording = RecordingRef(
        kind="emg", sha256=sha256, duration_s=round(last_s, 3), simulated=whole.simulated
    )
    findings = [
        *(findings_from_spontaneous(spontaneous) if spontaneous else ()),
        *(findings_from_evoked(evoked) if evoked else ()),
    ]
    base = provenance or Provenance(hemispasm="unknown")
    document = FindingsDocument(
        recording=recording,
        quality=_quality(whole, len(segments), spontaneous, evoked, baseline is not None),
        findings=tuple(f.model_copy(update={"recording": recording}) for f in findings),
        events=events_from_spontaneous(spontaneous, clock.true_time) if spontaneous else (),
        provenance=base.model_copy(
            update={
                "settings": {**base.settings, **_settings(whole, len(segments), seed, spontaneous)}
            }
        ),
    )
    traces: tuple[Trace, ...] = ()
    if with_traces:
        traces = make_envelopes(rest, clock)
        if spontaneous is not None:
            traces += make_closeup(rest, spontaneous, clock)
        if evoked is not None:
            traces += make_curves(whole, evoked)
    return EmgMeasurement(document, traces)


def _quality(
    whole: EmgRecording,
    pieces: int,
    spontaneous: SpontaneousResult | None,
    evoked: EvokedResult | None,
    compared: bool,
) -> Quality:
    """Return the better grade of what was measured, with the reasons of both."""
    parts = [part.quality for part in (spontaneous, evoked) if part is not None]
    best = max(parts, key=lambda part: _ORDER.index(part.grade))
    reasons = [reason for part in parts for reason in part.reasons]
    steps = [step for part in parts for step in part.next_steps]
    if pieces > 1:
        reasons.append(
            f"paused: the recording holds {pieces} stretches; nothing was joined over a pause"
        )
    if compared and evoked is None:
        reasons.append("baseline_not_used: the recording has no stimuli to compare")
    if spontaneous is None:
        reasons.append(
            "no_rest: stimuli run through the recording, so spontaneous activity was not measured"
        )
    unnamed = [c.label for c in whole.channels if c.kind is ChannelKind.EMG and c.side is None]
    if unnamed and not any(reason.startswith("side_unknown") for reason in reasons):
        reasons.append(f"side_unknown: {len(unnamed)} channels have no side: {', '.join(unnamed)}")
        steps.append("Name muscle and side of every channel in the file beside the recording.")
    return Quality(
        grade=best.grade,
        analysed_s=round(max(part.analysed_s for part in parts), 3),
        reasons=tuple(dict.fromkeys((*reasons, *whole.notes))),
        next_steps=tuple(dict.fromkeys(steps)),
        excluded=() if spontaneous is None else spontaneous.quality.excluded,
    )


def _settings(
    whole: EmgRecording, pieces: int, seed: int, spontaneous: SpontaneousResult | None
) -> dict[str, str | float | bool | None]:
    """Return what the document must say to be understood: the montage and who stated it."""
    settings: dict[str, str | float | bool | None] = {
        "seed": float(seed),
        "stretches": float(pieces),
    }
    for channel in whole.channels:
        if channel.kind is ChannelKind.EMG:
            named = (channel.muscle or "muscle unknown", channel.side or "side unknown")
            settings[f"channel {channel.label}"] = ", ".join((*map(str, named), channel.named_by))
            settings[f"rate {channel.label}"] = channel.rate_hz
            settings[f"electrode {channel.label}"] = channel.electrode
    for one in spontaneous.channels if spontaneous else ():
        settings[f"grade {one.channel.label}"] = str(one.quality.grade)
        if one.quality.grade is not Grade.NOT_ASSESSABLE:
            settings[f"noise {one.channel.label}"] = round(one.quality.noise_uv, 2)
        if one.quality.reasons:
            settings[f"reasons {one.channel.label}"] = "; ".join(one.quality.reasons)
        for other, share in one.conducted_from.items():
            settings[f"conducted {one.channel.label} from {other}"] = round(share, 3)
    if len(whole.stimuli_s):
        stimulus = whole.stimulus
        settings["stimuli"] = float(len(whole.stimuli_s))
        settings["stimulated"] = (
            f"{stimulus.site or 'site unknown'}, {stimulus.side or 'side unknown'}"
        )
        for name in ("intensity_ma", "pulse_ms", "rate_hz", "smallest_response_uv"):
            settings[f"stimulus {name}"] = getattr(stimulus, name)
    return settings
