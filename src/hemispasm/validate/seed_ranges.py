"""Which seeds each validation may use: free for tuning, kept for releases, spent by a look."""

from __future__ import annotations

from dataclasses import dataclass

from hemispasm.model.errors import UsageError


@dataclass(frozen=True)
class SeedRanges:
    """The seeds of one kind of validation.

    Attributes
    ----------
    release : range
        Kept for releases: nothing is tuned on them.
    per_run : int
        How many seeds a run takes, from its first.
    tuning : range
        Free for tests and for tuning; a score on them is no validation.
    per_tuning_run : int or None
        How many seeds a run on tuning seeds takes; None for as many as any run.
    orientation : range or None
        Looked at while the thing itself was built.
    spent : tuple of (range, str)
        Once kept for releases; then looked at, and why that spent them.
    """

    release: range
    per_run: int
    tuning: range = range(1000)
    per_tuning_run: int | None = None
    orientation: range | None = None
    spent: tuple[tuple[range, str], ...] = ()

    @property
    def base(self) -> int:
        """First seed of a release."""
        return self.release.start

    def is_fresh(self, seed_base: int) -> bool:
        """Say whether a run from this seed is a validation: nothing was tuned on its seeds."""
        return seed_base in self.release

    def check(self, seed_base: int) -> int:
        """Return the first seed of a run.

        Raises
        ------
        UsageError
            The run would leave the seeds it starts on (``bad_seed_base``).

        Examples
        --------
        >>> seeds = VALIDATION_SEEDS["emg"]
        >>> seeds.check(500), seeds.check(30_000)
        (500, 30000)
        """
        if any(seed_base in starts for starts in self._starts().values()):
            return seed_base
        last = seed_base + self.per_run - 1
        why = "".join(
            f": {seeds.start} to {seeds.stop - 1} are spent, as {reason}"
            for seeds, reason in self.spent
            if seed_base in seeds or last in seeds
        )
        few = self.per_tuning_run
        size = f"{self.per_run}" if few is None else f"{few} to {self.per_run}"
        *others, release = (_words(starts, use) for use, starts in self._starts().items())
        raise UsageError(
            "bad_seed_base",
            f"A run of {size} seeds cannot start at {seed_base}{why}.",
            f"Use {', '.join(others)}, or {release}.",
        )

    def _starts(self) -> dict[str, range]:
        """Return the seeds from which a run stays inside its range, by what they are for."""
        ranges = {
            "for tuning": (self.tuning, self.per_tuning_run or self.per_run),
            "to look": (self.orientation, self.per_run),
            "for a release": (self.release, self.per_run),
        }
        return {
            use: range(seeds.start, seeds.stop - size + 1)
            for use, (seeds, size) in ranges.items()
            if seeds is not None
        }


def _words(starts: range, use: str) -> str:
    first, last = starts.start, starts.stop - 1
    return f"{first} {use}" if first == last else f"{first} to {last} {use}"


VALIDATION_SEEDS = {
    "video": SeedRanges(
        release=range(21_000, 30_000),
        per_run=1000,
        spent=(
            (
                range(20_000, 21_000),
                "limits for winks, smiles and weak sides were set while looking at them",
            ),
        ),
    ),
    "emg": SeedRanges(release=range(30_000, 40_000), per_run=500),
    "imaging": SeedRanges(
        release=range(82_500, 100_000),
        per_run=5000,
        per_tuning_run=250,
        spent=(
            (
                range(40_000, 45_000),
                "they showed that wide vertebral arteries passed for brain, and how often the "
                "interval held",
            ),
            (
                range(45_000, 50_000),
                "the interval held the truth too often on the first of them and was narrowed",
            ),
            (
                range(80_000, 82_500),
                "one of them showed that the tip of a narrow vascular loop was cut off",
            ),
        ),
    ),
    "behaviour": SeedRanges(
        release=range(52_000, 60_000),
        per_run=500,
        orientation=range(1000, 2000),
        spent=(
            (range(50_000, 51_000), "the model was mended by what they showed"),
            (range(51_000, 52_000), "the model was mended by what a second look showed"),
        ),
    ),
    "families": SeedRanges(release=range(60_000, 70_000), per_run=500),
    "patients": SeedRanges(
        release=range(70_300, 80_000),
        per_run=100,
        orientation=range(1000, 2000),
        spent=(
            (
                range(70_000, 70_300),
                "counting, filming and the lateral spread were changed after their scores",
            ),
        ),
    ),
}
"""Every kind of validation by name; no two share a seed that is kept for releases."""
