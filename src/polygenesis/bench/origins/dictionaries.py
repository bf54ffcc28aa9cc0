"""Dictionaries of several seeds with known features: the same directions in another order, noisy, some missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.bench.origins.case import Case, Truth

RUNS = 5


def permuted(
    seed: int, *, features: int = 40, neurons: int = 64, shared: int = 12, noise: float = 0.1, missing: int = 0,
    related: bool = True, runs: int = RUNS,
) -> Case:  # fmt: skip
    """Decoders (latents, neurons), rows of length 1, in an order of their own in every seed, as training gives them.

    Each feature has one neuron, and ``shared`` neurons have two. ``related``: all seeds describe one network, so every
    pair comes back once rows are matched (truth: D near 1); else each seed has a network of its own, and matching
    must fail (nothing in row i of one seed is row i of another). ``noise``: of a row, relative to its length.
    ``missing``: rows of each seed that are random directions instead of features. ``truth.orders`` (R, latents) is the
    feature in each row, −1 where it has none.
    """
    rng = seeds.generator(seed, f"bench/origins/dictionaries-{features}x{neurons}", "network")
    network = _code(features, neurons, shared, rng)
    decoders, orders, carried = [], [], []
    for r in range(runs):
        own = seeds.generator(seed, f"bench/origins/dictionaries-{features}x{neurons}", "run", r)
        code = network if related else _code(features, neurons, shared, own)
        order = own.permutation(features)
        rows = code[order] + noise * own.standard_normal((features, neurons)) / neurons**0.5
        lost = own.choice(features, missing, replace=False)
        rows[lost] = own.standard_normal((missing, neurons)) / neurons**0.5
        order[lost] = -1
        decoders.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
        orders.append(order)
        carried.append(code != 0)
    truth = Truth("task" if related else "chance", carried=np.stack(carried), orders=np.stack(orders))
    kind = f"dictionaries-{'related' if related else 'unrelated'}"
    return Case(kind, seed, {"activations": np.stack(decoders)}, truth)


def _code(features: int, neurons: int, shared: int, rng: np.random.Generator) -> Floats:
    """Rows of length 1 on one neuron each, with random signs; 2 · ``shared`` of them two to a neuron."""
    places = np.concatenate([np.repeat(np.arange(shared), 2), np.arange(shared, features - shared)])
    code = np.zeros((features, neurons))
    code[rng.permutation(features), rng.permutation(neurons)[places]] = rng.choice([-1.0, 1.0], features)
    return code


def written(case: Case, folder: str | Path) -> Case:
    """Write each decoder as a folder of cfg.json and safetensors, as SAELens does, and give the case by folders."""
    from safetensors.numpy import save_file

    folders = []
    for r, decoder in enumerate(case.arguments["activations"]):
        place = Path(folder) / f"seed-{r}"
        place.mkdir(parents=True, exist_ok=True)
        settings = {"d_in": decoder.shape[1], "d_sae": decoder.shape[0]}
        (place / "cfg.json").write_text(json.dumps(settings), encoding="utf-8")
        save_file({"W_dec": decoder.astype(np.float32)}, place / "sae_weights.safetensors")
        folders.append(str(place))
    return case.given(activations=folders)
