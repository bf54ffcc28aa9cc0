"""The examples of diagnosed networks: digits at a small size, the tokenizer and WordNet's reader on files made here."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from polygenesis.stats import Estimate

EXAMPLES = Path(__file__).parents[2] / "examples" / "diagnose"


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield
    for name in ("digits", "page_tables", "sources", "wordnet", "sentence_encoder"):
        sys.modules.pop(name, None)


@pytest.mark.torch
def test_digits_share_the_same_pairs_with_every_seed():
    pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    import digits

    found, untrained, accuracy = digits.diagnosed(digits.trained(16, 0.0, seeds=4, steps=150))
    assert accuracy > 0.85
    assert found.findings.recurrence.found
    assert found.verdict.origin.name == "PARTLY_STRUCTURED"
    assert 0 < found.structured.lower < found.structured.value < found.structured.upper
    column = digits.column(found, untrained, accuracy)
    said = found.verdict.sentence
    value, least, most = re.fullmatch(r"(.*) \((.*) to (.*)\)", column["structured"]).groups()
    assert f"at least {least} of the co-selections" in said
    assert f"(estimate {value}, at most {most})" in said
    assert (
        float(column["shared before training"]) < float(column["shared neurons"]) <= float(column["live neurons"]) <= 16
    )
    assert len(untrained.shared) == float(column["shared before training"]) * 4


def test_a_table_has_a_line_for_what_any_network_shows(tmp_path, monkeypatch):
    import page_tables

    monkeypatch.setattr(page_tables, "FOLDER", tmp_path)
    path = page_tables.write("table.md", {"first": {"live": "3"}, "second": {"live": "4", "shared": "2"}})
    lines = path.read_text("utf-8").splitlines()
    assert lines[:4] == ["|  | first | second |", "| --- | --- | --- |", "| live | 3 | 4 |", "| shared |  | 2 |"]
    assert lines[4:] == ["", lines[-1]]
    assert re.fullmatch(r"<small>Made with polygenesis .*; compiled code [0-9a-f]{16}\.</small>", lines[-1])


def test_bounds_in_tables_are_rounded_outwards():
    import page_tables

    share = Estimate(0.4551, 0.3762, 0.6851, 0.95, "left out", 5)
    assert page_tables.share(share) == "46 % (37 % to 69 %)"
    assert page_tables.bound(replace(share, lower=0.2789)) == "at least 27 %"


def test_the_verdicts_of_neighbouring_thresholds_are_said_once():
    import page_tables

    rows = [(0.7, "STRUCTURED"), (0.75, "STRUCTURED"), (0.8, "PARTLY_STRUCTURED"), (0.9, "STRUCTURED")]
    found = SimpleNamespace(sensitivity=[{"threshold": at, "verdict": verdict} for at, verdict in rows])
    assert page_tables.verdicts(found) == "structured .7–.75, partly structured .8, structured .9"


@pytest.mark.torch
def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((EXAMPLES / "own_network.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert not cell["outputs"]
            exec("".join(cell["source"]), names)
    found, printed = names["found"], capsys.readouterr().out
    assert found.verdict.origin.name == "PARTLY_STRUCTURED"
    assert names["pair"].mark == "strangers"
    assert names["split"].after == pytest.approx(names["split"].before, rel=1e-5)
    assert "Unknown layer 'relu'; known: 0, 1, 2." in printed
    for first in ("One network cannot tell chance from structure", "Partly structured: at least", "what to do next"):
        assert first in printed
    assert (tmp_path / "diagnosis.html").stat().st_size > 10_000


def test_a_missing_package_is_one_sentence_with_its_command(capsys):
    import sources

    with pytest.raises(SystemExit) as ended:
        sources.package("no_such_package", "pip install it")
    assert not ended.value.code
    assert capsys.readouterr().out == "Skipped: the package 'no_such_package' is not installed; run `pip install it`.\n"
    with pytest.raises(SystemExit):
        sources.installed(Path("/no/such/folder"), "apt-get install it")
    assert capsys.readouterr().out.startswith("Skipped: /no/such/folder does not exist; run `apt-get install it`.")


@pytest.mark.torch
def test_word_pieces_are_the_longest_that_fit(tmp_path):
    pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    from sentence_encoder import WordPieces, batches

    pieces = ["[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "cafe", ".", "##a", "a"]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    tokenizer = WordPieces(tmp_path)
    assert tokenizer("Unaffable café.") == [1, 3, 4, 5, 6, 7, 2]
    assert tokenizer("a qux") == [1, 9, 0, 2]
    texts = ["a", "unaffable", "cafe a", "cafe"]
    found = {i: row.tolist() for part, rows in batches(tokenizer, texts) for i, row in zip(part, rows, strict=True)}
    assert found == {i: tokenizer(text) for i, text in enumerate(texts)}


WORDNET = """  1 a licence line
00000001 03 n 01 thing 0 000 | anything
00000002 05 n 01 beast 0 001 @ 00000001 n 0000 | an animal
00000003 05 n 02 cat 0 puss 0 001 @ 00000002 n 0000 | it purrs
00000004 05 n 01 dog 0 001 @ 00000002 n 0000 | it barks
00000005 18 n 01 dog 1 001 @ 00000001 n 0000 | a dull fellow
00000006 18 n 01 king 0 001 @ 00000001 n 0000 | he rules
"""


def test_nouns_go_to_the_classes_of_their_usual_senses(tmp_path):
    import wordnet

    (tmp_path / "data.noun").write_text(WORDNET, encoding="latin-1")
    index = (
        "  1 a licence line\ncat n 1 1 @ 1 1 00000003\ndog n 2 1 @ 2 2 00000004 00000005\nking n 1 1 @ 1 1 00000006\n"
    )
    (tmp_path / "index.noun").write_text(index, encoding="latin-1")
    uses = "cat%1:05:00:: 1 7\ndog%1:05:00:: 1 8\ndog%1:18:01:: 2 2\nking%1:18:00:: 1 3\nking%2:31:00:: 1 9\n"
    (tmp_path / "cntlist.rev").write_text(uses, encoding="latin-1")
    assert wordnet.usual_senses(tmp_path) == {"cat": 3, "dog": 4, "king": 6}
    found = wordnet.classes(2, 2, tmp_path)
    assert {name: (each.words, each.topic) for name, each in found.items()} == {"beast": (("cat", "dog"), "animal")}
    assert list(wordnet.classes(1, 1, tmp_path)) == ["cat", "dog", "king"]


def test_the_forward_pass_of_every_layer_can_be_hooked():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    import sentence_encoder

    from polygenesis.probe import capture

    torch.manual_seed(0)
    model = sentence_encoder.SentenceEncoder(vocabulary=20, places=8).eval()
    texts = torch.tensor([[1, 5, 6, 2], [1, 7, 8, 2]])
    neurons, _ = capture(model, "layers.5.words", [texts, texts[:, :3]], pool="mean")
    assert neurons.shape == (4, sentence_encoder.MIDDLE)
    assert np.linalg.norm(model(texts).detach().numpy(), axis=1) == pytest.approx([1, 1], abs=1e-5)
