"""Whatever fits the model survives the file."""

from __future__ import annotations

from datetime import UTC, datetime

import jsonschema
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hemispasm.formats import atomic
from hemispasm.formats.case import read_review, write_review
from hemispasm.formats.findings import findings_text, read_findings
from hemispasm.formats.schemas import read_schema
from hemispasm.formats.sidecar import read_sidecar, write_sidecar
from hemispasm.formats.traces import read_traces, write_traces
from hemispasm.model import (
    Event,
    EventKind,
    Finding,
    FindingsDocument,
    Grade,
    ImageSide,
    Mirrored,
    Pattern,
    Provenance,
    Quality,
    RecordingRef,
    Region,
    Review,
    ReviewItem,
    Side,
    Trace,
    VideoSidecar,
)

number = st.floats(0, 1e6, allow_nan=False, width=32)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30)
sides = st.one_of(
    st.fixed_dictionaries({"side": st.sampled_from(Side)}),
    st.fixed_dictionaries({"image_side": st.sampled_from(ImageSide)}),
    st.just({}),
)
quiet = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def events(draw):
    start, length = draw(number), draw(number)
    return Event(
        id=draw(words),
        kind=draw(st.sampled_from(EventKind)),
        start_s=start,
        end_s=start + length,
        pattern=draw(st.none() | st.sampled_from(Pattern)),
        region=tuple(draw(st.lists(st.sampled_from(Region), max_size=3))),
        confidence=draw(st.floats(0, 1)),
        measures=draw(st.dictionaries(words, number, max_size=3)),
        flags=tuple(draw(st.lists(words, max_size=2))),
        **draw(sides),
    )


@st.composite
def rates(draw):
    low, high = sorted((draw(number), draw(number)))
    return Finding(
        code="video.spasm_rate",
        value=draw(st.none() | number),
        unit="/min",
        interval=draw(st.none() | st.just((low, high))),
        level=0.95,
        quality=draw(st.sampled_from(Grade)),
        method="video/1",
        reason=draw(st.none() | words),
        count=draw(st.integers(0, 1000)),
        **draw(sides),
    )


documents = st.builds(
    FindingsDocument,
    recording=st.builds(RecordingRef, kind=st.just("video"), sha256=words, duration_s=number),
    quality=st.builds(
        Quality, grade=st.sampled_from(Grade), analysed_s=number, reasons=st.tuples(words)
    ),
    findings=st.lists(rates(), max_size=3).map(tuple),
    events=st.lists(events(), max_size=3).map(tuple),
    provenance=st.builds(Provenance, hemispasm=words),
)

SCHEMA = jsonschema.Draft202012Validator(read_schema("findings-1"))


@quiet
@given(documents)
def test_any_findings_document_survives_its_file_and_fits_the_schema(tmp_path, document):
    path = tmp_path / "findings.json"
    atomic.write_text(path, findings_text(document))
    again = read_findings(path)
    assert again.to_json() == document.to_json()
    assert findings_text(again) == findings_text(document)
    SCHEMA.validate(document.to_json())


@quiet
@given(
    hnp.arrays(np.float64, st.integers(0, 40), elements=st.floats(-1e3, 1e3) | st.just(np.nan)),
    sides,
)
def test_any_trace_survives_within_its_rounding(tmp_path, values, side):
    trace = Trace("x", "1", np.arange(values.size) / 30, values, **side)
    write_traces(tmp_path / "t.json", [trace], "0" * 64)
    (back,) = read_traces(tmp_path / "t.json")
    assert (back.side, back.image_side) == (trace.side, trace.image_side)
    np.testing.assert_allclose(back.values, values, atol=5.1e-5)


@quiet
@given(st.sampled_from(Mirrored), st.none() | words)
def test_any_sidecar_survives(tmp_path, mirrored, device):
    write_sidecar(tmp_path / "v.mp4", VideoSidecar(mirrored=mirrored, device=device))
    back = read_sidecar(tmp_path / "v.mp4")
    assert (back.mirrored, back.device) == (mirrored, device)


@quiet
@given(st.lists(words.filter(bool), min_size=1, max_size=4))
def test_any_review_survives(tmp_path, reasons):
    (tmp_path / "review.json").unlink(missing_ok=True)
    items = tuple(
        ReviewItem(
            target="event",
            recording_sha256="0" * 64,
            id=f"spasm-{n}",
            decision="accept",
            initials="AB",
            time=datetime(2026, 3, 2, 12, n, tzinfo=UTC),
            reason=reason,
        )
        for n, reason in enumerate(reasons)
    )
    write_review(tmp_path, Review(items=items))
    assert read_review(tmp_path) == Review(items=items)
