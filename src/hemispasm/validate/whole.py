"""`hemispasm validate all`: every validation in one run, one table, one record."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.validate.kept_lines import KeptLines
from hemispasm.validate.machine import Machine, describe_machine
from hemispasm.validate.whole_parts import PARTS, chosen_parts
from hemispasm.validate.whole_rows import AccuracyRow, accuracy_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

FOOTER = "Research software, not a medical device."
Told = Callable[[str], None]


class PartResult(Noun):
    """What one part found.

    Attributes
    ----------
    seed_base : int
        First seed.
    fresh : bool
        Whether no seed was open to tuning.
    rows : tuple of AccuracyRow
        Its scores.
    """

    name: str
    title: str
    plan: Literal["full", "quick"]
    seed_base: int
    fresh: bool
    seconds: float
    rows: tuple[AccuracyRow, ...]

    def count(self, passed: bool) -> int:
        """Return how many promises were kept, or not."""
        return sum(row.passed is passed for row in self.rows)


class WholeReport(Noun):
    """Every part's scores, and the machine they were found on.

    Attributes
    ----------
    began : str
        When the run began, ISO, UTC.
    parts : tuple of PartResult
        In the order of the run; left-out parts are not there.
    left_out : tuple of str
        Their names.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.whole_validation/1"] = Field(
        default="hemispasm.whole_validation/1", alias="schema"
    )
    hemispasm: str
    plan: Literal["full", "quick"]
    began: str
    machine: Machine
    parts: tuple[PartResult, ...]
    left_out: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    seconds: float
    footer: str = FOOTER

    @property
    def fresh(self) -> bool:
        """Whether every part ran on seeds that were never open to tuning."""
        return all(part.fresh for part in self.parts)

    @property
    def failed(self) -> tuple[str, ...]:
        """Promises that were not kept, and assets that are not what they should be."""
        rows = [f"{part.name}: {r.name}" for part in self.parts for r in part.rows
                if r.passed is False]  # fmt: skip
        packages = [f"package {p.name}" for p in self.machine.packages if p.found is None]
        return (*(f"asset {a.name}" for a in self.machine.assets if not a.whole), *packages, *rows)


def validate_all(
    *,
    quick: bool = False,
    seed_base: int | None = None,
    workers: int = 2,
    only: str | None = None,
    keep: Path | None = None,
    real: Path | None = None,
    peers: Path | None = None,
    told: Told = lambda _: None,
) -> WholeReport:
    """Run every validation and put the scores into one table.

    Parameters
    ----------
    quick : bool
        The quick size of each part: shows that an installation works.
    seed_base : int, optional
        First seed of every part; each part's own for releases when None.
    workers : int
        Processes.
    only : str, optional
        Only these parts, separated by commas.
    keep : Path, optional
        Folder in which the result of each part stays, and those of single sessions and patients:
        a stopped run goes on from there. Results of other code are never taken.
    real : Path, optional
        Folder with real signals, for family C.
    peers : Path, optional
        Python of an environment with other tools, for the EMG.
    told : callable
        Called with a line of progress.

    Returns
    -------
    WholeReport
        Machine, versions, asset hashes, every score with its interval and its bar.

    Raises
    ------
    UsageError
        A part or a seed does not exist (``unknown_part``, ``bad_seed_base``).
    """
    began, moment = time.perf_counter(), datetime.now(UTC)
    names = chosen_parts(only)
    machine = describe_machine()
    store = None if keep is None else KeptLines(keep, f"all-{machine.code}", PartResult)
    kept = {} if store is None else store.read()
    given: dict[str, Any] = {"keep": keep, "real": real, "peers": peers}
    parts, reused = [], []
    for name in names:
        extras = [option for option in PARTS[name].takes if given[option] and option != "keep"]
        key = "-".join([name, "quick" if quick else "full", str(seed_base), *extras])
        if key in kept:
            told(f"{name}: kept from an earlier run")
            reused.append(name)
            parts.append(kept[key])
            continue
        found = run_part(name, given, quick=quick, seed_base=seed_base, workers=workers, told=told)
        parts.append(found)
        if store is not None:
            store.append(key, found)
    return WholeReport(
        hemispasm=machine.hemispasm,
        plan="quick" if quick else "full",
        began=moment.isoformat(timespec="minutes"),
        machine=machine,
        parts=tuple(parts),
        left_out=tuple(name for name in PARTS if name not in names),
        reused=tuple(reused),
        seconds=round(time.perf_counter() - began, 1),
    )


def run_part(
    name: str,
    given: Mapping[str, Any],
    *,
    quick: bool,
    seed_base: int | None,
    workers: int,
    told: Told,
) -> PartResult:
    """Run one part and return its scores in the common form."""
    began = time.perf_counter()
    part = PARTS[name]
    options = {option: given[option] for option in part.takes if given.get(option) is not None}
    if seed_base is not None:
        options["seed_base"] = seed_base
    report = part.load()(
        quick=quick, workers=workers, told=lambda line: told(f"{name}: {line}"), **options
    )
    return PartResult(
        name=name,
        title=part.title,
        plan=report.plan,
        seed_base=report.seed_base,
        fresh=report.fresh,
        seconds=round(time.perf_counter() - began, 1),
        rows=accuracy_rows(name, report),
    )
