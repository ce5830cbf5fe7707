"""What may be in the repository, and what may not."""

import re
import tomllib

import pytest
from house import ROOT, own_files

# Written in pieces so that this file does not find itself.
REGISTRY_HOSTS = [
    *("pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "npmjs" + ".com"),
    *("yarn" + "pkg.com", "debian" + ".org", "ubuntu" + ".com", "anaconda" + ".org"),
    *("proxy.golang" + ".org", "static.crates" + ".io"),
]
MACHINE_PATHS = [
    *("/wo" + "rk/", "/ro" + "ot/", "/op" + "t/pypi", "/tm" + "p/"),
    r"/ho" + r"me/[a-z]+/",
    r"/Us" + r"ers/[A-Za-z]+/",
    r"[A-Z]:\\Us" + "ers",
]
LARGEST_FILE_KB = 512
LOCKS = sorted((ROOT / "requirements").glob("*.lock.txt"))


def texts():
    for path in own_files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def find_lines(patterns):
    wanted = re.compile("|".join(patterns))
    return [
        f"{name}:{number}: {match[0]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := wanted.search(line))
    ]


def test_no_file_names_a_package_registry():
    faults = find_lines([re.escape(host) for host in REGISTRY_HOSTS])
    assert not faults, "\n" + "\n".join(faults)


def test_no_file_names_a_path_of_one_machine():
    faults = find_lines(MACHINE_PATHS)
    assert not faults, "\n" + "\n".join(faults)


def test_no_large_file_and_no_recording_is_kept():
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB"
        for path in own_files()
        if path.stat().st_size > LARGEST_FILE_KB * 1024
        or path.suffix in {".mp4", ".mov", ".task", ".whl", ".edf", ".bdf", ".dcm", ".gz"}
    ]
    assert not large, "\n" + "\n".join(large)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_every_pin_and_no_address(lock):
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(index-url|extra-index-url|find-links|trusted-host)", text, re.M)
    pins = re.split(r"^(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.M), flags=re.M)
    pins = [pin for pin in pins if pin.strip()]
    assert pins
    for pin in pins:
        assert re.match(r"[a-z0-9.\-]+==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin


def test_the_base_lock_pins_every_dependency_within_its_range():
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "requirements" / "base.lock.txt").read_text(encoding="utf-8")
    pins = {}
    for name, version in re.findall(r"^([a-z0-9.\-]+)==([^\s;\\]+)", text, re.M):
        pins.setdefault(name, set()).add(version)
    for wanted in map(Requirement, project["dependencies"]):
        assert not any(part.operator == "==" for part in wanted.specifier), wanted
        assert wanted.name in pins, f"{wanted.name}: run `python3 dev.py lock`"
        assert all(wanted.specifier.contains(version) for version in pins[wanted.name]), wanted


def test_two_locks_never_disagree_about_a_version():
    seen = {}
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        found = re.findall(r"^([a-z0-9.\-]+)==([^\s\\]+(?: ; [^\\]+)?)", text, re.M)
        versions = {}
        for name, version in found:
            versions.setdefault(name, set()).add(version.split(" ;")[0])
        for name, version in versions.items():
            if lock.name != "setup.lock.txt":
                assert seen.setdefault(name, version) >= version, name


def test_the_notice_names_every_asset_and_its_licence():
    from hemispasm.assets import ASSETS

    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for asset in ASSETS.values():
        assert asset.filename in notice or asset.name in notice
        assert asset.licence in notice
