"""How many replicates a second the general engine trains, against a loop over single PyTorch models.

    python benchmarks/replicates.py [--replicates 256] [--steps 100]

One thread, CPU time (other work on the machine does not count). Both sides train the same networks, an untied
autoencoder with n = 32 features and m = 64 neurons on the one-hot inputs, by Adam in float32; the loop uses
``torch.nn`` and ``torch.optim`` as a tutorial would. The loop is timed on a few networks and scaled. Both sides are
warmed up by a call that does not count (PyTorch's first backward pass takes seven times as long as the next ones), and
take turns; the medians over the rounds are compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import torch

from polygenesis.dynamics import simulate
from polygenesis.models import Autoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.training import Adam

N, M, LOOPED, ROUNDS = 32, 64, 6, 5
"""Features, neurons, networks that the loop trains in a round, and rounds."""


def looped(steps: int) -> float:
    """CPU seconds of one network of the loop."""
    start = time.process_time()
    for seed in range(LOOPED):
        torch.manual_seed(seed)
        encode, decode = torch.nn.Linear(N, M, bias=False), torch.nn.Linear(M, N)
        model = torch.nn.Sequential(encode, decode, torch.nn.ReLU())
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        inputs = torch.eye(N)
        for _ in range(steps):
            optimizer.zero_grad()
            penalty = 0.016 * (encode.weight.abs().sum() + decode.weight.abs().sum())
            (((model(inputs) - inputs) ** 2).sum() + penalty).backward()
            optimizer.step()
    return (time.process_time() - start) / LOOPED


def together(replicates: int, steps: int) -> float:
    """CPU seconds a network of the general engine."""
    spec = RunSpec(
        Autoencoder(N, M, output_bias=True),
        penalty=L1(0.016),
        training=Adam(lr=1e-3, steps=steps),
        replicates=replicates,
        precision="float32",
    )
    start = time.process_time()
    simulate(spec)
    return (time.process_time() - start) / replicates


def main() -> None:
    """Measure both and print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=256)
    parser.add_argument("--steps", type=int, default=100)
    given = parser.parse_args()
    torch.set_num_threads(1)
    looped(given.steps), together(given.replicates, given.steps)
    rounds = [(looped(given.steps), together(given.replicates, given.steps)) for _ in range(ROUNDS)]
    loop, batch = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratios = [one / other for one, other in rounds]
    print(
        json.dumps(
            {
                "n": N,
                "m": M,
                "replicates": given.replicates,
                "steps": given.steps,
                "loop_us_per_step": 1e6 * loop / given.steps,
                "engine_us_per_step": 1e6 * batch / given.steps,
                "rounds": ROUNDS,
                "speedup": statistics.median(ratios),
                "speedup_range": [min(ratios), max(ratios)],
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
