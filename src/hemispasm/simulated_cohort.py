"""The whole path of a simulated cohort: a trial's table, its truth beside it, and its power."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from hemispasm.simulate.course.cohort import CohortTable
    from hemispasm.simulate.course.power import Power
    from hemispasm.simulate.course.trial import Trial

WARNING = (
    "SIMULATED. No patient stands behind these rows. The slow model is not identified by published "
    "data: use it to plan under stated assumptions, never to predict a person."
)
MOST_PATIENTS = 200_000


def cohort_truth_paths(table: Path | str) -> tuple[Path, Path]:
    """Return where the truth of a simulated cohort stands: the table, and what made it.

    Examples
    --------
    >>> [path.name for path in cohort_truth_paths("trial.csv")]
    ['trial.truth.csv', 'trial.truth.json']
    """
    return Path(table).with_suffix(".truth.csv"), Path(table).with_suffix(".truth.json")


def read_trial(spec: str) -> Trial:
    """Return a trial by name, or from a TOML file.

    Parameters
    ----------
    spec : str
        ``untreated``, ``toxin``, ``decompression``, ``toxin_or_decompression``, or the path of a
        ``.toml`` file with the fields of a trial.

    Raises
    ------
    UsageError
        No trial of that name, or the file is wrong.

    Examples
    --------
    >>> read_trial("decompression").outcome
    'spasm_free'
    """
    from hemispasm.formats.parse import parse, read_toml
    from hemispasm.simulate.course.trial import Trial, named_trial

    if not spec.endswith(".toml"):
        return named_trial(spec)
    path = Path(spec)
    return parse(Trial, read_toml(path, path.name), path.name)


def write_simulated_cohort(
    path: Path | str,
    patients: int = 200,
    seed: int = 0,
    *,
    centre: str = "pooled",
    trial: str | Trial = "untreated",
) -> CohortTable:
    """Simulate a cohort or trial and write it with its truth.

    Parameters
    ----------
    path : path-like
        The ``.csv`` to write: one row per patient and visit, as a trial has it, marked as
        simulated. ``<name>.truth.csv`` (what is true on those days) and ``<name>.truth.json``
        (trial, centre, seed, parameters) are written beside it.
    patients : int
    seed : int
        The same options and seed give the same table.
    centre : str
        ``centre_a`` or ``pooled``.
    trial : str or Trial
        A name, a ``.toml`` file, or a trial.

    Returns
    -------
    CohortTable

    Raises
    ------
    UsageError
        The name does not end in ``.csv`` (``not_a_csv_name``), the folder does not exist
        (``no_folder``), or an option is wrong.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     table = write_simulated_cohort(f"{folder}/trial.csv", 20, seed=1, trial="toxin")
    ...     sorted(entry.name for entry in Path(folder).iterdir())
    ['trial.csv', 'trial.truth.csv', 'trial.truth.json']
    """
    from hemispasm.formats.atomic import write_text
    from hemispasm.formats.csv import rows_csv
    from hemispasm.formats.findings import json_text
    from hemispasm.simulate.course.cohort import draw_cohort, table_columns, truth_columns

    out = Path(path)
    check_cohort_file(out, patients)
    plan = read_trial(trial) if isinstance(trial, str) else trial
    table = draw_cohort(patients, seed, centre, plan)
    shown, true = table_columns(table), truth_columns(table)
    values, made = cohort_truth_paths(out)
    write_text(out, rows_csv(list(shown), zip(*shown.values(), strict=True)))
    write_text(values, rows_csv(list(true), zip(*true.values(), strict=True)))
    # What made it comes last: where it stands, the table is whole.
    write_text(made, json_text(cohort_description(table)))
    return table


def cohort_description(table: CohortTable) -> dict[str, Any]:
    """Return what made a cohort: trial, centre, seed, and how far to believe every default."""
    from hemispasm.simulate.course.parameters import DEFAULTS

    return {
        "simulated": True,
        "warning": WARNING,
        "patients": len(table),
        "seed": table.seed,
        "centre": asdict(table.centre),
        "trial": table.trial.model_dump(mode="json"),
        "parameters": [
            {
                name: value
                for name, value in asdict(entry).items()
                if name != "room" and value not in ("", None, ())
            }
            for entry in DEFAULTS.values()
        ],
    }


def plan_power(
    patients: int,
    seed: int = 0,
    *,
    centre: str = "pooled",
    trial: str | Trial = "decompression",
    trials: int = 400,
    over_models: bool = True,
) -> Power:
    """Simulate a trial many times and return how often it shows a difference.

    See `hemispasm.simulate.course.power.simulate_power`.

    Examples
    --------
    >>> plan_power(40, trial="toxin", trials=20, over_models=False).trials
    20
    """
    from hemispasm.simulate.course.power import simulate_power

    plan = read_trial(trial) if isinstance(trial, str) else trial
    _check_size(patients * trials)
    return simulate_power(plan, patients, seed, centre, trials=trials, over_models=over_models)


def check_cohort_file(out: Path, patients: int) -> None:
    """Refuse early a name, a folder or a size that cannot be."""
    if out.suffix.lower() != ".csv":
        raise UsageError(
            "not_a_csv_name",
            f"{out.name} does not end in .csv.",
            "Give the file a name like trial.csv.",
        )
    if not out.absolute().parent.is_dir():
        raise UsageError(
            "no_folder",
            f"There is no folder {out.absolute().parent.name} to write into.",
            "Make it first.",
        )
    _check_size(patients)


def _check_size(patients: int) -> None:
    if not 1 <= patients <= MOST_PATIENTS:
        raise UsageError(
            "cohort_size",
            f"A cohort has 1 to {MOST_PATIENTS} patients, trials of a power run counted together.",
            "Ask for fewer.",
        )
