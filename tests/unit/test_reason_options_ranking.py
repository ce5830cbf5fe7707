"""Options are ordered by the patient's stated values, and by nothing else."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from reason_charts import chart, seen
from reason_options import differential, gate, grid_of

from hemispasm.model.plan import Urgency
from hemispasm.reason.option_rules import load_option_table
from hemispasm.reason.values import RANKED, rank_by_values

PREFERENCES = tuple(row["code"] for row in load_option_table()["preference"])


def order_of(**values: str) -> tuple[str, ...] | None:
    stated = [seen(f"preference.{name}", value) for name, value in values.items()]
    return grid_of(chart(*stated)).by_values


def test_values_order_the_options_as_the_table_says():
    assert order_of(lasting_relief="most", avoid_surgery="not") == ("mvd", "toxin", "observation")
    assert order_of(quick_relief="most") == ("toxin", "mvd", "observation")
    assert order_of(avoid_surgery="most", quick_relief="some") == ("toxin", "observation", "mvd")
    assert order_of(avoid_surgery="most", avoid_injections="some") == (
        "observation",
        "toxin",
        "mvd",
    )


def test_values_that_do_not_decide_or_pull_apart_give_no_order():
    assert order_of() is None
    assert order_of(avoid_surgery="not", lasting_relief="not") is None
    assert order_of(avoid_surgery="most") is None
    assert order_of(avoid_surgery="most", lasting_relief="most") is None
    contradicting = chart(
        seen("preference.avoid_surgery", "most"), seen("preference.lasting_relief", "most")
    )
    assert grid_of(contradicting).no_ranking == "contradictory"


def test_nothing_is_ranked_over_an_open_emergency_or_an_option_that_is_ruled_out():
    valued = chart(seen("preference.lasting_relief", "most"))
    open_gate = grid_of(valued, gates=(gate("stroke", Urgency.EMERGENCY),))
    assert (open_gate.by_values, open_gate.no_ranking) == (None, "gate_first")
    ruled_out = grid_of(valued, gates=(gate("post_paralytic"),))
    assert (ruled_out.by_values, ruled_out.no_ranking) == (None, "ruled_out")


LEVELS = st.sampled_from([None, "most", "some", "not"])


@given(st.fixed_dictionaries(dict.fromkeys(PREFERENCES, LEVELS)))
def test_an_order_never_goes_against_a_value_that_matters_most(stated):
    given_chart = chart(*(seen(code, value) for code, value in stated.items() if value))
    ranking = rank_by_values(given_chart)
    assert (ranking.order is None) != (ranking.why_not is None)
    assert len(ranking.values) == sum(value is not None for value in stated.values())
    if ranking.order is None:
        return
    assert {"most", "some"} & set(stated.values())
    assert ranking.order in set(permutations(RANKED))
    for row in load_option_table()["preference"]:
        if stated[row["code"]] == "most":
            tied = {option: i for i, group in enumerate(row["order"]) for option in group}
            places = [tied[option] for option in ranking.order]
            assert places == sorted(places)


@given(
    st.lists(
        st.sampled_from(
            [
                seen("scale.smc", 4.0, "left"),
                seen("history.impact_work", "severe"),
                seen("imaging.vessel_contact", side="left"),
                seen("history.fit_for_anaesthesia", "fit"),
                seen("imaging.radiologist_report", "no_secondary_cause"),
                seen("history.toxin_hypersensitivity"),
            ]
        ),
        unique_by=lambda o: o.finding.code,
    )
)
def test_without_stated_values_nothing_is_ever_ranked(observations):
    grid = grid_of(chart(*observations), differential=differential("hfs", 0.95))
    assert grid.by_values is None
    assert grid.no_ranking == "no_values"
    assert [o.name for o in grid.options][:3] == ["observation", "toxin", "mvd"]
