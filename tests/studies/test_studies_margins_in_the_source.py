"""The judge tests the numbers of a claim's margin, and nothing else in `studies` tests anything."""

import ast
from pathlib import Path

import pytest

from polygenesis.studies import get, names

FOLDER = Path(__file__).parents[2] / "src" / "polygenesis" / "studies"
TESTS = {"agrees", "mean_agrees", "proportion_agrees", "ratio_agrees", "samples_agree", "share_agrees"}
"""The equivalence tests of `stats` and `studies.shares`: each takes a margin."""

JUDGES = {"assumptions.py", "evidence.py", "counts.py", "paired.py", "shares.py"}
"""Where evidence is tested against the margin that a claim hands over."""


def calls(path):
    """Every call of an equivalence test in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in TESTS:
                yield node


def literals(call):
    """Every number but 0 that is written into the arguments of a call."""
    given = [*call.args, *(each.value for each in call.keywords)]
    inside = [node for argument in given for node in ast.walk(argument)]
    return [
        node.value
        for node in inside
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value
    ]


FILES = sorted(FOLDER.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_study_tests_a_margin_of_its_own(path):
    found = list(calls(path))
    assert not [literals(call) for call in found if literals(call)]
    if path.name not in JUDGES or path.parent != FOLDER:
        assert not found, "an estimand reads evidence; the judge tests it against the claim's margin"


def test_the_search_finds_what_it_looks_for(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text("from polygenesis import stats\nstats.agrees(found, 0.9, upper=1.1)\n")
    (call,) = calls(planted)
    assert literals(call) == [0.9, 1.1]
    assert sum(bool(list(calls(FOLDER / name))) for name in JUDGES) == len(JUDGES)


def test_every_verdict_is_the_judges():
    """Nobody but the judge makes a judgement or names a verdict to give."""
    for path in FILES:
        made = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Judgement"
        ]
        assert not made or path.name == "judging.py", path


@pytest.mark.parametrize("name", names())
def test_every_claim_is_whole(name):
    claims = get(name).claims
    assert claims
    for claim in claims:
        assert claim.estimand is not None
        assert claim.estimand.__doc__
        assert all((claim.text, claim.source, claim.regime, claim.margin.quantity))
        assert claim.sentence.endswith((".", "}"))
    assert len({claim.text for claim in claims}) == len(claims)
    assert len({claim.estimand for claim in claims}) == len(claims)
