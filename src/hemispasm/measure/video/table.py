"""The numbers kept of every frame, and their way into ``FaceSignals``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.video.baseline import rest_level
from hemispasm.measure.video.facesignals import FaceSignals
from hemispasm.measure.video.pose import remove_pose
from hemispasm.measure.video.quality import (
    FrameQuality,
    closure_noise,
    gate_frames,
    load_limits,
    whole_seconds,
)
from hemispasm.measure.video.secondlook import N_NUMBERS, merge_looks
from hemispasm.measure.video.signals import (
    FEATURES,
    RawFace,
    closure_from,
    finish_signals,
    plain_closure,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Name, columns (0: one value), type, value where there was no face.
_COLUMNS: tuple[tuple[str, int, type[np.generic], float], ...] = (
    ("time_s", 0, np.float64, np.nan),
    ("found", 0, np.bool_, 0),
    ("face_count", 0, np.int8, 0),
    ("in_frame", 0, np.bool_, 0),
    *((name, 2, np.float32, np.nan) for name in FEATURES),
    ("angles_deg", 3, np.float32, np.nan),
    ("iod_px", 0, np.float32, np.nan),
    ("score", 0, np.float32, np.nan),
    ("blink_score", 2, np.float32, np.nan),
    ("brightness", 0, np.float32, np.nan),
    ("contrast", 0, np.float32, np.nan),
    ("sharpness", 0, np.float32, np.nan),
    ("likeness", 2, np.float32, np.nan),
    ("mirrored", 2, np.float32, np.nan),
    ("second", N_NUMBERS, np.float32, np.nan),
    ("brow_flow", 2, np.float32, np.nan),
    ("candidate", 0, np.bool_, 0),
)


# Plain closure of both eyes below which the mirrored gap counts as open. The plain mesh sees only
# half of a small closure, so a looser limit lets half-closed eyes into the open level.
_AT_REST = 0.06


class ClipTable:
    """Growing columns, one row per frame: some 200 bytes, 90 MB for four hours."""

    def __init__(self) -> None:
        self._n = 0
        self._data = {name: _blank(0, width, kind, fill) for name, width, kind, fill in _COLUMNS}

    def __len__(self) -> int:
        return self._n

    @staticmethod
    def blank(n: int) -> dict[str, NDArray[Any]]:
        """Return ``n`` rows of every column as they are without a face."""
        return {name: _blank(n, width, kind, fill) for name, width, kind, fill in _COLUMNS}

    def append(self, rows: dict[str, NDArray[Any]]) -> None:
        """Add rows at the end, doubling the room when it runs out."""
        n = self._n + len(rows["time_s"])
        for name, width, kind, fill in _COLUMNS:
            store = self._data[name]
            if n > len(store):
                larger = _blank(max(n, 2 * len(store), 1024), width, kind, fill)
                larger[: self._n] = store[: self._n]
                self._data[name] = store = larger
            store[self._n : n] = rows[name]
        self._n = n

    def column(self, name: str, since: int = 0) -> NDArray[Any]:
        """Return a view of one column from row ``since`` on."""
        return self._data[name][since : self._n]

    def set(self, name: str, start: int, values: NDArray[Any]) -> None:
        """Overwrite rows of one column."""
        self._data[name][start : start + len(values)] = values

    def rows_since(self, t_s: float, before: int) -> int:
        """Return the first row at or after a time, among the rows up to ``before``."""
        return int(np.searchsorted(self._data["time_s"][:before], t_s))


def _blank(n: int, width: int, kind: type[np.generic], fill: float) -> NDArray[Any]:
    return np.full((n, width) if width else (n,), fill, dtype=kind)


def to_signals(table: ClipTable, notes: tuple[str, ...]) -> FaceSignals:
    """Turn a filled table into face signals: baselines, pose removed, quality gate."""
    limits = load_limits()["signals"]
    raw_columns = {name: table.column(name) for name in (row[0] for row in _COLUMNS)}
    time_s = raw_columns["time_s"]
    n = len(time_s)
    angles = raw_columns["angles_deg"]
    if not n:
        return _assemble(raw_columns, {}, np.zeros(0, np.bool_), np.zeros(0, np.int32), notes)
    raw = _merged_looks(time_s, raw_columns, limits["shut_fraction"])
    done = finish_signals(time_s, raw, angles, limits["shut_fraction"])
    seen = FrameQuality(
        found=raw_columns["found"],
        in_frame=raw_columns["in_frame"],
        face_count=raw_columns["face_count"],
        yaw_deg=angles[:, 0],
        pitch_deg=angles[:, 1],
        iod_px=raw_columns["iod_px"],
        score=raw_columns["score"],
        brightness=raw_columns["brightness"],
        contrast=raw_columns["contrast"],
        likeness=raw_columns["likeness"],
        noise=closure_noise(time_s, done.closure, done.quiet),
    )
    usable, gate = whole_seconds(time_s, gate_frames(time_s, seen))
    names = ("closure", "mouth", "mouth_down", "mouth_out", "cheek", "brow", "ala", "platysma")
    signals = {name: getattr(done, name) for name in names}
    signals["closure_mirrored"] = _mirrored_closure(
        time_s, raw_columns, done.closure, limits["shut_fraction_mirrored"]
    )
    return _assemble(raw_columns, signals, usable, gate, notes)


def _merged_looks(
    time_s: NDArray[np.float64], columns: dict[str, NDArray[Any]], shut: float
) -> RawFace:
    """Return the features, in candidate spans as the mean of the face and its mirror image."""
    first = np.concatenate([columns[name] for name in FEATURES], axis=1).astype(np.float64)
    closure = plain_closure(time_s, columns["aperture"].astype(np.float64), shut)
    with np.errstate(invalid="ignore"):
        rest = np.asarray((np.abs(closure) < _AT_REST).all(axis=1))
    merged = merge_looks(time_s, first, columns["second"], rest, columns["candidate"])
    return RawFace(**dict(zip(FEATURES, np.split(merged, len(FEATURES), axis=1), strict=True)))


def _mirrored_closure(
    time_s: NDArray[np.float64],
    columns: dict[str, NDArray[Any]],
    closure: NDArray[np.float64],
    shut: float,
) -> NDArray[np.float64]:
    """Return mirrored closure in candidate spans, against the mirrored gap at rest."""
    gap = columns["mirrored"].astype(np.float64)
    out = np.full(gap.shape, np.nan)
    with np.errstate(invalid="ignore"):
        rest = np.asarray((np.abs(closure) < _AT_REST).all(axis=1) & np.isfinite(gap).all(axis=1))
    gap = remove_pose(gap, columns["angles_deg"], rest, min_frames=30)
    for side in (0, 1):
        level = rest_level(time_s, gap[:, side], rest, window_s=12.0, min_quiet=3)
        out[:, side] = closure_from(gap[:, side], level, shut)
    out[~columns["candidate"].astype(np.bool_)] = np.nan
    return out


def _assemble(
    columns: dict[str, NDArray[Any]],
    signals: dict[str, NDArray[np.float64]],
    usable: NDArray[np.bool_],
    gate: NDArray[np.int32],
    notes: tuple[str, ...],
) -> FaceSignals:
    pair = np.zeros((0, 2), np.float32)

    def get(name: str) -> NDArray[Any]:
        return np.asarray(signals.get(name, pair), np.float32)

    angles = columns["angles_deg"]
    keep: tuple[str, ...] = (
        "time_s",
        "found",
        "face_count",
        "in_frame",
        "iod_px",
        "score",
        "blink_score",
    )
    keep += ("brightness", "sharpness", "aperture", "brow_flow")
    finished: tuple[str, ...] = ("closure", "closure_mirrored", "mouth", "mouth_down", "mouth_out")
    finished += ("cheek", "brow", "ala", "platysma")
    return FaceSignals(
        **{name: np.array(columns[name]) for name in keep},
        **{name: get(name) for name in finished},
        yaw_deg=np.array(angles[:, 0]),
        pitch_deg=np.array(angles[:, 1]),
        roll_deg=np.array(angles[:, 2]),
        usable=usable,
        gate=gate,
        notes=notes,
    )
