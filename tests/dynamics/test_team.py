"""Pieces of one replicate computed by several threads: the same bits on any number of them, and right."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from polygenesis.dynamics import replicates, simulate, team
from polygenesis.dynamics.flow import sparse_products
from polygenesis.dynamics.team import Team, cuts, shares
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec

SPEC = RunSpec(TiedAutoencoder(n=64, m=300), penalty=L1(0.02), precision="float32")
"""Just too large for the loop that is compiled whole."""


@pytest.fixture
def large(monkeypatch):
    """Small products count as large, and are cut into small blocks."""
    monkeypatch.setattr(team, "LARGE", 1)
    monkeypatch.setattr(team, "BLOCK", 24)


def made(monkeypatch, hands: int) -> Team:
    monkeypatch.setattr(team, "hands", lambda: hands)
    return Team(1)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 24, 25, 100])
@pytest.mark.parametrize("number", [1, 2, 3, 7])
def test_parts_make_up_the_range(size, number):
    for parts in (shares(size, number), cuts(size, 24)):
        assert [k for part in parts for k in range(size)[part]] == list(range(size))
    assert all(part.stop - part.start <= 24 for part in cuts(size, 24))


@pytest.mark.parametrize("hands", [1, 2, 3])
def test_products_in_blocks(large, monkeypatch, hands):
    rng = np.random.default_rng(0)
    weights, right = rng.standard_normal((70, 50)), rng.standard_normal((50, 50))
    threads, out = made(monkeypatch, hands), np.empty((70, 50))
    found = threads.gram(weights)
    threads.matmul(weights, right, out)
    np.testing.assert_allclose(found, weights.T @ weights, rtol=0, atol=1e-12)
    assert (found == found.T).all()
    np.testing.assert_allclose(out, weights @ right, rtol=0, atol=1e-12)


@pytest.mark.parametrize("hands", [2, 3, 7])
def test_products_by_lists_are_the_same_bits_by_any_number_of_threads(large, monkeypatch, hands):
    rng = np.random.default_rng(1)
    weights = (rng.standard_normal((600, 300)) * (rng.random((600, 300)) < 0.3)).astype("float32")
    noted = sparse_products.lists(300, 600, weights.dtype)
    assert sparse_products.note(weights, noted)
    found = []
    for threads in (Team(0), made(monkeypatch, hands)):
        overlap, pull = np.empty((300, 300), "float32"), np.empty_like(weights)
        sparse_products.overlaps(weights, noted, overlap, threads)
        sparse_products.pull(noted, overlap, pull, threads)
        found.append((overlap, pull))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
    np.testing.assert_allclose(found[0][0], weights.T @ weights, atol=1e-3)


@pytest.fixture
def seen(monkeypatch):
    """Names of the threads that computed blocks of a product."""
    names, multiply = set(), np.matmul

    def watched(*arguments, **named):
        names.add(threading.current_thread().name.rpartition("_")[0])
        return multiply(*arguments, **named)

    monkeypatch.setattr(team.np, "matmul", watched)
    return names


def test_a_replicate_has_the_same_bits_on_any_number_of_cores(large, monkeypatch, seen):
    found = []
    for cores in (1, 2, 3):
        seen.clear()
        with replicates.at_most(cores):
            found.append(simulate(SPEC))
        assert ("team" in seen) == (cores > 1)
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].final, other.final)
        np.testing.assert_array_equal(found[0].evaluations, other.evaluations)


def test_cores_go_to_replicates_first(large, seen):
    with replicates.at_most(2):
        simulate(SPEC.replace(replicates=2))
    assert "team" not in seen


def test_small_products_are_in_one_piece():
    assert not Team(team.LARGE - 1).blocks
    assert Team(team.LARGE).blocks


def test_what_a_piece_raises_is_raised_and_no_piece_begins_afterwards(large, monkeypatch):
    begun, together = [], threading.Barrier(2)

    def work(piece: int) -> None:
        begun.append(piece)
        if piece < 2:
            together.wait(timeout=60)
        raise ValueError(f"piece {piece}")

    with pytest.raises(ValueError, match="piece"):
        made(monkeypatch, 2).map(work, range(9))
    assert sorted(begun) == [0, 1]
