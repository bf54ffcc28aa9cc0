"""The fourth norm over time under one noise setting, as the study's runs give it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.noise import Bipolar, GaussianNoise, HiddenNoise, LaplaceNoise, UniformNoise
from polygenesis.spec import RunSpec
from polygenesis.training import GradientDescent

LAWS: tuple[type[HiddenNoise], ...] = (Bipolar, UniformNoise, GaussianNoise, LaplaceNoise)
"""The paper's two noise laws and two more, by rising excess kurtosis."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One noise setting: the mean fourth norm over time (r, T) and at the end (r,), of replicates without divergence.

    ``row_norm`` (r,): the mean ‖W_i‖ at the end, below 1 because noise costs loss.
    ``shared`` (r,): neurons with two or more weights of at least one half. ``diverged``: replicates left out.
    """

    spec: RunSpec
    times: Floats
    fourth_norm: Floats
    end: Floats
    row_norm: Floats
    shared: Integers
    diverged: int

    @property
    def noise(self) -> HiddenNoise:
        """The noise's law."""
        assert isinstance(self.spec.noise, LAWS)
        return self.spec.noise

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        assert isinstance(self.spec.training, GradientDescent)
        return self.spec.training.steps


def measure(run: Run) -> Curve:
    """Read the fourth norms off a run."""
    sound = np.array([outcome is not Outcome.DIVERGED for outcome in run.outcome])
    final = run.final[sound]
    some = bool(sound.any())
    nothing = np.zeros(0)
    return Curve(
        spec=run.spec,
        times=run.times,
        fourth_norm=run.series["fourth_norm"][sound],
        end=detect.fourth_norm(final).mean(axis=1) if some else nothing,
        row_norm=detect.row_norms(final).mean(axis=1) if some else nothing,
        shared=detect.census(final).shared if some else nothing.astype(np.int64),
        diverged=int((~sound).sum()),
    )
