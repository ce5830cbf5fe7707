"""EMG on the page and on paper: the patient's side, what stands behind it, and nobody's name."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from hemispasm.assess import assess
from hemispasm.cli import main
from hemispasm.formats.case import read_case
from hemispasm.formats.traces import traces_text
from hemispasm.measuring_emg import measure_emg_recording
from hemispasm.model import Side
from hemispasm.report.document import Figure, Section
from hemispasm.report.emg_report import build_emg_report
from hemispasm.report.html import render_html
from hemispasm.report.pdf import render_pdf
from hemispasm.report.text import render_text
from hemispasm.results import latest_run

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from emg_cases import FIRST, SECOND, add_evoked, add_rest, emg_case, emg_folder
from report_page import Page


@pytest.fixture(scope="module")
def rest(tmp_path_factory):
    path = add_rest(emg_case(tmp_path_factory.mktemp("rest")), duration_s=24.0)
    return path, measure_emg_recording(path)


@pytest.fixture(scope="module")
def evoked(tmp_path_factory):
    path = add_evoked(emg_case(tmp_path_factory.mktemp("lsr")), count=14)
    return path, measure_emg_recording(path)


def tree(measured):
    return build_emg_report(measured.document, measured.traces)


def figures(section):
    for child in section.children:
        if isinstance(child, Figure):
            yield child
        for column in getattr(child, "columns", ()) if not isinstance(child, Section) else ():
            yield from (block for block in column if isinstance(block, Figure))


def bare(text):
    return re.sub(r"[\s\u00ad\u00a0:]+", "", text)


def turned(path, folder):
    """Copy a recording with the sides of its montage exchanged."""
    other = folder / path.name
    other.write_bytes(path.read_bytes())
    swap = {"left": "right", "right": "left"}
    data = json.loads(path.with_suffix(".json").read_text())
    for channel in data["channels"]:
        channel["side"] = swap[channel["side"]]
    if data.get("stimulus", {}).get("side"):
        data["stimulus"]["side"] = swap[data["stimulus"]["side"]]
    other.with_suffix(".json").write_text(json.dumps(data))
    return other


@pytest.mark.parametrize("which", ["rest", "evoked"])
def test_page_and_paper_say_the_same_and_every_number_has_a_source(which, request):
    document = tree(request.getfixturevalue(which)[1])
    page = render_html(document)
    read = Page(page)
    assert [text for text, marked in read.pieces if not marked and re.search(r"\d", text)] == []
    sources = [a["data-source"] for _, a in read.tags if a.get("data-kind") == "number"]
    assert len(sources) > 20
    assert all(re.match(r"(finding|rule):", source) for source in sources)
    paper = bare(
        "".join(p.extract_text() for p in PdfReader(io.BytesIO(render_pdf(document))).pages)
    )
    lines = [x for x in render_text(document, twins=False).splitlines() if x.strip(" |-")]
    screen = bare(read.text)
    pieces = [bare(piece.removeprefix("- ")) for x in lines for piece in x.split("|")]
    assert len(pieces) > 60
    assert [piece for piece in pieces if piece not in screen] == []
    # A cell that is broken over two pages of paper may stand apart there; most may not.
    assert sum(piece not in paper for piece in pieces) <= 0.03 * len(pieces)
    for words in ("Not validated on patients", "patient's right", "Research software"):
        assert bare(words) in paper
    tags = [tag for tag, _ in read.tags]
    assert tags.count("figure") == page.count('class="alt"') == page.count('class="twin"') == 2


def test_the_affected_side_is_the_one_that_the_montage_names(rest, tmp_path):
    path, measured = rest
    mirrored = measure_emg_recording(turned(path, tmp_path))
    here, there = tree(measured).summary.text, tree(mirrored).summary.text
    assert "recorded on the patient's right" in here
    assert "recorded on the patient's left" in there
    swap = {"patient's left": "patient's right", "patient's right": "patient's left"}
    numbers = [dict(re.findall(r"(patient's \w+) ([\d.]+) /min", text)) for text in (here, there)]
    assert {swap[side]: value for side, value in numbers[1].items()} == numbers[0]


def test_spasms_are_drawn_in_the_row_of_their_side(rest, tmp_path):
    path, measured = rest
    for one, side in ((measured, "right"), (measure_emg_recording(turned(path, tmp_path)), "left")):
        overview = next(figures(tree(one).section("emg")))
        svg = str(overview.svg)
        left, right = svg.index("Patient&#39;s left"), svg.index("Patient&#39;s right")
        assert left < right
        rows = {"left": svg[left:right], "right": svg[right:]}
        other = "left" if side == "right" else "right"
        assert rows[side].count('class="emg-spasm"') > 3 * rows[other].count('class="emg-spasm"')
        names = re.findall(r"(left|right)</text><text[^>]*>\[(.)", svg)
        assert len(names) == 4
        # The labels of the file stay what they are; only what a person said of them turns.
        assert all((word[0] == label.lower()) == (side == "right") for word, label in names)


def test_a_lateral_spread_is_said_with_its_side_p_statistic_and_latency(evoked, tmp_path):
    path, measured = evoked
    said = tree(measured).summary.text
    assert re.search(
        r"present \(patient's right, zygomatic to mentalis\): p 0\.\d+, statistic", said
    )
    mirrored = measure_emg_recording(turned(path, tmp_path))
    assert "patient's left, zygomatic" in tree(mirrored).summary.text
    lsr = next(figures(tree(measured).section("emg")))
    latency = measured.document.find("emg.lateral_spread_latency", Side.RIGHT).value
    assert f"LSR {latency:.1f} ms" in str(lsr.svg)


def test_the_gain_is_stated_and_muscles_share_it_on_both_sides(rest):
    overview, closeup = list(figures(tree(rest[1]).section("emg")))[:2]
    for figure in (overview, closeup):
        bars = re.findall(r">(\d+) µV<", str(figure.svg))
        assert len(bars) == 4
        assert bars[:2] == bars[2:]
    assert "100 ms" in str(closeup.svg)
    spans = [t for t in rest[1].traces if t.name == "emg_closeup"]
    assert all(1.4 < float(t.time_s[-1] - t.time_s[0]) < 1.6 for t in spans)


def test_a_name_in_the_header_is_never_shown(tmp_path):
    path = add_rest(emg_case(tmp_path / "case"), duration_s=6.0)
    data = bytearray(path.read_bytes())
    data[8:88] = b"12345 F 01-JAN-1960 Mustermann_Erika".ljust(80)
    path.write_bytes(bytes(data))
    measured = measure_emg_recording(path)
    page = render_html(tree(measured))
    made = page + json.dumps(measured.document.to_json()) + traces_text(measured.traces, "x")
    assert "Mustermann" not in made
    assert "12345 F" not in made


def write_montage(path, **channels):
    """Write what each channel of a recording is."""
    rows = [{"label": label, **said} for label, said in channels.items()]
    path.with_suffix(".json").write_text(json.dumps({"channels": rows}))


def test_recordings_with_little_in_them_still_get_a_page_without_a_side(tmp_path):
    path = add_rest(emg_case(tmp_path / "case"), duration_s=8.0, record_sides=(Side.LEFT,))
    labels = [c["label"] for c in json.loads(path.with_suffix(".json").read_text())["channels"]]
    write_montage(path, **{label: {"kind": "ecg"} for label in labels})
    nothing = measure_emg_recording(path)
    assert nothing.document.quality.grade == "not_assessable"
    write_montage(path, **{labels[0]: {"kind": "emg"}, labels[1]: {"kind": "other"}})
    sideless = measure_emg_recording(path)
    for measured in (nothing, sideless):
        text = tree(measured).summary.text
        assert not re.search(r"recorded on the patient's (left|right)", text)
        assert "<html" in render_html(tree(measured))
        assert render_pdf(tree(measured))[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "DecodeError"), (b"0" * 300, "DecodeError")],
)
def test_what_is_no_recording_is_named_in_a_report_of_the_others(tmp_path, content, code):
    case = emg_case(tmp_path)
    add_evoked(case, count=8)
    (emg_folder(case) / "broken.edf").write_bytes(content)
    made = assess(case, pictures=False)
    page = made.report.read_text()
    assert [type(e).__name__ for e in made.measured.errors] == [code]
    assert "cannot be decoded" in page
    assert "EMG recording" in page


def test_a_wrong_montage_is_one_sentence_that_names_the_file(tmp_path, capsys):
    path = add_rest(emg_case(tmp_path / "case"), duration_s=4.0)
    path.with_suffix(".json").write_text('{"channels": [{"label": "R orb oculi", "side": "up"}]}')
    assert main(["measure", "emg", str(path), "--report", str(tmp_path / "page.html")]) == 2
    said = capsys.readouterr().err
    assert "rest.json" in said
    assert not (tmp_path / "page.html").exists()


def test_the_command_writes_page_and_traces_of_one_recording(evoked, tmp_path, capsys):
    path, _ = evoked
    page, traces = tmp_path / "page.html", tmp_path / "traces.json"
    assert main(["measure", "emg", str(path), "--report", str(page), "--traces", str(traces)]) == 0
    assert "lateral spread response" in page.read_text()
    assert '"evoked_mean"' in traces.read_text()
    capsys.readouterr()
    assert main(["measure", "emg", str(path), str(path), "--report", str(page)]) == 2
    assert "one_recording" in capsys.readouterr().err
    assert main(["measure", "emg", str(path), "--report", str(path.with_suffix(".json"))]) == 2


def test_a_baseline_becomes_the_template_and_is_named_by_its_content(tmp_path):
    case = emg_case(tmp_path)
    before = add_evoked(case, name="before", count=20, seed=3)
    after = add_evoked(case, name="after", count=14, seed=4)
    plain, against = tmp_path / "plain.json", tmp_path / "against.json"
    assert main(["measure", "emg", str(after), "--json", str(plain)]) == 0
    wanted = ["measure", "emg", str(after), "--baseline", str(before), "--json", str(against)]
    assert main(wanted) == 0
    found = [json.loads(p.read_text()) for p in (plain, against)]
    sha256 = measure_emg_recording(before).document.recording.sha256
    assert "baseline_sha256" not in found[0]["provenance"]["settings"]
    assert found[1]["provenance"]["settings"]["baseline_sha256"] == sha256
    scores = [next(f for f in d["findings"] if f["code"] == "emg.lateral_spread") for d in found]
    assert scores[0]["score"] != scores[1]["score"]
    assert main(["measure", "emg", str(after), "--baseline", str(tmp_path / "no.edf")]) == 3


def test_two_visits_are_compared_like_with_like_only(tmp_path):
    case = emg_case(tmp_path, days=(FIRST, SECOND))
    add_evoked(case, day=FIRST, count=10)
    add_evoked(case, day=SECOND, count=10, seed=5, site="mandibular", name="other")
    page = assess(case, pictures=False).report.read_text()
    assert 'id="emg-compared"' not in page
    assert page.count("stimulus at the") >= 2
    add_evoked(case, day=SECOND, count=10, seed=6, name="same")
    page = assess(case, pictures=False).report.read_text()
    assert 'id="emg-compared"' in page
    assert "no verdict is given" in page


def test_history_on_the_left_and_emg_on_the_right_is_a_conflict_of_sides(tmp_path):
    case = emg_case(tmp_path)
    add_rest(case)
    exam = 'schema = "hemispasm.exam/1"\n[history]\nspasm = {left = "present", right = "absent"}\n'
    (case / "visits" / FIRST.isoformat() / "exam.toml").write_text(exam)
    plan = assess(case, pictures=False).plan
    assert plan.side.conflict
    assert plan.side.side is None
    assert "side_conflict" in {gate.code for gate in plan.gates}
    assert latest_run(read_case(case)).plan.side.conflict


def test_a_report_with_too_many_figures_loses_the_last_ones_and_no_number(rest):
    from dataclasses import replace

    from hemispasm.report.emg_section import EmgPart, emg_section
    from hemispasm.report.lighten import drawn, lighten

    part = EmgPart(rest[1].document, rest[1].traces)
    sections = tuple(emg_section(part, f"emg-{n}") for n in (1, 2, 3))
    document = replace(tree(rest[1]), sections=sections)
    each = drawn(sections[0].children)
    assert each > 50_000
    assert lighten(document, 3 * each) == document
    lighter = lighten(document, 2 * each)
    assert [drawn(s.children) for s in lighter.sections] == [each, each, 0]
    assert "left out to keep the file small" in render_html(lighter)
    tables = [[type(b).__name__ for b in s.children].count("Table") for s in lighter.sections]
    assert tables[0] == tables[2] > 2
