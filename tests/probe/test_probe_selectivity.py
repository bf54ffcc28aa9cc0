"""Selectivity against slow, independent computations and against labels that mean nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from polygenesis.bench.origins.concepts import planted
from polygenesis.errors import InputError
from polygenesis.probe import Selectivity, selectivity
from polygenesis.probe.inputs import activations as activations_module
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.labels import read_labels
from polygenesis.probe.selection import effects
from polygenesis.probe.selection.effects import block_effects
from polygenesis.probe.selection.occurrence import occurrence


@pytest.fixture(scope="module")
def mixed() -> tuple[np.ndarray, np.ndarray, Selectivity]:
    rng = np.random.default_rng(0)
    x = np.maximum(rng.standard_normal((300, 6)), 0)  # half of the values tie at 0
    x[:, 3], x[:, 5] = rng.integers(-1, 2, 300), 0.25
    y = rng.integers(0, 4, 300)
    x[:, 0] += y == 2
    return x, y, selectivity(x, y)


def test_auroc_of_classes_is_the_mean_over_the_other_classes(mixed):
    x, y, found = mixed
    for k in range(5):
        for c in range(4):
            others = [
                stats.mannwhitneyu(x[y == c, k], x[y == j, k]).statistic / (y == j).sum() for j in range(4) if j != c
            ]
            assert found.auroc[k, c] == pytest.approx(np.mean(others) / (y == c).sum(), abs=1e-12)


def test_one_feature_gives_the_test_of_mann_and_whitney():
    rng = np.random.default_rng(8)
    x, y = np.maximum(rng.standard_normal((150, 3)), 0), (rng.random((150, 1)) < 0.2).astype(int)
    found, classes = selectivity(x, y, kind="multi-label"), selectivity(x, y[:, 0])
    tests = [stats.mannwhitneyu(*(x[y[:, 0] == c, k] for c in (1, 0)), use_continuity=False) for k in range(3)]
    areas = [test.statistic / (y.sum() * (1 - y).sum()) for test in tests]
    assert found.auroc[:, 0] == pytest.approx(areas, abs=1e-12)
    assert classes.auroc[:, 1] == pytest.approx(areas, abs=1e-12)  # two classes: the plain AUROC
    assert classes.auroc[:, 0] == pytest.approx(1 - classes.auroc[:, 1], abs=1e-12)
    assert found.q[:, 0] == pytest.approx(stats.false_discovery_control([test.pvalue for test in tests]), rel=1e-9)


def brute_auroc(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Balanced AUROC of one neuron for each feature, pair by pair of samples."""
    groups = np.column_stack([present, ~present.any(axis=1)])
    weights = (groups / np.maximum(groups.sum(axis=0), 1)).sum(axis=1)
    higher = (np.sign(values[:, None] - values) + 1) / 2
    return np.array([np.average(higher[own][:, ~own].mean(axis=0), weights=weights[~own]) for own in present.T])


def test_auroc_of_several_labels_weighs_the_other_features_alike():
    rng = np.random.default_rng(9)
    present = rng.random((120, 7)) < np.geomspace(0.03, 0.5, 7)
    x = np.round(rng.standard_normal((120, 3)) + present[:, :3], 1)
    found = selectivity(x, present)
    assert found.auroc == pytest.approx(np.array([brute_auroc(row, present) for row in x.T]), abs=1e-12)
    once = np.eye(4, dtype=bool)[rng.integers(0, 4, 120)]
    as_classes = selectivity(x, once.argmax(axis=1))
    assert (selectivity(x, once).auroc == as_classes.auroc).all()  # columns that exclude each other are classes


@pytest.mark.parametrize("values", [[0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 2, 2]])
@pytest.mark.parametrize("several", [False, True])
def test_the_variance_by_chance_is_that_over_all_permutations(values, several):
    """Over all 720 permutations of six samples, with and without ties, classes and several labels a sample."""
    present = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]], bool)
    if several:
        present = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 1, 1], [0, 1, 0], [0, 0, 0]], bool)
    areas = np.array([brute_auroc(np.array(each), present) for each in itertools.permutations(values)])
    block = np.array([values], dtype=float)
    (seen,) = block_effects(block, occurrence(present), np.arange(6)[None])
    spread = (seen.auroc[0] - 0.5)[seen.z[0] != 0] / seen.z[0][seen.z[0] != 0]
    assert areas.mean(axis=0) == pytest.approx(0.5)
    assert spread == pytest.approx(areas.std(axis=0)[seen.z[0] != 0], rel=1e-9)
    assert len(spread) >= 2


def test_q_is_the_normal_law_of_the_balanced_auroc(mixed):
    """Against 1,500 permutations: z has variance 1 in every class (standard error .018), and q follows from z."""
    x, y, found = mixed
    rng, block = np.random.default_rng(10), np.ascontiguousarray(x.T)
    known = occurrence(y[:, None] == np.arange(4))
    z = np.stack(
        [each.z for each in block_effects(block, known, np.stack([rng.permutation(300) for _ in range(1500)]))]
    )
    assert z[:, :5].std(axis=0) == pytest.approx(np.ones((5, 4)), abs=0.075)
    (seen,) = block_effects(block, known, np.arange(300)[None])
    p = 2 * stats.norm.sf(np.abs(seen.z))
    assert found.q == pytest.approx(stats.false_discovery_control(p.ravel()).reshape(6, 4), rel=1e-9)


def test_difference_is_cohens_d(mixed):
    x, y, found = mixed
    for k in range(5):
        a, b = x[y == 2, k], x[y != 2, k]
        pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(x) - 2)
        assert found.difference[k, 2] == pytest.approx((a.mean() - b.mean()) / pooled**0.5, rel=1e-10)


def test_information_is_that_of_the_table_of_levels(mixed):
    x, y, found = mixed
    rank = stats.rankdata(x[:, 0])
    level = ((rank - 0.5) / len(x) * 8).astype(int)
    table = np.array([[np.mean((level == v) & ((y == 2) == f)) for f in (0, 1)] for v in range(8)])
    independent = table.sum(1, keepdims=True) * table.sum(0)
    ones = table > 0
    assert found.information[0, 2] == pytest.approx((table[ones] * np.log2(table[ones] / independent[ones])).sum())


def test_a_constant_neuron_tells_nothing(mixed):
    _, _, found = mixed
    assert found.constant.tolist() == [False] * 5 + [True]
    assert (found.auroc[5] == 0.5).all()
    assert (found.difference[5] == 0).all()
    assert found.information[5] == pytest.approx(np.zeros(4), abs=1e-12)
    assert (found.q[5] == 1).all()


def test_a_feature_that_is_the_activation_is_told_perfectly():
    y = np.arange(40) % 2
    found = selectivity(np.stack([y, 1 - y, np.arange(40)], axis=1), y)
    assert found.auroc[:2, 1].tolist() == [1.0, 0.0]
    assert found.difference[:2, 1].tolist() == [np.inf, -np.inf]
    assert found.information[0, 1] == pytest.approx(1.0)


def test_neurons_are_worked_on_a_few_at_once(monkeypatch):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((200, 7)), rng.random((200, 30)) < 0.5
    whole = selectivity(x, y)
    monkeypatch.setattr(effects, "ROOM", 3 * 8 * 8 * 31 * 2)
    parts = selectivity(x, y)
    for name in ("auroc", "difference", "information", "q"):
        assert (getattr(whole, name) == getattr(parts, name)).all()
    assert whole.chance == parts.chance


def test_only_signed_activations_are_selected_downwards():
    y = np.arange(300) % 3
    rising = (y == 0) + 0.1 * np.random.default_rng(11).random(300)
    found, signed = selectivity(rising[:, None], y), selectivity(-rising[:, None], y)
    assert (found.signed, signed.signed) == (False, True)
    assert found.selected()[0].tolist() == [True, False, False]
    assert signed.selected(threshold=0.7)[0].tolist() == [
        True,
        True,
        True,
    ]  # the others are above it: select tells them apart
    assert selectivity((rising - 1e-9)[:, None], y).signed is False  # rounding of 0 is no sign


def test_blocks_streams_and_maps_give_the_same_as_one_array(monkeypatch, tmp_path):
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((101, 9)).astype(np.float32), rng.integers(0, 3, 101)
    whole = selectivity(x, y)
    monkeypatch.setattr(activations_module, "CHUNK", 2 * 101 * 8)
    monkeypatch.setattr(activations_module, "IN_MEMORY", 1000)
    streamed = selectivity(iter([x[:40], x[40:90], x[90:]]), y)
    assert (streamed.auroc == whole.auroc).all()
    assert streamed.information == pytest.approx(whole.information)
    assert len(list(read_activations(x).blocks())) == 5
    np.save(tmp_path / "x.npy", x)
    map_ = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert (selectivity(map_, y).auroc == whole.auroc).all()
    part = selectivity(x[7:], y[7:])
    assert (selectivity(map_[7:], y[7:]).auroc == part.auroc).all()  # a slice of a map knows not where it starts
    monkeypatch.setattr(activations_module, "PIECE", 500)
    assert (selectivity(map_, y).auroc == whole.auroc).all()
    np.save(tmp_path / "turned.npy", np.asfortranarray(x))
    assert (selectivity(np.load(tmp_path / "turned.npy", mmap_mode="r"), y).auroc == whole.auroc).all()


@pytest.mark.parametrize("scale", [1e-7, 1.0, 1e4])
def test_half_precision_gives_what_double_precision_gives(scale):
    """Ties, both zeros, subnormal numbers and a constant neuron included."""
    rng = np.random.default_rng(7)
    x = (scale * np.maximum(rng.standard_normal((400, 6)), -0.5)).astype(np.float16)
    x[:, 1], x[::3, 2], x[1::3, 2] = 0.25, 0.0, -0.0
    y = rng.integers(0, 4, 400)
    half, double = (selectivity(x.astype(kind), y, permutations=2) for kind in (np.float16, np.float64))
    for name in ("auroc", "difference", "information", "q"):
        assert getattr(half, name) == pytest.approx(getattr(double, name), rel=1e-9, abs=1e-12)
    assert half.chance == pytest.approx(double.chance)
    assert (half.constant == double.constant).all()


def test_half_precision_is_kept_and_blocks_can_be_left_out(monkeypatch):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((50, 6)).astype(np.float16)
    monkeypatch.setattr(activations_module, "CHUNK", 2 * 50 * 8)
    for limit in (0, 2**30):
        monkeypatch.setattr(activations_module, "IN_MEMORY", limit)
        kept = read_activations(iter([x[:9], x[9:]]))
        assert kept.array().dtype == np.float16
        assert (kept.array() == x).all()
        assert [first for first, _ in kept.blocks({1, 5})] == [0, 4]
        assert (x == np.concatenate([block for _, block in kept.blocks()]).T).all()


def test_labels_without_meaning_are_selected_at_the_stated_rate():
    """60 networks of pure noise: the chance that anything passes q ≤ .05 is at most .05 (binomial 99 % limit: 8)."""
    rng = np.random.default_rng(3)
    any_found = sum(
        (selectivity(rng.standard_normal((120, 10)), rng.integers(0, 4, 120), permutations=0).q <= 0.05).any()
        for _ in range(60)
    )
    assert any_found <= 8


def test_chance_is_what_permuted_labels_give():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((400, 20)), rng.integers(0, 2, 400)
    found = selectivity(x, y, permutations=5)
    assert 0.5 * np.abs(found.auroc - 0.5).max() < found.chance["auroc"] < 0.15
    assert selectivity(x, y, permutations=5).chance == found.chance
    assert selectivity(x, y, permutations=5, seed=1).chance != found.chance
    assert selectivity(x, y, permutations=0).chance == {}


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5])
def test_planted_carriers_are_found_and_none_invented(noise: float):
    activations, present, carriers = planted(3000, 24, 12, shared=6, noise=noise, seed=5)
    assert (carriers == selectivity(activations, present).selected().T).all()


@pytest.mark.parametrize(
    ("labels", "kind", "words"),
    [
        (np.zeros(10, int), None, "at least two classes, but all samples are 0"),
        (np.arange(10) % 2 * 1.0, None, "one column of floats"),
        (np.array([0.5] * 5 + [1.0] * 5), "classes", "whole numbers for classes"),
        (np.arange(10), None, "repeat its classes"),
        (np.array([1.0] * 9 + [np.nan]), "continuous", "finite, but is nan for sample 9"),
        (np.eye(10, 2, dtype=int)[:, [0, 0]] * 0, None, "present in some samples"),
        (np.zeros((10, 2, 2)), None, "shape (samples,) or (samples, features)"),
        (np.arange(9) % 2, None, "9 rows for 10 samples"),
        (np.arange(10) % 2, "class", "Unknown kind of labels 'class'"),
        (np.full((10, 2), 2.0), "multi-label", "0 or 1 everywhere"),
    ],
)
def test_wrong_labels_are_one_sentence(labels, kind, words):
    with pytest.raises(InputError) as caught:
        selectivity(np.random.default_rng(0).standard_normal((10, 3)), labels, kind=kind)
    assert words in str(caught.value)
    assert str(caught.value).replace(". Did you mean", "").count(". ") == 0


@pytest.mark.parametrize(
    ("activations", "words"),
    [
        (np.zeros((10, 3)), "every neuron is constant"),
        (np.where(np.arange(30).reshape(10, 3) == 16, np.nan, 1.0), "nan for sample 5, neuron 1"),
        (np.where(np.arange(30).reshape(10, 3) == 16, np.inf, 1.0).astype(np.float16), "inf for sample 5, neuron 1"),
        (np.zeros(10), "(samples, neurons)"),
        (np.array([["a"] * 3] * 10), "real numbers"),
        (iter([np.zeros((5, 3)), np.zeros((5, 4))]), "one width"),
        (iter([]), "iterator is empty"),
    ],
)
def test_wrong_activations_are_one_sentence(activations, words):
    with pytest.raises(InputError) as caught:
        selectivity(activations, np.arange(10) % 2)
    assert words in str(caught.value)


def test_kinds_of_labels_are_recognized():
    assert read_labels(["a", "b", "a", "b"]).names == ("a", "b")
    assert read_labels(np.array([[0, 1], [1, 0], [1, 1]])).kind == "multi-label"
    concepts = read_labels(np.array([[0.1, 3.0], [0.2, 5.0], [0.3, 1.0]]))
    assert concepts.kind == "continuous"
    assert concepts.present.tolist() == [[False, False], [False, True], [True, False]]


def test_data_frames_and_tensors_are_read():
    import pandas as pd

    frame = pd.DataFrame({"sea": [0, 1, 1, 0, 1], "land": [1, 0, 0, 1, 1]})
    assert read_labels(frame).names == ("sea", "land")
    torch = pytest.importorskip("torch")
    x = torch.arange(10.0, requires_grad=True).reshape(5, 2)
    assert selectivity(x, frame).auroc.shape == (2, 2)


def test_a_missing_label_is_no_class():
    import pandas as pd

    texts = ["a", "b", "a", "b"] * 3
    for missing in (None, float("nan"), np.float32("nan"), pd.NA):
        given = [*texts[:7], missing, *texts[:5], missing]
        series = pd.Series(given, dtype=object)
        for labels in (given, np.array(given, dtype=object), series, series.astype("string")):
            with pytest.raises(InputError, match=r"known for every sample, but is (None|nan|<NA>) for sample 7\."):
                read_labels(labels)
        with pytest.raises(InputError, match="known for every sample, but is nan for sample 7"):
            read_labels(series.astype("category"))
    with pytest.raises(InputError, match=r"but is (nan|<NA>) for sample 1\."):
        read_labels(pd.Series([1, None, 2, 1, 2], dtype="Int64"))
    with pytest.raises(InputError, match="finite, but is nan for sample 2"):
        read_labels([1, 2, float("nan"), 1])
    with pytest.raises(InputError, match="finite, but is inf for sample 1, feature 0"):
        read_labels(np.array([[1, 0], [np.inf, 1], [0, 1]]))
    assert read_labels(["nan", "None", "nan", "None"]).names == ("None", "nan")
