"""The studies by name; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from polygenesis.errors import unknown_name
from polygenesis.studies.base import Study

PAPER: dict[str, str] = {
    "collision-count": "collision_count.CollisionCount",
    "collision-sign": "collision_sign.CollisionSign",
    "initial-leads": "initial_leads.InitialLeads",
    "penalty-strength": "penalty_strength.PenaltyStrength",
    "sparsification-speed": "sparsification_speed.SparsificationSpeed",
    "noise-sparsity": "noise_sparsity.NoiseSparsity",
}
"""The studies of the paper's own figures and claims, in the order of its report."""

QUESTIONS: dict[str, str] = {
    "rate-constant": "rate_constant.RateConstant",
    "winner-prediction": "winner_prediction.WinnerPrediction",
    "interference-timing": "interference_timing.InterferenceTiming",
    "collision-criterion": "collision_criterion.CollisionCriterion",
    "initialization-laws": "initialization_laws.InitializationLaws",
    "capacity": "capacity.Capacity",
    "origin-tests": "origin_tests.OriginTests",
}
"""The paper's open questions, on its own model."""

NETWORKS: dict[str, str] = {
    "noise-collisions": "noise_collisions.NoiseCollisions",
    "context-sharing": "context_sharing.ContextSharing",
    "regularization": "regularization.Regularization",
    "untied-weights": "untied_weights.UntiedWeights",
    "bias-and-hidden-relu": "bias_and_hidden_relu.BiasAndHiddenRelu",
    "mitigation": "mitigation.Mitigation",
    "deep-winner-take-all": "deep_winner_take_all.DeepWinnerTakeAll",
    "cooccurrence": "cooccurrence.Cooccurrence",
    "feature-complexity": "feature_complexity.FeatureComplexity",
    "toy-models": "toy_models.ToyModels",
}
"""The questions that change the model, the data, the pressure or the depth: they need the `torch` extra."""

GROUPS: dict[str, dict[str, str]] = {
    "paper": PAPER,
    "questions": QUESTIONS,
    "networks": NETWORKS,
    "all": {**PAPER, **QUESTIONS, **NETWORKS},
}
"""Names for several studies at once."""

STUDIES: dict[str, str] = GROUPS["all"]
"""Every study: name → module and class in this folder."""


def names() -> list[str]:
    """Return the names of all studies."""
    return list(STUDIES)


def paper_names() -> list[str]:
    """Return the names of the studies behind `polygenesis paper`, in the order of its report."""
    return list(PAPER)


def chosen(wanted: Sequence[str]) -> list[str]:
    """Return the studies that names and groups stand for, each once, in the order of the registry.

    >>> chosen(["rate-constant", "paper"])[-1]
    'rate-constant'
    """
    found: set[str] = set()
    for name in wanted:
        if name not in GROUPS and name not in STUDIES:
            raise unknown_name("study", name, [*STUDIES, *GROUPS])
        found |= set(GROUPS.get(name, {name: name}))
    return [name for name in STUDIES if name in found]


def get(name: str) -> Study:
    """Return a study by name; an unknown name is answered with the known ones.

    Args:
        name: one of :func:`polygenesis.studies.names`.

    >>> get("collision-count").name
    'collision-count'
    """
    if name not in STUDIES:
        raise unknown_name("study", name, STUDIES)
    module, cls = STUDIES[name].split(".")
    study: Study = getattr(import_module(f"polygenesis.studies.{module}"), cls)()
    return study
