import dataclasses

import numpy as np
import pytest
from handmade import examined
from scipy.optimize import minimize

from legible import legible
from polygenesis import theory
from polygenesis.errors import InputError
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import get
from polygenesis.studies.base import Verdict
from polygenesis.studies.bias_and_hidden_relu.arms import BIASED, REFERENCE, SIGNLESS, SLIDING, models, plan
from polygenesis.studies.bias_and_hidden_relu.claims import CLAIMS, NO_SHARING, THE_REST_IS_LOST
from polygenesis.studies.bias_and_hidden_relu.display import illustration, table
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends, measure
from polygenesis.studies.counts import Poisson
from polygenesis.studies.judging import judge_all

REPLICATES = 120


def ends(name, m=200, **changes):
    """A network of 100 features in which every claim holds, unless changed."""
    generator = np.random.default_rng(sum(map(ord, name)) + m)
    linear = name in (REFERENCE, BIASED)
    lost = np.full(REPLICATES, max(0, 100 - m) if name == "hidden ReLU" else 0)
    made = Ends(
        name=name,
        spec=RunSpec(models(100, m)[name], penalty=L1(0.064)),
        rest=np.ones(REPLICATES, bool),
        counts=generator.poisson(10, REPLICATES) if linear else np.zeros(REPLICATES, int),
        settled=100 - lost,
        dead=lost,
        represented=100 - lost,
        loss=np.zeros(REPLICATES),
        bias_ratio=generator.normal(1, 0.01, REPLICATES),
    )
    return dataclasses.replace(made, **changes)


def verdicts(**changes):
    """Verdicts with some networks changed: name → changes of its fields."""
    found = [ends(name, **changes.get(name, {})) for name in models(100, 200)]
    found += [ends(name, m=50, **changes.get(f"{name} below", {})) for name in models(100, 50)]
    names = ["count", "bias", *SIGNLESS, "settles", "lost"]
    return dict(zip(names, (each.verdict for each in judge_all(CLAIMS, found)), strict=True))


def test_each_claim_can_stand_and_fall():
    assert set(verdicts().values()) == {Verdict.SUPPORTED}
    few = np.tile([4, 5, 6, 5], REPLICATES // 4)
    assert verdicts(**{BIASED: {"counts": few}})["count"] is Verdict.REFUTED
    assert verdicts(**{BIASED: {"bias_ratio": few / 10}})["bias"] is Verdict.REFUTED
    for name in SIGNLESS:
        assert verdicts(**{name: {"counts": few}})[name] is Verdict.REFUTED
    assert verdicts(**{"hidden ReLU": {"settled": few * 10}})["settles"] is Verdict.REFUTED
    assert verdicts(**{"hidden ReLU below": {"represented": few * 20}})["lost"] is Verdict.REFUTED


def test_without_counts_nothing_is_said():
    assert verdicts(**{REFERENCE: {"rest": np.zeros(REPLICATES, bool)}})["hidden GELU"] is Verdict.UNDECIDED


def test_what_is_counted_is_said():
    half = np.full(REPLICATES, 50)
    found = [ends(name, settled=half) for name in (REFERENCE, *SIGNLESS)]
    texts = dict(zip(SIGNLESS, judge_all([NO_SHARING], found), strict=True))
    assert all("50.0 % of their features are settled" in each.sentence for each in texts.values())
    assert "no neuron carries two settled features at rest" in texts["hidden ReLU"].claim.text
    assert "no neuron carries two settled features after its last step" in texts[SLIDING].claim.text
    assert "at rest" not in texts[SLIDING].regime


def test_features_that_are_lost_are_counted_in_every_network_and_said_so():
    rest = np.arange(REPLICATES) < 17
    (found,) = judge_all([THE_REST_IS_LOST], [ends("hidden ReLU", m=50, rest=rest)])
    assert "of all 120 networks, of which 17 are at rest, are not represented" in found.sentence
    assert "every replicate, at rest or not" in found.regime


@pytest.mark.parametrize(
    ("total", "exposure", "verdict"), [(0, 100.0, "EQUIVALENT"), (0, 10.0, "UNDECIDED"), (12, 100.0, "DIFFERENT")]
)
def test_a_rate_below_a_limit_by_poissons_law(total, exposure, verdict):
    found = Poisson(total, exposure).test(-np.inf, 0.05)
    assert found.verdict.name == verdict
    if not total:
        assert found.p_equivalent == pytest.approx(
            np.exp(-0.05 * exposure)
        )  # no event where 0.05 × exposure are expected


def test_where_a_bias_rests():
    n, penalty = 20, 0.05  # eq. bias-at-rest, to first order in λ

    def loss(x):
        return (1 - x[0] ** 2 - x[1]) ** 2 + (n - 1) * max(x[1], 0) ** 2 + penalty * abs(x[0])

    best = minimize(loss, [0.9, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000})
    assert best.x[1] == pytest.approx(float(theory.bias_at_rest(n, penalty)), rel=0.02)
    with pytest.raises(InputError, match="`n` must be a whole number of at least 2"):
        theory.bias_at_rest(1, penalty)


def test_what_was_not_run_has_no_mark():
    shown = illustration([ends(REFERENCE), ends(REFERENCE, m=50), ends(BIASED)])
    assert "A network without a mark at a width was not run there." in shown.caption
    for axes in legible(shown.draw()).axes:
        marks = {each.get_label(): each for each in axes.containers}
        assert np.isnan(marks["m = 50"].lines[0].get_xdata()).tolist() == [False, True]
        assert np.isfinite(marks["m = 200"].lines[0].get_xdata()).all()
        assert all(each.has_xerr for each in marks.values())


def test_the_quick_study_from_specs_to_figure():
    pytest.importorskip("torch", reason="these networks need the torch extra")
    from polygenesis.sweeps import run_all

    study = get("bias-and-hidden-relu")
    runs = run_all([spec.replace(replicates=4) for spec in study.specs("quick")], workers=1)
    found = {
        each.name: each for each in (measure(name, run) for (name, _), run in zip(plan("quick"), runs, strict=True))
    }
    assert found[REFERENCE].counts.sum() > 0
    assert not any(found[name].counts.any() for name in SIGNLESS)
    assert (found["hidden ReLU"].represented == 16).all()
    assert np.allclose(found[BIASED].bias_ratio, 1, atol=0.1)
    assert table(list(found.values()))["network"].tolist() == list(found)
    legible(illustration(list(found.values())).draw())
    assert len(examined(study, runs).judgements) == 7
