"""The steps of `assess`: measure or reuse each recording, apply reviews, compare visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from hemispasm.assets import asset_digest
from hemispasm.formats.case import CaseFolder, VisitFolder
from hemispasm.formats.case_emg import EmgFiles
from hemispasm.formats.case_findings import CaseFindings, Failure, VisitDocuments
from hemispasm.formats.case_imaging import ImagingFiles
from hemispasm.formats.sidecar import read_sidecar
from hemispasm.formats.video import hash_file
from hemispasm.imaging_of_case import fingerprint_imaging, measure_case_imaging
from hemispasm.joining import join_visit
from hemispasm.measure.compare import VisitFindings, compare_visits
from hemispasm.measure.known_side import named_side
from hemispasm.measuring import FACE_ASSET, MAX_SIDE_PX, measure_video_file
from hemispasm.measuring_emg import emg_digest, follow_operation, measure_emg_recording
from hemispasm.model.case import Context
from hemispasm.model.errors import DecodeError, HemispasmError, UsageError
from hemispasm.model.finding import FindingsDocument
from hemispasm.model.side import Side
from hemispasm.model.trace import Trace
from hemispasm.records import has_records, read_records
from hemispasm.reporting import main_recording, toxin_days
from hemispasm.results import Run, RunRecording, fingerprint_of
from hemispasm.review import apply_review

#: Of the draws behind the intervals of EMG findings: a case measured twice gives the same numbers.
EMG_SEED = 0

CaseProgress = Callable[[str, float, float | None], None]


@dataclass(frozen=True)
class Measured:
    """Every recording of a case, measured now or taken from the latest run.

    ``errors`` holds what could not be read, while at least one recording could; ``ignored``
    names the files beside recordings that are neither read nor known, with the day of their visit.
    ``views`` are the pictures of an MRI examination as plain data, by its SHA-256.
    """

    findings: CaseFindings
    traces: dict[str, tuple[Trace, ...]]
    recordings: tuple[RunRecording, ...]
    reused: int
    errors: tuple[HemispasmError, ...] = ()
    ignored: tuple[str, ...] = ()
    views: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class _Collected:
    traces: dict[str, tuple[Trace, ...]] = field(default_factory=dict)
    recordings: list[RunRecording] = field(default_factory=list)
    errors: list[HemispasmError] = field(default_factory=list)
    reused: int = 0
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: bool = True
    known_side: Side | None = None


def measure_case(
    case: CaseFolder,
    earlier: Run | None = None,
    progress: CaseProgress | None = None,
    *,
    pictures: bool = True,
) -> Measured:
    """Measure every recording of every visit and read its records; reuse what was measured before.

    ``pictures=False`` draws none of the MRI: for those who want findings and write no report.

    Raises
    ------
    UsageError
        No visit holds a recording or a record (``no_recordings``), one sits in two places
        (``recording_twice``), or a hand-written record is wrong.
    DecodeError
        No recording can be decoded; the first error. Where nothing but images failed and there is
        an examination by hand, the case goes on without them.
    """
    if not any(visit.has_recordings or has_records(visit) for visit in case.visits):
        raise UsageError(
            "no_recordings",
            "The case holds no video, no EMG recording, no MRI and no examination.",
            "Put recordings into visits/2026-03-02/video/ or visits/2026-03-02/emg/, series into"
            " visits/2026-03-02/imaging/, or an exam.toml into visits/2026-03-02.",
        )
    # A wrong record is found before minutes are spent on measuring.
    records = [read_records(visit, case.case) for visit in case.visits]
    state = _Collected(pictures=pictures)
    measured: list[VisitDocuments] = []
    before: list[FindingsDocument] = []
    for visit in case.visits:
        measured.append(_measure_visit(visit, before, earlier, state, progress))
        before += [apply_review(d, visit.review) for d in measured[-1].recordings]
    visits = [
        visit.model_copy(
            update={"others": others, "joint": join_visit(folder, visit, state.traces)}
        )
        for folder, visit, others in zip(case.visits, measured, records, strict=True)
    ]
    if state.errors and not state.recordings and not _has_more(case, visits):
        raise state.errors[0]
    return Measured(
        findings=CaseFindings(case=case.case.id, visits=tuple(visits)),
        traces=state.traces,
        recordings=tuple(state.recordings),
        reused=state.reused,
        errors=tuple(state.errors),
        ignored=tuple(f"{v.day}: {name}" for v in case.visits for name in v.ignored),
        views=state.views,
    )


def _has_more(case: CaseFolder, visits: list[VisitDocuments]) -> bool:
    """Whether nothing but MRI could not be read, and there is a record to go on with."""
    kinds = {failure.kind for visit in visits for failure in visit.failures}
    return kinds == {"imaging"} and any(has_records(visit) for visit in case.visits)


def review_case(case: CaseFolder, findings: CaseFindings) -> CaseFindings | None:
    """Return the findings as reviewed, compared anew; None when nobody has decided anything."""
    reviews = {visit.day: visit.review for visit in case.visits}
    if not any(review.items for review in reviews.values()):
        return None
    reviewed = [
        visit.model_copy(
            update={
                "recordings": tuple(apply_review(d, reviews[visit.day]) for d in visit.recordings)
            }
        )
        for visit in findings.visits
    ]
    folders = {folder.day: folder for folder in case.visits}
    visits = tuple(
        visit.model_copy(update={"joint": join_visit(folders[visit.day], visit)})
        for visit in reviewed
    )
    return compare_case(case, findings.model_copy(update={"visits": visits}))


def compare_case(case: CaseFolder, findings: CaseFindings) -> CaseFindings:
    """Return the findings with what changed between the last two visits that have recordings."""
    visits = [
        VisitFindings(visit.day, document, toxin_days(case))
        for visit in findings.visits
        if (document := main_recording(visit.recordings)) is not None
    ]
    changes = compare_visits(visits[-2], visits[-1]) if len(visits) > 1 else ()
    return findings.model_copy(update={"changes": changes})


def fingerprint_recording(path: Path, sha256: str) -> str:
    """Return a hash of all that decides how a recording is measured."""
    # Marks that join it to an EMG recording change nothing of what is measured in it.
    joined_by = {"sync_marks_s", "sync_precision_s"}
    return fingerprint_of(
        sha256=sha256,
        sidecar=read_sidecar(path).model_dump(mode="json", exclude=joined_by),
        hemispasm=version("hemispasm"),
        asset=asset_digest(FACE_ASSET),
        max_side_px=MAX_SIDE_PX,
    )


def fingerprint_emg(files: EmgFiles, sha256: str, *, in_theatre: bool = False) -> str:
    """Return a hash of all that decides how an EMG recording is measured."""
    return fingerprint_of(
        sha256=sha256,
        beside={path.name: hash_file(path) for path in files.beside},
        hemispasm=version("hemispasm"),
        seed=EMG_SEED,
        in_theatre=in_theatre,
    )


def recordings_of(visit: VisitFolder) -> Iterator[RecordingFile]:
    """Yield every recording of a visit: videos and EMG, each by name, then the MRI examination."""
    for number, path in enumerate(visit.videos, start=1):
        yield RecordingFile("video", number, path)
    for number, files in enumerate(visit.emg, start=1):
        in_theatre = visit.visit.context is Context.THEATRE
        yield RecordingFile("emg", number, files, in_theatre)
    if visit.imaging is not None:
        yield RecordingFile("imaging", 1, visit.imaging)


@dataclass(frozen=True)
class RecordingFile:
    """One recording of a visit: its kind, which of its kind it is (from 1), and where it lies.

    ``in_theatre`` : recorded in an operation, whose course is followed sweep by sweep as well.
    """

    kind: Literal["video", "emg", "imaging"]
    number: int
    source: Path | EmgFiles | ImagingFiles
    in_theatre: bool = False

    @property
    def name(self) -> str:
        """How messages and progress name it; never by its file's name."""
        if self.kind == "imaging":
            return "MRI"
        return f"recording {self.number}" if self.kind == "video" else f"EMG {self.number}"

    def digest(self) -> str:
        """Return the SHA-256 of its content."""
        if isinstance(self.source, EmgFiles):
            return emg_digest(*self.source.paths)
        if isinstance(self.source, ImagingFiles):
            return self.source.digest()
        return hash_file(self.source)

    def fingerprint(self, sha256: str) -> str:
        """Return a hash of all that decides how it is measured."""
        if isinstance(self.source, EmgFiles):
            return fingerprint_emg(self.source, sha256, in_theatre=self.in_theatre)
        if isinstance(self.source, ImagingFiles):
            return fingerprint_imaging(self.source, sha256)
        return fingerprint_recording(self.source, sha256)


def _measure_visit(
    visit: VisitFolder,
    before: Sequence[FindingsDocument],
    earlier: Run | None,
    state: _Collected,
    progress: CaseProgress | None,
) -> VisitDocuments:
    """Measure a visit's recordings: EMG first, since a video is counted with the side it names.

    ``before`` holds earlier visits as reviewed: a side that a person has corrected is what counts.
    """
    documents: dict[int, FindingsDocument] = {}
    failures: dict[int, Failure] = {}
    recordings = list(recordings_of(visit))
    for place in sorted(range(len(recordings)), key=lambda k: recordings[k].kind != "emg"):
        recording = recordings[place]
        emg = [d for d in documents.values() if d.recording.kind == "emg"]
        reviewed = [apply_review(document, visit.review) for document in emg]
        state.known_side = named_side([*before, *reviewed])
        try:
            sha256 = recording.digest()
            if any(r.sha256 == sha256 for r in state.recordings):
                raise UsageError(
                    "recording_twice",
                    f"{_capital(recording.name)} of {visit.day} is the same file as another one.",
                    "Remove the copy.",
                )
            documents[place] = _measure_one(visit, recording, sha256, earlier, state, progress)
        except HemispasmError as error:
            # What is wrong with series is known only once they are read, after minutes of other
            # measuring; whatever it is, it must not cost the rest.
            if recording.kind != "imaging" and not isinstance(error, DecodeError):
                raise
            state.errors.append(error)
            failures[place] = _failure(recording, error)
    return VisitDocuments(
        day=visit.day,
        recordings=tuple(documents[k] for k in sorted(documents)),
        failures=tuple(failures[k] for k in sorted(failures)),
    )


def _failure(recording: RecordingFile, error: HemispasmError) -> Failure:
    cause = error.cause if recording.kind == "imaging" else None
    return Failure(number=recording.number, code=error.code, kind=recording.kind, cause=cause)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _measure_one(
    visit: VisitFolder,
    recording: RecordingFile,
    sha256: str,
    earlier: Run | None,
    state: _Collected,
    progress: CaseProgress | None,
) -> FindingsDocument:
    fingerprint = recording.fingerprint(sha256)
    document = earlier.measured(sha256, fingerprint) if earlier else None
    if document is not None and recording.kind == "video":
        # Measured with what earlier visits said then; what they say now may be something else.
        told = None if state.known_side is None else str(state.known_side)
        document = document if document.provenance.settings.get("known_side") == told else None
    if earlier is not None and document is not None:
        traces = earlier.traces(sha256)
        views = earlier.views(sha256)
        state.reused += 1
    elif isinstance(recording.source, ImagingFiles):
        if progress is not None:
            progress(f"{visit.day}, {recording.name}", 0.0, None)
        document, views = measure_case_imaging(recording.source, sha256, pictures=state.pictures)
        traces = ()
    else:
        label = f"{visit.day}, {recording.name}"
        document, traces = _measure_file(recording, label, progress, state.known_side)
        views = None
    if views is not None:
        state.views[sha256] = views
    if recording.kind != "imaging":
        state.traces[sha256] = traces
    state.recordings.append(RunRecording(visit=visit.day, sha256=sha256, fingerprint=fingerprint))
    return document


def _measure_file(
    recording: RecordingFile, label: str, progress: CaseProgress | None, known_side: Side | None
) -> tuple[FindingsDocument, tuple[Trace, ...]]:
    if isinstance(recording.source, EmgFiles):
        if progress is not None:
            progress(label, 0.0, None)
        emg = measure_emg_recording(recording.source.paths, seed=EMG_SEED)
        paths = recording.source.paths
        if (
            recording.in_theatre
            and len(paths) == 1
            and "stimuli" in emg.document.provenance.settings
        ):
            return emg.document, (*emg.traces, *follow_operation(paths[0], seed=EMG_SEED))
        return emg.document, emg.traces
    watch = None if progress is None else lambda at, of: progress(label, at, of)
    if not isinstance(recording.source, Path):
        raise TypeError("series have no traces")
    video = measure_video_file(recording.source, known_side=known_side, progress=watch)
    return video.document, video.traces
