"""Words for the values of the model: grades, patterns, kinds, flags."""

from __future__ import annotations

import re

from hemispasm.model import Event, EventKind, Grade, Pattern

GRADES = {
    Grade.MEASURABLE: "measurable",
    Grade.LIMITED: "limited",
    Grade.NOT_ASSESSABLE: "not assessable",
}
# A filled, a half and an empty disc: readable without colour.
GRADE_MARKS = {Grade.MEASURABLE: "●", Grade.LIMITED: "◐", Grade.NOT_ASSESSABLE: "○"}
KINDS = {
    EventKind.SPASM: "spasm",
    EventKind.BLINK: "blink",
    EventKind.FORCED_CLOSURE: "forced closure of both eyes",
    EventKind.VOLUNTARY: "voluntary movement",
    EventKind.SYNKINESIS: "synkinesis",
    EventKind.UNDETERMINED: "undetermined",
    EventKind.BURST: "burst",
}
PATTERNS = {
    Pattern.TWITCH: "twitch",
    Pattern.CLONIC: "clonic",
    Pattern.TONIC: "tonic",
}
MOMENTS = {"before": "before", "onset": "onset", "peak": "peak", "offset": "end"}
TRACES = {
    "eye_closure": "eye closure",
    "mouth_excursion": "mouth corner",
    "brow_lift": "brow lift",
    "cheek_lift": "cheek lift",
}
FLAGS = {
    "other_babinski": "brow rises while the eye closes (other Babinski sign)",
    "mouth_down": "mouth corner down",
    "mouth": "mouth corner",
    "eye_with_mouth": "eye closes with the mouth",
    "mouth_with_blink": "mouth moves with a blink",
    "with_bilateral_closure": "within a closure of both eyes",
    "lower_face_only": "lower face only",
    "during_task": "during the task",
    "doubt": "doubtful",
}
# Bookkeeping that a reader of the table does not need.
SILENT_FLAGS = frozenset({"calibrated", "brow_assessable"})
REASONS = {
    "both_sides_active": "both sides were active",
    "too_few_events": "there were too few events",
    "doubtful_events": "some events are doubtful",
    "doubtful_events_on_other_side": "doubtful events lie on the other side",
    "possible_wink": "some movements may be deliberate winks",
    "lower_face_only": "movements stayed in the lower face",
    "other_eye_never_blinks": "only one eye blinks, so a palsy of the other is possible",
    "faint": "the movements seen are too faint to name a side",
    "synkinesis": "the eye closes mostly along with mouth movements",
    "mirroring_unknown": "nobody has said whether the picture is mirrored",
    "interval_needs_six_events": "an interval needs six events",
    "toxin_history_unknown": "the toxin history is not known",
    "not_assessable": "not assessable",
    "no_face": "no face was found",
    "head_turned": "the head was turned",
    "head_tilted": "the head was tilted",
    "face_too_small": "the face was too small",
    "face_uncertain": "the face was not tracked well",
    "face_cut_off": "the face was cut off",
    "face_covered": "the face was covered",
    "too_dark": "too dark",
    "too_bright": "too bright",
    "frame_gap": "frames are missing",
    "too_noisy": "too noisy",
    "two_faces": "two faces in the picture",
    "frame_rate_low": "the frame rate was too low",
    "low_contrast": "too little contrast",
}


def grade_words(grade: Grade) -> str:
    """Return a grade with its mark."""
    return f"{GRADE_MARKS[grade]} {GRADES[grade]}"


def pattern_words(event: Event) -> str:
    """Return the pattern of a spasm, or a dash."""
    return PATTERNS[event.pattern] if event.pattern else "–"


def flag_words(flag: str) -> str:
    """Return a flag in words; unknown flags keep their own name.

    Examples
    --------
    >>> flag_words("mouth:up"), flag_words("during_task:brow_raise")
    ('mouth corner up', 'during the task brow raise')
    """
    name, _, detail = flag.partition(":")
    said = FLAGS.get(name, name.replace("_", " "))
    return f"{said} {detail.replace('_', ' ')}".strip()


def shown_flags(event: Event) -> tuple[str, ...]:
    """Return the flags of an event that a reader should see."""
    return tuple(flag for flag in event.flags if flag not in SILENT_FLAGS)


def sentence_of(reason: str) -> str:
    """Return a reason of the model in words a clinician reads.

    Examples
    --------
    >>> sentence_of("head_turned: the head was turned too far")
    'The head was turned too far'
    >>> sentence_of("head_turned, frame_gap")
    'The head was turned, frames are missing'
    """
    code, colon, sentence = reason.partition(": ")
    if colon and " " not in code:
        words = sentence
    else:
        words = ", ".join(REASONS.get(piece, piece) for piece in reason.split(", "))
    words = re.sub(r"(?<=[a-z])_(?=[a-z])", " ", words)
    return words[:1].upper() + words[1:]
