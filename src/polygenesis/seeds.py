"""Random numbers with addresses: which draw it is decides what it is, not when or where it is made.

An address is (root seed, stream, purpose, replicate). The stream is the key of the process being drawn (see
``RunSpec.stream``), so two different specs never share a draw by accident, while replicate k of a spec is the
same numbers in any batch, order, worker or machine and costs nothing of replicates 0 … k−1.
"""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, stream: str, purpose: str, replicate: int = 0) -> np.random.Generator:
    """Return the generator at one address.

    Parameters: the root ``seed`` (>= 0), the ``stream`` (any text, usually a spec's stream key), the
    ``purpose`` ("initial", "noise", …) and the ``replicate`` (>= 0). Counter-based Philox
    (Salmon et al. 2011), keyed by a SeedSequence.
    """
    text = f"{stream}/{purpose}".encode()
    words = np.frombuffer(hashlib.sha256(text).digest(), dtype="<u4")
    sequence = np.random.SeedSequence(entropy=[seed, *(int(word) for word in words)], spawn_key=(replicate,))
    return np.random.Generator(np.random.Philox(sequence))
