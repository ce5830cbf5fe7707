"""What a channel's label says about muscle and side: rules of last resort, shown to the user."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TypeVar

from hemispasm.model.emg import Branch, ChannelKind, Muscle
from hemispasm.model.side import Side

_NameT = TypeVar("_NameT", Muscle, Side, Branch)

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[a-z]+|[0-9]+|[左右]")
# A letter that touches a digit, as in "L1" or "R2", counts contacts and names no side.
_CONTACT = re.compile(r"(?<![^\W\d_])[A-Za-z](?=[0-9])|(?<=[0-9])[A-Za-z](?![^\W\d_])")


@dataclass(frozen=True)
class LabelMeaning:
    """What a text names. None where it names nothing, or more than one."""

    kind: ChannelKind | None = None
    muscle: Muscle | None = None
    side: Side | None = None
    branch: Branch | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the text says nothing."""
        return self == LabelMeaning()


def read_label(text: str) -> LabelMeaning:
    """Return what a channel's label names by the rules in ``model/data/montage_labels.toml``.

    Parameters
    ----------
    text : str
        A label, or a phrase such as "left orbicularis oculi".

    Returns
    -------
    LabelMeaning
        Two sides or two muscles in one text give None: nothing is guessed.

    Examples
    --------
    >>> read_label("L OOc").muscle.value, read_label("L OOc").side.value
    ('orbicularis_oculi', 'left')
    >>> read_label("re. Mentalis").side.value
    'right'
    >>> read_label("L OOc - R OOc").side is None
    True
    >>> read_label("EMG1").is_silent
    True
    """
    rules = _load_rules()
    words = _words(text)
    if not words:
        return LabelMeaning()
    kinds = [kind for kind, phrases in rules.kinds.items() if _match(words, phrases)]
    is_relative = bool(rules.relative.intersection(word for word, _ in words))
    branches = {branch for branch, phrases in rules.branches.items() if _match(words, phrases)}
    whole = [word for word, _ in words]
    sides = {
        rules.sides[word] for word, is_contact in words if not is_contact and word in rules.sides
    }
    muscles = _muscles(words, rules)
    unsure = bool(rules.ambiguous.intersection(whole)) and not sides
    if not muscles and not unsure:
        for word in whole:
            glued = _glued(word, rules)
            if glued is not None:
                muscles.add(glued[0])
                sides.add(glued[1])
    if unsure:
        muscles = set()
    if is_relative or (muscles and _names_a_stimulated_side(words, rules)):
        sides = set()
    # A channel that names a muscle records it, whatever nerve was stimulated meanwhile.
    kind = next(iter(kinds), None) if not muscles else None
    return LabelMeaning(kind, _only(muscles), _only(sides), _only(branches))


def fold(text: str) -> str:
    """Return a text without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


@dataclass(frozen=True)
class _Rules:
    sides: dict[str, Side]
    muscles: dict[Muscle, tuple[tuple[str, ...], ...]]
    kinds: dict[ChannelKind, tuple[tuple[str, ...], ...]]
    branches: dict[Branch, tuple[tuple[str, ...], ...]]
    ambiguous: frozenset[str]
    relative: frozenset[str]
    short: dict[str, Muscle] = field(default_factory=dict)


@cache
def _load_rules() -> _Rules:
    path = files("hemispasm.model").joinpath("data", "montage_labels.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))

    def phrases(entries: list[str]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(entry.split()) for entry in entries)

    muscles = {Muscle(name): phrases(entries) for name, entries in table["muscle"].items()}
    return _Rules(
        sides={word: Side(side) for side, words in table["side"].items() for word in words},
        muscles=muscles,
        kinds={ChannelKind(name): phrases(entries) for name, entries in table["kind"].items()},
        branches={Branch(name): phrases(entries) for name, entries in table["branch"].items()},
        ambiguous=frozenset(table["ambiguous"]["words"]),
        relative=frozenset(table["relative"]["words"]),
        short={
            entry[0]: muscle
            for muscle, entries in muscles.items()
            for entry in entries
            if len(entry) == 1 and muscle is not Muscle.OTHER
        },
    )


def _words(text: str) -> list[tuple[str, bool]]:
    """Return the words of a label, each with whether it is a contact such as the L of "L1"."""
    contacts = {match.start() for match in _CONTACT.finditer(text)}
    found: list[tuple[str, bool]] = []
    for piece in re.finditer(r"\S+", text):
        start = piece.start()
        # "OrbOris" is two words, "OOc" is one.
        for part in _CAMEL.split(piece.group()):
            is_contact = any(start <= place < start + len(part) for place in contacts)
            found += [(word, is_contact) for word in _WORD.findall(fold(part))]
            start += len(part)
    # "re-ref" is a montage, not the right side.
    return [
        (word, is_contact)
        for i, (word, is_contact) in enumerate(found)
        if not (word == "re" and any(after.startswith("ref") for after, _ in found[i + 1 : i + 2]))
    ]


def _match(words: list[tuple[str, bool]], phrases: tuple[tuple[str, ...], ...]) -> bool:
    return any(_span(words, phrase) is not None for phrase in phrases)


def _span(words: list[tuple[str, bool]], phrase: tuple[str, ...]) -> tuple[int, int] | None:
    plain = tuple(word for word, _ in words)
    for start in range(len(plain) - len(phrase) + 1):
        if plain[start : start + len(phrase)] == phrase:
            return start, start + len(phrase)
    return None


def _names_a_stimulated_side(words: list[tuple[str, bool]], rules: _Rules) -> bool:
    """Tell whether the only side stands after the word for a stimulus, as in "OOc stim R"."""
    stimuli = [
        span[0]
        for phrase in rules.kinds[ChannelKind.STIMULUS]
        if (span := _span(words, phrase)) is not None
    ]
    first = next((i for i, (word, _) in enumerate(words) if word in rules.sides), len(words))
    return bool(stimuli) and min(stimuli) < first


def _muscles(words: list[tuple[str, bool]], rules: _Rules) -> set[Muscle]:
    """Return the muscles named; a phrase inside a longer one does not count."""
    spans = [
        (span, muscle)
        for muscle, phrases in rules.muscles.items()
        for phrase in phrases
        if (span := _span(words, phrase)) is not None
    ]
    return {
        muscle
        for span, muscle in spans
        if not any(
            other[0] <= span[0] and span[1] <= other[1] and other != span for other, _ in spans
        )
    }


def _glued(word: str, rules: _Rules) -> tuple[Muscle, Side] | None:
    """Return muscle and side of a word such as "lment" or "oocr"."""
    letters = {"l": Side.LEFT, "r": Side.RIGHT}
    found = set()
    if word[:1] in letters and word[1:] in rules.short:
        found.add((rules.short[word[1:]], letters[word[0]]))
    if word[-1:] in letters and word[:-1] in rules.short:
        found.add((rules.short[word[:-1]], letters[word[-1]]))
    return found.pop() if len(found) == 1 else None


def _only(found: set[_NameT]) -> _NameT | None:
    return next(iter(found)) if len(found) == 1 else None
