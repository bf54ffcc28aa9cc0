import numpy as np
import pytest
from handmade import complete, examined, judged, rounded, said

from polygenesis import studies, theory
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.interference import FullInterference, WithinContexts
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import context_sharing
from polygenesis.studies.base import Verdict
from polygenesis.studies.context_sharing import claims, models, networks
from polygenesis.studies.context_sharing.networks import Network
from polygenesis.sweeps import MemoryStore


def spec_of(n, m, contexts, replicates=1):
    how = WithinContexts(contexts) if contexts > 1 else FullInterference()
    return RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(0.016), interference=how, replicates=replicates)


def network(n=64, m=128, contexts=2, r=200, **changed):
    law = float(theory.equal_sign_pairs(n, m, contexts))
    pattern = np.array([round(law) - 1, round(law), round(law) + 1, round(law)])
    counts = np.tile(pattern, r // 4)
    fields = {
        "spec": spec_of(n, m, contexts, r),
        "equal": counts,
        "opposite": counts,
        "within_equal": np.zeros(r, dtype=int),
        "within_opposite": counts,
        "shared": 2 * counts,
        "sharing": 2 * counts,
        "excess": np.full(r, 1e-8),
        "replicates": r,
    }
    return Network(**(fields | changed))


def test_pairs_are_told_by_sign_and_context():
    """Six features in two contexts: one pair of each kind but equal signs within a context, and a crowd of three."""
    a = theory.bare_norm(1, 0.0, 0.016)
    rows = np.zeros((1, 6, 8))
    for feature, (neuron, sign) in enumerate([(0, 1), (0, -1), (1, 1), (1, 1), (0, 1), (3, 1)]):
        rows[0, feature, neuron] = sign * a
    run = Run(spec_of(6, 8, 2), rows, rows, (Outcome.CONVERGED,), np.ones(1), np.ones(1, dtype=np.int64), "by hand")
    found = networks.measure(run)
    # Neuron 0: features 0 (+) and 1 (−) of context 0, 4 (+) of context 1. Neuron 1: 2 (+) and 3 (+), across.
    assert found.equal.tolist() == [2]
    assert found.opposite.tolist() == [1]
    assert found.within_opposite.tolist() == [1]
    assert found.within_equal.tolist() == [0]
    assert found.shared.tolist() == [2]
    assert found.sharing.tolist() == [4]
    assert found.excess == pytest.approx([0.0], abs=1e-9)


def test_equal_signs_within_a_context_would_be_seen_and_cost():
    rows = np.zeros((1, 4, 4))
    rows[0, 0, 0] = rows[0, 1, 0] = rows[0, 2, 0] = rows[0, 3, 1] = 1.0
    run = Run(spec_of(4, 4, 2), rows, rows, (Outcome.CONVERGED,), np.ones(1), np.ones(1, dtype=np.int64), "by hand")
    found = networks.measure(run)
    assert found.within_equal.tolist() == [1]
    assert found.excess[0] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(("factor", "verdict"), [(1, Verdict.SUPPORTED), (2, Verdict.REFUTED)])
def test_pairs_are_held_against_the_law(factor, verdict):
    cell = network()
    law = float(theory.equal_sign_pairs(64, 128, 2))
    changed = network(equal=factor * cell.equal, opposite=factor * cell.opposite)
    for claim in (claims.EQUAL_SIGNS, claims.OPPOSITE_SIGNS):
        found = judged(claim, [changed])
        assert found.verdict is verdict
        assert said(found.sentence)[0] == rounded(factor * cell.equal.mean() / law)


def test_neurons_are_held_against_their_own_law():
    law = float(theory.shared_neurons_of_contexts(64, 128, 2))
    counts = np.tile([round(law), round(law) + 1, round(law), round(law) - 1], 50)
    assert judged(claims.NEURONS, [network(shared=counts)]).verdict is Verdict.SUPPORTED
    assert judged(claims.NEURONS, [network(shared=2 * counts)]).verdict is Verdict.REFUTED


def test_one_context_is_judged_where_it_has_what_is_counted():
    """The paper's own network has no pairs of two contexts, but neurons and signs like all others."""
    law = float(theory.shared_neurons_of_contexts(64, 128, 1))
    counts = np.tile([round(law), round(law) + 1, round(law), round(law) - 1], 50)
    alone = network(spec=spec_of(64, 128, 1, 200), shared=counts, within_equal=np.full(200, 9))
    assert law == pytest.approx(theory.slot_model(64, 128).mean)
    assert claims.EQUAL_SIGNS.read([alone]) == claims.OPPOSITE_SIGNS.read([alone]) == []
    assert judged(claims.NEURONS, [alone]).verdict is Verdict.SUPPORTED
    assert "C = 1" in judged(claims.NEURONS, [alone]).claim.text
    assert judged(claims.WITHIN, [alone]).verdict is Verdict.REFUTED


@pytest.mark.parametrize(("count", "verdict"), [(0, Verdict.SUPPORTED), (8, Verdict.REFUTED)])
def test_equal_signs_within_contexts_are_held_against_none(count, verdict):
    cell = network(within_equal=np.full(200, count))
    assert judged(claims.WITHIN, [cell]).verdict is verdict


def test_without_pairs_nothing_is_decided():
    everyone = network(contexts=64, within_equal=np.zeros(200, dtype=int))
    assert judged(claims.WITHIN, [everyone]).verdict is Verdict.UNDECIDED


def test_the_smallest_models_allow_what_the_page_says():
    smallest, gated, cofiring = models.smallest_model(), models.gated_model(2, 1000), models.cofiring_model()
    assert smallest.masked == pytest.approx(0, abs=1e-9)
    assert smallest.unmasked == pytest.approx(1, abs=1e-9)
    assert gated.error == pytest.approx(0, abs=1e-9)
    assert gated.single >= 0.5 - 1e-9
    assert (gated.features, gated.neurons) == (4, 3)
    assert cofiring.across == pytest.approx(0, abs=1e-9)
    assert "the best of many networks of one neuron costs 0.5" in models.computed(smallest, gated, cofiring)


def test_single_neurons_come_near_the_bound_but_not_below():
    assert 0.5 <= models.single_neuron(20_000) < 0.51


def test_antipodal_pairs_cost_where_both_fire():
    """Of 4 combinations a context one fires both: both outputs are lost, 2 · 1/4 an input."""
    assert models.cofiring_model().antipodal == pytest.approx(0.5)


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(context_sharing.CELLS, "quick", ((8, 16, (1, 2, 8), 12),))
        patch.setitem(context_sharing.DRAWS, "quick", 1000)
        store = MemoryStore()
        study = studies.get("context-sharing")
        found = study.run("quick", store=store, workers=1)
        again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
        yield found, again


def test_the_study_has_all_its_parts(result):
    found, again = result
    assert len(found.judgements) == 2 + 2 + 1 + 3
    complete(found)
    assert again.judgements == found.judgements
    assert all(again.tables[name].equals(table) for name, table in found.tables.items())


def test_trained_networks_share_across_contexts_only(result):
    """What shares with equal signs loses no more than a bare feature: at rest both are alone in their context."""
    table = result[0].tables["pairs and neurons by contexts"].set_index("contexts")
    assert (table["equal signs, one context"] == 0).all()
    assert table.loc[1, "equal signs, two contexts"] == 0
    assert table.loc[8, "equal signs, two contexts"] > 0
    assert table.loc[8, "opposite signs, one context"] == 0
