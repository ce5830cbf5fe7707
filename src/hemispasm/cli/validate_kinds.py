"""What `hemispasm validate` can score: first seed, own options, and where each part is found."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class ValidationKind:
    """One kind of validation.

    Attributes
    ----------
    seed_base : int or None
        First seed of a release; None leaves it to the run's parts.
    run, printer, page : str
        ``module:name`` in ``hemispasm.validate``: scores, prints tables, renders HTML.
    options : tuple of str
        Options that mean something beyond the common ones.
    record : str
        Likewise: returns a PDF for ``--qualification``; empty where there is none.
    """

    seed_base: int | None
    run: str
    printer: str
    page: str
    options: tuple[str, ...] = ()
    record: str = ""

    def load(self) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
        """Return the three functions; nothing is imported before.

        Examples
        --------
        >>> [f.__name__ for f in KINDS["emg"].load()]
        ['validate_emg', 'print_emg_report', 'render_emg_validation']
        """
        return _found(self.run), _found(self.printer), _found(self.page)

    def make_record(self, found: Any) -> bytes:
        """Return the PDF of a run that a person signs."""
        made: bytes = _found(self.record)(found)
        return made


KINDS: dict[str, ValidationKind] = {
    "video": ValidationKind(
        VALIDATION_SEEDS["video"].base,
        "video:validate_video",
        "tables:print_report",
        "video_page:render_validation",
        ("keep", "reuse", "real"),
    ),
    "emg": ValidationKind(
        VALIDATION_SEEDS["emg"].base,
        "emg:validate_emg",
        "emg_tables:print_emg_report",
        "emg_page:render_emg_validation",
        ("peers",),
    ),
    "imaging": ValidationKind(
        VALIDATION_SEEDS["imaging"].base,
        "imaging:validate_imaging",
        "imaging_tables:print_imaging_report",
        "imaging_page:render_imaging_validation",
        ("keep", "rows", "sessions"),
    ),
    "behaviour": ValidationKind(
        VALIDATION_SEEDS["behaviour"].base,
        "behaviour:validate_behaviour",
        "behaviour_tables:print_behaviour",
        "behaviour_page:render_behaviour",
        ("rows",),
    ),
    "families": ValidationKind(
        VALIDATION_SEEDS["families"].base,
        "families:validate_families",
        "families_tables:print_families",
        "families_page:render_families",
        ("real",),
    ),
    "patients": ValidationKind(
        VALIDATION_SEEDS["patients"].base,
        "patients:validate_patients",
        "patients_tables:print_patients",
        "patients_page:render_patients",
        ("keep",),
    ),
    "all": ValidationKind(
        None,
        "whole:validate_all",
        "whole_tables:print_all",
        "whole_page:render_all",
        ("keep", "real", "peers", "qualification"),
        "qualification:render_qualification",
    ),
}

OF_THE_PAGE = ("rows", "qualification")
"""Options that are no argument of a run."""


def meant_by(option: str) -> tuple[str, ...]:
    """Return the kinds for which an option means something.

    Examples
    --------
    >>> meant_by("real")
    ('video', 'families', 'all')
    """
    return tuple(name for name, kind in KINDS.items() if option in kind.options)


def own_options(kind: ValidationKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the kind's run takes beyond the common ones.

    ``rows`` is no argument of its own: it chooses parts, as ``only`` does; and what a run is
    written to does not concern it.
    """
    return {name: given[name] for name in kind.options if name not in OF_THE_PAGE}


def _found(place: str) -> Callable[..., Any]:
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(f"hemispasm.validate.{module}"), name)
    return found
