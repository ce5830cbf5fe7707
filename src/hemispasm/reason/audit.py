"""How often decompression helps at a centre: the published default, or its own audit."""

from __future__ import annotations

from hemispasm.evidence import lookup_evidence
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.mvd import AuditedRate
from hemispasm.model.treatment import Centre
from hemispasm.reason.mvd_table import load_mvd_table, mvd_limit
from hemispasm.stats.betabinomial import beta_from_mean

LEVEL = 0.95


def audited_rate(centre: Centre | None = None) -> AuditedRate:
    """Return the share with a good result, and where a centre's true share may lie.

    Parameters
    ----------
    centre : Centre, optional
        A clinic's own audit. It replaces the published default unless it counted results so early
        that delayed relief would count as failure (``audit_is_too_early``).

    Returns
    -------
    AuditedRate
        Without an audit the pooled share with its interval for a new centre. With one the
        beta-binomial posterior: the published default weighs as much as a few patients and is
        soon outweighed by the centre's own. Never one patient's chance.

    Notes
    -----
    Sources: ``mvd_effect.random_effects``, ``mvd_effect.new_centre``,
    ``mvd_effect.prior_effective_n``.

    Examples
    --------
    >>> round(audited_rate().share, 3)
    0.858
    >>> own = Centre(name="Our clinic", operated=100, good=95, definition="no spasm", months=12)
    >>> round(audited_rate(own).share, 3)
    0.943
    """
    keys = load_mvd_table()["rate"]
    default, spread = lookup_evidence(keys["default"]), lookup_evidence(keys["band"])
    if default.value is None or spread.interval is None:
        raise ValueError(f"{default.key} needs a value and {spread.key} an interval")
    if centre is None or audit_is_too_early(centre):
        return AuditedRate(
            origin="published",
            share=default.value,
            band=spread.interval,
            level=spread.level or LEVEL,
            definition=default.outcome,
            basis=Basis(evidence=(default.key, spread.key)),
        )
    weight = lookup_evidence(keys["prior_patients"])
    if weight.value is None:
        raise ValueError(f"{weight.key} needs a value")
    rate = beta_from_mean(default.value, weight.value).updated(centre.good, centre.operated)
    return AuditedRate(
        origin="own_centre",
        share=rate.mean,
        band=rate.interval(LEVEL).pair,
        level=LEVEL,
        operated=centre.operated,
        good=centre.good,
        definition=centre.definition,
        basis=Basis(evidence=(default.key, weight.key)),
    )


def audit_is_too_early(centre: Centre) -> bool:
    """Return whether an audit counted results before the earliest judgement that a source allows.

    Examples
    --------
    >>> audit_is_too_early(Centre(name="A", operated=9, good=5, definition="no spasm", months=1))
    True
    """
    return centre.months < mvd_limit("audit_from_months")
