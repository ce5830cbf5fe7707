"""One error shape: code, cause, next step, docs anchor; one exit code per family."""

from __future__ import annotations


class HemispasmError(Exception):
    """An error a person can act on.

    Parameters
    ----------
    code : str
        Stable snake_case name; ``docs/reference/errors.md`` has a heading for each.
    cause : str
        One clear sentence: what is wrong and where. Never a person's name.
    next_step : str
        One sentence: what to do next.

    Examples
    --------
    >>> error = DecodeError("not_a_video", "notes.txt is not a video.", "Give an MP4 or MOV file.")
    >>> error.exit_code, error.docs_anchor
    (3, 'reference/errors.html#not-a-video')
    """

    exit_code = 2

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{cause} {next_step}")
        self.code = code
        self.cause = cause
        self.next_step = next_step

    @property
    def docs_anchor(self) -> str:
        """Where the documentation explains this error."""
        return f"reference/errors.html#{self.code.replace('_', '-')}"

    def to_json(self) -> dict[str, str | int]:
        """Return the error as plain data, the same shape everywhere."""
        return {
            "code": self.code,
            "cause": self.cause,
            "next_step": self.next_step,
            "docs": self.docs_anchor,
            "exit_code": self.exit_code,
        }


class UsageError(HemispasmError):
    """The command or a field in a hand-written file is wrong (exit 2)."""

    exit_code = 2


class DecodeError(HemispasmError):
    """The recording cannot be decoded (exit 3)."""

    exit_code = 3


class IntegrityError(HemispasmError):
    """A hash, a half-written file or a wrong version (exit 4)."""

    exit_code = 4


class RefusedError(HemispasmError):
    """A request that must not be carried out, such as signing an unreviewed report (exit 5)."""

    exit_code = 5
