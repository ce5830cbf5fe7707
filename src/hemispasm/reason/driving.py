"""The prompt on driving: rules differ by country, so it never says that somebody may drive."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from hemispasm.model.chart import Chart


@cache
def load_driving_table() -> Mapping[str, Any]:
    """Return the texts on driving by country (ISO 3166, two letters).

    Examples
    --------
    >>> load_driving_table()["country"]["GB"]["text"]
    'driving.gb'
    """
    text = files("hemispasm.reason").joinpath("data", "driving.toml").read_text("utf-8")
    return tomllib.loads(text)


def driving_prompt(chart: Chart) -> str | None:
    """Return the key of the text on driving; None for a patient who does not drive.

    Whether the patient drives and in which country may be unknown; the text then asks.

    Parameters
    ----------
    chart : Chart
        Read for ``history.drives`` and the country of the case.

    Returns
    -------
    str or None
        Key of a text.
    """
    if chart.is_present("history.drives") is False:
        return None
    table = load_driving_table()
    country = chart.case.country
    if country is None:
        return str(table["country_unknown"]["text"])
    row = table["country"].get(country, table["other_country"])
    return str(row["text"])
