"""Findings, days and reasons that the plans of the tests share."""

from __future__ import annotations

from datetime import date

DAY = date(2026, 3, 2)
EARLIER = date(2025, 12, 1)
