"""Readings are blinded, kept for ever, and never tell a reader the side too early."""

import json
from datetime import UTC, datetime

import pytest
import typer
from imaging_cases import FIRST, SECOND, imaging_case, imaging_folder
from typer.testing import CliRunner

from hemispasm.cli.imaging_read import read
from hemispasm.formats.readings import read_readings, write_readings
from hemispasm.model import IntegrityError, RefusedError, Side, UsageError
from hemispasm.model.case import Onset
from hemispasm.model.reading import Reading, Readings, SideReading
from hemispasm.reading import (
    add_reading,
    agree_readers,
    find_place,
    make_side_reading,
    readings_for,
    side_for_reader,
)

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
SEEN = SideReading(contact="present", segment="transition", vessel="aica", grade=2)
NOT_SEEN = SideReading(contact="absent", grade=0)


@pytest.fixture
def case(tmp_path):
    """A case with the symptoms on the right and a file that only has to lie there."""
    return with_series(tmp_path / "case")


def with_series(folder, days=(FIRST,)):
    case = imaging_case(folder, days=days, onset=Onset(side=Side.RIGHT))
    for day in days:
        imaging_folder(case, day).mkdir(parents=True)
        (imaging_folder(case, day) / "ciss.nii.gz").write_bytes(day.isoformat().encode())
    return case


def run(*arguments):
    app = typer.Typer()
    app.command()(read)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def both_blinded(place, reader="AB"):
    add_reading(place, reader=reader, side=Side.LEFT, seen=SEEN, now=NOW)
    return add_reading(place, reader=reader, side=Side.RIGHT, seen=NOT_SEEN, now=NOW)


def test_the_side_of_the_symptoms_is_told_only_after_both_sides_were_read(case):
    place = find_place(case)
    for expected in ("not_read_blind", "not_read_blind"):
        with pytest.raises(RefusedError) as problem:
            side_for_reader(place, "AB")
        assert problem.value.code == expected
        if not place.readings.readings:
            add_reading(place, reader="AB", side=Side.LEFT, seen=SEEN)
    add_reading(place, reader="ab", side=Side.RIGHT, seen=NOT_SEEN)
    assert side_for_reader(place, "AB") is Side.RIGHT
    with pytest.raises(RefusedError):
        side_for_reader(place, "CD")


def test_no_command_says_the_side_before_and_the_second_reading_says_it(case):
    left = run(case, "--reader", "AB", "--side", "left", "--contact", "present", "--grade", "1")
    shown = run(case, "--show", "--reader", "AB")
    listed = run(case, "--json")
    for early in (left, shown):
        assert early.exit_code == 0, early.output
        assert "Side of the symptoms" not in early.output
    assert "right" in left.output.partition("Still to read blinded")[2]
    assert "right" not in listed.stdout
    late = run(case, "--reader", "AB", "--side", "right", "--contact", "absent")
    assert "Side of the symptoms: right" in late.output
    again = run(case, "--show", "--reader", "AB")
    assert "Side of the symptoms: right" in again.output


def test_an_unblinded_reading_comes_after_the_blinded_ones_and_both_stay(case):
    place = find_place(case)
    with pytest.raises(RefusedError) as problem:
        add_reading(place, reader="AB", side=Side.RIGHT, seen=SEEN, blind=False)
    assert problem.value.code == "not_read_blind"
    both_blinded(place)
    made = add_reading(place, reader="AB", side=Side.RIGHT, seen=SEEN, blind=False)
    assert [one.blind for one in made.readings] == [True, True, False]
    assert made.current("AB", Side.RIGHT, blind=True) == NOT_SEEN
    assert made.current("AB", Side.RIGHT, blind=False) == SEEN
    assert all(one.software and one.imaging_sha256 for one in made.readings)


def test_who_knows_the_side_cannot_read_blinded_any_more_at_any_visit(tmp_path):
    case = with_series(tmp_path / "case", days=(FIRST, SECOND))
    with pytest.raises(UsageError) as several:
        find_place(case)
    assert several.value.code == "which_visit"
    both_blinded(find_place(case, FIRST.isoformat()))
    for day in (FIRST, SECOND):
        with pytest.raises(RefusedError) as problem:
            add_reading(find_place(case, day.isoformat()), reader="AB", side=Side.LEFT, seen=SEEN)
        assert problem.value.code == "side_is_known"
    told = add_reading(
        find_place(case, SECOND.isoformat()), reader="AB", side=Side.LEFT, seen=SEEN,
        blind=False, reason="read at the first visit",
    )  # fmt: skip
    assert told.readings[0].reason == "read at the first visit"


def test_a_reader_who_has_not_finished_sees_no_reading_of_others(case):
    place = find_place(case)
    both_blinded(place, "AB")
    add_reading(place, reader="CD", side=Side.LEFT, seen=NOT_SEEN)
    assert {one.reader for one in readings_for(place, "CD")} == {"CD"}
    add_reading(place, reader="CD", side=Side.RIGHT, seen=NOT_SEEN)
    assert {one.reader for one in readings_for(place, "CD")} == {"AB", "CD"}


def test_readings_are_never_overwritten_or_taken_out(case):
    place = find_place(case)
    made = both_blinded(place)
    before = place.files.readings.read_bytes()
    with pytest.raises(UsageError) as problem:
        write_readings(place.files.readings, Readings(readings=made.readings[1:]))
    assert problem.value.code == "readings_shortened"
    assert place.files.readings.read_bytes() == before
    corrected = made.readings[0].model_copy(update={"time": NOW.replace(hour=10)})
    write_readings(place.files.readings, Readings(readings=(*made.readings, corrected)))
    assert len(place.readings.readings) == 3


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"contact": "absent", "grade": 2}, "without contact"),
        ({"contact": "absent", "vessel": "aica"}, "without contact"),
        ({"contact": "present", "grade": 0}, "at least 1"),
        ({"contact": "yes"}, "contact"),
        ({"contact": "present", "grade": 4}, "grade"),
        ({"contact": "present", "segment": "knee"}, "segment"),
        ({"contact": "present", "vessel": "offending"}, "vessel"),
        ({"contact": "uncertain", "note": "x" * 501}, "note"),
    ],
)
def test_answers_that_contradict_one_another_are_refused_in_one_sentence(answers, said):
    with pytest.raises(UsageError) as problem:
        make_side_reading(**answers)
    assert problem.value.code == "bad_reading"
    assert said in problem.value.cause


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", "bad_json"),
        ("[]", None),
        ("{}", "wrong_version"),
        ('{"schema": "hemispasm.readings/2"}', "wrong_version"),
        ('{"schema": "hemispasm.readings/1", "reader": "AB"}', "unknown_key"),
        ('{"schema": "hemispasm.readings/1", "readings": [{"reader": "AB"}]}', "missing_key"),
        ("\x00\x01", "bad_json"),
    ],
)
def test_a_damaged_file_is_named_and_left_as_it_is(case, text, code):
    place = find_place(case)
    place.files.readings.write_text(text)
    with pytest.raises((UsageError, IntegrityError)) as problem:
        add_reading(place, reader="AB", side=Side.LEFT, seen=SEEN)
    assert code is None or problem.value.code == code
    assert "readings.json" in problem.value.cause
    assert place.files.readings.read_text() == text


@pytest.mark.parametrize("reader", ["", "a b", "ABCDEFGHI", "A/B"])
def test_initials_that_are_none_are_refused(case, reader):
    with pytest.raises(UsageError) as problem:
        add_reading(find_place(case), reader=reader, side=Side.LEFT, seen=SEEN)
    assert problem.value.code == "bad_reading"


def test_a_reading_knows_no_side_called_both():
    with pytest.raises(ValueError, match="left"):
        Reading(reader="AB", time=NOW, blind=True, software="1", sides={"both": NOT_SEEN})


def test_agreement_counts_the_same_answers_and_waits_with_kappa_for_enough_sides():
    def read_by(first, second):
        return Readings(
            readings=tuple(
                Reading(reader=who, time=NOW, blind=True, software="1",
                        sides={"left": left, "right": right})
                for who, (left, right) in (("AB", first), ("CD", second))
            )
        )  # fmt: skip

    same = read_by((SEEN, NOT_SEEN), (SEEN, NOT_SEEN))
    other = read_by((SEEN, NOT_SEEN), (NOT_SEEN, NOT_SEEN))
    (few,) = agree_readers([same, other])
    assert (few.readers, few.agreed, few.sides) == (("AB", "CD"), 3, 4)
    assert few.contact is None
    (many,) = agree_readers([same] * 8 + [other] * 2)
    assert (many.agreed, many.sides) == (18, 20)
    # Shares: both present 8, both absent 10, AB alone 2 of 20; by chance 0.5 * 0.4 + 0.5 * 0.6.
    assert many.contact.value == pytest.approx((0.9 - 0.5) / (1 - 0.5))
    assert many.contact.interval.low < 0.8 < many.contact.interval.high


def test_unblinded_readings_do_not_count_for_agreement():
    blind = Reading(reader="AB", time=NOW, blind=True, software="1", sides={"left": SEEN})
    known = Reading(reader="CD", time=NOW, blind=False, software="1", reason="x",
                    sides={"left": SEEN})  # fmt: skip
    assert agree_readers([Readings(readings=(blind, known))]) == ()


def test_the_command_names_what_is_missing_or_wrong(case, tmp_path):
    empty = imaging_case(tmp_path / "empty")
    wrong = {
        (case, "--side", "left", "--contact", "absent"): "missing_option",
        (case, "--reader", "AB", "--side", "both", "--contact", "absent"): "bad_side",
        (empty, "--show"): "no_imaging",
        (case, "--show", "--visit", "2020-01-01"): "no_imaging",
    }
    for arguments, code in wrong.items():
        result = run(*arguments)
        assert result.exception.code == code
    assert not (imaging_folder(case) / "readings.json").exists()


def test_what_was_kept_reads_back_as_json_with_sides_of_the_patient(case):
    run(case, "--reader", "ab", "--side", "left", "--contact", "present", "--segment", "attached")
    listed = json.loads(run(case, "--json", "--reader", "AB").stdout)
    assert listed["schema"] == "hemispasm.readings/1"
    assert listed["readings"][0]["sides"] == {"left": {"contact": "present", "segment": "attached"}}
    assert read_readings(imaging_folder(case) / "readings.json").readers == ("AB",)
