"""Every published number can be traced, and the tables do not contradict themselves."""

from __future__ import annotations

import copy
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
import typer
from scipy.stats import binomtest
from typer.testing import CliRunner

from hemispasm.cli.evidence import command
from hemispasm.evidence import (
    EvidenceItem,
    Quantity,
    ReadDepth,
    evidence_tables,
    evidence_topics,
    list_evidence,
    load_evidence,
    load_sources,
    lookup_evidence,
)
from hemispasm.evidence.loader import build_evidence, build_sources
from hemispasm.evidence.wording import describe_value
from hemispasm.model.errors import UsageError

ITEMS = list(load_evidence().values())
GOOD = {
    "label": "Patients who show it",
    "quantity": "proportion",
    "value": 0.5,
    "unit": "1",
    "n": 10,
    "population": "patients",
    "outcome": "seen",
    "year": 2020,
    "sources": "Someone2020",
    "read_depth": "abstract",
}
SOMEONE = {"Someone2020": {"citation": "Someone, Journal", "year": 2020, "doi": "10.1000/x"}}
SOURCES = build_sources([SOMEONE])


def build_one(**changes: object) -> EvidenceItem:
    fields = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return build_evidence([{"topic": {"name": fields}}], SOURCES)["topic.name"]


def test_every_source_of_every_item_resolves_and_can_be_found_by_a_reader() -> None:
    for item in ITEMS:
        for source in item.sources:
            found = load_sources()[source]
            assert found.doi or found.pmid or found.url or found.unresolved
        assert item.sources or item.read_depth is ReadDepth.EXPERT_RULE


def test_every_source_is_used_by_an_item_or_by_a_table_of_limits() -> None:
    used = {source for item in ITEMS for source in item.sources} | source_keys_of_tables()
    assert set(load_sources()) <= used


@pytest.mark.parametrize("identifier", ["doi", "pmid", "url"])
def test_no_identifier_stands_under_two_keys(identifier: str) -> None:
    found = [getattr(source, identifier) for source in load_sources().values()]
    given = [str(each).lower() for each in found if each]
    assert len(given) == len(set(given))


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key)
def test_an_interval_computed_here_is_reproduced_by_another_implementation(
    item: EvidenceItem,
) -> None:
    if item.interval_method != "wilson":
        return
    assert item.count is not None
    assert item.n is not None
    assert item.interval is not None
    expected = binomtest(item.count, item.n).proportion_ci(item.level, method="wilson")
    assert item.interval == pytest.approx((expected.low, expected.high), abs=6e-4)
    assert item.value == pytest.approx(item.count / item.n, abs=6e-4)


def test_the_year_of_an_item_is_the_year_of_its_newest_source() -> None:
    for item in ITEMS:
        if item.sources:
            years = [load_sources()[source].year or 0 for source in item.sources]
            assert (item.year or 0) == max(years)


@pytest.mark.parametrize("disorder", ["hfs", "bsp"])
def test_a_pooled_count_is_the_sum_of_its_series(disorder: str) -> None:
    pooled = lookup_evidence(f"other_babinski.{disorder}_pooled")
    parts = [
        lookup_evidence(f"other_babinski.{disorder}_{series}")
        for series in ("pawlowski", "varanda")
    ]
    assert (pooled.count, pooled.n) == (
        sum(part.count or 0 for part in parts),
        sum(part.n or 0 for part in parts),
    )


@pytest.mark.parametrize(
    ("keys", "n"),
    [
        (
            (
                "untreated.remission",
                "untreated.stable",
                "untreated.partly_better",
                "untreated.worse",
            ),
            104,
        ),
        (tuple(f"smc_grade.share_{grade}" for grade in (1, 2, 3, 4)), 118),
        (tuple(f"kondo.total_{total}" for total in (0, 1, 2, 3)), 102),
        (
            tuple(f"referrals.{each}" for each in ("primary", "hereditary", "secondary", "mimic")),
            215,
        ),
        (("first_site.periocular_primary", "first_site.not_periocular_primary"), 164),
    ],
)
def test_shares_of_one_series_add_up_to_all_its_patients(keys: tuple[str, ...], n: int) -> None:
    items = [lookup_evidence(key) for key in keys]
    assert {item.n for item in items} == {n}
    assert sum(item.count or 0 for item in items) == n


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interval": (0.6, 0.7), "level": 0.95, "interval_method": "published"}, "outside"),
        ({"interval": (0.4, 0.6)}, "go together"),
        ({"unit": "%"}, "is in '1'"),
        ({"value": 1.2}, "outside"),
        ({"n": None}, "n_unknown"),
        ({"n_unknown": "not printed"}, "n_unknown"),
        ({"count": 11}, "count 11"),
        ({"sources": []}, "no source"),
        ({"sources": "Nobody1900"}, "Nobody1900"),
        ({"value": None}, "needs a value"),
        ({"quantity": "statement", "unit": None}, "neither"),
        ({"conflicts": ["topic.other"]}, "does not exist"),
        ({"population": ""}, "population"),
        ({"read_depth": "guessed"}, "read_depth"),
    ],
)
def test_a_broken_entry_is_refused(change: dict[str, object], message: str) -> None:
    build_one()
    with pytest.raises(ValueError, match=message):
        build_one(**change)


def test_a_one_sided_conflict_is_refused() -> None:
    other = {**GOOD, "conflicts": ["topic.name"]}
    with pytest.raises(ValueError, match="not the reverse"):
        build_evidence([{"topic": {"name": dict(GOOD), "other": other}}], SOURCES)


def test_a_key_in_two_tables_is_refused() -> None:
    table = {"topic": {"name": dict(GOOD)}}
    with pytest.raises(ValueError, match="two evidence tables"):
        build_evidence([table, copy.deepcopy(table)], SOURCES)


def test_a_source_in_two_files_is_refused() -> None:
    with pytest.raises(ValueError, match="two files of sources"):
        build_sources([SOMEONE, copy.deepcopy(SOMEONE)])


def test_an_unknown_key_gets_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"other_babinski\.hfs_pawlowski") as caught:
        lookup_evidence("other_babinski.hfs_pawlowsky")
    assert caught.value.code == "unknown_evidence_key"
    with pytest.raises(UsageError):
        list_evidence("no_such_topic")


def test_topics_cover_every_item_once() -> None:
    listed = [item.key for topic in evidence_topics() for item in list_evidence(topic)]
    assert sorted(listed) == sorted(load_evidence())


@pytest.mark.parametrize(("value", "shown"), [(0.065, "6.5 %"), (0.265, "27 %"), (0.004, "0.4 %")])
def test_half_a_per_cent_goes_up_and_shares_below_one_keep_a_digit(
    value: float, shown: str
) -> None:
    assert describe_value(build_one(value=value)) == shown


def test_a_statement_prints_no_number_and_everything_else_does() -> None:
    for item in ITEMS:
        has_digits = any(sign.isdigit() for sign in describe_value(item))
        assert has_digits == (item.quantity is not Quantity.STATEMENT)


@pytest.fixture
def cli() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    return app


def test_the_command_shows_both_sides_of_a_conflict(cli: typer.Typer) -> None:
    result = CliRunner().invoke(cli, ["scale_reliability.hsgs_before_training"])
    assert result.exit_code == 0
    assert "0.43" in result.stdout
    assert "CONFLICT with scale_reliability.hsgs_authors_lowest: 0.62" in result.stdout
    assert "doi:10.1007/s10072-019-03921-4" in result.stdout
    assert "abstract read only" in result.stdout


def test_the_command_alone_lists_every_topic_without_the_numbers(cli: typer.Typer) -> None:
    result = CliRunner().invoke(cli, [])
    assert result.exit_code == 0
    first_words = {line.split()[0] for line in result.stdout.splitlines() if line[:2] == "  "}
    assert first_words == set(evidence_topics())
    assert "doi:" not in result.stdout


def test_the_command_shows_a_whole_table_and_complete_json(cli: typer.Typer) -> None:
    shown = CliRunner().invoke(cli, ["differential"]).stdout.splitlines()
    assert set(evidence_tables()["differential"]) <= set(shown)
    document = json.loads(CliRunner().invoke(cli, ["--json"]).stdout)
    assert [item["key"] for item in document["items"]] == list(load_evidence())


def test_every_key_stands_in_exactly_one_table() -> None:
    listed = [key for keys in evidence_tables().values() for key in keys]
    assert sorted(listed) == sorted(load_evidence())


def test_the_command_prints_json_with_sources(cli: typer.Typer) -> None:
    result = CliRunner().invoke(cli, ["other_babinski", "--json"])
    document = json.loads(result.stdout)
    assert document["schema"] == "hemispasm.evidence/1"
    assert {item["topic"] for item in document["items"]} == {"other_babinski"}
    assert all(item["sources"][0]["citation"] for item in document["items"])


def source_keys_of_tables() -> set[str]:
    """Return every source key in the tables of limits, parameters and behaviour."""
    package = Path(str(files("hemispasm")))
    patterns = ("limits*.toml", "parameters*.toml", "behaviour.toml")
    tables = [table for pattern in patterns for table in package.rglob(pattern)]
    return {key for table in tables for key in find_sources(tomllib.loads(table.read_text()))}


def find_sources(node: object) -> set[str]:
    """Return the values of every ``source`` or ``sources`` field below a parsed table."""
    found: set[str] = set()
    if isinstance(node, list):
        for entry in node:
            found |= find_sources(entry)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in ("source", "sources") and isinstance(value, str | list):
                found |= {value} if isinstance(value, str) else set(value)
            else:
                found |= find_sources(value)
    return found


def test_the_search_for_source_keys_finds_them_at_any_depth() -> None:
    table = {"a": {"source": "One"}, "b": [{"c": {"sources": ["Two", "Three"]}}]}
    assert find_sources(table) == {"One", "Two", "Three"}


def test_limits_and_parameters_name_a_known_source_or_say_that_there_is_none() -> None:
    words = {"expert_rule", "assumed", "calibrated", "definition", "method"}
    known = set(load_sources()) | set(load_evidence()) | words
    assert source_keys_of_tables() <= known
