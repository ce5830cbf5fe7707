"""Cases with simulated EMG, small enough to be assessed within seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from hemispasm.formats.case import write_case, write_visit
from hemispasm.model import Case, Side, Visit
from hemispasm.model.emg import Branch
from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain
from hemispasm.simulated_emg import write_simulated_emg

FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 30)
RATE_HZ = 4000.0


def emg_case(folder: Path, days=(FIRST,), id="P-007") -> Path:
    """Make an empty case with visits."""
    write_case(folder, Case(id=id))
    for day in days:
        write_visit(folder, Visit(day=day))
    return folder


def emg_folder(case: Path, day=FIRST) -> Path:
    folder = case / "visits" / day.isoformat() / "emg"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def add_rest(case: Path, day=FIRST, name="rest", seed=3, **more) -> Path:
    """Add a recording of activity at rest."""
    path = emg_folder(case, day) / f"{name}.edf"
    options = EmgOptions(**{"side": Side.RIGHT, "rate_hz": RATE_HZ, "duration_s": 40.0, **more})
    write_simulated_emg(path, options, seed=seed)
    return path


def add_evoked(case: Path, day=FIRST, name="lsr", seed=3, count=24, **more) -> Path:
    """Add a recording with stimuli."""
    path = emg_folder(case, day) / f"{name}.edf"
    train = StimulusTrain(count=count)
    site = more.pop("site", None)
    if site is not None:
        train = replace(train, site=Branch(site))
    options = EmgOptions(
        **{"scenario": "lsr", "side": Side.RIGHT, "duration_s": 0.5 + count / 3.0 + 1.0,
           "rate_hz": 10_000.0, "stimuli": train, **more}
    )  # fmt: skip
    write_simulated_emg(path, options, seed=seed)
    return path
