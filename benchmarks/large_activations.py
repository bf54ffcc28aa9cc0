"""Selectivity of 4,096 neurons on a million samples: peak memory and time, measured in a process of its own.

    python benchmarks/large_activations.py [samples neurons features precision]

Writes activations in chunks to a .npy file (16-bit numbers: 8 GB), then reads it back as a map, one pass, and measures
AUROC, standardized difference, mutual information and p-values. A planted neuron and a known AUROC check the result.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CHUNK = 20_000
"""Samples that are made at once."""

PLANTED = 0.9214
"""AUROC of a neuron and its class: Φ(2/√2); cutting off what is below −1 moves it by less than .001."""

LIMIT = 4.0
"""Gigabytes that the measuring process may hold."""


def write(path: Path, samples: int, neurons: int, features: int, precision: str) -> np.ndarray:
    """Make activations with classes; neuron k answers to class k for the first ones. Return the classes.

    One block of numbers is dealt to the samples anew for each chunk: drawing them all would take longer than measuring.
    """
    rng = np.random.default_rng(0)
    classes = rng.integers(0, features, samples)
    numbers = np.maximum(rng.standard_normal((CHUNK, neurons), dtype=np.float32), -1).astype(precision)
    with path.open("wb") as file:
        header = {"descr": np.dtype(precision).str, "fortran_order": False, "shape": (samples, neurons)}
        np.lib.format.write_array_header_1_0(file, header)
        for first in range(0, samples, CHUNK):
            part = classes[first : first + CHUNK]
            block = numbers[rng.permutation(CHUNK)[: len(part)]]
            block[np.arange(len(part)), part] = np.maximum(rng.standard_normal(len(part)) + 2, -1)
            block.tofile(file)
    return classes


def measure(path: Path, classes: Path) -> None:
    """Measure the file's selectivity and print it with this process's peak memory."""
    from polygenesis.probe import selectivity

    start, used = time.perf_counter(), time.process_time()
    found = selectivity(np.load(path, mmap_mode="r"), np.load(classes), permutations=0)
    wall, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    planted = np.eye(len(found.auroc), len(found.names), dtype=bool)
    off = np.abs(found.auroc - np.where(planted, PLANTED, 0.5)).max()
    assert off < 6 * 0.3 / (found.samples / len(found.names)) ** 0.5, f"an AUROC is {off:.3f} off"
    assert peak < LIMIT, f"{peak:.2f} GB at the peak, more than {LIMIT:g}"
    print(
        f"{found.samples:,} samples × {found.neurons:,} neurons × {len(found.names)} features: peak {peak:.2f} GB, "
        f"{used:.0f} s of CPU, {wall:.0f} s"
    )


def main(samples: int = 1_000_000, neurons: int = 4096, features: int = 100, precision: str = "float16") -> None:
    """Write the file, and measure in a process of its own, whose peak is its own."""
    with tempfile.TemporaryDirectory() as folder:
        path, classes = Path(folder) / "activations.npy", Path(folder) / "classes.npy"
        np.save(classes, write(path, samples, neurons, features, precision))
        print(f"{path.stat().st_size / 2**30:.1f} GB on disk", flush=True)
        subprocess.run([sys.executable, __file__, "measure", str(path), str(classes)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(*(int(each) if each.isdigit() else each for each in sys.argv[1:]))
