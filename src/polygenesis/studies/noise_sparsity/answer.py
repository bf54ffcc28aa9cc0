"""Which noise makes rows sparse, in a sentence that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis import stats, theory
from polygenesis.studies.noise_sparsity.claims import SIZES, STRENGTHS
from polygenesis.studies.noise_sparsity.curves import Curve
from polygenesis.studies.wording import found, law


def answers(curves: Sequence[Curve]) -> dict[str, str]:
    """Return the fourth norms at the largest σ, law by law; empty where a law has fewer than two replicates."""
    strongest = [each for each in curves if not each.noise.shared and each.noise.std == max(STRENGTHS)]
    if not strongest or any(len(each.end) < 2 for each in strongest):
        return {}
    ends = ", ".join(
        f"{found(stats.mean(each.end, level=0.9))} under {law(each.noise.kind)} noise" for each in strongest
    )
    level = float(theory.random_row_fourth_norm(SIZES.m))
    return {
        "noise": f"At σ = {max(STRENGTHS):g} rows end at a fourth norm of {ends}; a random direction has {level:.3g}."
    }
