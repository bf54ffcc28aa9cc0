"""A diagnosis as tables, in forms that survive a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.errors import unknown_name
from polygenesis.probe.show.wording import NUMBERS, has_signs, numbers

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.judging.sharing import SharedNeuron


def table(found: Diagnosis, per: str = "neuron") -> pd.DataFrame:
    """Return one of the tables: "neuron", "pairs", "test" or "threshold"."""
    if per not in TABLES:
        raise unknown_name("table", per, TABLES)
    return TABLES[per](found)


def neuron_table(found: Diagnosis) -> pd.DataFrame:
    """One row a shared neuron and feature: what it carries, how strongly, and what is known of the neuron.

    Columns: run, neuron, feature, strength (a weight or effect), conditional (AUROC without the other features it
    carries; NaN where there is none), sign, mark, copies (numbers, "3 7"), examples ("a | b"); then of the neuron, the
    same in all its rows: number of features, effective number of features, and of activations purity and p (see
    :class:`polygenesis.probe.SharedNeuron`; what is known of no neuron is left out). All are numbers or plain text, so
    a CSV file holds them exactly; to read one back with names such as "1" or "NA" as text:
    ``pd.read_csv(path, dtype={"feature": str, "copies": str, "examples": str}, keep_default_na=False,
    na_values={"conditional": [""]})``, before pandas 3 with ``float_precision="round_trip"`` too.
    """
    import pandas as pd

    names = ["run", "neuron", "feature", "strength", "conditional", "sign", "mark", "copies", "examples", *NUMBERS]
    frame = pd.DataFrame([row for each in found.shared for row in _rows(each)], columns=names)
    frame = frame.drop(columns=[name for name in NUMBERS if len(frame) and frame[name].isna().all()])
    whole, real = dict.fromkeys(("run", "neuron", "sign"), "int64"), dict.fromkeys(("strength", "conditional"), "float")
    whole, real = (
        {**whole, NUMBERS[0]: "int64"},
        {**real, **dict.fromkeys((name for name in NUMBERS[1:] if name in frame), "float")},
    )
    return frame.astype({**whole, **real, **dict.fromkeys(("feature", "mark", "copies", "examples"), "str")})


def pair_table(found: Diagnosis) -> pd.DataFrame:
    """One row a pair that shares a neuron in some run, most significant first.

    Columns: first, second, observed and expected (neurons shared in all runs together), opposed (neurons, of those
    observed, that one of the two raises and the other lowers; left out where all have one sign), p, q (false discovery
    rate), "q by start" (the same by how close the pair starts), kin, runs (in how many the pair shares), and "run 0",
    "run 1", …: neurons shared in each.
    """
    import pandas as pd

    runs, signed = found.carried.shape[0], has_signs(found)
    names = ["first", "second", "observed", "expected", *(["opposed"] if signed else [])]
    names += ["p", "q", "q by start", "kin", "runs", *(f"run {r}" for r in range(runs))]
    rows = [
        (
            *(_written(each.first), _written(each.second), each.observed, each.expected),
            *((each.opposed,) if signed else ()),
            *(each.p_value, each.q, each.q_start, each.kin, int(np.count_nonzero(each.counts)), *each.counts),
        )
        for each in found.pairs
    ]
    return pd.DataFrame(rows, columns=names)


def test_table(found: Diagnosis) -> pd.DataFrame:
    """One row a test: what it found, or why it could not be asked and what to supply."""
    import pandas as pd

    rows: list[tuple[object, ...]] = [
        (e.test, e.statistic, e.null, e.p_value, e.effect, e.finding, e.sentence, "") for e in found.evidence
    ]
    rows += [
        (gap.test, None, "", None, None, None, f"Not possible: {gap.reason.rstrip('.')}.", gap.supply)
        for gap in found.missing
    ]
    names = ["test", "statistic", "null", "p_value", "effect", "finding", "sentence", "supply"]
    return pd.DataFrame(rows, columns=names)


def threshold_table(found: Diagnosis) -> pd.DataFrame:
    """One row a threshold of selection: how counts, recurrence and verdict move with it."""
    import pandas as pd

    return pd.DataFrame(list(found.sensitivity))


TABLES: dict[str, Callable[[Diagnosis], pd.DataFrame]] = {
    "neuron": neuron_table,
    "pairs": pair_table,
    "test": test_table,
    "threshold": threshold_table,
}
"""The tables of a diagnosis, by name."""


def _rows(each: SharedNeuron) -> Iterator[tuple[object, ...]]:
    conditional = each.conditional or (float("nan"),) * len(each.features)
    copies, examples = " ".join(map(str, each.copies)), _written(" | ".join(each.examples))
    for name, strength, alone, sign in zip(each.features, each.strengths, conditional, each.signs, strict=True):
        row = each.run, each.neuron, _written(name), strength, alone, sign, each.mark, copies, examples
        yield *row, *numbers(each)


def _written(name: str) -> str:
    """A name that a file can hold: a lone surrogate, which no encoding has, is written as its escape."""
    return name.encode("utf-8", "backslashreplace").decode()
