"""What looks like activations, labels or files, and is something else: one sentence, and nothing is guessed."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import polygenesis as pg
from polygenesis.errors import InputError, StoreError
from polygenesis.probe.battery.battery import TESTS
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.files import MOST_BYTES, read_array
from polygenesis.probe.inputs.labels import read_labels

RNG = np.random.default_rng(0)
CLASSES = np.arange(40) % 4


def masked(array, where):
    return np.ma.MaskedArray(array, mask=np.zeros(np.shape(array), bool) | where)


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda: read_activations(masked(RNG.random((8, 3)), [True, False, False])), "activations"),
        (lambda: read_activations(iter([masked(RNG.random((8, 3)), [True, False, False])])), "activations"),
        (lambda: read_activations([masked(RNG.random(3), [True, False, False]) for _ in range(8)]), "activations"),
        (lambda: read_labels(masked(CLASSES, CLASSES == 1)), "labels"),
        (lambda: pg.census(masked(RNG.random((3, 4)), [True, False, False, True])), "weights"),
        (lambda: pg.census(masked(RNG.random((2, 3, 4)), [True, False, False, True])), "weights"),
        (lambda: pg.single_feature(masked([0.1, 0.2, 0.3], [True, False, False]), penalty=0.1), "w0"),
        (
            lambda: pg.simulate(
                pg.RunSpec(pg.TiedAutoencoder(n=2, m=3)),
                initial_weights={"weights": masked(RNG.random((1, 2, 3)), [True, False, False])},
            ),
            "initial_weights",
        ),
    ],
)
def test_masked_numbers_are_never_taken_for_numbers(read, name):
    with pytest.raises(InputError, match=f"`{name}` must have no masked entries, but [0-9]+ of [0-9]+ are masked"):
        read()


def test_a_mask_that_hides_nothing_is_no_matter():
    plain = RNG.random((8, 3))
    assert (read_activations(masked(plain, False)).array() == plain).all()


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (CLASSES * 1j, "must be numbers, texts or truth values, but is an array of complex128"),
        ([(0, 3), (1, 2)] * 20, "must be one label a sample.*but has tuples"),
        ([("a", "b"), ("a", "c")] * 20, "must be one label a sample.*but has tuples"),
        (np.array([*[(0, 3), (1, 2)] * 20, None], dtype=object)[:-1], "must be numbers, texts.*one of type tuple"),
        (np.array([{"a"}, {"b"}] * 20, dtype=object), "must be numbers, texts.*one of type set"),
        (np.array([1 + 2j, 3j] * 20, dtype=object), "must be numbers, texts.*one of type complex"),
        (np.array([1, "1"] * 20, dtype=object), "must be all texts or all numbers, but has both"),
        (np.zeros(40, dtype=[("a", int)]), "must be numbers, texts or truth values, but is an array of"),
        (np.where(CLASSES == 0, -100, CLASSES), "must name a class for every sample, but is -100.*for 10 of 40"),
    ],
)
def test_labels_that_are_none_are_refused(labels, says):
    with pytest.raises(InputError, match=says):
        read_labels(labels)


def test_numbers_kept_as_objects_are_numbers():
    """1 and 1.0 would be two texts, and one class."""
    mixed = np.array([1, 1.0, np.int64(2), 2.0] * 10, dtype=object)
    assert read_labels(mixed, "classes").names == ("1.0", "2.0")
    assert read_labels(CLASSES.astype(object)).names == ("0", "1", "2", "3")


def npz(path, shape, size):
    """Write an archive whose one array says that it has a shape, over so many zeros."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.npy", "w", force_zip64=True) as out,
    ):
        out.write(header.getvalue())
        for _ in range(size // 2**20):
            out.write(bytes(2**20))
    return path


def test_a_small_file_does_not_fill_the_memory(tmp_path, monkeypatch):
    lying = npz(tmp_path / "lying.npz", (10**6, 10**6), 0)
    with pytest.raises(InputError, match="would take 8,000 GB once it is read, but at most 17 GB are read"):
        read_array(lying)
    monkeypatch.setattr("polygenesis.probe.inputs.files.MOST_BYTES", 2**22)
    bomb = npz(tmp_path / "bomb.npz", (2**20,), 2**23)
    assert bomb.stat().st_size < 2**15
    with pytest.raises(InputError, match="once it is read, but at most"):
        read_array(bomb)
    np.savez_compressed(tmp_path / "sound.npz", a=np.arange(6.0))
    assert read_array(tmp_path / "sound.npz").tolist() == [0, 1, 2, 3, 4, 5]


def test_a_table_does_not_fill_the_memory(tmp_path, monkeypatch):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "wide.parquet"
    parquet.write_table(pyarrow.table({"a": np.zeros(10**6)}), path)
    assert len(read_array(path)) == 10**6
    monkeypatch.setattr("polygenesis.probe.inputs.files.MOST_BYTES", 10**6)
    with pytest.raises(InputError, match="once it is read, but at most"):
        read_array(path)


def test_the_limit_is_stated():
    assert MOST_BYTES == 2**34


@pytest.mark.parametrize("name", ["1" * 5000 + ".npy", "a\x00.npy", "x" * 300 + ":b"])
def test_names_that_no_file_can_have_are_files_that_do_not_exist(name):
    with pytest.raises(InputError, match="does not exist"):
        pg.diagnose(name, CLASSES)


def test_activations_whose_squares_overflow_are_refused():
    values = RNG.standard_normal((40, 3))
    values[4, 2] = -1e200
    with pytest.raises(InputError, match=r"must be below 1e\+100 in size, but is -1e\+200 for sample 4, neuron 2"):
        pg.diagnose(values, CLASSES)


HIDDEN = np.maximum(RNG.standard_normal((4, 6))[CLASSES] + 0.3 * RNG.standard_normal((40, 6)), 0)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda: pg.diagnose([HIDDEN, 2 * HIDDEN[:30]], CLASSES),
            "`labels` must have one row a sample, but has 40 rows for 30 samples of activations of run 1",
        ),
        (
            lambda: pg.diagnose(HIDDEN, CLASSES, runs=[HIDDEN[:30]]),
            "has 40 rows for 30 samples of activations of run 1",
        ),
        (
            lambda: pg.diagnose(HIDDEN, CLASSES, initial=HIDDEN[:30]),
            "`initial` must have the 40 samples of `labels`, but has 30.",
        ),
        (lambda: pg.diagnose(HIDDEN, CLASSES[None]), "`labels` must have one row a sample, but has 1 row of 40 labels"),
        (
            lambda: pg.diagnose(HIDDEN, iter(CLASSES)),
            "`labels` must be an array or a list, but is a .*write list.labels.",
        ),
        (lambda: pg.diagnose([[1, 2], [3]], [0, 1]), "`activations` must be an array, but has rows of 2 and 1 numbers"),
    ],
)
def test_the_argument_and_the_run_that_are_wrong_are_named(ask, says):
    with pytest.raises(InputError, match=says):
        ask()


def test_rows_that_pandas_knows_in_another_order_are_refused():
    """Rows are paired as they stand, so that labels that were shuffled would belong to other samples."""
    frame, labels = pd.DataFrame(HIDDEN), pd.Series(CLASSES)
    shuffled = labels.sample(frac=1, random_state=0)
    for ask in (
        lambda: pg.diagnose(frame, shuffled),
        lambda: pg.diagnose([frame, 2 * frame], shuffled.to_frame()),
        lambda: pg.diagnose(frame, labels, runs=[(2 * frame, shuffled)]),
    ):
        with pytest.raises(
            InputError, match=r"`labels` must have its rows in the order of `activations`.*labels\.loc\["
        ):
            ask()
    wanted = repr(pg.diagnose(HIDDEN, CLASSES, draws=99))
    for given in (labels, shuffled.loc[frame.index], labels.set_axis(range(100, 140)), labels.to_numpy()):
        assert repr(pg.diagnose(frame, given, draws=99)) == wanted


def test_spaces_after_commas_are_no_part_of_a_csv(tmp_path):
    (tmp_path / "labels.csv").write_text("a, b\n" + "".join(f"{k}, c{k}\n" for k in CLASSES))
    np.save(tmp_path / "acts.npy", HIDDEN)
    found = pg.diagnose(tmp_path / "acts.npy", f"{tmp_path / 'labels.csv'}:b", draws=99)
    assert set(found.names) == {"c0", "c1", "c2", "c3"}


def test_a_name_for_a_file_of_one_nameless_array_is_refused(tmp_path):
    np.save(tmp_path / "acts.npy", HIDDEN)
    with pytest.raises(InputError, match="holds one array, which has no name; leave out ':x'"):
        pg.diagnose(f"{tmp_path / 'acts.npy'}:x", CLASSES)


def test_sparse_weights_are_the_dense_ones():
    torch = pytest.importorskip("torch")
    dense = pg.diagnose(np.eye(6))
    for given in (torch.eye(6).double().to_sparse(), sparse.eye_array(6)):
        found = pg.diagnose(given)
        assert str(found.verdict.clauses) == str(dense.verdict.clauses)
        assert found.record["inputs"] == dense.record["inputs"]


def test_a_page_is_not_written_over_a_folder(tmp_path):
    found = pg.diagnose(HIDDEN, CLASSES, draws=99)
    with pytest.raises(StoreError, match=r"Cannot write .*: it is a folder"):
        found.to_html(tmp_path)


def test_a_test_that_there_is_not_is_no_test_without_evidence():
    found = pg.diagnose(HIDDEN, CLASSES, draws=99)
    with pytest.raises(InputError, match=r"Unknown test 'recurence'; known: .*Did you mean 'recurrence over seeds'"):
        found.findings.of("recurence")
    assert found.findings.of("recurrence over seeds") is None
    for each in (found, pg.diagnose(np.eye(6)), pg.diagnose([HIDDEN, HIDDEN[:, ::-1], HIDDEN**2], CLASSES, draws=99)):
        assert {one.test for one in (*each.evidence, *each.missing)} <= set(TESTS)
