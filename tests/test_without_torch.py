"""The core needs no PyTorch: with every import of torch failing, its own tests still pass.

``nox -s tests_without_torch`` runs the whole suite in an environment that really lacks it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
BLOCK = "import sys; sys.modules['torch'] = None\n"  # None makes `import torch` raise ModuleNotFoundError


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCK + code], capture_output=True, text=True, cwd=TESTS.parent, check=False
    )


def test_the_block_blocks():
    done = run_python("import torch")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


def test_a_run_needs_no_torch():
    done = run_python(
        "from polygenesis.detect import census\n"
        "from polygenesis.dynamics import simulate\n"
        "from polygenesis.models import TiedAutoencoder\n"
        "from polygenesis.penalties import L1\n"
        "from polygenesis.spec import RunSpec\n"
        "from polygenesis.training import AdamW\n"
        "spec = RunSpec(TiedAutoencoder(n=4, m=16), penalty=L1(0.1), replicates=2)\n"
        "run = simulate(spec)\n"
        "print(census(run.final).settled_features.tolist(), run.converged.tolist())\n"
        "print(simulate(spec.replace(training=AdamW(steps=3))).final.shape)\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[4, 4] [True, True]", "(2, 4, 16)"]


def test_the_core_s_tests_need_no_torch():
    tests = [str(TESTS / f"test_{name}.py") for name in ("spec", "parts", "seeds", "errors")]
    done = run_python(
        f"import pytest; raise SystemExit(pytest.main({['-p', 'no:xdist', '-p', 'no:cacheprovider', *tests]!r}))"
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
