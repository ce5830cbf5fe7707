"""A replayed operation: what was said of the lateral spread after every sweep, and in the end."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.emg import Muscle, StimulusInfo
from hemispasm.model.finding import Provenance, RecordingRef
from hemispasm.model.quality import Quality
from hemispasm.model.side import Side

MONITOR_SCHEMA: Literal["hemispasm.monitor/1"] = "hemispasm.monitor/1"

ResponseState = Literal["present", "reduced", "absent", "undetermined"]
Probability = tuple[float, float, float]


class TheatreEvent(Noun):
    """A note of the recording, such as the opening of the dura.

    Attributes
    ----------
    time_s, duration_s : float
        Seconds from the first sample of the file.
    text : str
        As noted.
    sweep : int
        Number of the last stimulus before it; 0 before the first.
    """

    time_s: float
    duration_s: float = Field(default=0.0, ge=0)
    text: str
    sweep: int = Field(ge=0)


class MonitorChannel(Noun):
    """A channel of the recording: watched, or why not.

    Attributes
    ----------
    label : str
        As in the file.
    muscle, side
        From the montage. ``side`` None: nobody said on which side of the patient it lies.
    named_by : str
        Who says so; ``label_rule`` means the label alone.
    watched : bool
        Whether its response is followed.
    reason : str or None
        ``code: sentence`` where it is not watched.
    p : float or None
        Of the test for a response in the baseline, where it was made.
    noise_uv : float or None
        Usual noise of a baseline sweep, RMS.
    """

    label: str
    muscle: Muscle | None = None
    side: Side | None = None
    named_by: str = "nobody"
    watched: bool
    reason: str | None = None
    p: float | None = Field(default=None, ge=0, le=1)
    noise_uv: float | None = Field(default=None, ge=0)

    @property
    def name(self) -> str:
        """Muscle and the patient's side in words; what nobody said is said to be unknown.

        Examples
        --------
        >>> MonitorChannel(label="EMG1", muscle="orbicularis_oculi", side="left", watched=True).name
        'orbicularis oculi, left'
        >>> MonitorChannel(label="EMG2", watched=False).name
        'EMG2 (muscle unknown), side unknown'
        """
        unknown = f"{self.label} (muscle unknown)"
        muscle = unknown if self.muscle is None else self.muscle.value.replace("_", " ")
        return f"{muscle}, {self.side or 'side unknown'}"


class MonitorBaseline(Noun):
    """The sweeps that taught what the response looks like.

    Attributes
    ----------
    first_sweep, last_sweep : int
        Numbers of its first and last stimulus.
    start_s, end_s : float
        Times of these.
    until : str or None
        The event that ended it, where the user named one.
    """

    first_sweep: int
    last_sweep: int
    start_s: float
    end_s: float
    until: str | None = None


class MonitorCriteria(Noun):
    """What it took to call a state.

    Attributes
    ----------
    call_absent, keep_present : float
        Posterior probability from which a loss is called, and from which presence is shown again.
    averaged_sweeps : int
        Most sweeps in the running mean.
    mean_z : float
        Deviations by which the running mean must lie below the reduced share to call a loss alone.
    reduced_share : float
        Share of the baseline below which a response counts as reduced.
    reduced_share_from : {"site", "default"}
        Whether the site stated it beside the recording.
    fewest_baseline : int
        Usable baseline sweeps that it takes to watch a channel.
    baseline_p : float
        Below it the baseline shows a response.
    """

    call_absent: float
    keep_present: float
    averaged_sweeps: int
    mean_z: float
    reduced_share: float
    reduced_share_from: Literal["site", "default"]
    fewest_baseline: int
    baseline_p: float


class ChannelMoment(Noun):
    """One watched channel after one sweep.

    Attributes
    ----------
    channel : int
        Its place among the document's channels.
    state : {"present", "reduced", "absent", "undetermined"}
        The last state that was called.
    probability : tuple of float
        Of present, reduced and absent now.
    since_sweep : int
        Number of the sweep at which this state was called; the last baseline sweep at the start.
    amplitude : float or None
        Size of this sweep's response, as a share of the baseline's; None when frozen.
    ratio, ratio_interval
        Mean of the last ``averaged`` usable sweeps as a share of the baseline, with its interval.
    frozen : str or None
        Why this sweep was not judged: ``cautery``, ``movement``, ``saturated``, ``gap``,
        ``next_stimulus``; or, with electrode, amplifier or stimulator at fault, ``flat``,
        ``no_stimulus``, ``quieter``, ``gain_changed``. After some sweeps of the latter the state is
        undetermined, because nobody knows it.
    held_since_s : float or None
        Time of the first of the frozen sweeps in a row.
    more_sweeps : int or None
        How many sweeps without a response it would take to call the loss, as the noise stands.
    """

    channel: int
    state: ResponseState
    probability: Probability
    since_sweep: int
    amplitude: float | None = None
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None
    averaged: int = 0
    frozen: str | None = None
    held_since_s: float | None = None
    more_sweeps: int | None = None

    @property
    def chance(self) -> float | None:
        """Probability, now, of the state that was called; None while none is called."""
        order = ("present", "reduced", "absent")
        return self.probability[order.index(self.state)] if self.state in order else None


class SweepMoment(Noun):
    """What is said after one sweep.

    Attributes
    ----------
    number : int
        Of the stimulus in the recording, from 1, the baseline's included.
    time_s : float
        Of the stimulus, seconds from the first sample of the file.
    state : {"present", "reduced", "absent", "undetermined"}
        Of the operation: absent only when every watched channel is absent.
    since_sweep, frozen, held_since_s, more_sweeps
        As for a channel; frozen only when every watched channel is.
    """

    number: int
    time_s: float
    state: ResponseState
    since_sweep: int
    frozen: str | None = None
    held_since_s: float | None = None
    more_sweeps: int | None = None
    channels: tuple[ChannelMoment, ...]


class StateChange(Noun):
    """A state was called that differs from the one before.

    Attributes
    ----------
    channel : int or None
        Which channel; None for the operation as a whole.
    sweep, time_s
        Of the call. What it reports may have happened some sweeps earlier.
    probability : float or None
        Of the new state when it was called.
    event : int or None
        Place of the last event before the call among the document's events; None when there was
        none. It came before, which does not say that it was the cause.
    """

    channel: int | None
    sweep: int
    time_s: float
    before: ResponseState
    after: ResponseState
    probability: float | None = None
    event: int | None = None


class FrozenSpan(Noun):
    """Sweeps in a row on which nothing was judged.

    Attributes
    ----------
    channel : int or None
        Which channel; None where every watched channel was frozen.
    start_s, end_s : float
        Times of the first and last of them.
    reasons : tuple of str
        Each once.
    held : str
        The state that was held at its end.
    """

    channel: int | None
    first_sweep: int
    last_sweep: int
    start_s: float
    end_s: float
    reasons: tuple[str, ...]
    held: ResponseState


class MonitorSummary(Noun):
    """A channel's course, or the operation's.

    Attributes
    ----------
    channel : int or None
        None for the operation.
    state : str
        Called last.
    since_sweep, since_s
        When it was called.
    losses : int
        How often ``absent`` was called.
    first_absent_sweep, first_absent_s, first_absent_event
        The first of these, with the last event before it; None without one.
    returned : bool or None
        Whether presence or a reduced response was called after the first loss; None without a loss.
    returned_sweeps : int
        Judged sweeps after the first loss in which it was.
    sweeps, frozen_sweeps : int
        Given in, and frozen among them.
    ratio, ratio_interval, averaged
        Mean of the last usable sweeps as a share of the baseline.
    more_sweeps : int or None
        What was still asked for at the end.
    """

    channel: int | None
    state: ResponseState
    since_sweep: int
    since_s: float
    losses: int = 0
    first_absent_sweep: int | None = None
    first_absent_s: float | None = None
    first_absent_event: int | None = None
    returned: bool | None = None
    returned_sweeps: int = 0
    sweeps: int
    frozen_sweeps: int
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None
    averaged: int = 0
    more_sweeps: int | None = None


class MonitorDocument(Noun):
    """A replayed operation; ``schemas/monitor-1.json`` is its JSON Schema.

    Attributes
    ----------
    stimulus : StimulusInfo
        The site's protocol as stated beside the recording; None where nobody said.
    measured_rate_hz : float or None
        Usual rate of the stimuli as recorded.
    complete : bool
        False when the replay ended before the recording did, or nothing could be watched.
    sweeps : tuple of SweepMoment
        After the baseline, in order.
    summary : tuple of MonitorSummary
        The operation first, then each watched channel; empty when nothing could be watched.
    notes : tuple of str
        What reading mended, left out or took from a rule.
    """

    schema_: Literal["hemispasm.monitor/1"] = Field(default=MONITOR_SCHEMA, alias="schema")
    recording: RecordingRef
    quality: Quality
    stimulus: StimulusInfo
    measured_rate_hz: float | None = None
    stimuli: int = Field(ge=0)
    criteria: MonitorCriteria
    baseline: MonitorBaseline | None = None
    channels: tuple[MonitorChannel, ...] = ()
    events: tuple[TheatreEvent, ...] = ()
    complete: bool = True
    sweeps: tuple[SweepMoment, ...] = ()
    changes: tuple[StateChange, ...] = ()
    frozen: tuple[FrozenSpan, ...] = ()
    summary: tuple[MonitorSummary, ...] = ()
    ratio_level: float = 0.95
    notes: tuple[str, ...] = ()
    provenance: Provenance

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    def to_json(self) -> dict[str, Any]:
        """Return plain data in the published shape."""
        return self.model_dump(mode="json", by_alias=True)
