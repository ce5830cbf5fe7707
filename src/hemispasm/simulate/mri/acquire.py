"""From the fine grid to voxels: k-space cropping, movement, noise, zero-filling, coil field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft
from scipy.signal.windows import tukey

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.mri.options import SeriesPlan

Three = tuple[int, int, int]

# Drawn around the block and thrown away: ringing of the rim stays out of the picture.
_RIM_VOXELS = 6
_FINE_MM = 0.3


@dataclass(frozen=True)
class Raster:
    """Matrices of one series along its three axes.

    Attributes
    ----------
    factor : tuple of int
        Fine samples to an acquired voxel.
    acquired, recon : tuple of int
        Matrix with its rim as acquired, and after zero-filling.
    fine_mm, recon_mm : ndarray
        Steps.
    rim : tuple of int
        Voxels to cut from each end after zero-filling.
    """

    factor: Three
    acquired: Three
    recon: Three
    fine_mm: NDArray[np.float64]
    recon_mm: NDArray[np.float64]
    rim: Three

    @property
    def fine(self) -> Three:
        """Matrix of the fine grid."""
        a, b, c = (n * f for n, f in zip(self.acquired, self.factor, strict=True))
        return a, b, c

    @property
    def shown(self) -> Three:
        """Matrix of the picture."""
        a, b, c = (n - 2 * r for n, r in zip(self.recon, self.rim, strict=True))
        return a, b, c


def raster_of(plan: SeriesPlan, extent_mm: tuple[float, float, float]) -> Raster:
    """Return the matrices of a plan; ``extent_mm`` along its own axes."""
    voxel = np.array(plan.voxel_mm)
    wanted = np.array(plan.recon_voxel_mm or plan.voxel_mm)
    factor = np.maximum(2, np.ceil(voxel / _FINE_MM - 1e-9)).astype(int)
    counts = np.ceil(np.array(extent_mm) / voxel).astype(int) + 2 * _RIM_VOXELS
    acquired = np.array([2 * fft.next_fast_len((int(n) + 1) // 2) for n in counts])
    recon = np.maximum(acquired, 2 * np.round(acquired * voxel / wanted / 2).astype(int))
    recon_mm = acquired * voxel / recon
    shown = np.minimum(np.round(np.array(extent_mm) / recon_mm).astype(int), recon - 4)
    rim = (recon - shown) // 2
    return Raster(
        _three(factor), _three(acquired), _three(recon), voxel / factor, recon_mm, _three(rim)
    )


def acquire(
    fine: NDArray[np.float32],
    raster: Raster,
    plan: SeriesPlan,
    apodisation: float,
    noise_sd: float,
    stream: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the magnitude picture; ``fine`` is overwritten.

    K-space of the fine grid is cropped to the acquired matrix (partial volume and ringing come
    with it) and rolled off by a Tukey window; complex noise gives the Rician background.
    """
    _fade_rim(fine, raster)
    spectrum = fft.fftn(_low_pass(fine, raster), overwrite_x=True)
    if plan.ghost_mm > 0.0:
        spectrum *= _shake(raster, plan, stream)
    # The noise is that of the picture: what the window takes off is put back.
    roll = [fft.ifftshift(tukey(n + 1, apodisation)[:-1]) for n in raster.acquired]
    kept = float(np.prod([np.mean(window**2) for window in roll]))
    size = noise_sd * np.sqrt(float(np.prod(raster.acquired)) / kept)
    noise = stream.standard_normal((2, *raster.acquired), dtype=np.float32)
    spectrum += (size * (noise[0] + 1j * noise[1])).astype(np.complex64)
    for axis, window in enumerate(roll):
        spectrum *= _along(window.astype(np.float32), axis)
    picture = np.abs(_zero_fill(spectrum, raster.recon)).astype(np.float32)
    a, b, c = (slice(r, r + n) for r, n in zip(raster.rim, raster.shown, strict=True))
    return np.ascontiguousarray(picture[a, b, c])


def coil_field(shape: Three, size: float, stream: np.random.Generator) -> NDArray[np.float32]:
    """Return a smooth factor around 1 with a relative spread of ``size``."""
    x, y, z = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    u = stream.standard_normal(9).astype(np.float32)
    rows = u[0] * x + u[1] * x**2
    columns = u[2] * y + u[3] * y**2
    field = rows[:, None, None] + columns[None, :, None] + (u[4] * z + u[5] * z**2)
    field = field + u[6] * x[:, None, None] * y[None, :, None] + u[7] * y[:, None] * z
    field -= field.mean()
    found: NDArray[np.float32] = np.exp(field * np.float32(size / max(float(field.std()), 1e-6)))
    return found


def _fade_rim(fine: NDArray[np.float32], raster: Raster) -> None:
    """Let the block end in one value on all sides, so that opposite faces meet."""
    middle = np.float32(fine[::8, ::8, ::8].mean())
    fine -= middle
    for axis, (n, f) in enumerate(zip(raster.fine, raster.factor, strict=True)):
        rim = 3 * f
        window = np.ones(n, dtype=np.float32)
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(rim) + 0.5) / rim)
        window[:rim], window[-rim:] = ramp, ramp[::-1]
        fine *= _along(window, axis)
    fine += middle


def _low_pass(fine: NDArray[np.float32], raster: Raster) -> NDArray[np.complex64]:
    """Return the picture of the acquired matrix: its part of k-space, axis by axis."""
    small = fine
    for axis in range(3):
        n = raster.acquired[axis]
        half = np.take(fft.rfft(small, axis=axis), range(n // 2 + 1), axis=axis)
        small = fft.irfft(half, n=n, axis=axis) * np.float32(1.0 / raster.factor[axis])
    found: NDArray[np.complex64] = small.astype(np.complex64)
    return found


def _shake(raster: Raster, plan: SeriesPlan, stream: np.random.Generator) -> NDArray[np.complex64]:
    """Return the phase of k-space lines that a periodic nod of the head adds."""
    turns = stream.uniform(6.0, 14.0)
    lines = np.arange(raster.acquired[1])
    nod = plan.ghost_mm * np.sin(2 * np.pi * (turns * lines / lines.size + stream.uniform()))
    frequency = fft.fftfreq(raster.acquired[1], d=plan.voxel_mm[1])
    phase = np.exp(-2j * np.pi * frequency * fft.ifftshift(nod))
    found: NDArray[np.complex64] = _along(phase.astype(np.complex64), 1)
    return found


def _zero_fill(spectrum: NDArray[np.complex64], shape: Three) -> NDArray[np.complex64]:
    if spectrum.shape != shape:
        larger = np.zeros(shape, dtype=np.complex64)
        places = [_low_places(n, m) for n, m in zip(spectrum.shape, shape, strict=True)]
        larger[np.ix_(*places)] = spectrum * np.float32(np.prod(shape) / spectrum.size)
        spectrum = larger
    found: NDArray[np.complex64] = fft.ifftn(spectrum, overwrite_x=True)
    return found


def _low_places(few: int, many: int) -> NDArray[np.intp]:
    places: NDArray[np.intp] = fft.fftfreq(few, 1.0 / few).round().astype(np.intp) % many
    return places


def _along(values: NDArray[Any], axis: int) -> NDArray[Any]:
    return values.reshape([-1 if a == axis else 1 for a in range(3)])


def _three(values: NDArray[np.integer]) -> Three:
    a, b, c = (int(v) for v in values)
    return a, b, c
