"""What Numba itself does with cache files that are cut short or altered, and where no cache can be written.

The reason why compiled code goes through a decorator of ours: Numba trusts its files. Run by `make verify`; each
flipped bit costs a process of a second or two.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

FLIPS = min(200, int(os.environ.get("POLYGENESIS_FLIPS", "60")))

KERNEL = """
import numba, numpy as np

@numba.njit(cache=True)
def total(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i] - 0.25 * a[i] * a[i]
    return s

a = np.arange(1.0, 40.0)
print(total(a, a[::-1].copy()), sum(total.stats.cache_hits.values()))
"""


class Kernel:
    """One compiled function in a folder, with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.file, self.cache = folder / "kernel.py", folder / "cache"
        self.file.write_text(KERNEL)

    def run(self, **environment: str) -> tuple[int, str, str]:
        """The exit code, what was printed, and the last line of what went wrong."""
        settings = {**os.environ, "NUMBA_CACHE_DIR": str(self.cache), **environment}
        try:
            done = subprocess.run(
                [sys.executable, str(self.file)], capture_output=True, text=True, env=settings, timeout=120
            )
        except subprocess.TimeoutExpired:
            return -1, "", "it does not end"
        return done.returncode, done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    made = Kernel(tmp_path_factory.mktemp("kernel"))
    assert made.run()[:2] == (0, "5525.0 0")
    assert made.run()[:2] == (0, "5525.0 1")
    shutil.copytree(made.cache, made.cache.with_name("kept"))
    return made


def spoil(kernel: Kernel, ending: str, change) -> None:
    shutil.rmtree(kernel.cache)
    shutil.copytree(kernel.cache.with_name("kept"), kernel.cache)
    (path,) = kernel.cache.rglob(f"*{ending}")
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_a_file_cut_short_stops_every_process_until_somebody_deletes_it(kernel, ending):
    for share in (0.0, 0.5, 0.999):
        spoil(kernel, ending, lambda data, share=share: data[: int(share * len(data))])
        for _ in range(2):
            code, _, said = kernel.run()
            assert code == 1
            assert said.startswith(("EOFError", "_pickle.UnpicklingError")), said


def test_flipped_bits_in_compiled_code_are_not_noticed(kernel):
    chance, found = random.Random(5), Counter()
    for _ in range(FLIPS):

        def flip(data):
            changed = bytearray(data)
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(changed)

        spoil(kernel, ".nbc", flip)
        code, printed, _ = kernel.run()
        if code == 0:
            number, hits = printed.split()
            found["right" if number == "5525.0" else "a wrong number"] += 1
            found["of them from the cache"] += int(hits)
        else:
            found["killed" if code < 0 else "traceback"] += 1
    print(f"\n{FLIPS} flips in a cache of compiled code: {dict(found)}")
    assert found["right"] + found["a wrong number"] + found["killed"] + found["traceback"] == FLIPS


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_without_a_place_for_a_cache_numba_refuses_to_compile(tmp_path):
    (tmp_path / "closed").mkdir()
    closed = Kernel(tmp_path / "closed")
    (tmp_path / "closed").chmod(0o555)
    nowhere = {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent", "NUMBA_CACHE_DIR": ""}
    code, _, said = closed.run(**nowhere)
    assert code == 1
    assert "no locator available" in said
