"""No report runs what it shows: hostile texts in every field, in a browser that counts what runs."""

from __future__ import annotations

import re

import pytest
from hostile_studies import SHOWN, study

from hostile_texts import ALL, EVERY, tagged, texts
from polygenesis.report import render, write_pages


def test_reports_run_nothing(hostile, tmp_path):
    results = [study(index) for index in EVERY]
    facts = {tagged("fact", index): tagged("value", index) for index in EVERY}
    asked = {each.name: tagged("question", index) for index, each in enumerate(results)}
    path = render(results, tmp_path, title=ALL, context=facts, questions=asked)
    hostile.show(path.read_bytes(), tmp_path)
    hostile.found([*texts(*SHOWN, "fact", "value", "question"), ALL], scripts=1)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    results = [study(index) for index in EVERY]
    asked = {each.name: tagged("question", index) for index, each in enumerate(results)}
    return [*write_pages(results, folder, questions=asked), folder / "index.md"]


def test_study_pages_run_nothing_once_they_are_rendered(hostile, pages, tmp_path):
    markdown_it = pytest.importorskip("markdown_it")
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    made = "".join(reader.render(each.read_text("utf-8")) for each in pages)
    made = made.replace('<img src="figures/', '<img data-src="')
    hostile.show(f"<!doctype html><meta charset=utf-8>{made}", tmp_path)
    places = [each for each in SHOWN if each != "answered"]
    hostile.found(texts(*places, "question", "figure"), scripts=0)


def test_nothing_in_study_pages_is_a_role_or_directive(pages):
    for page in pages[:-1]:
        lines = page.read_text("utf-8").splitlines()
        assert not [line for line in lines if line.startswith(("{", ":::", "```", "%", "+++", "("))]
        assert not [line for line in lines if "{raw}`" in re.sub("(`+)[^`].*?\\1(?!`)", "", line)]
