"""Keep a reader's marks: who confirmed what, the earlier file aside, all or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hemispasm.formats.atomic import write_new_bytes
from hemispasm.formats.seeds import write_seeds
from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Nerve
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SIDES = (Side.LEFT, Side.RIGHT)
_ENDS = (SeedKind.ROOT_EXIT, SeedKind.PORUS)


def is_side_confirmed(seeds: Seeds, side: Side) -> bool:
    """Whether a reader stands for every mark of a side.

    Examples
    --------
    >>> porus = Seed(side=Side.LEFT, kind=SeedKind.PORUS, xyz_mm=(25.0, 1.0, -1.0))
    >>> is_side_confirmed(Seeds(seeds=(porus,)), Side.LEFT)
    False
    >>> is_side_confirmed(Seeds(confirmed=True, seeds=(porus,)), Side.LEFT)
    True
    """
    marks = seeds.select(side=side)
    by_reader = all(m.source == "reader" and m.reader and m.time for m in marks)
    return bool(marks) and (seeds.confirmed or by_reader)


def merge_marks(
    marks: tuple[Seed, ...],
    before: Seeds,
    *,
    confirm: Mapping[Side, str],
    time: str,
    series_sha256: str | None,
) -> Seeds:
    """Return what is to be kept: the marks as they lie now, with who stands for them.

    A mark that was moved belongs to the reader and takes the confirmation from its whole side. The
    file counts as confirmed when every side that bears marks is.

    Parameters
    ----------
    marks : tuple of Seed
        As they lie on the page.
    before : Seeds
        As they lay when the page was opened: kept or proposed ones.
    confirm : mapping of Side to str
        Initials of the reader who confirms a side now.
    time : str
        Of the confirmation.
    series_sha256 : str, optional
        Of the series on which the marks were made.

    Raises
    ------
    UsageError
        A side is to be confirmed without both ends of the facial nerve (``ends_unmarked``).
    """
    kept: list[Seed] = []
    confirmed = []
    for side in SIDES:
        old = {_place(m): m for m in before.select(side=side)}
        new = [m for m in marks if m.side is side]
        untouched = {_place(m) for m in new} == set(old)
        if side in confirm:
            _check_ends(new, side)
            stamp = {"source": "reader", "reader": confirm[side], "time": time}
            kept += [_mark(old.get(_place(m), m), **stamp) for m in new]
        elif untouched and is_side_confirmed(before, side):
            kept += [old[_place(m)] for m in new]
        else:
            kept += [_unconfirmed(m, old.get(_place(m))) for m in new]
            confirmed += [False] if new else []
            continue
        confirmed += [True] if new else []
    return Seeds(
        confirmed=bool(confirmed) and all(confirmed),
        seeds=tuple(kept),
        series_sha256=series_sha256,
    )


def keep_seeds(path: Path, seeds: Seeds) -> str | None:
    """Write the marks; a file that was there is kept under a number.

    Parameters
    ----------
    path : Path
        ``seeds.json``.
    seeds : Seeds
        The marks.

    Returns
    -------
    str or None
        Name of the file that now holds the earlier marks; None where there were none, or the same.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     place = Path(folder) / "seeds.json"
    ...     keep_seeds(place, Seeds()), keep_seeds(place, Seeds(confirmed=True))
    (None, 'seeds.1.json')
    """
    if not path.exists():
        write_seeds(path, seeds)
        return None
    old = path.read_bytes()
    if json.loads(old) == seeds.model_dump(mode="json", by_alias=True, exclude_none=True):
        return None
    taken = [p.name.split(".")[1] for p in path.parent.glob(f"{path.stem}.*.json")]
    number = 1 + max((int(one) for one in taken if one.isdigit()), default=0)
    aside = path.with_name(f"{path.stem}.{number}.json")
    write_new_bytes(aside, old)
    write_seeds(path, seeds)
    return aside.name


def _place(mark: Seed) -> tuple[object, ...]:
    return mark.nerve, mark.kind, mark.xyz_mm, mark.vessel


def _mark(mark: Seed, **changed: str | None) -> Seed:
    return Seed.model_validate({**mark.model_dump(), **changed})


def _unconfirmed(mark: Seed, old: Seed | None) -> Seed:
    """Return a mark nobody stands for: where it was before it keeps its source."""
    if old is not None:
        return _mark(old, reader=None, time=None)
    return Seed(
        nerve=mark.nerve, side=mark.side, kind=mark.kind, xyz_mm=mark.xyz_mm, vessel=mark.vessel
    )


def _check_ends(marks: list[Seed], side: Side) -> None:
    there = {m.kind for m in marks if m.nerve is Nerve.VII}
    if not there.issuperset(_ENDS):
        raise UsageError(
            "ends_unmarked",
            f"On the {side.value} the facial nerve's root exit and porus are not both marked.",
            "Mark both, then confirm.",
        )
