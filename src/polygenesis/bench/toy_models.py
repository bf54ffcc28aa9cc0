"""The general engine on toy models beside plain PyTorch loops: warmed up, in turns, on one thread and on all cores."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np

from polygenesis.bench import loops
from polygenesis.bench.base import Goal, Row
from polygenesis.bench.baseline import NO_TORCH, torch_is_there
from polygenesis.bench.timing import cores, median_seconds, seconds_on_all_cores
from polygenesis.dynamics.simulate import simulate
from polygenesis.features import Bernoulli, Digits, Markov
from polygenesis.models import Autoencoder, Perceptron, Transformer
from polygenesis.numerals import counted
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.training import Adam


def bottlenecks(
    name: str, goal: Goal, *, replicates: int, sparsities: int = 1, batch: int = 1024, steps: int = 300, rounds: int = 5
) -> Row:
    """Compare 5 features in 2 dimensions at some sparsities; the loop goes over sparsities."""
    chances = [0.1] if sparsities == 1 else [float(p) for p in np.geomspace(1, 0.01, sparsities)]
    specs = [
        RunSpec(
            Autoencoder(5, 2, tied=True, output_bias=True),
            features=Bernoulli(p, magnitude="uniform"),
            penalty=NoPenalty(),
            training=Adam(lr=1e-3, steps=steps, batch_size=batch),
            replicates=replicates,
            precision="float32",
        )
        for p in chances
    ]

    def loop() -> None:
        for p in chances:
            loops.bottleneck(replicates, p, n=5, m=2, batch=batch, steps=steps)

    grid = f"{sparsities} sparsities × " if sparsities > 1 else ""
    what = f"toy model: n = 5, m = 2, batch {batch:,}, Adam, {steps} steps, {grid}{counted(replicates, 'replicate')}"
    return compared(name, what, goal, loop, specs, rounds)


def untied(
    name: str, goal: Goal, *, n: int = 32, m: int = 64, replicates: int = 256, steps: int = 100, looped: int = 8
) -> Row:
    """Compare untied autoencoders on one-hot inputs with a loop over single models, scaled to all of them."""
    spec = RunSpec(
        Autoencoder(n, m, output_bias=True),
        penalty=L1(0.016),
        training=Adam(lr=1e-3, steps=steps),
        replicates=replicates,
        precision="float32",
    )
    what = f"untied autoencoder: n = {n}, m = {m}, Adam, {steps} steps, {replicates} replicates"
    scale = replicates / min(looped, replicates)
    return compared(
        name, what, goal, lambda: loops.untied(min(looped, replicates), n=n, m=m, steps=steps), [spec], 5, scale
    )


def digits(name: str, goal: Goal, *, m: int = 32, replicates: int = 8, steps: int = 300, rounds: int = 3) -> Row:
    """Compare perceptrons on all of scikit-learn's digits with a loop over single models."""
    spec = RunSpec(
        Perceptron(64, m, outputs=10),
        features=Digits(),
        penalty=NoPenalty(),
        training=Adam(lr=1e-3, steps=steps),
        replicates=replicates,
        precision="float32",
    )
    what = f"perceptron on 1,438 digits: m = {m}, Adam, {steps} steps, {replicates} replicates"
    images, labels = Digits().images()
    return compared(
        name, what, goal, lambda: loops.classifiers(replicates, images, labels, m=m, steps=steps), [spec], rounds
    )


def transformers(
    name: str, goal: Goal, *, replicates: int = 8, steps: int = 60, batch: int = 16, size: int = 32, rounds: int = 3
) -> Row:
    """Compare small transformers with a loop over single models of the same layers; the loop's tokens cost nothing."""
    spec = RunSpec(
        Transformer(n=size, m=4 * size, vocabulary=size, width=size),
        features=Markov(size),
        penalty=NoPenalty(),
        training=Adam(lr=1e-3, steps=steps, batch_size=batch),
        replicates=replicates,
        precision="float32",
    )
    start = simulate(spec.replace(training=Adam(steps=0, batch_size=batch))) if torch_is_there() else None
    what = f"transformer: context, width, vocabulary {size}, batch {batch}, {steps} steps, {replicates} seeds"

    def loop() -> None:
        assert start is not None
        loops.transformers(replicates, start.network, batch=batch, steps=steps)

    return compared(name, what, goal, loop, [spec], rounds)


def compared(
    name: str,
    what: str,
    goal: Goal,
    loop: Callable[[], None],
    specs: Sequence[RunSpec],
    rounds: int,
    scale: float = 1.0,
) -> Row:
    """Time a loop and our specs in turns on one thread each, and both on all cores where there are several.

    ``scale``: how many times the loop's work the whole is. On all cores, the loop's library uses them, and our
    replicates are tasks of worker processes.
    """
    if not torch_is_there():
        return Row(name=name, what=what, goal=goal, how="not measured", skipped=NO_TORCH)
    import torch

    def ours() -> None:
        for spec in specs:
            simulate(spec)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        pairs = [(_seconds(loop), _seconds(ours)) for _ in range(rounds + 1)][1:]  # the first does not count
        torch.set_num_threads(cores())
        spread = scale * median_seconds(loop, repeats=rounds) if cores() > 1 else None
    finally:
        torch.set_num_threads(threads)
    baseline, own = (statistics.median(each) for each in zip(*pairs, strict=True))
    details: dict[str, object] = {"ratios": [scale * one / other for one, other in pairs]}
    if spread is not None:
        tasks = [spec.replace(replicates=1, seed=seed) for spec in specs for seed in range(spec.replicates)]
        details |= {"all_cores_baseline": spread, "all_cores_ours": seconds_on_all_cores(tasks, tasks[0])}
    part = "" if scale == 1 else f"; the loop over {1 / scale:.1%} of the networks, scaled"
    how = f"one thread, both warmed up, medians of {rounds} turns{part}"
    return Row(name=name, what=what, goal=goal, how=how, baseline=scale * baseline, ours=own, details=details)


def _seconds(call: Callable[[], None]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
