"""What the page keeps: who stands for which mark, all or nothing, the earlier file aside."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from page_examination import write_examination

from hemispasm.formats.seeds import read_seeds, write_seeds
from hemispasm.imaging_page import session as session_module
from hemispasm.imaging_page.examination import find_examination
from hemispasm.imaging_page.keeping import is_side_confirmed, keep_seeds, merge_marks
from hemispasm.imaging_page.session import open_examination
from hemispasm.model.errors import IntegrityError, UsageError
from hemispasm.model.imaging import Nerve
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side


@pytest.fixture(autouse=True)
def _nothing_proposed(monkeypatch):
    """Leave the search for marks out: it has tests of its own and takes seconds."""
    monkeypatch.setattr(session_module, "_propose", lambda study: (Seeds(), ["left side: dark"]))


NOON = "2026-03-02T12:00:00+00:00"


def mark(side, kind=SeedKind.PORUS, at=25.0, **more):
    x = at if side is Side.LEFT else -at
    return Seed(side=side, kind=kind, xyz_mm=(x, -4.0, 6.0), **more)


def both_ends(side, at=25.0, **more):
    return (mark(side, SeedKind.ROOT_EXIT, at - 12.0, **more), mark(side, at=at, **more))


def merged(marks, before=Seeds(), confirm=None):
    return merge_marks(marks, before, confirm=confirm or {}, time=NOON, series_sha256="a" * 64)


def test_nothing_is_confirmed_unless_a_reader_says_so():
    kept = merged((*both_ends(Side.LEFT), *both_ends(Side.RIGHT)))
    assert not kept.confirmed
    assert {(m.source, m.reader, m.time) for m in kept.seeds} == {("reader", None, None)}


def test_the_file_counts_when_every_marked_side_is_confirmed():
    marks = (*both_ends(Side.LEFT), *both_ends(Side.RIGHT))
    first = merged(marks, confirm={Side.LEFT: "AB"})
    assert is_side_confirmed(first, Side.LEFT)
    assert not first.confirmed
    second = merged(marks, before=first, confirm={Side.RIGHT: "CD"})
    assert second.confirmed
    assert {m.side: (m.reader, m.time) for m in second.seeds} == {
        Side.LEFT: ("AB", NOON),
        Side.RIGHT: ("CD", NOON),
    }


def test_one_side_alone_can_be_confirmed_where_only_it_is_marked():
    assert merged(both_ends(Side.RIGHT), confirm={Side.RIGHT: "AB"}).confirmed


@pytest.mark.parametrize("change", ["moved", "removed", "added"])
def test_a_change_takes_the_confirmation_of_its_side_and_of_no_other(change):
    marks = (*both_ends(Side.LEFT), *both_ends(Side.RIGHT))
    before = merged(marks, confirm={Side.LEFT: "AB", Side.RIGHT: "AB"})
    left = {
        "moved": both_ends(Side.LEFT, at=25.1),
        "removed": both_ends(Side.LEFT)[:1],
        "added": (*both_ends(Side.LEFT), mark(Side.LEFT, SeedKind.VESSEL, 20.0)),
    }[change]
    after = merged((*left, *both_ends(Side.RIGHT)), before=before)
    assert not after.confirmed
    assert not is_side_confirmed(after, Side.LEFT)
    assert is_side_confirmed(after, Side.RIGHT)


def test_proposed_marks_stay_proposed_until_moved_or_confirmed():
    proposed = both_ends(Side.LEFT, source="proposed", sd_mm=1.0)
    before = Seeds(seeds=proposed)
    sent = (both_ends(Side.LEFT)[0], mark(Side.LEFT, at=26.0))
    kept = merged(sent, before=before)
    assert [m.source for m in kept.seeds] == ["proposed", "reader"]
    assert [m.sd_mm for m in kept.seeds] == [1.0, None]
    assert not kept.confirmed
    stood_for = merged(sent, before=before, confirm={Side.LEFT: "AB"})
    assert {m.source for m in stood_for.seeds} == {"reader"}


def test_a_page_cannot_claim_that_somebody_else_stands_for_a_mark():
    claimed = both_ends(Side.LEFT, reader="XY", time=NOON, source="simulated")
    kept = merged(claimed)
    assert {(m.source, m.reader, m.time) for m in kept.seeds} == {("reader", None, None)}


def test_a_side_without_both_ends_of_the_facial_nerve_cannot_be_confirmed():
    only = (mark(Side.LEFT), mark(Side.LEFT, SeedKind.ROOT_EXIT, 12.0, nerve=Nerve.VIII))
    with pytest.raises(UsageError) as told:
        merged(only, confirm={Side.LEFT: "AB"})
    assert told.value.code == "ends_unmarked"


def test_marks_of_the_two_sides_that_are_exchanged_are_not_kept(tmp_path):
    session = opened(tmp_path)
    crossed = [{"side": "left", "kind": "porus", "xyz_mm": [-20, 0, 0]},
               {"side": "right", "kind": "porus", "xyz_mm": [20, 0, 0]}]  # fmt: skip
    with pytest.raises(UsageError) as told:
        session.keep(json.dumps({"seeds": crossed}).encode())
    assert "to the right of the right" in told.value.cause
    assert not session.examination.seeds.exists()


def test_earlier_files_are_kept_under_numbers_that_never_repeat(tmp_path):
    place = tmp_path / "seeds.json"
    versions = [Seeds(seeds=(mark(Side.LEFT, at=float(k)),)) for k in (20, 21, 22)]
    assert [keep_seeds(place, one) for one in versions] == [None, "seeds.1.json", "seeds.2.json"]
    assert read_seeds(place) == versions[2]
    assert [read_seeds(tmp_path / f"seeds.{k}.json") for k in (1, 2)] == versions[:2]
    (tmp_path / "seeds.1.json").unlink()
    assert keep_seeds(place, versions[0]) == "seeds.3.json"


def test_saving_the_same_marks_again_makes_no_file(tmp_path):
    place = tmp_path / "seeds.json"
    keep_seeds(place, Seeds(seeds=(mark(Side.LEFT),)))
    assert keep_seeds(place, Seeds(seeds=(mark(Side.LEFT),))) is None
    assert [path.name for path in tmp_path.iterdir()] == ["seeds.json"]


def test_a_save_that_fails_leaves_the_earlier_marks(tmp_path, monkeypatch):
    place = tmp_path / "seeds.json"
    keep_seeds(place, Seeds(seeds=(mark(Side.LEFT),)))
    old = place.read_bytes()

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        keep_seeds(place, Seeds(seeds=(mark(Side.RIGHT),)))
    assert place.read_bytes() == old
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def opened(tmp_path, **options):
    session = open_examination(find_examination(write_examination(tmp_path / "mri", **options)))
    session.describe()
    return session


def test_what_is_saved_is_confirmed_with_initials_time_and_the_series(tmp_path):
    session = opened(tmp_path)
    seeds = [m.model_dump(mode="json", include={"nerve", "side", "kind", "xyz_mm"})
             for m in both_ends(Side.LEFT)]  # fmt: skip
    told = session.keep(json.dumps({"seeds": seeds, "confirm": {"left": "AB"}}).encode())
    kept = read_seeds(session.examination.seeds)
    assert told["counts"]
    assert kept.confirmed
    assert kept.frame == "LPS"
    assert kept.series_sha256 == session.volumes[0].sha256
    assert {(m.reader, m.time) for m in kept.seeds} == {("AB", told["time"])}


def test_proposed_marks_are_shown_as_such_with_what_was_not_found(tmp_path, monkeypatch):
    proposed = Seeds(seeds=both_ends(Side.RIGHT, source="proposed"))
    monkeypatch.setattr(session_module, "_propose", lambda study: (proposed, ["left side: dark"]))
    told = opened(tmp_path).describe()
    assert told["proposed"]
    assert told["not_found"] == ["left side: dark"]
    assert {mark["source"] for mark in told["seeds"]} == {"proposed"}
    assert told["confirmed"] == []
    assert not told["counts"]


def test_marks_that_somebody_else_changed_meanwhile_are_not_overwritten(tmp_path):
    session = opened(tmp_path)
    write_seeds(session.examination.seeds, Seeds(seeds=(mark(Side.RIGHT),)))
    with pytest.raises(IntegrityError) as told:
        session.keep(b'{"seeds": []}')
    assert told.value.code == "seeds_changed"
    assert read_seeds(session.examination.seeds).seeds
    session.describe()
    assert session.keep(b'{"seeds": []}')["aside"] == "seeds.1.json"


def test_the_page_learns_nothing_of_the_case(tmp_path):
    case = tmp_path / "P-001"
    imaging = write_examination(case / "visits" / "2026-03-02" / "imaging")
    told = []
    for side in ("left", "right"):
        (case / "case.toml").write_text(f'id = "P-001"\n[onset]\nside = "{side}"\n', "utf-8")
        examination = find_examination(case)
        assert examination.source == imaging
        told.append(json.dumps(open_examination(examination).describe()))
    assert told[0] == told[1]
    assert "P-001" not in told[0]
    assert "2026" not in told[0]


def test_a_case_with_two_examinations_asks_for_the_day(tmp_path):
    (tmp_path / "case.toml").write_text('id = "P-001"\n', encoding="utf-8")
    for day in ("2025-01-01", "2026-03-02"):
        write_examination(tmp_path / "visits" / day / "imaging")
    with pytest.raises(UsageError) as told:
        find_examination(tmp_path)
    assert told.value.code == "which_visit"
    assert find_examination(tmp_path, "2025-01-01").day == "2025-01-01"


def test_a_reading_on_the_page_is_blinded_and_shows_no_other_reader(tmp_path):
    case = tmp_path / "P-001"
    write_examination(case / "visits" / "2026-03-02" / "imaging")
    (case / "case.toml").write_text('id = "P-001"\n', encoding="utf-8")
    session = open_examination(find_examination(case))
    said = {"reader": "ab", "side": "left", "contact": "present", "grade": 2}
    assert session.read(json.dumps(said).encode()) == {"reader": "AB", "read": ["left"]}
    other = {**said, "reader": "CD", "side": "right"}
    assert session.read(json.dumps(other).encode()) == {"reader": "CD", "read": ["right"]}
    kept = json.loads((session.examination.source / "readings.json").read_text(encoding="utf-8"))
    assert [one["blind"] for one in kept["readings"]] == [True, True]
