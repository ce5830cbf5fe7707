"""The whole path on a simulated patient: film, measure, compare, report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from hemispasm.assess import Assessment

DEMO_SEED = 7


def run_demo(
    folder: Path | str,
    *,
    seed: int = DEMO_SEED,
    fresh: bool = False,
    tell: Callable[[str], None] | None = None,
    progress: Callable[[str, float, float | None], None] | None = None,
) -> Assessment:
    """Film a simulated patient before and after toxin, with EMG; measure both visits, report.

    Parameters
    ----------
    folder : path-like
        The case folder to make. An existing demo case is measured anew; anything else that is
        already there is refused.
    seed : int
        Which patient.
    fresh : bool
        Film the patient anew even where the case is already there.
    tell : callable, optional
        Called with one sentence at each stage.
    progress : callable, optional
        Called with the recording's label, seconds read and seconds there are.

    Returns
    -------
    Assessment
        The run with its report.

    Raises
    ------
    UsageError
        The folder exists and holds something other than a demo case.
    """
    from hemispasm.assess import assess
    from hemispasm.simulated_case import simulate_face_case

    case = Path(folder)
    say = tell or (lambda _: None)
    if case.exists():
        _refuse_a_stranger(case)
    if fresh and case.exists():
        _remove_simulated(case)
    if not case.exists():
        say("Filming a simulated patient with left hemifacial spasm before and after toxin …")
        simulate_face_case(case, side="left", seed=seed)
    say("Measuring both visits …")
    return assess(case, fresh=True, progress=progress)


def _refuse_a_stranger(case: Path) -> None:
    from hemispasm.formats.case import read_case

    if not read_case(case).case.simulated:
        raise UsageError(
            "demo_folder_taken",
            "The folder for the demo already holds a case that is not simulated.",
            "Name another folder: hemispasm demo FOLDER.",
        )


def _remove_simulated(case: Path) -> None:
    """Remove what a demo wrote; called only after the case said that it is simulated."""
    import shutil

    shutil.rmtree(case)
