"""Which statements the series of one side carry, as codes (words: `imaging_statement` texts)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model.imaging import AssessabilityClass, Role

if TYPE_CHECKING:
    from hemispasm.model.imaging import ImagingStudy, Volume

_BY_CLASS = {
    AssessabilityClass.A: ("number", "interval", "grade", "category"),
    AssessabilityClass.B: ("interval", "category"),
    AssessabilityClass.C: (),
}
_BY_ROLE: dict[Role, tuple[str, ...]] = {
    Role.TOF: ("vessel_map", "vessel_calibre"),
    Role.T1_CONTRAST: ("vein_or_artery", "mass"),
    Role.CT: ("wall_calcium", "bone", "mass"),
    Role.CTA: ("vessel_course", "wall_calcium", "bone", "mass"),
    Role.DSA: ("vessel_confirmed",),
}
_CHECKED = {Role.CISS, Role.TOF, Role.T1_CONTRAST, Role.FLAIR, Role.CT, Role.CTA, Role.DSA}


def series_statements(role: Role, volume: Volume | None = None) -> tuple[str, ...]:
    """Return what one series alone carries.

    Parameters
    ----------
    role : Role
        What the series is for.
    volume : Volume, optional
        None: it was recorded as seen and is no volume.

    Notes
    -----
    CT, CT angiography and projections show no nerve: never a distance, never a grade. A
    cisternogram alone does not tell artery from vein (Acta Neurochir 2021,
    10.1007/s00701-021-05099-1).

    Examples
    --------
    >>> series_statements(Role.DSA)
    ('vessel_confirmed', 'rule_out')
    >>> series_statements(Role.T1)
    ()
    """
    found: list[str] = list(_BY_ROLE.get(role, ()))
    if volume is not None and _shows_nerve(role, volume):
        found.append("nerve_course")
    if role is Role.CISS:
        found.append("structure_interval")
    if role in _CHECKED or (role is Role.T2 and not _is_thick(volume)):
        found.append("rule_out")
    elif role is Role.T2:
        found.append("rule_out_large")
    return tuple(found)


def side_statements(study: ImagingStudy, grade: AssessabilityClass) -> tuple[str, ...]:
    """Return what the series of one examination carry on a side of some class.

    Parameters
    ----------
    study : ImagingStudy
        Volumes, and series that were only recorded as seen.
    grade : AssessabilityClass
        Of this side.

    Returns
    -------
    tuple of str
        Without a distance of any kind for class C; without a category where no angiogram tells
        arteries.
    """
    found: list[str] = []
    roles = {volume.role for volume in study.volumes}
    if Role.CISS in roles:
        alone = Role.TOF not in roles
        if alone and grade is not AssessabilityClass.C:
            found.append("structure_interval")
        elif not alone:
            found += _BY_CLASS[grade]
    for volume in study.volumes:
        found += [s for s in series_statements(volume.role, volume) if s != "structure_interval"]
    for series in study.seen:
        found += series_statements(series.role)
    if "rule_out" in found:
        found = [s for s in found if s != "rule_out_large"]
    return tuple(dict.fromkeys(found))


def _shows_nerve(role: Role, volume: Volume) -> bool:
    """Return whether the nerve's course can be followed: fine voxels of the right weighting."""
    voxel = native_voxel(volume)
    if role in (Role.T1, Role.T1_CONTRAST):
        return float(voxel.max()) <= limit("t1.voxel_mm")
    return role is Role.CISS and float(voxel.max()) <= limit("class_b.through_mm")


def _is_thick(volume: Volume | None) -> bool:
    return volume is None or float(native_voxel(volume).max()) > limit("series.thick_mm")
