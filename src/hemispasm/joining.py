"""The whole path of a pair: which video and EMG recording belong together, joined on one clock."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.formats.sidecar import read_sidecar
from hemispasm.model.finding import FindingsDocument, Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.formats.case import VisitFolder
    from hemispasm.formats.case_emg import EmgFiles
    from hemispasm.formats.case_findings import VisitDocuments
    from hemispasm.model.trace import Trace

#: Of the draws that tell an alignment from chance: a case joined twice gives the same numbers.
JOINT_SEED = 0
DEFAULT_SYNC_TEXT = "sync"


def pair_recordings(videos: Sequence[Path], emg: Sequence[EmgFiles]) -> tuple[tuple[int, int], ...]:
    """Return which video and which EMG recording of a visit were made together.

    Parameters
    ----------
    videos, emg : sequence
        The recordings of one visit, in order of name.

    Returns
    -------
    tuple of (int, int)
        Indices of pairs: those of equal name (``video/rest.mp4`` and ``emg/rest.edf``); without
        any such, the only video with the only EMG recording.

    Examples
    --------
    >>> from hemispasm.formats.case_emg import EmgFiles
    >>> made = [EmgFiles((Path("emg/rest.edf"),)), EmgFiles((Path("emg/lsr.edf"),))]
    >>> pair_recordings([Path("video/rest.mp4")], made)
    ((0, 0),)
    >>> pair_recordings([Path("video/a.mp4")], [EmgFiles((Path("emg/b.edf"),))])
    ((0, 0),)
    """
    names = {files.sidecar.stem.casefold(): number for number, files in enumerate(emg)}
    equal = tuple(
        (number, names[path.stem.casefold()])
        for number, path in enumerate(videos)
        if path.stem.casefold() in names
    )
    if equal:
        return equal
    return ((0, 0),) if len(videos) == len(emg) == 1 else ()


def join_visit(
    folder: VisitFolder,
    documents: VisitDocuments,
    traces: Mapping[str, tuple[Trace, ...]] | None = None,
) -> tuple[FindingsDocument, ...]:
    """Return the joint findings of every pair of recordings of a visit.

    Parameters
    ----------
    folder : VisitFolder
        Where the recordings and what stands beside them lie.
    documents : VisitDocuments
        What was measured, as the machine found it or as reviewed.
    traces : mapping of str to tuple of Trace, optional
        By SHA-256 of the recording.
    """
    pairs = pair_recordings(folder.videos, folder.emg)
    if not pairs:
        return ()
    from hemispasm.measure.joint.join import join_recordings
    from hemispasm.measure.joint.watched import Watched

    known = traces or {}
    by_number = _numbered(documents)
    found = []
    for video_number, emg_number in pairs:
        video = by_number.get(("video", video_number + 1))
        emg = by_number.get(("emg", emg_number + 1))
        # A recording that could not be decoded, or one of stimuli alone, has nothing to join.
        if video is None or emg is None or emg.find("emg.affected_side") is None:
            continue
        sidecar = read_sidecar(folder.videos[video_number])
        noted = emg_sync_marks(folder.emg[emg_number]) if sidecar.sync_marks_s else ()
        result = join_recordings(
            Watched(
                video,
                known.get(video.recording.sha256, ()),
                sidecar.sync_marks_s,
                sidecar.sync_precision_s,
            ),
            Watched(emg, known.get(emg.recording.sha256, ()), noted),
            provenance=Provenance(hemispasm=version("hemispasm")),
            seed=JOINT_SEED,
        )
        found.append(result.document)
    return tuple(found)


def emg_sync_marks(files: EmgFiles) -> tuple[float, ...]:
    """Return when the annotations of an EMG recording note a sync mark, from its first sample.

    Parameters
    ----------
    files : EmgFiles
        The recording; the text of such annotations stands in its sidecar.
    """
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.formats.emg_join import read_emg_files
    from hemispasm.formats.emg_sidecar import read_emg_sidecar

    sidecar = read_emg_sidecar(files.sidecar)
    text = DEFAULT_SYNC_TEXT if sidecar is None else sidecar.sync_annotation
    wanted = text.strip().casefold()
    if len(files.paths) == 1:
        stretches = read_emg_segments(files.paths[0])
    else:
        stretches = (read_emg_files(files.paths, montage=sidecar),)
    first = stretches[0].start_s
    return tuple(
        sorted(
            round(stretch.start_s - first + note.time_s, 6)
            for stretch in stretches
            for note in stretch.annotations
            if note.text.strip().casefold() == wanted
        )
    )


def _numbered(documents: VisitDocuments) -> dict[tuple[str, int], FindingsDocument]:
    """Return documents by kind and number of the recording in the visit, failures skipped."""
    failed = {(failure.kind, failure.number) for failure in documents.failures}
    found: dict[tuple[str, int], FindingsDocument] = {}
    for kind in ("video", "emg"):
        number = 0
        for document in documents.recordings:
            if document.recording.kind != kind:
                continue
            number += 1
            while (kind, number) in failed:
                number += 1
            found[(kind, number)] = document
    return found
