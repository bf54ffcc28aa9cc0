"""Stored diagnoses that somebody changed, checksum and all: one sentence, or a page that runs nothing."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import polygenesis as pg
from polygenesis.errors import StoreError
from polygenesis.probe.keeping import storing


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A real diagnosis in a folder, and its JSON."""
    rng = np.random.default_rng(0)
    labels = rng.random((200, 3)) < 0.4
    both = labels[:, 0].astype(float) + labels[:, 1]
    given = np.stack([both + 0.1 * rng.standard_normal(200) for _ in range(4)], 1)
    folder = tmp_path_factory.mktemp("stored") / "found"
    found = pg.diagnose(given, labels, draws=99)
    assert found.shared
    found.save(folder)
    return folder, json.loads((folder / "diagnosis.json").read_text())


@pytest.fixture
def change(stored, tmp_path):
    """Write a copy of the diagnosis with another value in every field of a name; return its folder."""
    shutil.copytree(stored[0], tmp_path / "found")

    def changed(field, value):
        content = {key: each for key, each in stored[1].items() if key != "checksum"}
        content["value"] = replaced(content["value"], field, value)
        content["checksum"] = storing._checksum(content)
        (tmp_path / "found" / "diagnosis.json").write_text(json.dumps(content))
        return tmp_path / "found"

    return changed


def replaced(tree, field, value):
    if isinstance(tree, dict):
        return {key: value if key == field else replaced(each, field, value) for key, each in tree.items()}
    return [replaced(each, field, value) for each in tree] if isinstance(tree, list) else tree


FIELDS = ("neuron", "run", "strengths", "copies", "mark", "q", "value", "level", "names", "clauses", "told", "size")
WRONG = ("<b>", ["<b>"], None, -1, 10**6, 0.5, {"$float": "nan"}, {"$tuple": ["<b>"]}, {"$texts": ["<b>"]})


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_another_kind_is_one_sentence_or_is_shown_as_text(change, field):
    refused = 0
    for value in WRONG:
        folder = change(field, value)
        try:
            found = pg.load(folder)
        except StoreError as error:
            refused += "\n" not in str(error)
            continue
        assert ">, <b>" not in found.to_html(), value
        assert found.to_html().count("<b>") == pg.load(folder).to_html().count("<b>"), value
        assert repr(found)
    assert refused >= 5


def test_a_width_that_no_text_needs_is_one_sentence(change):
    for texts in ([], ["a"]):
        wide = {"$texts": texts, "shape": [len(texts)], "dtype": "<U900000000"}
        with pytest.raises(StoreError, match="letters are declared"):
            pg.load(change("record", wide))


@pytest.mark.parametrize("spoil", [{"n": float("nan")}, {"arrays": 3}, {"schema": -5}, {"schema": True}, {"value": []}])
def test_odd_content_is_one_sentence(change, stored, spoil):
    folder = change("nothing", 0)
    (folder / "diagnosis.json").write_text(json.dumps({**stored[1], **spoil}))
    with pytest.raises(StoreError):
        pg.load(folder)


@pytest.mark.parametrize("depth", [300, 900, 990, 5000, 10**5])
def test_deep_content_is_one_sentence(change, stored, depth):
    folder = change("nothing", 0)
    text = json.dumps({**stored[1], "deep": 0}).replace('"deep": 0', f'"deep": {"[" * depth}{"]" * depth}')
    (folder / "diagnosis.json").write_text(text)
    with pytest.raises(StoreError):
        pg.load(folder)
