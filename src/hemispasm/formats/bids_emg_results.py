"""What stands in an EMG-BIDS folder beside recordings and events: findings, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.formats import atomic
from hemispasm.formats.findings import json_text
from hemispasm.formats.parse import read_json_object

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hemispasm.model.finding import FindingsDocument


def add_bids_findings(events: Path, document: FindingsDocument) -> Path:
    """Add the findings of a recording to the JSON file of its events, and return that file.

    The standard has no file of its own for them; ``Findings`` holds the whole document.

    Parameters
    ----------
    events : Path
        The table that `write_bids_derivative` wrote.
    document : FindingsDocument
        Of the whole recording.
    """
    path = events.with_suffix(".json")
    about = read_json_object(path, path.name)
    atomic.write_text(path, json_text({**about, "Findings": document.to_json()}))
    return path


def write_bids_sessions(folder: Path, subject: str, days: Sequence[tuple[str, int]]) -> Path:
    """Write when the sessions of a patient took place, in days from the first; no date.

    Parameters
    ----------
    folder : Path
        The top folder of the data set.
    subject : str
        The patient's label.
    days : sequence of (str, int)
        Label of each session and its days after the first.
    """
    path = folder / f"sub-{subject}" / f"sub-{subject}_sessions.tsv"
    rows = [f"ses-{session}\t{count}" for session, count in days]
    atomic.write_text(path, "\n".join(["session_id\tdays_from_first", *rows]) + "\n")
    about = {
        "days_from_first": {
            "Description": "Days after the first session with EMG; dates are left out.",
            "Units": "d",
        }
    }
    atomic.write_text(path.with_suffix(".json"), json_text(about))
    return path
