"""The nouns of hemispasm: frozen, typed, JSON in and out. Imports nothing else of ours."""

from hemispasm.model.case import Case, ClinicType, Context, Onset, Visit
from hemispasm.model.chart import Chart, Doubt, Observation
from hemispasm.model.errors import (
    DecodeError,
    HemispasmError,
    IntegrityError,
    RefusedError,
    UsageError,
)
from hemispasm.model.event import Event, EventKind, Pattern, Region
from hemispasm.model.finding import (
    Finding,
    FindingsDocument,
    Origin,
    Provenance,
    RecordingRef,
    TimeSpan,
)
from hemispasm.model.quality import Exclusion, Grade, Quality
from hemispasm.model.recording import Frame, TaskMark, VideoInfo, VideoSidecar
from hemispasm.model.review import Decision, Review, ReviewItem, Signature
from hemispasm.model.side import ImageSide, Mirrored, Side, patient_side
from hemispasm.model.trace import Clip, Trace
from hemispasm.model.treatment import (
    AdverseEffect,
    Centre,
    Operation,
    Product,
    ToxinCycle,
    Treatments,
)
from hemispasm.model.truth import Truth, TruthEvent
from hemispasm.model.vocabulary import CodeDefinition, load_vocabulary, lookup_code

__all__ = [
    "AdverseEffect",
    "Case",
    "Centre",
    "Chart",
    "ClinicType",
    "Clip",
    "CodeDefinition",
    "Context",
    "Decision",
    "DecodeError",
    "Doubt",
    "Event",
    "EventKind",
    "Exclusion",
    "Finding",
    "FindingsDocument",
    "Frame",
    "Grade",
    "HemispasmError",
    "ImageSide",
    "IntegrityError",
    "Mirrored",
    "Observation",
    "Onset",
    "Operation",
    "Origin",
    "Pattern",
    "Product",
    "Provenance",
    "Quality",
    "RecordingRef",
    "RefusedError",
    "Region",
    "Review",
    "ReviewItem",
    "Side",
    "Signature",
    "TaskMark",
    "TimeSpan",
    "ToxinCycle",
    "Trace",
    "Treatments",
    "Truth",
    "TruthEvent",
    "UsageError",
    "VideoInfo",
    "VideoSidecar",
    "Visit",
    "load_vocabulary",
    "lookup_code",
    "patient_side",
]
