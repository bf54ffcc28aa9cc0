"""Sequences of tokens, for models of language: characters of a text, or a random Markov chain."""

from __future__ import annotations

import functools
from dataclasses import field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis import seeds
from polygenesis.arrays import Floats, Integers
from polygenesis.checks import NonNegativeInt, PositiveFloat, PositiveInt, part
from polygenesis.errors import InputError, bad_argument
from polygenesis.features.base import Batch


class Tokens:
    """What sequences of tokens share: inputs are token numbers, and the class at each position is the next token."""

    tokens: ClassVar[bool] = True

    def firing_probabilities(self, n: int) -> Floats:
        """Return 1 for every position: there is a token everywhere."""
        return np.ones(n)

    def mean_squares(self, n: int) -> Floats:
        """Return 1 for every position; the loss of classes does not use it."""
        return np.ones(n)

    def importance(self, n: int) -> Floats | None:
        """All positions are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Sequences are drawn."""
        return None


@part
class Text(Tokens):
    """Passages of a text file, drawn at random, letter by letter; the vocabulary is the letters that occur.

    ``path``: of a UTF-8 file. ``limit``: how many of its first letters are used; 0 is all. ``samples``: number of
    passages that every replicate draws once, or 0 for fresh ones at every step.
    """

    path: str
    limit: NonNegativeInt = 0
    samples: NonNegativeInt = 0
    kind: Literal["text"] = field(default="text", kw_only=True, repr=False)

    @property
    def classes(self) -> int:
        """The number of different letters."""
        return len(self.letters)

    @property
    def letters(self) -> str:
        """The letters that occur, in the order of their code points; the number of a letter is its place."""
        return _read(self.path, self.limit)[0]

    def firing_probabilities(self, n: int) -> Floats:
        """Return 1 for every position; refuses a context that is longer than the text."""
        letters = len(_read(self.path, self.limit)[1])
        if n >= letters:
            raise bad_argument("model.n", f"be below the {letters} letters of the text", n)
        return np.ones(n)

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw passages, (count, n), with the letters that follow."""
        self.firing_probabilities(n)
        text = _read(self.path, self.limit)[1]
        places = generator.integers(len(text) - n, size=count)[:, None] + np.arange(n + 1)
        passages = text[places]
        return Batch(passages[:, :-1].astype(np.float64), labels=passages[:, 1:])


@part
class Markov(Tokens):
    """A random Markov chain over a vocabulary: the next token has probability ∝ e^(sharpness × normal) given the last.

    ``vocabulary``: number of tokens. ``sharpness``: standard deviation of the logits. ``pattern``: number of the draw
    of the chain; the same for all replicates and seeds. ``samples``: number of sequences that every replicate draws
    once, or 0 for fresh ones at every step.
    """

    vocabulary: Annotated[PositiveInt, Field(ge=2, le=4096)]
    sharpness: Annotated[PositiveFloat, Field(le=100)] = 2.0
    pattern: NonNegativeInt = 0
    samples: NonNegativeInt = 0
    kind: Literal["markov"] = field(default="markov", kw_only=True, repr=False)

    @property
    def classes(self) -> int:
        """The number of tokens."""
        return self.vocabulary

    def chain(self) -> Floats:
        """Return the probability of each token (column) after each (row)."""
        return _chain(self.vocabulary, self.sharpness, self.pattern)

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw sequences, (count, n), each from a uniformly drawn first token."""
        ends = self.chain().cumsum(axis=1)
        ends[:, -1] = 1.0
        rows = (ends + np.arange(self.vocabulary)[:, None]).reshape(-1)  # one increasing list: row k from k to k + 1
        found = np.empty((count, n + 1), dtype=np.int64)
        found[:, 0] = generator.integers(self.vocabulary, size=count)
        for t in range(n):
            last = found[:, t]
            after = np.searchsorted(rows, last + generator.random(count), side="right") - last * self.vocabulary
            found[:, t + 1] = np.clip(after, 0, self.vocabulary - 1)
        return Batch(found[:, :-1].astype(np.float64), labels=found[:, 1:])


@functools.lru_cache(maxsize=4)
def _chain(vocabulary: int, sharpness: float, pattern: int) -> Floats:
    logits = sharpness * seeds.generator(pattern, "markov", "chain").standard_normal((vocabulary, vocabulary))
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


@functools.lru_cache(maxsize=4)
def _read(path: str, limit: int) -> tuple[str, Integers]:
    """Return the letters of a text and their numbers, one after the other."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"Features 'text' cannot read {path!r}: {said}.") from None
    text = text[: limit or None]
    letters = "".join(sorted(set(text)))
    if len(letters) < 2:
        raise InputError(f"Features 'text' need at least 2 different letters, but {path!r} has {len(letters)}.")
    points, letter_points = (np.frombuffer(each.encode("utf-32-le"), dtype="<u4") for each in (text, letters))
    return letters, np.searchsorted(letter_points, points).astype(np.int64)
