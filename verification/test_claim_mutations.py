"""Every claim is mutated in its margin, its estimand, its regime and its family: the record of margins sees it.

A mutant is the source of a study's claims or estimands with one change, executed as a module of its own. It is killed
where `tests/studies/test_studies_record.py`, which compares `docs/studies/margins.json`, would fail.
`pytest verification/test_claim_mutations.py -s` prints how many there were.
"""

from __future__ import annotations

import ast
import copy
import importlib
import linecache
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from polygenesis.studies import get, names, record

KEPT = record.parse(
    (Path(__file__).parents[1] / "docs/studies/margins.json").read_text(encoding="utf-8"), "margins.json"
)
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def modules(name: str) -> list[types.ModuleType]:
    """The modules of a study that hold its claims and their estimands."""
    package = type(get(name)).__module__
    found = {f"{package}.claims", *(claim.estimand.__module__ for claim in get(name).claims)}
    return [importlib.import_module(each) for each in sorted(found)]


def mutants(tree: ast.Module, functions: set[str]) -> Iterator[tuple[str, ast.Module]]:
    """Yield every mutant of a module: numbers of margins, regimes and families of claims, and each function once."""
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Call) and _called(node).startswith("Margin"):
            for k, inner in enumerate(ast.walk(node)):
                if isinstance(inner, ast.Constant) and type(inner.value) in (int, float):
                    yield f"margin {ast.unparse(node)[:60]}, {inner.value}", _at(tree, at, k, _number)
        elif isinstance(node, ast.Call) and _called(node) == "Claim":
            yield f"regime of {ast.unparse(node.args[0])[:50]}", _at(tree, at, 0, _regime)
            if any(each.arg == "family" for each in node.keywords):
                yield f"family of {ast.unparse(node.args[0])[:50]}", _at(tree, at, 0, _family)
        elif isinstance(node, ast.FunctionDef) and node.name in functions:
            for k, inner in enumerate(ast.walk(node)):
                if type(inner) in SWAPS or (isinstance(inner, ast.Constant) and type(inner.value) in (int, float)):
                    yield f"estimand {node.name}", _at(tree, at, k, _swap)
                    break


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def _at(tree: ast.Module, at: int, inner: int, change) -> ast.Module:
    """A copy of a module with one node changed: the inner-th below the at-th in the order of a walk."""
    mutant = copy.deepcopy(tree)
    outer = next(node for k, node in enumerate(ast.walk(mutant)) if k == at)
    change(next(node for k, node in enumerate(ast.walk(outer)) if k == inner), outer)
    return ast.fix_missing_locations(mutant)


def _number(node: ast.Constant, _: ast.AST) -> None:
    node.value = 2 * node.value if node.value else 1


def _regime(node: ast.Call, _: ast.AST) -> None:
    node.args[3] = ast.Constant("anywhere")


def _family(node: ast.Call, _: ast.AST) -> None:
    node.keywords = [each for each in node.keywords if each.arg != "family"]


def _swap(node: ast.AST, outer: ast.AST) -> None:
    if isinstance(node, ast.Constant):
        node.value = node.value + 1
        return
    for parent in ast.walk(outer):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, SWAPS[type(node)]())
            elif isinstance(value, list) and any(each is node for each in value):
                setattr(parent, field, [SWAPS[type(node)]() if each is node else each for each in value])


def execute(module: types.ModuleType, tree: ast.Module, number: int) -> types.ModuleType:
    """Execute a mutant under the name of its module; its source can be read, as a fingerprint needs it."""
    source, file = ast.unparse(tree), f"<mutant {number} of {module.__name__}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    made = types.ModuleType(module.__name__)
    made.__file__ = file
    exec(compile(source, file, "exec"), made.__dict__)
    return made


def recorded(name: str, module: types.ModuleType, made: types.ModuleType) -> dict[str, object]:
    """What the record says of a module's claims, and of the estimands that it defines."""
    claims = {f"{name}: {claim.text}": record.of_claim(claim) for claim in getattr(made, "CLAIMS", ())}
    estimands = [claim.estimand.__name__ for claim in get(name).claims if claim.estimand.__module__ == module.__name__]
    return {**claims, **{each: {"estimand": record.fingerprint(getattr(made, each))} for each in estimands}}


@pytest.mark.parametrize("name", names())
def test_every_mutant_of_a_claim_is_seen(name, capsys):
    now = {f"{name}: {claim.text}": record.of_claim(claim) for claim in get(name).claims}
    assert not record.differences({key: KEPT[key] for key in now}, now), "the record is not that of the source"
    followed = {part for claim in get(name).claims for part in record.followed(claim.estimand)}
    number, survivors = 0, []
    for module in modules(name):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        before = recorded(name, module, execute(module, tree, number))
        assert not record.differences(before, recorded(name, module, execute(module, tree, number)))
        asked = {part.rpartition(".")[2] for part in followed if part.startswith(f"{module.__name__}.")}
        for what, mutant in mutants(tree, asked):
            number += 1
            try:
                made = execute(module, mutant, number)
            except (ValueError, IndexError):
                continue  # a margin that nothing satisfies, or a claim that names nothing, is refused when it is made
            if not record.differences(before, recorded(name, module, made)):
                survivors.append(what)
    with capsys.disabled():
        print(f"\n{name}: {number} mutants, {len(survivors)} not seen")
    assert number >= 3 * len(get(name).claims)
    assert not survivors
