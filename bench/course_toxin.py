"""Fit the chain of the toxin to row 22: plateau of the block, onset, duration.

    python bench/course_toxin.py

Never part of an ordinary run; its numbers stand in simulate/course/parameters.toml.
"""

import numpy as np
from scipy.optimize import least_squares

from hemispasm.simulate.course.parameters import CourseSettings
from hemispasm.simulate.course.toxin import effect_of, release_after

UNITS = np.array([[1.0, 2.5, 5.0, 10.0, 15.0, 20.0]])
NAMES = ("cutting_per_d", "renewal_d", "release_power", "uptake_d", "largest_block")


def effects(x):
    """Return the effect of each dose under the logarithms of four numbers and the largest block."""
    values = [*np.exp(x[:4]), x[4]]
    settings = CourseSettings(
        {f"toxin.{name}": float(value) for name, value in zip(NAMES, values, strict=True)}
    )
    block = 1.0 - release_after(UNITS, np.zeros(1), 220, settings)
    return [effect_of(block[:, k]) for k in range(UNITS.shape[1])]


def residuals(x):
    """Return how far plateau, onset and duration lie from the published, in tolerances."""
    found = effects(x)
    block = 100.0 * np.array([effect.largest_block for effect in found])
    return [
        block[4] - 86.0, block[5] - 87.5,  # foot muscle: 85 to 90 % at 15 to 20 units
        (block[0] - 33.0) / 6.0, (block[1] - 60.0) / 8.0,
        (found[3].onset_d - 3.0) / 0.5, (found[3].duration_d - 91.0) / 5.0,
        (found[5].peak_d - 9.0) / 3.0,  # foot muscle best at day 6, faces later
    ]  # fmt: skip


def main():
    """Run the fit and print what it found."""
    start = np.log([0.03, 6.0, 2.7, 2.0]).tolist()
    bounds = ([-5.0, -2.0, -1.0, -1.0, 0.86], [3.0, 2.5, 2.0, 1.5, 1.0])
    found = least_squares(residuals, [*start, 0.9], bounds=bounds, diff_step=0.01)
    for name, value in zip(NAMES, [*np.exp(found.x[:4]), found.x[4]], strict=True):
        print(f"toxin.{name:16s} {value:.4g}")
    for units, effect in zip(UNITS[0], effects(found.x), strict=True):
        print(f"{units:4.1f} units: block {effect.largest_block:.0%}, noticed from day "
              f"{effect.onset_d:.1f}, worn off on day {effect.end_d:.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
