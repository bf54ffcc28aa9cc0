"""Regimes are read off the specs that were judged."""

import pytest

from polygenesis.features import Bernoulli
from polygenesis.initial import Gaussian
from polygenesis.interference import NoInterference
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1, L2, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.regimes import listed, read_off
from polygenesis.training import AdamW, GradientDescent

SPEC = RunSpec(TiedAutoencoder(4, 8), penalty=L1(0.1), replicates=2)


@pytest.mark.parametrize(
    ("specs", "said"),
    [
        ([SPEC], "n = 4, m = 8; λ = 0.1; gradient flow; 2 networks"),
        ([SPEC, SPEC.replace(replicates=5)], "n = 4, m = 8; λ = 0.1; gradient flow; 2 to 5 networks each"),
        ([SPEC.replace(penalty=NoPenalty())], "n = 4, m = 8; no penalty; gradient flow; 2 networks"),
        ([SPEC, SPEC.replace(penalty=L2(0.3))], "λ = 0.1 and 0.3 (l2)"),
        ([SPEC, SPEC.replace(penalty=NoPenalty())], "λ = 0.1 and without a penalty"),
        ([SPEC.replace(training=AdamW())], "AdamW (rate 0.001, 7,500 steps)"),
        ([SPEC.replace(training=GradientDescent(0.05, 100))], "gradient descent (rate 0.05, 100 steps)"),
        ([SPEC.replace(initial=Gaussian(0.0353553))], "starts Gaussian(std=0.0354)"),
        ([SPEC.replace(noise=Bipolar(0.1))], "noise Bipolar(std=0.1)"),
        ([SPEC.replace(features=Bernoulli(0.01))], "features Bernoulli("),
        ([SPEC.replace(interference=NoInterference(since=2.0))], "interference NoInterference(since=2.0)"),
        (
            [SPEC.replace(model=TiedAutoencoder(n, m)) for n, m in ((4, 8), (6, 8), (4, 16))],
            "n = 4, m = 8 and 16; n = 6",
        ),
    ],
)
def test_what_was_judged_is_read_off_the_specs(specs, said):
    assert said in read_off(specs)


def test_without_runs_there_is_nothing_to_read():
    assert read_off([]) == ""


def test_many_values_are_their_ends_and_their_number():
    assert listed(range(8, 16)) == "8 to 15 (8 values)"
