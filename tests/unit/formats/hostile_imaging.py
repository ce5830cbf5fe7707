"""Series that are broken on purpose, one maker each, and a reader that says what it cost.

A maker writes into an empty folder and returns what a person would give to the program.
"""

import gzip
import json
import struct
import sys
import time
import zlib
from functools import cache
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from dicom_by_hand import enhanced, one_slice, series

PLACES = [0.0, 2.0, 4.0, 6.0]
MIB = 1 << 20


def _changed(folder, edit, name="001.dcm"):
    series(folder, PLACES)
    data = pydicom.dcmread(folder / name)
    edit(data)
    data.save_as(folder / name, enforce_file_format=True)
    return folder


def _all(**more):
    return lambda folder: series(folder, PLACES, **more)


def _raw(folder, old, new):
    """Replace bytes of every file: what pydicom itself would refuse to write."""
    series(folder, PLACES)
    for file in folder.iterdir():
        whole = file.read_bytes()
        if old not in whole or len(old) != len(new):
            raise ValueError("nothing to replace")
        file.write_bytes(whole.replace(old, new))
    return folder


def missing_slice(folder):
    return series(folder, [0.0, 2.0, 6.0, 8.0])


def mixed_sizes(folder):
    series(folder, PLACES)
    one_slice(np.zeros((6, 9)), (0, 0, 8)).save_as(folder / "x.dcm", enforce_file_format=True)
    return folder


def two_echoes(folder):
    series(folder, PLACES)
    return series(folder, PLACES, names=[f"e{k}.dcm" for k in range(4)])


def same_file_twice(folder):
    series(folder, PLACES)
    (folder / "copy.dcm").write_bytes((folder / "002.dcm").read_bytes())
    return folder


def same_name_other_pixels(folder):
    series(folder, PLACES)
    data = pydicom.dcmread(folder / "002.dcm")
    data.PixelData = np.full((6, 8), 77, "<i2").tobytes()
    data.save_as(folder / "copy.dcm", enforce_file_format=True)
    return folder


def cut_off_pixels(folder):
    series(folder, PLACES)
    whole = (folder / "001.dcm").read_bytes()
    (folder / "001.dcm").write_bytes(whole[:-40])
    return folder


def cut_off_headers(folder):
    series(folder, PLACES)
    for k, file in enumerate(sorted(folder.iterdir())):
        file.write_bytes(file.read_bytes()[: 200 + 30 * k])
    return folder


def wrong_syntax(folder):
    """Little-endian explicit files that claim to be JPEG 2000."""
    return _raw(folder, b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4\0")


def claims_jpeg(folder):
    def edit(data):
        data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
        data.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51" + b"\0" * 90])

    return _changed(folder, edit)


def big_endian_claim(folder):
    return _raw(folder, b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0")


def two_gigabytes(folder):
    def edit(data):
        data.Rows = data.Columns = 32768
        data.PixelData = b"\0" * (2 * MIB)

    return _changed(folder, edit)


def billion_frames(folder):
    def edit(data):
        data.NumberOfFrames = 2_000_000_000
        data.PixelData = b"\0" * (2 * MIB)

    return _changed(folder, edit)


def packed_claim(folder):
    """RLE: one empty fragment that claims a picture of two gigabytes."""

    def edit(data):
        data.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
        data.Rows = data.Columns = 32000
        data.PixelData = pydicom.encaps.encapsulate([b"\0" * 2 * MIB])

    return _changed(folder, edit)


def deflated_bomb(folder):
    """A deflated data set of two megabytes that unpacks to two gigabytes."""
    series(folder, PLACES)
    for file in sorted(folder.iterdir())[:1]:
        data = pydicom.dcmread(file)
        data.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        data.save_as(file, enforce_file_format=True)
        whole = file.read_bytes()
        length = struct.unpack("<I", whole[140:144])[0]
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        inner = packer.compress(b"\x09\x00\x10\x00LO\x08\x00hostile ")
        inner += packer.compress(struct.pack("<HH2sHI", 9, 0x1010, b"OB", 0, 2000 * MIB))
        inner += packer.flush(zlib.Z_FULL_FLUSH)
        zeros = packer.compress(b"\0" * (100 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
        file.write_bytes(whole[: 144 + length] + inner + 20 * zeros + packer.flush())
    return folder


def nested(depth):
    def make(folder):
        series(folder, PLACES)
        opened = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
        closed = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"
        whole = (folder / "001.dcm").read_bytes()
        place = whole.index(b"\x08\x00\x60\x00CS")
        inner = opened * depth + closed * depth
        (folder / "001.dcm").write_bytes(whole[:place] + inner + whole[place:])
        return folder

    return make


def million_frames(folder):
    """An enhanced file of two megabytes whose frames are a quarter of a million empty items."""
    path = folder / "many.dcm"
    enhanced(path, PLACES)
    data = pydicom.dcmread(path)
    data.NumberOfFrames = 250_000
    data.PerFrameFunctionalGroupsSequence = []
    data.save_as(path, enforce_file_format=True)
    whole = path.read_bytes()
    empty = b"\x00\x52\x30\x92SQ\x00\x00\x00\x00\x00\x00"
    count = 250_000
    items = b"\x00\x52\x30\x92SQ\x00\x00" + struct.pack("<I", 8 * count)
    path.write_bytes(whole.replace(empty, items + b"\xfe\xff\x00\xe0\0\0\0\0" * count))
    return folder


def long_private_value(folder):
    """A private element that claims four gigabytes."""
    series(folder, PLACES)
    whole = (folder / "001.dcm").read_bytes()
    place = whole.index(b"\x08\x00\x60\x00CS")
    claim = struct.pack("<HH2sHI", 8, 0x0051, b"OB", 0, 0xFFFFFFF0)
    (folder / "001.dcm").write_bytes(whole[:place] + claim + whole[place:])
    return folder


def magic_and_noise(folder):
    rng = np.random.default_rng(1)
    for k in range(20):
        noise = rng.integers(0, 256, 20_000, dtype=np.uint8).tobytes()
        (folder / f"{k}.dcm").write_bytes(b"\0" * 128 + b"DICM" + noise)
    return folder


def words_and_pictures(folder):
    (folder / "report.txt").write_text("no image")
    (folder / "x.dcm").write_bytes(b"\x89PNG\r\n" + b"\0" * 500)
    (folder / "empty.dcm").write_bytes(b"")
    return folder


def number_in_words(folder):
    return _raw(folder, b"IS\x02\x004 ", b"IS\x02\x00x ")


def huge_place(folder):
    return _all(ImageOrientationPatient=[1, 0, 0, 0, 1e30, 0])(folder)


def unknown_letters(folder):
    return _all(SpecificCharacterSet="ISO_IR 999", SeriesDescription="CISS")(folder)


def _nifti(shape, voxels=128, name="x.nii", **fields):
    def make(folder):
        image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4))
        header = image.header
        header.set_data_shape((2, 2, 2))
        header.set_sform(np.eye(4), code=1)
        header["dim"][: len(shape) + 1] = (len(shape), *shape)
        for field, value in fields.items():
            header[field] = value
        data = header.binaryblock + b"\0" * 4 + b"\0" * voxels
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return folder / name

    return make


@cache
def hundred_mebibytes():
    """Return a member of a gzip stream; members may follow one another."""
    return gzip.compress(b"\0" * (100 * MIB), 9)


def _streamed(name, head, hundreds):
    def make(folder):
        (folder / name).write_bytes(gzip.compress(head()) + hundreds * hundred_mebibytes())
        return folder / name

    return make


def _head(shape=(4, 4, 4), extension=None, **fields):
    def make():
        header = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4)).header
        header.set_data_shape(shape)
        header.set_sform(np.eye(4), code=1)
        for field, value in fields.items():
            header[field] = value
        more = b"\0" * 4
        if extension is not None:
            more = b"\1\0\0\0" + struct.pack("<ii", extension, 6)
        return header.binaryblock + more

    return make


def nifti_with_nested_sidecar(folder):
    path = _nifti((4, 4, 4))(folder)
    (folder / "x.json").write_text("[" * 200_000)
    return path


def zip_of_series(folder):
    (folder / "series.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    return folder


# Name: maker, and the codes with which it may end; None where a series is read all the same.
HOSTILE = {
    "missing slice": (missing_slice, {"missing_slices"}),
    "mixed sizes": (mixed_sizes, {"mixed_series"}),
    "two echoes in one series": (two_echoes, {"mixed_series"}),
    "the same file twice": (same_file_twice, {None}),
    "one name, two pictures": (same_name_other_pixels, {"mixed_series"}),
    "zero spacing": (_all(PixelSpacing=[0.0, 0.5]), {"bad_spacing"}),
    "negative spacing": (_all(PixelSpacing=[1.0, -0.5]), {"bad_spacing"}),
    "endless direction": (huge_place, {"no_geometry"}),
    "rescale of zero": (_all(RescaleSlope=0.0, RescaleIntercept=0.0), {"bad_rescale"}),
    "rescale of a billion": (_all(RescaleSlope=1e9, RescaleIntercept=0.0), {"bad_rescale"}),
    "rescale intercept of 1e300": (
        _all(RescaleSlope=1.0, RescaleIntercept=1e300), {"bad_rescale"},
    ),
    "series number in words": (number_in_words, {None, "no_dicom", "no_geometry"}),
    "unknown letters": (unknown_letters, {None}),
    "pixels cut off": (cut_off_pixels, {"claims_too_much", "pixels_not_decoded"}),
    "headers cut off": (cut_off_headers, {"no_dicom", "no_geometry", "claims_too_much"}),
    "transfer syntax unknown": (wrong_syntax, {"no_dicom", "pixels_not_decoded", "no_geometry"}),
    "big-endian by claim only": (
        big_endian_claim, {"no_dicom", "pixels_not_decoded", "no_geometry"},
    ),
    "JPEG 2000 that is none": (claims_jpeg, {"pixels_not_decoded"}),
    "2 GB claim in 2 MB": (two_gigabytes, {"claims_too_much"}),
    "two billion frames": (billion_frames, {"claims_too_much"}),
    "packed 2 GB claim": (packed_claim, {"claims_too_much"}),
    "deflated bomb, 2 GB": (deflated_bomb, {"missing_slices", "claims_too_much", None}),
    "sequences 1500 deep": (nested(1500), {"missing_slices"}),
    "sequences 100000 deep": (nested(100_000), {"missing_slices"}),
    "250000 frames of nothing": (million_frames, {"no_geometry", "claims_too_much"}),
    "private value of 4 GB": (long_private_value, {None, "missing_slices", "no_geometry"}),
    "noise behind DICM": (magic_and_noise, {"no_dicom", "no_geometry"}),
    "words and pictures": (words_and_pictures, {"no_dicom"}),
    "empty folder": (lambda folder: folder, {"no_dicom"}),
    "a packed archive": (zip_of_series, {"zip_packed"}),
    "NIfTI: 2 GB claim": (_nifti((1000, 1000, 290), 2 * MIB), {"claims_too_much"}),
    "NIfTI: endless size": (_nifti((32767, 32767, 32767)), {"volume_too_large"}),
    "NIfTI: negative size": (_nifti((-4, 4, 4)), {"not_a_volume", "not_a_nifti"}),
    "NIfTI: nine axes": (
        _nifti((4, 4, 4), dim=[9, 4, 4, 4, 1, 1, 1, 1]), {"not_a_nifti", "not_a_volume"},
    ),
    "NIfTI: unknown kind of voxel": (_nifti((4, 4, 4), datatype=9999), {"not_a_nifti"}),
    "NIfTI: voxels beyond the end": (
        _nifti((4, 4, 4), vox_offset=3e9), {"not_a_nifti", "claims_too_much"},
    ),
    "NIfTI: voxels at no number": (
        _nifti((4, 4, 4), vox_offset=np.nan), {"not_a_nifti", "claims_too_much"},
    ),
    "NIfTI: scaled by 1e30": (
        _nifti((4, 4, 4), scl_slope=1e30, scl_inter=0.0), {"bad_rescale"},
    ),
    "NIfTI: scaled by 2 and no number": (
        _nifti((4, 4, 4), scl_slope=2.0, scl_inter=np.nan), {"not_a_nifti"},
    ),
    "NIfTI: spacing of zero": (
        _nifti((4, 4, 4), srow_x=[0, 0, 0, 0]), {"bad_spacing"},
    ),
    "NIfTI: packed claim": (
        _nifti((660, 660, 660), name="x.nii.gz"), {"claims_too_much"},
    ),
    "NIfTI: gzip bomb, 2 GB": (
        _streamed("x.nii.gz", _head((1000, 1000, 290)), 6), {"claims_too_much"},
    ),
    "NIfTI: bomb behind few voxels": (_streamed("x.nii.gz", _head(), 20), {None}),
    "NIfTI: extension of 2 GB": (
        _streamed("x.nii.gz", _head(extension=2_000_000_000, vox_offset=2.1e9), 20),
        {"not_a_nifti", "claims_too_much"},
    ),
    "NIfTI: extension beyond its room": (
        _streamed("x.nii.gz", _head(extension=2_000_000_000, vox_offset=1024), 20),
        {"claims_too_much"},
    ),
    "NIfTI: voxels behind 2 GB": (
        _streamed("x.nii.gz", _head(vox_offset=2.0e9), 20), {"not_a_nifti", "claims_too_much"},
    ),
    "NIfTI: nested sidecar": (nifti_with_nested_sidecar, {"bad_json", "not_json", "bad_document"}),
}  # fmt: skip


def peak_mb():
    """Return this process's largest resident memory in MB, nan where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(s for s in status.read_text(encoding="utf-8").splitlines() if s[:6] == "VmHWM:")
    return float(line.split()[1]) / 1024.0


def read_all(root):
    """Read every input and return, by name, how it ended, in what time, and the peak so far."""
    from hemispasm.measuring_imaging import read_imaging_study
    from hemispasm.model.errors import HemispasmError

    told = {}
    for name, (make, _) in HOSTILE.items():
        folder = Path(root) / name.replace(":", "").replace(" ", "_")
        folder.mkdir()
        given = make(folder)
        before = sorted(p.name for p in folder.rglob("*"))
        began = time.perf_counter()
        try:
            study = read_imaging_study([given])
            ended, cause, exit_code = None, "; ".join(study.notes), 0
        except HemispasmError as fault:
            ended, cause, exit_code = fault.code, fault.cause, fault.exit_code
        except Exception as fault:
            ended, cause, exit_code = f"raised {type(fault).__name__}", str(fault)[:200], 70
        told[name] = {
            "code": ended, "cause": cause, "exit": exit_code, "peak_mb": peak_mb(),
            "seconds": round(time.perf_counter() - began, 2),
            "left": sorted(p.name for p in folder.rglob("*")) == before,
        }  # fmt: skip
    return told


if __name__ == "__main__":
    import resource

    limit = int(float(sys.argv[2]) * MIB)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    print(json.dumps(read_all(sys.argv[1])))
