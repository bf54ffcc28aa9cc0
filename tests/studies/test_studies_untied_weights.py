import dataclasses

import numpy as np
import pytest
from handmade import examined

from legible import legible
from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.studies import get
from polygenesis.studies.base import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.untied_weights.claims import CLAIMS
from polygenesis.studies.untied_weights.display import illustration, table
from polygenesis.studies.untied_weights.measurements import Ends, measure

REPLICATES = 40


def ends(tied, seed=0, **changes):
    """A run in which every claim holds, unless changed: 100 features, about 10 shared neurons, untied a third dead."""
    generator = np.random.default_rng([seed, tied])
    dead = np.zeros(REPLICATES, int) if tied else generator.integers(28, 33, REPLICATES)
    live = 100 - dead
    same = np.zeros(REPLICATES, int)
    made = Ends(
        spec=RunSpec(TiedAutoencoder(100, 200) if tied else Autoencoder(100, 200), replicates=REPLICATES),
        usable=np.ones(REPLICATES, bool),
        counts=generator.poisson(10, REPLICATES),
        live=live,
        expected=live * (live - 1) / (2 * 399.0),
        pairs=np.full(REPLICATES, 12),
        same=same,
        unlit=dead + generator.integers(-1, 2, REPLICATES),
        right=np.full(REPLICATES, 97),
        led_both=(0.6 * live).astype(int),
        led_encoder=(0.3 * live + generator.integers(0, 2, REPLICATES)).astype(int),
        even=live.copy(),
    )
    return dataclasses.replace(made, **changes)


def verdicts(**changes):
    found = judge_all(CLAIMS, [ends(True), ends(False, **changes)])
    names = ("count", "living", "deaths", "fates", "leads", "signs", "even")
    return dict(zip(names, (each.verdict for each in found), strict=True))


def test_each_claim_can_stand_and_fall():
    few, every = np.zeros(REPLICATES, int), np.full(REPLICATES, 100)
    held = verdicts()
    assert held.pop("living") is Verdict.REFUTED  # as many shared neurons with fewer live features
    assert {each for name, each in held.items() if name != "count"} == {Verdict.SUPPORTED}
    assert held["count"] is not Verdict.REFUTED
    assert verdicts(counts=np.tile([4, 5], 20))["count"] is Verdict.REFUTED
    assert verdicts(counts=np.tile([4, 5, 6, 5], 10))["living"] is not Verdict.REFUTED
    assert verdicts(unlit=every // 2)["deaths"] is Verdict.REFUTED
    assert verdicts(right=every // 2)["fates"] is Verdict.REFUTED
    assert verdicts(led_both=np.tile([20, 21], 20))["leads"] is Verdict.REFUTED
    assert verdicts(same=few + 2)["signs"] is Verdict.REFUTED
    assert verdicts(even=few)["even"] is Verdict.REFUTED


def test_too_little_is_undecided():
    nothing = np.zeros(REPLICATES, int)
    found = verdicts(counts=nothing, pairs=nothing)
    assert found["count"] is found["living"] is found["signs"] is Verdict.UNDECIDED


def test_the_quick_study_from_specs_to_figure():
    pytest.importorskip("torch", reason="untied networks need the torch extra")
    from polygenesis.sweeps import run_all

    study = get("untied-weights")
    specs = [spec.replace(replicates=8) for spec in study.specs("quick")]
    runs = run_all(specs, workers=1)
    found = [measure(run) for run in runs]
    tied, untied = found
    assert not tied.dead.any()
    assert tied.unlit.sum() == 0
    assert (untied.right <= untied.n).all()
    assert 0.1 < untied.dead.mean() / untied.n < 0.5
    assert (untied.even == untied.live).all()
    rows = table(found)
    assert rows["weights"].tolist() == ["tied", "untied"]
    legible(illustration(found).draw())
    result = examined(study, runs)
    assert len(result.judgements) == 7
