"""Where the examples' data and pretrained networks are; an example without them says how to get them and stops."""

from __future__ import annotations

import gzip
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

PAGES = Path("results/diagnose")
"""Where pages go unless the command line names another folder."""

FASHION = Path("/usr/share/datasets/fashion-mnist")


def package(name: str, command: str) -> Path:
    """Return the folder of an installed package, which is not imported, or stop with the command that installs it."""
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        skip(f"the package {name!r} is not installed", command)
    return Path(next(iter(found.submodule_search_locations)))


def installed(path: Path, command: str) -> Path:
    """Return a path, or stop with the command that brings it."""
    if not path.exists():
        skip(f"{path} does not exist", command)
    return path


def skip(reason: str, command: str) -> None:
    """Say why this example does not run, and end it without an error."""
    print(f"Skipped: {reason}; run `{command}`.")
    sys.exit(0)


def folder() -> Path:
    """Return the folder for pages: the command line's first argument, or the default."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    place.mkdir(parents=True, exist_ok=True)
    return place


def fashion_mnist(part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (k, 784) from 0 to 1 and classes (k,) of the parts "train" and "t10k"."""
    place = installed(FASHION, "apt-get install dataset-fashion-mnist")
    with gzip.open(place / f"{part}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(place / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return images.astype(np.float32) / 255, labels.astype(np.int64)
