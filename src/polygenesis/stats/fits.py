"""What is asked of statsmodels: generalized linear and ordinary least-squares fits, with robust errors."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.stats import samples
from polygenesis.stats.estimate import Estimate, pivotal

FEW_NONZERO = 10
"""Nonzero counts wanted for each fitted parameter before the fit's normal theory is trusted."""

FEW_GROUPS = 10
"""Below this many clusters a cluster-robust standard error is itself too uncertain."""


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients, their standard errors, and what is needed to make intervals of them.

    `spread` is the dispersion φ of a quasi-Poisson fit, or the residual standard deviation of least squares.
    """

    values: Floats
    errors: Floats
    freedom: float
    spread: float
    method: str
    caution: str
    size: int

    def coefficient(self, column: int, level: float) -> Estimate:
        """One coefficient with its t interval."""
        value, error = float(self.values[column]), float(self.errors[column])
        return pivotal(value, error, self.freedom, level, self.method, self.size, caution=self.caution)

    def factor(self, column: int, level: float) -> Estimate:
        """The exponential of one coefficient, with an interval on the log scale."""
        value, error = float(np.exp(self.values[column])), float(self.errors[column])
        return pivotal(value, error, self.freedom, level, self.method, self.size, "log", self.caution)


def quasi_poisson(counts: Floats, design: Floats, offset: Floats, groups: object, robust: bool) -> Fit:
    """Fit log E counts = design · values + offset, variance φ·mean; errors are clustered if `groups` is given."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    _check_design("factors", design)
    parameters = design.shape[1]
    options, freedom, method, caution = _errors(
        groups, counts.size, parameters, "quasi-Poisson", "HC1" if robust else None
    )
    model = sm.GLM(counts, design, sm.families.Poisson(), offset=offset)
    with warnings.catch_warnings():
        # Counts that lie exactly on the law are reported below, in the result.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        try:
            with np.errstate(invalid="ignore"):
                found = model.fit(scale="X2", **options)
        except ValueError:  # the first guess lies on the law: no dispersion to divide by
            found = model.fit(scale=1.0, **options)
    spread = float(np.sum((counts - found.mu) ** 2 / found.mu)) / (counts.size - parameters)
    wanted, nonzero = FEW_NONZERO * parameters, int(np.count_nonzero(counts))
    if spread < 1e-12:
        caution = "The counts lie exactly on the law, so the interval says nothing about their spread."
        return Fit(found.params, np.zeros(parameters), freedom, 0.0, method, caution, counts.size)
    if not found.converged:
        caution = "The fit did not converge."
    elif nonzero < wanted:
        caution = f"Only {nonzero} counts above zero; {wanted} are wanted for {parameters} parameter(s)."
    return Fit(found.params, found.bse, freedom, spread, method, caution, counts.size)


def least_squares(y: Floats, design: Floats, groups: object) -> Fit:
    """Fit y = design · values with HC3 errors, or clustered ones if `groups` is given."""
    import statsmodels.api as sm

    _check_design("x", design)
    options, freedom, method, caution = _errors(groups, y.size, design.shape[1], "least squares", "HC3")
    found = sm.OLS(y, design).fit(**options)
    return Fit(found.params, found.bse, freedom, float(np.sqrt(found.mse_resid)), method, caution, y.size)


def _errors(
    groups: object, size: int, parameters: int, name: str, robust: str | None
) -> tuple[dict[str, Any], float, str, str]:
    """Arguments for statsmodels' fit, degrees of freedom, name of the method, caution."""
    if groups is None:
        options: dict[str, Any] = {"cov_type": robust} if robust else {}
        return options, size - parameters, f"{name}, {robust}" if robust else name, ""
    labels = samples.groups("groups", groups, size)
    clusters = int(labels.max()) + 1
    caution = f"Only {clusters} groups for cluster-robust errors." if clusters < FEW_GROUPS else ""
    options = {"cov_type": "cluster", "cov_kwds": {"groups": labels, "use_correction": True}}
    return options, clusters - 1, f"{name}, clustered", caution


def _check_design(name: str, design: Floats) -> None:
    size, parameters = design.shape
    if size <= parameters:
        raise bad_argument(name, f"come with more than {parameters} observations", f"shape ({size},)")
    if np.linalg.matrix_rank(design) < parameters:
        raise bad_argument(name, "vary, and not all together", "constant or collinear")
