"""Real images with classes: scikit-learn's digits, and Fashion-MNIST from Debian's package."""

from __future__ import annotations

import functools
import gzip
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Integers
from polygenesis.checks import NonNegativeInt, part
from polygenesis.errors import InputError, bad_argument
from polygenesis.extras import missing
from polygenesis.features.base import Batch

TEST_SHARE = 5
"""One image in five is held out, always the same ones."""

FASHION = "/usr/share/datasets/fashion-mnist"
"""Where Debian's package dataset-fashion-mnist puts its files."""


class Split:
    """Images (N, pixels) in [0, 1] and their classes (N,), to train on and to test with."""

    def __init__(self, train: tuple[Floats, Integers], test: tuple[Floats, Integers]) -> None:
        self.train, self.test = train, test


@part
class Digits:
    """The 1,797 handwritten digits of scikit-learn, 8 × 8 pixels in [0, 1]; n = 64, 10 classes.

    ``held_out``: train on the 1,438 images that are kept for training (false), or on the 359 others. Needs
    scikit-learn (the extra ``data``).
    """

    held_out: bool = False
    kind: Literal["digits"] = field(default="digits", kw_only=True, repr=False)
    classes: ClassVar[int] = 10
    pixels: ClassVar[int] = 64
    shared: ClassVar[bool] = True
    module: ClassVar[str] = "sklearn"

    @property
    def samples(self) -> int:
        """Number of images."""
        return 359 if self.held_out else 1438

    def images(self) -> tuple[Floats, Integers]:
        """Return images (samples, 64) and classes (samples,)."""
        split = _digits()
        return split.test if self.held_out else split.train

    def firing_probabilities(self, n: int) -> Floats:
        """Return how often each pixel is not zero, (n,)."""
        return np.asarray((_fits(self, n) != 0).mean(axis=0))

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return np.asarray((_fits(self, n) ** 2).mean(axis=0))

    def importance(self, n: int) -> Floats | None:
        """All pixels are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """A data set is no distribution to enumerate."""
        return None

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Return all images with their classes, whatever the generator."""
        images, labels = self.images()
        return Batch(images, labels=labels)


@part
class FashionMnist:
    """Fashion-MNIST, 28 × 28 pixels in [0, 1]; n = 784, 10 classes (arXiv:1708.07747).

    ``folder``: where the four idx files are, plain or gzipped; by default Debian's package. ``limit``: how many
    images, the first ones; 0 is all. ``held_out``: the 10,000 test images instead of the 60,000 training images.
    """

    folder: str = FASHION
    limit: NonNegativeInt = 0
    held_out: bool = False
    kind: Literal["fashion-mnist"] = field(default="fashion-mnist", kw_only=True, repr=False)
    classes: ClassVar[int] = 10
    pixels: ClassVar[int] = 784
    shared: ClassVar[bool] = True

    @property
    def samples(self) -> int:
        """Number of images."""
        return min(self.limit or 60_000, 10_000 if self.held_out else 60_000)

    def images(self) -> tuple[Floats, Integers]:
        """Return images (samples, 784) and classes (samples,)."""
        name = "t10k" if self.held_out else "train"
        images, labels = _idx(self.folder, f"{name}-images-idx3-ubyte"), _idx(self.folder, f"{name}-labels-idx1-ubyte")
        count = self.samples
        return images[:count].reshape(count, -1) / 255.0, labels[:count].astype(np.int64)

    def firing_probabilities(self, n: int) -> Floats:
        """Return how often each pixel is not zero, (n,)."""
        return np.asarray((_fits(self, n) != 0).mean(axis=0))

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return np.asarray((_fits(self, n) ** 2).mean(axis=0))

    def importance(self, n: int) -> Floats | None:
        """All pixels are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """A data set is no distribution to enumerate."""
        return None

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Return all images with their classes, whatever the generator."""
        images, labels = self.images()
        return Batch(images, labels=labels)


def _fits(data: Any, n: int) -> Floats:
    if n != data.pixels:
        raise bad_argument("model.n", f"be {data.pixels}, the pixels of {data.kind!r}", n)
    images: Floats = data.images()[0]
    return images


@functools.cache
def _digits() -> Split:
    """Read the digits and hold out a fixed fifth."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise missing("sklearn", "Distribution 'digits' of features") from None
    found = load_digits()
    images, labels = np.asarray(found.data) / 16.0, np.asarray(found.target, dtype=np.int64)
    order = seeds.generator(0, "digits", "held out").permutation(len(images))
    test, train = np.split(order, [len(images) // TEST_SHARE])
    return Split((images[train], labels[train]), (images[test], labels[test]))


@functools.lru_cache(maxsize=4)
def _idx(folder: str, name: str) -> Any:
    """Read one idx file of bytes: a big-endian header of sizes, then the values."""
    plain = Path(folder) / name
    packed = plain.with_name(f"{name}.gz")
    try:
        data = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    except OSError:
        raise InputError(
            f"Features 'fashion-mnist' find no {name}(.gz) in {folder!r}: "
            "apt install dataset-fashion-mnist, or give `features.folder`."
        ) from None
    sizes = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(tuple(int(each) for each in sizes))
