"""Read and write ``hemispasm.traces/1``: the signals of one recording as compact JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from hemispasm.formats import atomic
from hemispasm.formats.findings import read_own
from hemispasm.model.base import Noun
from hemispasm.model.side import ImageSide, Side
from hemispasm.model.trace import Trace

TRACES_SCHEMA: Literal["hemispasm.traces/1"] = "hemispasm.traces/1"

# A tenth of a millisecond and a ten-thousandth of a fraction: below what any camera resolves.
_DECIMALS = 4


class TraceRow(Noun):
    """One signal; ``time`` is an index into the document's ``times_s``."""

    name: str
    unit: str
    side: Side | None = None
    image_side: ImageSide | None = None
    time: int = Field(ge=0)
    values: tuple[float | None, ...]
    meta: dict[str, Any] = Field(default_factory=dict)


class TracesDocument(Noun):
    """Signals of one recording. Null means not assessable at that time."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.traces/1"] = Field(default=TRACES_SCHEMA, alias="schema")
    recording_sha256: str
    times_s: tuple[tuple[float, ...], ...]
    traces: tuple[TraceRow, ...]


def traces_text(traces: Sequence[Trace], recording_sha256: str) -> str:
    """Return traces as compact JSON text; traces with equal times share one time axis."""
    axes: list[NDArray[np.float64]] = []
    rows: list[dict[str, Any]] = []
    for trace in traces:
        index = next((i for i, a in enumerate(axes) if np.array_equal(a, trace.time_s)), None)
        if index is None:
            index = len(axes)
            axes.append(trace.time_s)
        rows.append(
            {
                "name": trace.name,
                "unit": trace.unit,
                "side": trace.side,
                "image_side": trace.image_side,
                "time": index,
                "values": _numbers(trace.values),
                "meta": trace.meta,
            }
        )
    data = {
        "schema": TRACES_SCHEMA,
        "recording_sha256": recording_sha256,
        "times_s": [_numbers(axis) for axis in axes],
        "traces": rows,
    }
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def write_traces(path: Path | str, traces: Sequence[Trace], recording_sha256: str) -> None:
    """Write traces beside their name, then rename."""
    atomic.write_text(Path(path), traces_text(traces, recording_sha256))


def read_traces(path: Path | str) -> tuple[Trace, ...]:
    """Read traces back; null becomes NaN.

    Raises
    ------
    IntegrityError
        Missing, damaged or of another version.
    """
    document = read_own(Path(path), TracesDocument, TRACES_SCHEMA)
    axes = [np.asarray(axis, dtype=np.float64) for axis in document.times_s]
    return tuple(
        Trace(
            name=row.name,
            unit=row.unit,
            time_s=axes[row.time],
            values=np.asarray(row.values, dtype=np.float64),
            side=row.side,
            image_side=row.image_side,
            meta=dict(row.meta),
        )
        for row in document.traces
    )


def _numbers(values: NDArray[np.floating[Any]]) -> list[float | None]:
    rounded = np.round(np.asarray(values, dtype=np.float64), _DECIMALS)
    return [value if np.isfinite(value) else None for value in rounded.tolist()]
