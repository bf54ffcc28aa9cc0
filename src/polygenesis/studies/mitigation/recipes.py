"""The recipes: what each trains, what it does afterwards, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from polygenesis.dynamics.run import Run
from polygenesis.initial import Assigned, Initial, Orthogonal
from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1, CollisionPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.mitigation.treatments import (
    Scale,
    Treated,
    as_it_is,
    biased,
    parted,
    parted_and_faded,
    pruned,
    redrawn,
    trained_on,
)
from polygenesis.training import GradientFlow

PENALTY = 0.016
"""λ by which every recipe is judged, in the loss."""

SEED = 6
"""Fresh draws: recipes and margins were chosen after a look at runs with other seeds."""

WIDER = 4
"""How many times as wide the network is that is pruned afterwards."""

SHARING = 4 * PENALTY
"""κ of the collision penalty: beside a settled feature a slot costs five times λ (docs/theory.md, Mitigation 5)."""

BIAS = 1.0
"""The negative bias, in standard deviations 1/√m of an initial weight."""

NOISE = 0.1
"""Standard deviation of the noise, as in the paper's own experiment."""

Group = Literal["plain", "start", "schedule", "pressure", "architecture", "afterwards"]


@dataclass(frozen=True, eq=False)
class Recipe:
    """One recipe: ``spec`` of (scale, m) is trained, ``finish`` of (run, scale, m) makes of it what is judged.

    ``needs``: what must be known or had besides the training itself.
    """

    name: str
    group: Group
    needs: str
    text: str
    spec: Callable[[Scale, int], RunSpec]
    finish: Callable[[Run, Scale, int], Treated] = as_it_is


def plain(scale: Scale, m: int) -> RunSpec:
    """The paper's model by gradient flow."""
    model = TiedAutoencoder(n=scale.n, m=m)
    return RunSpec(model, penalty=L1(PENALTY), replicates=scale.replicates, seed=SEED)


def _from(start: Initial) -> Callable[[Scale, int], RunSpec]:
    return lambda scale, m: plain(scale, m).replace(initial=start)


def _wide(scale: Scale, m: int) -> RunSpec:
    return plain(scale, WIDER * m)


def _first(strength: float, until: float) -> Callable[[Scale, int], RunSpec]:
    """Train with another λ until a time (loss's clock)."""
    training = GradientFlow(max_time=until)
    return lambda scale, m: plain(scale, m).replace(penalty=L1(strength), training=training)


def _noisy(scale: Scale, m: int) -> RunSpec:
    return plain(scale, m).replace(noise=Bipolar(NOISE), training=scale.noisy, precision="float32")


def _priced(scale: Scale, m: int) -> RunSpec:
    penalty = CollisionPenalty(PENALTY, SHARING)
    return plain(scale, m).replace(penalty=penalty, training=scale.steps, precision="float32")


def _rectified(scale: Scale, m: int) -> RunSpec:
    model = Autoencoder(n=scale.n, m=m, tied=True, hidden="relu")
    return plain(scale, m).replace(model=model, training=scale.steps, precision="float32")


NOTHING, KNOWN, WEIGHTS = "nothing", "the features, before training", "trained weights"

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "plain training", "plain", NOTHING, "Gaussian start, gradient flow: what the others are held against.", plain
    ),
    Recipe(
        "orthogonal start",
        "start",
        NOTHING,
        "Rows do not overlap at the start; where they lead is as random as ever.",
        _from(Orthogonal()),
    ),
    Recipe(
        "own neurons",
        "start",
        KNOWN,
        "Every feature's largest weight is put on a neuron of its own; interference may still move it.",
        _from(Assigned(lead=1.0)),
    ),
    Recipe(
        "own neurons, lead × 2",
        "start",
        KNOWN,
        "The same, and that weight is doubled, so that interference cannot catch up.",
        _from(Assigned(lead=2.0)),
    ),
    Recipe(
        "own neurons, lead × 3",
        "start",
        KNOWN,
        "The same, three times the weight: the race is nearly over at the start.",
        _from(Assigned(lead=3.0)),
    ),
    Recipe(
        "λ/10 first",
        "schedule",
        NOTHING,
        "Interference acts for t = 100 before the race begins in earnest.",
        _first(PENALTY / 10, 100.0),
        partial(trained_on, strength=PENALTY),
    ),
    Recipe(
        "10 λ first",
        "schedule",
        NOTHING,
        "A strong penalty until t = 5 decides the race before interference has acted for long.",
        _first(PENALTY * 10, 5.0),
        partial(trained_on, strength=PENALTY),
    ),
    Recipe(
        "λ/100 at the end",
        "schedule",
        NOTHING,
        "The race is decided as ever; then the penalty's shrinkage is taken back.",
        plain,
        partial(trained_on, strength=PENALTY / 100),
    ),
    Recipe(
        "bipolar noise first",
        "pressure",
        NOTHING,
        "Noise pays for opposite pairs at rest, and turns rows away from each other (docs/theory.md, Noise 3 and 4).",
        _noisy,
        partial(trained_on, strength=PENALTY),
    ),
    Recipe(
        "collision penalty",
        "pressure",
        NOTHING,
        "A second feature on a neuron pays for it while the race is on (docs/theory.md, Mitigation 5).",
        _priced,
        partial(trained_on, strength=PENALTY),
    ),
    Recipe(
        "hidden ReLU",
        "architecture",
        "another architecture",
        "Negative entries write nothing, so that a neuron has one slot instead of two.",
        _rectified,
    ),
    Recipe(
        "hidden ReLU, negative bias",
        "architecture",
        "another architecture",
        "As before, and small entries write nothing at the start (docs/theory.md, Mitigation 6).",
        plain,
        partial(biased, bias=BIAS),
    ),
    Recipe(
        "wider, then pruned",
        "architecture",
        f"{WIDER} times the neurons in training",
        "Fewer collisions where there is more room; unused neurons go at no loss (docs/theory.md, Mitigation 2).",
        _wide,
        pruned,
    ),
    Recipe(
        "loser drawn anew",
        "afterwards",
        WEIGHTS,
        "One feature of each shared neuron is drawn anew and trained again (docs/theory.md, Mitigation 3).",
        plain,
        partial(redrawn, rounds=1),
    ),
    Recipe(
        "loser drawn anew, 3 times",
        "afterwards",
        WEIGHTS,
        "The same for what is left, and once more.",
        plain,
        partial(redrawn, rounds=3),
    ),
    Recipe(
        "loser on unused neurons",
        "afterwards",
        WEIGHTS,
        "One feature of each shared neuron is drawn anew on unused neurons, with one sign, and trained again.",
        plain,
        partial(redrawn, rounds=1, on_unused=True),
    ),
    Recipe(
        "split",
        "afterwards",
        WEIGHTS,
        "One feature of each shared neuron moves to an unused one, exactly and without training "
        "(docs/theory.md, Mitigation 1).",
        plain,
        parted,
    ),
    Recipe(
        "split, then λ/100",
        "afterwards",
        WEIGHTS,
        "Split, and then the penalty's shrinkage is taken back: parted pairs stay apart.",
        plain,
        partial(parted_and_faded, strength=PENALTY / 100),
    ),
)
"""Every recipe; the first is what the others are held against."""

REFERENCE = RECIPES[0].name
REDRAWN, PRUNED, SPLIT, NOISED, SILENCED = (
    "loser drawn anew",
    "wider, then pruned",
    "split",
    "bipolar noise first",
    "hidden ReLU, negative bias",
)
"""Recipes of which theory says more than that neurons are fewer."""
