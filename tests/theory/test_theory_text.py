"""What docs/theory.md derives without a function of its own, checked on random numbers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.detect import capacities, census, numerical_rank
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, L1Schedule, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
CITED = re.compile(r"docs/theory\.md, (Capacity|Crowding|Winners|Origins) (\d)(?: (?:to|and) (\d))?")


def test_every_derivation_that_code_cites_is_there():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    cited = {
        (name, int(number))
        for text in texts
        for name, first, last in CITED.findall(re.sub(r"\s*\n\s*", " ", text))
        for number in ({int(first)} | ({int(last)} if last else set()))
    }
    assert {name for name, _ in cited} == {"Capacity", "Crowding", "Winners", "Origins"}
    for name, number in cited:
        assert f"**{name} {number} (" in TEXT


def test_without_a_penalty_the_rank_stays_and_with_one_it_falls():
    """Capacity 9."""
    free = RunSpec(TiedAutoencoder(n=12, m=12), penalty=NoPenalty(), replicates=4, seed=3)
    assert (numerical_rank(simulate(free).final) == 12).all()
    pressed = simulate(free.replace(penalty=L1(0.05)))
    shared = ((pressed.final != 0).sum(axis=1) == 2).sum(axis=1)
    assert (numerical_rank(pressed.final) == 12 - shared).all()
    assert shared.sum() > 0


def test_without_a_penalty_small_parts_of_dimensions_are_shared():
    """Capacity 6: n(n − 1)/2m of them where m is large."""
    free = RunSpec(TiedAutoencoder(n=12, m=2048), penalty=NoPenalty(), replicates=48, seed=1)
    shared = 12 - capacities(simulate(free).final).sum(axis=1)
    told = 12 * 11 / (2 * 2048)
    assert abs(shared.mean() - told) < 4 * shared.std() / 48**0.5
    assert shared.std() / 48**0.5 < 0.1 * told


def test_a_race_of_one_feature_depends_on_the_integral_of_the_penalty():
    """Capacity 8: a strong penalty for a short time leaves what a weak one leaves in a long time."""
    start = np.random.default_rng(4).standard_normal((1, 1, 200)) * 200**-0.5
    left = []
    for penalty in (1e-4, 8e-4):
        spec = RunSpec(TiedAutoencoder(n=1, m=200), penalty=L1(penalty), training=GradientFlow(max_time=0.3 / penalty))
        left.append(simulate(spec, initial_weights=start).final[0, 0])
    assert ((left[0] != 0) == (left[1] != 0)).mean() > 0.98  # a weight about to vanish may go a little sooner
    np.testing.assert_allclose(left[0], left[1], atol=0.01)
    assert 10 < (left[0] != 0).sum() < 190


@pytest.mark.torch
def test_a_decaying_penalty_leaves_what_a_cut_one_leaves():
    """Capacity 8 in whole networks: the share of settled features after λ fell slowly, or stopped at once."""
    spent, strength = 1.0, 0.064
    cut = RunSpec(TiedAutoencoder(n=8, m=24), penalty=L1(strength), replicates=64, seed=3,
                  training=GradientFlow(max_time=spent / strength))  # fmt: skip
    duration = 2 * spent / strength
    fading = L1Schedule(strength, 0.0, duration)
    shares = [
        census(simulate(spec).final).settled_features / 8
        for spec in (cut, cut.replace(penalty=fading, training=GradientFlow(max_time=duration)))
    ]
    error = np.hypot(*(share.std(ddof=1) / 8 for share in shares))
    assert 0.5 < shares[0].mean() < 0.9
    assert abs(shares[0].mean() - shares[1].mean()) < 4 * error


def test_the_chance_that_a_neuron_is_shared():
    """Winners 4, by drawing independent features."""
    rng = np.random.default_rng(5)
    chances = rng.dirichlet(np.ones(6), size=4).reshape(1, 4, 2, 3)
    told = theory.shared_chances(chances)[0]
    draws, held = 40_000, np.zeros((40_000, 2, 3), dtype=bool)
    for feature in range(4):
        slot = rng.choice(6, size=draws, p=chances[0, feature].ravel())
        held[np.arange(draws), slot // 3, slot % 3] = True
    seen = held.all(axis=1).mean(axis=0)
    np.testing.assert_allclose(seen, told, atol=4 * 0.5 / draws**0.5)
