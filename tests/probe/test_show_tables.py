"""The tables of a diagnosis: one row a neuron and feature, exact after a CSV file, counts that add up."""

from __future__ import annotations

import io

import diagnoses
import numpy as np
import pandas as pd
import pytest

from polygenesis.errors import InputError
from polygenesis.probe.show import tables
from polygenesis.probe.show.tables import neuron_table, pair_table, table

KINDS = [pytest.param(made, id=name) for name, made in diagnoses.KINDS.items()]
TEXTS = {"feature": str, "copies": str, "examples": str}


def through_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """As the docstring of the table says."""
    written = frame.to_csv(index=False).encode("utf-8")
    exact = {"float_precision": "round_trip"} if int(pd.__version__.split(".")[0]) < 3 else {}
    return pd.read_csv(
        io.BytesIO(written), dtype=TEXTS, keep_default_na=False, na_values={"conditional": [""]}, **exact
    )


@pytest.mark.parametrize("made", KINDS)
def test_neurons_survive_a_csv_file_exactly(made):
    frame = neuron_table(made())
    assert len(frame) == sum(len(each.features) for each in made().shared)
    if len(frame):
        pd.testing.assert_frame_equal(through_csv(frame), frame, check_exact=True, check_dtype=False)
        for name in ("run", "neuron", "sign", "strength", "conditional"):
            assert through_csv(frame)[name].dtype == frame[name].dtype


@pytest.mark.parametrize("names", [("1", "2", "3"), ("NA", "nan", "None"), ("01", "1e3", "true")])
def test_names_that_look_like_numbers_or_nothing_stay_text(names):
    frame = neuron_table(diagnoses.made(names=names, chance=0.3, **UNKNOWN))
    assert set(frame["feature"]) == set(names)
    pd.testing.assert_frame_equal(through_csv(frame), frame, check_exact=True, check_dtype=False)


UNKNOWN = {
    "forced": diagnoses.LOSS, "structured": diagnoses.LOSS, "preferred": diagnoses.LOSS,
    "verdict": diagnoses.Verdict(diagnoses.Origin.COMPATIBLE, ("Compatible.",)),
}  # fmt: skip


def test_a_row_holds_what_a_neuron_holds():
    found = diagnoses.partly()
    frame = neuron_table(found)
    each = next(one for one in found.shared if one.copies)
    rows = frame[(frame["run"] == each.run) & (frame["neuron"] == each.neuron)]
    assert tuple(rows["feature"]) == each.features
    assert tuple(rows["strength"]) == each.strengths
    assert tuple(rows["conditional"]) == each.conditional
    assert tuple(rows["sign"]) == each.signs
    assert set(rows["mark"]) == {each.mark}
    assert set(rows["copies"]) == {str(each.copies[0])}
    assert set(rows["examples"]) == {" | ".join(each.examples)}
    weights = neuron_table(diagnoses.weights())
    assert weights["conditional"].isna().all()
    assert set(weights["examples"]) == {""}


@pytest.mark.parametrize("made", KINDS)
def test_pairs_add_up_to_what_neurons_carry(made):
    found = made()
    frame = pair_table(found)
    runs = [f"run {r}" for r in range(len(found.carried))]
    assert list(frame)[9:] == runs
    if not len(frame):
        assert not found.pairs
        return
    assert (frame[runs].sum(axis=1) == frame["observed"]).all()
    assert ((frame[runs] > 0).sum(axis=1) == frame["runs"]).all()
    c = found.carried.sum(axis=1)
    assert frame["observed"].sum() == (c * (c - 1) // 2).sum()
    assert frame["kin"].dtype == bool


def test_tests_and_thresholds_are_rows():
    found = diagnoses.partly()
    frame = tables.test_table(found)
    assert list(frame["test"]) == [each.test for each in (*found.evidence, *found.missing)]
    assert frame["p_value"].isna().tolist() == [True, False, True, True, True]
    assert list(frame["supply"][2:]) == [each.supply for each in found.missing]
    assert np.allclose(table(found, "threshold")["threshold"], [row["threshold"] for row in found.sensitivity])


def test_tables_have_names():
    found = diagnoses.partly()
    assert table(found).equals(neuron_table(found))
    assert table(found, "pairs").equals(pair_table(found))
    with pytest.raises(InputError, match="Unknown table 'run'; known: neuron, pairs, test, threshold"):
        table(found, "run")


def test_empty_tables_keep_their_columns():
    assert list(neuron_table(diagnoses.nothing_shared()))[:4] == ["run", "neuron", "feature", "strength"]
    assert list(pair_table(diagnoses.nothing_shared()))[:2] == ["first", "second"]
