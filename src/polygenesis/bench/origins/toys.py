"""Toys of the paper's model: chance at m ≥ n, need below, and structure by input from related starts."""

from __future__ import annotations

from polygenesis.bench.origins.case import Case, Truth, first_pairs
from polygenesis.dynamics import Run, simulate
from polygenesis.initial import Gaussian, RelatedRows
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec

RUNS = 5
"""Seeds of a set: what a careful user has."""

PENALTY = 0.05
"""λ of the toys: strong enough to converge soon, far too weak to kill features."""


def toy(n: int, m: int, seed: int, runs: int = RUNS) -> Run:
    """Run the paper's model, ``runs`` replicates of n features and m neurons (arXiv:2312.03096, §2)."""
    return simulate(_spec(n, m, seed, runs))


def toy_with_related_starts(n: int, m: int, seed: int, *, pairs: int, correlation: float, runs: int = RUNS) -> Run:
    """Run the paper's model with the initial rows of features 2p and 2p + 1 correlated, p < ``pairs``."""
    return simulate(_spec(n, m, seed, runs).replace(initial=RelatedRows(pairs, correlation=correlation)))


def chance(seed: int, *, n: int = 64, m: int = 128, runs: int = RUNS) -> Case:
    """Toys at m ≥ n. Truth: who shares is chance, D = 0; nothing is forced.

    Features are exchangeable over seeds: one-hot inputs, independent Gaussian starts.
    """
    return Case(f"toy-chance-{n}x{m}", seed, {"activations": toy(n, m, seed, runs)}, Truth("chance", share=0.0))


def need(seed: int, *, n: int = 32, m: int = 20, runs: int = RUNS) -> Case:
    """Toys at n/2 ≤ m < n. Truth: n − m of the excess are forced; who shares is chance, D = 0."""
    truth = Truth("need", share=0.0, forced=n - m)
    return Case(f"toy-need-{n}x{m}", seed, {"activations": toy(n, m, seed, runs)}, truth)


def related(
    seed: int, *, pairs: int = 8, correlation: float = -0.9, n: int = 32, m: int = 64, runs: int = RUNS
) -> Case:
    """Toys whose initial rows of features 2p and 2p + 1 are correlated. Truth: structure by input.

    At a negative correlation the two rows grow on one neuron with opposite signs more often than chance has it, in
    every seed. D is above 0 and has no closed form.
    """
    run = toy_with_related_starts(n, m, seed, pairs=pairs, correlation=correlation, runs=runs)
    truth = Truth("input", first_pairs(pairs))
    return Case(f"toy-input-{pairs}-pairs-at{correlation:+g}", seed, {"activations": run}, truth)


def one_state(seed: int, *, n: int = 32, m: int = 64) -> Case:
    """One final state of a toy, no seed to compare with, no start. Truth: chance, which one network cannot show."""
    return Case("one-toy", seed, {"activations": toy(n, m, seed, runs=1).final}, Truth("chance", share=0.0))


def _spec(n: int, m: int, seed: int, runs: int) -> RunSpec:
    return RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(PENALTY), initial=Gaussian(), replicates=runs, seed=seed)
