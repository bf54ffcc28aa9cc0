"""The tests that signed weights allow, each returning its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from polygenesis.arrays import Weights
from polygenesis.detect import Census, fourth_norm, shared_pairs
from polygenesis.probe.battery.recurrence import LEVEL
from polygenesis.probe.evidence import Evidence
from polygenesis.probe.surgery.objective import Objective
from polygenesis.probe.surgery.relaxing import relax
from polygenesis.probe.surgery.split_and_relax import Preference, Split, split_and_relax
from polygenesis.theory import CountLaw, slot_model

SETTLED_ENOUGH = 0.9
"""Share of the live features that must have settled before a run is judged."""

AT_REST = 1e-2
"""Fastest move of a weight (objective's clock) at which a network counts as converged: λ moves a weight by λ."""


def preconditions(census: Census, weights: Weights) -> Evidence:
    """Check that live features have settled and that the neuron basis means something."""
    live = census.shape[1] - census.dead_features
    share = float((census.settled_features / np.maximum(live, 1)).min())
    level = float(np.median(fourth_norm(weights / _norms(weights))))
    random = 3 / (census.shape[2] + 2)
    sound = bool(share >= SETTLED_ENOUGH and live.min() > 0)
    basis = f"rows have a median fourth norm of {level:.2f} (1: on one neuron, {random:.2f}: no privileged basis)"
    return Evidence(
        "preconditions",
        share,
        "1 when every live feature has settled",
        None,
        level,
        f"{share:.0%} of the live features have settled in the least settled run; {basis}.",
        sound,
    )


def at_rest(census: Census, weights: Weights, objective: Objective) -> Evidence:
    """Train each run on by gradient flow and see whether its shared neurons stay."""
    from polygenesis.detect import census as classify

    relaxed = [relax(objective, each) for each in weights]
    later = classify(np.stack([each.weights for each in relaxed]), census.thresholds).polysemantic
    moved = int(np.abs(later - census.polysemantic).sum())
    total = int(census.polysemantic.sum())
    stable = moved <= max(1, 0.05 * total)
    said = f"{total} shared neurons before and {int(later.sum())} after training on"
    return Evidence("convergence", float(moved), "0 shared neurons change", None, None, f"{said}.", bool(stable))


def bookkeeping(forced: int, idle: int, excess: int, runs: int) -> Evidence:
    """State how much of the excess was forced: bookkeeping, no test."""
    share = forced / excess if excess else 0.0
    said = f"Σ(features − 1) over shared neurons is {excess:,} in {_runs(runs)}: at least {forced:,} forced"
    return Evidence(
        "accounting",
        float(excess),
        f"{forced} forced",
        None,
        share,
        f"{said}, at most {excess - forced:,} not; {idle:,} neurons were left idle.",
    )


def collision_null(census: Census) -> Evidence:
    """Compare the shared neurons with n features in 2m signed slots at random: exact law, high side only, n <= m.

    Trained networks with m >= n share less than that on average, so that p is too large rather than too small.
    """
    live = (census.shape[1] - census.dead_features).tolist()
    m = census.shape[2]
    law = _sum_of_laws([slot_model(n, m) for n in live])
    seen = int(census.polysemantic.sum())
    p = float(law.at_least(seen))
    more = "More sharing than chance gives" if p <= LEVEL else "No more sharing than chance gives"
    return Evidence(
        "collision null",
        float(seen),
        f"{law.mean:.4g} by chance",
        p,
        seen / law.mean if law.mean else None,
        f"{more}: {seen} shared neurons, {law.mean:.4g} expected (exact, p = {p:.2g}). "
        "Less than expected proves nothing.",
        p <= LEVEL,
    )


def signs(census: Census) -> Evidence:
    """Count pairs of one sign on one neuron among settled features."""
    pairs = shared_pairs(census)
    same, total = int(pairs.same_counts.sum()), len(pairs)
    said = (
        "the loss prefers them together, or training is unfinished"
        if same
        else "all are of opposite signs, which the output's ReLU makes free"
    )
    return Evidence(
        "signs",
        float(same),
        "0 of one sign when the loss is indifferent",
        None,
        same / total if total else None,
        f"{same} of {total} sharing pairs have one sign: {said}." if total else "No pair of settled features shares.",
        same > 0,
    )


def splits(
    weights: Weights, census: Census, objective: Objective, recurring: Sequence[tuple[int, int]], most: int
) -> tuple[list[tuple[int, Split]], Evidence | None]:
    """Part recurring pairs (or any that share, if none recurs) and say what the loss prefers."""
    found: list[tuple[int, Split]] = []
    sharing = shared_pairs(census)
    for r in range(len(weights)):
        budget = most // len(weights) + (r < most % len(weights))
        rows = sharing.replicate == r
        here = list(zip(sharing.first[rows].tolist(), sharing.second[rows].tolist(), strict=True))
        pairs = [pair for pair in recurring if pair in set(here)] if recurring else here
        done = split_and_relax(weights[r], objective, pairs=pairs[:budget], thresholds=census.thresholds)
        found += [(r, one) for one in done]
    if not found:
        return [], None
    preferred = sum(one.preference is Preference.PREFERRED for _, one in found)
    trapped = sum(one.preference is Preference.TRAPPED for _, one in found)
    change = float(np.median([one.change for _, one in found]))
    which = "recurring" if recurring else "sharing"
    indifferent = len(found) - preferred - trapped
    said = (
        f"Of {len(found)} {which} pairs that were parted and trained on, the loss prefers {preferred} as they were, "
        f"is indifferent to {indifferent}, and gains from parting {trapped} "
        f"(median change {change:+.3f} of what one feature costs)"
    )
    grown = " A neuron was added, as none was unused." if any(one.grown for _, one in found) else ""
    return found, Evidence(
        "split and relax", preferred / len(found), "0 when indifferent", None, change, f"{said}.{grown}",
        2 * preferred > len(found),
    )  # fmt: skip


def width_sweep(shared: Mapping[int, Sequence[int]]) -> Evidence:
    """Fit how shared neurons depend on the width: width m → counts, one a run; slope −1 chance, 0 structure.

    Quasi-Poisson regression of the counts on log m. Needs two widths or more.
    """
    from polygenesis.errors import InputError
    from polygenesis.stats import power_law

    if len(shared) < 2:
        raise InputError(f"Argument `widths` must have at least two widths, but has {len(shared)}.")
    m = [width for width, counts in shared.items() for _ in counts]
    counts = [int(count) for each in shared.values() for count in each]
    slope = power_law(counts, {"m": m}).exponents["m"]
    chance, flat = slope.lower <= -1 <= slope.upper, slope.lower <= 0 <= slope.upper
    said = {(True, False): "as chance has it", (False, True): "as structure by task has it"}.get(
        (chance, flat), "which is neither chance (−1) nor structure by task (0)" if not chance else "too wide to tell"
    )
    interval = f"[{slope.lower:.2f}, {slope.upper:.2f}]"
    return Evidence(
        "width sweep",
        slope.value,
        "−1 by chance, 0 by task",
        None,
        slope.value,
        f"Shared neurons go as width to the power {slope.value:.2f} {interval}, {said}.",
        flat and not chance,
    )


def _norms(weights: Weights) -> Weights:
    norms = np.sqrt((np.asarray(weights, dtype=np.float64) ** 2).sum(axis=2, keepdims=True))
    return np.where(norms > 0, norms, 1.0)


def _sum_of_laws(laws: Sequence[CountLaw]) -> CountLaw:
    """The law of the sum of independent counts, by exact convolution."""
    first, total = 0, np.ones(1)
    for law in laws:
        first, total = first + law.first, np.convolve(total, law.probabilities)
    return CountLaw("sum of slot models", first, total, laws[0].regime, laws[0].source)


def _runs(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"
