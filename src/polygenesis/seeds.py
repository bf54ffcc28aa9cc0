"""Random numbers with addresses: which draw it is decides what it is, not when or where it is made.

An address is (root seed, stream, purpose, replicate). The stream says what is drawn (see ``RunSpec.streams``): specs
that begin with the same law of weights of one size share their starts, replicate by replicate, on purpose, and no
draw by accident. Replicate k of a spec is the same numbers in any batch, order, worker or machine and costs
nothing of replicates 0 … k−1.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np


class Streams(NamedTuple):
    """Where a spec's random numbers stand, by purpose: the start W(0), the data that it trains on, and the noise."""

    start: str
    data: str
    noise: str


def generator(seed: int, stream: str, purpose: str, replicate: int = 0) -> np.random.Generator:
    """Return the generator at one address.

    Parameters: the root ``seed`` (>= 0), the ``stream`` (any text, usually one of a spec's streams), the
    ``purpose`` ("initial", "noise", …) and the ``replicate`` (>= 0). Counter-based Philox
    (Salmon et al. 2011), keyed by a SeedSequence.
    """
    text = f"{stream}/{purpose}".encode()
    words = np.frombuffer(hashlib.sha256(text).digest(), dtype="<u4")
    sequence = np.random.SeedSequence(entropy=[seed, *(int(word) for word in words)], spawn_key=(replicate,))
    return np.random.Generator(np.random.Philox(sequence))
