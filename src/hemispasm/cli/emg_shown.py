"""How `hemispasm emg` shows a recording and a text export."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.cli.shown import FOOTER, stdout_console
from hemispasm.model.emg import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.formats.emg_ascii_guess import AsciiLook
    from hemispasm.model.emg import EmgChannel, EmgRecording, Muscle

# A channel that never reaches the noise of an amplifier, or passes what a muscle gives, was
# written in another unit.
_PLAUSIBLE_UV = (2.0, 100_000.0)

_SAID_BY = {
    "sidecar": "file beside it",
    "channels_tsv": "channels.tsv",
    "label_rule": "label only: check",
    "nobody": "nobody",
}


def described(path: Path, segments: Sequence[EmgRecording]) -> dict[str, Any]:
    """Return what a recording holds as plain data."""
    first = segments[0]
    return {
        "file": path.name,
        "duration_s": round(sum(s.duration_s for s in segments), 6),
        "stretches": [
            {"start_s": round(s.start_s, 6), "duration_s": round(s.duration_s, 6)} for s in segments
        ],
        "channels": [
            {
                **channel.model_dump(mode="json"),
                "range_uv": _range_uv(segments, index) if channel.kind is ChannelKind.EMG else None,
                "missing_share": round(_missing(segments, index), 6),
            }
            for index, channel in enumerate(first.channels)
        ],
        "stimuli": sum(len(s.stimuli_s) for s in segments),
        "stimulus": first.stimulus.model_dump(mode="json"),
        "annotations": sum(len(s.annotations) for s in segments),
        "line_hz": first.line_hz,
        "simulated": any(s.simulated for s in segments),
        "notes": list(dict.fromkeys(note for s in segments for note in s.notes)),
        "to_check": to_check(segments),
    }


def to_check(segments: Sequence[EmgRecording]) -> list[str]:
    """Return what a person should settle before this is measured, in sentences.

    Parameters
    ----------
    segments : sequence of EmgRecording
        The stretches of one recording.
    """
    first = segments[0]
    emg = [c for c in first.channels if c.kind is ChannelKind.EMG]
    found = []
    if not emg:
        found.append("No channel is an EMG channel; nothing can be measured.")
    guessed = [c.label for c in emg if c.named_by == "label_rule" and c.side is not None]
    if guessed:
        found.append(f"The side was read from the label alone: {', '.join(guessed)}.")
    no_side = [c.label for c in emg if c.side is None]
    if no_side:
        found.append(f"No side, and no finding will name one: {', '.join(no_side)}.")
    no_muscle = [c.label for c in emg if c.muscle is None]
    if no_muscle:
        found.append(f"No muscle: {', '.join(no_muscle)}.")
    if not any(c.muscle is not None and c.muscle.value not in ("other", "masseter") for c in emg):
        found.append("No channel is known to lie in a muscle of the facial nerve.")
    for index, channel in enumerate(first.channels):
        bounds = _range_uv(segments, index) if channel.kind is ChannelKind.EMG else None
        peak = max(map(abs, bounds)) if bounds else None
        if peak is not None and not _PLAUSIBLE_UV[0] <= peak <= _PLAUSIBLE_UV[1]:
            found.append(f"{channel.label} reaches {peak:.3g} uV: is its unit right?")
    named = Counter((c.side, c.muscle) for c in emg if c.side and c.muscle)
    twice = [f"{side} {_spaced(muscle)}" for (side, muscle), count in named.items() if count > 1]
    if twice:
        found.append(f"Two channels of one muscle and side: {', '.join(twice)}.")
    stimulus = first.stimulus
    if any(len(s.stimuli_s) for s in segments) and (stimulus.site is None or stimulus.side is None):
        found.append("There are stimuli, and nobody said where and on which side.")
    found += [n.partition(": ")[2] for n in first.notes if n.startswith("side_conflict: ")]
    return found


def print_recording(path: Path, segments: Sequence[EmgRecording]) -> None:
    """Print channels, clock, stimuli, notes and what should be checked."""
    from rich.table import Table

    table = Table(title=path.name, title_justify="left", caption=FOOTER, caption_justify="left")
    for heading in ("Channel", "Kind", "Side", "Muscle", "Said by", "Rate", "Range", "Missing"):
        table.add_column(heading)
    first = segments[0]
    for index, channel in enumerate(first.channels):
        is_emg = channel.kind is ChannelKind.EMG
        bounds = _range_uv(segments, index) if is_emg else None
        share = _missing(segments, index)
        table.add_row(
            channel.label or "(no label)",
            channel.kind.value,
            (channel.side.value if channel.side else "unknown") if is_emg else "",
            _words(channel) if is_emg else "",
            _SAID_BY[channel.named_by],
            f"{channel.rate_hz:g} Hz",
            "" if bounds is None else f"{bounds[0]:.3g} to {bounds[1]:.3g} uV",
            "" if share == 0 else f"{100 * share:.2g} %",
        )
    console = stdout_console()
    console.print(table)
    for line in _lines(segments):
        console.print(line, markup=False, highlight=False)


def print_look(path: Path, look: AsciiLook) -> None:
    """Print what a text export looks like."""
    console = stdout_console()
    decimal = "point" if look.decimal == "." else "comma"
    lines = [
        f"{path.name}: {look.encoding} text, {look.header_lines} header lines, columns parted by"
        f" {look.delimiter}, decimal {decimal}",
        *(f"  | {row}" for row in look.first_rows),
    ]
    for column in look.columns:
        named = f" {column.name!r}" if column.name else ""
        role = ""
        if column.number == look.time:
            role = ": rises evenly and is no known unit of time"
            if look.time_unit is not None:
                role = f": time in {look.time_unit}, about {look.rate_hz:.6g} Hz"
        unit = f" in {column.unit}" if column.unit else ""
        span = f"{column.smallest:g} to {column.largest:g}"
        lines.append(f"  column {column.number}{named}{unit}: {span}{role}")
    for line in lines:
        console.print(line, markup=False, highlight=False)


def _lines(segments: Sequence[EmgRecording]) -> list[str]:
    first = segments[0]
    stimuli = sum(len(s.stimuli_s) for s in segments)
    stimulus = first.stimulus
    where = f"{stimulus.side or 'side unknown'}, {stimulus.site or 'site unknown'}"
    length = f"{sum(s.duration_s for s in segments):.3f} s"
    if len(segments) > 1:
        length += f" in {len(segments)} stretches; nothing is joined over a pause"
    lines = [
        f"Length: {length}",
        f"Stimuli: {stimuli}" + (f" ({where})" if stimuli else ""),
        f"Annotations: {sum(len(s.annotations) for s in segments)}",
        "Mains: " + (f"{first.line_hz:g} Hz" if first.line_hz else "not stated"),
    ]
    if any(s.simulated for s in segments):
        lines.insert(0, "SIMULATED - not a patient")
    notes = dict.fromkeys(note for s in segments for note in s.notes)
    lines += [f"- {note}" for note in notes]
    return lines + [f"CHECK: {text}" for text in to_check(segments)]


def _words(channel: EmgChannel) -> str:
    return _spaced(channel.muscle)


def _spaced(muscle: Muscle | None) -> str:
    return muscle.value.replace("_", " ") if muscle else "unknown"


def _range_uv(segments: Sequence[EmgRecording], index: int) -> tuple[float, float] | None:
    """Return the least and the greatest number of a channel; None where nothing was recorded."""
    parts = [s.signals_uv[index] for s in segments]
    known = [part[~np.isnan(part)] for part in parts]
    known = [part for part in known if part.size]
    if not known:
        return None
    return (
        round(min(float(part.min()) for part in known), 3),
        round(max(float(part.max()) for part in known), 3),
    )


def _missing(segments: Sequence[EmgRecording], index: int) -> float:
    total = sum(len(s.signals_uv[index]) for s in segments)
    gone = sum(int(np.isnan(s.signals_uv[index]).sum()) for s in segments)
    return gone / total if total else 0.0
