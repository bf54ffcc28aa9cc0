"""Every claim on the number of polysemantic neurons, tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from polygenesis import stats, theory
from polygenesis.stats.estimate import pivotal
from polygenesis.studies import published
from polygenesis.studies.base import Claim, Judgement
from polygenesis.studies.collision_count.claims import (
    EXISTS,
    EXISTS_AT,
    EXPONENT,
    LAW,
    PUBLISHED_LAW,
    ROOM,
    SAME_PROCESS,
    SLOTS,
    START_PAIRS,
)
from polygenesis.studies.judging import ALPHA, blurred, judge, judge_fit, undecided
from polygenesis.studies.measurements import Measured, at_room, roomy
from polygenesis.studies.wording import out_of


def judge_claims(flows: Sequence[Measured], adams: Sequence[Measured]) -> list[Judgement]:
    """Judge every claim of this study."""
    return [
        exists(at_room(flows, EXISTS_AT)),
        start_pairs(flows),
        law(flows),
        exponent(flows),
        slots(flows),
        published_law(),
        same_process(adams),
    ]


def exists(run: Measured) -> Judgement:
    """Test whether most networks have a polysemantic neuron: one count above zero a network, exact binomial."""
    counts = run.counts
    if not len(counts):
        return undecided(EXISTS, "No replicate converged.")
    sharing = int((counts > 0).sum())
    found = stats.proportion_agrees(sharing, len(counts), 0.5, 1.0)
    return judge(
        EXISTS,
        found,
        f"With m = {run.m} neurons for n = {run.n} features, {out_of(sharing, len(counts), 'networks')} "
        f"{'have' if sharing > 1 else 'has'} at least one polysemantic neuron {{tally}}; the mean is "
        f"{counts.mean():.3g} a network.",
    )


def start_pairs(flows: Sequence[Measured]) -> Judgement:
    """Test the number of colliding pairs at the start; every replicate counts, whatever became of it."""
    pairs = [float(count) for each in flows for count in each.start_pairs]
    predicted = [float(theory.colliding_pairs(each.n, each.m)) for each in flows for _ in each.start_pairs]
    found = stats.ratio_agrees(pairs, predicted, 0.05, robust=True)
    return judge_fit(START_PAIRS, found, "Pairs that share a top neuron at the start number {found} times C(n, 2)/m.")


def law(flows: Sequence[Measured]) -> Judgement:
    """Test the constant of n²/4m."""
    sentence = f"Under gradient flow the count is {{found}} times n²/4m for m ≥ {ROOM}n (n = {flows[0].n})."
    return _judge_ratio(LAW, roomy(flows, ROOM), over_law(flows), sentence)


def over_law(flows: Sequence[Measured]) -> stats.Agreement | None:
    """Hold the counts at m ≥ 2n against n²/4m; None for fewer than two replicates."""
    return _ratio(roomy(flows, ROOM), lambda n, m: float(theory.polysemantic_neurons(n, m)))


def slots(flows: Sequence[Measured]) -> Judgement:
    """Test the constant of the slot model."""
    sentence = f"Under gradient flow the count is {{found}} times that of the slot model for m ≥ n (n = {flows[0].n})."
    return _judge_ratio(SLOTS, roomy(flows, 1), over_slots(flows, 1), sentence)


def over_slots(flows: Sequence[Measured], room: int) -> stats.Agreement | None:
    """Hold the counts at m ≥ room · n against the slot model; None for fewer than two replicates."""
    return _ratio(roomy(flows, room), lambda n, m: theory.slot_model(n, m).mean)


def _ratio(runs: Sequence[Measured], predict: Callable[[int, int], float]) -> stats.Agreement | None:
    counts = [float(count) for each in runs for count in each.counts]
    predicted = [predict(each.n, each.m) for each in runs for _ in each.counts]
    return stats.ratio_agrees(counts, predicted, 0.10, robust=True) if len(counts) > 1 else None


def _judge_ratio(claim: Claim, runs: Sequence[Measured], found: stats.Agreement | None, sentence: str) -> Judgement:
    if found is None:
        return undecided(claim, f"Only {sum(len(each.counts) for each in runs)} replicates converged.")
    return judge_fit(claim, found, sentence)


def exponent(flows: Sequence[Measured]) -> Judgement:
    """Test the power of m, from a quasi-Poisson fit to single counts."""
    found = power_of_width(flows)
    if found is None:
        counts = [count for each in roomy(flows, ROOM) for count in each.counts]
        return undecided(EXPONENT, f"Only {len(counts)} converged replicates, {sum(counts):g} polysemantic neurons.")
    return judge_fit(EXPONENT, found, f"The count goes as m to the power {{found}} for m ≥ {ROOM}n (n = {flows[0].n}).")


def power_of_width(flows: Sequence[Measured]) -> stats.Agreement | None:
    """Hold the power of m against −1; None for fewer than three counts, two widths, or one polysemantic neuron."""
    runs = roomy(flows, ROOM)
    counts = [float(count) for each in runs for count in each.counts]
    widths = [float(each.m) for each in runs for _ in each.counts]
    if len(counts) < 3 or len(set(widths)) < 2 or not any(counts):
        return None
    return stats.agrees(stats.power_law(counts, {"m": widths}, robust=True).exponents["m"], -1.1, -0.9)


def published_law() -> Judgement:
    """Test the published means themselves."""
    found = stats.agrees(published_ratio(), 0.90, 1.10)
    return judge(PUBLISHED_LAW, found, f"The published counts are {{found}} times n²/4m for m ≥ {ROOM}n.")


def published_ratio() -> stats.Estimate:
    """Σ published means / Σ n²/4m over m ≥ 2n, with the error of the means and that of reading them."""
    widths = [m for m in published.POLYSEMANTIC_MEANS if m >= ROOM * published.FEATURES]
    total = sum(published.POLYSEMANTIC_MEANS[m] for m in widths)
    law = sum(float(theory.polysemantic_neurons(published.FEATURES, m)) for m in widths)
    error = float(np.hypot(_published_error(dict.fromkeys(widths, 1.0)), published.READING_DEVIATION))
    method, size = "published deviations, normal", published.INSTANCES * len(widths)
    return pivotal(total / law, error, np.inf, 1 - 2 * ALPHA, method, size, "log")


def _published_error(weights: dict[int, float]) -> float:
    """Relative standard error of a weighted sum of published means, from the published deviations."""
    total = sum(weight * published.POLYSEMANTIC_MEANS[m] for m, weight in weights.items())
    variance = sum(
        (weight * published.POLYSEMANTIC_DEVIATIONS[m]) ** 2 / published.INSTANCES for m, weight in weights.items()
    )
    return float(np.sqrt(variance) / total)


def same_process(adams: Sequence[Measured]) -> Judgement:
    """Test our AdamW counts against the published ones, with the errors of both."""
    counts: list[float] = []
    predicted: list[float] = []
    weights: dict[int, float] = {}
    for each in adams:
        width = published.FEATURES * each.m // each.n
        if each.m >= ROOM * each.n and width in published.POLYSEMANTIC_MEANS:
            # n²/4m at one m/n is proportional to n: so are the counts that are compared.
            scale = each.n / published.FEATURES
            counts += [float(count) for count in each.counts]
            predicted += [scale * published.POLYSEMANTIC_MEANS[width]] * len(each.counts)
            weights[width] = scale * len(each.counts)
    if len(counts) < 2:
        return undecided(SAME_PROCESS, "AdamW was not run at a published m/n.")
    ratio = stats.ratio_to_prediction(counts, predicted, robust=True, level=1 - 2 * ALPHA)
    error = float(np.hypot(_published_error(weights), published.READING_DEVIATION))
    return judge_fit(
        SAME_PROCESS,
        stats.agrees(blurred(ratio, error), 0.85, 1.15),
        f"AdamW at n = {adams[0].n} gives {{found}} times the published counts at the same m/n.",
    )
