"""Importing the package and asking for help load nothing heavy."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    *("numpy", "scipy", "numba", "pydantic", "av", "cv2", "skimage", "matplotlib", "PIL"),
    *("ai_edge_litert", "jinja2", "structlog"),
}


def modules_after(code):
    script = f"import sys, json\n{code}\nprint(chr(10) + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy():
    loaded = modules_after("import hemispasm")
    assert not loaded & (HEAVY | {"typer", "rich"})
    assert not {name for name in loaded if name.startswith("hemispasm.")}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_the_top_level_command_loads_nothing_heavy(arguments):
    loaded = modules_after(f"from hemispasm.cli import main\nmain({arguments})")
    assert not loaded & (HEAVY | {"rich"})
    assert {name for name in loaded if name.startswith("hemispasm.")} == {"hemispasm.cli"}


def test_every_public_name_can_be_had():
    import hemispasm

    assert set(hemispasm.__all__) <= set(dir(hemispasm))
    for name in hemispasm.__all__:
        assert getattr(hemispasm, name) is not None
    assert callable(hemispasm.assess)


def test_a_public_verb_is_not_hidden_by_the_module_of_the_same_name():
    code = "import hemispasm.assess, hemispasm\nassert callable(hemispasm.assess)"
    modules_after(code)


def test_a_name_that_does_not_exist_is_refused():
    import hemispasm

    with pytest.raises(AttributeError, match="no attribute 'asses'"):
        _ = hemispasm.asses


def test_the_verbs_for_emg_bring_neither_video_nor_report_with_them(tmp_path):
    code = f"import hemispasm\nhemispasm.simulate_emg({str(tmp_path / 'a.edf')!r}, seed=3)\n"
    code += f"assert hemispasm.read_emg({str(tmp_path / 'a.edf')!r}).simulated\n"
    code += "assert callable(hemispasm.measure_emg)"
    loaded = modules_after(code)
    assert not loaded & {"av", "cv2", "ai_edge_litert", "jinja2", "matplotlib", "skimage", "PIL"}
