"""How much a test is expected to tell: bits of mutual information between class and outcome.

The outcome model is tempered and capped like the ranking itself, so that a test cannot promise
more than the ranking would let it do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemispasm.model.plan.differential import CLASSES
from hemispasm.reason.features import Detector, Feature
from hemispasm.reason.likelihood import temper

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Gain:
    """Expected gain of one test: bits over all classes, and bits for each class by itself."""

    bits: float
    by_class: FloatArray


def outcome_table(feature: Feature, detector: Detector | None, shares: FloatArray) -> FloatArray:
    """Return the probability of each outcome in each class, of shape (classes, states).

    Each class's own distribution is capped and drawn towards the one expected over all classes,
    by the feature's weight. Through a detector a state is named rightly with its sensitivity (the
    state "absent": its specificity), and else as any of the other states alike.
    """
    table = np.array([feature.shares_of(name).mean for name in CLASSES])
    if detector is not None:
        count = len(feature.states)
        right = np.array(
            [
                detector.specificity if state == feature.absent else detector.sensitivity
                for state in feature.states
            ]
        )
        confusion = np.repeat(((1 - right) / (count - 1))[:, None], count, axis=1)
        np.fill_diagonal(confusion, right)
        table = table @ confusion
    expected = shares @ table
    log_scale = np.log(table.max(axis=0))
    own = temper(table.T, feature.cap, feature.weight).T + feature.weight * log_scale
    drawn = np.exp(own + (1 - feature.weight) * np.log(expected))
    result: FloatArray = drawn / drawn.sum(axis=1, keepdims=True)
    return result


def expected_gain(
    shares: FloatArray,
    tables: Sequence[FloatArray],
    *,
    enumerate_up_to: int,
    samples_per_class: int,
    seed: int,
) -> Gain:
    """Return the expected gain of seeing all these outcomes together.

    Parameters
    ----------
    shares : array of shape (classes,)
        What is believed now; sums to one.
    tables : sequence of array of shape (classes, states)
        Outcomes, independent within a class.
    enumerate_up_to, samples_per_class, seed : int
        Up to so many joint outcomes are counted out; beyond, they are sampled from each class.

    Examples
    --------
    A test that tells two equally likely classes apart is worth one bit:

    >>> gain = expected_gain(np.array([0.5, 0.5]), [np.eye(2)], enumerate_up_to=9,
    ...                      samples_per_class=1, seed=0)
    >>> round(gain.bits, 3)
    1.0
    """
    if np.prod([t.shape[1] for t in tables], dtype=float) <= enumerate_up_to:
        log_q = np.zeros((shares.size, 1))
        for table in tables:
            log_q = (log_q[:, :, None] + _safe_log(table)[:, None, :]).reshape(shares.size, -1)
        weight = np.exp(log_q)
    else:
        log_q, weight = _sample(tables, samples_per_class, np.random.default_rng(seed))
    q = np.exp(log_q)
    marginal = shares @ q
    by_outcome = np.where(q > 0, log_q - _safe_log(marginal), 0.0)
    bits = float(shares @ (weight * by_outcome).sum(axis=1) / np.log(2))
    by_class = np.array([_one_class(c, shares, q, weight, marginal) for c in range(shares.size)])
    return Gain(max(0.0, bits), np.maximum(by_class, 0.0))


def _one_class(
    index: int, shares: FloatArray, q: FloatArray, weight: FloatArray, marginal: FloatArray
) -> float:
    """Bits about "this class or not"."""
    share = shares[index]
    if not 0 < share < 1:
        return 0.0
    rest = np.delete(shares, index)
    q_rest = rest @ np.delete(q, index, axis=0) / (1 - share)
    weight_rest = rest @ np.delete(weight, index, axis=0)
    logs = [
        np.log(np.maximum(x, 1e-300) / np.maximum(marginal, 1e-300)) for x in (q[index], q_rest)
    ]
    return float((share * (weight[index] @ logs[0]) + weight_rest @ logs[1]) / np.log(2))


def _sample(
    tables: Sequence[FloatArray], samples: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    classes = tables[0].shape[0]
    log_q = np.zeros((classes, classes * samples))
    for table in tables:
        uniform = rng.random((classes, samples, 1))
        drawn = (uniform > np.cumsum(table, axis=1)[:, None, :-1]).sum(axis=2).ravel()
        log_q += _safe_log(table)[:, drawn]
    weight = np.kron(np.eye(classes), np.full(samples, 1 / samples))
    return log_q, weight


def _safe_log(table: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(np.maximum(table, 1e-300))
    return logs
