"""What activations come in: nested columns and parts of a run are read, or refused with the call that would work."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.errors import InputError
from polygenesis.probe import diagnose
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.files import read_array
from polygenesis.probe.inputs.labels import read_labels

rng = np.random.default_rng(0)
Y = rng.integers(0, 4, 300)
X = np.maximum(0.3 * rng.standard_normal((300, 8)), 0)
X[Y == 0, 0] += 2
X[Y == 1, 0] += 2  # neuron 0 carries 0 and 1, and no other carries anything


def shared(activations, labels=Y, **options):
    found = diagnose(activations, labels, draws=99, alternatives=(), **options)
    return [(each.run, each.neuron, set(each.features)) for each in found.shared]


PLANTED = [(0, 0, {"0", "1"})]


def test_a_nested_column_is_an_array(tmp_path):
    pd, pa = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"act": list(X), "label": Y, "tags": [[f"t{y}"] for y in Y]})
    frame.to_parquet(tmp_path / "all.parquet")
    frame[["act"]].to_parquet(tmp_path / "act.parquet")
    both = f"{tmp_path / 'all.parquet'}:act", f"{tmp_path / 'all.parquet'}:label"
    assert shared(*both) == PLANTED
    for form in (frame["act"], frame[["act"]], tmp_path / "act.parquet", pa.table({"act": X.tolist()}), list(X)):
        assert shared(form) == PLANTED
    assert shared(X, f"{tmp_path / 'all.parquet'}:tags") == [(0, 0, {"t0", "t1"})]
    with pytest.raises(InputError, match="column 'act' of lists stands beside others; pass that column"):
        shared(tmp_path / "all.parquet")
    with pytest.raises(InputError, match="has no array 'acts'; it has act, label, tags"):
        read_array(tmp_path / "all.parquet", "acts")


def test_columns_that_are_no_numbers_are_named():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=[f"n{i}" for i in range(8)])
    with pytest.raises(InputError, match=r"column 'split' holds .*such as 'train'"):
        shared(frame.assign(split="train"))
    with pytest.raises(InputError, match="column 'act' holds lists of 5 to 7"):
        shared(pd.DataFrame({"act": [row[: 5 + i % 3] for i, row in enumerate(X)]}))
    with pytest.raises(InputError, match=r"`activations` must have shape .*\(300, 4, 2\)"):
        shared(pd.DataFrame({"act": [row.reshape(4, 2).tolist() for row in X]}))
    assert shared(frame.astype(object)) == PLANTED
    with pytest.raises(InputError, match=r"must be real numbers, but holds texts, such as '0\."):
        shared(X.astype(str))


class Cache:
    """A cache of a run: keys and values, as TransformerLens has them, and no array."""

    def keys(self):
        return ["blocks.0", "blocks.1"]

    def __getitem__(self, key):
        return X


class Estimator:
    coefs_ = (X,)

    def fit(self):
        return self


class Lazy:
    def lazy(self):
        return self

    def collect(self):
        return X


HOLDERS = [
    (Cache(), r"a Cache of 'blocks\.0', 'blocks\.1'; pass one of them, or, where each is a seed, a list"),
    ({"a": X}, "a dict of 'a'; pass one of them"),
    (Estimator(), r"an array, but is a Estimator; pass what its hidden layer gives"),
    (Lazy(), r"is a Lazy; pass its \.collect\(\)"),
]


@pytest.mark.parametrize(("value", "words"), HOLDERS, ids=[type(value).__name__ for value, _ in HOLDERS])
def test_what_holds_several_arrays_is_refused_wherever_an_array_goes(value, words):
    for name, ask in {
        "activations": lambda: shared(value),
        "initial": lambda: shared(X, initial=value),
        "runs": lambda: shared(X, runs=[value]),
    }.items():
        with pytest.raises(InputError, match=rf"Argument `{name}` .*{words}"):
            ask()
    for ask in (lambda: shared([value, value]), lambda: diagnose(value)):
        with pytest.raises(InputError, match=words):
            ask()


@pytest.mark.torch
def test_a_module_is_no_array():
    nn = pytest.importorskip("torch", reason="needs the torch extra").nn
    with pytest.raises(InputError, match=r"is a module, Linear; diagnose_module\(module, .* weights, \.weight"):
        diagnose(nn.Linear(3, 4))
    with pytest.raises(InputError, match=r"is a module, ReLU; diagnose_module\(module, layer, loader\) reads its act"):
        shared([nn.ReLU()])


def test_batches_of_one_run_are_no_runs():
    parts = [X[:100], X[100:180], X[180:]]
    with pytest.raises(InputError, match=r"3 runs of 80 to 120 samples, but `labels` has 300; .* pass iter\("):
        shared(parts)
    assert shared(iter(parts)) == PLANTED
    doubled = iter([2 * each for each in parts])
    assert shared([iter(parts), doubled]) == [(0, *PLANTED[0][1:]), (1, *PLANTED[0][1:])]
    assert len(shared(parts, [Y[:100], Y[100:180], Y[180:]])) == 3


def test_texts_of_several_tokens_are_no_runs():
    texts = [np.tile(row, (1 + i % 3, 1)) for i, row in enumerate(X)]
    with pytest.raises(InputError, match=r"300 runs of 1 to 3 samples, .* pass \[each\.mean\(0\) for each in"):
        shared(texts)
    assert shared([each.mean(0) for each in texts]) == PLANTED


def test_labels_of_bytes_and_of_arrow():
    pa = pytest.importorskip("pyarrow")
    texts = np.array(["sea", "sky", "sun", "ice"])[Y]
    names = ("ice", "sea", "sky", "sun")
    forms = (texts.astype("S"), pa.chunked_array([texts]).dictionary_encode(), pa.array(texts).dictionary_encode())
    for form in (*forms, pa.table({"tag": [[each] for each in texts]})):
        found = read_labels(form)
        assert found.names == names
        assert [found.names[i] for i in np.asarray(found.rows(np.arange(300))).argmax(1)] == texts.tolist()


def test_an_empty_frame_has_no_labels():
    pd = pytest.importorskip("pandas")
    with pytest.raises(InputError, match="must have a column, but its table has none"):
        read_labels(pd.DataFrame())


def test_minus_one_is_a_class_and_said_to_be_one():
    said = "Label −1 counts as a class"
    for labels, expected in ((Y - 1, True), (Y, False), (Y - 2, False), (np.where(Y > 1, 1, -1), False)):
        notes = diagnose(X, labels, draws=99, alternatives=()).notes
        assert any(said in each for each in notes) is expected


def test_objects_that_are_numbers_are_numbers():
    assert (read_activations(X.astype(object)).array() == X).all()
