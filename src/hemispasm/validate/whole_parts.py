"""What a validation of everything runs, one part after the other."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class WholePart:
    """One part.

    Attributes
    ----------
    title : str
        As pages print it.
    run : str
        ``module:name`` in ``hemispasm.validate``.
    takes : tuple of str
        Options of a run of everything that this part takes as well.
    """

    title: str
    run: str
    takes: tuple[str, ...] = ()

    def load(self) -> Callable[..., Any]:
        """Return the function; nothing is imported before."""
        module, name = self.run.split(":")
        found: Callable[..., Any] = getattr(import_module(f"hemispasm.validate.{module}"), name)
        return found


PARTS: dict[str, WholePart] = {
    "behaviour": WholePart("The simulated patient", "behaviour:validate_behaviour"),
    "emg": WholePart("EMG", "emg:validate_emg", ("peers",)),
    "video": WholePart("Video", "video:validate_video"),
    "families": WholePart("Families of generators", "families:validate_families", ("real",)),
    "imaging": WholePart("MRI", "imaging:validate_imaging", ("keep",)),
    "patients": WholePart("Whole patients", "patients:validate_patients", ("keep",)),
}
"""The order is that of a run: what is short comes first."""


def chosen_parts(only: str | None) -> tuple[str, ...]:
    """Return the parts to run, in the order of a run.

    Raises
    ------
    UsageError
        There is no such part (``unknown_part``).

    Examples
    --------
    >>> chosen_parts("patients, emg")
    ('emg', 'patients')
    """
    if only is None:
        return tuple(PARTS)
    wanted = {word.strip() for word in only.split(",")}
    unknown = sorted(wanted - set(PARTS))
    if unknown:
        raise UsageError(
            "unknown_part",
            f"A validation of everything has no part called {unknown[0]!r}.",
            f"Choose from: {', '.join(PARTS)}; separate several by commas.",
        )
    return tuple(name for name in PARTS if name in wanted)
