"""Formulas of the documentation as MathML: what `docs/mathml.py` mends of `math-core`'s output."""

from __future__ import annotations

import html
import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

pytest.importorskip("math_core", reason="needs math-core: pip install 'polygenesis[test]'")
DOCS = Path(__file__).parents[1] / "docs"
spec = importlib.util.spec_from_file_location("mathml", DOCS / "mathml.py")
mathml = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mathml)


def read(made):
    """A formula as a tree; fails where elements are not closed in order."""
    return ElementTree.fromstring(re.sub("&(?!lt;|gt;|amp;)\\w+;", lambda named: html.unescape(named[0]), made))


def tokens(made):
    """The letters and operators of a formula, in order."""
    return re.sub("<[^>]*>", "", made)


def test_a_bracket_of_a_chosen_size_keeps_it_under_an_exponent():
    made = read(mathml.convert(r"\Big( \sum_j a_j \Big)^2", display=True))
    base = made.find("msup")[0]
    assert base.tag == "mrow"
    assert base[0].text == ")"
    sizes = [each.get("minsize") for each in made.iter("mo") if each.text in "()"]
    assert sizes == ["1.623em", "1.623em"]


def test_a_prime_is_not_raised_twice():
    made = read(mathml.convert("t' = 4t", display=True))
    assert made.find("msup") is None
    assert tokens(ElementTree.tostring(made, "unicode")) == "t′=4t"


def test_a_long_formula_in_a_sentence_may_break_after_relations_and_before_sums_only():
    made = mathml.convert(r"L = (1 - c)[(1 - a^2)^2 + b] - 2c\,d \le -1 + u", display=False)
    pieces = [tokens(each) for each in made.split("<wbr>")]
    assert pieces == ["L=", "(1−c)[(1−a2)2+b]", "−2cd≤", "−1", "+u"]
    for each in made.split("<wbr>"):
        read(each)  # whole formulas


def test_a_short_formula_in_a_sentence_stays_whole():
    assert "<wbr>" not in mathml.convert("m = 2n", display=False)


def formulas():
    """Every formula of the Markdown pages: between single or double dollar signs, outside code."""
    for path in sorted(DOCS.rglob("*.md")):
        if "_build" not in path.parts:
            text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            yield from re.findall(r"\$\$(.+?)\$\$|(?<![\\$])\$(?![\s$])([^$]+?)(?<!\s)\$(?!\d)", text, flags=re.DOTALL)


def test_every_formula_of_the_pages_is_whole_mathml_and_loses_nothing_when_it_breaks():
    found = list(formulas())
    assert len(found) > 600
    for block, inline in found:
        whole = mathml.convert(block or inline, display=True)
        read(whole)
        pieces = mathml.convert(block or inline, display=False).split("<wbr>")
        assert "".join(map(tokens, pieces)) == tokens(mathml.convert(block or inline, display=True))
        for each in pieces:
            read(each)


def test_an_unknown_command_is_an_error():
    with pytest.raises(mathml.LatexError):
        mathml.convert(r"\nosuchcommand", display=False)
