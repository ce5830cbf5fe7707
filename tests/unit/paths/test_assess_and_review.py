"""From a case folder to a report, through review and signature, with nothing overwritten."""

from __future__ import annotations

import csv
import io
import json
import os

import jsonschema
import pytest
from emg_cases import add_rest
from made_cases import AFTER, BEFORE, first_document, make_case, review, run_of
from pypdf import PdfReader

from hemispasm.assess import assess
from hemispasm.assessing import measure_case
from hemispasm.cli import main
from hemispasm.formats import atomic
from hemispasm.formats.case import read_case, read_review
from hemispasm.formats.case_findings import read_case_findings
from hemispasm.formats.schemas import read_schema
from hemispasm.model import (
    DecodeError,
    EventKind,
    IntegrityError,
    UsageError,
)
from hemispasm.model.side import Side


def test_a_run_holds_findings_traces_report_and_provenance(case):
    made = assess(case)
    assert sorted(os.listdir(made.run)) == [
        "findings.json",
        "letters",
        "patient.html",
        "patient.pdf",
        "plan.json",
        "provenance.json",
        "report.html",
        "report.pdf",
        "traces",
    ]
    plan = json.loads((made.run / "plan.json").read_text())
    jsonschema.Draft202012Validator(read_schema("plan-1")).validate(plan)
    assert len(os.listdir(made.run / "traces")) == 2
    assert atomic.follow(case / "results" / "latest") == made.run.resolve()
    findings = read_case_findings(made.run / "findings.json")
    assert [v.day for v in findings.visits] == [BEFORE, AFTER]
    plain = json.loads((made.run / "findings.json").read_text())
    jsonschema.Draft202012Validator(read_schema("case-findings-1")).validate(plain)
    page = made.report.read_text()
    assert "DRAFT" in page
    assert "Research software, not a medical device." in page


def test_two_visits_are_compared_and_the_days_since_toxin_named(case):
    changes = assess(case).findings.changes
    rate = next(c for c in changes if c.extra("of") == "video.spasm_rate")
    assert rate.extra("days_since_toxin_earlier") == 0
    assert rate.extra("days_since_toxin_later") == 28


def test_results_name_neither_files_nor_folders(tmp_path, fake_measuring):
    case = make_case(tmp_path / "Erika Mustermann")
    (case / "visits/2026-03-02/video/rest.mp4").rename(
        case / "visits/2026-03-02/video/Mustermann.mp4"
    )
    (case / "visits/2026-03-02/video/rest.json").rename(
        case / "visits/2026-03-02/video/Mustermann.json"
    )
    run = assess(case).run
    for path in run.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            if path.suffix == ".pdf":
                reader = PdfReader(path)
                pages = "".join(page.extract_text() for page in reader.pages)
                held += f"{pages} {reader.metadata}".encode()
            assert b"Mustermann" not in held
            assert str(tmp_path).encode() not in held


def test_an_unchanged_recording_is_not_measured_twice(case, fake_measuring):
    first = assess(case)
    assert fake_measuring.calls == 2
    second = assess(case)
    assert (fake_measuring.calls, second.measured.reused) == (2, 2)
    assert second.run != first.run
    assert (second.run / "findings.json").read_bytes() == (first.run / "findings.json").read_bytes()
    (case / "visits/2026-03-02/video/rest.json").write_text('{"mirrored": "yes"}')
    assess(case)
    assert fake_measuring.calls == 3
    assess(case, fresh=True)
    assert fake_measuring.calls == 5


def test_a_follow_up_is_told_the_side_that_the_first_visit_showed(case, fake_measuring):
    assess(case)
    assert fake_measuring.told == [None, Side.LEFT]


def test_a_follow_up_is_told_the_side_that_a_person_has_corrected(case, fake_measuring):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    assert review(case, "--relabel", f"{sha}/video.affected_side", "--value", "right") == 0
    assess(case)
    assert fake_measuring.told == [None, Side.LEFT, Side.RIGHT]


def test_a_video_is_told_the_side_that_the_emg_of_its_visit_names(case, fake_measuring):
    add_rest(case, side=Side.RIGHT)
    first, _ = measure_case(read_case(case)).findings.visits
    video, electric = first.recordings
    assert video.find("video.affected_side").value == "left"
    assert electric.find("emg.affected_side").value == "right"
    # The EMG names the right side, the first video the left: the follow-up is told neither.
    assert fake_measuring.told == [Side.RIGHT, None]


def test_a_follow_up_is_measured_anew_once_the_first_visit_shows_another_side(case, fake_measuring):
    assess(case)
    beside = case / "visits/2026-03-02/video/rest.json"
    beside.write_text('{"mirrored": "unknown"}')
    again = assess(case)
    assert fake_measuring.told == [None, Side.LEFT, None, None]
    assert again.measured.reused == 0


def test_a_report_without_pictures_holds_none(case):
    with_face = assess(case).report.read_text()
    without = assess(case, pictures=False).report.read_text()
    assert "data:image/jpeg" in with_face
    assert "data:image/jpeg" not in without


def test_one_bad_video_is_named_and_the_rest_is_reported(case):
    (case / "visits/2026-03-30/video/bad.mp4").write_text("not a video")
    assert main(["assess", str(case)]) == 3
    visit = run_of(case).machine.visits[1]
    assert [f.code for f in visit.failures] == ["not_a_video"]
    assert len(visit.recordings) == 1


def test_a_case_of_bad_videos_ends_in_its_error_and_writes_nothing(case):
    for path in case.rglob("*.mp4"):
        path.write_text("not a video")
    with pytest.raises(DecodeError):
        assess(case)
    assert not (case / "results").exists()


def test_a_case_without_video_says_where_to_put_one(tmp_path, fake_measuring):
    case = make_case(tmp_path / "case", visits=0)
    with pytest.raises(UsageError) as caught:
        assess(case)
    assert caught.value.code == "no_recordings"


def test_a_recording_in_two_places_is_refused(case):
    copy = case / "visits/2026-03-30/video/copy.mp4"
    copy.write_bytes((case / "visits/2026-03-02/video/rest.mp4").read_bytes())
    with pytest.raises(UsageError) as caught:
        assess(case)
    assert caught.value.code == "recording_twice"


def test_a_run_that_dies_leaves_the_latest_as_it_was(case, monkeypatch):
    first = assess(case).run

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "_sync_file", die)
        with pytest.raises(KeyboardInterrupt):
            assess(case)
    assert sorted(os.listdir(case / "results")) == sorted(["latest", first.name])
    assert run_of(case).path == first.resolve()


def test_changed_findings_are_noticed(case):
    made = assess(case)
    path = made.run / "findings.json"
    path.write_text(path.read_text().replace('"left"', '"right"'))
    with pytest.raises(IntegrityError) as caught:
        run_of(case)
    assert caught.value.code == "changed_after_writing"
    assert main(["assess", str(case)]) == 4
    assert main(["assess", str(case), "--fresh"]) == 0


def test_rejecting_spasms_makes_the_findings_anew_and_keeps_the_originals(case):
    assess(case)
    document = first_document(case)
    spasms = [e.id for e in document.events if e.kind is EventKind.SPASM]
    sha = document.recording.sha256[:12]
    options = [part for ident in spasms[:4] for part in ("--reject", f"{sha}/{ident}")]
    assert review(case, *options) == 0
    run = run_of(case)
    assert run.machine.visits[0].recordings[0] == document
    reviewed = run.effective.visits[0].recordings[0]
    assert reviewed.find("video.spasm_rate", "left").extra("count") == 4
    assert document.find("video.spasm_rate", "left").extra("count") == 8
    assert (run.path / "findings.reviewed.json").is_file()
    items = read_review(case / "visits" / "2026-03-02").items
    assert [(i.id, i.decision, i.initials) for i in items] == [
        (s, "reject", "AB") for s in spasms[:4]
    ]
    assert not (case / "visits/2026-03-30/review.json").exists()


def test_relabelling_a_spasm_as_a_blink_moves_it_between_the_counts(case):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    assert review(case, "--relabel", f"{sha}/spasm-0001000", "--kind", "blink") == 0
    reviewed = run_of(case).effective.visits[0].recordings[0]
    assert reviewed.find("video.spasm_rate", "left").extra("count") == 7
    assert reviewed.find("video.blink_rate").extra("count") == 7


def test_a_blink_becomes_a_spasm_only_with_a_side_and_a_pattern(case):
    assess(case)
    ident = f"{first_document(case).recording.sha256[:12]}/blink-0003000"
    assert review(case, "--relabel", ident, "--kind", "spasm") == 2
    assert review(case, "--relabel", ident, "--kind", "spasm", "--side", "left") == 2
    full = ("--kind", "spasm", "--side", "left", "--pattern", "twitch")
    assert review(case, "--relabel", ident, *full) == 0
    reviewed = run_of(case).effective.visits[0].recordings[0]
    assert reviewed.find("video.spasm_rate", "left").extra("count") == 9
    assert reviewed.find("video.blink_rate").extra("count") == 5


def test_relabelling_the_side_moves_the_spasm(case):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    assert review(case, "--relabel", f"{sha}/spasm-0001000", "--side", "right") == 0
    reviewed = run_of(case).effective.visits[0].recordings[0]
    assert reviewed.find("video.spasm_rate", "right").extra("count") == 1


def test_the_last_word_counts_and_all_words_stay(case):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    review(case, "--reject", f"{sha}/spasm-0001000")
    review(case, "--accept", f"{sha}/spasm-0001000")
    reviewed = run_of(case).effective.visits[0].recordings[0]
    assert reviewed.find("video.spasm_rate", "left").extra("count") == 8
    assert len(read_review(case / "visits/2026-03-02").items) == 2


def test_a_finding_can_be_set_and_rejected_with_the_reason_shown(case):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    assert review(case, "--relabel", f"{sha}/video.affected_side", "--value", "right") == 0
    assert review(case, "--reject", f"{sha}/video.blink_rate:both") == 0
    reviewed = run_of(case).effective.visits[0].recordings[0]
    verdict = reviewed.find("video.affected_side")
    assert (verdict.value, verdict.reason) == ("right", "set by AB: seen on video")
    blinks = reviewed.find("video.blink_rate")
    assert (blinks.value, blinks.quality) == (None, "not_assessable")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--reject", "spasm-9999999"], 2),
        (["--reject", "spasm-0001000"], 2),
        (["--relabel", "SHA/spasm-0001000"], 2),
        (["--relabel", "SHA/spasm-0001000", "--kind", "sneeze"], 2),
        (["--relabel", "SHA/spasm-0001000", "--value", "3"], 2),
        (["--relabel", "SHA/video.affected_side", "--value", "upwards"], 2),
        (["--accept", "SHA/spasm-0001000", "--kind", "blink"], 2),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_and_nothing_is_written(case, options, code):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    assert review(case, *(o.replace("SHA", sha) for o in options)) == code
    assert not list(case.rglob("review.json"))
    assert len(os.listdir(case / "results")) == 2


def test_the_side_of_an_event_cannot_be_named_while_mirroring_is_unknown(tmp_path, fake_measuring):
    case = make_case(tmp_path / "case", mirrored=None, visits=1)
    assess(case)
    assert review(case, "--relabel", "spasm-0001000", "--side", "left") == 2


def test_ratings_stand_beside_what_the_machine_said(case, tmp_path):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    review(case, "--relabel", f"{sha}/spasm-0001000", "--kind", "blink")
    target = tmp_path / "ratings.csv"
    assert main(["review", str(case), "--export", str(target)]) == 0
    (row,) = csv.DictReader(io.StringIO(target.read_text()))
    assert row["case_id"] == "P-001"
    assert (row["machine_kind"], row["machine_side"], row["kind"]) == ("spasm", "left", "blink")
    assert (row["start_s"], row["initials"], row["reason"]) == ("1.0", "AB", "seen on video")


def test_the_list_gives_every_id(case, capsys):
    assess(case)
    assert main(["review", str(case), "--json"]) == 0
    listed = {i["id"] for i in json.loads(capsys.readouterr().out)["items"]}
    document = first_document(case)
    assert {e.id for e in document.events} | {f.key for f in document.findings} <= listed
    assert main(["review", str(case)]) == 0
    assert "spasm-0001000" in capsys.readouterr().out


def test_questions_are_asked_per_event_and_kept_after_a_quit(case, monkeypatch):
    assess(case)
    answers = iter(["AB", "a", "r", "k", "nonsense", "blink", "", "q"])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    assert main(["review", str(case), "-i"]) == 0
    items = read_review(case / "visits/2026-03-02").items
    assert [(i.decision, i.kind) for i in items] == [
        ("accept", None),
        ("reject", None),
        ("relabel", "blink"),
    ]


def test_several_cases_give_a_table_and_one_bad_case_stops_no_other(tmp_path, fake_measuring):
    for name in ("a", "b"):
        make_case(tmp_path / name)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "case.toml").write_text('colour = "red"')
    assert main(["assess", str(tmp_path)]) == 2
    rows = list(csv.DictReader(io.StringIO((tmp_path / "findings.csv").read_text())))
    assert {r["visit"] for r in rows} == {"2026-03-02", "2026-03-30"}
    assert any(r["code"] == "video.change" and r["of"] == "video.spasm_rate" for r in rows)


def test_json_on_stdout_is_pure(case, capsys):
    assert main(["assess", str(case), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "hemispasm.case-findings/1"
