"""`hemispasm simulate cohort`: a cohort or trial with known truth, and its power."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.simulate.course.cohort import CohortTable
    from hemispasm.simulate.course.power import Power

Out = Annotated[Path, typer.Argument(metavar="OUT.csv", help="The table to write.")]
Count = Annotated[int, typer.Option("--patients", min=1, help="Patients in all arms together.")]
Centre = Annotated[
    str, typer.Option(help="Whose operations and word for spasm-free: centre_a or pooled.")
]
Spec = Annotated[
    str,
    typer.Option(
        "--trial",
        help="untreated, toxin, decompression, toxin_or_decompression, or a TOML file.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same table.")]
Repeats = Annotated[
    int | None,
    typer.Option("--power", min=20, help="Also simulate the trial this often, for its power."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was made as JSON on stdout.")]


def cohort(
    out: Out,
    patients: Count = 200,
    centre: Centre = "pooled",
    trial: Spec = "untreated",
    seed: Seed = 0,
    power: Repeats = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a cohort or trial over months to years; its truth is written beside it."""
    from hemispasm.simulated_cohort import plan_power, write_simulated_cohort

    table = write_simulated_cohort(out, patients, seed, centre=centre, trial=trial)
    found = None
    if power is not None:
        found = plan_power(patients, seed, centre=centre, trial=table.trial, trials=power)
    if as_json:
        _print_json(out, table, found)
    else:
        _print_words(out, table, found)


def _print_json(out: Path, table: CohortTable, found: Power | None) -> None:
    import json

    made: dict[str, Any] = {
        "table": str(out), "simulated": True, "patients": len(table), "centre": table.centre.name,
        "trial": table.trial.name, "seed": table.seed, "arms": _arms(table),
    }  # fmt: skip
    if found is not None:
        made["power"] = {
            "power": found.power, "interval": found.interval.pair,
            "model_range": found.model_range.pair if found.model_range else None,
            "trials": found.trials, "patients": found.patients, "effect": found.effect,
        }  # fmt: skip
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))


def _print_words(out: Path, table: CohortTable, found: Power | None) -> None:
    day = table.trial.primary_day
    for arm in _arms(table):
        typer.echo(
            f"{arm['arm']}: {arm['patients']} patients, {arm['seen']} seen on day {day}, "
            f"{arm['spasm_free']} of them spasm-free"
        )
    if found is not None:
        low, high = found.interval.pair
        said = (
            f"power {found.power:.0%} ({low:.0%} to {high:.0%} by chance of {found.trials} trials"
        )
        if found.model_range is not None:
            said += (
                f"; {found.model_range.low:.0%} to {found.model_range.high:.0%} over models that "
                "fit as well"
            )
        typer.echo(said + ")")
    typer.echo(
        f"{out}: {len(table)} patients, {len(table.trial.visits)} visits, centre "
        f"{table.centre.name}. SIMULATED. Research software, not a medical device."
    )


def _arms(table: CohortTable) -> list[dict[str, Any]]:
    """Return what each arm shows at the primary visit."""
    import numpy as np

    place = table.trial.visits.index(table.trial.primary_day)
    free = table.spasm_free[:, place]
    arms = []
    for index, arm in enumerate(table.trial.arms):
        own = table.arm == index
        seen = own & ~np.isnan(free)
        made = {"arm": arm.name, "patients": int(own.sum()), "day": table.trial.primary_day}
        arms.append({**made, "seen": int(seen.sum()), "spasm_free": int(free[seen].sum())})
    return arms
