"""How many neurons become polysemantic, against the number of neurons (the paper's E3; claims C1, C3, C4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.dynamics.base import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs, published
from polygenesis.studies.base import Claim, Illustration, Judgement, Profile, Study, StudyResult, Verdict
from polygenesis.studies.judging import judge
from polygenesis.studies.measurements import Measured, measure_all
from polygenesis.training import AdamW

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Chart, Series

ROOM = 2
"""The law is judged where m ≥ 2n: it is first order in n/m, and at m = n the models differ by more than half."""

EXISTS = Claim(
    "Polysemantic neurons appear although there are more neurons than features.",
    "arXiv:2312.03096, C1",
    "The 95 % interval of the mean count at m = 4n lies above 0.",
    "Gradient flow, m = 4n, converged replicates.",
)
START_PAIRS = Claim(
    "At the start C(n, 2)/m pairs of features share their top neuron.",
    "arXiv:2312.03096, C3",
    "Pairs over prediction within 1 ± 0.05.",
    "Independent Gaussian weights, all widths.",
)
LAW = Claim(
    "After training n²/4m neurons are polysemantic.",
    "arXiv:2312.03096, C4",
    "Count over n²/4m within 1 ± 0.10.",
    "Gradient flow, m ≥ 2n, converged replicates.",
)
EXPONENT = Claim(
    "The number of polysemantic neurons falls as 1/m.",
    "arXiv:2312.03096, C4",
    "Exponent of m within −1 ± 0.10.",
    "Gradient flow, m ≥ 2n, converged replicates.",
)
SLOTS = Claim(
    "The slot model (features take free signed slots at random) predicts the count.",
    "slot model, exact",
    "Count over model within 1 ± 0.10.",
    "Gradient flow, m ≥ n, converged replicates.",
)
PUBLISHED_LAW = Claim(
    "The paper's own counts follow n²/4m.",
    "arXiv:2312.03096, figure of E3",
    "Published means over n²/4m within 1 ± 0.10 (figures read to ±3 %).",
    "AdamW as published, n = 256, 2n ≤ m ≤ 16n.",
)
SAME_PROCESS = Claim(
    "AdamW as published gives the published counts, relative to n²/4m at the same m/n.",
    "arXiv:2312.03096, figure of E3",
    "Ratio of the two within 1 ± 0.15.",
    "AdamW, λ = 1e-3, 7,500 steps, |W| in [0.8, 1.2], 2n ≤ m ≤ 16n.",
)


class CollisionCount(Study):
    """Count polysemantic neurons by width under gradient flow and AdamW, against the law and two exact models."""

    name = "collision-count"
    title = "How many neurons become polysemantic?"
    question = "Does the number of polysemantic neurons follow n²/4m, and with which constant?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Gradient flow and AdamW over the widths of E3."""
        return [*paper_runs.flows(profile), *paper_runs.adams(profile)]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        specs = self.specs(profile)
        measured = measure_all(specs, runs)
        adams = [each for each in measured if isinstance(each.spec.training, AdamW)]
        flows = [each for each in measured if each not in adams]
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(flows, adams)),
            tables={
                "counts by width": table(flows, adams),
                "how replicates ended": outcomes(measured),
                "counts by threshold": sensitivity(flows, adams),
            },
            illustrations=illustrations(flows, adams),
            limits=(
                f"AdamW was run at n = {adams[0].n}; `--full` runs it at the paper's n = 256.",
                "The published means are read off a figure (±3 %); their intervals use its standard deviations.",
                "Gradient flow is run at λ = 0.016; the study penalty-strength shows what λ changes.",
            ),
            keys=tuple(spec.key for spec in specs),
        )


def judgements(flows: Sequence[Measured], adams: Sequence[Measured]) -> list[Judgement]:
    """Judge every claim of this study."""
    return [
        _exists(next(each for each in flows if each.m == 4 * each.n)),
        _start_pairs(flows),
        _law(flows),
        _exponent(flows),
        _slots(flows),
        _published_law(),
        _same_process(adams),
    ]


def roomy(measured: Sequence[Measured], room: int = ROOM) -> list[Measured]:
    """Keep the runs with m ≥ room · n that have usable replicates."""
    return [each for each in measured if each.m >= room * each.n and each.usable.any()]


def against(measured: Sequence[Measured], predict: Callable[[int, int], object]) -> tuple[list[float], list[float]]:
    """Return counts of usable replicates and the prediction for each, flat."""
    counts: list[float] = []
    predicted: list[float] = []
    for each in measured:
        counts += [float(count) for count in each.counts]
        predicted += [float(predict(each.n, each.m))] * len(each.counts)  # type: ignore[arg-type]
    return counts, predicted


def _exists(run: Measured) -> Judgement:
    mean = stats.mean_count(run.counts)
    verdict = Verdict.SUPPORTED if mean.lower > 0 else Verdict.UNDECIDED if mean.value > 0 else Verdict.REFUTED
    return Judgement(
        EXISTS,
        verdict,
        f"With m = {run.m} neurons for n = {run.n} features, {mean.value:.3g} [{mean.lower:.3g}, {mean.upper:.3g}] "
        f"neurons are polysemantic ({len(run.counts)} converged replicates).",
    )


def _start_pairs(flows: Sequence[Measured]) -> Judgement:
    pairs = [float(count) for each in flows for count in each.start_pairs]
    predicted = [float(theory.colliding_pairs(each.n, each.m)) for each in flows for _ in each.start_pairs]
    found = stats.ratio_agrees(pairs, predicted, 0.05, robust=True)
    return judge(
        START_PAIRS, found, "Pairs that share a top neuron at the start are {value} [{lower}, {upper}] of C(n, 2)/m."
    )


def _law(flows: Sequence[Measured]) -> Judgement:
    found = stats.ratio_agrees(*against(roomy(flows), theory.polysemantic_neurons), 0.10, robust=True)
    return judge(LAW, found, "Under gradient flow the count is {value} [{lower}, {upper}] of n²/4m for m ≥ 2n.")


def _exponent(flows: Sequence[Measured]) -> Judgement:
    counts = [float(count) for each in roomy(flows) for count in each.counts]
    widths = [float(each.m) for each in roomy(flows) for _ in each.counts]
    found = stats.agrees(stats.power_law(counts, {"m": widths}, robust=True).exponents["m"], -1.1, -0.9)
    return judge(EXPONENT, found, "The count falls as m to the power {value} [{lower}, {upper}] for m ≥ 2n.")


def _slots(flows: Sequence[Measured]) -> Judgement:
    found = stats.ratio_agrees(*against(roomy(flows, 1), lambda n, m: theory.slot_model(n, m).mean), 0.10, robust=True)
    return judge(SLOTS, found, "Under gradient flow the count is {value} [{lower}, {upper}] of the slot model, m ≥ n.")


def _published_law() -> Judgement:
    found = stats.agrees(_published_ratio(), 0.90, 1.10)
    return judge(PUBLISHED_LAW, found, "The published counts are {value} [{lower}, {upper}] of n²/4m for m ≥ 2n.")


def _published_ratio() -> stats.Estimate:
    """Σ published means / Σ n²/4m over m ≥ 2n, with the interval that the published deviations give."""
    widths = [m for m in published.POLYSEMANTIC_MEANS if m >= ROOM * published.FEATURES]
    total = sum(published.POLYSEMANTIC_MEANS[m] for m in widths)
    law = sum(float(theory.polysemantic_neurons(published.FEATURES, m)) for m in widths)
    variance = sum(published.POLYSEMANTIC_DEVIATIONS[m] ** 2 / published.INSTANCES for m in widths)
    error = float(np.sqrt(variance / total**2 + published.READING_ERROR**2 / len(widths)))
    reach = 1.645 * error
    return stats.Estimate(
        total / law,
        total / law * np.exp(-reach),
        total / law * np.exp(reach),
        0.90,
        "published deviations, log scale",
        published.INSTANCES * len(widths),
        error=error,
        scale="log",
    )


def _same_process(adams: Sequence[Measured]) -> Judgement:
    counts: list[float] = []
    predicted: list[float] = []
    for each in adams:
        width = published.FEATURES * each.m // each.n
        if each.m >= ROOM * each.n and width in published.POLYSEMANTIC_MEANS:
            published_share = published.POLYSEMANTIC_MEANS[width] / float(
                theory.polysemantic_neurons(published.FEATURES, width)
            )
            counts += [float(count) for count in each.published]
            predicted += [published_share * float(theory.polysemantic_neurons(each.n, each.m))] * len(each.published)
    found = stats.ratio_agrees(counts, predicted, 0.15, robust=True)
    return judge(
        SAME_PROCESS,
        found,
        f"AdamW at n = {adams[0].n} gives {{value}} [{{lower}}, {{upper}}] of the published counts at the same m/n.",
    )


def table(flows: Sequence[Measured], adams: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: the mean count with its interval, and what each theory predicts."""
    import pandas as pd

    rows = []
    for each in (*flows, *adams):
        of_adam = isinstance(each.spec.training, AdamW)
        counts = each.published if of_adam else each.counts
        mean = stats.mean_count(counts) if len(counts) > 1 else None
        rows.append(
            {
                "training": "AdamW" if of_adam else "gradient flow",
                "n": each.n,
                "m": each.m,
                "counted": "|W| in [0.8, 1.2]" if of_adam else "settled, |W| ≥ 0.5",
                "replicates": len(counts),
                "mean": np.nan if mean is None else mean.value,
                "lower": np.nan if mean is None else mean.lower,
                "upper": np.nan if mean is None else mean.upper,
                "variance/mean": float(np.var(counts, ddof=1) / np.mean(counts)) if mean and mean.value else np.nan,
                "n²/4m": float(theory.polysemantic_neurons(each.n, each.m)),
                "slot model": theory.slot_model(each.n, each.m).mean,
                "occupancy model": theory.occupancy_moments(each.n, each.m)[0],
                "published": published.POLYSEMANTIC_MEANS.get(each.m, np.nan)
                if each.n == published.FEATURES
                else np.nan,
            }
        )
    return pd.DataFrame(rows)


def outcomes(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: how its replicates ended, and the features that died or stayed split."""
    import pandas as pd

    return pd.DataFrame(
        {
            "training": "AdamW" if isinstance(each.spec.training, AdamW) else "gradient flow",
            "n": each.n,
            "m": each.m,
            "replicates": len(each.outcomes),
            "counted": int(each.usable.sum()),
            "outcomes": ", ".join(sorted({outcome.name.lower() for outcome in each.outcomes})),
            "dead features": int(each.dead_features.sum()),
            "split features": int(each.split_features.sum()),
        }
        for each in measured
    )


def sensitivity(flows: Sequence[Measured], adams: Sequence[Measured]) -> pd.DataFrame:
    """Return how the mean count moves with the threshold at m = 4n, for both ways of training."""
    import pandas as pd

    tables = [
        each.thresholds.assign(training=training, n=each.n, m=each.m)
        for training, runs in (("gradient flow", flows), ("AdamW", adams))
        for each in runs
        if each.m == 4 * each.n
    ]
    merged = pd.concat(tables, ignore_index=True)
    return merged[["training", "n", "m", "thresholds", "carried", "polysemantic", "shared", "undecided", "resolved"]]


def illustrations(flows: Sequence[Measured], adams: Sequence[Measured]) -> tuple[Illustration, ...]:
    """Draw counts against width, and against the threshold."""
    counts = count_chart(flows, adams)
    thresholds = threshold_chart(flows, adams)
    n = flows[0].n
    return (
        Illustration(
            "polysemantic-neurons",
            f"Polysemantic neurons against the number of neurons, n = {n} features: mean of converged replicates under "
            "gradient flow with 95 % quasi-Poisson intervals, the paper's published AdamW counts (95 % intervals from "
            "its standard deviations), the law n²/4m, and the slot and occupancy models. Right: everything divided by "
            "the law."
            + ("" if adams[0].n == n else f" AdamW at n = {adams[0].n} is placed at the same m/n, as a ratio only."),
            counts.draw,
            counts.interactive,
        ),
        Illustration(
            "thresholds",
            "How the count at m = 4n depends on the threshold from which a weight counts as carrying its feature.",
            thresholds.draw,
            thresholds.interactive,
        ),
    )


def count_chart(flows: Sequence[Measured], adams: Sequence[Measured]) -> Chart:
    """Draw counts by width with every theory, and all of them relative to the law."""
    from polygenesis import plots

    usable = [each for each in flows if len(each.counts) > 1]
    n, widths = usable[0].n, [each.m for each in usable]
    means = [stats.mean_count(each.counts) for each in usable]
    curves = [
        plots.series(
            "gradient flow",
            widths,
            [mean.value for mean in means],
            interval=([mean.lower for mean in means], [mean.upper for mean in means]),
            style="points",
        )
    ]
    if n == published.FEATURES:
        curves.append(_published_series())
    curves.append(_scaled_adam(n, adams))
    law = [float(theory.polysemantic_neurons(n, m)) for m in widths]
    curves.append(plots.series("slot model", widths, [theory.slot_model(n, m).mean for m in widths]))
    curves.append(plots.series("occupancy model", widths, [theory.occupancy_moments(n, m)[0] for m in widths]))
    return plots.counts(
        curves,
        law=plots.series("n²/4m", widths, law),
        alt="Counts of polysemantic neurons fall with the number of neurons, near n²/4m; the right panel shows ratios.",
    )


def _published_series() -> Series:
    from polygenesis import plots

    widths = list(published.POLYSEMANTIC_MEANS)
    means = np.array(list(published.POLYSEMANTIC_MEANS.values()))
    reach = 2.131 * np.array(list(published.POLYSEMANTIC_DEVIATIONS.values())) / published.INSTANCES**0.5
    return plots.series("published", widths, means, interval=(means - reach, means + reach), style="points")


def _scaled_adam(n: int, adams: Sequence[Measured]) -> Series:
    """AdamW's counts; where it ran at another n, scaled by n²/4m to the same m/n."""
    from polygenesis import plots

    means = [stats.mean_count(each.published) for each in adams]
    scale = n / adams[0].n
    label = "AdamW" if scale == 1 else f"AdamW (n = {adams[0].n}, scaled)"
    return plots.series(
        label,
        [each.m * scale for each in adams],
        [mean.value * scale for mean in means],
        interval=([mean.lower * scale for mean in means], [mean.upper * scale for mean in means]),
        style="points",
        role="AdamW",
    )


def threshold_chart(flows: Sequence[Measured], adams: Sequence[Measured]) -> Chart:
    """Draw the count at m = 4n against the lower threshold, for both ways of training."""
    from polygenesis import plots

    table = sensitivity(flows, adams)
    lower = table[table["thresholds"].str.startswith("from ") | (table["thresholds"] == "half")]
    curves = []
    for training in ("gradient flow", "AdamW"):
        rows = lower[lower["training"] == training]
        edges = rows["thresholds"].str.replace("from ", "").replace("half", "0.5").astype(float)
        rows = rows.assign(edge=edges).sort_values("edge")
        curves.append(plots.series(training, rows["edge"].to_numpy(), rows["shared"].to_numpy(), style="both"))
    return plots.threshold_sensitivity(curves, chosen={"half": 0.5, "paper": 0.8})
