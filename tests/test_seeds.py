"""Random numbers depend on their address alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygenesis import seeds


def words(*address: object, count: int = 4) -> list[int]:
    return [int(word) for word in seeds.generator(*address).integers(0, 2**63, count)]


def test_an_address_is_the_same_numbers_for_ever():
    # Written down once: stored runs replay only as long as these do not change.
    assert words(0, "stream", "initial", 0, count=2) == [7842599236170128428, 2074849309601375491]


def test_a_replicate_does_not_depend_on_the_others():
    alone = words(7, "stream", "initial", 5)
    in_order = [words(7, "stream", "initial", k) for k in range(8)]
    backwards = [words(7, "stream", "initial", k) for k in reversed(range(8))]
    assert in_order[5] == alone
    assert in_order == backwards[::-1]


@pytest.mark.parametrize(
    "other",
    [(1, "stream", "initial", 0), (0, "other", "initial", 0), (0, "stream", "noise", 0), (0, "stream", "initial", 1)],
    ids=["seed", "stream", "purpose", "replicate"],
)
def test_every_part_of_the_address_counts(other: tuple):
    assert words(0, "stream", "initial", 0) != words(*other)


@given(st.integers(0, 2**200), st.text(max_size=20), st.integers(0, 2**40))
def test_any_address_works_and_repeats(seed: int, stream: str, replicate: int):
    assert words(seed, stream, "noise", replicate) == words(seed, stream, "noise", replicate)


def test_many_addresses_never_meet():
    # 20,000 first words of 63 bits: a chance meeting has probability 2·10⁻¹¹.
    first = [words(seed, "s", "initial", k, count=1)[0] for seed in range(20) for k in range(1000)]
    assert len(set(first)) == len(first)


def test_neighbouring_replicates_and_seeds_are_uncorrelated():
    # 499 products of neighbours, 1000 draws each: |mean| beyond 5 standard errors has probability 6·10⁻⁷.
    for draws in (
        np.array([seeds.generator(0, "s", "initial", k).standard_normal(1000) for k in range(500)]),
        np.array([seeds.generator(k, "s", "initial", 0).standard_normal(1000) for k in range(500)]),
    ):
        products = draws[1:] * draws[:-1]
        assert abs(products.mean()) < 5 / np.sqrt(products.size)
