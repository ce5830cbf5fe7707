"""House rules that a machine can hold: size, randomness, clocks, documentation, news."""

import ast
import doctest
import importlib
import re

import pytest
from house import ROOT, SOURCE, dotted, own_files, own_trees, trees_under

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
#: Rooms whose functions are pure: no clock, no hidden randomness.
PURE = tuple(f"src/hemispasm/{room}/" for room in ("stats", "measure", "simulate", "reason"))
NEWS_KINDS = ("feature", "bugfix", "docs")


def listed(faults):
    return "\n" + "\n".join(faults)


def functions_of(tree):
    return [
        node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def length_without_docstring(function):
    body = function.body
    documented = ast.get_docstring(function, clean=False) is not None
    docstring = body[0].end_lineno - body[0].lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_no_python_file_is_too_long():
    faults = [
        f"{path.relative_to(ROOT)}: {lines} lines, fewer than {LONGEST_FILE} wanted"
        for path in own_files()
        if path.suffix == ".py"
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) >= LONGEST_FILE
    ]
    assert not faults, listed(faults)


def test_no_function_is_too_long():
    faults = [
        f"{name}:{function.lineno}: {function.name} has {length} lines, fewer than "
        f"{LONGEST_FUNCTION} wanted (its docstring not counted)"
        for name, tree in own_trees().items()
        for function in functions_of(tree)
        if (length := length_without_docstring(function)) >= LONGEST_FUNCTION
    ]
    assert not faults, listed(faults)


def test_nobody_uses_the_global_random_generator():
    allowed = {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64"}
    faults = []
    for name, tree in own_trees().items():
        for node in ast.walk(tree):
            path = dotted(node) if isinstance(node, ast.Attribute) else ""
            match = re.fullmatch(r"(?:np|numpy)\.random\.(\w+)", path)
            if match and match[1] not in allowed:
                faults.append(f"{name}:{node.lineno}: {path}; take a Generator as an argument")
            if re.fullmatch(r"random\.(?!Random\b)\w+", path):
                faults.append(f"{name}:{node.lineno}: {path}; take a NumPy Generator")
    assert not faults, listed(faults)


def test_science_makes_no_generator_and_reads_no_clock():
    banned = re.compile(
        r"(time\.(time|monotonic|perf_counter|process_time)"
        r"|(datetime\.)?(datetime|date)\.(now|utcnow|today)"
        r"|(np|numpy)\.random\.default_rng)"
    )
    faults = []
    for name, tree in trees_under(*PURE).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and banned.fullmatch(dotted(node.func)):
                if dotted(node.func).endswith("default_rng") and node.args:
                    continue  # a generator made from a seed that was handed in
                faults.append(f"{name}:{node.lineno}: {dotted(node.func)}(); hand it in instead")
    assert not faults, listed(faults)


def public_functions(tree):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for child in node.body:
                if isinstance(child, ast.FunctionDef) and not child.name.startswith("_"):
                    yield f"{node.name}.{child.name}", child


def test_every_public_function_has_a_docstring():
    faults = [
        f"{name}:{function.lineno}: {label} says nothing"
        for name, tree in trees_under("src/").items()
        for label, function in public_functions(tree)
        if not ast.get_docstring(function)
    ]
    assert not faults, listed(faults)


def test_public_verbs_describe_what_goes_in_what_comes_out_and_show_an_example():
    import inspect

    import hemispasm

    faults = []
    for name in hemispasm.__all__:
        verb = getattr(hemispasm, name)
        if not inspect.isfunction(verb):
            continue
        text = inspect.getdoc(verb) or ""
        faults += [
            f"hemispasm.{name} ({verb.__module__}) lacks a section {section}"
            for section in ("Parameters", "Returns", "Raises", "Examples")
            if f"{section}\n---" not in text
        ]
    assert not faults, listed(faults)


def test_no_test_sleeps():
    faults = [
        f"{name}:{node.lineno}: wait for the thing itself"
        for name, tree in trees_under("tests/").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "sleep"
    ]
    assert not faults, listed(faults)


def test_test_names_are_sentences():
    faults = [
        f"{name}:{function.lineno}: {function.name}"
        for name, tree in trees_under("tests/").items()
        for function in functions_of(tree)
        if function.name.startswith("test_") and function.name.count("_") < 3
    ]
    assert not faults, listed(faults)


def test_every_news_fragment_has_a_kind_and_says_something():
    pattern = re.compile(rf"[a-z0-9][a-z0-9-]*\.({'|'.join(NEWS_KINDS)})\.md")
    faults = []
    for path in own_files():
        if path.parent != ROOT / "changes" or path.name == "README.md":
            continue
        text = path.read_text(encoding="utf-8").strip()
        if not pattern.fullmatch(path.name):
            faults.append(f"{path.name}: name it <slug>.<{'|'.join(NEWS_KINDS)}>.md")
        if not text or text.startswith("#"):
            faults.append(f"{path.name}: write sentences, no heading")
        for line in text.splitlines():
            if line.lower().startswith("clinical impact") and not re.match(
                r"Clinical impact: \S", line
            ):
                faults.append(f"{path.name}: the line reads `Clinical impact: ...`")
    assert not faults, listed(faults)


def importable_modules():
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        if parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("module", list(importable_modules()))
def test_every_example_in_a_docstring_runs(module):
    result = doctest.testmod(
        importlib.import_module(module),
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS,
    )
    assert result.failed == 0
