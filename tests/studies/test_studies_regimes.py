"""Regimes are read off the specs that were judged, in words, and say which settings went together."""

import re
from dataclasses import fields, replace

import pytest

from parts import ROWS, Row
from polygenesis.features import Bernoulli, Correlated, FashionMnist, UnequalOneHot
from polygenesis.importance import Geometric, Listed
from polygenesis.initial import Gaussian, RelatedRows, StudentT, Uniform
from polygenesis.interference import NoInterference, WithinContexts
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.noise import Bipolar, LaplaceNoise
from polygenesis.penalties import L1, L2, ElasticNet, L1Schedule, Lp, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.parts_in_words import FIELDS
from polygenesis.studies.regimes import listed, read_off
from polygenesis.training import SGD, Adam, AdamW, GradientDescent, GradientFlow

SPEC = RunSpec(TiedAutoencoder(4, 8), penalty=L1(0.1), replicates=2)


@pytest.mark.parametrize(
    ("specs", "said"),
    [
        ([SPEC], "n = 4, m = 8; λ = 0.1; gradient flow; 2 networks"),
        ([SPEC, SPEC.replace(replicates=5)], "n = 4, m = 8; λ = 0.1; gradient flow; 2 to 5 networks each"),
        ([SPEC.replace(penalty=NoPenalty())], "n = 4, m = 8; no penalty; gradient flow; 2 networks"),
        ([SPEC, SPEC.replace(penalty=L2(0.3))], "λ = 0.1 and L2 (λ = 0.3)"),
        ([SPEC, SPEC.replace(penalty=NoPenalty())], "λ = 0.1 and no penalty"),
        (
            [SPEC.replace(model=TiedAutoencoder(n, m)) for n, m in ((4, 8), (6, 8), (4, 16))],
            "n = 4, m = 8 and 16; n = 6, m = 8",
        ),
        (
            [SPEC.replace(model=TiedAutoencoder(n, 24)) for n in (4, 6, 8, 12)],
            "n = 4, 6, 8 and 12, m = 2n to 6n (4 sizes)",
        ),
    ],
)
def test_what_was_judged_is_read_off_the_specs(specs, said):
    assert said in read_off(specs)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"training": AdamW()}, "; AdamW (rate 0.001, weight decay 0.01, 7,500 steps); "),
        ({"training": GradientDescent(0.05, 100)}, "; gradient descent (rate 0.05, 100 steps); "),
        (
            {"training": SGD(0.1, 800, momentum=0.9, batch_size=128)},
            "SGD (rate 0.1, momentum 0.9, batches of 128, 800 steps)",
        ),
        (
            {"training": Adam(0.01, 9, batch_size=256, schedule="cosine")},
            "Adam (rate 0.01, batches of 256, 9 steps, cosine schedule)",
        ),
        (
            {"training": GradientFlow(tolerance=1e-5, residual=2.5e-5, max_time=1250)},
            "; gradient flow (tolerance 1e−05, at rest below 2.5e−05, until t = 1250); ",
        ),
        ({"precision": "float32"}, "; gradient flow; float32; 2 networks"),
        ({"initial": Gaussian(0.0353553)}, "Gaussian starts (standard deviation 0.03536)"),
        ({"initial": RelatedRows(4)}, "related-row starts (pairs 4, correlation −0.9)"),
        ({"noise": Bipolar(0.1)}, "bipolar noise (σ = 0.1)"),
        ({"noise": Bipolar(0.1, shared=True)}, "bipolar noise (σ = 0.1, one vector for all inputs of a step)"),
        ({"features": Bernoulli(0.01, magnitude="uniform")}, "Bernoulli features (p = 0.01, uniform magnitudes)"),
        ({"features": Correlated(0.1, correlation=0.5)}, "correlated features (p = 0.1, correlation 0.5)"),
        ({"features": UnequalOneHot(magnitude="uniform")}, "unequal one-hot features (zipf 1, uniform magnitudes)"),
        ({"importance": Geometric(0.7)}, "geometric importance (ratio 0.7)"),
        ({"importance": Listed((1.0, 1.0, 1.0, 0.5))}, "importance (1, 1, 1, 0.5)"),
        ({"interference": NoInterference(since=2.0)}, "no interference (from t = 2)"),
        ({"interference": NoInterference(until=2.0)}, "no interference (until t = 2)"),
        ({"interference": WithinContexts(2)}, "interference within contexts (2 contexts)"),
        ({"penalty": Lp(0.3, p=1.5)}, "L^p with p = 1.5 (λ = 0.3)"),
        ({"penalty": ElasticNet(0.3, square=0.2)}, "elastic net (λ = 0.3, μ = 0.2)"),
        ({"penalty": L1Schedule(0.1, 0.2, 5.0)}, "λ (from 0.1 to 0.2 at t = 5)"),
        ({"model": Autoencoder(4, 8, tied=False)}, "untied autoencoder"),
        (
            {"model": Autoencoder(4, 8, tied=True, hidden="relu", hidden_bias=True, output_bias=True)},
            "tied autoencoder (hidden ReLU, hidden and output biases)",
        ),
        ({"model": Perceptron(4, 8, layers=2)}, "ReLU perceptron (hidden layers: 2)"),
        ({"model": Perceptron(4, 8, outputs=3, output="relu")}, "(hidden layers: 1, 3 outputs, ReLU output)"),
    ],
)
def test_what_decides_is_said(change, said):
    assert said in read_off([SPEC.replace(**change)])
    assert said not in read_off([SPEC])


UNSAID = ("kind", "n", "m", "folder", "path")
"""Fields of parts that a regime says elsewhere, or nowhere: files have other places on other machines."""


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (row, each.name)
        for row in ROWS
        if row.field in FIELDS and row.other is not None
        for each in fields(row.other)
        if each.name not in UNSAID
    ],
    ids=lambda each: type(each.part).__name__ if isinstance(each, Row) else each,
)
def test_parts_that_differ_in_a_field_differ_in_words(row, name):
    say, part, other = FIELDS[row.field], row.part, row.other
    changed = replace(part, **{name: getattr(other, name)}), replace(other, **{name: getattr(part, name)})
    assert say(part).text != say(changed[0]).text or say(other).text != say(changed[1]).text


@pytest.mark.parametrize("row", [row for row in ROWS if row.field in FIELDS], ids=lambda row: type(row.part).__name__)
def test_no_part_is_said_as_code(row):
    for part in (row.part, row.other or row.part):
        assert not re.search(r"\w=|\w\(|\bt?here\b|None|True|False", FIELDS[row.field](part).text)


def test_a_data_set_is_named_without_its_folder():
    spec = SPEC.replace(model=Perceptron(784, 8, outputs=10), features=FashionMnist("/a/folder", limit=6000))
    assert "; Fashion-MNIST (6,000 images); " in read_off([spec])
    assert "/a/folder" not in read_off([spec])


def test_settings_of_which_all_combinations_ran_are_listed():
    specs = [SPEC.replace(penalty=L1(x), training=y) for x in (0.2, 0.1) for y in (GradientFlow(), AdamW(steps=9))]
    assert "; λ = 0.1 and 0.2; gradient flow and AdamW (rate 0.001, weight decay 0.01, 9 steps); " in read_off(specs)


def test_settings_that_went_together_are_said_together():
    wide = SPEC.replace(model=TiedAutoencoder(4, 16))
    adam = AdamW(steps=9)
    specs = [SPEC, wide, SPEC.replace(training=adam, penalty=L1(0.2))]
    said = "AdamW (rate 0.001, weight decay 0.01, 9 steps)"
    assert read_off(specs) == (
        "partly gradient flow with λ = 0.1, n = 4, m = 8 and 16, "
        f"partly {said} with λ = 0.2, n = 4, m = 8; 2 networks each"
    )
    crossed = [*specs, wide.replace(training=adam, penalty=L1(0.2))]
    assert read_off(crossed) == (
        f"n = 4, m = 8 and 16; partly gradient flow with λ = 0.1, partly {said} with λ = 0.2; 2 networks each"
    )


def test_of_many_combinations_their_number_is_said():
    specs = [SPEC.replace(penalty=L1(k / 100), features=Bernoulli(k / 200)) for k in range(1, 8)]
    assert "λ = 0.01 to 0.07, 7 values; Bernoulli features (p = 0.005 to 0.035, 7 values); 7 combinations" in read_off(
        specs
    )


def test_kinds_have_no_ends():
    starts = [Uniform(), StudentT(3.0), Gaussian(), Gaussian(0.1), Uniform(0.2), StudentT(3.0, std=0.2)]
    said = read_off([SPEC.replace(initial=start) for start in starts])
    assert "uniform, Student's t and Gaussian starts (6 settings)" in said
    assert "Bipolar" not in read_off([SPEC.replace(noise=Bipolar(0.1)), SPEC.replace(noise=LaplaceNoise(0.1))])


def test_numbers_of_one_kind_stand_in_their_order():
    assert "bipolar noise (σ = 0.07, 0.1 and 0.14)" in read_off(
        [SPEC.replace(noise=Bipolar(x)) for x in (0.1, 0.07, 0.14)]
    )


def test_without_runs_there_is_nothing_to_read():
    assert read_off([]) == ""


def test_many_values_are_their_ends_and_their_number():
    assert listed(range(8, 16)) == "8 to 15 (8 values)"
