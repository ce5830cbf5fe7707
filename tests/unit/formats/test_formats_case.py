"""Case folders made by hand: what is read, and how each mistake is named."""

from __future__ import annotations

import os
from datetime import date, datetime

import pytest

from hemispasm.formats.case import (
    find_cases,
    read_case,
    read_review,
    write_case,
    write_review,
    write_treatments,
    write_visit,
)
from hemispasm.formats.sidecar import read_sidecar, write_sidecar
from hemispasm.model import (
    Case,
    Decision,
    Mirrored,
    Onset,
    Review,
    ReviewItem,
    TaskMark,
    ToxinCycle,
    Treatments,
    UsageError,
    VideoSidecar,
    Visit,
)


def make(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_one_line_is_a_case(tmp_path):
    case = read_case(make(tmp_path, {"case.toml": 'id = "P-001"\n'}))
    assert case.case == Case(id="P-001")
    assert case.visits == ()
    assert case.treatments is None


def test_a_folder_made_by_hand_is_read_whole(tmp_path):
    make(
        tmp_path,
        {
            "case.toml": '\ufeffid = "P-7"\r\nbirth_year = 1961\r\n[onset]\r\nside = "left"\r\n',
            "visits/2026-03-30/video/rest.MP4": "x",
            "visits/2026-03-30/video/rest.json": '{"mirrored": "yes"}',
            "visits/2026-03-30/video/notes.docx": "x",
            "visits/2026-03-02/visit.toml": 'context = "home"',
            "visits/2026-03-02/exam.toml": "",
            "visits/2026-03-02/video/b.mov": "x",
            "visits/2026-03-02/video/a.webm": "x",
            "visits/2026-03-02/video/.hidden.mp4": "x",
            "visits/Thumbs.db": "x",
            "treatments.toml": "[[toxin]]\nday = 2026-03-02\nunits = {orbicularis = 2.5}\n",
        },
    )
    case = read_case(tmp_path)
    assert case.case.onset.side == "left"
    assert [v.day for v in case.visits] == [date(2026, 3, 2), date(2026, 3, 30)]
    first, second = case.visits
    assert [p.name for p in first.videos] == ["a.webm", "b.mov"]
    assert (first.visit.context, first.has_exam, second.has_exam) == ("home", True, False)
    assert [p.name for p in second.videos] == ["rest.MP4"]
    assert second.ignored == ("notes.docx",)
    assert read_sidecar(second.videos[0]).mirrored is Mirrored.YES
    assert case.treatments.toxin[0].day == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({}, "no_case", "case.toml"),
        ({"case.toml": "birth_year = 1950"}, "missing_key", "case.toml lacks the key `id`"),
        ({"case.toml": 'id = "P"\ncolour = 1'}, "unknown_key", "case.toml has the unknown key"),
        ({"case.toml": 'id = "P"\n[onset]\nwhen = 1'}, "unknown_key", "`onset.when`"),
        ({"case.toml": 'id = "../P"'}, "bad_value", "case.toml: `id`"),
        ({"case.toml": "id = \nx = 1"}, "bad_toml", "line 1"),
        ({"case.toml": 'id = "P"', "visits/2026-13-02/x": ""}, "bad_date", "visits/2026-13-02"),
        ({"case.toml": 'id = "P"', "visits/20260302/x": ""}, "bad_date", "visits/20260302"),
        (
            {"case.toml": 'id = "P"', "visits/2026-03-02/visit.toml": 'context = "bar"'},
            "bad_value",
            "visits/2026-03-02/visit.toml: `context`",
        ),
        (
            {"case.toml": 'id = "P"', "visits/2026-03-02/visit.toml": "day = 2026-03-03"},
            "bad_value",
            "not the date of its folder",
        ),
        (
            {"case.toml": 'id = "P"', "visits/2026-03-02/review.json": '{"items": [{}]}'},
            "missing_key",
            "visits/2026-03-02/review.json lacks the key `items.0.target`",
        ),
        ({"case.toml": 'id = "P"', "treatments.toml": "[[toxin]]"}, "missing_key", "toxin.0.day"),
        (
            {
                "case.toml": 'id = "P"',
                "visits/2026-03-02/video/a.mp4": "",
                "visits/2026-03-02/video/a.mov": "",
                "visits/2026-03-02/video/a.json": "{}",
            },
            "shared_sidecar",
            "a.json stands beside 2 videos",
        ),
    ],
)
def test_each_mistake_is_named_with_file_and_key(tmp_path, files, code, said):
    with pytest.raises(UsageError) as caught:
        read_case(make(tmp_path, files))
    assert caught.value.code == code
    assert said in caught.value.cause
    assert str(tmp_path) not in str(caught.value)


def test_a_file_in_another_encoding_is_named(tmp_path):
    make(tmp_path, {"case.toml": 'id = "P"'})
    (tmp_path / "case.toml").write_bytes('id = "Müller"'.encode("latin-1"))
    with pytest.raises(UsageError) as caught:
        read_case(tmp_path)
    assert caught.value.code == "not_text"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('{"mirrored": "perhaps"}', "bad_value", "mirrored"),
        ('{"mirrored": true}', "bad_value", "mirrored"),
        ('{"mirror": "yes"}', "unknown_key", "`mirror`"),
        ('{"schema": "hemispasm.findings/1"}', "not_a_sidecar", "hemispasm.findings/1"),
        ("[1]", "bad_json", "rest.json"),
        ('{"mirrored": }', "bad_json", "line 1"),
        ("[" * 100_000, "bad_json", "rest.json"),
        ('{"tasks": [{"task": "smile", "start_s": 5, "end_s": 4}]}', "bad_value", "smile"),
        ('{"tasks": [{"task": "smile", "start_s": NaN, "end_s": 4}]}', "bad_json", "rest.json"),
    ],
)
def test_a_wrong_sidecar_is_refused_with_its_key(tmp_path, text, code, said):
    (tmp_path / "rest.json").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_sidecar(tmp_path / "rest.mp4")
    assert caught.value.code == code
    assert said in caught.value.cause


def test_without_a_sidecar_nothing_is_assumed(tmp_path):
    assert read_sidecar(tmp_path / "rest.mp4") == VideoSidecar()
    assert read_sidecar(tmp_path / "rest.mp4").mirrored is Mirrored.UNKNOWN


def test_what_is_written_is_read_back(tmp_path):
    case = Case(id="P-1", onset=Onset(month="2019-05", side="left"), simulated=True)
    visit = Visit(day=date(2026, 3, 2), context="clinic", notes='quoted "text"\nand more')
    treatments = Treatments(toxin=(ToxinCycle(day=date(2026, 3, 2), side="left"),))
    sidecar = VideoSidecar(
        mirrored="no", device="phone", tasks=(TaskMark(task="rest", start_s=0, end_s=30),)
    )
    folder = write_case(tmp_path / "new" / "case", case)
    path = write_visit(folder, visit)
    write_treatments(folder, treatments)
    (path / "video" / "rest.mp4").write_bytes(b"x")
    write_sidecar(path / "video" / "rest.mp4", sidecar)
    back = read_case(folder)
    assert back.case.model_copy(update={"schema_": None}) == case
    assert back.visits[0].visit == visit
    assert back.treatments == treatments
    read = read_sidecar(back.visits[0].videos[0])
    assert read.model_copy(update={"schema_": None}) == sidecar


def test_a_folder_of_cases_is_found_by_name(tmp_path):
    for name in ("b", "a"):
        write_case(tmp_path / name, Case(id=name))
    (tmp_path / "other").mkdir()
    assert [p.name for p in find_cases(tmp_path)] == ["a", "b"]
    assert find_cases(tmp_path / "a") == (tmp_path / "a",)
    for wrong in (tmp_path / "other", tmp_path / "nowhere"):
        with pytest.raises(UsageError):
            find_cases(wrong)


def test_decisions_are_only_ever_added(tmp_path):
    item = ReviewItem(
        target="event",
        recording_sha256="a" * 64,
        id="spasm-1",
        decision="reject",
        initials="AB",
        time=datetime(2026, 3, 2, 12, 0),
        reason="a blink",
    )
    later = item.model_copy(update={"decision": Decision.ACCEPT})
    write_review(tmp_path, Review(items=(item,)))
    write_review(tmp_path, Review(items=(item, later)))
    with pytest.raises(UsageError) as caught:
        write_review(tmp_path, Review(items=(later,)))
    assert caught.value.code == "review_shortened"
    assert read_review(tmp_path).items == (item, later)
    assert os.listdir(tmp_path) == ["review.json"]
