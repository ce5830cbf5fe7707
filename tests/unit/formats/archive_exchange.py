"""Exchange with an Orthanc that only this process can reach; run in a network of its own.

    unshare --map-root-user --net python archive_exchange.py SERIES RESULTS BACK

The series go in by C-STORE, the results by DICOMweb (STOW). Everything of the study is then asked
for by QIDO and fetched by WADO into BACK; `exchange.json` there says what was found and how long it
took. Orthanc listens on every interface, so in any other network than an empty one this refuses.
"""

from __future__ import annotations

import fcntl
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from pathlib import Path

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
HTTP, DICOM = 8042, 4242
ROOT = f"http://127.0.0.1:{HTTP}/dicom-web"
UP = 0x1


def alone() -> bool:
    """Whether this network has no other interface than its loopback."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def raise_loopback() -> None:
    """Switch the loopback on; a new network starts without."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, struct.pack("16sh", b"lo", UP))


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start an empty Orthanc that knows DICOMweb, and wait until it says that it runs."""
    settings = {
        "Name": "test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": HTTP,
        "DicomPort": DICOM,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    config = folder / "orthanc.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    server = subprocess.Popen(
        ["Orthanc", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert server.stderr is not None
    for line in server.stderr:
        if b"Orthanc has started" in line:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return server
    raise SystemExit("Orthanc did not start")


def store(files: list[Path]) -> None:
    """Send files by C-STORE with DCMTK."""
    for first in range(0, len(files), 200):
        part = [str(path) for path in files[first : first + 200]]
        subprocess.run(["storescu", "-aec", "ORTHANC", "127.0.0.1", str(DICOM), *part], check=True)


def stow(files: list[Path]) -> int:
    """Send files by STOW-RS and return how many were accepted."""
    mark = uuid.uuid4().hex
    body = b"".join(
        f"--{mark}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        + path.read_bytes()
        + b"\r\n"
        for path in files
    )
    body += f"--{mark}--\r\n".encode()
    request = urllib.request.Request(
        f"{ROOT}/studies",
        data=body,
        headers={
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={mark}',
            "Accept": "application/dicom+json",
        },
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        told = json.load(reply)
    return len(told.get("00081199", {}).get("Value", []))


def ask(path: str) -> list[dict[str, dict[str, list[str]]]]:
    """Ask by QIDO-RS."""
    request = urllib.request.Request(f"{ROOT}/{path}", headers={"Accept": "application/dicom+json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.load(reply)


def fetch(path: str, into: Path) -> list[Path]:
    """Fetch instances by WADO-RS and write each part as it came."""
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    request = urllib.request.Request(f"{ROOT}/{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=120) as reply:
        kind, body = reply.headers["Content-Type"], reply.read()
    mark = re.search(r'boundary="?([^";]+)', kind)
    assert mark is not None, kind
    into.mkdir(parents=True, exist_ok=True)
    found = []
    for number, part in enumerate(body.split(b"--" + mark[1].encode())[1:-1], start=1):
        content = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        target = into / f"{number:04d}.dcm"
        target.write_bytes(content)
        found.append(target)
    return found


def main(series: Path, results: Path, back: Path) -> None:
    """Send, ask, fetch; write what came back."""
    if not alone():
        raise SystemExit("refused: other interfaces than the loopback are here")
    raise_loopback()
    back.mkdir()
    images = sorted(series.rglob("*.dcm")) or sorted(p for p in series.rglob("*") if p.is_file())
    objects = sorted(results.glob("*.dcm"))
    server = start(back)
    seconds = {}
    try:
        began = time.perf_counter()
        store(images)
        seconds["c_store"] = round(time.perf_counter() - began, 2)
        began = time.perf_counter()
        accepted = stow(objects)
        seconds["stow"] = round(time.perf_counter() - began, 2)
        began = time.perf_counter()
        held = {}
        for one in ask("series?includefield=00080060"):
            study, uid = (one[tag]["Value"][0] for tag in ("0020000D", "0020000E"))
            kind = one["00080060"]["Value"][0]
            count = len(ask(f"studies/{study}/series/{uid}/instances"))
            held[uid] = {"study": study, "modality": kind, "instances": count}
            if kind in ("SEG", "SR", "OT"):
                fetch(f"studies/{study}/series/{uid}", back / kind)
        seconds["qido_wado"] = round(time.perf_counter() - began, 2)
    finally:
        server.terminate()
        server.wait(30)
    told = {
        "images": len(images),
        "objects": len(objects),
        "accepted": accepted,
        "held": held,
        "seconds": seconds,
    }
    (back / "exchange.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:4]))
