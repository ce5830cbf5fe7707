"""What is kept of one whole patient: what was true and what the measurement said."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hemispasm.model.base import Noun

Outcome = Literal["right", "refused", "wrong"]
Measure = Literal["spasm_rate", "time_in_spasm", "closure"]
Pair = tuple[float, float]


class SideSaid(Noun):
    """What one instrument says of the affected side at the first visit.

    Attributes
    ----------
    instrument : str
        ``video``, ``emg``, ``imaging``, ``joint`` (video and EMG together) or ``case`` (with
        history and examination).
    true : str
        Of this recording: a video in which no spasm came shows none.
    said : str
        ``left``, ``right``, ``both``, ``none_seen``, ``uncertain``, ``conflict`` or ``missing``.
    reason : str, optional
        Why video or EMG does not name one.
    """

    instrument: str
    true: str
    said: str
    outcome: Outcome
    reason: str | None = None


class RateSaid(Noun):
    """Spasms per minute of one side in one video.

    Attributes
    ----------
    true_per_min : float
        In the seconds that were filmed.
    long_run_per_min : float, optional
        Of the same nerve over minutes that nobody filmed.
    said_per_min : float, optional
        None where none was stated.
    interval : tuple of float, optional
        Of the patient's rate, as printed.
    visible, faint : int
        True spasms in these seconds, and involuntary movements too small to be seen as one.
    """

    visit: int
    side: str
    true_per_min: float
    long_run_per_min: float | None
    said_per_min: float | None
    interval: Pair | None
    visible: int = 0
    faint: int = 0


class DistanceSaid(Noun):
    """Nearest distance of vessel and nerve on one side at one visit.

    Attributes
    ----------
    attached : bool
        Where the nerve lies on the brainstem; the distance is then that to the surface.
    true_mm : float
        Exact by construction.
    said_mm : float, optional
        None where no number was printed.
    interval : tuple of float, optional
        As printed.
    interval_phantom : tuple of float, optional
        The narrower one that holds for simulated series.
    reason : str, optional
        Why there is no number.
    """

    visit: int
    side: str
    affected: bool
    attached: bool
    true_mm: float
    said_mm: float | None
    interval: Pair | None = None
    interval_phantom: Pair | None = None
    reason: str | None = None


class SpreadSaid(Noun):
    """Lateral spread of one side at one visit: present, absent, undetermined or missing."""

    visit: int
    side: str
    affected: bool
    true: str
    said: str


class ClockSaid(Noun):
    """The EMG's clock against the video's at one moment of one visit.

    Attributes
    ----------
    error_ms : float, optional
        Stated less true; None where no offset was stated.
    inside : bool, optional
        Whether the printed interval holds the truth.
    """

    visit: int
    marks: bool
    error_ms: float | None
    inside: bool | None = None
    found_by: str | None = None
    reason: str | None = None


class EffectSaid(Noun):
    """What treatment changed on one side, by one measure.

    Attributes
    ----------
    true_change : float, optional
        Relative to the first visit, -1 for gone; None where there was nothing before.
    said, interval
        Later less earlier, in the measure's own unit; None where no change was stated.
    reason : str, optional
        Why not.
    """

    measure: Measure
    side: str
    true_change: float | None
    said: float | None
    interval: Pair | None = None
    reason: str | None = None

    @property
    def shown(self) -> int:
        """-1 or 1 where the interval excludes zero, else 0.

        Examples
        --------
        >>> EffectSaid(measure="closure", side="left", true_change=-0.8, said=-0.4,
        ...            interval=(-0.6, -0.1)).shown
        -1
        """
        if self.interval is None:
            return 0
        low, high = self.interval
        return int(low > 0) - int(high < 0)


class PatientCase(Noun):
    """Truth and measurement of one patient, the case folder gone.

    Attributes
    ----------
    said : tuples
        One entry per side, visit or measure.
    grades : dict of str to str
        Quality of each recording: ``visit:kind``.
    crashed : str, optional
        Name of an exception that no patient should raise, with the step it came from.
    made_cpu_s, measured_cpu_s : float
        Processor seconds to simulate and to measure.
    """

    place: int
    seed: int
    stage: str
    side: str
    treatment: str
    result: str
    marks: bool
    mirrored: bool
    form: str
    sides: tuple[SideSaid, ...] = ()
    rates: tuple[RateSaid, ...] = ()
    distances: tuple[DistanceSaid, ...] = ()
    spreads: tuple[SpreadSaid, ...] = ()
    clocks: tuple[ClockSaid, ...] = ()
    effects: tuple[EffectSaid, ...] = ()
    grades: dict[str, str] = Field(default_factory=dict)
    crashed: str | None = None
    made_cpu_s: float = 0.0
    measured_cpu_s: float = 0.0

    @property
    def affected(self) -> tuple[str, ...]:
        """The sides with spasm."""
        return ("left", "right") if self.side == "both" else (self.side,)
