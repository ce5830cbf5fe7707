"""Small simulated sessions, made once."""

from functools import cache

from hemispasm.model.imaging import Role
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan
from hemispasm.simulate.mri.phantom import simulate_mri

FAMILIES = ("analytic", "organic")
SMALL = {"extent_mm": (34.0, 26.0, 22.0), "offset_mm": (22.0, 0.0, 0.0)}
COARSE = (
    SeriesPlan(voxel_mm=(0.9, 0.9, 0.9), snr=60.0),
    SeriesPlan(Role.TOF, voxel_mm=(0.9, 0.9, 0.9), snr=60.0),
)
TINY = SeriesPlan(voxel_mm=(1.0, 1.0, 1.0), snr=80.0, **SMALL)


@cache
def session(family="analytic", side=Side.LEFT, seed=3, series=(TINY,), **conflict):
    options = MriOptions(family=family, side=side, series=series, conflict=Conflict(**conflict))
    return simulate_mri(options, seed)
