"""Read EMG-BIDS: the tables and JSON files that stand around a recording and say what it is."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from hemispasm.formats.emg_labels import read_label
from hemispasm.formats.emg_montage import ListedChannel
from hemispasm.formats.parse import read_json_object
from hemispasm.model.emg import Annotation, Branch, ChannelKind, Muscle
from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

DATASET_FILE = "dataset_description.json"
Electrode = Literal["needle", "hook", "surface"]
_UNKNOWN = {"", "n/a"}
_MOST_ROWS = 500_000
_LONGEST_S = 30 * 86_400.0
_MOST_BYTES = 64_000_000
_KINDS = {
    "EMG": ChannelKind.EMG,
    "ECG": ChannelKind.ECG,
    "TRIG": ChannelKind.STIMULUS,
}


@dataclass(frozen=True)
class BidsContext:
    """What the files around a recording say.

    Attributes
    ----------
    listed : dict or None
        Rows of ``channels.tsv`` by name; None when there is no such table.
    units : dict
        Unit by channel as the table has it.
    line_hz : float or None
        Mains frequency.
    events : tuple of Annotation
        Rows of ``events.tsv``.
    notes : tuple of str
        One ``code: sentence`` each.
    """

    listed: dict[str, ListedChannel] | None = None
    units: dict[str, str] = field(default_factory=dict)
    line_hz: float | None = None
    events: tuple[Annotation, ...] = ()
    notes: tuple[str, ...] = ()


def is_bids_folder(folder: Path | str) -> bool:
    """Whether a folder holds a ``dataset_description.json``."""
    return (Path(folder) / DATASET_FILE).is_file()


def find_bids_recordings(folder: Path | str) -> tuple[Path, ...]:
    """Return the EMG recordings of an EMG-BIDS folder, derivatives left out, by name.

    Parameters
    ----------
    folder : path-like
        The folder with ``dataset_description.json``.

    Raises
    ------
    UsageError
        No such file (``not_a_bids_folder``), or no EMG in it (``no_recording``).
    """
    folder = Path(folder)
    if not is_bids_folder(folder):
        raise UsageError(
            "not_a_bids_folder",
            f"{folder.name} holds no {DATASET_FILE}.",
            "Give the top folder of the data set.",
        )
    patterns = ("sub-*/emg/*_emg.[eEbB][dD][fF]", "sub-*/ses-*/emg/*_emg.[eEbB][dD][fF]")
    found = sorted(path for pattern in patterns for path in folder.glob(pattern))
    if not found:
        raise UsageError(
            "no_recording",
            f"{folder.name} holds no EMG recording in EDF or BDF.",
            "EMG-BIDS keeps them as sub-<label>/emg/sub-<label>_task-<label>_emg.edf.",
        )
    return tuple(found)


def read_bids_context(recording: Path) -> BidsContext:
    """Read what stands around a recording; nothing where it is no BIDS file.

    Parameters
    ----------
    recording : Path
        A file called ``…_emg.edf`` or ``…_emg.bdf``.

    Raises
    ------
    UsageError
        A table or JSON file there is damaged; it is named.
    """
    if not recording.stem.endswith("_emg"):
        return BidsContext()
    about = _find(recording, "_emg.json")
    said: dict[str, Any] = read_json_object(about, about.name) if about else {}
    table = _find(recording, "_channels.tsv")
    rows = read_tsv(table) if table else None
    events = _find(recording, "_events.tsv")
    listed, notes = _channels(rows, table.name if table else "")
    return BidsContext(
        listed=listed,
        units={row["name"]: row.get("units", "") for row in rows or ()},
        line_hz=_positive(said.get("PowerLineFrequency")),
        events=_events(read_tsv(events)) if events else (),
        notes=notes,
    )


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Read a table with tabs and a header line.

    Raises
    ------
    UsageError
        ``bad_table``: too large, not UTF-8, or a row of another length than the header.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _bad_table(path, "is far too large")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise _bad_table(path, "cannot be read as UTF-8 text") from None
    reader = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise _bad_table(path, "is no table with tabs") from None
    if len(rows) > _MOST_ROWS:
        raise _bad_table(path, f"has more than {_MOST_ROWS:,} rows")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise _bad_table(path, f"has {len(row)} cells in row {number} and {len(header)} names")
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]


def with_events(
    annotations: tuple[Annotation, ...], events: tuple[Annotation, ...]
) -> tuple[Annotation, ...]:
    """Return annotations and events together, one of each pair that says the same.

    Examples
    --------
    >>> noted = Annotation(time_s=1.0, text="stimulus")
    >>> len(with_events((noted,), (Annotation(time_s=1.00001, text="stimulus"),)))
    1
    """
    # Tables are often rounded to the tenth of a millisecond; the file's own time is kept.
    times: dict[str, list[float]] = {}
    for note in annotations:
        times.setdefault(note.text, []).append(note.time_s)
    new = []
    for event in events:
        known = times.get(event.text, [])
        if not any(abs(time_s - event.time_s) <= 1e-4 for time_s in known):
            new.append(event)
    return tuple(sorted((*annotations, *new), key=lambda note: note.time_s))


def _find(recording: Path, ending: str) -> Path | None:
    """Return the file that applies to a recording: its own, or one that it inherits."""
    wanted = set(recording.stem.split("_")[:-1])
    folder = recording.parent
    for _ in range(4):
        fitting = [
            path
            for path in sorted(folder.glob(f"*{ending}"))
            if set(path.name.removesuffix(ending).split("_")) <= wanted
        ] + [path for path in (folder / ending[1:],) if path.is_file()]
        if fitting:
            return max(fitting, key=lambda path: len(path.name))
        if is_bids_folder(folder):
            break
        folder = folder.parent
    return None


def _channels(
    rows: list[dict[str, str]] | None, shown: str
) -> tuple[dict[str, ListedChannel] | None, tuple[str, ...]]:
    if rows is None:
        return None, ()
    listed: dict[str, ListedChannel] = {}
    notes = []
    for row in rows:
        name = row.get("name", "")
        if not name:
            raise UsageError(
                "bad_table", f"{shown} has a row without a name.", "Correct the table."
            )
        is_bad = row.get("status", "").casefold() == "bad"
        if is_bad:
            notes.append(f"bad_channel: {shown} marks {name!r} as bad; it is not measured.")
        listed[name] = _listed(row, is_bad)
    return listed, tuple(notes)


def _listed(row: dict[str, str], is_bad: bool) -> ListedChannel:
    kind = _KINDS.get(row.get("type", "").upper(), ChannelKind.OTHER)
    if row.get("kind") in set(ChannelKind):
        kind = ChannelKind(row["kind"])
    target = row.get("target_muscle", "")
    meaning = read_label(target)
    muscle = meaning.muscle
    if muscle is None and target.casefold() not in _UNKNOWN and "," not in target:
        # Somebody named one muscle, and it is none of ours.
        muscle = Muscle.OTHER if _names_a_muscle(target) else None
    side = row.get("side", "").casefold()
    branch = row.get("branch", "").casefold()
    electrode = row.get("electrode", "").casefold()
    return ListedChannel(
        kind=ChannelKind.OTHER if is_bad else kind,
        muscle=muscle if kind is ChannelKind.EMG else None,
        side=Side(side) if side in ("left", "right") else meaning.side,
        branch=Branch(branch) if branch in set(Branch) else None,
        electrode=_electrode(electrode),
        is_by_rule=row.get("named_by") == "label_rule",
    )


def _names_a_muscle(target: str) -> bool:
    """Whether something is left of a target once the side is taken away."""
    words = [word for word in target.casefold().split() if word not in ("left", "right")]
    return bool(words) and not words[0].startswith("unknown")


def _electrode(text: str) -> Electrode | None:
    return next((known for known in get_args(Electrode) if known == text), None)


def _events(rows: list[dict[str, str]]) -> tuple[Annotation, ...]:
    found = []
    for row in rows:
        onset_s, duration_s = _number(row.get("onset")), _number(row.get("duration"))
        text = row.get("trial_type", "")
        if onset_s is None or text.casefold() in _UNKNOWN:
            continue
        found.append(Annotation(time_s=onset_s, duration_s=max(duration_s or 0.0, 0.0), text=text))
    return tuple(found)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) <= _LONGEST_S else None


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value > 0 and math.isfinite(value) else None


def _bad_table(path: Path, what: str) -> UsageError:
    return UsageError("bad_table", f"{path.name} {what}.", "Correct the table.")
