"""One examination on the page: what it is told, what it may ask, what is kept."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from hemispasm.formats.nifti_memory import nifti_bytes
from hemispasm.formats.seeds import read_seeds
from hemispasm.imaging_page.examination import Examination
from hemispasm.imaging_page.keeping import SIDES, is_side_confirmed, keep_seeds, merge_marks
from hemispasm.imaging_page.messages import MarksOfSide, MarksToKeep, read_message
from hemispasm.imaging_page.shown import describe_series, order_series
from hemispasm.imaging_page.tracking import Tracker
from hemispasm.model.errors import IntegrityError, UsageError
from hemispasm.model.imaging import ImagingStudy
from hemispasm.model.seeds import Seeds

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_FILE = ""


def open_examination(examination: Examination) -> PageSession:
    """Read the series of an examination and make them ready for the page.

    Parameters
    ----------
    examination : Examination
        From `find_examination`.

    Returns
    -------
    PageSession
        Nothing is written until the page asks for it.

    Raises
    ------
    DecodeError, UsageError, RefusedError
        As for `read_imaging_study`.
    """
    from hemispasm.measuring_imaging import read_imaging_study

    return PageSession(read_imaging_study((examination.source,), seeds=Seeds()), examination)


class PageSession:
    """What one page works on.

    Parameters
    ----------
    study : ImagingStudy
        The series.
    examination : Examination
        Where marks are kept.
    """

    def __init__(self, study: ImagingStudy, examination: Examination) -> None:
        self.study = study
        self.volumes = order_series(study)
        self.examination = examination
        self._tracker = Tracker(study)
        self._busy = Lock()
        self._before = Seeds()
        self._digest = _NO_FILE
        self._proposal: tuple[Seeds, list[str]] | None = None

    def describe(self) -> dict[str, Any]:
        """Return series and marks; the marks are read from disk anew."""
        with self._busy:
            proposed = self._read_marks()
            not_found = [] if self._proposal is None else self._proposal[1]
            return {
                "series": describe_series(self.volumes),
                "proposed": proposed,
                "not_found": not_found,
                "file": self.examination.seeds.name,
                "can_read": self.examination.case is not None,
                **self._marks(),
                "notes": [note.split(": ", 1)[-1] for note in self.study.notes],
            }

    def volume(self, number: int) -> bytes:
        """Return one series as NIfTI.

        Raises
        ------
        UsageError
            There is no such series (``no_such_series``).
        """
        if not 0 <= number < len(self.volumes):
            raise UsageError("no_such_series", "There is no such series.", "Reload the page.")
        return nifti_bytes(self.volumes[number])

    def track(self, body: bytes) -> dict[str, Any]:
        """Return courses and vessels for the marks as they lie on the page."""
        asked = read_message(MarksOfSide, body)
        with self._busy:
            return self._tracker.track(_valid(asked.clicks), asked.side)

    def draft(self, body: bytes) -> dict[str, Any]:
        """Return a draft of what would be measured with these marks."""
        asked = read_message(MarksOfSide, body)
        with self._busy:
            return self._tracker.draft(_valid(asked.clicks), asked.side)

    def keep(self, body: bytes) -> dict[str, Any]:
        """Keep the marks and return them with what became of the earlier file.

        Raises
        ------
        IntegrityError
            The file was changed by somebody else since the page read it (``seeds_changed``).
        UsageError
            Marks that cannot be (``bad_message``) or a side that cannot be confirmed yet.
        """
        asked = read_message(MarksToKeep, body)
        with self._busy:
            if _digest_of(self.examination) != self._digest:
                raise IntegrityError(
                    "seeds_changed",
                    f"{self.examination.seeds.name} was changed by somebody else meanwhile.",
                    "Reload the page and look at those marks first.",
                )
            now = datetime.now(UTC).isoformat(timespec="seconds")
            made = _valid(
                lambda: merge_marks(
                    asked.seeds,
                    self._before,
                    confirm=asked.confirm,
                    time=now,
                    series_sha256=self.volumes[0].sha256 or None,
                )
            )
            aside = keep_seeds(self.examination.seeds, made)
            self._before, self._digest = made, _digest_of(self.examination)
            return {**self._marks(), "aside": aside, "time": now}

    def read(self, body: bytes) -> dict[str, Any]:
        """Keep a blinded reading of one side."""
        from hemispasm.imaging_page.blind import keep_reading

        with self._busy:
            return keep_reading(self.examination, body)

    def _read_marks(self) -> bool:
        """Take the marks from disk, or proposed ones where there are none."""
        path = self.examination.seeds
        self._digest = _digest_of(self.examination)
        if path.is_file():
            self._before = read_seeds(path)
            self._check_series(self._before)
            return False
        if self._proposal is None:
            self._proposal = _propose(self.study)
        self._before = self._proposal[0]
        return bool(self._before.seeds)

    def _check_series(self, marks: Seeds) -> None:
        known = {volume.sha256 for volume in self.volumes}
        if marks.series_sha256 is not None and marks.series_sha256 not in known:
            raise IntegrityError(
                "seeds_of_another_series",
                "The clicks were made on a series that is not among these.",
                "Give the seeds.json of this examination, or put it aside.",
            )

    def _marks(self) -> dict[str, Any]:
        marks = [m.model_dump(mode="json", exclude_none=True) for m in self._before.seeds]
        confirmed = [s.value for s in SIDES if is_side_confirmed(self._before, s)]
        return {"seeds": marks, "confirmed": confirmed, "counts": self._before.confirmed}


def _propose(study: ImagingStudy) -> tuple[Seeds, list[str]]:
    """Return proposed marks, and in words what was not found."""
    from hemispasm.measure.imaging.propose import search_seeds

    found = search_seeds(study)
    return found.seeds, [reason.split(": ", 1)[-1] for reason in found.reasons]


def _valid(make: Callable[[], Seeds]) -> Seeds:
    try:
        return make()
    except ValidationError as error:
        why = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise UsageError(
            "bad_message",
            f"These marks cannot be: {why.removeprefix('Value error, ')}.",
            "Move the mark that is wrong.",
        ) from None


def _digest_of(examination: Examination) -> str:
    path = examination.seeds
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else _NO_FILE
