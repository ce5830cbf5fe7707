"""How likely one reading is in each class: plugged in, and drawn with second-order uncertainty.

Every vector is scaled so that the most likely class has log-likelihood nought. It is bounded
below by the cap *before* it is raised to the feature's weight times the reading's quality, so
each single likelihood ratio lies between one over the cap and the cap, and the class under
which a finding is most likely is never harmed by it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hemispasm.model.plan.differential import CLASSES
from hemispasm.reason.detectors import state_evidence
from hemispasm.reason.features import Detector, Feature, load_features
from hemispasm.reason.readings import Reading

FloatArray = NDArray[np.float64]


def plug_in_likelihood(feature: Feature, reading: Reading) -> FloatArray:
    """Return the untempered likelihood per class at the expected shares, of shape (classes,)."""
    if feature.bells:
        bells = [feature.bell_of(name) for name in CLASSES]
        z = [((reading.number or 0.0) - b.mean) / b.sd for b in bells]
        return np.array([np.exp(-0.5 * d * d) / b.sd for d, b in zip(z, bells, strict=True)])
    shares = np.array([feature.shares_of(name).mean for name in CLASSES])
    detector = reading.detector
    sensitivity, specificity = (
        (np.ones(1), np.ones(1))
        if detector is None
        else (np.array([detector.sensitivity]), np.array([detector.specificity]))
    )
    seen = state_evidence(np.array(reading.sign), reading.p_sign, sensitivity, specificity)
    likelihood: FloatArray = shares @ seen[0]
    return likelihood


def drawn_likelihood(feature: Feature, reading: Reading, *, seed: int, draws: int) -> FloatArray:
    """Return the untempered likelihood per class for each draw, of shape (draws, classes).

    The stream of random numbers depends on the seed and the feature alone, so neither the order
    of findings nor other findings change it.
    """
    if feature.bells:
        mean, sd = _drawn_bells(feature.name, seed, draws)
        z = ((reading.number or 0.0) - mean) / sd
        likelihood: FloatArray = np.exp(-0.5 * z * z) / sd
        return likelihood
    sensitivity, specificity = _drawn_detector(feature.name, reading.detector, seed, draws)
    seen = state_evidence(np.array(reading.sign), reading.p_sign, sensitivity, specificity)
    shares = _drawn_shares(feature.name, seed, draws)
    return np.einsum("dcs,ds->dc", shares, seen)


def temper(likelihood: FloatArray, cap: float, exponent: float) -> FloatArray:
    """Return log-likelihoods, capped, tempered, and nought for the most likely class.

    Examples
    --------
    >>> temper(np.array([0.8, 0.001]), 20.0, 1.0).round(3).tolist()
    [0.0, -2.996]
    """
    top = likelihood.max(axis=-1, keepdims=True)
    tempered: FloatArray = exponent * np.log(np.maximum(likelihood / top, 1 / cap))
    return tempered


def exponent_of(feature: Feature, reading: Reading) -> float:
    """Return the feature's fixed weight times the quality of the reading."""
    return feature.weight * load_features().rules.quality[reading.quality.value]


def _stream(name: str, seed: int, purpose: int) -> np.random.Generator:
    index = list(load_features().features).index(name)
    return np.random.default_rng([seed, index, purpose])


@lru_cache(maxsize=128)
def _drawn_shares(name: str, seed: int, draws: int) -> FloatArray:
    # Classes without knowledge share one row in every draw, so that they stay neutral to one
    # another.
    feature = load_features().features[name]
    known = [c for c in CLASSES if c in feature.shares]
    rows = [feature.shares_of("other").alpha, *(feature.shares[c].alpha for c in known)]
    drawn = _stream(name, seed, 0).gamma(np.array(rows), size=(draws, len(rows), len(rows[0])))
    drawn = np.maximum(drawn, np.finfo(float).tiny)
    drawn /= drawn.sum(axis=2, keepdims=True)
    return drawn[:, [known.index(c) + 1 if c in known else 0 for c in CLASSES], :]


@lru_cache(maxsize=16)
def _drawn_bells(name: str, seed: int, draws: int) -> tuple[FloatArray, FloatArray]:
    feature = load_features().features[name]
    rng = _stream(name, seed, 0)
    noise = {c: rng.standard_normal(draws) for c in ("other", *feature.bells)}
    bells = {c: feature.bell_of(c) for c in CLASSES}
    mean = np.stack(
        [
            b.mean + b.sd / np.sqrt(b.n) * noise[c if c in feature.bells else "other"]
            for c, b in bells.items()
        ],
        axis=1,
    )
    return mean, np.array([b.sd for b in bells.values()])


def _drawn_detector(
    name: str, detector: Detector | None, seed: int, draws: int
) -> tuple[FloatArray, FloatArray]:
    if detector is None:
        return np.ones(draws), np.ones(draws)
    rng = _stream(name, seed, 1)
    sensitivity, specificity = (
        rng.beta(p * detector.n, (1 - p) * detector.n, size=draws)
        for p in (detector.sensitivity, detector.specificity)
    )
    return sensitivity, specificity
