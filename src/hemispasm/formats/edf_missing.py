"""What EDF has no number for: samples that are missing, and an end inside a record.

Both are noted as annotations. Read back, missing samples are NaN and the end is cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MISSING_TEXT = "not recorded"
END_TEXT = "end of recording"


def missing_note(text: str, start_s: float, duration_s: float, label: str) -> Annotation:
    """Return the annotation for samples of one channel that are not there.

    Examples
    --------
    >>> missing_note(MISSING_TEXT, 1.5, 0.25, "EMG1").text
    'not recorded@@EMG1'
    """
    # EDF+ ties an annotation to one signal by "@@" and its label.
    return Annotation(time_s=start_s, duration_s=duration_s, text=f"{text}@@{label}")


def is_missing_note(note: Annotation) -> bool:
    """Whether an annotation is one of `missing_note`."""
    text, mark, _ = note.text.partition("@@")
    return bool(mark) and text in (MISSING_TEXT, END_TEXT)


def find_missing(signal: NDArray[np.floating], rate_hz: float) -> list[tuple[float, float]]:
    """Return start and duration in seconds of every run of NaN.

    Examples
    --------
    >>> find_missing(np.array([1.0, np.nan, np.nan, 2.0]), 2.0)
    [(0.5, 1.0)]
    """
    is_missing = np.concatenate([[False], np.isnan(signal), [False]])
    edges = np.flatnonzero(np.diff(is_missing.astype(np.int8)))
    return [(int(a) / rate_hz, int(b - a) / rate_hz) for a, b in edges.reshape(-1, 2)]


def without_missing(
    signals: Sequence[NDArray[np.floating]],
    labels: Sequence[str],
    rates_hz: Sequence[float],
    notes: Sequence[Annotation],
) -> list[NDArray[np.floating]]:
    """Put NaN where a note says that nothing was recorded, and cut off what lies after the end.

    Parameters
    ----------
    signals : sequence of ndarray, shape (n_samples,)
        Changed in place where samples are missing.
    labels, rates_hz : sequence
        Of the signals.
    notes : sequence of Annotation
        Times from the first sample.

    Returns
    -------
    list of ndarray
        In the order given.
    """
    kept = []
    found = [note for note in notes if is_missing_note(note)]
    for signal, label, rate_hz in zip(signals, labels, rates_hz, strict=True):
        for note in found:
            text, _, named = note.text.partition("@@")
            if named != label:
                continue
            first = max(round(note.time_s * rate_hz), 0)
            if text == END_TEXT:
                signal = signal[:first]
            else:
                signal[first : max(round((note.time_s + note.duration_s) * rate_hz), 0)] = np.nan
        kept.append(signal)
    return kept
