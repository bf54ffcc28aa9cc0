"""What the paper and two exact models say of the number of polysemantic neurons, with margins stated beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from polygenesis import stats, theory
from polygenesis.stats.estimate import pivotal
from polygenesis.studies import published
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.counts import ratio
from polygenesis.studies.evidence import Counted, Evidence, Fit, pool
from polygenesis.studies.judging import blurred
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.measurements import Measured, at_room, roomy
from polygenesis.studies.wording import out_of

ROOM = 2
"""The law is judged where m ≥ 2n: it is first order in n/m, and at m = n the models differ by more than half."""

EXISTS_AT = 4
"""Where a polysemantic neuron must appear: m = 4n, well beyond one neuron a feature."""


class Found(NamedTuple):
    """What was measured: gradient flow and AdamW, one entry a width."""

    flows: Sequence[Measured]
    adams: Sequence[Measured] = ()


def exists(found: Found) -> Reading:
    """Networks with a polysemantic neuron at m = 4n: one count above zero a network."""
    run = at_room(found.flows, EXISTS_AT)
    counts, sharing = run.counts, int((run.counts > 0).sum())
    if not len(counts):
        return too_little("No replicate converged.", [run])
    return read(
        Counted(sharing, len(counts)),
        [run],
        n=run.n,
        m=run.m,
        networks=out_of(sharing, len(counts), "networks"),
        have="have" if sharing > 1 else "has",
        mean=counts.mean(),
    )


def start_pairs(found: Found) -> Reading:
    """Colliding pairs at the start over C(n, 2)/m; every replicate counts, whatever became of it."""
    pairs = [float(count) for each in found.flows for count in each.start_pairs]
    predicted = [float(theory.colliding_pairs(each.n, each.m)) for each in found.flows for _ in each.start_pairs]
    together = Fit(stats.ratio_to_prediction(pairs, predicted, robust=True, level=LEVEL))
    cells = {
        f"m = {each.m}": ratio(each.start_pairs, float(theory.colliding_pairs(each.n, each.m))) for each in found.flows
    }
    return read(pool(together, cells), found.flows)


def law(found: Found) -> Reading:
    """Counts at m ≥ 2n over n²/4m."""
    return _ratio(found.flows, ROOM, _law, over_law(found.flows))


def over_law(flows: Sequence[Measured]) -> stats.Estimate | None:
    """Estimate the counts at m ≥ 2n over n²/4m; None for fewer than two replicates."""
    return _over(roomy(flows, ROOM), _law)


def slots(found: Found) -> Reading:
    """Counts at every width over those of the slot model."""
    return _ratio(found.flows, 1, _slots, over_slots(found.flows, 1))


def over_slots(flows: Sequence[Measured], room: int) -> stats.Estimate | None:
    """Estimate the counts at m ≥ room · n over the slot model; None for fewer than two replicates."""
    return _over(roomy(flows, room), _slots)


def _law(n: int, m: int) -> float:
    return float(theory.polysemantic_neurons(n, m))


def _slots(n: int, m: int) -> float:
    return theory.slot_model(n, m).mean


def _over(runs: Sequence[Measured], predict: Callable[[int, int], float]) -> stats.Estimate | None:
    counts = [float(count) for each in runs for count in each.counts]
    predicted = [predict(each.n, each.m) for each in runs for _ in each.counts]
    return stats.ratio_to_prediction(counts, predicted, robust=True, level=LEVEL) if len(counts) > 1 else None


def _ratio(
    flows: Sequence[Measured], room: int, predict: Callable[[int, int], float], together: stats.Estimate | None
) -> Reading:
    runs = roomy(flows, room)
    if together is None:
        return too_little(f"Only {sum(len(each.counts) for each in runs)} replicates converged.", runs)
    cells = {f"m = {each.m}": ratio(each.counts, predict(each.n, each.m)) for each in runs}
    return read(pool(Fit(together), cells), runs, n=flows[0].n)


def exponent(found: Found) -> Reading:
    """The power of m, from a quasi-Poisson fit to single counts."""
    runs, power = roomy(found.flows, ROOM), power_of_width(found.flows)
    if power is None:
        counts = [count for each in runs for count in each.counts]
        return too_little(f"Only {len(counts)} converged replicates, {sum(counts):g} polysemantic neurons.", runs)
    return read(Fit(power), runs, n=found.flows[0].n)


def power_of_width(flows: Sequence[Measured]) -> stats.Estimate | None:
    """Estimate the power of m; None for fewer than three counts, two widths, or one polysemantic neuron."""
    runs = roomy(flows, ROOM)
    counts = [float(count) for each in runs for count in each.counts]
    widths = [float(each.m) for each in runs for _ in each.counts]
    if len(counts) < 3 or len(set(widths)) < 2 or not any(counts):
        return None
    return stats.power_law(counts, {"m": widths}, robust=True).exponents["m"].at(LEVEL)


def published_law(_: object) -> Reading:
    """Published means over n²/4m."""
    return read(published_ratio())


def published_ratio() -> stats.Estimate:
    """Σ published means / Σ n²/4m over m ≥ 2n, with the error of the means and that of reading them."""
    widths = [m for m in published.POLYSEMANTIC_MEANS if m >= ROOM * published.FEATURES]
    total = sum(published.POLYSEMANTIC_MEANS[m] for m in widths)
    expected = sum(float(theory.polysemantic_neurons(published.FEATURES, m)) for m in widths)
    error = float(np.hypot(_published_error(dict.fromkeys(widths, 1.0)), published.READING_DEVIATION))
    method, size = "published deviations, normal", published.INSTANCES * len(widths)
    return pivotal(total / expected, error, np.inf, LEVEL, method, size, "log")


def _published_error(weights: dict[int, float]) -> float:
    """Relative standard error of a weighted sum of published means, from the published deviations."""
    total = sum(weight * published.POLYSEMANTIC_MEANS[m] for m, weight in weights.items())
    variance = sum(
        (weight * published.POLYSEMANTIC_DEVIATIONS[m]) ** 2 / published.INSTANCES for m, weight in weights.items()
    )
    return float(np.sqrt(variance) / total)


def same_process(found: Found) -> Reading:
    """Our AdamW counts over the published ones, with the errors of both."""
    counts: list[float] = []
    predicted: list[float] = []
    weights: dict[int, float] = {}
    for each in found.adams:
        width = published.FEATURES * each.m // each.n
        if each.m >= ROOM * each.n and width in published.POLYSEMANTIC_MEANS:
            # n²/4m at one m/n is proportional to n: so are the counts that are compared.
            scale = each.n / published.FEATURES
            counts += [float(count) for count in each.counts]
            predicted += [scale * published.POLYSEMANTIC_MEANS[width]] * len(each.counts)
            weights[width] = scale * len(each.counts)
    runs = [each for each in found.adams if published.FEATURES * each.m // each.n in weights]
    if len(counts) < 2:
        return too_little("AdamW was not run at a published m/n.", found.adams)
    together = stats.ratio_to_prediction(counts, predicted, robust=True, level=LEVEL)
    error = float(np.hypot(_published_error(weights), published.READING_DEVIATION))
    cells = {f"m = {each.m}": _over_published(each) for each in runs}
    return read(pool(Fit(blurred(together, error)), cells), runs, n=found.adams[0].n)


def _over_published(run: Measured) -> Evidence | None:
    """One width's counts over the published mean, with the error of both."""
    width = published.FEATURES * run.m // run.n
    found = ratio(run.counts, run.n / published.FEATURES * published.POLYSEMANTIC_MEANS[width])
    error = float(np.hypot(_published_error({width: 1.0}), published.READING_DEVIATION))
    return blurred(found, error) if isinstance(found, stats.Estimate) else found


EXISTS = Claim(
    "Polysemantic neurons appear although there are more neurons than features.",
    "arXiv:2312.03096; docs/paper.md, C1",
    Margin.share("Share of networks with at least one", above=0.5),
    f"converged replicates at m = {EXISTS_AT}n",
    "With m = {m} neurons for n = {n} features, {networks} {have} at least one polysemantic neuron {tally}; the mean "
    "is {mean:.3g} a network.",
    exists,
    trials="quantity after a first run: at first the mean count was to exceed 0, which a single pair makes true",
)
START_PAIRS = Claim(
    "At the start C(n, 2)/m pairs of features share their top neuron.",
    "arXiv:2312.03096; docs/paper.md, C3",
    Margin.around("Pairs over prediction, summed over widths,", 1, 0.05),
    "independent Gaussian weights, every replicate",
    "Pairs that share a top neuron at the start number {found} times C(n, 2)/m.",
    start_pairs,
)
LAW = Claim(
    "After training n²/4m neurons are polysemantic.",
    "arXiv:2312.03096; docs/paper.md, C4",
    Margin.around("Count over n²/4m, summed over widths,", 1, 0.10),
    f"converged replicates, m ≥ {ROOM}n",
    f"Under gradient flow the count is {{found}} times n²/4m for m ≥ {ROOM}n (n = {{n}}).",
    law,
)
EXPONENT = Claim(
    "The number of polysemantic neurons falls as 1/m.",
    "arXiv:2312.03096; docs/paper.md, C4",
    Margin.around("Exponent of m", -1, 0.10),
    f"converged replicates, m ≥ {ROOM}n",
    f"The count goes as m to the power {{found}} for m ≥ {ROOM}n (n = {{n}}).",
    exponent,
)
SLOTS = Claim(
    "The slot model (features take free signed slots at random) predicts the count.",
    "docs/theory.md, eq. slot",
    Margin.around("Count over model, summed over widths,", 1, 0.10),
    "converged replicates, m ≥ n",
    "Under gradient flow the count is {found} times that of the slot model for m ≥ n (n = {n}).",
    slots,
)
PUBLISHED_LAW = Claim(
    "The paper's own counts follow n²/4m.",
    "arXiv:2312.03096, figure of experiment E3 (docs/paper.md)",
    Margin.around("Published means over n²/4m, summed over widths (figures read to ±3 %),", 1, 0.10),
    f"AdamW as published, n = {published.FEATURES}, {ROOM}n ≤ m ≤ 16n",
    f"The published counts are {{found}} times n²/4m for m ≥ {ROOM}n.",
    published_law,
)
SAME_PROCESS = Claim(
    "AdamW as published gives the published counts, relative to n²/4m at the same m/n.",
    "arXiv:2312.03096, figure of experiment E3 (docs/paper.md)",
    Margin.around("Ratio of the two, summed over widths,", 1, 0.15),
    f"|W| in [0.8, 1.2], any replicate, m ≥ {ROOM}n",
    "AdamW at n = {n} gives {found} times the published counts at the same m/n.",
    same_process,
)

CLAIMS = (EXISTS, START_PAIRS, LAW, EXPONENT, SLOTS, PUBLISHED_LAW, SAME_PROCESS)
