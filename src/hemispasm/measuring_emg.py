"""The whole path for one EMG recording: read the file, measure, keep provenance."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import DecodeError
from hemispasm.model.finding import Provenance

if TYPE_CHECKING:
    from hemispasm.model.finding import FindingsDocument


def measure_emg_file(path: Path | str, *, seed: int = 0) -> FindingsDocument:
    """Measure one EMG recording; muscles and sides come from what stands beside it.

    Parameters
    ----------
    path : path-like
        An EDF, BDF or WFDB file, or a text export with its profile.
    seed : int
        Of the draws behind intervals; the same seed gives the same numbers.

    Returns
    -------
    FindingsDocument
        A recording that decodes always gets here, with a grade. A file that was paused is measured
        stretch by stretch, its times counting from its first sample.

    Raises
    ------
    DecodeError
        The file cannot be decoded.
    UsageError
        The sidecar or the profile of a text export is wrong.

    Examples
    --------
    >>> measure_emg_file("rest.edf").find("emg.affected_side").value  # doctest: +SKIP
    'left'

    What cannot be decoded is said in one sentence:

    >>> measure_emg_file("nowhere.edf")
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.DecodeError: There is no file nowhere.edf. Check the path and its \
spelling.
    """
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.measure.emg.measure import measure_emg

    began = time.perf_counter()
    path = Path(path)
    if not path.is_file():
        raise DecodeError(
            "no_file", f"There is no file {path.name}.", "Check the path and its spelling."
        )
    segments = read_emg_segments(path)
    digest = emg_digest(path)
    document = measure_emg(segments, sha256=digest, seed=seed)
    made = Provenance(
        hemispasm=version("hemispasm"),
        settings=document.provenance.settings,
        seconds=round(time.perf_counter() - began, 2),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return document.model_copy(update={"provenance": made})


def emg_digest(path: Path | str) -> str:
    """Return the SHA-256 of a recording; of a WFDB record, of its header and its signals.

    Parameters
    ----------
    path : path-like
        The recording.
    """
    path = Path(path)
    total = hashlib.sha256()
    for part in _parts(path):
        with part.open("rb") as handle:
            while block := handle.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def _parts(path: Path) -> list[Path]:
    header = path.with_suffix(".hea")
    if path.suffix.lower() not in (".hea", ".dat") or not header.is_file():
        return [path]
    lines = header.read_text(encoding="utf-8", errors="replace").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    names = dict.fromkeys(row[0] for row in rows[1:])
    return [
        header,
        *(found for name in names if (found := path.parent / Path(name).name).is_file()),
    ]
