"""EDF and BDF files put together byte by byte, so that any field can be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass
class HandSignal:
    """One signal with its header fields as they will stand in the file."""

    label: str | bytes = "EMG1"
    unit: str | bytes = "uV"
    physical: tuple[str, str] = ("-3200", "3200")
    digital: tuple[str, str] = ("-32000", "32000")
    samples: int | str = 100
    data: np.ndarray | None = None


@dataclass
class HandEdf:
    """A file; ``fields`` overrides any of the main header by name."""

    signals: list[HandSignal] = field(default_factory=lambda: [HandSignal()])
    records: int = 2
    record_s: str = "1"
    onsets_s: list[float] | None = None
    notes: dict[int, bytes] = field(default_factory=dict)
    reserved: str = ""
    bdf: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    tail: bytes = b""
    cut: int = 0

    def write(self, path: Path) -> Path:
        """Write the file and return its path."""
        data = self.header() + self.body() + self.tail
        path.write_bytes(data[: len(data) - self.cut] if self.cut else data)
        return path

    @property
    def sample_bytes(self) -> int:
        return 3 if self.bdf else 2

    @property
    def all_signals(self) -> list[HandSignal]:
        if self.onsets_s is None:
            return self.signals
        family = "BDF" if self.bdf else "EDF"
        largest = "8388607" if self.bdf else "32767"
        smallest = "-8388608" if self.bdf else "-32768"
        notes = HandSignal(
            f"{family} Annotations", "", ("-1", "1"), (smallest, largest), samples=60
        )
        return [*self.signals, notes]

    def header(self) -> bytes:
        signals = self.all_signals
        main = {
            "version": "0",
            "patient": "X X X X",
            "recording": "Startdate X X X X",
            "date": "01.02.26",
            "time": "10.00.00",
            "bytes": str(256 * (len(signals) + 1)),
            "reserved": self.reserved,
            "records": str(self.records),
            "record_s": self.record_s,
            "count": str(len(signals)),
        } | self.fields
        widths = (8, 80, 80, 8, 8, 8, 44, 8, 8, 4)
        head = b"".join(_put(text, w) for text, w in zip(main.values(), widths, strict=True))
        if self.bdf:
            head = b"\xffBIOSEMI" + head[8:]
        columns = (
            ([s.label for s in signals], 16),
            (["" for _ in signals], 80),
            ([s.unit for s in signals], 8),
            ([s.physical[0] for s in signals], 8),
            ([s.physical[1] for s in signals], 8),
            ([s.digital[0] for s in signals], 8),
            ([s.digital[1] for s in signals], 8),
            (["" for _ in signals], 80),
            ([str(s.samples) for s in signals], 8),
            (["" for _ in signals], 32),
        )
        return head + b"".join(_put(text, w) for texts, w in columns for text in texts)

    def body(self) -> bytes:
        out = []
        for record in range(self.records):
            for signal in self.signals:
                count = int(signal.samples)
                if signal.data is None:
                    values = np.arange(record * count, (record + 1) * count) % 1000
                else:
                    values = signal.data[record * count : (record + 1) * count]
                raw = np.asarray(values).astype("<i4")
                if self.bdf:
                    out.append(raw.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
                else:
                    out.append(raw.astype("<i2").tobytes())
            if self.onsets_s is not None:
                stamp = f"+{self.onsets_s[record]:g}\x14\x14\x00".encode()
                text = stamp + self.notes.get(record, b"")
                out.append(text.ljust(60 * self.sample_bytes, b"\x00"))
        return b"".join(out)


def _put(text: str | bytes, width: int) -> bytes:
    raw = text if isinstance(text, bytes) else text.encode("ascii")
    return raw.ljust(width)[:width]
