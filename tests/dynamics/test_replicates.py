"""Replicates at the same time: the same bits on any number of threads, and all of them end when one does."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from polygenesis.dynamics import replicates, simulate
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import GaussianNoise
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent, GradientFlow

KEPT = Save(times=5, series=("loss", "polysemantic"), weights=True)
TRAININGS = {
    "flow, compiled": (GradientFlow(), 12, 16),
    "flow, by products": (GradientFlow(), 96, 128),
    "descent": (GradientDescent(lr=0.01, steps=200), 12, 16),
    "AdamW, by products": (AdamW(steps=40), 96, 128),
    "diverging": (GradientDescent(lr=10.0, steps=200), 12, 16),
}


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("count", [2, 3, 8])
def test_the_bits_are_the_same_on_any_number_of_threads(name, count, monkeypatch):
    training, n, m = TRAININGS[name]
    spec = RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(0.1), training=training, replicates=5, save=KEPT)
    if not isinstance(training, GradientFlow):
        spec = spec.replace(noise=GaussianNoise(std=0.1))
    alone = simulate(spec)
    monkeypatch.setenv(replicates.THREADS, str(count))
    heard = []
    together = simulate(spec, progress=lambda done, total: heard.append((done, total)))
    assert alone.final.tobytes() == together.final.tobytes()
    assert alone.trajectory.tobytes() == together.trajectory.tobytes()
    assert alone.outcome == together.outcome
    assert (alone.evaluations == together.evaluations).all()
    for series, values in alone.series.items():
        np.testing.assert_array_equal(values, together.series[series])
    assert heard == [(done, 5) for done in range(1, 6)]


def test_replicates_do_run_at_the_same_time():
    """Each of two waits for the other: one after another they would wait for ever."""
    meeting = threading.Barrier(2, timeout=30)
    with replicates.at_most(2):
        assert sorted(replicates.each(lambda k: meeting.wait(), 2, None)) == [0, 1]


def test_results_come_in_order():
    with replicates.at_most(3):
        assert replicates.each(lambda k: time.sleep(0.02 * (5 - k)) or k, 6, None) == list(range(6))


def test_an_error_ends_the_other_replicates():
    ended = []

    def work(k):
        if k == 1:
            raise ValueError("the second")
        try:
            while True:
                time.sleep(0.001)
                replicates.heed()
        except replicates.Halted:
            ended.append(k)
            raise

    with replicates.at_most(2), pytest.raises(ValueError, match="the second"):
        replicates.each(work, 4, None)
    assert ended == [0], "the one at work ended, those that waited were never begun"


def test_one_thread_hears_of_no_stop():
    replicates.heed()
    with replicates.at_most(1):
        assert replicates.each(lambda k: threading.current_thread() is threading.main_thread(), 3, None) == [True] * 3


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5", "²", "100000"])
def test_a_wrong_number_of_threads_is_one_sentence(said, monkeypatch):
    monkeypatch.setenv(replicates.THREADS, said)
    with pytest.raises(InputError, match=f"POLYGENESIS_THREADS must be a number from 1 to 1024, got '{said}'"):
        simulate(RunSpec(TiedAutoencoder(n=2, m=2)))
