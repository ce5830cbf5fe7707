"""A recorded operation replayed: read, learn the baseline, follow sweep by sweep, sum up.

Nothing here looks at a clock: :func:`~hemispasm.monitor.following.follow` turns sweeps into what is
said after each of them, and whoever shows it decides how fast. A live source later gives the same
sweeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hemispasm.model.monitor import MonitorDocument


def monitor_file(
    path: Path | str,
    *,
    baseline: int | None = None,
    baseline_until: str | None = None,
    baseline_from: str | None = None,
    until: str | None = None,
    seed: int = 0,
) -> MonitorDocument:
    """Replay a recorded operation at once and return what was said of its lateral spread.

    Parameters
    ----------
    path : path-like
        An EMG recording with stimuli; muscles, sides and protocol stand beside it.
    baseline : int, optional
        How many sweeps teach the response.
    baseline_until, baseline_from, until : str, optional
        Seconds, ``m:ss``, ``h:mm:ss``, or the text of an event.
    seed : int
        Of the test for a response in the baseline.

    Returns
    -------
    MonitorDocument
        A recording that decodes always gets here, with a grade.

    Raises
    ------
    DecodeError
        The file cannot be decoded.
    UsageError
        The sidecar is wrong, or a time or an event is not in the recording.

    Examples
    --------
    >>> monitor_file("operation.edf", baseline_until="dura open").summary[0].state  # doctest: +SKIP
    'absent'
    """
    from hemispasm.monitor.baseline import BaselineWish, prepare
    from hemispasm.monitor.concluding import conclude
    from hemispasm.monitor.events import find_time
    from hemispasm.monitor.following import follow
    from hemispasm.monitor.operation import read_operation

    operation = read_operation(path)
    wish = BaselineWish(baseline, baseline_until, baseline_from)
    watch = prepare(operation, wish, seed)
    last_s = None if until is None else find_time(until, operation.events)[0]
    return conclude(watch, tuple(follow(watch, last_s)))
