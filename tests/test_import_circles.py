"""Imports run one way inside folders too: no file is needed, by any path, by what it needs itself."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import grimp
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components


def circles(needs: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that need each other: the strongly connected components of more than one."""
    names = sorted(needs)
    place = {name: index for index, name in enumerate(names)}
    pairs = [(place[name], place[other]) for name, others in needs.items() for other in others]
    graph = csr_array((np.ones(len(pairs)), tuple(zip(*pairs, strict=True))), shape=(len(names), len(names)))
    _, group = connected_components(graph, connection="strong")
    found = itertools.groupby(sorted(names, key=lambda name: group[place[name]]), key=lambda name: group[place[name]])
    return [members for _, each in found if len(members := list(each)) > 1]


def needs() -> dict[str, set[str]]:
    """What each module imports, inside functions too; a folder's ``__init__`` runs before what lies in it.

    Imports for type checkers alone do not count: a value may name the type of what draws or writes it.
    """
    graph = grimp.build_graph("polygenesis", exclude_type_checking_imports=True, cache_dir=None)
    found = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    for module, imported in found.items():
        for other in list(imported):
            parts = other.split(".")
            parents = {".".join(parts[:length]) for length in range(2, len(parts))}
            imported |= {parent for parent in parents if not f"{module}.".startswith(f"{parent}.")}
    del found["polygenesis"]  # loads everything by name when asked
    return {module: imported - {"polygenesis", module} for module, imported in found.items()}


def test_no_module_needs_what_needs_it():
    assert circles(needs()) == []


def test_a_circle_would_be_found():
    found = needs()
    assert "polygenesis.dynamics.run" in found["polygenesis.dynamics.simulate"]
    found["polygenesis.dynamics.outcome"].add("polygenesis.dynamics.simulate")
    (circle,) = circles(found)
    assert {"polygenesis.dynamics.outcome", "polygenesis.dynamics.run", "polygenesis.dynamics.simulate"} <= set(circle)
