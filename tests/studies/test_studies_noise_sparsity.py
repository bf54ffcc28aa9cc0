import numpy as np
import pytest
from handmade import rounded, said

from legible import legible
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise
from polygenesis.penalties import NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.noise_sparsity.claims import CLAIMS, LEARNING_RATE, SIZES
from polygenesis.studies.noise_sparsity.curves import Curve
from polygenesis.studies.noise_sparsity.display import illustration, table
from polygenesis.training import GradientDescent

RANDOM = 3 / 18


def judge_claims(curves):
    return judge_all(CLAIMS, curves)


def curve(noise, end, *, steps=100_000, replicates=5):
    ends = end + 0.004 * np.linspace(-1, 1, replicates)
    times = np.array([1.0, 10.0, 0.02 * steps])
    path = np.stack([np.full(replicates, RANDOM), np.full(replicates, RANDOM), ends], axis=1)
    spec = RunSpec(
        SIZES, penalty=NoPenalty(), noise=noise, training=GradientDescent(LEARNING_RATE, steps), replicates=replicates
    )
    return Curve(spec, times, path, ends, np.full(replicates, 0.97), np.zeros(replicates, dtype=int), 0)


@pytest.mark.parametrize(
    ("noise", "end", "verdict"),
    [
        (Bipolar(0.1), 0.8, Verdict.SUPPORTED),
        (Bipolar(0.1), RANDOM, Verdict.REFUTED),
        (Bipolar(0.1), RANDOM + 0.05, Verdict.UNDECIDED),
        (GaussianNoise(0.1), RANDOM, Verdict.SUPPORTED),
        (GaussianNoise(0.1), 0.8, Verdict.REFUTED),
        (GaussianNoise(0.1), 0.09, Verdict.REFUTED),
        (LaplaceNoise(0.1), 0.09, Verdict.SUPPORTED),  # spread over more neurons than chance is not sparser
        (LaplaceNoise(0.1), 0.8, Verdict.REFUTED),
    ],
)
def test_each_sign_of_kurtosis_has_its_claim(noise, end, verdict):
    (found,) = judge_claims([curve(noise, end)])
    assert found.verdict is verdict
    assert said(found.sentence)[0] == rounded(end)
    assert "100,000 steps" in found.regime


def test_laws_are_one_family_and_published_values_another():
    own = [curve(law(std), end) for law, end in ((Bipolar, 0.8), (GaussianNoise, RANDOM)) for std in (0.07, 0.1, 0.15)]
    shared = [curve(Bipolar(std, shared=True), end) for std, end in ((0.07, 0.32), (0.1, 0.5), (0.15, 0.77))]
    found = judge_claims([*own, *shared, curve(GaussianNoise(0.1, shared=True), RANDOM)])
    assert len(found) == 9
    assert all("corrected for 6 like claims" in each.sentence for each in found[:6])
    assert all("corrected for 3 like claims" in each.sentence for each in found[6:])
    assert [each.verdict for each in found[6:]] == [Verdict.SUPPORTED, Verdict.REFUTED, Verdict.SUPPORTED]


def test_a_shorter_run_is_not_held_against_the_published_end():
    (found,) = judge_claims([curve(Bipolar(0.1, shared=True), 0.3, steps=20_000)])
    assert found.verdict is Verdict.UNDECIDED
    assert "run for 20,000 steps; the published value is that after 100,000" in found.sentence


def test_one_replicate_decides_nothing():
    (found,) = judge_claims([curve(Bipolar(0.1), 0.8, replicates=1)])
    assert found.verdict is Verdict.UNDECIDED


def test_the_table_shows_what_was_published_for_the_same_noise_only():
    noises = [Bipolar(0.1), Bipolar(0.1, shared=True), GaussianNoise(0.1, shared=True)]
    rows = table([curve(noise, 0.5) for noise in noises])
    assert rows["published at 100,000 steps"].tolist() == ["", "0.79", "0.155 to 0.18"]
    assert rows["fourth norm"].tolist() == pytest.approx([0.5] * 3)


def test_the_figure_has_one_panel_a_law_and_a_line_a_strength():
    curves = [curve(law(std), 0.5) for law in (Bipolar, GaussianNoise) for std in (0.07, 0.1)]
    axes = legible(illustration([*curves, curve(Bipolar(0.1, shared=True), 0.9)]).draw()).axes
    assert [each.get_title(loc="left") for each in axes] == ["bipolar", "gaussian"]
    assert [len(each.lines) for each in axes] == [3, 3]  # two strengths and a random direction's level
    assert axes[0].lines[0].get_ydata()[-1] == pytest.approx(0.5)
    assert [len(each.collections) for each in axes] == [2, 2]  # an interval a strength
