"""A realistic findings document for tests of the report: 45 s, left hemifacial spasm."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
from PIL import Image, ImageDraw

from hemispasm.model import (
    Clip,
    Event,
    Exclusion,
    Finding,
    FindingsDocument,
    ImageSide,
    Provenance,
    Quality,
    RecordingRef,
    Side,
    TimeSpan,
    Trace,
)
from hemispasm.report.document import Picture
from hemispasm.report.pictures import PictureStrip

SHA = "3fa94c0de1b27c55aa09e1d2c3b4a5968778695a4b3c2d1e0f00112233445566"
METHOD = "video/1"
DURATION_S = 45.2
EXCLUDED = (31.0, 33.4)
DAY = date(2026, 3, 2)
EARLIER_DAY = date(2025, 12, 1)


PROVENANCE = Provenance(
    hemispasm="0.1.0",
    assets={"face_landmarker.task": "64184e229b26"},
    seconds=41.7,
    settings={"mirrored": "no"},
    created="2026-03-02T10:15:00+00:00",
)


def sided(side: Side | None, image_sides: bool) -> dict[str, object]:
    """Keyword for a side, or for the picture's side when mirroring is unknown."""
    if side is None or side is Side.BOTH or not image_sides:
        return {"side": side}
    other = {Side.LEFT: ImageSide.IMAGE_LEFT, Side.RIGHT: ImageSide.IMAGE_RIGHT}
    return {"image_side": other[side]}


def make_spasms(
    side: Side = Side.LEFT, n: int = 12, *, image_sides: bool = False, seed: int = 3
) -> list[Event]:
    rng = np.random.default_rng(seed)
    starts = np.sort(
        np.concatenate([rng.uniform(1, 30, n * 2 // 3), rng.uniform(34, 43, n - n * 2 // 3)])
    )
    events = []
    for start in starts.tolist():
        pattern = ("twitch", "clonic", "tonic")[int(rng.choice(3, p=[0.55, 0.25, 0.2]))]
        length = {"twitch": 0.22, "clonic": 0.7, "tonic": 1.6}[pattern] * rng.uniform(0.8, 1.3)
        if events and start < events[-1].end_s + 0.3:
            start = events[-1].end_s + 0.3
        flags = ("other_babinski",) if rng.uniform() < 0.4 else ()
        if rng.uniform() < 0.1:
            flags = (*flags, "mouth_down")
        events.append(
            Event(
                id=f"spasm-{round(start * 1000)}",
                kind="spasm",
                start_s=round(start, 3),
                end_s=round(start + length, 3),
                pattern=pattern,
                region=("eye", "mouth") if length > 0.4 else ("eye",),
                confidence=round(float(rng.uniform(0.7, 0.99)), 2),
                measures={"peak_closure": round(float(rng.uniform(0.25, 0.95)), 3)},
                flags=flags,
                **sided(side, image_sides),
            )
        )
    return events


def make_blinks(n: int = 11, seed: int = 5) -> list[Event]:
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.uniform(0.3, 44, n)).tolist()
    return [
        Event(
            id=f"blink-{round(start * 1000)}",
            kind="blink",
            side=Side.BOTH,
            start_s=round(start, 3),
            end_s=round(start + 0.24, 3),
            confidence=0.97,
            measures={"left_right_ratio": 0.96},
        )
        for start in starts
        if not EXCLUDED[0] - 0.3 <= start <= EXCLUDED[1]
    ]


def make_traces(
    events: list[Event], *, image_sides: bool = False, duration_s: float = DURATION_S
) -> tuple[Trace, ...]:
    rng = np.random.default_rng(11)
    time_s = np.arange(0, duration_s, 1 / 30)
    traces = []
    for name, scale in (("eye_closure", 1.0), ("mouth_excursion", 0.12), ("brow_lift", 0.05)):
        for side in (Side.LEFT, Side.RIGHT):
            values = rng.normal(0.03 * scale, 0.015 * scale, len(time_s))
            for event in events:
                mine = (
                    event.side
                    or {"image_left": Side.LEFT, "image_right": Side.RIGHT}[str(event.image_side)]
                )
                if mine not in (side, Side.BOTH) or (mine is Side.BOTH and name != "eye_closure"):
                    continue
                middle, half = (event.start_s + event.end_s) / 2, event.duration_s / 2
                bump = np.exp(-(((time_s - middle) / max(half, 0.08)) ** 4))
                peak = event.measures.get("peak_closure", 0.95)
                values += bump * peak * scale
            values[(time_s > EXCLUDED[0]) & (time_s < EXCLUDED[1])] = np.nan
            traces.append(Trace(name, "1", time_s, values, **sided(side, image_sides)))
    return tuple(traces)


def finding(code: str, value: object, **extra: object) -> Finding:
    units = {"rate": "/min", "duration": "s", "lag": "ms", "frequency": "Hz", "count": "{count}"}
    unit = extra.pop("unit", next((u for k, u in units.items() if code.endswith(k)), "1"))
    if isinstance(value, str):
        unit = None
    settings = {"quality": "measurable", "method": METHOD, "level": 0.95, **extra}
    if "interval" not in settings:
        settings.pop("level")
    return Finding(code=code, value=value, unit=unit, **settings)


def left_findings(image_sides: bool = False, events: list[Event] | None = None) -> list[Finding]:
    """Findings of both sides, the left one affected; medians are those of the events."""
    spasms = [e for e in events or make_spasms() if e.kind == "spasm"]
    lengths = np.quantile([e.duration_s for e in spasms], (0.25, 0.5, 0.75)).round(3).tolist()
    peaks = np.quantile([e.measures["peak_closure"] for e in spasms], (0.25, 0.5, 0.75)).tolist()
    left = sided(Side.LEFT, image_sides)
    seconds = {"exposure_s": 42.8}
    return [
        finding(
            "video.spasm_rate",
            16.8,
            interval=(8.4, 28.9),
            count=12,
            count_interval=(15.4, 18.2),
            **seconds,
            **left,
        ),
        finding("video.spasm_time_fraction", 0.157, interval=(0.091, 0.236), **left),
        finding("video.eye_closed_fraction", 0.182, interval=(0.12, 0.25), **left),
        finding(
            "video.spasm_duration",
            lengths[1],
            interval=(0.8 * lengths[0], lengths[2]),
            count=12,
            quartiles=[lengths[0], lengths[2]],
            **left,
        ),
        finding(
            "video.spasm_closure",
            peaks[1],
            interval=(peaks[1] - 0.12, peaks[1] + 0.13),
            count=12,
            calibrated=False,
            quartiles=[peaks[0], peaks[2]],
            **left,
        ),
        finding("video.mouth_excursion", 0.083, interval=(0.06, 0.11), count=7, **left),
        finding("video.mouth_corner_direction", "up", count=7, down_fraction=0.14, **left),
        finding("video.upper_lower_lag", 22.0, interval=(-4.0, 48.0), count=7, **left),
        finding("video.tonic_fraction", 0.25, interval=(0.05, 0.57), count=12, **left),
        finding("video.lower_face_fraction", 0.583, interval=(0.28, 0.85), count=12, **left),
        finding("video.twitch_frequency", 6.1, interval=(5.2, 7.3), count=3, **left),
        finding(
            "video.other_babinski_fraction",
            0.42,
            interval=(0.15, 0.72),
            count=5,
            assessable_count=12,
            **left,
        ),
        finding("video.resting_aperture_asymmetry", -0.06, interval=(-0.11, 0.0), **left),
        *right_findings(image_sides),
    ]


def right_findings(image_sides: bool = False) -> list[Finding]:
    """Findings of the side without a spasm, and of blinks."""
    right = sided(Side.RIGHT, image_sides)
    seconds = {"exposure_s": 42.8}
    return [
        finding(
            "video.spasm_rate",
            0.0,
            interval=(0.0, 5.2),
            count=0,
            count_interval=(0.0, 1.4),
            **seconds,
            **right,
        ),
        finding("video.spasm_time_fraction", 0.0, interval=(0.0, 0.034), **right),
        finding(
            "video.spasm_duration",
            None,
            quality="not_assessable",
            reason="no_event: no spasm seen",
            **right,
        ),
        finding(
            "video.blink_rate",
            14.0,
            interval=(8.1, 22.4),
            count=10,
            count_interval=(13.1, 14.9),
            side=Side.BOTH,
            **seconds,
        ),
    ]


def suggestion_findings() -> list[Finding]:
    return [
        finding("video.smc_grade_suggestion", "2", side="left", why="eye and mouth move together"),
        finding("video.jrs_frequency_suggestion", "2", side="left", why="most spasms under 1 s"),
    ]


def change_findings() -> list[Finding]:
    common = {
        "earlier_day": "2025-12-01",
        "later_day": "2026-03-02",
        "days_since_toxin_earlier": 31,
        "days_since_toxin_later": 28,
        "side": "left",
    }
    return [
        Finding(
            code="video.change",
            of="video.spasm_rate",
            value=-11.3,
            unit=None,
            earlier=28.1,
            later=16.8,
            change_unit="/min",
            interval=(-19.7, -2.4),
            level=0.95,
            verdict="lower",
            quality="measurable",
            method=METHOD,
            **common,
        ),
        Finding(
            code="video.change",
            of="video.spasm_time_fraction",
            value="refused",
            unit=None,
            quality="not_assessable",
            method=METHOD,
            reason="unlike_phase: the visits lie in unlike phases of the toxin cycle",
            **common,
        ),
    ]


def make_document(
    *,
    affected: str | None = "left",
    affected_reason: str | None = None,
    events: list[Event] | None = None,
    findings: list[Finding] | None = None,
    grade: str = "measurable",
    reasons: tuple[str, ...] = (),
    image_sides: bool = False,
    simulated: bool = False,
    changes: bool = False,
    suggestions: bool = True,
    analysed_s: float = 42.8,
) -> FindingsDocument:
    if events is None:
        events = make_spasms(image_sides=image_sides) + make_blinks()
    spasms_only = [e for e in events if e.kind == "spasm" and "peak_closure" in e.measures]
    body = left_findings(image_sides, spasms_only) if findings is None else findings
    head = [finding("video.affected_side", affected, confidence=0.98, reason=affected_reason)]
    tail = (suggestion_findings() if suggestions else []) + (change_findings() if changes else [])
    spasms = sorted((e for e in events if e.kind == "spasm"), key=lambda e: -e.duration_s)
    return FindingsDocument(
        recording=RecordingRef(
            kind="video",
            sha256=SHA,
            duration_s=DURATION_S,
            simulated=simulated,
            span=TimeSpan(start_s=0.0, end_s=DURATION_S),
        ),
        quality=Quality(
            grade=grade,
            analysed_s=analysed_s,
            reasons=reasons,
            next_steps=("Keep the phone fixed at eye level.", "Record 60 s of quiet rest."),
            excluded=(
                Exclusion(
                    start_s=EXCLUDED[0],
                    end_s=EXCLUDED[1],
                    reason="head_turned: yaw 24 degrees; the limit is 15 degrees",
                ),
            ),
        ),
        findings=tuple(head + body + tail) if affected is not None else tuple(body),
        events=tuple(sorted(events, key=lambda e: e.start_s)),
        clips=tuple(
            Clip(
                start_s=max(0, e.start_s - 1), end_s=e.end_s + 1, why="strong spasm", event_id=e.id
            )
            for e in spasms[:3]
        )
        if suggestions
        else (),
        provenance=PROVENANCE,
    )


def make_face(side: float, height: int = 150) -> bytes:
    """A drawn face (nobody's), one eye closing by ``side``."""
    image = Image.new("RGB", (120, height), (214, 196, 180))
    draw = ImageDraw.Draw(image)
    draw.ellipse((12, 8, 108, 142), fill=(232, 190, 160))
    for x, gap in ((42, 9.0), (80, 9.0 * (1 - side))):
        draw.ellipse(
            (x - 11, 60 - gap, x + 11, 60 + gap), fill=(255, 255, 255), outline=(60, 40, 30)
        )
        draw.ellipse((x - 4, 60 - min(gap, 4), x + 4, 60 + min(gap, 4)), fill=(40, 30, 20))
    draw.line((42, 112, 62, 114, 82, 112 - 12 * side), fill=(150, 60, 60), width=4)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def make_strips(document: FindingsDocument, n: int = 3) -> tuple[PictureStrip, ...]:
    spasms = [e for e in document.events if e.kind == "spasm"]
    spasms.sort(key=lambda e: -e.measures.get("peak_closure", 0))
    strips = []
    for event in spasms[:n]:
        peak = event.measures["peak_closure"]
        times = (event.start_s - 0.3, event.start_s, (event.start_s + event.end_s) / 2, event.end_s)
        closures = (0.0, 0.2 * peak, peak, 0.1 * peak)
        moments = ("before", "onset", "peak", "offset")
        pictures = tuple(
            Picture(moment, max(time, 0.0), make_face(closure))
            for moment, time, closure in zip(moments, times, closures, strict=True)
        )
        strips.append(PictureStrip(event.id, pictures))
    return tuple(strips)
