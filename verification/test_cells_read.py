"""Every estimand names in ``of`` each cell whose numbers it reads: from ``of`` the judge sees starts that cells share.

All studies at the quick profile. While an estimand runs, the classes of its study's cells note which attributes it
asks for; those that only name a cell do not count.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import pytest

from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.studies import get, names
from polygenesis.studies.claim import Claim, read
from polygenesis.studies.margin import Margin
from polygenesis.sweeps import Store

LABELS = {
    *("spec", "n", "m", "name", "training", "room", "key", "label"),
    *("density", "forced", "is_crowded", "noise", "role", "source", "way"),
    *("contexts", "kind", "part", "recipe", "shorter", "std", "threshold", "tied", "time"),
}
"""What names a cell or its settings, and is no measurement of it."""

CHOOSING = {"regularization": {"loss"}, "toy-models": {"per_feature", "shared", "weights"}}
"""Measurements, by study, that choose the cells of which a claim is: a cell that is not chosen is not named."""

BESIDE = {"interference-timing": {"winner", "shared", "early", "expected", "moved"}}
"""Measurements, by study, that a sentence says beside the number that is judged (other arms from the same starts), or
that belong to a run within a cell, which is named itself."""

FITTED = {"rate-constant"}
"""Studies of which a forecast may read other cells: those that it was fitted to, drawn from streams of their own."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("cells") / "runs")


def cells(found: object, seen: dict[int, object] | None = None, depth: int = 8) -> Iterator[object]:
    """Yield every object below ``found`` that knows its spec."""
    seen = {} if seen is None else seen
    if id(found) in seen or depth < 0 or isinstance(found, (str, int, float, RunSpec, type(None))):
        return
    seen[id(found)] = found
    if isinstance(getattr(found, "spec", None), RunSpec):
        yield found
    inside: list[object] = []
    if isinstance(found, Mapping):
        inside = [*found.keys(), *found.values()]
    elif isinstance(found, (list, tuple, set, frozenset)):
        inside = list(found)
    if dataclasses.is_dataclass(found):
        inside += [getattr(found, each.name, None) for each in dataclasses.fields(found)]
    for each in inside:
        yield from cells(each, seen, depth - 1)


@contextlib.contextmanager
def noting(classes: set[type]) -> Iterator[list[tuple[object, str]]]:
    """Note which attributes of which cells are asked for; what a label asks for itself does not count."""
    noted: list[tuple[object, str]] = []
    before = {each: each.__getattribute__ for each in classes}
    labels: list[str] = []

    def wrapped(cls: type):
        def get_attribute(self, name: str):
            if name in LABELS:
                labels.append(name)
                try:
                    return before[cls](self, name)
                finally:
                    labels.pop()
            if not labels and not name.startswith("_"):
                noted.append((self, name))
            return before[cls](self, name)

        return get_attribute

    for each in classes:
        each.__getattribute__ = wrapped(each)
    try:
        yield noted
    finally:
        for each, its in before.items():
            each.__getattribute__ = its


def unnamed(claim: Claim, found: object) -> dict[str, set[str]]:
    """Return the attributes that an estimand read of cells it does not name, by the cell's key."""
    with noting({type(each) for each in cells(found)}) as noted:
        readings = claim.read(found)
    named = {spec.key for reading in readings for spec in reading.of}
    out: dict[str, set[str]] = {}
    for cell, name in noted:
        if cell.spec.key not in named:
            out.setdefault(cell.spec.key, set()).add(name)
    return out


@dataclasses.dataclass
class Cell:
    """A cell of a made-up study."""

    spec: RunSpec
    count: float

    @property
    def n(self) -> int:
        return self.spec.model.n


def test_a_cell_that_is_read_and_not_named_is_found():
    found = [Cell(RunSpec(TiedAutoencoder(n=4, m=m)), float(m)) for m in (8, 16)]

    def both(of: list[Cell]):
        assert of[0].n == of[1].n
        return read(None, of[:1], ratio=of[0].count / of[1].count)

    def one(of: list[Cell]):
        return read(None, of[:1], ratio=of[0].count / of[1].n)

    claim = Claim("a", "b", Margin("c", 0, 1), "d", estimand=both)
    assert unnamed(claim, found) == {found[1].spec.key: {"count"}}
    assert unnamed(dataclasses.replace(claim, estimand=one), found) == {}
    assert Cell.__getattribute__ is object.__getattribute__


@pytest.mark.parametrize("name", [each for each in names() if each not in FITTED])
def test_every_cell_whose_numbers_are_read_is_named(name: str, store: Store, monkeypatch: pytest.MonkeyPatch):
    study, kept = get(name), SimpleNamespace(found=None)
    examine = study.examine

    def keeping(runs, profile):
        examined = examine(runs, profile)
        kept.found = examined.found
        return examined

    monkeypatch.setattr(study, "examine", keeping)
    study.run("quick", store=store, workers=2)
    asked = [claim for claim in study.claims if claim.estimand is not None]
    found = {claim.text: set[str]().union(*unnamed(claim, kept.found).values()) for claim in asked}
    known = CHOOSING.get(name, set()) | BESIDE.get(name, set())
    assert {text: out for text, its in found.items() if (out := its - known)} == {}
