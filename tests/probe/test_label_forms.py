"""Labels in the forms in which people have them: sparse, tags, columns, categories; what does not vary is left out."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import polygenesis as pg
from polygenesis.errors import InputError
from polygenesis.probe.inputs import sparse_labels
from polygenesis.probe.inputs.fingerprint import fingerprint
from polygenesis.probe.inputs.labels import read_labels
from polygenesis.probe.selection import resting

RNG = np.random.default_rng(0)
PRESENT = RNG.random((120, 6)) < 0.2
PRESENT[:, 3] = False  # one dead latent
ALIVE = [0, 1, 2, 4, 5]


def dense(labels):
    return labels.present.toarray() if sparse.issparse(labels.present) else labels.present


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr"])
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_labels_are_the_dense_ones_in_any_format(form, kind):
    given = kind(PRESENT.astype(np.int8)).asformat(form)
    found, same = read_labels(given), read_labels(PRESENT)
    assert (dense(found) == same.present).all()
    assert found.names == same.names == tuple(map(str, ALIVE))
    assert fingerprint(found) == fingerprint(same)
    assert sparse.issparse(found.present)


def test_sparse_concepts_are_the_dense_ones_and_the_given_matrix_stays_as_it_is():
    values = np.where(RNG.random((120, 8)) < 0.1, RNG.random((120, 8)), 0)
    values[:, 1] = RNG.standard_normal(120)
    values[:, 2] = -values[:, 3] - 1
    values[:, 4] = RNG.random(120) < 0.9  # its median is its maximum
    given = sparse.csr_array(values)
    given.data[0] = 0.0
    values[0, given.indices[0]] = 0.0
    kept = given.copy()
    found, same = read_labels(given), read_labels(values)
    assert found.kind == same.kind == "continuous"
    assert (dense(found) == same.present).all()
    assert found.names == same.names
    assert (given.data == kept.data).all()


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_sparse_tensors_are_read_in_every_layout():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(PRESENT.astype(np.float32))
    for each in (tensor.to_sparse(), tensor.to_sparse_csr(), tensor.bfloat16().to_sparse(), tensor.bool().to_sparse()):
        assert (dense(read_labels(each)) == PRESENT[:, ALIVE]).all()


def test_many_sparse_labels_are_never_made_dense():
    import tracemalloc

    samples, features = 20_000, 4_096
    at = RNG.integers(0, samples * features, 200_000)
    given = sparse.csr_array((np.ones(len(at), np.int8), (at // features, at % features)), shape=(samples, features))
    given.data[:] = 1
    tracemalloc.start()
    read_labels(given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < samples * features / 4


def test_tags_may_be_lists_or_sets_and_empty():
    found = read_labels([["sea", "sky"], [], {"sea"}, ["sky", "sky"]] * 3)
    assert found.kind == "multi-label"
    assert found.names == ("sea", "sky")
    assert dense(found)[:4].tolist() == [[True, True], [False, False], [True, False], [False, True]]
    assert read_labels([{1, 2}, {3}, set()] * 2).names == ("1", "2", "3")
    assert read_labels(pd.Series([["a"], [], ["a", "b"]] * 2)).names == ("a", "b")
    assert read_labels(["a", "b"] * 3).kind == "classes"  # a list of texts is one class a sample


COLUMNS = {"red": [0, 1] * 5, "size": np.arange(10.0), "kind": ["a", "b", "a", "c", "b"] * 2}
NAMES = ("red", "size", "kind=a", "kind=b", "kind=c")


class Polars:
    """What is known of a data frame of polars': columns by name, each a series with ``to_numpy``."""

    def __init__(self, columns):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return pd.Series(self._columns[name])


def test_columns_with_names_are_read_each_by_what_it_holds():
    frame = pd.DataFrame(COLUMNS)
    for given in (COLUMNS, frame, frame.astype({"kind": "category"}), Polars(COLUMNS)):
        found = read_labels(given)
        assert found.names == NAMES
        assert found.kind == "continuous"
        assert dense(found)[:3].astype(int).tolist() == [[0, 0, 1, 0, 0], [1, 0, 0, 1, 0], [0, 0, 1, 0, 0]]
    assert read_labels(frame[["red", "kind"]]).kind == "multi-label"
    assert read_labels({"tags": [["u"], []] * 5, "red": [0, 1] * 5}).names == ("tags=u", "red")
    assert read_labels(pd.DataFrame.sparse.from_spmatrix(sparse.csr_array(PRESENT.astype(int)))).names == (
        "0",
        "1",
        "2",
        "4",
        "5",
    )


def test_tables_of_pyarrow():
    arrow = pytest.importorskip("pyarrow")
    assert read_labels(arrow.table(COLUMNS)).names == NAMES


def test_one_column_of_categories_is_classes():
    assert read_labels(pd.Series(["b", "a"] * 4, dtype="category")).names == ("a", "b")
    assert read_labels(pd.Series([0.5, 1.5] * 4, dtype="category")).names == ("0.5", "1.5")
    assert read_labels(pd.Categorical([10, 2] * 4)).names == ("2", "10")
    assert read_labels({"animal": ["cat", "dog"] * 4}).kind == "classes"


@pytest.mark.parametrize(
    ("labels", "kind", "says"),
    [
        ([["a"], None, ["b"]], None, "must be known for every sample, but is None for sample 1"),
        ([["a"], "b"], None, "must be a list of tags for every sample, but is 'b' for sample 1"),
        ([["a"], [None]], None, "must be known for every sample, but is None for sample 1"),
        ([["a"], ["b", 1.5]], None, "lists of texts for tags, but has one of type float for sample 1"),
        ([[3, 17], [], [5]], None, "as many columns for every sample, but has lists of 0 to 2 numbers"),
        ([["a", "b"], ["c"]], "continuous", "`kind` must be 'multi-label' for lists of tags"),
        ({}, None, "must have a column, but its table has none"),
        ({"a": [1, 0], "b": [1, 0, 1]}, None, "columns of one length, but 'a' has 2 and 'b' 3 rows"),
        ({"a": [0, 1, None, 1], "b": [0, 1, 0, 1]}, None, "is None for sample 2, feature 'a'"),
        ({"a": np.zeros((4, 2)), "b": [0, 1, 0, 1]}, None, r"column 'a' has shape \(4, 2\)"),
        ({"a": list("wxyz"), "b": [0, 1, 0, 1]}, None, "repeat its categories, but column 'a' has 4 different ones"),
        (COLUMNS, "classes", "be one column for classes"),
        (COLUMNS, "multi-label", "must be 0 or 1 everywhere for multi-label features, but not in 'size'"),
        (COLUMNS, "continuous", "real numbers for concepts, but column 'kind' has categories"),
        (np.array([["a", "b"], ["c", "d"]]), None, "pass a dictionary of columns"),
        (sparse.csr_array(np.array([[1.0, np.nan], [0, 1]])), None, "is nan for sample 0, feature 1"),
        (sparse.csr_array(np.eye(2)), "classes", "be one column for classes"),
        (sparse.csr_array(np.array([[1j, 0]])), None, "must be real numbers, but is a sparse array of complex128"),
        (sparse.csr_array((4, 3)), None, "'0' must be present in some samples .* nowhere, as are all 3 features"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_sentence(labels, kind, says):
    with pytest.raises(InputError, match=says) as raised:
        read_labels(labels, kind)
    assert "\n" not in str(raised.value)


def test_a_concept_whose_median_is_its_maximum_varies():
    found = read_labels(np.c_[np.r_[np.zeros(40), np.ones(60)], RNG.random(100)], "continuous")
    assert found.counts.tolist() == [60, 50]
    assert not found.left_out
    for given in (np.c_[np.zeros(8), np.arange(8.0)], sparse.csr_array(np.c_[np.zeros(8), np.arange(8.0)])):
        assert [(each.name, each.where) for each in read_labels(given).left_out] == [("0", "nowhere")]


# In a diagnosis


def activations(present, seed=0):
    rng = np.random.default_rng(seed)
    hidden = present[:, [0, 1, 2]].astype(float) @ np.array([[1, 0], [1, 0], [0, 1.0]])
    return np.maximum(hidden + 0.1 * rng.standard_normal(hidden.shape), 0)


def test_a_dead_latent_is_left_out_and_reported_in_text_page_and_record():
    present = np.random.default_rng(1).random((400, 9)) < 0.3
    present[:, 4], present[:, 5] = False, True
    found = pg.diagnose(activations(present), {f"latent {i}": each for i, each in enumerate(present.T)})
    assert found.names == tuple(f"latent {i}" for i in (0, 1, 2, 3, 6, 7, 8))
    assert found.record["left out"] == {"latent 4": "nowhere", "latent 5": "in every sample"}
    for said in (repr(found), found.to_html()):
        assert "2 of 9 features are left out" in said
        assert "latent 4 (nowhere)" in " ".join(said.split())
    assert found.shared[0].features == ("latent 0", "latent 1")


def test_a_latent_that_is_dead_in_one_run_is_left_out_of_all():
    present = np.random.default_rng(1).random((400, 5)) < 0.3
    other = present.copy()
    other[:, 4] = False
    runs = [(activations(other, 1), sparse.csr_array(other.astype(int)))]
    found = pg.diagnose(activations(present), sparse.csr_array(present.astype(int)), runs=runs, draws=99)
    assert found.names == ("0", "1", "2", "3")
    assert list(found.record["left out"]) == ["4"]


def test_sparse_and_dense_labels_give_the_same_diagnosis():
    present = np.random.default_rng(1).random((400, 5)) < 0.3
    one = pg.diagnose(activations(present), present, draws=99)
    for given in (sparse.csc_array(present), [[f"{i}" for i in np.flatnonzero(row)] for row in present]):
        other = pg.diagnose(activations(present), given, draws=99)
        assert repr(other) == repr(one)
        assert other.record["inputs"] == one.record["inputs"]


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, lambda array: {"a": array[:, 0], "b": array[:, 1]}])
@pytest.mark.parametrize("zeros", [0.0, 0.5])
@pytest.mark.parametrize("sign", [1, -1])
def test_noise_in_place_of_zeros_is_no_feature(form, zeros, sign):
    """A latent that is 1e-6 where it does not fire is present where it fires, not in half of the samples.

    ``zeros``: the share of samples where it is exactly zero. With ``sign`` −1 its median is its largest value.
    """
    random = np.random.default_rng(0)
    fires = random.random((400, 2)) < 0.2
    noise = np.where(random.random((400, 2)) < zeros, 0, 1e-6 * random.random((400, 2)))
    concepts = sign * np.where(fires, 1 + random.random((400, 2)), noise)
    assert (dense(read_labels(form(concepts))) == (fires if sign == 1 else ~fires)).all()


def test_small_differences_that_are_no_noise_count():
    """Concepts without a level are split in the middle, whatever their scale, and so are a few near the median."""
    values = np.random.default_rng(0).standard_normal((400, 3)) * [1e-6, 1e6, 1e200]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_labels(values).counts.tolist() == [200, 200, 200]
        assert read_labels(sparse.csr_array(values)).counts.tolist() == [200, 200, 200]
        few = np.where(np.arange(400)[:, None] < 30, values, 0)  # the median is 0
        assert (dense(read_labels(sparse.csr_array(few))) == (few > 0)).all()
    assert (resting.NEGLIGIBLE, resting.LEAST_SHARE) == (sparse_labels.NEGLIGIBLE, sparse_labels.LEAST_SHARE)


def test_a_column_of_class_numbers_beside_others_is_noted():
    """Whole numbers alone are classes; beside other columns they are a concept, which a reader may not expect."""
    classes = np.arange(60) % 6
    frame = pd.DataFrame({"digit": classes, "large": classes > 2, "score": np.linspace(0, 1, 60)})
    note = (
        "Column 'digit' of whole numbers is read as a concept, present above its median, 2.5; if its numbers are "
        "classes, pass them as texts or as a category."
    )
    assert read_labels(frame).notes == (note,)
    hidden = np.random.default_rng(0).standard_normal((60, 5))
    assert note in pg.diagnose(hidden, frame, draws=99).notes
    (several,) = read_labels(np.c_[classes, classes > 2, classes**2]).notes
    assert several.startswith("Columns '0', '2' of whole numbers are read as concepts, present above their medians; if")
    (many,) = read_labels(np.stack([np.roll(classes, k) for k in range(6)], axis=1)).notes
    assert many.startswith("Columns '0', '1', '2', '3' and 2 others of whole numbers")
    assert read_labels(frame[["digit", "large"]], "continuous").notes == ()
    for other in (frame.astype({"digit": str}), frame.astype({"digit": "category"}), frame[["digit"]]):
        assert read_labels(other).notes == ()
    assert read_labels(frame.assign(digit=range(60))).notes == ()
