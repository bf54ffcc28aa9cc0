"""Large diagnoses: CPU time and peak memory, each in a process of its own.

    python benchmarks/diagnosis_sizes.py [classes|sparse] [scale]

``classes``: a half-precision file of 400,000 samples × 2,048 neurons with 20 classes, as .npy and as .safetensors;
``sparse``: 10,000 samples × 5,000 neurons × 5,000 sparse features, 50 a sample. ``scale`` divides the sizes. What the
forecast says beforehand is printed beside what was measured.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

LIMITS = {"classes": (40.0, 1.5), "sparse": (None, 3.0)}
"""Seconds of CPU and gigabytes that a diagnosis may take at full size."""


def write_classes(folder: Path, scale: int) -> list[tuple[str, str]]:
    """Make activations in which each class raises a few neurons; return the files to diagnose."""
    from safetensors.numpy import save_file

    samples, neurons = 400_000 // scale, 2048 // scale
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 20, samples)
    raised = np.where(rng.random((20, neurons)) < 0.15, np.abs(rng.standard_normal((20, neurons))), 0)
    made = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float16, (samples, neurons))
    for first in range(0, samples, 20_000):
        part = labels[first : first + 20_000]
        noise = 0.5 * rng.standard_normal((len(part), neurons), dtype=np.float32)
        made[first : first + 20_000] = np.maximum(raised[part] + noise, 0)
    made.flush()
    save_file({"x": np.asarray(made)}, folder / "x.safetensors")
    np.save(folder / "y.npy", labels)
    return [(str(folder / name), str(folder / "y.npy")) for name in ("x.npy", "x.safetensors")]


def sparse_data(scale: int) -> tuple[Any, Any]:
    """Make activations to which each feature of a sample adds one, on two neurons."""
    from scipy import sparse

    samples, neurons, features = 10_000 // scale, 5_000 // scale, 5_000 // scale
    rng = np.random.default_rng(0)
    labels = sparse.random(samples, features, density=0.01, format="csr", random_state=0)
    labels.data[:] = 1
    at = np.repeat(np.arange(features), 2), rng.integers(0, neurons, 2 * features)
    into = sparse.csr_matrix((np.ones(2 * features, np.float32), at), shape=(features, neurons))
    made = np.asarray((labels @ into).todense(), dtype=np.float32)
    for row in range(0, samples, 1000):
        part = made[row : row + 1000]
        part[:] = np.maximum(part + 0.3 * rng.standard_normal(part.shape, dtype=np.float32) - 0.2, 0)
    return made, labels


def peak_memory() -> int:
    """Return this process's peak in KiB: its own, where the system says so, as getrusage adds what its parent held."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    own = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def diagnose(what: str, scale: int, *files: str) -> None:
    """Diagnose in this process, and print its CPU time and peak."""
    import polygenesis as pg

    given = files if files else sparse_data(scale)
    said: list[str] = []
    wall, used = time.perf_counter(), time.process_time()
    found = pg.diagnose(*given, progress=said.append)
    wall, used = time.perf_counter() - wall, time.process_time() - used
    peak = peak_memory() / 2**20
    seconds, gigabytes = LIMITS[what]
    print(f"{what} {Path(files[0]).name if files else ''}: {said[0]}; {len(found.shared)} shared neurons")
    print(f"  {used:.0f} s of CPU, {wall:.0f} s, peak {peak:.2f} GB", flush=True)
    if scale == 1 and (peak > gigabytes or (seconds and used > seconds)):
        sys.exit(f"  more than {gigabytes} GB" + (f" or {seconds} s of CPU" if seconds else ""))


def main(what: str, scale: int) -> None:
    """Write what is needed, and diagnose each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        cases = write_classes(Path(folder), scale) if what == "classes" else [()]
        for files in cases:
            subprocess.run([sys.executable, __file__, "measure", what, str(scale), *files], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        diagnose(sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
    else:
        chosen = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1] in LIMITS else list(LIMITS)
        for each in chosen:
            main(each, int(sys.argv[-1]) if sys.argv[-1].isdigit() else 1)
