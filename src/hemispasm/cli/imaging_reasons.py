"""Why numbers are missing from an examination, in words, and what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemispasm.model.finding import Finding


def reason_lines(findings: Iterable[Finding]) -> list[str]:
    """Return a line for each reason that keeps a number from a side: words, sides, next step.

    Parameters
    ----------
    findings : iterable of Finding
        Of an examination; those with a number have nothing to explain.

    Examples
    --------
    >>> from hemispasm.model import Finding
    >>> reason_lines([Finding(code="imaging.vessel_nerve_distance", side="left", value=None,
    ...     reason="fit_hidden: other structures hide all but 12% of the place",
    ...     quality="not_assessable", method="imaging/1")])
    ['fit_hidden (left): other structures hide most of the place. Next: read that place by eye.']
    """
    from hemispasm.model.imaging_words import describe_reason, list_reasons

    known = list_reasons()
    sides: dict[str, dict[str, None]] = {}
    for finding in findings:
        if isinstance(finding.value, float):
            continue
        for code in re.findall(r"(?:^|; )([a-z0-9_]+)(?=: )", finding.reason or ""):
            if code in known:
                sides.setdefault(code, {})[str(finding.side or finding.image_side or "")] = None
    lines = []
    for code, where in sides.items():
        means, helps = describe_reason(code)
        named = ", ".join(side for side in where if side)
        about = f" ({named})" if named else ""
        lines.append(f"{code}{about}: {means}. Next: {helps}.")
    return lines
