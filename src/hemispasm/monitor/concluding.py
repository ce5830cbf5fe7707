"""What the replay comes to: changes, frozen spans, a summary, and how far it can be trusted."""

from __future__ import annotations

from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.model.emg import StimulusInfo
from hemispasm.model.finding import Provenance
from hemispasm.model.monitor import (
    ChannelMoment,
    FrozenSpan,
    MonitorCriteria,
    MonitorDocument,
    MonitorSummary,
    StateChange,
    SweepMoment,
)
from hemispasm.model.quality import Grade, Quality
from hemispasm.monitor.operation import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.monitor.baseline import Watch
    from hemispasm.monitor.operation import Operation

Said = SweepMoment | ChannelMoment
MOST = 0.5
UNSEEN = Fault(
    "no_sweep_followed",
    "The replay ended before the first sweep after the baseline.",
    "Let it run longer, or choose a shorter baseline.",
)


def conclude(
    watch: Watch,
    moments: Sequence[SweepMoment],
    provenance: Provenance | None = None,
) -> MonitorDocument:
    """Return the document of a replay.

    Parameters
    ----------
    watch : Watch
        What was followed.
    moments : sequence of SweepMoment
        Everything that was said, in order.
    provenance : Provenance, optional
        Times and settings of the run.
    """
    operation = watch.operation
    changes = [change for k in _subjects(moments) for change in find_changes(watch, moments, k)]
    changes.sort(key=lambda one: (one.sweep, -1 if one.channel is None else one.channel))
    frozen = [span for k in _subjects(moments) for span in find_frozen(moments, k)]
    return MonitorDocument(
        recording=operation.ref,
        quality=_quality(watch, moments),
        stimulus=operation.stimulus,
        measured_rate_hz=measured_rate_hz(operation),
        stimuli=len(operation.stimuli_s),
        criteria=criteria_of(operation.stimulus),
        baseline=watch.baseline,
        channels=watch.channels,
        events=operation.events,
        complete=bool(moments) and watch.run is not None and len(moments) == len(watch.run.sweeps),
        sweeps=tuple(moments),
        changes=tuple(changes),
        frozen=tuple(frozen),
        summary=tuple(_summary(watch, moments, changes, k) for k in _subjects(moments)),
        notes=(*watch.notes, *operation.notes),
        provenance=provenance or Provenance(hemispasm=version("hemispasm")),
    )


def criteria_of(info: StimulusInfo) -> MonitorCriteria:
    """Return what it takes to call a state under a site's protocol.

    Examples
    --------
    >>> criteria_of(StimulusInfo(reduced_share=0.4)).reduced_share_from
    'site'
    """
    stated = info.reduced_share
    return MonitorCriteria(
        call_absent=evoked_limit("monitor", "p_call"),
        keep_present=evoked_limit("monitor", "p_keep"),
        averaged_sweeps=int(evoked_limit("monitor", "mean_sweeps")),
        mean_z=evoked_limit("monitor", "mean_z"),
        reduced_share=stated or evoked_limit("lateral_spread", "reduced_share"),
        reduced_share_from="default" if stated is None else "site",
        fewest_baseline=int(evoked_limit("monitor", "fewest_baseline")),
        baseline_p=evoked_limit("lateral_spread", "p_max"),
    )


def measured_rate_hz(operation: Operation) -> float | None:
    """Return the usual rate of the stimuli as recorded, None with fewer than two."""
    gaps = np.diff(operation.stimuli_s)
    gaps = gaps[gaps > 0]
    return round(1.0 / float(np.median(gaps)), 2) if len(gaps) else None


def find_changes(
    watch: Watch, moments: Sequence[SweepMoment], channel: int | None
) -> list[StateChange]:
    """Return where another state was called, for a channel or (None) for the operation."""
    found: list[StateChange] = []
    before = "present"
    for moment in moments:
        said = said_of(moment, channel)
        if said.state == before:
            continue
        found.append(
            StateChange(
                channel=channel,
                sweep=moment.number,
                time_s=moment.time_s,
                before=before,
                after=said.state,
                probability=said.chance if isinstance(said, ChannelMoment) else None,
                event=last_event(watch.operation, moment.time_s),
            )
        )
        before = said.state
    return found


def last_event(operation: Operation, time_s: float) -> int | None:
    """Return the place of the last event at or before a time, None without one."""
    earlier = [k for k, event in enumerate(operation.events) if event.time_s <= time_s + 1e-6]
    return earlier[-1] if earlier else None


def find_frozen(moments: Sequence[SweepMoment], channel: int | None) -> list[FrozenSpan]:
    """Return the runs of sweeps on which nothing was judged."""
    found = []
    for is_frozen, run in groupby(moments, key=lambda m: said_of(m, channel).frozen is not None):
        if not is_frozen:
            continue
        held = list(run)
        said = [said_of(moment, channel) for moment in held]
        found.append(
            FrozenSpan(
                channel=channel,
                first_sweep=held[0].number,
                last_sweep=held[-1].number,
                start_s=held[0].time_s,
                end_s=held[-1].time_s,
                reasons=tuple(dict.fromkeys(one.frozen for one in said if one.frozen)),
                held=said[-1].state,
            )
        )
    return found


def said_of(moment: SweepMoment, channel: int | None) -> Said:
    """Return what a moment says of a channel, or of the operation."""
    if channel is None:
        return moment
    return next(one for one in moment.channels if one.channel == channel)


def _subjects(moments: Sequence[SweepMoment]) -> list[int | None]:
    return [None, *(one.channel for one in moments[0].channels)] if moments else []


def _summary(
    watch: Watch, moments: Sequence[SweepMoment], changes: Sequence[StateChange], k: int | None
) -> MonitorSummary:
    last = said_of(moments[-1], k)
    own = [change for change in changes if change.channel == k]
    losses = [change for change in own if change.after == "absent"]
    first = losses[0] if losses else None
    back = 0
    if first is not None:
        later = [said_of(m, k) for m in moments if m.number > first.sweep]
        back = sum(one.frozen is None and one.state in ("present", "reduced") for one in later)
    since = own[-1].time_s if own else (watch.baseline.end_s if watch.baseline else 0.0)
    own_last = last if isinstance(last, ChannelMoment) else None
    return MonitorSummary(
        channel=k,
        state=last.state,
        since_sweep=last.since_sweep,
        since_s=since,
        losses=len(losses),
        first_absent_sweep=first.sweep if first else None,
        first_absent_s=first.time_s if first else None,
        first_absent_event=first.event if first else None,
        returned=None if first is None else back > 0,
        returned_sweeps=back,
        sweeps=len(moments),
        frozen_sweeps=sum(said_of(moment, k).frozen is not None for moment in moments),
        ratio=own_last.ratio if own_last else None,
        ratio_interval=own_last.ratio_interval if own_last else None,
        averaged=own_last.averaged if own_last else 0,
        more_sweeps=last.more_sweeps,
    )


def _quality(watch: Watch, moments: Sequence[SweepMoment]) -> Quality:
    fault = watch.fault if moments or watch.fault else UNSEEN
    if fault is not None:
        return Quality(
            grade=Grade.NOT_ASSESSABLE,
            analysed_s=0.0,
            reasons=(fault.reason,),
            next_steps=(fault.next_step,),
        )
    reasons = [*_of_sides(watch), *watch.notes]
    steps = []
    live = [moment for moment in moments if moment.frozen is None]
    held = len(moments) - len(live)
    if moments and held > MOST * len(moments):
        reasons.append(
            f"mostly_frozen: {held} of {len(moments)} sweeps were held for cautery, movement or"
            " missing samples"
        )
    many = int(evoked_limit("monitor", "mean_sweeps"))
    noisy = [m for m in live if m.more_sweeps is not None and m.more_sweeps > many]
    if live and len(noisy) > MOST * len(live):
        usual = int(np.median([moment.more_sweeps or 0 for moment in noisy]))
        reasons.append(
            f"noise_forbids: in {len(noisy)} of {len(live)} sweeps a loss would have taken more"
            f" than {many} sweeps to call, usually {usual}"
        )
        steps.append("Mend the noise, or average more sweeps before the state is read.")
    if any(reason.startswith("event_in_baseline") for reason in reasons):
        steps.append("End the baseline before the first step that can change the response.")
    return Quality(
        grade=Grade.LIMITED if reasons else Grade.MEASURABLE,
        analysed_s=_analysed_s(watch, live),
        reasons=tuple(reasons),
        next_steps=tuple(steps),
    )


def _of_sides(watch: Watch) -> list[str]:
    found = []
    if watch.operation.stimulus.side is None:
        found.append(
            "stimulus_side_unknown: nobody said which side was stimulated, so the response is not"
            " tied to a side of the patient"
        )
    unknown = [c.label for c in watch.channels if c.watched and c.side is None]
    if unknown:
        found.append(f"side_unknown: nobody said on which side {', '.join(unknown)} lies")
    return found


def _analysed_s(watch: Watch, live: Sequence[SweepMoment]) -> float:
    rate = measured_rate_hz(watch.operation)
    return round(len(live) / rate, 2) if rate else 0.0
