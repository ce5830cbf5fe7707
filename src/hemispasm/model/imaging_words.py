"""The words for what imaging series can and cannot say."""

from __future__ import annotations

from hemispasm.model.imaging import Role
from hemispasm.model.texts import DEFAULT_LANGUAGE, load_texts, lookup_text

_STATEMENT = "imaging_statement."
_REASON = "imaging_reason."


def list_statements(language: str = DEFAULT_LANGUAGE) -> tuple[str, ...]:
    """Return the codes of every statement that a series may carry, in the order of the text file.

    Examples
    --------
    >>> list_statements()[:3]
    ('number', 'interval', 'grade')
    """
    return tuple(
        key.removeprefix(_STATEMENT) for key in load_texts(language) if key.startswith(_STATEMENT)
    )


def describe_statement(code: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what one code of ``allowed`` stands for.

    Raises
    ------
    LookupError
        No such statement.

    Examples
    --------
    >>> describe_statement("rule_out_large")
    'large lesions only'
    """
    return lookup_text(_STATEMENT + code, language)


def describe_series(role: Role, language: str = DEFAULT_LANGUAGE) -> tuple[str, str]:
    """Return what a series of a role can show, and what it cannot.

    Examples
    --------
    >>> describe_series(Role.DSA)[1]
    'the nerve and depth: a projection carries no distance'
    """
    above = f"imaging_series.{role.value}."
    return lookup_text(above + "shows", language), lookup_text(above + "hides", language)


def list_reasons(language: str = DEFAULT_LANGUAGE) -> tuple[str, ...]:
    """Return the codes that say why a number is missing, in the order of the text file.

    Examples
    --------
    >>> "fit_uncertain" in list_reasons()
    True
    """
    codes = (
        key.removeprefix(_REASON).partition(".")[0]
        for key in load_texts(language)
        if key.startswith(_REASON)
    )
    return tuple(dict.fromkeys(codes))


def describe_reason(code: str, language: str = DEFAULT_LANGUAGE) -> tuple[str, str]:
    """Return what a missing number's reason means, and what helps.

    Raises
    ------
    LookupError
        No such reason.

    Examples
    --------
    >>> describe_reason("fit_uncertain")[1]
    'read that place by eye'
    """
    above = f"{_REASON}{code}."
    return lookup_text(above + "means", language), lookup_text(above + "helps", language)
