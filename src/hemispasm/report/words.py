"""Words for the values of the model: grades, patterns, kinds, flags."""

from __future__ import annotations

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
}


def grade_words(grade: Grade) -> str:
    """Return a grade with its mark."""
    return f"{GRADE_MARKS[grade]} {GRADES[grade]}"


def pattern_words(event: Event) -> str:
    """Return the pattern of a spasm, or a dash."""
    return PATTERNS[event.pattern] if event.pattern else "–"


def flag_words(flag: str) -> str:
    """Return a flag in words; unknown flags keep their own name."""
    name, _, detail = flag.partition(":")
    said = FLAGS.get(name, name.replace("_", " "))
    return f"{said}: {detail.replace('_', ' ')}" if detail else said


def sentence_of(reason: str) -> str:
    """Return the sentence of a ``code: sentence`` reason, or the whole of it.

    Examples
    --------
    >>> sentence_of("head_turned: the head was turned too far")
    'The head was turned too far'
    """
    code, colon, sentence = reason.partition(": ")
    words = sentence if colon and " " not in code else reason
    if "_" in words and " " not in words:
        words = words.replace("_", " ")
    return words[:1].upper() + words[1:]
