"""What is public: one list in the package's stub, complete, and names of old that still answer for one release."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import polygenesis as pg
from polygenesis.former import moved
from polygenesis.spec import part_classes

SOURCE = Path(pg.__file__).parent
FOLDERS = ("detect", "plots", "probe", "stats", "studies", "sweeps", "theory")


def former(folder: str) -> dict[str, str]:
    """Names that a folder exported before, and the module where each is now."""
    return importlib.import_module(f"polygenesis.{folder}")._FORMER


@pytest.mark.parametrize("field", part_classes())
def test_every_part_of_a_spec_is_public(field: str):
    for part in part_classes()[field]:
        assert getattr(pg, part.__name__) is part


def test_public_names_are_those_of_the_stub():
    names = {}
    exec((SOURCE / "__init__.pyi").read_text(encoding="utf-8"), names)
    assert {each for each in names if not each.startswith("__")} == set(pg.__all__)
    assert all(names[each] is getattr(pg, each) for each in pg.__all__)


def test_a_star_brings_all_names():
    names = {}
    exec("from polygenesis import *", names)
    assert set(pg.__all__) <= set(names)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_exports_what_it_lists_and_lists_what_it_exports(folder: str):
    module = getattr(pg, folder)
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {
        name.asname or name.name
        for each in tree.body
        if isinstance(each, ast.ImportFrom) and each.module not in ("__future__", "typing", "pydantic")
        for name in each.names
    }
    assert imported - {"moved"} == set(module.__all__)


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder in ("probe", "sweeps") for name in former(folder)]
)
def test_a_former_name_is_found_with_a_warning_that_says_where_it_is(folder: str, name: str):
    module = getattr(pg, folder)
    home, _, now = former(folder)[name].partition(":")
    now = now or name
    assert name not in module.__all__
    with pytest.warns(DeprecationWarning, match=rf"polygenesis.{folder}.{name} will be gone .* use {home}.{now}"):
        found = getattr(module, name)
    assert found is getattr(importlib.import_module(home), now)


def test_numbers_that_left_the_verdict_are_named():
    with pytest.raises(AttributeError, match=r"no `structured` any more: use `found.structured` of the diagnosis"):
        pg.probe.Verdict(pg.probe.Origin.COMPATIBLE, ()).structured  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'nonesuch'"):
        pg.probe.Verdict(pg.probe.Origin.COMPATIBLE, ()).nonesuch  # noqa: B018


def test_an_unknown_name_of_a_folder_is_an_ordinary_error():
    with pytest.raises(AttributeError, match=r"^module 'polygenesis.sweeps' has no attribute 'nonesuch'$"):
        pg.sweeps.nonesuch  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'b'"):
        moved("a", {})("b")


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_package_itself_uses_no_former_name(path: Path):
    for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(each, ast.ImportFrom) and each.module in ("polygenesis.probe", "polygenesis.sweeps"):
            assert not {name.name for name in each.names} & set(former(each.module.removeprefix("polygenesis.")))
