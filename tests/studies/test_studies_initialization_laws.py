import numpy as np
import pytest
from handmade import examined, measured, said

from legible import legible
from polygenesis import studies
from polygenesis.dynamics import simulate
from polygenesis.studies import initialization_laws
from polygenesis.studies.base import Verdict
from polygenesis.studies.initialization_laws.claims import CLAIMS, Cell
from polygenesis.studies.initialization_laws.display import illustration
from polygenesis.studies.initialization_laws.starts import starts
from polygenesis.studies.judging import judge_all

STEADY = np.array([20, 21, 19, 20, 20, 19, 21, 20] * 2)


def judge_claims(found):
    return judge_all(CLAIMS, found)


def cells(factors, *, m=256, counts=STEADY):
    """One law after the other with the Gaussian counts times its factor."""
    laws = starts(m)
    return [
        Cell(start, measured(128, m, np.round(counts * factor).astype(int)))
        for start, factor in zip(laws, factors, strict=False)
    ]


def test_the_same_and_another_count():
    same, other = judge_claims(cells([1, 1, 0.5]))
    assert (same.verdict, other.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)
    assert said(same.sentence)[0] == 1
    assert said(other.sentence)[0] == 0.5
    assert "uniform starts" in same.sentence
    assert "Rademacher starts" in other.sentence


def test_each_width_has_its_own_reference():
    both = [*cells([1, 1]), *cells([0.5, 0.5], m=1024)]
    assert [said(each.sentence)[0] for each in judge_claims(both)] == [1, 1]


def test_few_replicates_or_no_neuron_decide_nothing():
    (few,) = judge_claims(cells([1, 1], counts=np.array([20])))
    (none,) = judge_claims(cells([1, 0]))
    assert few.verdict is none.verdict is Verdict.UNDECIDED


def test_laws_differ_and_have_the_paper_scale_where_they_should():
    laws = starts(64)
    assert len({start.name for start in laws}) == len({start.part for start in laws}) == len(laws) == 14
    assert laws[0].name == "Gaussian"
    for start in laws:
        rows = np.stack([start.part.sample(np.random.default_rng(k), 32, 64) for k in range(40)])
        squared = (rows**2).sum(axis=2).mean()
        expected = {"Xavier": 64 * 2 / 96, "Kaiming": 2.0, "Gaussian × 0.1": 0.01, "Gaussian × 0.3": 0.09}
        expected |= {"Gaussian × 3": 9.0}
        assert squared == pytest.approx(expected.get(start.name, 1.0), rel=0.15), start.name


def test_a_law_without_a_converged_network_keeps_its_row_and_is_named():
    gaussian, none = starts(16)[0], starts(16)[1]
    cells = [
        Cell(gaussian, measured(8, 16, [2, 3, 2])),
        Cell(none, measured(8, 16, [2, 3, 2], usable=[False] * 3)),
    ]
    shown = illustration(cells)
    assert f"Without a dot, because too few replicates converged: {none.name} at m = 16." in shown.caption
    axes = legible(shown.draw()).axes[0]
    assert [each.get_text() for each in axes.get_yticklabels()] == [gaussian.name, none.name]
    assert "Without a dot" not in illustration(cells[:1]).caption


def test_end_to_end(monkeypatch):
    monkeypatch.setitem(initialization_laws.SIZES, "quick", (6, (12, 24), 3))
    study = studies.get("initialization-laws")
    specs = study.specs("quick")
    assert len({spec.key for spec in specs}) == 28
    with pytest.warns(UserWarning, match="they must die"):  # sparse starts leave some rows empty
        runs = [simulate(spec) for spec in specs]
    result = examined(study, runs)
    assert len(result.judgements) == 26
    shown = result.tables["counts by initial weights"]
    assert shown["m"].tolist() == [12] * 14 + [24] * 14
    leads = shown.set_index("initial weights")["initial leader wins"]
    assert leads["Rademacher"].isna().all()
    assert leads["Gaussian"].notna().all()
    legible(result.illustrations[0].draw())
