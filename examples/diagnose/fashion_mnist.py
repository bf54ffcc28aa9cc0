"""Five seeds of a small perceptron and of a small convolutional network on Fashion-MNIST: do the same classes share?

    apt-get install dataset-fashion-mnist
    python examples/diagnose/fashion_mnist.py [FOLDER]

Writes a page for each network, and the table of docs/diagnosed.md. About two CPU minutes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import page_tables
import sources
import torch
from torch import Tensor, nn

from polygenesis.probe import Diagnosis, capture, diagnose

SEEDS = 5
CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


def perceptron() -> nn.Sequential:
    """One hidden layer of 64 ReLU units."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


def convolutional() -> nn.Sequential:
    """Two convolutions of stride 2 and a hidden layer of 64 ReLU units."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 5, stride=2), nn.ReLU(), nn.Flatten(),
        nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


NETWORKS: dict[str, tuple[Callable[[], nn.Sequential], str, int, float]] = {
    "perceptron": (perceptron, "2", 3, 0.84),
    "convolutional": (convolutional, "6", 2, 0.82),
}
"""Name → how it is built, its hidden layer, epochs, and the accuracy below which it has not learned."""


def train(net: nn.Sequential, images: Tensor, labels: Tensor, epochs: int, seed: int) -> None:
    """Adam on minibatches of 128 in an order of the seed's."""
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    order = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for part in torch.randperm(len(images), generator=order).split(128):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[part]), labels[part]).backward()
            optimizer.step()


def data(part: str) -> tuple[Tensor, np.ndarray]:
    """Images (k, 1, 28, 28) and classes."""
    images, labels = sources.fashion_mnist(part)
    return torch.from_numpy(images).reshape(-1, 1, 28, 28), labels


def diagnosed(name: str) -> tuple[Diagnosis, Diagnosis, list[float]]:
    """Train five networks, diagnose their hidden layer on the test images, trained and untrained, with accuracies."""
    build, layer, epochs, _ = NETWORKS[name]
    (images, labels), (held, classes) = data("train"), data("t10k")
    starts, ends, accuracies = [], [], []
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        net = build()
        starts.append(capture(net, layer, [held])[0])
        train(net, images, torch.from_numpy(labels), epochs, seed)
        ends.append(capture(net, layer, [held])[0])
        with torch.no_grad():
            accuracies.append(float((net(held).argmax(1).numpy() == classes).mean()))
    named = np.array(CLASSES)[classes]
    return diagnose(ends, named, initial=starts), diagnose(starts, named, alternatives=()), accuracies


def main() -> None:
    """Diagnose both networks, write the pages and the table."""
    torch.set_num_threads(1)  # sums of many threads round by their number: the same bits on any machine with one
    columns = {}
    for name, (_, _, _, least) in NETWORKS.items():
        found, untrained, accuracies = diagnosed(name)
        low, high = min(accuracies), max(accuracies)
        assert low > least, f"a network has not learned: {low:.1%}"
        page = sources.folder() / f"fashion-mnist-{name}.html"
        found.to_html(page, title=f"Fashion-MNIST, {name} network, {SEEDS} seeds")
        print(f"\n{name}: {low:.1%} to {high:.1%} right\n{found}\nBefore training: {untrained.verdict}\n{page}")
        right = {"accuracy": f"{low:.1%} to {high:.1%}"}
        columns[name] = right | page_tables.counts(found) | page_tables.axes(found, untrained)
    print(page_tables.write("fashion_mnist_table.md", columns).read_text("utf-8"))


if __name__ == "__main__":
    main()
