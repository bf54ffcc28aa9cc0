"""Capacity, noise levels and the Prediction value itself."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from polygenesis import theory
from polygenesis.detect import capacities, reconstruction_loss
from polygenesis.errors import InputError
from polygenesis.probe import one_hot_objective
from polygenesis.probe.surgery.relaxing import relax


def hoffman_singleton():
    """Neighbours in the graph of five pentagons P_h and five pentagrams Q_i: j of P_h meets h·i + j of Q_i."""
    lists = [set() for _ in range(50)]

    def join(a, b):
        lists[a].add(b)
        lists[b].add(a)

    for h, j in itertools.product(range(5), repeat=2):
        join(5 * h + j, 5 * h + (j + 1) % 5)
        join(25 + 5 * h + j, 25 + 5 * h + (j + 2) % 5)
        for i in range(5):
            join(5 * h + j, 25 + 5 * i + (h * i + j) % 5)
    return [sorted(each) for each in lists]


@pytest.mark.parametrize(("n", "m"), [(2, 3), (3, 3), (4, 3), (6, 3)])
def test_forced_floor_is_the_least_over_all_arrangements(n, m):
    least = min(
        sum(slots.count(neuron) == 2 for neuron in range(m))
        for chosen in itertools.combinations(range(2 * m), n)
        for slots in [[slot // 2 for slot in chosen]]
    )
    assert float(theory.forced_neurons(n, m)) == least


def test_beyond_two_features_a_neuron_there_is_no_slot_for_every_one():
    with pytest.raises(InputError, match="there is not a slot for every feature"):
        theory.forced_neurons(7, 3)
    assert float(theory.unplaced_features(7, 3)) == 1
    assert float(theory.unplaced_features(6, 3)) == 0


def descended(start, penalty=0.0):
    """Weights at rest, (n, m), by proximal descent: another way than the flow's."""
    found = relax(one_hot_objective(penalty), start, residual=1e-7, steps=50_000)
    assert found.settled
    return found.weights


def starts(n, m, number):
    return np.random.default_rng([n, m]).standard_normal((number, n, m)) * m**-0.5


@pytest.mark.parametrize(("n", "m", "penalty"), [(9, 4, 0.0), (12, 4, 0.05), (12, 6, 0.05), (6, 9, 0.1)])
def test_at_rest_the_loss_is_the_missing_norm(n, m, penalty):
    """Capacity 3, with and without a penalty, above and below n = 2m; elsewhere it is something else."""
    for start in starts(n, m, 3):
        w = descended(start, penalty)
        told = theory.loss_at_rest(n, (w**2).sum(), l1_norm=np.abs(w).sum(), penalty=penalty)
        assert told == pytest.approx(float(reconstruction_loss(w)[0]), abs=1e-6)
        assert theory.loss_at_rest(n, (start**2).sum()) != pytest.approx(float(reconstruction_loss(start)[0]), abs=0.1)


def test_no_more_than_two_directions_a_dimension_have_no_positive_overlap():
    """Capacity 2: the loss can reach zero up to n = 2m, and not beyond."""
    assert min(float(reconstruction_loss(descended(start))[0]) for start in starts(6, 3, 5)) < 1e-8
    assert min(float(reconstruction_loss(descended(start))[0]) for start in starts(7, 3, 20)) > 0.8


def test_directions_without_positive_overlaps_have_negative_ones_of_at_most_one():
    """Capacity 2: Σ_j (W_i·W_j)² over the others is at most ‖W_i‖² max_j ‖W_j‖²."""
    for start in starts(8, 5, 5):
        w = descended(start)
        cosines = (w @ w.T) / np.sqrt(np.outer((w**2).sum(1), (w**2).sum(1)))
        np.fill_diagonal(cosines, 0)
        assert cosines.max() < 1e-4
        assert (cosines**2).sum(axis=1).max() <= 1 + 1e-4


GRAPHS = {
    "pentagon": [[(i + 1) % 5, (i - 1) % 5] for i in range(5)],
    "Petersen": [
        [j for j, b in enumerate(itertools.combinations(range(5), 2)) if not set(a) & set(b)]
        for a in itertools.combinations(range(5), 2)
    ],
    "Clebsch": [[i ^ flip for flip in (1, 2, 4, 8, 15)] for i in range(16)],
    "Hoffman-Singleton": hoffman_singleton(),
}


@pytest.mark.parametrize("cluster", [each for each in theory.CLUSTERS if each.name in GRAPHS], ids=lambda c: c.name)
def test_graphs_give_features_at_rest_with_the_loss_that_is_told(cluster):
    """Capacity 5: projections on the eigenvectors of the least eigenvalue, each row at its best norm."""
    neighbours = GRAPHS[cluster.name]
    adjacency = np.zeros((cluster.features, cluster.features))
    for i, others in enumerate(neighbours):
        adjacency[i, others] = 1
    assert (adjacency == adjacency.T).all()
    assert (adjacency.sum(axis=1) == cluster.degree).all()
    values, vectors = np.linalg.eigh(adjacency)
    assert values[0] == pytest.approx(cluster.eigenvalue)
    rows = vectors[:, np.isclose(values, values[0])]
    assert rows.shape[1] == cluster.dimensions
    w = rows / np.linalg.norm(rows, axis=1, keepdims=True) / math.sqrt(1 + cluster.interference)
    assert float(reconstruction_loss(w)[0]) == pytest.approx(cluster.loss)
    force = w - np.maximum(w @ w.T, 0) @ w
    assert np.abs(force).max() < 1e-12
    assert float(theory.least_known_loss(cluster.features, cluster.dimensions)) == pytest.approx(cluster.loss)


def test_the_seven_graphs_have_the_dimensions_of_the_literature():
    known = {"Gewirtz": (56, 20, -4.0), "M22": (77, 21, -6.0), "Higman-Sims": (100, 22, -8.0)}
    for each in theory.CLUSTERS:
        if each.name in known:
            assert (each.features, each.dimensions, each.eigenvalue) == known[each.name]
        trace = each.degree + each.dimensions * each.eigenvalue
        rest = each.features - 1 - each.dimensions
        assert trace + rest * (-each.common - each.eigenvalue) == pytest.approx(0, abs=1e-9)
        assert each.loss < each.unplaced


def test_the_least_known_loss_mixes_clusters_pairs_and_dead_features():
    pentagon, petersen = theory.CLUSTERS[0].loss, theory.CLUSTERS[1].loss
    assert petersen == pytest.approx(10 / 7)
    assert float(theory.least_known_loss(6, 3)) == 0
    assert float(theory.least_known_loss(3, 1)) == 1  # no room for a pentagon: one feature dies
    assert float(theory.least_known_loss(6, 2)) == pytest.approx(pentagon + 1)
    assert float(theory.least_known_loss(9, 4)) == pytest.approx(pentagon)
    assert float(theory.least_known_loss(15, 6)) == pytest.approx(petersen + pentagon)
    assert float(theory.least_known_loss(64, 28)) == pytest.approx(theory.CLUSTERS[3].loss)
    assert float(theory.least_known_loss(30, 12)) == pytest.approx(3 * petersen)  # less than Clebsch's graph
    assert float(theory.least_known_loss(16, 5)) == pytest.approx(theory.CLUSTERS[2].loss)  # no room for three
    assert float(theory.least_known_loss(100, 1)) == 98


def test_a_pentagon_and_a_petersen_graph_are_the_least_that_many_starts_reach():
    for n, m, cluster in ((5, 2, 0), (10, 4, 1)):
        least = min(float(reconstruction_loss(descended(start))[0]) for start in starts(n, m, 30))
        assert least == pytest.approx(theory.CLUSTERS[cluster].loss, abs=1e-6)


@given(st.integers(0, 99))
def test_capacities_add_up_to_the_rank_at_most(seed):
    """Capacity 6: with equality for antipodal pairs on neurons, where what is missing counts shared neurons."""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((rng.integers(1, 9), rng.integers(1, 9)))
    assert capacities(w).sum() <= np.linalg.matrix_rank(w) + 1e-9
    one_neuron = np.zeros((4, 3))
    one_neuron[[0, 1, 2, 3], [0, 0, 1, 2]] = (0.9, -0.9, 1.0, -1.0)
    assert capacities(one_neuron)[0] == pytest.approx([0.5, 0.5, 1, 1])


def test_a_slot_can_be_divided_at_no_cost():
    """Capacity 4: k features of one sign on one neuron lose k − 1, however the squared norm is divided."""
    for shares in ([1.0, 0, 0], [0.5, 0.3, 0.2], [1 / 3] * 3):
        w = np.sqrt(np.array(shares))[:, None]
        assert float(reconstruction_loss(w)[0]) == pytest.approx(2)


def test_without_a_penalty_directions_that_do_not_overlap_stay():
    """Capacity 7: the force is radial where no overlap is positive."""
    w = np.zeros((3, 3))
    w[[0, 1, 2], [0, 0, 2]] = (0.9, -0.8, 0.7)
    later = descended(w)
    assert (later != 0).tolist() == (w != 0).tolist()
    assert np.abs(later[w != 0]) == pytest.approx(1)


def test_chance_shares_more_than_must_be_even_below_m_equals_n():
    excess = theory.incidental_excess(300, 256)
    assert float(excess) == pytest.approx(300 * 299 / (2 * 511) - 44)
    assert excess.interval[0] > 0
    assert float(theory.incidental_excess(6, 3)) == pytest.approx(0)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=30), st.integers(8, 12))
def test_one_neuron_a_feature_leaves_no_gap_in_the_accounts(neurons, m):
    held = np.bincount(neurons, minlength=m)
    excess = int(np.maximum(held - 1, 0).sum())
    books = theory.accounting(len(neurons), m, int((held > 0).sum()), excess)
    assert books.is_exact
    assert books.necessary + books.rest == books.excess == excess
    assert books.necessary == max(0, len(neurons) - m)


def test_accounting_says_when_it_is_only_a_bound():
    books = theory.accounting(n_live=4, m_live=5, occupied=5, excess=3)
    assert (books.necessary, books.idle, books.rest) == (0, 0, 3)
    assert "a bound" in str(books)
    assert theory.accounting(10, 8, 6, 4).necessary_share == 0.5
    assert math.isnan(theory.accounting(2, 5, 2, 0).necessary_share)
    assert str(theory.accounting(2, 5, 2, 0)) == "Nothing is shared."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.accounting(4, 5, 6, 0), "`occupied` must be at most m_live = 5"),
        (lambda: theory.accounting(9, 5, 4, 2), "`n_live` must be at most occupied"),
        (lambda: theory.accounting(-1, 5, 4, 2), "`n_live`"),
        (lambda: theory.excess_kurtosis("cauchy"), "known: bipolar, gaussian, laplace, uniform"),
        (lambda: theory.projected_kurtosis("bipolar", 1.2), "at most 1"),
        (lambda: float(theory.Prediction(np.arange(3.0))), "a curve"),
    ],
)
def test_outside_the_regime_one_sentence_says_so(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_kurtoses_are_those_of_the_laws():
    laws = {"uniform": stats.uniform, "gaussian": stats.norm, "laplace": stats.laplace}
    for name, law in laws.items():
        assert theory.excess_kurtosis(name) == pytest.approx(float(law.stats(moments="k")))
    signs = np.array([-1.0, 1.0])
    assert theory.excess_kurtosis("bipolar") == np.mean(signs**4) / np.mean(signs**2) ** 2 - 3


def test_projected_kurtosis_by_enumeration_of_bipolar_noise():
    row = np.array([0.8, 0.5, 0.3, 0.1])
    row /= np.linalg.norm(row)
    seen = np.array(list(itertools.product((-1, 1), repeat=4))) @ row
    kurtosis = np.mean(seen**4) / np.mean(seen**2) ** 2 - 3
    assert float(theory.projected_kurtosis("bipolar", np.sum(row**4))) == pytest.approx(kurtosis)


@pytest.mark.parametrize("m", [1, 2, 16])
def test_fourth_norm_of_random_rows(m):
    rows = np.random.default_rng(0).standard_normal((40_000, m))
    fourth = np.sum((rows / np.linalg.norm(rows, axis=1, keepdims=True)) ** 4, axis=1)
    prediction, variance = theory.random_row_fourth_norm(m), theory.random_row_fourth_norm_variance(m)
    assert abs(fourth.mean() - float(prediction)) < 4 * math.sqrt(variance / 40_000) + 1e-12
    assert fourth.var() == pytest.approx(variance, rel=0.05, abs=1e-12)
    low, high = prediction.interval
    assert np.mean((fourth < low - 1e-12) | (fourth > high + 1e-12)) <= 0.05


def test_a_prediction_prints_its_number_interval_regime_and_source():
    law = theory.slot_model(256, 256).prediction()
    assert repr(law).startswith("Prediction 63.87 [56, 72] | ")
    assert str(law) == repr(law)
    assert float(law) == law.value
    curve = theory.Prediction(np.linspace(1, 0.5, 7))
    assert repr(curve) == "Prediction 1 … 0.5 (shape (7,))"
    np.testing.assert_array_equal(np.asarray(curve), curve.array)
    assert "mean 63.87" in repr(theory.slot_model(256, 256))
