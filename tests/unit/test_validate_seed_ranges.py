"""Which seeds a validation may use: never tuned on, never looked at, never shared."""

from __future__ import annotations

from itertools import combinations

import pytest

from hemispasm.cli.validate_kinds import KINDS
from hemispasm.model.errors import UsageError
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS, SeedRanges

KINDS_WITH_SEEDS = sorted(VALIDATION_SEEDS)


def kept_from_tuning(seeds: SeedRanges) -> set[int]:
    """Return every seed that is kept for releases or once was."""
    return set(seeds.release).union(*(spent for spent, _ in seeds.spent))


@pytest.mark.parametrize(("one", "other"), list(combinations(KINDS_WITH_SEEDS, 2)))
def test_no_two_validations_share_a_seed_that_is_kept_for_releases(one, other):
    assert not kept_from_tuning(VALIDATION_SEEDS[one]) & kept_from_tuning(VALIDATION_SEEDS[other])


@pytest.mark.parametrize("kind", KINDS_WITH_SEEDS)
def test_release_seeds_were_neither_tuned_on_nor_looked_at(kind):
    seeds = VALIDATION_SEEDS[kind]
    seen = set(seeds.tuning) | set(seeds.orientation or ())
    seen = seen.union(*(spent for spent, _ in seeds.spent))
    assert not set(seeds.release) & seen


@pytest.mark.parametrize("kind", KINDS_WITH_SEEDS)
def test_the_default_of_the_command_is_a_first_seed_for_releases(kind):
    seeds = VALIDATION_SEEDS[kind]
    assert KINDS[kind].seed_base == seeds.check(seeds.base)
    assert seeds.is_fresh(seeds.base)
    assert not seeds.is_fresh(seeds.check(0))


@pytest.mark.parametrize("kind", KINDS_WITH_SEEDS)
def test_a_run_may_end_on_the_last_seed_of_its_range_and_not_behind_it(kind):
    seeds = VALIDATION_SEEDS[kind]
    last = seeds.release.stop - seeds.per_run
    assert seeds.check(last) == last
    with pytest.raises(UsageError, match=f"{last} for a release"):
        seeds.check(last + 1)


def test_spent_seeds_are_refused_with_what_spent_them():
    with pytest.raises(UsageError, match="20000 to 20999 are spent, as limits for winks"):
        VALIDATION_SEEDS["video"].check(20_000)
    with pytest.raises(UsageError, match="are spent"):
        VALIDATION_SEEDS["behaviour"].check(49_600)
