"""Results for the archive as DCMTK reads them: no pydicom, no highdicom, no reader of ours."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

LATERALITY, FINDING_SITE, TRACKING = "272741003", "363698007", "112039"
SIDES = {"7771000": "left", "24028007": "right"}


@dataclass
class Group:
    """One measurement group of a report."""

    name: str = ""
    side: str = ""
    numbers: dict = field(default_factory=dict)
    words: dict = field(default_factory=dict)


@dataclass
class Segment:
    """One segment: its label, its side by code, and its voxels' places in the patient."""

    label: str
    side: str
    places: np.ndarray


def dataset(path: Path) -> dict:
    """Return a file's attributes as DCMTK says them in JSON."""
    told = subprocess.run(["dcm2json", str(path)], check=True, capture_output=True)
    return json.loads(told.stdout)


def value(item: dict, tag: str, index: int = 0):
    return item.get(tag, {}).get("Value", [None])[index]


def items(item: dict, tag: str) -> list[dict]:
    return item.get(tag, {}).get("Value", [])


def _code(item: dict, tag: str) -> str:
    """Return a code's value; one of more than 16 characters stands in an element of its own."""
    if not items(item, tag):
        return ""
    code = items(item, tag)[0]
    return value(code, "00080100") or value(code, "00080119")


def _meaning(item: dict, tag: str) -> str:
    return value(items(item, tag)[0], "00080104") if items(item, tag) else ""


def read_groups(report: dict) -> list[Group]:
    """Return the measurement groups of a TID 1500 report."""
    found: list[Group] = []

    def walk(node: dict) -> None:
        for child in items(node, "0040A730"):
            if _code(child, "0040A043") == "125007":
                found.append(_group(child))
            else:
                walk(child)

    walk(report)
    return found


def _group(node: dict) -> Group:
    made = Group()
    for child in items(node, "0040A730"):
        kind, name = value(child, "0040A040"), _meaning(child, "0040A043")
        if _code(child, "0040A043") == TRACKING:
            made.name = value(child, "0040A160")
        elif _code(child, "0040A043") == FINDING_SITE:
            for part in items(child, "0040A730"):
                if _code(part, "0040A043") == LATERALITY:
                    made.side = SIDES[_code(part, "0040A168")]
        elif kind == "NUM":
            made.numbers[name] = (_number(child), *_spread(child))
        elif kind == "CODE":
            made.words[name] = _code(child, "0040A168")
    return made


def _number(node: dict) -> float:
    return float(value(items(node, "0040A300")[0], "0040A30A"))


def _spread(node: dict) -> tuple[float, ...]:
    """Return the interval that the uncertainties below and above leave."""
    parts = {
        _meaning(child, "0040A043").lower(): _number(child)
        for child in items(node, "0040A730")
        if value(child, "0040A040") == "NUM"
    }
    lower = [v for name, v in parts.items() if "lower" in name or "-)" in name]
    upper = [v for name, v in parts.items() if "upper" in name or "+)" in name]
    middle = _number(node)
    return (middle - lower[0], middle + upper[0]) if lower and upper else ()


def read_segments(segmentation: dict) -> list[Segment]:
    """Return the segments with the LPS places of their voxels, from bits and frame geometry."""
    rows, columns = value(segmentation, "00280010"), value(segmentation, "00280011")
    frames = items(segmentation, "52009230")
    shared = items(segmentation, "52009229")[0]
    packed = base64.b64decode(segmentation["7FE00010"]["InlineBinary"])
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    bits = bits[: len(frames) * rows * columns].reshape(len(frames), rows, columns)
    turned = items(shared, "00209116")[0]["00200037"]["Value"]
    spacing = items(shared, "00289110")[0]["00280030"]["Value"]
    across, down = np.array(turned[:3], float), np.array(turned[3:], float)
    places: dict[int, list[np.ndarray]] = {}
    for frame, picture in zip(frames, bits, strict=True):
        number = value(items(frame, "0062000A")[0], "0062000B")
        corner = np.array(items(frame, "00209113")[0]["00200032"]["Value"], float)
        at = np.argwhere(picture)
        place = (
            corner + at[:, 1:] * float(spacing[1]) * across + at[:, :1] * float(spacing[0]) * down
        )
        places.setdefault(int(number), []).append(place)
    found = []
    for item in items(segmentation, "00620002"):
        kind = items(item, "0062000F")[0]
        modifier = items(kind, "00620011")
        side = SIDES[value(modifier[0], "00080100")] if modifier else ""
        number = int(value(item, "00620004"))
        found.append(Segment(value(item, "00620005"), side, np.concatenate(places[number])))
    return found
