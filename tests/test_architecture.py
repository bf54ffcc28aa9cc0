"""Imports run one way, nobody imports the package root, and heavy libraries wait until they are needed."""

from __future__ import annotations

import ast
import collections
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import polygenesis

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "polygenesis"
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = ("torch", "statsmodels", "matplotlib", "plotly", "numba", "scipy.stats", "pandas", "joblib", "sklearn")


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_ladder_of_imports_holds():
    pytest.importorskip("importlinter")
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(config_filename='pyproject.toml'))"
    done = run_python(code)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_the_levels_of_the_contract():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ][0]
    wanted = [set(re.findall(r"\w+", layer)) for layer in reversed(contract["layers"])]
    page, found = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), collections.defaultdict(set)
    for level, modules in re.findall(r"^\| (\d+) \| (.*?) \|", page, re.M):
        found[int(level)] |= set(re.findall(r"`(\w+)/?`", modules))
    assert [found[level] for level in range(len(wanted))] == wanted
    assert len(found) == len(wanted)


def root_imports(tree: ast.Module, submodules: set[str]) -> list[str]:
    """Return what a module imports from the package root itself (its submodules are fine)."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name == "polygenesis"]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            if node.module == "polygenesis":
                found += [each.name for each in node.names if each.name not in submodules]
    return found


def test_root_imports_are_found():
    tree = ast.parse("import polygenesis as pg\nfrom polygenesis import seeds, simulate\nimport polygenesis.spec")
    assert root_imports(tree, {"seeds"}) == ["polygenesis", "simulate"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nobody_imports_the_package_root(path: Path):
    submodules = {each.stem for each in SOURCE.iterdir() if each.suffix == ".py" or each.is_dir()}
    assert root_imports(ast.parse(path.read_text(encoding="utf-8")), submodules) == []


@pytest.mark.parametrize("name", ["polygenesis", "polygenesis.spec", "polygenesis.cli"])
def test_importing_is_light(name: str):
    done = run_python(f"import sys, {name}; print(sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_asking_for_help_is_light():
    code = (
        "import sys; sys.argv = ['polygenesis', '--help']\n"
        "from polygenesis.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    assert done.stderr.strip().endswith("[]")


@pytest.mark.parametrize("name", polygenesis.__all__)
def test_every_public_name_is_there(name: str):
    assert getattr(polygenesis, name) is not None
    assert name in dir(polygenesis)


def test_an_unknown_public_name_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="has no attribute 'nonesuch'"):
        polygenesis.nonesuch  # noqa: B018


def requirements() -> dict[str, list[str]]:
    """What the package asks for: by extra, the core's under ""."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def test_the_package_pins_nothing_and_needs_no_torch():
    assert not [each for each in requirements()[""] if re.match(r"torch\b", each)]
    for each in itertools.chain(*requirements().values()):
        assert re.fullmatch(r"[A-Za-z0-9._-]+>=[0-9.]+", each), f"{each}: a lower bound only"


def test_every_requirement_has_its_pin():
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").open()}
    asked = {each.split(">=")[0].lower() for each in itertools.chain(*requirements().values())}
    assert asked <= pinned


BASELINES = {"jax", "diffrax"}
"""What the benchmark compares with where it is there, and skips with the reason elsewhere."""


def test_every_library_that_is_imported_is_asked_for():
    imported = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    asked = {each.split(">=")[0].lower().replace("-", "_") for each in itertools.chain(*requirements().values())}
    named = {"scikit_learn": "sklearn"}  # as imported, where that differs
    asked = {named.get(each, each) for each in asked}
    assert (
        imported - set(sys.stdlib_module_names) - {"polygenesis"} <= asked | {"dask"} | BASELINES
    )  # distributed brings dask


def test_loggers_are_named_after_their_module():
    for path in MODULES:
        for name in re.findall(r"getLogger\((.*?)\)", path.read_text(encoding="utf-8")):
            assert name == "__name__", path


def test_files_of_tests_have_names_of_their_own():
    """pytest collects no two files of one name from folders without __init__.py, and a narrow run never sees it."""
    names = collections.Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
