"""Structured logs without names: JSON lines whose keys come from a list, values of plain kinds.

A log is read by people who may not see the patient. So nothing gets in by default: a key that is
not on the list, or a text that is not one of the words on the list, is dropped. To log a new
word, add it here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

#: Keys that may hold a number or a yes/no.
NUMBER_KEYS = frozenset(
    {
        *("analysed_s", "cpu_s", "duration_s", "elapsed_s", "frame_rate_hz", "peak_memory_mb"),
        *("count", "events", "findings", "frames", "frames_without_face", "recordings"),
        *("exit_code", "height_px", "width_px", "seed", "dropped_keys"),
    }
)
#: Keys that may hold one of :data:`WORDS`.
WORD_KEYS = frozenset({"event", "level", "step", "command", "grade", "instrument", "outcome"})
WORDS = frozenset(
    {
        *("debug", "info", "warning", "error", "critical"),
        *("started", "finished", "failed", "skipped", "refused", "written", "read"),
        *("decoded", "measured", "reported", "reviewed", "signed", "simulated", "validated"),
        *("quality", "signals", "events", "measures", "findings", "report"),
        *("measurable", "limited", "not_assessable"),
        *("video", "emg", "imaging", "exam", "case", "visit", "recording"),
        *("demo", "assess", "measure", "review", "simulate", "validate", "evidence"),
        *("doctor", "assets", "fetched", "missing"),
    }
)
#: Keys that may hold the code of an error; codes are literals in our source, never data.
CODE_KEYS = frozenset({"error_code"})
#: Keys that may hold a hexadecimal digest.
DIGEST_KEYS = frozenset({"recording_sha256", "asset_sha256", "run"})

_CODE = re.compile(r"[a-z]+(_[a-z0-9]+){0,7}")
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


def keep_allowed(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop every key and value that is not on the allow-list and count what was dropped.

    Parameters
    ----------
    _logger, _method
        Given by structlog; not used.
    entry : mutable mapping of str to object
        One log entry.

    Returns
    -------
    mapping of str to object
        What may be written; ``dropped_keys`` says how many were not, never which.

    Examples
    --------
    >>> keep_allowed(None, "info", {"event": "decoded", "frames": 3, "patient": "A. Name"})
    {'event': 'decoded', 'frames': 3, 'dropped_keys': 1}
    """
    kept = {key: value for key, value in entry.items() if _is_allowed(key, value)}
    dropped = len(entry) - len(kept)
    if dropped:
        kept["dropped_keys"] = dropped
    return kept


def configure_log(stream: TextIO | None = None, *, enabled: bool = True) -> None:
    """Send log lines to a stream; the one call that a program makes.

    Parameters
    ----------
    stream : text stream, optional
        Standard error by default, as results go to standard output.
    enabled : bool
        When false, nothing is written.
    """
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            keep_allowed,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=(
            structlog.PrintLoggerFactory(stream or sys.stderr)
            if enabled
            else structlog.ReturnLoggerFactory()
        ),
        cache_logger_on_first_use=False,
    )


def get_log() -> Any:
    """Return a logger; ``get_log().info("decoded", frames=1800)``."""
    import structlog

    if not structlog.is_configured():
        configure_log(enabled=False)
    return structlog.get_logger()


def _is_allowed(key: str, value: object) -> bool:
    if key in NUMBER_KEYS:
        return isinstance(value, (bool, int, float)) or value is None
    if key in WORD_KEYS:
        return isinstance(value, str) and value in WORDS
    if key in CODE_KEYS:
        return isinstance(value, str) and _CODE.fullmatch(value) is not None
    if key in DIGEST_KEYS:
        return isinstance(value, str) and _DIGEST.fullmatch(value) is not None
    return False
