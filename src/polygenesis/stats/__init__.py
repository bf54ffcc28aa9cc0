"""What samples estimate: numbers in, intervals and judgements out, each saying when to distrust it."""

from polygenesis.stats.agreement import (
    Agreement,
    Verdict,
    agrees,
    mean_agrees,
    proportion_agrees,
    ratio_agrees,
    samples_agree,
)
from polygenesis.stats.estimate import Estimate, percentile
from polygenesis.stats.forecasts import Calibration, auc, auc_interval, brier, calibration
from polygenesis.stats.hypotheses import (
    DispersionTest,
    SignTest,
    benjamini_hochberg,
    dispersion_test,
    holm,
    same_counts,
    sign_test,
)
from polygenesis.stats.intervals import bootstrap, difference, mean, mean_count, poisson, proportion, ratio
from polygenesis.stats.rates import LogLine, PowerLaw, log_slope, power_law, ratio_to_prediction
from polygenesis.stats.resampling import PermutationTest, cluster_bootstrap, p_value, permutation_test

__all__ = [
    "Agreement",
    "Calibration",
    "DispersionTest",
    "Estimate",
    "LogLine",
    "PermutationTest",
    "PowerLaw",
    "SignTest",
    "Verdict",
    "agrees",
    "auc",
    "auc_interval",
    "benjamini_hochberg",
    "bootstrap",
    "brier",
    "calibration",
    "cluster_bootstrap",
    "difference",
    "dispersion_test",
    "holm",
    "log_slope",
    "mean",
    "mean_agrees",
    "mean_count",
    "p_value",
    "percentile",
    "permutation_test",
    "poisson",
    "power_law",
    "proportion",
    "proportion_agrees",
    "ratio",
    "ratio_agrees",
    "ratio_to_prediction",
    "same_counts",
    "samples_agree",
    "sign_test",
]
