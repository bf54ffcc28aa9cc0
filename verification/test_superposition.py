"""What gradient flow builds when there is not a slot for every feature (`make verify`, a minute)."""

from __future__ import annotations

from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.capacity.clusters import clusters
from polygenesis.training import GradientFlow


def test_a_random_start_grows_into_the_hoffman_singleton_graph() -> None:
    """Of 64 features in 28 dimensions 50 arrange themselves in 21, each opposed to exactly seven; the rest pair up."""
    training = GradientFlow(tolerance=1e-5, residual=2.5e-5)
    spec = RunSpec(TiedAutoencoder(n=64, m=28), penalty=L1(0.016), training=training, replicates=3, seed=9)
    found = [str(each) for weights in simulate(spec).final for each in clusters(weights)]
    print(*found, sep="\n")
    assert "50 features in 21 dimensions (Hoffman-Singleton)" in found
