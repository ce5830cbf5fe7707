"""Cohorts, trials and power: what is written, what is hidden, what goes missing."""

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from hemispasm.cli.simulate import app
from hemispasm.model.errors import UsageError
from hemispasm.simulate.course.cohort import draw_cohort, table_columns
from hemispasm.simulate.course.power import simulate_power
from hemispasm.simulate.course.trial import Arm, Trial, named_trial
from hemispasm.simulated_cohort import plan_power, read_trial, write_simulated_cohort

SAME = Trial(name="same", arms=(Arm(name="one"), Arm(name="other")), visits=(0, 28))


@pytest.fixture(scope="module")
def table():
    return draw_cohort(300, 6, trial=named_trial("toxin_or_decompression"))


def test_arms_are_of_equal_size_and_alike_before_treatment(table):
    assert abs(int((table.arm == 0).sum()) - 150) <= 1
    before = table.truth.rate_per_min[:, 0]
    gap = before[table.arm == 0].mean() - before[table.arm == 1].mean()
    assert abs(gap) < 4 * before.std() / np.sqrt(75)


def test_decompression_frees_most_and_toxin_leaves_the_nerve(table):
    last = table.truth.spasm[:, -1]
    assert last[table.arm == 1].mean() < 0.35
    assert last[table.arm == 0].mean() > 0.8
    toxin = table.arm == 0
    seen = table.truth.visible_rate_per_min[toxin, 1] / table.truth.rate_per_min[toxin, 1]
    assert np.nanmedian(seen) < 0.8


def test_a_missing_visit_has_neither_count_nor_judgement(table):
    gone = table.missing != ""
    assert gone.any()
    assert not gone[:, 0].any()
    assert np.isnan(table.count[gone]).all()
    assert not np.isnan(table.count[~gone]).any()
    left = table.missing == "left"
    assert (left[:, :-1] <= left[:, 1:]).all()


def test_who_still_has_spasms_leaves_more_often_when_the_trial_says_so():
    trial = named_trial("decompression").model_copy(
        update={"dropout": 0.0, "missed": 0.0, "dropout_with_spasm": 0.3}
    )
    made = draw_cohort(400, 3, trial=trial)
    left = (made.missing == "left").any(axis=1)
    ill = made.truth.spasm[:, 1:].all(axis=1)
    assert left[ill].mean() > left[~ill].mean() + 0.3


def test_the_same_seed_gives_the_same_table_and_another_seed_another(table):
    again = draw_cohort(300, 6, trial=named_trial("toxin_or_decompression"))
    other = draw_cohort(300, 7, trial=named_trial("toxin_or_decompression"))
    assert np.array_equal(table.count, again.count, equal_nan=True)
    assert not np.array_equal(table.count, other.count, equal_nan=True)


def test_a_table_says_of_every_row_that_it_is_simulated_and_hides_the_truth(table):
    columns = table_columns(table)
    assert set(columns["simulated"]) == {"SIMULATED"}
    assert not any("truth" in name or "pressure" in name or "rate" in name for name in columns)


def test_arms_that_do_the_same_differ_as_often_as_the_level_says():
    found = simulate_power(SAME, 60, 3, trials=1000)
    assert 0.05 in found.interval
    assert found.model_range is None


def test_more_patients_give_more_power():
    weak = Trial(
        name="technique",
        arms=(
            Arm(name="usual", treatment="decompression", complete=0.7),
            Arm(name="better", treatment="decompression", complete=0.9),
        ),
        visits=(0, 366),
        outcome="spasm_free",
    )
    few, many = (simulate_power(weak, n, 2, trials=60).power for n in (40, 300))
    assert few < many
    assert many > 0.7


def test_power_over_models_gives_a_range_that_is_not_a_point():
    found = plan_power(30, 1, trial="toxin", trials=20, over_models=True)
    assert found.model_range is not None
    assert 0 <= found.model_range.low < found.model_range.high <= 1
    assert found.power in found.model_range


@pytest.mark.parametrize(
    ("trial", "patients", "code"),
    [(named_trial("untreated"), 20, "one_arm"), (SAME, 3, "few_patients")],
)
def test_a_trial_without_a_comparison_is_refused(trial, patients, code):
    with pytest.raises(UsageError) as refused:
        simulate_power(trial, patients, 1)
    assert refused.value.code == code


def test_visits_that_do_not_begin_before_treatment_are_refused(tmp_path):
    spec = tmp_path / "mine.toml"
    spec.write_text('name = "mine"\nvisits = [7, 30]\n[[arms]]\nname = "one"\n')
    with pytest.raises(UsageError, match="rise from 0"):
        read_trial(str(spec))


def test_the_command_writes_a_table_its_truth_and_what_made_it(tmp_path):
    out = tmp_path / "trial.csv"
    spec = tmp_path / "mine.toml"
    spec.write_text(
        'name = "mine"\nvisits = [0, 30]\n[[arms]]\nname = "a"\n'
        '[[arms]]\nname = "b"\ntreatment = "toxin"\n'
    )
    options = ["--patients", "30", "--trial", str(spec), "--power", "20", "--json"]
    result = CliRunner().invoke(app, ["cohort", str(out), *options])
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    assert made["simulated"] is True
    assert [arm["arm"] for arm in made["arms"]] == ["a", "b"]
    assert 0 <= made["power"]["interval"][0] <= made["power"]["power"]
    rows = list(csv.DictReader(out.open()))
    true = list(csv.DictReader((tmp_path / "trial.truth.csv").open()))
    assert len(rows) == len(true) == 60
    assert {row["simulated"] for row in rows + true} == {"SIMULATED"}
    described = json.loads((tmp_path / "trial.truth.json").read_text())
    assert described["seed"] == 0
    assert "never to predict a person" in described["warning"]
    assert {entry["status"] for entry in described["parameters"]} >= {"assumed", "calibrated"}


@pytest.mark.parametrize(
    ("name", "patients", "code"),
    [
        ("trial.xlsx", 5, "not_a_csv_name"),
        ("no/t.csv", 5, "no_folder"),
        ("t.csv", 0, "cohort_size"),
    ],
)
def test_a_cohort_that_cannot_be_written_is_refused_before_it_is_drawn(
    tmp_path, name, patients, code
):
    with pytest.raises(UsageError) as refused:
        write_simulated_cohort(tmp_path / name, patients)
    assert refused.value.code == code
    assert not list(tmp_path.iterdir())
