"""Fingerprints: equal for equal inputs in whatever form, different for anything else, within little memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import polygenesis as pg
from polygenesis.errors import InputError
from polygenesis.probe.inputs import fingerprint as module
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.fingerprint import fingerprint
from polygenesis.probe.inputs.labels import read_labels

X = np.random.default_rng(0).standard_normal((60, 5))

SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6)
DTYPES = st.sampled_from(["f2", "f4", "f8", ">f8", "i1", "i8", ">u4", "?", "c16", "m8[s]", "M8[D]"])


@given(
    array=DTYPES.flatmap(lambda dtype: arrays.arrays(np.dtype(dtype), SHAPES)), block=st.sampled_from([16, 48, 2**24])
)
@settings(max_examples=150, deadline=None)
def test_layout_byte_order_and_blocks_do_not_matter(array, block):
    expected = fingerprint(array)
    strided = np.empty((*array.shape, 2), array.dtype)[..., 0]
    strided[...] = array
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        for same in (array, np.asfortranarray(array), strided, array.astype(array.dtype.newbyteorder("S"))):
            assert fingerprint(same.reshape(array.shape)) == expected


@given(
    arrays.arrays(np.int64, (3, 4), elements=st.integers(-2, 2)),
    arrays.arrays(np.int64, (3, 4), elements=st.integers(-2, 2)),
)
def test_arrays_are_equal_if_and_only_if_their_fingerprints_are(first, second):
    assert (fingerprint(first) == fingerprint(second)) == (first == second).all()


DIFFERENT = [
    X,
    X.T,
    X.reshape(5, 60),
    X.astype(np.float32),
    X[:, :4],
    X.view(np.int64),
    [X, X],
    [[X], X],
    [X, [X]],
    (),
    [[]],
    {},
    None,
    "None",
    b"None",
    0,
    0.0,
    False,
    "0",
    "",
    [1, 2],
    [1.0, 2.0],
    [1, 2.0],
    ["1", "2"],
    ["12"],
    ["1", None],
    [True, False],
    {"a": 1, "b": 2},
    {"a": 2, "b": 1},
    {"a", "b"},
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
    pd.DataFrame({"b": [1, 2], "a": [3, 4]}),
    pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0]}),
    np.array(["a", "b"]),
    np.array(["ab", ""]),
    np.array([["a", "b"]]),
    np.array(["a", None], dtype=object),
    np.array(["a", np.nan], dtype=object),
    np.array(["a", pd.NA], dtype=object),
    read_labels([0, 1, 0, 1]),
    read_labels([0, 2, 0, 2]),
    read_activations(X),
    read_activations(X.T),
    pg.probe.Origin.INCIDENTAL,
    pg.L1(0.1),
    pg.L1(0.2),
    pg.L2(0.1),
]


def test_what_differs_has_different_fingerprints():
    found = [fingerprint(each) for each in DIFFERENT]
    assert len(set(found)) == len(DIFFERENT)
    assert all(len(each) == 64 and set(each) <= set("0123456789abcdef") for each in found)


def test_what_is_equal_has_one_fingerprint():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    for first, second in [
        ([1, 2], (1, 2)),
        ([1, 2], np.array([1, 2])),
        (["a", "bc"], np.array(["a", "bc"], dtype="<U9")),
        (["a", "bc"], np.array(["a", "bc"], dtype=object)),
        (["a", "bc"], pd.Series(["a", "bc"], index=[7, 9])),
        (1.5, np.float64(1.5)),
        ({"a": 1, "b": X}, {"b": X.copy(), "a": 1}),
        ({"a", "b"}, frozenset("ba")),
        (frame, frame.set_index(pd.Index([5, 6]))),
        (X[::-1], X[::-1].copy()),
        (read_activations(X.astype(np.float32)), read_activations(X.astype(np.float32).astype(float))),
        (pg.L1(0.1), pg.L1(0.1)),
    ]:
        assert fingerprint(first) == fingerprint(second)


def test_known_fingerprints_stay():
    """Records on disk hold them: a change here makes every old record look like one of other inputs."""
    assert fingerprint(np.arange(6.0).reshape(2, 3)).startswith("da0bf836275175f1")
    assert fingerprint(["sea", "land"]).startswith("3ce9719c09d0de44")


def test_another_process_gives_the_same():
    code = (
        "import numpy as np; from polygenesis.probe.inputs.fingerprint import fingerprint;"
        "print(fingerprint([{'a', 'b', 'c'}, {'x': 1}, np.arange(5.0), None, 'text']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == fingerprint([{"a", "b", "c"}, {"x": 1}, np.arange(5.0), None, "text"])


def test_streams_count_by_their_values_whatever_their_chunks():
    kept = X.astype(np.float32)
    whole = fingerprint(read_activations(kept))
    for size in (1, 7, 60):
        chunks = (kept[i : i + size] for i in range(0, 60, size))
        assert fingerprint(read_activations(chunks)) == whole


def test_mapped_arrays_count_as_loaded_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 256)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "t.npy", np.asfortranarray(X))
    for name in ("x.npy", "t.npy"):
        for mode in ("r", "r+", "c"):
            mapped = np.load(tmp_path / name, mmap_mode=mode)
            assert fingerprint(mapped) == fingerprint(X)
            assert fingerprint(mapped[10:50, 1:]) == fingerprint(X[10:50, 1:])
    changed = np.load(tmp_path / "x.npy", mmap_mode="c")
    changed[0, 0] = 7  # in memory only
    assert fingerprint(changed) == fingerprint(np.array(changed)) != fingerprint(X)


@pytest.mark.parametrize("order", ["C", "F"])
def test_large_arrays_are_not_copied(order):
    large = np.zeros((6000, 4000), np.float32, order=order)
    tracemalloc.start()
    fingerprint(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * module.BLOCK < large.nbytes


def test_tensors_are_the_arrays_they_hold(monkeypatch):
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    monkeypatch.setattr(module, "BLOCK", 64)
    tensor = torch.tensor(X, requires_grad=True)
    assert fingerprint(tensor) == fingerprint(X)
    assert fingerprint(tensor.T) == fingerprint(X.T)
    assert fingerprint(torch.tensor(3.0)) == fingerprint(np.array(3.0, np.float32))
    assert fingerprint(torch.zeros(0, 3)) == fingerprint(np.zeros((0, 3), np.float32))
    assert fingerprint(torch.tensor([True])) == fingerprint(np.array([True]))
    short = tensor.detach().to(torch.bfloat16)
    assert fingerprint(short) == fingerprint(short.T.contiguous().T)
    assert fingerprint(short) not in (fingerprint(short.float()), fingerprint(short.view(torch.int16)))
    assert fingerprint(torch.eye(3).to_sparse()) == fingerprint(np.eye(3, dtype=np.float32))
    with pytest.raises(InputError, match="make it dense"):
        fingerprint(torch.ones(2, 2, 2).to_sparse())


def test_modules_count_by_their_state():
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    first, second = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    assert fingerprint(first) != fingerprint(second)
    second.load_state_dict(first.state_dict())
    assert fingerprint(first) == fingerprint(second)


def test_runs_count_by_spec_start_and_end():
    def run(seed=0, start=0.0, end=1.0):
        spec = pg.RunSpec(pg.TiedAutoencoder(n=4, m=6), replicates=2, seed=seed)
        first, last = np.full((2, 4, 6), start), np.full((2, 4, 6), end)
        ended = (pg.Outcome.CONVERGED,) * 2
        return pg.Run(spec, first, last, ended, np.zeros(2), np.zeros(2, np.int64), "by hand")

    different = [run(), run(seed=1), run(start=0.5), run(end=2.0), run(start=1.0, end=0.0)]
    assert len({fingerprint(each) for each in different}) == len(different)
    assert fingerprint(run()) == fingerprint(run())


def test_paths_count_by_what_they_hold(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "cfg.json").write_text("{}")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")
    (tmp_path / "b" / "deep" / "cfg.json").write_text("{ }")
    assert fingerprint(tmp_path / "a") != fingerprint(tmp_path / "b")
    with pytest.raises(InputError, match=r"Cannot read '.*nowhere'"):
        fingerprint(Path(tmp_path / "nowhere"))


def itself():
    loop: list[object] = [1.5, "a"]
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (len, "builtin_function_or_method has no fingerprint"),
        (iter([X]), "list_iterator has no fingerprint"),
        ([1.5, object()], "object has no fingerprint"),
        (np.array([object()]), "object has no fingerprint"),
        (np.zeros(2, dtype=[("a", "f8")]), "has no fingerprint"),
        (np.zeros(2, dtype=np.longdouble), "array of float128 has no fingerprint"),
        (itself(), "A list that holds itself"),
        (Activations(np.full((5, 2), np.nan)), "must be finite"),
    ],
)
def test_what_has_no_lasting_content_is_refused(value, words):
    with pytest.raises(InputError, match=words):
        fingerprint(value)
