"""Evidence in words: the same wording on the command line, in reports and in the docs."""

from __future__ import annotations

import math

from hemispasm.evidence.item import EvidenceItem, Quantity, ReadDepth, Source

READ_DEPTH_WORDS: dict[ReadDepth, str] = {
    ReadDepth.FULL_TEXT: "full text read",
    ReadDepth.ABSTRACT: "abstract read only",
    ReadDepth.SECONDARY: "quoted by another source",
    ReadDepth.LABEL: "product label or law",
    ReadDepth.CALCULATION: "calculated here",
    ReadDepth.EXPERT_RULE: "expert rule, no published number",
}

_AFTER_NUMBER: dict[Quantity, str] = {
    Quantity.PROPORTION: " %",
    Quantity.RATE_PER_MIN: " per minute",
    Quantity.DURATION_S: " s",
    Quantity.DURATION_D: " days",
    Quantity.DURATION_WK: " weeks",
    Quantity.DURATION_MO: " months",
    Quantity.DURATION_A: " years",
    Quantity.LATENCY_MS: " ms",
    Quantity.FREQUENCY_HZ: " Hz",
    Quantity.PER_100000: " per 100 000 people",
    Quantity.PER_100000_A: " per 100 000 people and year",
}

_WHOSE = {
    "published": "",
    "wilson": ", computed here",
    "random_effects": ", pooled here",
    "prediction": " for a new centre, computed here",
    "moments": " of treatments, computed here",
}


def describe_value(item: EvidenceItem) -> str:
    """Return the number with its interval in words; empty for a statement.

    Examples
    --------
    >>> from hemispasm.evidence import lookup_evidence
    >>> describe_value(lookup_evidence("other_babinski.hfs_pawlowski"))
    '86 % (95 % interval 71 to 94, computed here)'
    >>> describe_value(lookup_evidence("lid_movement.blink_like_spasm_rate"))
    'observed from 0.3 to 24.7 per minute'
    """
    after = _AFTER_NUMBER.get(item.quantity, "")
    if item.quantity is Quantity.STATEMENT:
        return ""
    if item.value is None:
        low, high = item.range or (float("nan"), float("nan"))
        return f"observed from {_digits(low, item)} to {_digits(high, item)}{after}"
    text = f"{item.bound or ''}{_digits(item.value, item)}{after}"
    if item.interval is not None and item.level is not None:
        low, high = item.interval
        level = f"{100 * item.level:g} %"
        whose = _WHOSE[item.interval_method or "published"]
        text += f" ({level} interval {_digits(low, item)} to {_digits(high, item)}{whose})"
    return text


def describe_sample(item: EvidenceItem) -> str:
    """Return the size of the sample in words.

    Examples
    --------
    >>> from hemispasm.evidence import lookup_evidence
    >>> describe_sample(lookup_evidence("other_babinski.hfs_dogu"))
    '63 of 182 patients'
    """
    if item.n is None:
        is_study = not (item.n_unknown or "").endswith("not a study")
        return f"n unknown: {item.n_unknown}" if is_study else f"no sample: {item.n_unknown}"
    if item.count is not None:
        return f"{item.count} of {item.n} {item.n_of}"
    return f"{item.n} {item.n_of}"


def describe_source(source: Source) -> str:
    """Return a citation with its year and identifier on one line."""
    where = f"doi:{source.doi}" if source.doi else source.url
    if where is None:
        where = f"PMID {source.pmid}" if source.pmid else f"Not resolved: {source.unresolved}"
    return f"{source.citation} ({source.year or 'year not recorded'}). {where}"


def _digits(value: float, item: EvidenceItem) -> str:
    if item.quantity is Quantity.PROPORTION:
        # Halves go up, as readers expect; binary fractions would send some halves down.
        steps = 10 if _needs_a_decimal(item) else 1
        rounded = math.floor(100 * value * steps + 0.5 + 1e-9)
        return f"{rounded / 10:.1f}" if steps == 10 else f"{rounded}"
    two_decimals = (Quantity.RELIABILITY, Quantity.CORRELATION, Quantity.RATIO)
    return f"{value:.2f}" if item.quantity in two_decimals else f"{value:g}"


def _needs_a_decimal(item: EvidenceItem) -> bool:
    """Whether whole percentages would hide a small share, or print a false nought or hundred."""
    shares = [item.value, *(item.interval or ()), *(item.range or ())]
    percents = [100 * share for share in shares if share not in (None, 0, 1)]
    small = bool(percents) and max(percents) < 10 and any(round(p, 6) % 1 for p in percents)
    return small or any(0 < p < 1 or 99 < p < 100 for p in percents)
