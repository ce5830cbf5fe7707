"""Read ``centre.toml``: a clinic's own audited results of decompression."""

from __future__ import annotations

from pathlib import Path

from hemispasm.formats.parse import parse, read_toml
from hemispasm.model.treatment import Centre

CENTRE_FILE = "centre.toml"


def read_centre(path: Path | str) -> Centre:
    r"""Read a clinic's own audited results, which replace the published default.

    Parameters
    ----------
    path : path-like
        The file, or a folder that holds ``centre.toml``.

    Returns
    -------
    Centre
        Counts with the definition of a good result and the months after which it was judged.

    Raises
    ------
    UsageError
        Not readable, an unknown or missing key, or counts that cannot be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "centre.toml").write_text(
    ...         'name = "A clinic"\noperated = 120\ngood = 104\n'
    ...         'definition = "no spasm"\nmonths = 12\n')
    ...     read_centre(folder).good
    104
    """
    path = Path(path)
    path = path / CENTRE_FILE if path.is_dir() else path
    return parse(Centre, read_toml(path, path.name), path.name)
