"""Ten thousand specs, sweep files, command lines and diagnoses: at most one sentence each (`make verify`).

The attacks are those of `tests/hostile_input.py`, with other seeds than its tests have: 12,000 in about ten minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import hostile_input

COUNTS = {"specs": 1250, "sweeps": 1000, "commands": 500, "diagnoses": 250}
"""Attacks of each kind and seed."""


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("kind", COUNTS)
def test_every_attack_ends_in_a_result_or_in_one_sentence(kind: str, seed: int) -> None:
    if not hostile_input.warm:
        hostile_input.warm_up()
    found = (hostile_input.breaks(attack) for attack in hostile_input.KINDS[kind](COUNTS[kind], seed))
    assert [said for said in found if said is not None] == []
