"""What stands at the end of a replay: the course of each channel, criteria, and the grade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hemispasm.cli.monitor_words import BANNER, channel_names, clock, held_text, percent_text

if TYPE_CHECKING:
    from hemispasm.model.monitor import MonitorCriteria, MonitorDocument, MonitorSummary

FOOTER = "Research software, not a medical device."
MEANING = (
    "What a loss means for the patient is not said here:"
    " see `hemispasm evidence lateral_spread_update`."
)


def print_summary(document: MonitorDocument, title: str, console: Any) -> None:
    """Print the end of a replay on a console.

    Parameters
    ----------
    document : MonitorDocument
        Of the replay, whole or stopped.
    title : str
        The file's name.
    console : rich.console.Console
        Where to.
    """

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    if document.summary:
        console.print(_table(document, title))
        for line in (*loss_lines(document), *held_lines(document)):
            say(line)
        say(criteria_text(document.criteria))
    if document.summary and not document.complete:
        end = document.sweeps[-1]
        say(f"Stopped at {clock(end.time_s)}, sweep {end.number} of {document.stimuli}.")
    quality = document.quality
    say(f"Grade: {quality.grade}")
    for line in dict.fromkeys((*quality.reasons, *quality.next_steps, *document.notes)):
        say(f"- {line}")
    say(MEANING)
    say(f"{BANNER} {FOOTER}")


def criteria_text(criteria: MonitorCriteria) -> str:
    """Return what it took to call a state, in one sentence."""
    share = f"{100 * criteria.reduced_share:g} %"
    whose = "as the site states" if criteria.reduced_share_from == "site" else "no site value given"
    return (
        f"Criteria: absent from probability {criteria.call_absent:g}, or when the mean of up to"
        f" {criteria.averaged_sweeps} sweeps lies {criteria.mean_z:g} standard errors below"
        f" {share} of the baseline ({whose}); shown again from probability"
        f" {criteria.keep_present:g}."
    )


def held_lines(document: MonitorDocument) -> list[str]:
    """Return how much of the replay was not judged, for each channel."""
    names = channel_names(document.channels)
    lines = []
    together = document.summary[0]
    for row in document.summary:
        if not row.frozen_sweeps or (
            row is not together and row.frozen_sweeps == together.frozen_sweeps
        ):
            continue
        spans = [span for span in document.frozen if span.channel == row.channel]
        reasons = dict.fromkeys(reason for span in spans for reason in span.reasons)
        longest = max(spans, key=lambda span: span.last_sweep - span.first_sweep)
        who = "all watched channels" if row.channel is None else names[row.channel]
        times = "once" if len(spans) == 1 else f"{len(spans)} times"
        lines.append(
            f"Held {times}, {who}: {row.frozen_sweeps} of {row.sweeps} sweeps"
            f" ({', '.join(map(held_text, reasons))}); the longest {clock(longest.start_s)} to"
            f" {clock(longest.end_s)}, held as {longest.held}"
        )
    return lines


def loss_lines(document: MonitorDocument) -> list[str]:
    """Return when each channel was first called absent, after which event, and what followed."""
    names = channel_names(document.channels)
    lines = []
    for row in document.summary:
        if row.channel is None and len(document.summary) == 2:
            continue
        who = "all watched channels" if row.channel is None else names[row.channel]
        lines.append(f"Absent, {who}: {_loss(document, row)}")
    return lines


def _loss(document: MonitorDocument, row: MonitorSummary) -> str:
    if row.first_absent_s is None:
        return "never called"
    text = f"first called at {clock(row.first_absent_s)} (sweep {row.first_absent_sweep}), "
    if row.first_absent_event is None:
        text += "no event before it"
    else:
        event = document.events[row.first_absent_event]
        text += f"{row.first_absent_s - event.time_s:.1f} s after {event.text!r}"
    if not row.returned:
        return f"{text}; not seen again"
    times = "once" if row.losses == 1 else f"{row.losses} times"
    return f"{text}; seen again in {row.returned_sweeps} sweeps; called {times} in all"


def _table(document: MonitorDocument, title: str) -> Any:
    from rich.table import Table

    table = Table(title=f"Lateral spread: {title}", title_justify="left")
    for heading in ("Channel", "At the end", "Since", "% of baseline"):
        table.add_column(heading)
    names = channel_names(document.channels)
    for row in document.summary:
        if row.channel is None and len(document.summary) == 2:
            continue
        name = "all watched" if row.channel is None else names[row.channel]
        table.add_row(name, row.state, *_cells(document, row))
    return table


def _cells(document: MonitorDocument, row: MonitorSummary) -> tuple[str, str]:
    since = f"{clock(row.since_s)}, sweep {row.since_sweep}"
    if document.baseline is not None and row.since_sweep == document.baseline.last_sweep:
        since = "the baseline"
    return since, "" if row.channel is None else percent_text(row.ratio, row.ratio_interval)
