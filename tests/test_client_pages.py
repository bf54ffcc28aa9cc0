"""Pages of clients that the documentation does not execute: run before, without errors, and short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[1] / "docs" / "clients").glob("*.ipynb"))
LONGEST = 20


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
