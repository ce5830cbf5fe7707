"""The signals a camera would give of a simulated face, without any picture.

Only for questions that need hundreds of patients, such as the coverage of an interval. What the
landmark models do to a closure (they mix the eyes, since they learnt on even faces) and how noisy
they are is taken from the measured trial (research notes on video, 3.3 and 3.5), not from the
detector's own limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.facesignals import FaceSignals
from hemispasm.measure.video.measure import measure_video
from hemispasm.model import Mirrored, Side, VideoInfo
from hemispasm.simulate.face.scenarios import Scenario, make_timeline
from hemispasm.validate.clips import BAND_EDGES, Band
from hemispasm.validate.coverage import EXPOSURES_S, Covered, draw_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.timeline import FaceTimeline

    Array = NDArray[np.float64]

RATE_HZ = 30.0
OPEN_APERTURE = 0.30


@dataclass(frozen=True)
class Camera:
    """What camera and landmark models make of a face.

    Attributes
    ----------
    own, leak : float
        Share of an eye's closure seen on itself and on the other eye by the plain mesh.
    own_mirrored, leak_mirrored : float
        The same with mirrored half-faces.
    closure_noise : float
        Standard deviation of the closure, fraction of the lid gap.
    mouth_iod, cheek_iod, brow_iod : float
        Movement at full activation, fraction of the distance between the outer eye corners.
    point_noise_iod : float
        Standard deviation of the position of mouth, cheek and brow.
    """

    own: float = 0.65
    leak: float = 0.20
    own_mirrored: float = 0.90
    leak_mirrored: float = 0.05
    closure_noise: float = 0.02
    mouth_iod: float = 0.09
    cheek_iod: float = 0.04
    brow_iod: float = 0.06
    point_noise_iod: float = 0.004


def camera_signals(
    timeline: FaceTimeline, rng: np.random.Generator, camera: Camera | None = None
) -> FaceSignals:
    """Return the face signals of a timeline, seen by a camera that does not flip.

    Parameters
    ----------
    timeline : FaceTimeline
        What the face does.
    rng : numpy.random.Generator
        Noise.
    camera : Camera, optional
        What the picture and the models make of it.

    Returns
    -------
    FaceSignals
        Column 0 is the picture's left: the patient's right.
    """
    camera = camera or Camera()
    n = len(timeline)
    true = np.stack([timeline.closure_right, timeline.closure_left], axis=1)
    plain = camera.own * true + camera.leak * true[:, ::-1]
    seen = plain + rng.normal(0, camera.closure_noise, (n, 2))
    exact = camera.own_mirrored * true + camera.leak_mirrored * true[:, ::-1]
    mirrored = exact + rng.normal(0, camera.closure_noise, (n, 2))

    def moved(unit: str, gain: float) -> NDArray[np.float32]:
        both = np.stack([timeline.unit(f"{unit}Right"), timeline.unit(f"{unit}Left")], axis=1)
        return (gain * both + rng.normal(0, camera.point_noise_iod, (n, 2))).astype(np.float32)

    still = np.zeros((n, 2), dtype=np.float32)
    mouth = moved("mouthSmile", camera.mouth_iod) + moved("mouthStretch", camera.mouth_iod / 2)
    brow = moved("browOuterUp", camera.brow_iod)
    turn = rng.normal(0, 0.3, (3, n)).astype(np.float32)

    def always(value: float) -> NDArray[np.float32]:
        return np.full(n, value, dtype=np.float32)

    yes = np.ones(n, dtype=np.bool_)
    return FaceSignals(
        time_s=np.asarray(timeline.time_s, dtype=np.float64),
        found=yes,
        face_count=np.ones(n, dtype=np.int8),
        aperture=(OPEN_APERTURE * (1 - seen)).astype(np.float32),
        closure=seen.astype(np.float32),
        closure_mirrored=mirrored.astype(np.float32),
        blink_score=np.full((n, 2), np.nan, dtype=np.float32),
        mouth=mouth,
        mouth_down=moved("mouthFrown", camera.mouth_iod / 2),
        mouth_out=moved("mouthStretch", camera.mouth_iod / 2),
        cheek=moved("cheekSquint", camera.cheek_iod),
        brow=still + brow * 0.2,
        ala=moved("noseSneer", camera.cheek_iod),
        platysma=moved("platysma", camera.cheek_iod),
        brow_flow=brow,
        yaw_deg=timeline.yaw_deg.astype(np.float32) + turn[0],
        pitch_deg=timeline.pitch_deg.astype(np.float32) + turn[1],
        roll_deg=timeline.roll_deg.astype(np.float32) + turn[2],
        iod_px=always(160.0),
        score=always(1.0),
        brightness=always(120.0),
        sharpness=always(150.0),
        in_frame=yes,
        usable=yes,
        gate=np.zeros(n, dtype=np.int32),
    )


def signal_replicate(rng: np.random.Generator, band: Band) -> Covered:
    """Return one patient's rate and its interval through the whole event detection.

    Parameters
    ----------
    rng : numpy.random.Generator
        Patient, session and noise.
    band : Band
        True closure of the spasms.
    """
    rate, session_rate = draw_rates(rng)
    exposure_s = float(rng.choice(EXPOSURES_S))
    side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
    scenario = Scenario(
        "hfs",
        side=side,
        duration_s=exposure_s,
        frame_rate_hz=RATE_HZ,
        severity=float(rng.uniform(0.2, 0.9)),
        closure_band=BAND_EDGES[band],
        rate_per_min=session_rate,
    )
    signals = camera_signals(make_timeline(scenario, rng), rng)
    info = VideoInfo("0" * 64, exposure_s, 640, 480, RATE_HZ, simulated=True)
    document = measure_video(signals, info, mirrored=Mirrored.NO).document
    finding = document.find("video.spasm_rate", side)
    if finding is None or finding.interval is None:
        raise ValueError("the findings hold no spasm rate with an interval")
    return Covered(rate, session_rate, *finding.interval, exposure_s)


def signal_coverage(seed: int, replicates: int, bands: tuple[Band, ...]) -> list[Covered]:
    """Return replicates in equal shares of the bands, for a seed."""
    streams = np.random.default_rng(seed).spawn(replicates)
    return [signal_replicate(rng, bands[k % len(bands)]) for k, rng in enumerate(streams)]
