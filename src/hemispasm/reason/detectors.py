"""How sure a measured sign is: from a count, an interval or a probability to P(sign).

A likelihood ratio published for a human examiner does not hold for a sign that a machine saw.
Such a sign is carried through the machine's own sensitivity and specificity, and through the
uncertainty of the measured value itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtr, ndtri

from hemispasm.model.finding import Finding, Origin

#: Ends of a measured share for the logit: an interval that touches nought or one has no logit.
EDGE = 0.005


def is_detected(finding: Finding) -> bool:
    """Return whether a machine found this sign, so that its errors must be reckoned with.

    Examples
    --------
    >>> seen = Finding(code="emg.lateral_spread", side="left", value="present",
    ...                quality="measurable", method="report", origin="reported")
    >>> is_detected(seen)
    False
    """
    instrument = finding.code.partition(".")[0]
    return finding.origin is Origin.MEASURED and instrument in ("video", "emg", "imaging")


def share_above(finding: Finding, threshold: float) -> float | None:
    """Return the probability that a measured share exceeds a threshold.

    From a count out of assessable events, or from the interval of a share. None when the finding
    carries neither: a bare machine value is not evidence. A share that a person reports is taken
    at its word.

    Examples
    --------
    >>> f = Finding(code="video.other_babinski_count", side="left", value=2, unit="{count}",
    ...             quality="measurable", method="video/1", assessable_count=8)
    >>> round(share_above(f, 0.2), 3)
    0.667
    """
    value = finding.value
    if not isinstance(value, (int, float)):
        return None
    assessable = finding.extra("assessable_count")
    if finding.unit == "{count}":
        if not assessable or value > assessable:
            return None
        return float(1 - betainc(value + 0.5, assessable - value + 0.5, threshold))
    if finding.interval is not None and finding.level is not None:
        return _above_by_interval(float(value), finding.interval, finding.level, threshold)
    if is_detected(finding):
        return None
    return 1.0 if value > threshold else 0.0


def state_evidence(
    sign: NDArray[np.bool_],
    p_sign: float,
    sensitivity: NDArray[np.float64],
    specificity: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how likely the reading is in each true state.

    Parameters
    ----------
    sign : array of bool of shape (states,)
        States that count as the sign.
    p_sign : float
        Probability, given the measured value, that the machine's verdict is "sign".
    sensitivity, specificity : array of shape (draws,)
        One for a human reading.

    Returns
    -------
    array of shape (draws, states)
        The verdicts "sign" and "no sign", mixed by ``p_sign``.

    Examples
    --------
    >>> one = np.ones(1)
    >>> state_evidence(np.array([True, False]), 1.0, 0.7 * one, 0.9 * one).round(2).tolist()
    [[0.7, 0.1]]
    """
    seen = np.where(sign, sensitivity[:, None], 1 - specificity[:, None])
    silent = np.where(sign, 1 - sensitivity[:, None], specificity[:, None])
    mixed: NDArray[np.float64] = p_sign * seen + (1 - p_sign) * silent
    return mixed


def _above_by_interval(
    value: float, interval: tuple[float, float], level: float, threshold: float
) -> float:
    # On the logit a share's uncertainty is close to normal.
    low, middle, high = (
        float(np.log(x / (1 - x)))
        for x in np.clip([interval[0], value, interval[1]], EDGE, 1 - EDGE)
    )
    sd = max((high - low) / (2 * float(ndtri(0.5 + level / 2))), 1e-3)
    return float(ndtr((middle - np.log(threshold / (1 - threshold))) / sd))
