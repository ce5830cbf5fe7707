"""The checklist before a decompression: what the chart says of each item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.common import Because
from hemispasm.model.plan.gates import SideView
from hemispasm.model.plan.mvd import ChecklistItem
from hemispasm.model.side import Side

Status = Literal["done", "open", "caution"]
BASELINES = ("video.spasm_rate", "video.affected_side", "emg.affected_side", "emg.lateral_spread")
NOT_IN_A_CHART = ("monitoring_plan", "consent_with_figures")


def pre_operative_checklist(chart: Chart, side: SideView) -> tuple[ChecklistItem, ...]:
    """Return every item before a decompression with its status.

    Parameters
    ----------
    chart : Chart
        The patient. What nobody wrote down is open, never done.
    side : SideView
        The side by every source: two independent ones must name it. What the patient tells is one
        source, however many questions it answers.

    Returns
    -------
    tuple of ChecklistItem
        Always every item. What a chart cannot hold (consent, the plan for monitoring) is open.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> chart = Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2))
    >>> {item.status for item in pre_operative_checklist(chart, SideView())}
    {'open'}
    """
    reads: dict[str, Callable[[Chart], tuple[Status, tuple[Because, ...]]]] = {
        "mri_high_resolution": lambda c: _study(c, "mri_high_resolution"),
        "mra": lambda c: _study(c, "mra"),
        "image_quality": _image_quality,
        "radiologist_report": _report,
        "audiogram": _audiogram,
        "anaesthesia": _anaesthesia,
        "antithrombotic_plan": lambda c: _asked(c, "history.antithrombotic"),
        "hearing_dependence": lambda c: _asked(c, "history.hearing_dependence"),
        "pregnancy": lambda c: _asked(c, "history.pregnancy"),
        "baseline_recording": _baseline,
    }
    items = [_side_item(side)]
    for code, read in reads.items():
        status, because = read(chart)
        items.append(ChecklistItem(code=code, status=status, because=because))
    items += [ChecklistItem(code=code, status="open") for code in NOT_IN_A_CHART]
    return tuple(items)


def _side_item(side: SideView) -> ChecklistItem:
    sources = {_witness(because.code) for because in side.because}
    status: Status = "open"
    if side.conflict:
        status = "caution"
    elif side.side in (Side.LEFT, Side.RIGHT) and len(sources) > 1:
        status = "done"
    return ChecklistItem(code="side_confirmed", status=status, because=side.because)


def _witness(code: str) -> str:
    """Return who or what stands behind a statement on the side."""
    room = code.partition(".")[0]
    if code == "record.onset_side":
        return "history"
    return {"scale": "exam"}.get(room, room)


def _study(chart: Chart, study: str) -> tuple[Status, tuple[Because, ...]]:
    found = [o for o in chart.every("imaging.study") if o.finding.value == study]
    return ("done", (Because.of(found[-1]),)) if found else ("open", ())


def _image_quality(chart: Chart) -> tuple[Status, tuple[Because, ...]]:
    seen = _newest_of_each_side(chart, "imaging.assessability")
    if not seen:
        return "open", ()
    poor = any(o.finding.value == "C" for o in seen)
    return "caution" if poor else "done", tuple(Because.of(o) for o in seen)


def _report(chart: Chart) -> tuple[Status, tuple[Because, ...]]:
    seen = chart.latest("imaging.radiologist_report")
    status: dict[float | str | None, Status] = {
        "no_secondary_cause": "done",
        "secondary_cause": "caution",
    }
    if seen is None:
        return "open", ()
    return status.get(seen.finding.value, "open"), (Because.of(seen),)


def _audiogram(chart: Chart) -> tuple[Status, tuple[Because, ...]]:
    seen = _newest_of_each_side(chart, "report.audiogram")
    because = tuple(Because.of(o) for o in seen)
    if any(o.finding.value == "abnormal" for o in seen):
        return "caution", because
    heard = {o.finding.side for o in seen}
    both = Side.BOTH in heard or {Side.LEFT, Side.RIGHT} <= heard
    return "done" if both else "open", because


def _anaesthesia(chart: Chart) -> tuple[Status, tuple[Because, ...]]:
    seen = chart.latest("history.fit_for_anaesthesia")
    if seen is None:
        return "open", ()
    return "done" if seen.finding.value == "fit" else "caution", (Because.of(seen),)


def _asked(chart: Chart, code: str) -> tuple[Status, tuple[Because, ...]]:
    seen = chart.latest(code)
    if seen is None:
        return "open", ()
    return "caution" if seen.finding.value == "present" else "done", (Because.of(seen),)


def _baseline(chart: Chart) -> tuple[Status, tuple[Because, ...]]:
    seen = [o for code in BASELINES if (o := chart.latest(code)) is not None]
    return ("done" if seen else "open"), tuple(Because.of(o) for o in seen)


def _newest_of_each_side(chart: Chart, code: str) -> list[Observation]:
    return [o for side in Side if (o := chart.latest(code, side)) is not None]
