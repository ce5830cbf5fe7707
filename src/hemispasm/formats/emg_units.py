"""Voltage units as consoles spell them."""

from __future__ import annotations

UV_PER_UNIT = {"nV": 1e-3, "uV": 1.0, "mV": 1e3, "V": 1e6}

_SPELLINGS = {
    "nv": "nV",
    "uv": "uV",
    "\u00b5v": "uV",  # micro sign
    "\u03bcv": "uV",  # Greek mu
    "microv": "uV",
    "microvolt": "uV",
    "microvolts": "uV",
    "mv": "mV",
    "millivolt": "mV",
    "v": "V",
    "volt": "V",
    "volts": "V",
}


def voltage_unit(text: str) -> str | None:
    """Return nV, uV, mV or V for a unit as a file spells it, None when it is no voltage.

    Examples
    --------
    >>> voltage_unit("µV"), voltage_unit(" mV"), voltage_unit("degC")
    ('uV', 'mV', None)
    >>> voltage_unit("MV") is None
    True
    """
    text = text.strip()
    # A capital M is mega: no electrode gives that, so the file means something else.
    if text.startswith("M"):
        return None
    return _SPELLINGS.get(text.casefold())
