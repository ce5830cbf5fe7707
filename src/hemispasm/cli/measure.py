"""`hemispasm measure`: a recording or an exam in, findings out; nothing is written unasked."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hemispasm.cli.exam import exam
from hemispasm.cli.measure_emg import emg
from hemispasm.cli.measure_imaging import imaging

if TYPE_CHECKING:
    from hemispasm.measure.video.measure import VideoMeasurement
    from hemispasm.model.finding import FindingsDocument

app = typer.Typer(
    no_args_is_help=True, help="Measure a recording or an exam: video, emg, imaging, exam."
)


@app.callback()
def _group() -> None:
    """Measure recordings and exams. Research software, not a medical device."""


@app.command()
def video(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Face videos.")],
    mirrored: Annotated[
        str | None,
        typer.Option(help="yes: the picture is flipped, as in a selfie preview; no: it is not."),
    ] = None,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write findings; - for stdout.")
    ] = None,
    report: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write an HTML report (one video).")
    ] = None,
    csv_to: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write a table; - for stdout.")
    ] = None,
    traces: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the signals as JSON (one video).")
    ] = None,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="Leave the face out of the report.")
    ] = False,
    start_s: Annotated[
        float | None, typer.Option("--from", metavar="S", help="Start at this second.")
    ] = None,
    end_s: Annotated[
        float | None, typer.Option("--to", metavar="S", help="End at this second.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when a video is not assessable.")
    ] = False,
) -> None:
    """Measure face videos: side, spasms, blinks, with intervals and quality.

    Without --json, --csv, --report or --traces a short table is printed.
    """
    from hemispasm.cli.shown import progress_on_stderr
    from hemispasm.measuring import measure_video_file

    _check_targets(paths, json_to, csv_to, report, traces)
    measured = []
    with progress_on_stderr() as watch:
        for number, path in enumerate(paths, start=1):
            label = f"video {number} of {len(paths)}"
            measured.append(
                measure_video_file(
                    path,
                    mirrored=mirrored,
                    start_s=start_s,
                    end_s=end_s,
                    progress=partial(watch, label) if watch else None,
                )
            )
    _write(paths, measured, json_to, csv_to, report, traces, pictures=not no_pictures)
    if strict and any(m.document.quality.grade == "not_assessable" for m in measured):
        raise typer.Exit(1)


app.command()(emg)
app.command()(imaging)
app.command()(exam)


def _write(
    paths: list[Path],
    measured: list[VideoMeasurement],
    json_to: str | None,
    csv_to: str | None,
    report: str | None,
    traces: str | None,
    *,
    pictures: bool,
) -> None:
    from hemispasm.cli.shown import print_summary, put_text, say
    from hemispasm.formats.csv import TableEntry, findings_csv
    from hemispasm.formats.traces import traces_text
    from hemispasm.reporting import video_report_html

    documents = [m.document for m in measured]
    if json_to is not None:
        put_text(json_to, _json(documents))
    if csv_to is not None:
        put_text(csv_to, findings_csv(TableEntry(document) for document in documents))
    if traces is not None:
        put_text(traces, traces_text(measured[0].traces, documents[0].recording.sha256))
    if report is not None:
        put_text(report, video_report_html(paths[0], measured[0], pictures=pictures))
    if json_to is csv_to is report is traces is None:
        for path, document in zip(paths, documents, strict=True):
            print_summary(document, path.name)
    for target in (json_to, csv_to, report, traces):
        if target not in (None, "-"):
            say(f"Written: {target}")


def _json(documents: list[FindingsDocument]) -> str:
    from hemispasm.formats.findings import findings_text, json_text

    if len(documents) == 1:
        return findings_text(documents[0])
    return json_text([document.to_json() for document in documents])


def _check_targets(paths: list[Path], *targets: str | None) -> None:
    from hemispasm.formats.sidecar import sidecar_path
    from hemispasm.model.errors import UsageError

    _, _, report, traces = targets
    if len(paths) > 1 and (report or traces):
        raise UsageError(
            "one_video",
            "--report and --traces take one video at a time.",
            "Give one video, or use `hemispasm assess` for a case folder.",
        )
    given = [target for target in targets if target is not None]
    if len(set(given)) < len(given):
        raise UsageError(
            "same_target", "Two outputs would go to the same place.", "Give each its own file."
        )
    inputs = {p.resolve() for p in paths} | {sidecar_path(p).resolve() for p in paths}
    for target in given:
        if target != "-" and Path(target).resolve() in inputs:
            raise UsageError(
                "would_overwrite",
                f"{Path(target).name} belongs to the recording and would be overwritten.",
                "Choose another name for the output.",
            )
