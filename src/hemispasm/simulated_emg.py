"""The whole path of simulated EMG: a file as a clinic has it, its montage and truth beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.errors import DecodeError, UsageError

if TYPE_CHECKING:
    from hemispasm.model.base import Noun
    from hemispasm.model.emg import Annotation
    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg, Spikes

SUFFIXES = (".edf", ".bdf")


def emg_truth_path(recording: Path | str) -> Path:
    """Return where the truth of a simulated recording stands.

    Examples
    --------
    >>> emg_truth_path("emg/rest.edf").name
    'rest.truth.json'
    """
    return Path(recording).with_suffix(".truth.json")


def write_simulated_emg(
    path: Path | str,
    options: EmgOptions | None = None,
    seed: int = 0,
    *,
    notes: tuple[Annotation, ...] = (),
) -> SimulatedEmg:
    """Simulate one EMG recording and write it with its montage and its truth.

    Parameters
    ----------
    path : path-like
        The ``.edf`` or ``.bdf`` to write. ``<name>.json`` (muscle and side of each channel, the
        protocol of the stimuli) and ``<name>.truth.json`` are written beside it. The file says
        SIMULATED in its header and in a note over its first second.
    options : EmgOptions, optional
        Scenario, side, noise, electrodes, stimuli; ``options.generator`` chooses the family.
    seed : int
        The same options and seed give the same recording.
    notes : tuple of Annotation, optional
        Further notes of the technician, such as sync marks.

    Returns
    -------
    SimulatedEmg
        The recording before the file rounded it, and its truth.

    Raises
    ------
    UsageError
        The name does not end in ``.edf`` or ``.bdf`` (``not_an_edf_name``), the folder does not
        exist (``no_folder``), or the file cannot hold the sampling rate.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hemispasm.simulate.emg.options import EmgOptions
    >>> with TemporaryDirectory() as folder:
    ...     made = write_simulated_emg(f"{folder}/rest.edf", EmgOptions(duration_s=2.0), seed=3)
    ...     sorted(entry.name for entry in Path(folder).iterdir())
    ['rest.edf', 'rest.json', 'rest.truth.json']
    """
    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.recording import simulate_emg

    _check_name(Path(path))
    options = options or EmgOptions()
    return write_made_emg(path, simulate_emg(options, seed), asdict(options), notes=notes)


def write_made_emg(
    path: Path | str,
    made: SimulatedEmg,
    settings: dict[str, Any],
    *,
    notes: tuple[Annotation, ...] = (),
) -> SimulatedEmg:
    """Write a recording that is made already; see `write_simulated_emg`.

    Parameters
    ----------
    path : path-like
        The ``.edf`` or ``.bdf`` to write.
    made : SimulatedEmg
        Recording and truth.
    settings : dict
        What decided the recording; it stands in the truth.
    notes : tuple of Annotation, optional
        Further notes of the technician.
    """
    from hemispasm.formats.atomic import write_text
    from hemispasm.formats.edf_write import write_edf
    from hemispasm.formats.emg_sidecar import sidecar_of, write_emg_sidecar
    from hemispasm.formats.findings import json_text

    out = Path(path)
    _check_name(out)
    if notes:
        noted = tuple(sorted((*made.recording.annotations, *notes), key=lambda n: n.time_s))
        made = replace(made, recording=replace(made.recording, annotations=noted))
    write_edf(out, made.recording)
    write_emg_sidecar(out, sidecar_of(made.recording, device="simulated"))
    # The truth comes last: where it stands, the recording is whole.
    write_text(emg_truth_path(out), json_text(_flat(made.truth, settings)))
    return made


def read_emg_truth(recording: Path | str) -> EmgTruth:
    """Read the truth beside a simulated recording.

    Parameters
    ----------
    recording : path-like
        The recording, not its truth.

    Raises
    ------
    UsageError
        There is none (``no_truth``).
    DecodeError
        It is not the truth of an EMG recording (``not_a_truth``).
    """
    from hemispasm.simulate.emg import truth as nouns

    path = emg_truth_path(recording)
    if not path.is_file():
        raise UsageError(
            "no_truth",
            f"There is no {path.name} beside the recording.",
            "Only simulated recordings have one; make one with `hemispasm simulate emg`.",
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("schema") != nouns.EMG_TRUTH_SCHEMA:
            raise ValueError("another schema")
        data.pop("settings", None)
        rows: dict[str, type[Noun]] = {
            "bursts": nouns.TrueBurst,
            "spasms": nouns.TrueSpasm,
            "responses": nouns.TrueResponse,
            "states": nouns.StatePoint,
        }
        for name, noun in rows.items():
            data[name] = tuple(noun.model_validate(row) for row in data[name])
        shape = (-1, len(data["participation"][0])) if data["participation"] else (0, 0)
        return nouns.EmgTruth(
            **{
                **data,
                "spikes": _spikes(data["spikes"]),
                "participation": np.array(data["participation"], dtype=np.float64).reshape(shape),
                "lateral_spread_present": np.array(data["lateral_spread_present"], dtype=np.bool_),
                "rejected_sweeps": tuple(data["rejected_sweeps"]),
                "artefact_spans": tuple((a, b, kind) for a, b, kind in data["artefact_spans"]),
            }
        )
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise DecodeError(
            "not_a_truth",
            f"{path.name} is not the truth of a simulated EMG recording.",
            "Simulate the recording anew.",
        ) from fault


def _spikes(data: dict[str, list[Any]]) -> Spikes:
    from hemispasm.simulate.emg.truth import Spikes

    causes = tuple(sorted(set(data["cause"])))
    return Spikes(
        time_s=np.array(data["time_s"], dtype=np.float64),
        channel=np.array(data["channel"], dtype=np.int32),
        unit=np.array(data["unit"], dtype=np.int32),
        cause=np.array([causes.index(name) for name in data["cause"]], dtype=np.int8),
        causes=causes,
    )


def _check_name(out: Path) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(
            "not_an_edf_name",
            f"{out.name} does not end in .edf or .bdf.",
            "Give the file a name like rest.edf.",
        )
    if not out.absolute().parent.is_dir():
        raise UsageError(
            "no_folder",
            f"There is no folder {out.absolute().parent.name} to write into.",
            "Make it first.",
        )


def _flat(truth: EmgTruth, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the truth and the settings as JSON holds them."""
    present: Any = truth.lateral_spread_present.astype(np.int8)
    flat = replace(truth, lateral_spread_present=present).as_json()
    flat["lateral_spread_present"] = truth.lateral_spread_present.tolist()
    plain: dict[str, Any] = _plain({**flat, "settings": settings})
    return plain


def _plain(value: Any) -> Any:
    """Return lists, texts and numbers for what JSON does not know."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return value.item()
    return value
