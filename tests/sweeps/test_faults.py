"""Faults of the machine: a disk that is really full, and two processes in one folder at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from polygenesis.errors import StoreError
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, run_all
from polygenesis.training import AdamW


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("needs the right to mount a small tmpfs")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_stops_with_one_sentence_and_keeps_what_was_finished(small_disk, workers):
    # trained for one step, so that the weights are dense: 128 kB a run
    specs = [
        RunSpec(model=TiedAutoencoder(n=16, m=1024), training=AdamW(steps=1), seed=seed, replicates=1)
        for seed in range(40)
    ]
    store = Store(small_disk / "runs")
    run_all(specs[:3], store=store, workers=workers)
    with pytest.raises(StoreError, match=r"Cannot write .*No space left on device.*\.$") as found:
        run_all(specs, store=store, workers=workers)
    assert "\n" not in str(found.value)
    kept = Store(small_disk / "runs")
    assert 3 <= len(kept) < 40
    assert kept.verify() == []
    kept.clean()  # as the next sweep does: a worker may have been ended while it wrote
    assert not list(small_disk.rglob(".tmp-*"))
    for key in kept:
        kept.load(key)


PARENT = """
import sys, time, os
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, run_all
from polygenesis.sweeps.worker import compute_replicates

def slow(spec, replicates):
    with open(sys.argv[2], "a") as journal:
        journal.write(spec.key + "\\n")
    time.sleep(0.1)
    return compute_replicates(spec, replicates)

specs = [RunSpec(model=TiedAutoencoder(n=8, m=512), penalty=L1(0.05), seed=seed) for seed in range(30)]
run_all(specs, store=Store(sys.argv[1]), workers=1, compute=slow)
"""


def two_parents(folder):
    """Let two processes do the same runs in one folder; return how many runs they computed in all."""
    command = [sys.executable, "-c", PARENT, str(folder / "runs"), str(folder / "journal")]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert sum("share the runs" in text for text in ends) == 1
    store = Store(folder / "runs")
    assert len(store) == 30
    assert store.verify() == []
    return len((folder / "journal").read_text().splitlines())


def test_two_processes_in_one_folder_share_the_work_and_damage_nothing(tmp_path):
    """The second takes the four batches in an order of its own: one time in 24 the first one's, sharing nothing."""
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        if two_parents(folder) < 60:  # each found some of the other's
            return
    pytest.fail("Five times in a row neither found anything of the other's.")
