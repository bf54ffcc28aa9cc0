"""Does a number agree with a claim? Equivalence tests within a margin that is stated beforehand.

A match is never "p > 0.05". With the interval at 1 - 2α: inside the margin is EQUIVALENT (two one-sided
tests, each at α), outside of it DIFFERENT, anything else UNDECIDED. Each of the two claims is wrong with
probability at most α.
"""

from __future__ import annotations

import dataclasses
import enum

from polygenesis.errors import bad_argument
from polygenesis.stats import intervals, rates, samples
from polygenesis.stats.estimate import Estimate


class Verdict(enum.Enum):
    """What an equivalence test found. The value is the phrase shown to a reader."""

    EQUIVALENT = "equivalent: the interval lies within the margin"
    DIFFERENT = "different: the interval lies outside the margin"
    UNDECIDED = "undecided: the interval crosses the margin"


@dataclasses.dataclass(frozen=True)
class Agreement:
    """The outcome of an equivalence test, its ``verdict``.

    `estimate` has its interval at 1 - 2·alpha; the margin is from `lower` to `upper`. `p_equivalent` is the
    larger p-value of the two one-sided tests (small: inside the margin), `p_different` that of the opposite
    claim (small: outside); both are None where only the interval is known.
    """

    verdict: Verdict
    estimate: Estimate
    lower: float
    upper: float
    alpha: float
    p_equivalent: float | None
    p_different: float | None

    @property
    def caution(self) -> str:
        """Why to distrust the outcome; empty if there is no reason."""
        return self.estimate.caution

    @property
    def sentence(self) -> str:
        """The verdict with its numbers, for a report."""
        e, word = self.estimate, self.verdict.name.capitalize()
        found = f"{e.value:.4g} [{e.lower:.4g}, {e.upper:.4g}] against a margin of {self.lower:.4g} to {self.upper:.4g}"
        tests = ""
        if self.p_equivalent is not None and self.p_different is not None:
            inside, outside = f"p = {self.p_equivalent:.2g}", f"p = {self.p_different:.2g}"
            tests = f"; test that it lies inside: {inside}, outside: {outside}; a small p is evidence that it does"
        note = f" {self.caution}" if self.caution else ""
        return f"{word}: {found} ({e.level:.0%} interval, {e.method}, {e.size} values{tests}).{note}"

    def __repr__(self) -> str:
        return self.sentence

    __str__ = __repr__


def agrees(estimate: Estimate, lower: float, upper: float, *, alpha: float = 0.05) -> Agreement:
    """Test whether any estimate lies within a margin from `lower` to `upper` (either may be infinite).

    The estimate needs a standard error, resampled values, or an interval already at level 1 - 2·alpha (exact
    ones). Without any spread between the values (standard error 0) the outcome is UNDECIDED.

    Args:
        estimate: with a standard error, with resampled values, or with an interval at level 1 − 2 ``alpha``.
        lower: the lower end of the margin.
        upper: the upper end of the margin.
        alpha: the level of the test.
    """
    _check(lower, upper, alpha)
    e = estimate.at(1 - 2 * alpha)
    if e.error is None and e.draws is None:
        return Agreement(_verdict(e, lower, upper), e, lower, upper, alpha, None, None)
    if e.error == 0:
        return Agreement(Verdict.UNDECIDED, e, lower, upper, alpha, None, None)
    inside = max(e.chance_below(lower), e.chance_above(upper))
    outside = min(e.chance_above(lower), e.chance_below(upper))
    return Agreement(_verdict(e, lower, upper), e, lower, upper, alpha, inside, outside)


def mean_agrees(
    sample: object, target: float, margin: float, *, relative: bool = False, alpha: float = 0.05
) -> Agreement:
    """Test whether a mean lies within `margin` of a target: target ± margin, or target·(1 ± margin) if relative.

    Args:
        sample: numbers of any shape, finite, two at least.
        target: the claimed mean.
        margin: how far from the target still agrees.
        relative: whether the margin is a share of the target.
        alpha: the level of the test.
    """
    aim, width = samples.number("target", target), samples.positive("margin", margin)
    if relative:
        if aim == 0:
            raise bad_argument("target", "differ from 0 for a relative margin", target)
        width *= abs(aim)
    return agrees(intervals.mean(sample), aim - width, aim + width, alpha=alpha)


def ratio_agrees(
    counts: object,
    predicted: object,
    margin: float,
    *,
    groups: object = None,
    robust: bool = False,
    alpha: float = 0.05,
) -> Agreement:
    """Test whether counts match their predictions: Σ counts / Σ predicted within 1 ± margin, quasi-Poisson.

    `predicted` is one number or one for each count; `groups` labels clusters (seeds) and `robust` allows
    another dispersion in every cell, as in :func:`power_law`.

    Args:
        counts: whole numbers ≥ 0, flat.
        predicted: one positive number, or one for each count.
        margin: the ratio may lie within 1 ± ``margin``.
        groups: a label for each value: values of one group (a run, a seed) are dependent.
        robust: whether every cell may have a dispersion of its own (sandwich errors, HC1).
        alpha: the level of the test.
    """
    _check_alpha(alpha)
    found = rates.ratio_to_prediction(counts, predicted, groups=groups, robust=robust, level=1 - 2 * alpha)
    return agrees(found, *_around_one(margin), alpha=alpha)


def samples_agree(a: object, b: object, margin: float, *, relative: bool = False, alpha: float = 0.05) -> Agreement:
    """Test whether two samples have one mean: difference within ± margin, or ratio within 1 ± margin if relative.

    Welch's test, so the spreads may differ; the ratio is tested on the log scale and needs means above zero.

    Args:
        a: one sample, flat.
        b: the other sample, flat.
        margin: how far from the target still agrees.
        relative: whether the margin is a share of the target.
        alpha: the level of the test.
    """
    if relative:
        return agrees(intervals.ratio(a, b), *_around_one(margin), alpha=alpha)
    width = samples.positive("margin", margin)
    return agrees(intervals.difference(a, b), -width, width, alpha=alpha)


def proportion_agrees(successes: int, trials: int, lower: float, upper: float, *, alpha: float = 0.05) -> Agreement:
    """Test whether a proportion lies from `lower` to `upper`, by exact binomial tests; 0 and 1 leave a side open.

    Args:
        successes: how many.
        trials: of how many.
        lower: the lower end of the margin.
        upper: the upper end of the margin.
        alpha: the level of the test.
    """
    from scipy import special

    _check(lower, upper, alpha)
    e = intervals.proportion(successes, trials, level=1 - 2 * alpha)
    low, high = min(max(lower, 0.0), 1.0), min(max(upper, 0.0), 1.0)
    # P(X >= x) and P(X <= x) at either end of the margin.
    more = [special.bdtrc(successes - 1, trials, p) if successes else 1.0 for p in (low, high)]
    fewer = [special.bdtr(successes, trials, p) for p in (low, high)]
    inside = max(0.0 if lower <= 0 else more[0], 0.0 if upper >= 1 else fewer[1])
    outside = min(1.0 if lower <= 0 else fewer[0], 1.0 if upper >= 1 else more[1])
    return Agreement(_verdict(e, lower, upper), e, lower, upper, alpha, float(inside), float(outside))


def _verdict(e: Estimate, lower: float, upper: float) -> Verdict:
    if lower <= e.lower and e.upper <= upper:
        return Verdict.EQUIVALENT
    if e.upper < lower or e.lower > upper:
        return Verdict.DIFFERENT
    return Verdict.UNDECIDED


def _around_one(margin: float) -> tuple[float, float]:
    width = samples.share("margin", margin)
    return 1 - width, 1 + width


def _check(lower: float, upper: float, alpha: float) -> None:
    if not lower < upper:
        raise bad_argument("upper", f"be above lower = {lower:g}", upper)
    _check_alpha(alpha)


def _check_alpha(alpha: float) -> None:
    if not 0 < samples.number("alpha", alpha) < 0.5:
        raise bad_argument("alpha", "lie strictly between 0 and 0.5", alpha)
