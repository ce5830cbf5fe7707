"""What several commands show: progress on stderr, short tables on stdout, files on request."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from hemispasm.model.finding import Finding, FindingsDocument

FOOTER = "Research software, not a medical device."

# What a person wants to see first; the rest is in the JSON and the report.
_FIRST = (
    "video.affected_side",
    "video.spasm_rate",
    "video.spasm_time_fraction",
    "video.spasm_duration",
    "video.blink_rate",
    "video.other_babinski_fraction",
    "video.change",
    "emg.affected_side",
    "emg.spasm_rate",
    "emg.burst_rate",
    "emg.synchrony",
    "emg.lateral_spread",
    "emg.lateral_spread_latency",
    "emg.blink_reflex_r1",
    "emg.blink_reflex_r2",
    "emg.blink_reflex_r2c",
    "emg.blink_reflex_synkinesis",
    "emg.f_wave_persistence",
    "emg.f_m_ratio",
    "emg.z_l_response",
    "emg.z_l_latency",
    "imaging.assessability",
    "imaging.vessel_nerve_distance",
    "imaging.vessel_contact",
    "imaging.conflict_grade",
)

Watch = Callable[[str, float, float | None], None]


@contextmanager
def progress_on_stderr() -> Iterator[Watch | None]:
    """Yield a callback that draws a bar on stderr, or None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def watch(label: str, done_s: float, total_s: float | None) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total_s)
            bar.update(tasks[label], completed=done_s, total=total_s)

        yield watch


def print_summary(document: FindingsDocument, title: str) -> None:
    """Print one recording's grade, first findings and reasons as a table."""
    from rich.table import Table

    from hemispasm.cli.imaging_reasons import reason_lines

    table = Table(title=title, title_justify="left", caption=FOOTER, caption_justify="left")
    for heading in ("Finding", "Side", "Value", "Interval", "Quality"):
        table.add_column(heading)
    for finding in first_findings(document.findings):
        table.add_row(*finding_cells(finding))
    quality = document.quality
    console = stdout_console()
    console.print(table)
    imaging = document.recording.kind == "imaging"
    long = "" if imaging else f" ({quality.analysed_s:.1f} s analysed)"
    console.print(f"Grade: {quality.grade}{long}", markup=False)
    missing = reason_lines(document.findings) if imaging else []
    for line in (*quality.reasons, *quality.next_steps, *missing):
        console.print(f"- {line}", markup=False)


def first_findings(findings: tuple[Finding, ...]) -> list[Finding]:
    """Return the findings that a short table shows, in their order of importance."""
    return sorted((f for f in findings if f.code in _FIRST), key=lambda f: _FIRST.index(f.code))


def finding_cells(finding: Finding) -> tuple[str, str, str, str, str]:
    """Return a finding as the cells of a table row.

    Examples
    --------
    >>> from hemispasm.model import Finding
    >>> finding_cells(Finding(code="video.spasm_rate", side="left", value=14.5, unit="/min",
    ...     interval=(7.1, 25.4), level=0.95, quality="measurable", method="video/1"))
    ('Spasms per minute', 'left', '14.5 /min', '7.1 to 25.4', 'measurable')
    """
    from hemispasm.model.vocabulary import lookup_code

    label = lookup_code(finding.code).label
    about = finding.extra("of")
    if about:
        label = f"{label}: {lookup_code(about).label}"
    where = [finding.extra(name) for name in ("segment", "vessel")]
    if any(where):
        label = f"{label} ({', '.join(str(part).replace('_', ' ') for part in where if part)})"
    unit = "" if finding.unit in (None, "1") else f" {finding.unit}"
    value = "-" if finding.value is None else f"{_short(finding.value)}{unit}"
    if finding.reason and not isinstance(finding.value, float):
        value = f"{value} ({finding.reason.split(':')[0]})"
    low_high = finding.interval
    interval = "" if low_high is None else f"{_short(low_high[0])} to {_short(low_high[1])}"
    side = str(finding.side or finding.image_side or "")
    return label, side, value, interval, str(finding.quality)


def stdout_console() -> Any:
    """Return a console on stdout that does not cut tables short in files and pipes."""
    from rich.console import Console

    return Console(soft_wrap=False) if sys.stdout.isatty() else Console(width=120)


def put_text(target: str, text: str) -> None:
    """Write text to a file, beside its name first, or to stdout for ``-``.

    Raises
    ------
    UsageError
        The folder does not exist (``no_folder``).
    """
    check_targets(target)
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from hemispasm.formats.atomic import write_text

    write_text(Path(target), text)


def check_targets(*targets: str | None) -> None:
    """Check before any work that every target can be written, each in a place of its own.

    Raises
    ------
    UsageError
        A folder does not exist (``no_folder``), or two outputs want one place (``same_target``).
    """
    named = [target for target in targets if target is not None]
    if len(set(named)) < len(named):
        raise UsageError(
            "same_target", "Two outputs would go to the same place.", "Give each its own file."
        )
    for target in targets:
        if target not in (None, "-") and not (folder := Path(target).parent).is_dir():
            raise UsageError(
                "no_folder", f"There is no folder {folder.name} to write into.", "Make it first."
            )


def say(text: str) -> None:
    """Print a line for the person on stderr."""
    print(text, file=sys.stderr)


def _short(value: float | str) -> str:
    return f"{value:.3g}" if isinstance(value, float | int) else value
