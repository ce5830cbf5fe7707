"""How hard a text is to read: the Flesch-Kincaid grade, with syllables counted by rule.

The grade is that of United States schools. It counts the length of sentences and words, and knows
nothing of meaning: a low grade is necessary for a plain text and never sufficient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Columns,
    Figure,
    Folded,
    Para,
    Provenance,
    RecordText,
    Section,
    Strip,
    Table,
    text_of,
)

# Flesch-Kincaid grade level (Kincaid and others, 1975).
_PER_WORD, _PER_SYLLABLE, _LEVEL = 0.39, 11.8, 15.59
# Labels of a table and lone numbers are no sentences; counted as such they would flatter the text.
_FEWEST_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.]*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
# Two vowels that are spoken apart: me-di-a, ra-di-us, be-ing, u-su-al, vi-de-o, mus-e-um.
_APART = re.compile(
    r"(?<![ctsgxq])i[ao](?!u)|(?<!c)iu|[aeouy]ing|(?<!q)ua(?!r)|(?<!g)ui(?=t[iy])"
    r"|(?<!g)eo(?!p)|ie(?=[tr]y?$)"
)
# Words that the rules below get wrong and that our texts use.
_EXCEPTIONS = {
    "anyone": 3, "area": 3, "areas": 3, "baseline": 2, "business": 2,
    "create": 2, "created": 3,
    "electromyogram": 6, "elsewhere": 2, "evening": 2, "every": 2, "fluid": 2,
    "forehead": 2, "fuel": 2, "idea": 3, "january": 4, "february": 4, "judgement": 2,
    "lifetime": 2, "million": 2, "myokymia": 5, "pacemaker": 3,
    "previous": 3, "react": 2, "reaction": 3,
    "safety": 2, "science": 2, "serious": 3,
    "somebody": 3, "someone": 2, "something": 2, "sometimes": 2, "somewhere": 2, "theatre": 3,
    "theatres": 3, "therefore": 2, "tongue": 1, "tongues": 1,
    "various": 3,
}  # fmt: skip
_ONES = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2)
_TENS = (0, 0, 2, 2, 2, 2, 2, 3, 2, 2)


def count_syllables(word: str) -> int:
    """Return the syllables of an English word, or of a number as it is spoken.

    Examples
    --------
    >>> [count_syllables(word) for word in ("face", "muscle", "hospital", "operation", "86")]
    [1, 2, 3, 4, 3]
    """
    if word[0].isdigit():
        return _spoken(word)
    parts = re.split(r"['’-]", word.lower())
    spoken = sum(_syllables(part) for part in parts if len(part) > 1 or part in "aio")
    # The end of did-n't and is-n't is a syllable; that of can't and don't is none.
    return max(1, spoken + bool(re.search(r"[dsv]e?n['’]t$", word.lower())))


def reading_grade(sentences: Iterable[str]) -> float:
    """Return the Flesch-Kincaid grade of sentences.

    Parameters
    ----------
    sentences : iterable of str
        One sentence each.

    Returns
    -------
    float
        Grade of United States schools; eight is a reader of about fourteen.

    Raises
    ------
    ValueError
        There is no word to count.

    Examples
    --------
    >>> round(reading_grade(["The face moves on its own.", "Nobody knows why."]), 1)
    0.6
    """
    counted = [_WORD.findall(sentence) for sentence in sentences]
    counted = [words for words in counted if words]
    words = [word for sentence in counted for word in sentence]
    if not words:
        raise ValueError("a reading grade needs words")
    syllables = sum(count_syllables(word) for word in words)
    grade = _PER_WORD * len(words) / len(counted) + _PER_SYLLABLE * syllables / len(words)
    return max(0.0, grade - _LEVEL)


def sentences_in(blocks: Iterable[Block]) -> list[str]:
    """Return the sentences that blocks print.

    A line of a list, and each cell of a table, ends a sentence. Headings, labels and whatever has
    fewer than three words are left out: short pieces would lower the grade without being easier.

    Examples
    --------
    >>> sentences_in([Para("Your face moves. Nobody knows why."), Para("Left side")])
    ['Your face moves.', 'Nobody knows why.']
    """
    texts = [text_of(cell) for block in blocks for cell in _cells(block)]
    found = [part.strip() for text in texts for part in _SENTENCE_END.split(text)]
    return [part for part in found if len(_WORD.findall(part)) >= _FEWEST_WORDS]


def plain_text_of(blocks: Iterable[Block]) -> str:
    """Return the words of blocks as one text, to look terms up in."""
    return "\n".join(text_of(cell) for block in blocks for cell in _cells(block))


def _cells(block: Block) -> Iterable[Cell]:
    match block:
        case Para():
            yield block.parts
        case Bullets():
            yield from block.items
        case Table():
            yield block.caption
            for group in block.groups:
                for row in group.rows:
                    yield from row
        case Figure():
            yield block.alt
        case Strip():
            yield block.title
        case Provenance():
            yield from (cell for _, cell in block.items)
        case Callout():
            yield block.title
            yield from (para.parts for para in block.body)
        case RecordText():
            yield from (para.parts for para in block.paras)
        case Columns():
            for column in block.columns:
                yield from _each(column)
        case Folded() | Section():
            yield from _each(block.children)


def _each(blocks: Sequence[Block]) -> Iterable[Cell]:
    return (cell for block in blocks for cell in _cells(block))


def _syllables(word: str) -> int:
    if word in _EXCEPTIONS:
        return _EXCEPTIONS[word]
    stem = _without_silent_end(word)
    groups = len(re.findall(r"[aeiouy]+", stem))
    groups += len(_APART.findall(stem))
    # A last syllable without a vowel letter of its own: rhy-thm, spa-sm.
    groups += bool(re.search(r"[st]hm$|sms?$", stem))
    return max(1, groups)


def _without_silent_end(word: str) -> str:
    """Return the word without an e, es or ed that is written and not spoken."""
    if re.search(r"[^aeiouy]les?$|[tbc]res?$", word):
        return word
    if re.search(r"[^aeiouytd]ed$", word) or re.search(r"[^aeiouyszxc]es$", word):
        if not re.search(r"(ch|sh|[sxzgc])es$", word):
            return word[:-2]
    elif re.search(r"[^aeiouy]e$", word):
        return word[:-1]
    # An e kept before an ending: move-ment, safe-ly, use-ful, care-less.
    return re.sub(r"(?<=[aiouy][^aeiouy])e(?=(ly|ment|ments|ful|fully|less|ness)$)", "", word)


def _spoken(number: str) -> int:
    whole, _, decimals = number.strip(".").partition(".")
    return _spoken_whole(int(whole)) + (
        1 + sum(_ONES[int(d)] for d in decimals if d.isdigit())
    ) * bool(decimals)


def _spoken_whole(n: int) -> int:
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10] + (_ONES[n % 10] if n % 10 else 0)
    if n < 1000:
        return _ONES[n // 100] + 2 + (1 + _spoken_whole(n % 100) if n % 100 else 0)
    rest = n % 1000
    return _spoken_whole(n // 1000) + 2 + (_spoken_whole(rest) if rest else 0)
