"""An edit of a constant that compiled code has taken from another file changes the flow, though its cache is kept.

Compiles the flow twice in a copied tree: about a minute (`make verify`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from polygenesis import kernels

RUN = """
import polygenesis as pg
from polygenesis.dynamics.keeping.provenance import versions
spec = pg.RunSpec.from_dict({"model": {"n": 16, "m": 24}, "replicates": 2, "seed": 1})
print(*pg.simulate(spec).evaluations, versions()["kernels"])
"""


def evaluations(tree: Path) -> tuple[list[str], str]:
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        env=environment | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=True,
        cwd=tree,
    )
    *numbers, fingerprint = done.stdout.split()
    return numbers, fingerprint


def test_an_edited_constant_changes_the_evaluations(tmp_path: Path) -> None:
    shutil.copytree(kernels.PACKAGE, tmp_path / "polygenesis", ignore=shutil.ignore_patterns("__pycache__"))
    step_control = tmp_path / "polygenesis" / "dynamics" / "flow" / "step_control.py"
    text = step_control.read_text(encoding="utf-8")
    before = evaluations(tmp_path)
    step_control.write_text(
        text.replace("SAFETY, SHRINK, GROW = 0.9,", "SAFETY, SHRINK, GROW = 0.6,"), encoding="utf-8"
    )
    after = evaluations(tmp_path)
    assert after[0] != before[0]
    assert after[1] != before[1]
    step_control.write_text(text, encoding="utf-8")
    assert evaluations(tmp_path) == before
