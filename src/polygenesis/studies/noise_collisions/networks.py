"""What the study reads off a trained network: counts, overlaps, and how sparse its rows are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.starts import Sample


@dataclass(frozen=True, eq=False)
class Network:
    """One spec's replicates without divergence, one value each (r,).

    ``polysemantic``: neurons with two or more settled features. ``shared``: neurons with two or more weights of at
    least one half, settled or not. ``unplaced``: features without a neuron of their own (split or dead). ``resolved``:
    replicates without such features. ``overlap``: mean overlap of two rows over −‖W‖²/(n − 1), the least there is (NaN
    for one row). ``fourth_norm``: mean Σ_k w_k⁴ of rows scaled to unit length. ``times`` (T,), ``curve`` (r, T): the
    fourth norm on the way, of rows as they are. ``sound``: which replicates these are; None: the first ones.
    """

    spec: RunSpec
    polysemantic: Integers
    shared: Integers
    unplaced: Integers
    resolved: Booleans
    overlap: Floats
    fourth_norm: Floats
    times: Floats
    curve: Floats
    diverged: int
    sound: Booleans | None = None

    def sample(self, rows: Booleans | None = None) -> Sample:
        """Return :attr:`polysemantic`, of all or of some networks, with their starts."""
        every = Sample.of(self.spec, self.polysemantic, self.sound)
        if rows is None:
            return every
        chosen = np.flatnonzero(rows)
        return Sample(every.values[chosen], tuple(every.starts[k] for k in chosen))

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def std(self) -> float:
        """σ of the noise, 0 without."""
        return float(getattr(self.spec.noise, "std", 0.0))

    @property
    def noise(self) -> str:
        """The noise in words."""
        return "no noise" if not self.std else f"{self.spec.noise.kind} noise with σ = {self.std:g}"

    @property
    def cell(self) -> str:
        """Noise and sizes in words."""
        return f"{self.noise[0].upper() + self.noise[1:]} at n = {self.n}, m = {self.m}"

    @property
    def slots(self) -> float:
        """The slot model's mean count."""
        return float(theory.slot_model(self.n, self.m).mean)

    @property
    def threshold(self) -> float:
        """λ* of the noise, 0 without."""
        return float(theory.repulsion_threshold(self.spec.noise.kind, self.n, self.std)) if self.std else 0.0


def measure(run: Run) -> Network:
    """Read everything off one run."""
    sound = np.array([outcome is not Outcome.DIVERGED for outcome in run.outcome])
    final = run.final[sound].astype(np.float64)
    census = detect.census(final)
    squares = (final**2).sum(axis=2)
    unit = final / np.sqrt(squares)[..., None] if (squares > 0).all() else final
    n = run.spec.model.n
    total = (final.sum(axis=1) ** 2).sum(axis=1) - squares.sum(axis=1)  # Σ_{i≠j} W_i·W_j
    return Network(
        spec=run.spec,
        polysemantic=census.polysemantic,
        shared=census.shared,
        unplaced=n - census.settled_features,
        resolved=census.resolved,
        overlap=-total / squares.sum(axis=1) if n > 1 else np.full(len(final), np.nan),
        fourth_norm=detect.fourth_norm(unit).mean(axis=1),
        times=run.times,
        curve=run.series["fourth_norm"][sound] if "fourth_norm" in run.series else np.zeros((len(final), 0)),
        diverged=int((~sound).sum()),
        sound=sound,
    )
