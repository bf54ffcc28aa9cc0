"""Pages of clients: those that the documentation does not execute were run without errors, and all are short."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "clients"
PAGES = sorted(FOLDER.glob("*.ipynb"))
LONGEST = 20
WIDEST = 76
"""Characters of a line of code that fit into a page's text column."""


def cells(page):
    return [each for each in json.loads(page.read_text(encoding="utf-8"))["cells"] if each["cell_type"] == "code"]


def test_there_are_pages():
    assert {page.stem for page in PAGES} >= {"hugging_face", "transformer_lens"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_was_run_and_shows_a_picture(page):
    outputs = [output for cell in cells(page) for output in cell["outputs"]]
    assert all(cell["execution_count"] for cell in cells(page))
    assert all(output["output_type"] != "error" for output in outputs)
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert any("shared neurons a run" in "".join(output.get("text", "")) for output in outputs)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_diagnosis_takes_few_lines(page):
    lines = [line for cell in cells(page) for line in "".join(cell["source"]).splitlines() if line.strip()]
    first = next(i for i, line in enumerate(lines) if "diagnose" in line)
    assert first < LONGEST


def code(page):
    """The code of a page, notebook or Markdown, without its fences and their options."""
    if page.suffix == ".ipynb":
        return "\n".join("".join(cell["source"]) for cell in cells(page))
    return "\n".join(re.findall(r"^```\{code-cell\}.*?\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S))


@pytest.mark.parametrize("page", [*PAGES, *sorted(FOLDER.glob("*.md"))], ids=lambda page: page.stem)
def test_no_line_of_code_is_wider_than_the_page(page):
    lines = code(page).splitlines()
    assert lines or page.stem == "index"
    assert [line for line in lines if len(line) > WIDEST] == []
