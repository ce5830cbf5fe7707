"""Real recordings of faces without spasm: what goes in must come out sane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.measuring import measure_video_file
from hemispasm.model import EventKind, FindingsDocument, Grade, Mirrored
from hemispasm.model.base import Noun
from hemispasm.model.errors import UsageError
from hemispasm.validate.running import shared_landmarker
from hemispasm.validate.scoring import Score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KNOWN_BLINKS = {"frontal_woman_1.mp4": 0, "frontal_woman_2.mp4": 2}
"""Counted by eye, frame by frame, in the project's shared clips; other clips have no count."""

SHORT_REASONS = ("short_recording", "too_short")


class RealOutcome(Noun):
    """What one real clip gave. ``clip`` is its place in the folder, never its name."""

    clip: str
    duration_s: float
    grade: Grade
    reasons: tuple[str, ...]
    side: str | None
    spasms: int
    blinks: int
    true_blinks: int | None = None


def find_real_clips(folder: Path) -> list[Path]:
    """Return the MP4 and MOV files of a folder.

    Raises
    ------
    UsageError
        There is none (``no_real_clips``).
    """
    clips = sorted(p for p in folder.glob("*") if p.suffix.lower() in (".mp4", ".mov"))
    if not clips:
        raise UsageError(
            "no_real_clips",
            "The folder given with --real holds no MP4 or MOV file.",
            "Give a folder with recordings of faces without spasm.",
        )
    return clips


def run_real(path: Path, number: int) -> RealOutcome:
    """Measure one real clip, stated as not mirrored."""
    document = measure_video_file(
        path, mirrored=Mirrored.NO, landmarker=shared_landmarker()
    ).document
    return real_outcome(document, f"real-{number}", KNOWN_BLINKS.get(path.name))


def real_outcome(document: FindingsDocument, clip: str, true_blinks: int | None) -> RealOutcome:
    """Read from a document what is judged of a real clip."""
    side = document.find("video.affected_side")
    return RealOutcome(
        clip=clip,
        duration_s=document.recording.duration_s or 0.0,
        grade=document.quality.grade,
        reasons=document.quality.reasons,
        side=None if side is None or side.value is None else str(side.value),
        spasms=sum(e.kind is EventKind.SPASM for e in document.events),
        blinks=sum(e.kind is EventKind.BLINK for e in document.events),
        true_blinks=true_blinks,
    )


def real_scores(outcomes: Sequence[RealOutcome]) -> list[Score]:
    """Return spasms seen, blinks miscounted, and the share of short clips graded as short."""
    counted = [o for o in outcomes if o.true_blinks is not None]
    short = [o for o in outcomes if o.duration_s < 30]
    said = sum(
        o.grade is not Grade.MEASURABLE and any(r.startswith(SHORT_REASONS) for r in o.reasons)
        for o in short
    )
    return [
        Score(
            key="real_spasms", value=float(sum(o.spasms for o in outcomes)), unit="{count}",
            n=len(outcomes), of="real clips without spasm",
        ),
        Score(
            key="real_blinks_wrong", unit="{count}", n=len(counted), of="real clips counted by eye",
            value=float(sum(abs(o.blinks - (o.true_blinks or 0)) for o in counted)),
        ),
        Score(
            key="real_short_reason", n=len(short), of="real clips under 30 s",
            value=said / len(short) if short else None,
        ),
    ]  # fmt: skip
