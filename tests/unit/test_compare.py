"""What may be said about change between two visits, and what is refused."""

from datetime import date

import numpy as np
import pytest
from face_signals import blink_train, make_signals, pulse

from hemispasm.measure.compare import Phase, VisitFindings, compare_visits, toxin_phase
from hemispasm.measure.video.measure import measure_video
from hemispasm.model import (
    Event,
    Finding,
    FindingsDocument,
    Grade,
    Mirrored,
    Provenance,
    Quality,
    RecordingRef,
    VideoInfo,
)
from hemispasm.stats import rate_interval

TIME = np.arange(0, 60, 1 / 30)
BLINKS = blink_train(TIME, np.arange(2, 60, 4.3))
TOXIN = date(2026, 3, 3)


def visit(day, spasms, toxin_days=(TOXIN,)):
    onsets = np.arange(0.8, 59, 60 / spasms) if spasms else ()
    twitches = sum((pulse(TIME, t, 0.06, 0.08, 0.12, 0.7) for t in onsets), np.zeros(TIME.size))
    info = VideoInfo(sha256="1" * 64, duration_s=60, width=640, height=480, frame_rate_hz=30)
    signals = make_signals(TIME, BLINKS, BLINKS + twitches)
    document = measure_video(signals, info, mirrored=Mirrored.NO).document
    return VisitFindings(day, document, toxin_days)


def change_of(earlier, later, code="video.spasm_rate", side="left"):
    changes = compare_visits(earlier, later)
    return next(c for c in changes if c.extra("of") == code and c.side == side)


def test_many_spasms_before_toxin_and_few_after_is_lower():
    change = change_of(visit(date(2026, 3, 2), 22), visit(date(2026, 4, 6), 2))
    assert change.extra("verdict") == "lower"
    assert change.interval[1] < 0
    assert change.extra("phase_earlier") == Phase.NEVER
    assert change.extra("days_since_toxin_later") == 34


def depth_visit(day, depths, *, calibrated=True):
    """Return a visit whose document holds one spasm of each depth."""
    ref = RecordingRef(kind="video", sha256="2" * 64, duration_s=60.0)
    given = {"side": "left", "quality": Grade.MEASURABLE, "method": "video/1", "level": 0.95}
    few = {"quality": Grade.LIMITED, "reason": "interval_needs_six_events"}
    median = {**given, **(few if len(depths) < 6 else {})}
    findings = (
        Finding(code="video.spasm_rate", value=float(len(depths)), unit="/min",
                interval=(0.0, 40.0), rest_spans=[[0.0, 50.0]], **given),
        Finding(code="video.spasm_closure", value=float(np.median(depths)), unit="1",
                calibrated=calibrated, **median),
    )  # fmt: skip
    events = [
        Event(id=f"spasm-{k}", kind="spasm", side="left", start_s=5.0 * k, end_s=5.0 * k + 0.5,
              confidence=0.9, measures={"peak_closure": depth})
        for k, depth in enumerate(depths)
    ]  # fmt: skip
    # During a task: no spasm at rest.
    events.append(events[0].model_copy(update={"id": "task", "start_s": 55.0, "end_s": 56.0}))
    document = FindingsDocument(
        recording=ref, quality=Quality(grade=Grade.MEASURABLE, analysed_s=60.0),
        findings=findings, events=tuple(events), provenance=Provenance(hemispasm="test"),
    )  # fmt: skip
    return VisitFindings(day, document, (TOXIN,))


DEEP, SHALLOW = [0.8, 0.9, 0.7, 0.85, 0.75, 0.95, 0.8], [0.3, 0.2, 0.35, 0.25]


def test_few_shallow_spasms_after_toxin_show_that_the_depth_fell():
    days = date(2026, 3, 2), date(2026, 4, 6)
    change = change_of(
        depth_visit(days[0], DEEP), depth_visit(days[1], SHALLOW), "video.spasm_closure"
    )
    assert change.extra("verdict") == "lower"
    assert change.interval[0] < change.value < change.interval[1] < -0.2
    assert change.quality is Grade.MEASURABLE


@pytest.mark.parametrize(
    ("later", "calibrated", "reason"),
    [(SHALLOW[:1], True, "too_few_spasms"), (SHALLOW, False, "unlike_calibration")],
)
def test_depth_is_not_compared_with_too_few_spasms_or_another_calibration(
    later, calibrated, reason
):
    days = date(2026, 3, 2), date(2026, 4, 6)
    after = depth_visit(days[1], later, calibrated=calibrated)
    change = change_of(depth_visit(days[0], DEEP), after, "video.spasm_closure")
    assert change.value == "refused"
    assert change.reason.startswith(reason)


def counted_visit(day, count, rest_s):
    """Return a visit at which so many spasms came in so many seconds of rest."""
    given = {"side": "left", "quality": Grade.MEASURABLE, "method": "test/1", "level": 0.95}
    rate = Finding(
        code="video.spasm_rate", value=60.0 * count / rest_s, unit="/min", exposure_s=rest_s,
        interval=rate_interval(count, rest_s).pair, **given,
    )  # fmt: skip
    document = FindingsDocument(
        recording=RecordingRef(kind="video", sha256="2" * 64, duration_s=rest_s),
        quality=Quality(grade=Grade.MEASURABLE, analysed_s=rest_s),
        findings=(rate,), provenance=Provenance(hemispasm="test"),
    )  # fmt: skip
    return VisitFindings(day, document, ())


def test_five_minutes_show_what_one_minute_cannot():
    days = date(2026, 3, 2), date(2026, 4, 6)
    short, long = (
        change_of(counted_visit(days[0], 2 * minutes, 60.0 * minutes),
                  counted_visit(days[1], 0, 60.0 * minutes))
        for minutes in (1, 5)
    )  # fmt: skip
    assert short.value == long.value == -2.0
    assert (short.extra("verdict"), long.extra("verdict")) == ("no_change_shown", "lower")


def test_an_unchanged_patient_shows_no_change():
    change = change_of(visit(date(2026, 3, 2), 12), visit(date(2026, 3, 3), 13, ()))
    assert change.extra("verdict") == "no_change_shown"
    assert change.interval[0] < 0 < change.interval[1]


def test_unlike_phases_of_a_cycle_are_refused_with_both_days():
    change = change_of(visit(date(2026, 4, 6), 4), visit(date(2026, 7, 6), 15))
    assert change.value == "refused"
    assert change.quality is Grade.NOT_ASSESSABLE
    assert "peak" in change.reason
    assert "worn_off" in change.reason
    assert change.extra("days_since_toxin_later") == 125


def test_an_unknown_history_limits_the_claim():
    change = change_of(visit(date(2026, 3, 2), 22, None), visit(date(2026, 4, 6), 2, None))
    assert change.quality is Grade.LIMITED
    assert change.reason == "toxin_history_unknown"


def test_visits_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="before"):
        compare_visits(visit(date(2026, 4, 6), 4), visit(date(2026, 3, 6), 4))


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2026, 3, 2), Phase.NEVER),
        (date(2026, 3, 10), Phase.ONSET),
        (date(2026, 4, 10), Phase.PEAK),
        (date(2026, 5, 20), Phase.WANING),
        (date(2026, 8, 1), Phase.WORN_OFF),
    ],
)
def test_the_phase_follows_from_the_days_since_toxin(day, phase):
    assert toxin_phase(day, (TOXIN,)) is phase
