"""Measurements that stand beside the pages in place of hours of computation: some are computed again.

Run by `make verify`: one network of each width up to 1,024, about a minute of one core.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from polygenesis import RunSpec, simulate
from polygenesis.studies.measurements import measure

FILE = Path(__file__).parents[1] / "docs" / "studies" / "measured.jsonl"
LINES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()] if FILE.is_file() else []
WIDEST = 1024


def name(line: dict) -> str:
    return f"m={line['spec']['model']['m']}, {line['key'][:8]}"


@pytest.mark.parametrize("line", [each for each in LINES if each["spec"]["model"]["m"] <= WIDEST], ids=name)
def test_the_first_network_of_a_line_is_what_its_spec_gives(line):
    found = measure(simulate(RunSpec.from_dict(line["spec"]).replace(replicates=1)))
    for field in ("polysemantic", "published", "start_pairs", "kept_lead", "winner_rank", "origins"):
        np.testing.assert_array_equal(getattr(found, field)[0], np.array(line[field][0]), err_msg=field)
    assert float(found.diagonal[0]) == pytest.approx(line["diagonal"][0], rel=1e-5)
