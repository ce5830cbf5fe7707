"""`hemispasm measure emg`: EMG recordings in, findings out; nothing is written unasked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hemispasm.measure.emg.measure import EmgMeasurement
    from hemispasm.model.finding import FindingsDocument


def emg(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="EDF, BDF, WFDB, or text exports with a profile."),
    ],
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write findings; - for stdout.")
    ] = None,
    csv_to: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write a table; - for stdout.")
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write an HTML report (one recording).")
    ] = None,
    traces: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write envelopes and curves as JSON (one recording)."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The same montage and stimuli before treatment: its response is the template.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when a recording is not assessable.")
    ] = False,
) -> None:
    """Measure facial EMG: bursts, spasms, common firing; responses where there are stimuli.

    Muscles and sides come from the file beside the recording, from channels.tsv, or from labels;
    which one is said. Without --json, --csv, --report or --traces a short table is printed.
    """
    from hemispasm.cli.shown import check_targets
    from hemispasm.measuring_emg import measure_emg_recording

    _refuse_several(paths, report, traces)
    check_targets(json_to, csv_to, report, traces)
    for target in (json_to, csv_to, report, traces):
        _spare_recordings([*paths, *([baseline] if baseline else [])], target)
    measured = [measure_emg_recording(path, baseline=baseline) for path in paths]
    documents = [one.document for one in measured]
    _write_pages(measured, report, traces)
    _write(paths, documents, json_to, csv_to, quiet=bool(report or traces))
    if strict and any(d.quality.grade == "not_assessable" for d in documents):
        raise typer.Exit(1)


def _write(
    paths: list[Path],
    documents: list[FindingsDocument],
    json_to: str | None,
    csv_to: str | None,
    *,
    quiet: bool,
) -> None:
    from hemispasm.cli.shown import print_summary, put_text, say
    from hemispasm.formats.csv import TableEntry, findings_csv
    from hemispasm.formats.findings import findings_text, json_text

    if json_to is not None:
        one = len(documents) == 1
        text = findings_text(documents[0]) if one else json_text([d.to_json() for d in documents])
        put_text(json_to, text)
    if csv_to is not None:
        put_text(csv_to, findings_csv(TableEntry(document) for document in documents))
    if json_to is csv_to is None and not quiet:
        for path, document in zip(paths, documents, strict=True):
            print_summary(document, path.name)
    for target in (json_to, csv_to):
        if target not in (None, "-"):
            say(f"Written: {target}")


def _refuse_several(paths: list[Path], report: str | None, traces: str | None) -> None:
    from hemispasm.model.errors import UsageError

    if len(paths) > 1 and (report or traces):
        raise UsageError(
            "one_recording",
            "--report and --traces take one recording at a time.",
            "Give one recording, or use `hemispasm assess` for a case folder.",
        )


def _write_pages(measured: list[EmgMeasurement], report: str | None, traces: str | None) -> None:
    from hemispasm.cli.shown import put_text, say
    from hemispasm.formats.traces import traces_text
    from hemispasm.reporting import emg_report_html

    for one in measured:
        if report is not None:
            put_text(report, emg_report_html(one))
        if traces is not None:
            put_text(traces, traces_text(one.traces, one.document.recording.sha256))
    for target in (report, traces):
        if target not in (None, "-"):
            say(f"Written: {target}")


def _spare_recordings(paths: list[Path], target: str | None) -> None:
    """Refuse a target that is a recording, or that belongs beside one."""
    from hemispasm.model.errors import UsageError

    if target in (None, "-"):
        return
    wanted = Path(target).resolve()
    for path in paths:
        beside = (".json", ".toml", ".hea", ".dat", ".truth.json")
        taken = {path.resolve(), *(path.with_suffix(end).resolve() for end in beside)}
        taken.add((path.parent / "channels.tsv").resolve())
        if wanted in taken:
            raise UsageError(
                "would_overwrite",
                f"{wanted.name} belongs to the recording and would be overwritten.",
                "Choose another name for the output.",
            )
