"""The machine and the software that a validation ran on, as an installation record names them."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files

from hemispasm.model.base import Noun
from hemispasm.validate.kept_lines import digest_code

SHORT = 16
"""Hexadecimal digits of a hash that are printed."""


class Package(Noun):
    """One package: what is asked for and what is installed (None: nothing)."""

    name: str
    asked: str
    found: str | None


class AssetSeen(Noun):
    """One file that hemispasm did not make: the hash of its table, and that of the file here."""

    name: str
    expected: str
    found: str
    whole: bool


class Machine(Noun):
    """Where something ran.

    Attributes
    ----------
    system, processor, python : str
        As the platform names them.
    cores : int
        Logical ones.
    memory_gb : float, optional
        None where the platform does not tell.
    code : str
        Digest of every module and table of the package.
    packages : tuple of Package
        Hemispasm and what it asks for.
    assets : tuple of AssetSeen
        Model weights and meshes.
    """

    system: str
    processor: str
    cores: int
    memory_gb: float | None
    python: str
    hemispasm: str
    code: str
    packages: tuple[Package, ...]
    assets: tuple[AssetSeen, ...]


def describe_machine() -> Machine:
    """Return this machine and this installation; no name of a computer, a user or a folder."""
    return Machine(
        system=f"{platform.system()} {platform.release()} ({platform.machine()})",
        processor=processor_name(),
        cores=os.cpu_count() or 1,
        memory_gb=memory_gb(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        hemispasm=version("hemispasm"),
        code=package_digest(),
        packages=tuple(_package(line) for line in _asked()),
        assets=seen_assets(),
    )


def package_digest() -> str:
    """Return a name of all the code and tables that are installed."""
    return digest_code(sorted(entry.name for entry in files("hemispasm").iterdir()))


def processor_name() -> str:
    """Return the processor's name where the platform tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.lower().startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def memory_gb() -> float | None:
    """Return the machine's memory in gibibytes, None where the platform does not tell."""
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return round(pages * size / 2**30, 1)


def seen_assets() -> tuple[AssetSeen, ...]:
    """Return every asset with the hash it should have and the one it has."""
    from hemispasm.assets import ASSETS, asset_digest
    from hemispasm.model.errors import IntegrityError

    rows = []
    for name, asset in ASSETS.items():
        try:
            found = asset_digest(name)
        except IntegrityError as error:
            rows.append(AssetSeen(name=name, expected=asset.sha256, found=error.code, whole=False))
            continue
        whole = found == asset.sha256
        rows.append(AssetSeen(name=name, expected=asset.sha256, found=found, whole=whole))
    return tuple(rows)


def _asked() -> list[str]:
    plain = [line for line in requires("hemispasm") or [] if "extra ==" not in line]
    return [line.partition(";")[0].strip() for line in plain]


def _package(line: str) -> Package:
    """Return one requirement with the version that is there.

    Examples
    --------
    >>> _package("no-such-thing>=1.2")
    Package(name='no-such-thing', asked='>=1.2', found=None)
    """
    cut = next((k for k, letter in enumerate(line) if letter in " <>=!~[("), len(line))
    name, asked = line[:cut], line[cut:].strip()
    try:
        found: str | None = version(name)
    except PackageNotFoundError:
        found = None
    return Package(name=name, asked=asked, found=found)
