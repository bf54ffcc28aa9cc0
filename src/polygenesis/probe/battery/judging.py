"""The battery: every test that the given evidence allows, in order of evidence, and what was missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats, Integers, Weights
from polygenesis.detect import Census, shared_pairs
from polygenesis.errors import InputError
from polygenesis.probe.battery import weight_tests
from polygenesis.probe.battery.counterfactual import Retrain, counterfactual
from polygenesis.probe.battery.recurrence import LEAST_RUNS, LEVEL, Recurrence, mixed, recurrence, recurrence_within
from polygenesis.probe.battery.related_starts import RelatedStarts, related_starts, related_text
from polygenesis.probe.battery.start_overlap import start_overlap, starting_text
from polygenesis.probe.evidence import Evidence, Missing, Verdict, judge
from polygenesis.probe.surgery.objective import Objective
from polygenesis.probe.surgery.split_and_relax import Split
from polygenesis.theory import accounting

FINISHED = "a converged network"
CROWDED = "with more features than neurons, trained networks share a little more than random slots do"
"""Why the collision null is left out below m = n: its test at 5 % rejects 14 to 29 % of such networks."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What the battery found: evidence and gaps in order, the splits that were tried, and the verdict."""

    evidence: tuple[Evidence, ...]
    missing: tuple[Missing, ...]
    splits: tuple[tuple[int, Split], ...]
    recurrence: Recurrence | None
    related: RelatedStarts | None
    verdict: Verdict


def judge_weights(
    weights: Weights,
    census: Census,
    *,
    initial: Weights | None,
    objective: Objective | None,
    retrain: Retrain | None,
    counterfactuals: int,
    splits: int,
    widths: Mapping[int, Sequence[int]] | None,
    seed: int,
    draws: int,
) -> Findings:
    """Run the battery on signed weights (R, n, m) whose hidden layer is linear and whose output has a ReLU."""
    evidence: list[Evidence] = [weight_tests.preconditions(census, weights)]
    missing: list[Missing] = []
    if objective is not None:
        evidence.append(weight_tests.at_rest(census, weights, objective))
    sound = all(each.finding for each in evidence)
    forced, excess = _accounts([_settled(census, r) for r in range(len(weights))], evidence)
    if (census.shape[1] - census.dead_features).max() <= census.shape[2]:
        evidence.append(weight_tests.collision_null(census))
    else:
        missing.append(Missing("collision null", CROWDED, "a network with at least as many neurons as features"))
    evidence.append(weight_tests.signs(census))
    settled = [_settled(census, r) for r in range(len(weights))]
    found = _recurrence(settled, seed, draws, evidence, missing)
    starts = list(initial) if initial is not None else None
    related = _related(starts, settled, True, seed, draws, evidence)
    tried: list[tuple[int, Split]] = []
    prefers = None
    if objective is None:
        missing.append(Missing("split and relax", "the loss is not known", "`objective`, such as one_hot_objective(λ)"))
    elif census.polysemantic.any():
        tried, said = weight_tests.splits(weights, census, objective, _returning(found, related), splits)
        if said is not None:
            evidence.append(said)
            prefers = said.finding
    pairs = shared_pairs(census)
    ends = [np.stack([pairs.first, pairs.second], axis=1)[pairs.replicate == r] for r in range(len(weights))]
    _start(starts, ends, True, seed, evidence, missing)
    if retrain is None or initial is None or counterfactuals < 1:
        missing.append(
            Missing("counterfactual", "no network was trained again", "`counterfactuals=20` with a Run, or `retrain`")
        )
    elif len(pairs):
        again = counterfactual(
            initial, weights, retrain, pairs=counterfactuals,
            rng=seeds.generator(seed, "diagnose", "counterfactual"), thresholds=census.thresholds,
        )  # fmt: skip
        evidence.append(_counterfactual(again))
    _widths(widths, evidence, missing)
    verdict = _verdict(excess, forced, found, related, prefers, sound, evidence)
    return Findings(tuple(evidence), tuple(missing), tuple(tried), found, related, verdict)


def judge_selections(
    selected: Sequence[Booleans],
    *,
    initial: Sequence[Floats] | None,
    widths: Mapping[int, Sequence[int]] | None,
    live: Sequence[int],
    seed: int,
    draws: int,
) -> Findings:
    """Run the battery on thresholded selectivity: one 0/1 matrix (n, m) a run, neurons that are not constant, (R,)."""
    evidence: list[Evidence] = []
    missing: list[Missing] = [
        Missing("convergence", "activations alone do not show it", f"activations of {FINISHED}"),
        Missing(
            "collision null", "it holds for signed one-neuron codes only, never for thresholded selectivity", "weights"
        ),
        Missing("signs", "behind a hidden nonlinearity signs decide nothing", "weights of a linear hidden layer"),
    ]
    forced, excess = _accounts(selected, evidence, live)
    found = _recurrence(selected, seed, draws, evidence, missing)
    starts = list(initial) if initial is not None else None
    related = _related(starts, selected, False, seed, draws, evidence)
    missing.append(Missing("split and relax", "weights and loss are not known", "weights (n, m) and `objective`"))
    ends = [_pairs(each) for each in selected]
    _start(starts, ends, False, seed, evidence, missing)
    missing.append(
        Missing("counterfactual", "no network was trained again", "runs with one feature's start drawn anew")
    )
    _widths(widths, evidence, missing)
    verdict = _verdict(excess, forced, found, related, None, True, evidence)
    return Findings(tuple(evidence), tuple(missing), (), found, related, verdict)


def _settled(census: Census, replicate: int) -> Booleans:
    """The 0/1 matrix (n, m) of settled features of one run."""
    _, n, m = census.shape
    rows = (census.listed_replicate == replicate) & census.listed_settled
    matrix = np.zeros((n, m), dtype=bool)
    matrix[census.listed_feature[rows], census.listed_neuron[rows]] = True
    return matrix


def _pairs(selected: Booleans) -> Integers:
    counts = selected.astype(np.float64) @ selected.T
    i, j = np.triu_indices(len(selected), 1)
    return np.stack([i, j], axis=1)[counts[i, j] > 0]


def _accounts(
    selected: Sequence[Booleans], evidence: list[Evidence], live: Sequence[int] | None = None
) -> tuple[int, int]:
    """Add the bookkeeping of all runs; return forced and total excess."""
    forced = idle = excess = 0
    for r, matrix in enumerate(selected):
        per_neuron, per_feature = matrix.sum(axis=0), matrix.sum(axis=1)
        m_live = matrix.shape[1] if live is None else live[r]
        each = accounting(
            int((per_feature > 0).sum()), int(m_live), int((per_neuron > 0).sum()),
            int(np.maximum(per_neuron - 1, 0).sum()),
        )  # fmt: skip
        forced, idle, excess = forced + each.necessary, idle + each.idle, excess + each.excess
    evidence.append(weight_tests.bookkeeping(forced, idle, excess, len(selected)))
    return forced, excess


def _recurrence(
    selected: Sequence[Booleans], seed: int, draws: int, evidence: list[Evidence], missing: list[Missing]
) -> Recurrence | None:
    """Test recurrence over seeds, or within one wide run; None where neither is possible."""
    rng = seeds.generator(seed, "diagnose", "recurrence")
    if len(selected) >= LEAST_RUNS:
        found = recurrence(selected, seed=rng, draws=draws)
        evidence.append(_recurrence_evidence("recurrence over seeds", found, selected))
        return found
    more = LEAST_RUNS - len(selected)
    missing.append(
        Missing(
            "recurrence over seeds",
            f"{len(selected)} run{'s' if len(selected) > 1 else ''} of at least {LEAST_RUNS}",
            f"`runs`: {more} or more of the same network with other seeds (5 in all are better)",
        )
    )
    if len(selected) == 1 and selected[0].sum(axis=1).max() >= 2 and selected[0].sum(axis=0).max() >= 2:
        found = recurrence_within(selected[0], seed=rng, draws=draws)
        evidence.append(_recurrence_evidence("recurrence within the run", found, selected))
        return found
    return None


def _related(
    initial: list[Floats] | None,
    selected: Sequence[Booleans],
    signed: bool,
    seed: int,
    draws: int,
    evidence: list[Evidence],
) -> RelatedStarts | None:
    """Test whether sharing pairs start related in the other runs; None with one run, without starts, without pairs."""
    if initial is None or len(selected) < 2 or not any((each.sum(axis=0) >= 2).any() for each in selected):
        return None
    rng = seeds.generator(seed, "diagnose", "related")
    found = related_starts(initial, selected, signed=signed, seed=rng, draws=draws)
    evidence.append(
        Evidence(
            "related starts", found.cosine, f"{found.expected:.3g} by chance", found.p_value, found.gap,
            related_text(found), found.found,
        )
    )  # fmt: skip
    return found


def _returning(found: Recurrence | None, related: RelatedStarts | None) -> tuple[tuple[int, int], ...]:
    """Return the pairs that are structured if any are: those that recur, or those that start most related."""
    if found is not None and found.found:
        return found.recurring
    return related.related if related is not None and related.found else ()


def _recurrence_evidence(name: str, found: Recurrence, selected: Sequence[Booleans]) -> Evidence:
    if found.powerless:
        said = "Too few pairs share for recurrence to show, even if they were the same in every run"
    elif found.found:
        said = "The same pairs come back"
    elif found.p_value <= LEVEL:
        said = "Pairs come back a little more than by chance, not enough to mean structure"
    else:
        said = "The same pairs do not come back more than by chance"
    mixing = "" if found.mixing.mixed else " The chain of trades mixed slowly: the test has less power."
    return Evidence(
        name,
        found.statistic,
        f"{_short(found.expected)} by chance",
        found.p_value,
        found.ratio,
        f"{said}: {found.statistic:,.0f} observed, {_short(found.expected)} expected "
        f"(p = {found.p_value:.2g}).{_related_pairs(found, selected)}{mixing}",
        None if found.powerless else found.found,
    )


def _related_pairs(found: Recurrence, selected: Sequence[Booleans]) -> str:
    """How many pairs are related, and how many shared neurons carry features that are not."""
    if not found.found:
        return ""
    if not found.related:
        return " No single pair of features stands out."
    strange = sum(int(mixed(each, found.related).sum()) for each in selected)
    shared = sum(int((each.sum(axis=0) >= 2).sum()) for each in selected)
    return (
        f" {len(found.related)} pair{'s' if len(found.related) > 1 else ''} of features share more neurons than "
        f"chance gives; {strange} of {shared} shared neurons carry two features that do not."
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _start(
    initial: list[Floats] | None,
    ends: list[Integers],
    signed: bool,
    seed: int,
    evidence: list[Evidence],
    missing: list[Missing],
) -> None:
    if initial is None:
        missing.append(Missing("start", "the start was not kept", "`initial`: the initial weights or activations"))
        return
    if not any(0 < len(each) < len(rows) * (len(rows) - 1) // 2 for rows, each in zip(initial, ends, strict=True)):
        return  # where no pair shares, or all do, the start has nothing to tell apart
    found = start_overlap(initial, ends, signed=signed, rng=seeds.generator(seed, "diagnose", "start"))
    evidence.append(
        Evidence(
            "start", found.auc, "0.5 by chance", found.p_value, found.among_closest, starting_text(found),
            found.p_value <= LEVEL,
        )
    )  # fmt: skip


def _counterfactual(found: Any) -> Evidence:
    said = f"{found.back} of {found.tried} pairs came back after one feature's start was drawn anew"
    return Evidence(
        "counterfactual",
        found.back / found.tried,
        f"{found.chance:.3g} by chance",
        found.p_value,
        found.back / found.tried / found.chance,
        f"{said} ({found.chance:.2%} by chance, exact p = {found.p_value:.2g}).",
        found.p_value <= LEVEL,
    )


def _widths(widths: Mapping[int, Sequence[int]] | None, evidence: list[Evidence], missing: list[Missing]) -> None:
    if widths is None:
        missing.append(Missing("width sweep", "there is one width", "`widths`: width → shared neurons of its runs"))
    else:
        evidence.append(weight_tests.width_sweep(widths))


def _verdict(
    excess: int,
    forced: int,
    found: Recurrence | None,
    related: RelatedStarts | None,
    prefers: bool | None,
    sound: bool,
    evidence: Sequence[Evidence],
) -> Verdict:
    """Decide. One run alone never tells structure from accident: only three runs or more decide `recurs`."""
    recurs, alone = None, found is not None and found.runs < LEAST_RUNS
    if found is not None and not found.powerless and not alone:
        recurs = found.found
    if related is not None and related.found:
        recurs = True
    shares = [each.structured_share for each in (found, related) if each is not None and each.found]
    names = [each.test for each in evidence]
    cautions = _cautions(excess, found, recurs, prefers, evidence)
    rests = tuple(each for each in names if each.startswith(("accounting", "recurrence", "related", "split")))
    return judge(
        shared=excess,
        forced=forced / excess if excess else 0.0,
        recurs=recurs,
        structured=max(shares, default=0.0),
        prefers=prefers,
        sound=sound,
        within=found is not None and alone and found.found,
        rests_on=rests,
        cautions=tuple(cautions),
    )


def _cautions(
    excess: int, found: Recurrence | None, recurs: bool | None, prefers: bool | None, evidence: Sequence[Evidence]
) -> list[str]:
    """What weakens the verdict, in sentences."""
    if not excess:
        return []
    cautions = []
    if found is not None and found.powerless and not recurs:
        cautions.append("Too few pairs share for recurrence to show, even if they were the same in every run.")
    elif recurs is None:
        cautions.append(f"Without {LEAST_RUNS} seeds, chance cannot be told from structure by input.")
    if found is not None and found.found and not found.related:
        cautions.append("The recurrence is spread thin: no single pair of features stands out.")
    if recurs is False and prefers:
        cautions.append("The loss prefers some sharing, though its pairs do not recur.")
    if recurs is False and any(each.test == "collision null" and each.finding for each in evidence):
        cautions.append("There is more sharing than random slots give, though its pairs do not recur.")
    return cautions


def same_features(runs: Sequence[Any]) -> None:
    """Say so if runs have different widths or features."""
    if len({each.shape for each in runs}) > 1:
        sizes = ", ".join(str(each.shape) for each in runs)
        raise InputError(f"All runs must have the same features and neurons, but their shapes are {sizes}.")
