"""The whole path on a simulated patient: simulate, measure, compare, report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from hemispasm.assess import Assessment
    from hemispasm.simulate.patient.options import PatientOptions

DEMO_SEED = 2


def run_demo(
    folder: Path | str,
    *,
    seed: int = DEMO_SEED,
    fresh: bool = False,
    tell: Callable[[str], None] | None = None,
    progress: Callable[[str, float, float | None], None] | None = None,
) -> Assessment:
    """Simulate a patient before and after an operation, measure both visits and report.

    Video, EMG and MRI of both visits come from the same nerve: the vessel touches it, then it is
    free. What is true stands in ``patient.truth.json``.

    Parameters
    ----------
    folder : path-like
        The case folder to make. An existing demo case is measured anew; anything else that is
        already there is refused.
    seed : int
        Which patient.
    fresh : bool
        Simulate the patient anew even where the case is already there.
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
    from hemispasm.simulated_patient import simulate_patient

    case = Path(folder)
    say = tell or (lambda _: None)
    if case.exists():
        _refuse_a_stranger(case)
    if fresh and case.exists():
        _remove_simulated(case)
    if not case.exists():
        say(
            "Simulating a patient with left hemifacial spasm before and after decompression of the "
            "nerve: video, EMG, MRI …"
        )
        simulate_patient(case, demo_patient(seed), processes=2)
    say("Measuring both visits …")
    return assess(case, fresh=True, progress=progress)


def demo_patient(seed: int) -> PatientOptions:
    """Return the patient of the demo: short recordings, so that it ends within minutes.

    Examples
    --------
    >>> demo_patient(7).treatment
    'mvd'
    """
    from hemispasm.simulate.patient.options import PatientOptions

    return PatientOptions(
        "established", seed=seed, treatment="mvd", video_s=42.0, emg_s=70.0, frame_rate_hz=20.0
    )


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
