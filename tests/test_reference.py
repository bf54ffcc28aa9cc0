"""The reference: every public name stands on one page, says what it is in one line, and describes what it takes."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import re
from pathlib import Path

import pytest

import polygenesis as pg

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted((DOCS / "reference").glob("*.rst"))
ENTRY = re.compile(r"^\.\. auto(\w+):: polygenesis\.(\S+)$", re.M)
ARGS = re.compile(r"^Args:\n((?:    .*\n|\n)*)", re.M)
FOLDERS = [name for name in pg.__all__ if inspect.ismodule(getattr(pg, name))]
PUBLIC = {name: getattr(pg, name) for name in pg.__all__ if name not in FOLDERS} | {
    f"{folder}.{name}": getattr(getattr(pg, folder), name) for folder in FOLDERS for name in getattr(pg, folder).__all__
}
FUNCTIONS = sorted(name for name, thing in PUBLIC.items() if inspect.isfunction(thing))
FIRST = (
    "RunSpec", "Save", "Store", "TiedAutoencoder", "census", "counts", "diagnose", "explore", "follow", "load", "marks",
    "mean_count", "polysemantic_neurons", "race", "run_all", "simulate", "single_feature", "slot_model", "split_code",
    "study", "sweep",
)  # fmt: skip
"""Names that people call first: each shows a call and what it prints."""


def entries() -> list[str]:
    return [name for page in PAGES for _, name in ENTRY.findall(page.read_text(encoding="utf-8"))]


def test_every_entry_is_a_public_name_and_stands_once():
    assert len(entries()) == len(set(entries()))
    assert set(entries()) <= set(PUBLIC)


def test_every_public_name_has_an_entry():
    """Under its shortest name: what ``pg`` and a folder share stands with ``pg``."""
    shown = {id(PUBLIC[name]) for name in entries()}
    assert [name for name, thing in PUBLIC.items() if id(thing) not in shown] == []


@pytest.mark.parametrize(
    "name", sorted(name for name, thing in PUBLIC.items() if inspect.isclass(thing) or inspect.isfunction(thing))
)
def test_a_name_says_what_it_is_in_one_line(name: str):
    first = (inspect.getdoc(PUBLIC[name]) or "").split("\n\n")[0]
    assert first.rstrip().endswith((".", ":", ")")), first
    assert "\n" not in first, "the first paragraph is one line"


def described(doc: str) -> list[str]:
    """The arguments that a docstring describes."""
    found = ARGS.search(doc + "\n")
    items = re.findall(r"^    ([\w*]+(?:, [\w*]+)*): ", found[1], re.M) if found else []
    return [name.lstrip("*") for each in items for name in each.split(", ")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_describes_the_arguments_that_it_takes(name: str):
    assert described(inspect.getdoc(PUBLIC[name]) or "") == list(inspect.signature(PUBLIC[name]).parameters)


def takes(cls: type) -> dict[str, list[str]]:
    """The public methods of a class that take arguments, with the names of these."""
    found = {}
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        method = getattr(method, "__func__", method)
        if name[0] != "_" and inspect.isfunction(method) and method.__module__.startswith("polygenesis"):
            found[name] = [each for each in inspect.signature(method).parameters if each not in ("self", "cls")]
    return {name: taken for name, taken in found.items() if taken}


@pytest.mark.parametrize("name", sorted(each for each, cls in PUBLIC.items() if inspect.isclass(cls) and takes(cls)))
def test_a_method_describes_the_arguments_that_it_takes(name: str, docstrings):
    """Itself, or through the base that declares it."""
    cls = PUBLIC[name]
    told = {method: described("\n".join(docstrings.arguments_of(cls, method))) for method in takes(cls)}
    assert told == takes(cls)


def test_an_argument_that_is_not_described_is_seen():
    doc = "Do it.\n\nArgs:\n    a, b: two.\n        More.\n    *c: three.\n\nReturns:\n    d: no."
    assert described(doc) == ["a", "b", "c"]


COUNTED = ("detect", "probe.selection")
"""Sources by whose bytes stored results are known: what they lack is written when their code changes."""
FIELDS = sorted(
    name
    for name, thing in PUBLIC.items()
    if dataclasses.is_dataclass(thing)
    and not thing.__module__.startswith(tuple(f"polygenesis.{each}" for each in COUNTED))
)


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_says_what_its_fields_are(name: str):
    """In its own docstring, or in that of the base that declares them; the ``kind`` of a part is its name."""
    said = " ".join(
        inspect.getdoc(each) or "" for each in PUBLIC[name].__mro__ if each.__module__.startswith("polygenesis")
    )
    fields = [each.name for each in dataclasses.fields(PUBLIC[name]) if each.name != "kind" and each.name[0] != "_"]
    assert [each for each in fields if not re.search(rf"\b{each}\b", said)] == []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("theory.")])
def test_a_formula_says_where_it_comes_from(name: str):
    """A preprint, a page, or an equation or statement of the page on theory, which is there."""
    said, theory = inspect.getdoc(PUBLIC[name]) or "", (DOCS / "theory.md").read_text(encoding="utf-8")
    equations = re.findall(r"\beqs?\. ([a-z][a-z-]*[a-z])", said)
    statements = [each for each in re.findall(r"\b[A-Z][a-z-]+ \d\b", said) if f"**{each.split()[0]} 1 (" in theory]
    assert equations or statements or re.search(r"\bSource: |arXiv:\d{4}\.\d{5}", said)
    assert [each for each in equations if f"({each})" not in theory] == []
    assert [each for each in statements if f"**{each} (" not in theory] == []


@pytest.mark.parametrize("name", FIRST)
def test_what_people_call_first_has_an_example(name: str):
    homes = [thing for full, thing in PUBLIC.items() if full.split(".")[-1] == name]
    assert any(">>>" in (inspect.getdoc(each) or "") for each in homes)


@pytest.mark.parametrize(("word", "page"), [("plots", "plots"), ("Save", "simulate"), ("Store", "sweeps")])
def test_a_search_finds_the_page(word: str, page: str):
    """Sphinx's search ranks titles and objects first: the word is one of them."""
    text = (DOCS / "reference" / f"{page}.rst").read_text(encoding="utf-8")
    assert word in text.splitlines()[0].replace(":", ".").split(".") or f".{word}\n" in text


@pytest.fixture(scope="module")
def docstrings():
    spec = importlib.util.spec_from_file_location("docstrings", DOCS / "docstrings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_docstrings_become_fields_equations_and_plain_bars(docstrings):
    lines = "Go to |W|.\n\n    a = |b|\n\nArgs:\n    x, y: of ``|z|`` and |z|.\n\n>>> 1 | 2\n3".splitlines()
    docstrings.read(None, "function", "any", None, None, lines)
    assert [each for each in lines if each] == [
        r"Go to \|W\|.", "::", "    a = |b|", r":param x: of ``|z|`` and \|z\|.", r":param y: of ``|z|`` and \|z\|.",
        ">>> 1 | 2", "3",
    ]  # fmt: skip


def test_a_method_without_arguments_shows_those_of_the_nearest_base(docstrings):
    class Far:
        def draw(self, n, m):
            """Draw.

            Args:
                n, m: sizes.

            >>> 1
            1
            """

    class Near(Far):
        def draw(self, n, m):
            """Draw.

            Args:
                n: rows.
                m: columns.
            """

    class Own(Near):
        def draw(self, n, m):
            """Draw at once."""

    class Other(Near):
        def draw(self, n):
            """Draw one."""

    assert docstrings.arguments_of(Far, "draw") == ["Args:", "    n, m: sizes.", ""]
    assert docstrings.arguments_of(Own, "draw") == ["Args:", "    n: rows.", "    m: columns."]
    assert docstrings.arguments_of(Other, "draw") == [], "a method that takes other arguments inherits none"


def test_a_built_in_part_shows_the_arguments_of_the_base_for_parts_of_ones_own(docstrings):
    lines = ["Return the values.", "", ">>> 1", "1"]
    docstrings.read(None, "method", "polygenesis.Listed.of", pg.Listed.of, None, lines)
    assert [each for each in lines if each] == ["Return the values.", ":param n: number of features.", ">>> 1", "1"]


def test_a_constant_says_what_stands_below_it(docstrings):
    assert docstrings.said_of("polygenesis.plots.MOST_PAIRS")[0].endswith(".")
    assert docstrings.said_of("polygenesis.theory.Clock")
