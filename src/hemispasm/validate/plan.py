"""What a validation simulates: which patients, on which seeds, seen how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.validate.clips import BAND_EDGES, Band, ClipSpec
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from collections.abc import Mapping

SEEDS = VALIDATION_SEEDS["video"]

HFS_S = 35.0
"""Long enough for the 30 s of usable rest that a verdict needs, with some to lose."""


@dataclass(frozen=True)
class View:
    """How a patient is seen: frame rate, picture size, compression, head motion, light, noise.

    ``mirrored`` flips the picture and says so in the sidecar, as a selfie preview does.
    """

    frame_rate_hz: float = 30.0
    width: int = 640
    height: int = 480
    crf: int = 23
    motion: float = 1.0
    light: float = 1.0
    noise: float = 3.0
    mirrored: bool = False


USUAL = View()
VIEWS = (
    USUAL,
    View(motion=1.4),
    View(crf=28, mirrored=True),
    View(frame_rate_hz=24.0, light=0.8),
    View(noise=5.0),
    View(width=960, height=720, crf=26, light=1.15),
    View(motion=0.6, mirrored=True),
    View(frame_rate_hz=60.0),
)
QUIET_VIEWS = (USUAL, View(motion=1.4, light=0.8), View(crf=28, noise=5.0, mirrored=True))

SPASM_RATES_PER_MIN = (14.0, 9.0, 18.0, 6.0, 12.0, 16.0, 10.0, 20.0)

QUIET_S = {
    "blinks_only": (30.0,) * 4,
    "blepharospasm": (30.0,) * 4,
    "voluntary": (60.0, 60.0),
    "talking": (30.0,) * 4,
    "weak_side": (30.0,) * 5,
    "winks": (30.0, 30.0),
    "tic": (30.0, 30.0),
    "synkinesis": (30.0, 30.0),
}
"""Seconds of each clip of each scenario without hemifacial spasm."""

WEAKNESS = (0.3, 0.5, 0.7, 0.9, 1.0)
"""Share of the weak side's movement that is lost: a mild toxin effect to a complete palsy."""

PHOTO_SCENARIOS = ("hfs", "blinks_only", "blepharospasm", "voluntary", "talking", "weak_side")


def hfs_specs(seed_base: int, per_band: int, duration_s: float) -> list[ClipSpec]:
    """Return clips of hemifacial spasm, as many in each third of true closure.

    Every third holds both sides, both generators (five to three) and the same views.
    """
    specs = []
    for number, band in enumerate(Band):
        for k in range(per_band):
            view = VIEWS[k % len(VIEWS)]
            index = number * per_band + k
            specs.append(
                _spec(
                    f"hfs-{band.name.lower()}-{k + 1}",
                    "photo" if k % 8 in (1, 4, 6) else "head",
                    "hfs",
                    seed_base + index,
                    duration_s,
                    view,
                    side="left" if (k + number) % 2 == 0 else "right",
                    band=band,
                    extra={"rate_per_min": SPASM_RATES_PER_MIN[k % len(SPASM_RATES_PER_MIN)]},
                )
            )
    return specs


def quiet_specs(seed_base: int, seconds: Mapping[str, tuple[float, ...]]) -> list[ClipSpec]:
    """Return clips without hemifacial spasm: what a detector must not fall for."""
    specs = []
    index = 0
    for scenario, lengths in seconds.items():
        for k, duration_s in enumerate(lengths):
            photo = scenario in PHOTO_SCENARIOS and k % 3 == 1
            extra: dict[str, float] = {}
            if scenario == "weak_side":
                extra["weakness"] = WEAKNESS[k % len(WEAKNESS)]
            specs.append(
                _spec(
                    f"{scenario}-{k + 1}",
                    "photo" if photo else "head",
                    scenario,
                    seed_base + index,
                    duration_s,
                    QUIET_VIEWS[k % len(QUIET_VIEWS)],
                    side="left" if k % 2 == 0 else "right",
                    extra=extra,
                )
            )
            index += 1
    return specs


def weak_hfs_specs(seed_base: int, count: int, duration_s: float) -> list[ClipSpec]:
    """Return clips of spasm on the weak side: the healthy side looks the more active one."""
    return [
        _spec(
            f"weak_side_hfs-{k + 1}",
            "head",
            "weak_side_hfs",
            seed_base + k,
            duration_s,
            USUAL,
            side="right" if k % 2 == 0 else "left",
            band=Band.HIGH if k % 2 == 0 else Band.MIDDLE,
            extra={"weakness": WEAKNESS[k % len(WEAKNESS)]},
        )
        for k in range(count)
    ]


def _spec(
    clip_id: str,
    generator: str,
    scenario: str,
    seed: int,
    duration_s: float,
    view: View,
    *,
    side: str,
    band: Band | None = None,
    extra: Mapping[str, float] | None = None,
) -> ClipSpec:
    seen = {"motion": view.motion, "light": view.light, "noise": view.noise}
    middle = 0.0 if band is None else sum(BAND_EDGES[band]) / 2
    return ClipSpec.model_validate(
        {
            "clip_id": f"{clip_id}-{generator}",
            "generator": generator,
            "scenario": scenario,
            "side": side,
            "severity": middle,
            "band": band,
            "seed": seed,
            "duration_s": duration_s,
            "frame_rate_hz": view.frame_rate_hz,
            "width": view.width,
            "height": view.height,
            "crf": view.crf,
            "extra": {**seen, "mirrored": view.mirrored, **(extra or {})},
        }
    )


def full_plan(seed_base: int) -> list[ClipSpec]:
    """Return the clips of a whole validation, on seeds from ``seed_base`` on.

    Examples
    --------
    >>> len(full_plan(SEEDS.base)) >= 40
    True
    """
    return [
        *hfs_specs(seed_base, 8, HFS_S),
        *quiet_specs(seed_base + 100, QUIET_S),
        *weak_hfs_specs(seed_base + 200, 4, HFS_S),
    ]


def quick_plan(seed_base: int) -> list[ClipSpec]:
    """Return a few short clips of every kind: a smoke test with numbers, not a validation."""
    # Cued tasks are squeezed into the clip: in a shorter one closures would be as short as blinks.
    lengths = {**dict.fromkeys(QUIET_S, (15.0,)), "voluntary": (45.0,)}
    return [
        *hfs_specs(seed_base + 300, 2, 20.0),
        *quiet_specs(seed_base + 400, lengths),
        *weak_hfs_specs(seed_base + 500, 1, 20.0),
    ]


def invariance_specs(seed_base: int, count: int, duration_s: float) -> list[ClipSpec]:
    """Return the patients that are seen again and again in other ways.

    Each is rendered once, large and fast; the views are taken from that one rendering, so that
    nothing but the view differs.
    """
    master = View(frame_rate_hz=60.0, width=960, height=720, crf=14)
    specs = []
    for k in range(count):
        band = (Band.HIGH, Band.MIDDLE)[k % 2]
        specs.append(
            _spec(
                f"patient-{k + 1}",
                "photo" if k % 4 == 3 else "head",
                "hfs",
                seed_base + 600 + k,
                duration_s,
                master,
                side="left" if k % 2 == 0 else "right",
                band=band,
                extra={"rate_per_min": SPASM_RATES_PER_MIN[k % len(SPASM_RATES_PER_MIN)]},
            )
        )
    return specs


INVARIANCE_VIEWS = {
    "usual": USUAL,
    "15 fps": View(frame_rate_hz=15.0),
    "60 fps": View(frame_rate_hz=60.0),
    "small": View(width=480, height=360),
    "large": View(width=960, height=720),
    "squeezed": View(crf=33),
}
"""Three frame rates, three sizes, two compressions; each differs from the first in one thing."""
