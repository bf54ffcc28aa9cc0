"""Files of arrays that are damaged, cut or made by an enemy: read, or refused in one sentence."""

from __future__ import annotations

import json
import random
import struct

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from polygenesis.errors import InputError
from polygenesis.probe import read_dictionary
from polygenesis.probe.inputs.files import read_array

SIZES = np.random.default_rng(0).standard_normal((30, 4))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Files of every kind, by ending."""
    folder = tmp_path_factory.mktemp("sound")
    np.save(folder / "a.npy", SIZES)
    np.savez_compressed(folder / "a.npz", x=SIZES)
    save_file({"x": SIZES}, folder / "a.safetensors", metadata={"k": "v"})
    frame = pd.DataFrame(SIZES, columns=list("abcd")).assign(text=["sea", "land"] * 15)
    frame.assign(kind=pd.Categorical(["u", "v"] * 15)).to_parquet(folder / "a.parquet")
    return {each.suffix: each.read_bytes() for each in folder.iterdir()}


def spoiled(data, chance):
    if chance.random() < 0.3:
        return data[: chance.randrange(len(data))]
    changed = bytearray(data)
    at = chance.randrange(min(200, len(data))) if chance.random() < 0.5 else chance.randrange(len(data))
    changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("ending", [".npy", ".npz", ".safetensors", ".parquet"])
def test_flipped_bits_and_cut_files_are_read_or_are_one_sentence(sound, tmp_path, ending):
    path, chance, said = tmp_path / f"a{ending}", random.Random(ending), []
    for _ in range(250):
        path.write_bytes(spoiled(sound[ending], chance))
        try:
            read_array(path)
        except InputError as error:
            said.append(str(error))
    assert len(said) > 50
    assert not [each for each in said if "\n" in each]


def header(content, body=b""):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text)) + text + body


def number(**more):
    return {"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **more}}


TENSORS = {
    "huge header": struct.pack("<Q", 2**62) + b"{}",
    "negative header": b"\xff" * 8,
    "two in one place": header(number() | {"y": number()["x"]}, bytes(8)),
    "too large": header(number(shape=[2**40, 2**40]), bytes(8)),
    "unknown type": header(number(dtype="F4"), bytes(8)),
    "a list": header([]),
    "deep": header(b"[" * 100_000),
    "metadata of numbers": header(number() | {"__metadata__": {"a": 1}}, bytes(8)),
    "nothing": header({}),
}


@pytest.mark.parametrize("name", TENSORS)
def test_odd_headers_of_safetensors_are_one_sentence(tmp_path, name):
    path = tmp_path / "a.safetensors"
    path.write_bytes(TENSORS[name])
    (tmp_path / "cfg.json").write_text("{}")
    for read in (lambda: read_array(path), lambda: read_dictionary(tmp_path)):
        with pytest.raises(InputError) as heard:
            read()
        assert "\n" not in str(heard.value)


def test_names_of_arrays_steer_no_terminal_and_are_not_all_listed(tmp_path):
    save_file({f"\x1b[2J{k}": SIZES for k in range(50)}, tmp_path / "a.safetensors")
    with pytest.raises(InputError, match="and 30 more") as heard:
        read_array(tmp_path / "a.safetensors")
    assert "\x1b" not in str(heard.value)


HEADERS = (
    "(" * 3000,
    "{'descr':'|O','fortran_order':False,'shape':(2,)}",
    "{'descr':'<f8','fortran_order':False,'shape':(4611686018427387904,)}",
    "{'descr':'<f8','fortran_order':False,'shape':(-1,)}",
    "{'descr':'<f8','fortran_order':False,'shape':(2," + "1," * 100 + ")}",
    "__import__('os')",
)


@pytest.mark.parametrize("text", HEADERS, ids=["open", "objects", "large", "negative", "dimensions", "code"])
def test_odd_headers_of_npy_are_one_sentence(tmp_path, text):
    path = tmp_path / "a.npy"
    padded = text.encode() + b" " * (63 - (len(text) + 10) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\0" + struct.pack("<H", len(padded)) + padded + bytes(16))
    with pytest.raises(InputError) as heard:
        read_array(path)
    assert "\n" not in str(heard.value)


def test_a_table_whose_texts_are_kept_once_and_meant_a_million_times_is_refused(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    text = arrow.array(["x" * 10_000])
    column = arrow.DictionaryArray.from_arrays(arrow.array(np.zeros(2_000_000, "i4")), text)
    parquet.write_table(arrow.table({"label": column}), tmp_path / "bomb.parquet", store_schema=False)
    assert (tmp_path / "bomb.parquet").stat().st_size < 10_000
    with pytest.raises(InputError, match="would take 20 GB"):
        read_array(tmp_path / "bomb.parquet")
    pd.DataFrame({"label": ["sea", None, "land"]}).to_parquet(tmp_path / "sound.parquet")
    assert read_array(tmp_path / "sound.parquet")["label"].tolist()[::2] == ["sea", "land"]
