"""Reports with pictures: stills cut out of the recordings, put around the findings."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hemispasm.model.errors import DecodeError
from hemispasm.model.event import Event
from hemispasm.model.finding import FindingsDocument
from hemispasm.model.recording import Frame
from hemispasm.model.side import Mirrored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.formats.case import CaseFolder
    from hemispasm.formats.case_findings import CaseFindings, VisitDocuments
    from hemispasm.measure.emg.measure import EmgMeasurement
    from hemispasm.measure.video.measure import VideoMeasurement
    from hemispasm.model.chart import Chart
    from hemispasm.model.plan import Plan
    from hemispasm.model.review import Review, Signature
    from hemispasm.model.trace import Trace
    from hemispasm.report.case_report import VisitPart
    from hemispasm.report.document import Document, Figure
    from hemispasm.report.emg_section import EmgPart
    from hemispasm.report.joint_rows import Pair
    from hemispasm.report.pictures import PictureStrip

PICTURE_SIDE_PX = 400
JPEG_QUALITY = 82
FACE_MARGIN = 1.7
"""Width of a picture over the width of the face box."""
_BEFORE_S = 0.5


@dataclass(frozen=True)
class Reasoned:
    """What reasoning saw, and the plan that follows from it."""

    chart: Chart
    plan: Plan


Moment = Literal["before", "onset", "peak", "offset"]
MOMENTS: tuple[Moment, ...] = ("before", "onset", "peak", "offset")


def video_report_html(path: Path, measured: VideoMeasurement, *, pictures: bool = True) -> str:
    """Return the report on one recording that stands in no case.

    Parameters
    ----------
    path : Path
        The recording, for the stills.
    measured : VideoMeasurement
        Its findings and traces.
    pictures : bool
        False leaves the face out.
    """
    from hemispasm.report.html import render_html
    from hemispasm.report.video_report import build_video_report, mirrored_note_for

    document = measured.document
    strips = take_pictures(path, document) if pictures else None
    note = mirrored_note_for(mirroring_of(document))
    return render_html(build_video_report(document, measured.traces, strips, mirrored_note=note))


def emg_report_html(measured: EmgMeasurement) -> str:
    """Return the report on one EMG recording that stands in no case.

    Parameters
    ----------
    measured : EmgMeasurement
        Its findings and traces.
    """
    from hemispasm.report.emg_report import build_emg_report
    from hemispasm.report.html import render_html

    return render_html(build_emg_report(measured.document, measured.traces))


def take_pictures(path: Path, document: FindingsDocument) -> tuple[PictureStrip, ...]:
    """Return stills of the strongest events, strongest first; none where they cannot be cut."""
    from hemispasm.formats.video import read_frames_at
    from hemispasm.report.document import Picture
    from hemispasm.report.pictures import PictureStrip

    shown = {clip.event_id for clip in document.clips}
    events = [event for event in document.events if event.id in shown]
    events.sort(key=lambda e: -e.confidence * e.measures.get("strength", 0.0))
    times = [t_s for event in events for t_s in _moments_s(event)]
    try:
        frames = read_frames_at(path, times, max_side=1280) if times else []
    except DecodeError:
        return ()
    simulated = document.recording.simulated
    stills = [_jpeg(rgb, simulated) for rgb in _cut_to_face(frames)]
    strips = []
    for number, event in enumerate(events):
        own = range(4 * number, 4 * number + 4)
        taken = (Picture(m, frames[i].t_s, stills[i]) for m, i in zip(MOMENTS, own, strict=True))
        strips.append(PictureStrip(event.id, tuple(taken)))
    return tuple(strips)


def mirroring_of(document: FindingsDocument) -> Mirrored:
    """Return what was known about mirroring when the recording was measured."""
    return Mirrored(str(document.provenance.settings.get("mirrored") or Mirrored.UNKNOWN))


def main_recording(documents: tuple[FindingsDocument, ...]) -> FindingsDocument | None:
    """Return the video of a visit that stands for it: the longest of the best grade.

    EMG never stands for a visit: it measures other things, and several recordings of it are several
    tests.
    """
    videos = [document for document in documents if document.recording.kind == "video"]
    return max(videos, key=_worth, default=None)


def emg_recordings(documents: Iterable[FindingsDocument]) -> tuple[FindingsDocument, ...]:
    """Return the EMG recordings among documents, in their order."""
    return tuple(document for document in documents if document.recording.kind == "emg")


def _worth(document: FindingsDocument) -> tuple[int, float]:
    grades = ["not_assessable", "limited", "measurable"]
    return grades.index(document.quality.grade), document.quality.analysed_s


def _moments_s(event: Event) -> tuple[float, float, float, float]:
    peak_s = event.measures.get("peak_s", (event.start_s + event.end_s) / 2)
    return max(0.0, event.start_s - _BEFORE_S), event.start_s, peak_s, event.end_s


def _cut_to_face(frames: list[Frame]) -> list[NDArray[np.uint8]]:
    """Return the pictures cut to the face, all alike; uncut where no face is found."""
    from hemispasm.assets import read_asset
    from hemispasm.measure.video.landmarks import Landmarker
    from hemispasm.measuring import FACE_ASSET

    pictures = [frame.rgb for frame in frames]
    landmarker = Landmarker(read_asset(FACE_ASSET))
    boxes = [found[0].box for rgb in pictures[::4] if (found := landmarker.detect(rgb))]
    if not boxes:
        return pictures
    x0, y0 = np.min(boxes, axis=0)[:2]
    x1, y1 = np.max(boxes, axis=0)[2:]
    half = 0.5 * FACE_MARGIN * max(x1 - x0, y1 - y0)
    middle_x, middle_y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    height, width = pictures[0].shape[:2]
    left, right = int(max(0, middle_x - half)), int(min(width, middle_x + half))
    top, bottom = int(max(0, middle_y - half)), int(min(height, middle_y + half))
    return [rgb[top:bottom, left:right] for rgb in pictures]


def _jpeg(rgb: NDArray[np.uint8], simulated: bool) -> bytes:
    """Encode a still; the cut lost a simulated recording's mark, so it is put on again."""
    from PIL import Image

    from hemispasm.simulate.face.mark import stamp_simulated

    out = io.BytesIO()
    picture = Image.fromarray(rgb)
    picture.thumbnail((PICTURE_SIDE_PX, PICTURE_SIDE_PX))
    if simulated:
        picture = Image.fromarray(stamp_simulated(np.array(picture)))
    picture.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def case_document(
    case: CaseFolder,
    findings: CaseFindings,
    traces: Mapping[str, tuple[Trace, ...]],
    reasoned: Reasoned | None = None,
    *,
    pictures: bool = True,
    signed: Signature | None = None,
    views: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Document:
    """Return the report on a case: its latest visit in full, what changed, and the plan.

    Parameters
    ----------
    case : CaseFolder
        The case as read.
    findings : CaseFindings
        Its findings, as reviewed where somebody has.
    traces : mapping of str to tuple of Trace
        Traces by the recording's SHA-256.
    reasoned : Reasoned, optional
        The chart and the plan that follows from it; without it only what was measured is told.
    pictures : bool
        False leaves the face out.
    signed : Signature, optional
        Who signed just these findings and this plan; without it the report is a DRAFT.
    views : mapping of str to mapping
        Pictures of MRI examinations as plain data, by SHA-256.

    Raises
    ------
    ValueError
        There is neither a recording nor a plan.
    """
    from hemispasm.imaging_of_case import imaging_parts
    from hemispasm.report.case_report import build_case_report
    from hemispasm.report.joint_section import with_joint
    from hemispasm.report.lighten import lighten
    from hemispasm.report.plan_report import build_plan_report

    parts = [
        _visit_part(case, visit, document, traces)
        for visit in findings.visits
        for document in _main_last(visit)
    ]
    saw_tooth = _saw_tooth(reasoned)
    emg = _emg_parts(case, findings, traces)
    imaging = imaging_parts(case, findings, views)
    if not parts:
        if reasoned is None:
            raise ValueError("a report needs a recording or a plan")
        unseen = build_plan_report(
            case.case,
            reasoned.plan,
            reasoned.chart,
            signed=signed,
            saw_tooth=saw_tooth,
            emg=emg,
            imaging=imaging,
            failures=_failed(findings),
        )
        return lighten(unseen)
    latest = parts[-1]
    path = find_recording(case, latest.document.recording.sha256) if pictures else None
    parts[-1] = replace(
        latest,
        document=_with_changes(latest.document, findings),
        pictures=take_pictures(path, latest.document) if path else None,
        signed=signed,
    )
    report = build_case_report(
        case.case,
        parts,
        plan=reasoned.plan if reasoned else None,
        chart=reasoned.chart if reasoned else None,
        saw_tooth=saw_tooth,
        emg=emg,
        imaging=imaging,
    )
    return lighten(with_joint(report, _joint_parts(findings, traces)))


def _joint_parts(
    findings: CaseFindings, traces: Mapping[str, tuple[Trace, ...]]
) -> tuple[Pair, ...]:
    """Return every video with the EMG recording made with it, the latest visit first."""
    from hemispasm.report.joint_rows import Pair

    found = []
    for visit in reversed(findings.visits):
        known = {document.recording.sha256: document for document in visit.recordings}
        for joint in visit.joint:
            video, emg = (str(joint.provenance.settings.get(kind)) for kind in ("video", "emg"))
            if video in known and emg in known:
                found.append(
                    Pair(
                        joint,
                        known[video],
                        traces.get(video, ()),
                        known[emg],
                        traces.get(emg, ()),
                        visit.day,
                    )
                )
    return tuple(found)


def _emg_parts(
    case: CaseFolder, findings: CaseFindings, traces: Mapping[str, tuple[Trace, ...]]
) -> tuple[EmgPart, ...]:
    """Return every EMG recording, the latest visit first."""
    from hemispasm.report.emg_section import EmgPart

    return tuple(
        EmgPart(
            document=document,
            traces=traces.get(document.recording.sha256, ()),
            day=visit.day,
            number=number,
            numbered=_is_repeated(document, visit.of_kind("emg")),
            review=_review_of(case, visit.day),
        )
        for visit in reversed(findings.visits)
        for number, document in enumerate(visit.of_kind("emg"), start=1)
    )


def _is_repeated(document: FindingsDocument, others: tuple[FindingsDocument, ...]) -> bool:
    from hemispasm.report.emg_section import emg_title

    return [emg_title(other) for other in others].count(emg_title(document)) > 1


def _saw_tooth(reasoned: Reasoned | None) -> Figure | None:
    """Return the toxin cycles of the affected side; of the treated side where that is one."""
    if reasoned is None or reasoned.plan.toxin is None:
        return None
    from hemispasm.report.saw_tooth import saw_tooth_figure

    plan, view = reasoned.plan, reasoned.plan.toxin
    treated = {cycle.side for cycle in view.cycles}
    side = plan.side.side if plan.side.side in treated else next(iter(treated), None)
    if len(treated) > 1 and side is not plan.side.side:
        return None
    return saw_tooth_figure(view, plan.severity, side=side, as_of=plan.as_of)


def find_recording(case: CaseFolder, sha256: str) -> Path | None:
    """Return the video of a case with this content, None when it is no longer there."""
    from hemispasm.formats.video import hash_file

    videos = (path for visit in case.visits for path in visit.videos)
    return next((path for path in videos if hash_file(path) == sha256), None)


def _review_of(case: CaseFolder, day: date) -> Review | None:
    reviews = [visit.review for visit in case.visits if visit.day == day and visit.review.items]
    return reviews[0] if reviews else None


def _visit_part(
    case: CaseFolder,
    visit: VisitDocuments,
    document: FindingsDocument,
    traces: Mapping[str, tuple[Trace, ...]],
) -> VisitPart:
    from hemispasm.measure.compare import Phase, days_since_toxin, toxin_phase
    from hemispasm.report.case_report import VisitPart
    from hemispasm.report.video_report import mirrored_note_for

    several = len(visit.of_kind("video")) > 1
    return VisitPart(
        day=visit.day,
        document=document,
        traces=traces.get(document.recording.sha256, ()),
        mirrored_note=mirrored_note_for(mirroring_of(document)),
        label=f"recording {visit.of_kind('video').index(document) + 1}" if several else "",
        review=_review_of(case, visit.day),
        days_since_toxin=days_since_toxin(visit.day, toxin_days(case)),
        untreated=toxin_phase(visit.day, toxin_days(case)) is Phase.NEVER,
    )


def _main_last(visit: VisitDocuments) -> list[FindingsDocument]:
    """Return a visit's videos with the one that stands for it at the end."""
    videos = visit.of_kind("video")
    main = main_recording(videos)
    others = [document for document in videos if document is not main]
    return others if main is None else [*others, main]


def _with_changes(document: FindingsDocument, findings: CaseFindings) -> FindingsDocument:
    """Add what changed between visits, and what could not be decoded, for the page to say."""
    failed = _failed(findings)
    quality = document.quality
    quality = quality.model_copy(update={"reasons": (*quality.reasons, *failed)})
    changed = (*document.findings, *findings.changes)
    return document.model_copy(update={"findings": changed, "quality": quality})


def _failed(findings: CaseFindings) -> tuple[str, ...]:
    return tuple(f.reason(visit.day) for visit in findings.visits for f in visit.failures)


def toxin_days(case: CaseFolder) -> tuple[date, ...] | None:
    """Return the days of toxin treatment; None when nobody recorded whether there were any."""
    if case.treatments is None:
        return None
    return tuple(sorted(cycle.day for cycle in case.treatments.toxin))
