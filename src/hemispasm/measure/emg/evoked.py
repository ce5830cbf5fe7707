"""From a recording with stimuli to its evoked responses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.blink_reflex import BlinkReflex, measure_blink_reflex
from hemispasm.measure.emg.cmap import Cmap, measure_cmap
from hemispasm.measure.emg.contact import learn_contact
from hemispasm.measure.emg.f_wave import FWave, measure_f_wave
from hemispasm.measure.emg.lateral_spread import EvokedResponse, measure_response
from hemispasm.measure.emg.limits_evoked import direct_muscles, evoked_limit
from hemispasm.measure.emg.own_direct import own_direct_end_ms
from hemispasm.measure.emg.reject import reject_sweeps
from hemispasm.measure.emg.spill import spill_shares, without_shares
from hemispasm.measure.emg.sweeps import cut_sweeps
from hemispasm.measure.emg.trains import Train, prepare_train
from hemispasm.measure.emg.z_l import ArteryResponse, measure_z_l
from hemispasm.model.emg import Branch, ChannelKind, Muscle
from hemispasm.model.quality import Grade, Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.contact import Contact
    from hemispasm.model.emg import EmgChannel, EmgRecording, StimulusInfo
    from hemispasm.model.side import Side


AFTER_MS = 60.0


@dataclass(frozen=True)
class LateralSpread:
    """The lateral spread into one muscle.

    Attributes
    ----------
    channel : str
        Label in the file.
    muscle : Muscle
        Where it was looked for.
    side : Side or None
        The patient's side; None when nobody said which side was stimulated and recorded.
    direction : str
        Stimulated branch and muscle, as ``zygomatic_to_mentalis``.
    response : EvokedResponse
        What was found.
    """

    channel: str
    muscle: Muscle
    side: Side | None
    direction: str
    response: EvokedResponse


@dataclass(frozen=True)
class EvokedResult:
    """Everything that a train of stimuli shows.

    Attributes
    ----------
    stimulus : StimulusInfo
        The site's protocol.
    lateral_spreads : tuple of LateralSpread
        One per muscle of another branch of the stimulated side.
    blink_reflex : BlinkReflex or None
        After supraorbital stimulation.
    f_waves, cmaps : tuple
        Of the muscles that answer directly.
    z_l : tuple of ArteryResponse
        After stimulation of the artery.
    quality : Quality
        With the reasons in words.
    """

    stimulus: StimulusInfo
    lateral_spreads: tuple[LateralSpread, ...] = ()
    blink_reflex: BlinkReflex | None = None
    f_waves: tuple[FWave, ...] = ()
    cmaps: tuple[Cmap, ...] = ()
    z_l: tuple[ArteryResponse, ...] = ()
    quality: Quality = field(
        default_factory=lambda: Quality(grade=Grade.NOT_ASSESSABLE, analysed_s=0.0)
    )


def measure_evoked(
    recording: EmgRecording, *, baseline: EmgRecording | None = None, seed: int = 0
) -> EvokedResult:
    """Measure what the stimuli of a recording evoke.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli, and the stimulated branch and side in its protocol.
    baseline : EmgRecording, optional
        Same montage and protocol before treatment; its response becomes the template.
    seed : int
        Of sign patterns and bootstrap draws.

    Returns
    -------
    EvokedResult
        Without stimuli or without a stimulated branch nothing is measured and the quality says so.

    Examples
    --------
    >>> from hemispasm.model.emg import EmgChannel, EmgRecording
    >>> silent = EmgRecording((EmgChannel(label="M", rate_hz=10000),), (np.zeros(9),), np.array([]))
    >>> measure_evoked(silent).quality.reasons[0][:11]
    'no_stimulus'
    """
    info = recording.stimulus
    if len(recording.stimuli_s) == 0:
        return EvokedResult(info, quality=_refused("no_stimulus: the recording marks no stimulus",
            "Mark each stimulus by an annotation or a stimulus channel."))  # fmt: skip
    if info.site is None:
        return EvokedResult(
            info,
            quality=_refused(
                "stimulus_site_unknown: nobody said which branch was stimulated",
                "State the stimulated branch and side in the file beside the recording.",
            ),
        )
    if info.site is Branch.SUPRAORBITAL:
        reflex = measure_blink_reflex(recording, seed)
        return EvokedResult(info, blink_reflex=reflex, quality=_quality(recording, reflex.counts))
    if info.site is Branch.ARTERY:
        found = measure_z_l(recording, seed)
        counts = [(one.response.used, one.response.total) for one in found]
        return EvokedResult(info, z_l=found, quality=_quality(recording, counts, _notes(found)))
    return _after_branch(recording, baseline, seed)


def _after_branch(
    recording: EmgRecording, baseline: EmgRecording | None, seed: int
) -> EvokedResult:
    spreads = measure_lateral_spreads(recording, baseline, seed)
    info = recording.stimulus
    direct = [
        index
        for index, channel in _facial(recording)
        if info.site is not None
        and channel.muscle in direct_muscles(info.site)
        and _same_side(channel, info)
    ]
    cmaps = tuple(measure_cmap(recording, index, seed) for index in direct)
    f_waves = tuple(measure_f_wave(recording, index, seed) for index in direct)
    counts = [(one.response.used, one.response.total) for one in spreads]
    counts += [(one.used, one.total) for one in cmaps]
    return EvokedResult(
        info,
        lateral_spreads=spreads,
        cmaps=cmaps,
        f_waves=f_waves,
        quality=_quality(recording, counts, _notes(spreads)),
    )


def _notes(spreads: Sequence[LateralSpread | ArteryResponse]) -> list[str]:
    """Return what the reader must know of single channels: no contact, no stimulus, no template."""
    notes = []
    for one in spreads:
        found = one.response
        lost = {name: found.rejected.get(name, 0) for name in ("flat", "no_stimulus")}
        notes += [
            f"{name}: {one.channel}: {count} of {found.total} sweeps"
            for name, count in lost.items()
            if count
        ]
        if "no_contact" in found.reasons:
            notes.append(f"no_contact: {one.channel} lacks the artefact that other channels show")
        if found.baseline_reason is not None:
            notes.append(f"baseline_not_used: {one.channel}: {found.baseline_reason}")
    return notes


def measure_lateral_spreads(
    recording: EmgRecording, baseline: EmgRecording | None, seed: int
) -> tuple[LateralSpread, ...]:
    """Return the lateral spread into every muscle of another branch of the stimulated side.

    Parameters
    ----------
    recording : EmgRecording
        With the stimulated branch in its protocol.
    baseline : EmgRecording, optional
        Before treatment; matched channel by channel by label.
    seed : int
        Of sign patterns and draws.
    """
    info = recording.stimulus
    if info.site is None:
        return ()
    window, found = response_window(), []
    contacts = side_contacts(recording)
    for index, channel in _facial(recording):
        if channel.muscle in direct_muscles(info.site) or not _same_side(channel, info):
            continue
        train = spread_train(recording, index)
        before = None if baseline is None else _baseline_train(baseline, channel, info)
        trained = before if isinstance(before, Train) else None
        response = measure_response(train, window, info, seed, trained)
        if isinstance(before, str):
            response = replace(response, baseline_reason=before)
        if is_dead(train, contacts):
            response = replace(
                response, state="undetermined", reasons=("no_contact",), more_sweeps=None
            )
        known = channel.side is not None and info.side is not None
        assert channel.muscle is not None
        found.append(
            LateralSpread(
                channel=channel.label,
                muscle=channel.muscle,
                side=channel.side if known else None,
                direction=f"{info.site.value}_to_{channel.muscle.value}",
                response=response,
            )
        )
    return tuple(found)


def response_window() -> tuple[float, float]:
    """Return the window of the lateral spread in milliseconds.

    Examples
    --------
    >>> response_window()
    (7.5, 16.0)
    """
    group = "lateral_spread"
    return evoked_limit(group, "first_ms"), evoked_limit(group, "last_ms")


def spread_train(recording: EmgRecording, index: int) -> Train:
    """Return one channel prepared for the lateral spread.

    Artefact and direct response are out, and so is what the skin conducts from the muscles of this
    side that answer directly.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli.
    index : int
        Channel.
    """
    info, channel = recording.stimulus, recording.channels[index]
    target = _prepared(recording, index, model_direct=True)
    near = [
        other
        for other, found in _facial(recording)
        if other != index
        and info.site is not None
        and found.muscle in direct_muscles(info.site)
        and (found.side, found.rate_hz) == (channel.side, channel.rate_hz)
    ]
    if target.count == 0:
        return target
    # One and the same operation for all, so that what is conducted cancels.
    noise = target.noise_uv
    direct = _prepared(recording, index, model_direct=False)
    early = [_prepared(recording, other, model_direct=False, noise_uv=noise) for other in near]
    shares = spill_shares(direct, early, recording.line_hz)
    sources = [_prepared(recording, other, model_direct=True, noise_uv=noise) for other in near]
    end_ms = own_direct_end_ms(without_shares(direct, early, shares))
    return replace(without_shares(target, sources, shares), direct_end_ms=end_ms)


def _prepared(
    recording: EmgRecording, index: int, *, model_direct: bool, noise_uv: float | None = None
) -> Train:
    late = evoked_limit("artefact", "late_start_ms")
    return prepare_train(
        recording, index, model_direct=model_direct, late_start_ms=late, after_ms=AFTER_MS,
        clean_for_uv=noise_uv, without_jumps=True,
    )  # fmt: skip


def side_contacts(recording: EmgRecording) -> list[Contact]:
    """Return what each facial channel of the stimulated side shows where it is live.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli.
    """
    late, found = evoked_limit("artefact", "late_start_ms"), []
    for index, channel in _facial(recording):
        if _same_side(channel, recording.stimulus):
            signal, stimuli = recording.signals_uv[index], recording.stimuli_s
            marked = reject_sweeps(cut_sweeps(signal, channel, stimuli, AFTER_MS), late)
            found.append(learn_contact(marked.used_uv, marked.time_ms))
    return found


def is_dead(train: Train, contacts: Sequence[Contact]) -> bool:
    """Return whether a channel lacks both the noise and the artefact that the others show.

    Parameters
    ----------
    train : Train
        Of the channel.
    contacts : sequence of Contact
        Of all channels of its side, this one among them.
    """
    own = train.contact
    if own.artefact_seen or not any(other.artefact_seen for other in contacts):
        return False
    usual = float(np.median([other.sharp_uv for other in contacts if other.artefact_seen]))
    return own.sharp_uv < evoked_limit("contact", "flat_share") * usual


def _baseline_train(baseline: EmgRecording, channel: EmgChannel, info: StimulusInfo) -> Train | str:
    """Return the same channel of the baseline, or why there is none."""
    protocol = baseline.stimulus
    if (protocol.site, protocol.side) != (info.site, info.side):
        return "other_protocol"
    for index, other in enumerate(baseline.channels):
        if (other.label, other.muscle, other.side, other.rate_hz) == (
            channel.label, channel.muscle, channel.side, channel.rate_hz,
        ):  # fmt: skip
            return spread_train(baseline, index)
    return "no_such_channel"


def _facial(recording: EmgRecording) -> list[tuple[int, EmgChannel]]:
    slowest = evoked_limit("sweep", "slowest_rate_hz")
    return [
        (index, channel)
        for index, channel in enumerate(recording.channels)
        if channel.kind is ChannelKind.EMG
        and channel.muscle is not None
        and channel.muscle not in (Muscle.MASSETER, Muscle.OTHER)
        and channel.rate_hz >= slowest
    ]


def _same_side(channel: EmgChannel, info: StimulusInfo) -> bool:
    """Return whether a channel may lie on the stimulated side; unknown sides are let through."""
    return channel.side is None or info.side is None or channel.side is info.side


def _refused(reason: str, step: str) -> Quality:
    return Quality(
        grade=Grade.NOT_ASSESSABLE, analysed_s=0.0, reasons=(reason,), next_steps=(step,)
    )


def _quality(
    recording: EmgRecording, counts: list[tuple[int, int]], notes: Sequence[str] = ()
) -> Quality:
    info = recording.stimulus
    reasons, steps = list[str](), list[str]()
    if not counts:
        return _refused(
            "no_muscle: no channel names a facial muscle in which this stimulus could be read",
            "Name muscle and side of each channel in the file beside the recording.",
        )
    used, total = max(counts)
    if info.side is None:
        reasons.append("stimulus_side_unknown: nobody said which side was stimulated")
        steps.append("State the stimulated side; without it no side of the patient is named.")
    if used < int(evoked_limit("lateral_spread", "fewest_sweeps")):
        fewest = int(evoked_limit("lateral_spread", "fewest_sweeps"))
        reasons.append(f"few_sweeps: {used} usable sweeps; a verdict needs {fewest}")
        steps.append("Record more stimuli.")
    if total and used < 0.5 * total:
        reasons.append(f"many_rejected: {total - used} of {total} sweeps could not be used")
    grade = Grade.LIMITED if reasons else Grade.MEASURABLE
    if used == 0:
        grade = Grade.NOT_ASSESSABLE
    seconds = float(np.ptp(recording.stimuli_s)) if len(recording.stimuli_s) > 1 else 0.0
    return Quality(
        grade=grade,
        analysed_s=seconds,
        reasons=(*reasons, *notes),
        next_steps=tuple(steps),
    )
