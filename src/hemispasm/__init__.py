"""Measured, explained findings from the recordings a hemifacial-spasm clinic already makes.

Research software, not a medical device. Importing this package loads nothing heavy: each public
verb is imported when it is first used.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hemispasm.archiving.export import export_dicom
    from hemispasm.assess import assess
    from hemispasm.formats.case import read_case
    from hemispasm.formats.emg import read_emg
    from hemispasm.formats.findings import read_findings
    from hemispasm.measuring import measure_video_file as measure_video
    from hemispasm.measuring_emg import measure_emg_file as measure_emg
    from hemispasm.measuring_imaging import measure_imaging_folder as measure_imaging
    from hemispasm.model.errors import HemispasmError
    from hemispasm.simulated_case import simulate_face_clip as simulate_face
    from hemispasm.simulated_cohort import write_simulated_cohort as simulate_cohort
    from hemispasm.simulated_emg import write_simulated_emg as simulate_emg
    from hemispasm.simulated_patient import simulate_patient

    __version__: str

__all__ = [
    "HemispasmError",
    "__version__",
    "assess",
    "export_dicom",
    "measure_emg",
    "measure_imaging",
    "measure_video",
    "read_case",
    "read_emg",
    "read_findings",
    "simulate_cohort",
    "simulate_emg",
    "simulate_face",
    "simulate_patient",
]

_PUBLIC = {
    "HemispasmError": ("hemispasm.model.errors", "HemispasmError"),
    "assess": ("hemispasm.assess", "assess"),
    "export_dicom": ("hemispasm.archiving.export", "export_dicom"),
    "measure_emg": ("hemispasm.measuring_emg", "measure_emg_file"),
    "measure_imaging": ("hemispasm.measuring_imaging", "measure_imaging_folder"),
    "measure_video": ("hemispasm.measuring", "measure_video_file"),
    "read_case": ("hemispasm.formats.case", "read_case"),
    "read_emg": ("hemispasm.formats.emg", "read_emg"),
    "read_findings": ("hemispasm.formats.findings", "read_findings"),
    "simulate_cohort": ("hemispasm.simulated_cohort", "write_simulated_cohort"),
    "simulate_emg": ("hemispasm.simulated_emg", "write_simulated_emg"),
    "simulate_face": ("hemispasm.simulated_case", "simulate_face_clip"),
    "simulate_patient": ("hemispasm.simulated_patient", "simulate_patient"),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("hemispasm")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """Keeps a public verb visible where a module has the same name (`assess`)."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
