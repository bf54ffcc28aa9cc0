"""The runs of the study: a tied and an untied network at every width."""

from __future__ import annotations

from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile

STRENGTH = 0.008
"""λ of the untied networks; balanced, E = D = W, they cost 2λ‖W‖₁: the tied networks have twice this λ."""

SIZES: dict[Profile, tuple[int, dict[int, int]]] = {
    "quick": (16, {32: 64}),
    "standard": (32, {64: 256, 128: 256, 512: 64}),
    "thorough": (64, {128: 512, 256: 512, 1024: 256}),
}
"""Features, and width → replicates: standard gives 500 shared neurons at m = 2n and 250 at 4n, 4 % and 6 % of error."""

Name = tuple[str, int]
"""A run's name: tied or untied, and m."""


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Return every run by its name."""
    n, widths = SIZES[profile]
    found: dict[Name, RunSpec] = {}
    for m, replicates in widths.items():
        tied = RunSpec(TiedAutoencoder(n, m), penalty=L1(2 * STRENGTH), replicates=replicates, precision="float32")
        found["tied", m] = tied
        found["untied", m] = tied.replace(model=Autoencoder(n, m), penalty=L1(STRENGTH))
    return found
