"""Does torch.compile pay for the general engine on a CPU? CPU time of training as it is and compiled, one thread.

    python benchmarks/compiling.py

The first run compiles (seconds to a minute, in wall time); the second is timed, by CPU time, so that other work on the
machine does not count. Small autoencoders and a perceptron on real images.
"""

from __future__ import annotations

import os
import time

from polygenesis.dynamics import simulate
from polygenesis.dynamics.autograd.compiling import COMPILE
from polygenesis.features import Bernoulli, Digits
from polygenesis.models import Autoencoder, Perceptron
from polygenesis.penalties import L1, ActivationL1
from polygenesis.spec import RunSpec
from polygenesis.training import SGD, Adam

LINEAR = RunSpec(Autoencoder(32, 64, output_bias=True), penalty=L1(0.016), training=Adam(steps=200), replicates=64)
PERCEPTRON = RunSpec(
    Perceptron(n=64, m=32, layers=1, outputs=10),
    features=Digits(),
    penalty=ActivationL1(0.01),
    training=Adam(lr=3e-3, steps=60),
    replicates=8,
)

SPECS = {
    "autoencoder, n = 32, m = 64, Adam, 64 replicates": LINEAR,
    "hidden GELU, the same": LINEAR.replace(model=Autoencoder(32, 64, hidden="gelu", output_bias=True)),
    "hidden ReLU, n = 16, m = 32, Bernoulli(0.1), SGD, 64 replicates": LINEAR.replace(
        model=Autoencoder(16, 32, hidden="relu", output_bias=True),
        features=Bernoulli(0.1),
        training=SGD(lr=0.01, steps=200, batch_size=64),
    ),
    "perceptron on 1,437 digits, m = 32, Adam, 8 replicates": PERCEPTRON,
    "perceptron of three layers, the same": PERCEPTRON.replace(model=Perceptron(n=64, m=32, layers=3, outputs=10)),
}


def seconds(spec: RunSpec, asked: str) -> tuple[float, float]:
    """Wall seconds of the first run and CPU seconds of the second."""
    os.environ[COMPILE] = asked
    start = time.perf_counter()
    simulate(spec)
    first, start = time.perf_counter() - start, time.process_time()
    simulate(spec)
    return first, time.process_time() - start


def main() -> None:
    """Print a table."""
    print("| network | not compiled, CPU s | compiled, CPU s | ratio | first run compiled, wall s |")
    print("|---|---|---|---|---|")
    for name, each in SPECS.items():
        spec = each.replace(precision="float32")
        (_, plain), (first, fused) = seconds(spec, "0"), seconds(spec, "1")
        print(f"| {name} | {plain:.1f} | {fused:.1f} | {plain / fused:.2f} | {first:.0f} |", flush=True)


if __name__ == "__main__":
    main()
