"""The README is executed: examples print what stands below them, commands exist, links lead somewhere."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from pathlib import Path

import pytest

from polygenesis.citations import PAPER, bibtex

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """All code blocks in order: (language, text)."""
    return BLOCK.findall(README)


def test_examples_print_what_stands_below_them():
    names: dict[str, object] = {}
    found = blocks()
    examples = [i for i, (language, _) in enumerate(found) if language == "python"]
    assert examples
    for i in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(found[i][1], f"README.md, block {i}", "exec"), names)
        assert found[i + 1][0] == "text", "an example is followed by what it prints"
        assert printed.getvalue().rstrip() == found[i + 1][1].rstrip()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_make_knows_every_target_that_is_named(name: str):
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = re.findall(r"`([^`\n]+)`", text) + [line for _, block in BLOCK.findall(text) for line in block.splitlines()]
    targets = {each.split()[1] for each in shown if each.startswith("make ")}
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert "test" in targets
    assert targets <= known


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "VISION.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(name: str):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    files = [each for each in links if "://" not in each]
    assert all((ROOT / each).exists() for each in files), files


def test_the_citation_is_the_one_that_the_package_knows():
    assert ("bibtex", bibtex([PAPER])) in blocks()


@pytest.mark.torch
def test_the_example_of_a_pressure_is_one(tmp_path, monkeypatch):
    """It has all that the protocol asks for, and its value is the formula."""
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    from polygenesis.penalties.l2 import L2

    block = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (tmp_path / "saturating.py").write_text(block, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    penalty = importlib.import_module("saturating").Saturating(0.5)
    assert {each for each in dir(L2(0.5)) if each[0] != "_"} <= set(dir(penalty))
    weights = torch.tensor([[[1.0, 2.0], [0.0, -1.0]]])
    assert penalty.value({"weights": weights}, None).tolist() == pytest.approx([0.5 * (0.5 + 0.8 + 0.5)])


def test_the_manual_cites_the_paper_as_the_code_does():
    assert bibtex([PAPER]).strip() in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
