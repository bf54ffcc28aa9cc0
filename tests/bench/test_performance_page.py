"""The page of performance says what the committed measurements say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEASURED = [ROOT / "benchmarks" / f"{name}.json" for name in ("bench", "growth", "toys")]


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The script that writes the page, into a folder of the test's own."""
    found = importlib.util.spec_from_file_location("page", ROOT / "benchmarks" / "page.py")
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    (tmp_path / "figures").mkdir()
    history = tmp_path / "history.jsonl"
    history.write_text((ROOT / "benchmarks" / "history.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(script, "DOCS", tmp_path)
    monkeypatch.setattr(script, "HISTORY", history)
    return script


def test_the_page_is_that_of_the_measurements(page):
    page.main(*MEASURED)
    assert (page.DOCS / "performance.md").read_text(encoding="utf-8") == (ROOT / "docs" / "performance.md").read_text(
        encoding="utf-8"
    )


def test_the_history_has_one_line_a_published_run(page):
    lines = page.HISTORY.read_text(encoding="utf-8")
    page.main(*MEASURED)
    assert page.HISTORY.read_text(encoding="utf-8") == lines
