"""What other processes compile for the first flow is all that a flow needs: with it, nothing is left to compile."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from polygenesis.dynamics.flow import first_use

FLOW = """
from numba.core import event
compiled = []
class Listener(event.Listener):
    def on_start(self, found):
        compiled.append(found.data["dispatcher"].py_func.__qualname__)
    def on_end(self, found):
        pass
event.register("numba:compile", Listener())
from polygenesis import RunSpec, Save, TiedAutoencoder, simulate
from polygenesis.dynamics.flow import first_use
spec = RunSpec(TiedAutoencoder(n={n}, m={m}), precision={precision!r}, save=Save(times=(0.5, 3.0, 50.0), weights=True))
assert not first_use.early_for([spec])
print(simulate(spec).outcome[0].name, compiled)
"""


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("n", "m"), [(12, 24), (40, 700)])
def test_nothing_is_left_to_compile(tmp_path, n, m, precision):
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "POLYGENESIS_THREADS": "1"}

    def run(program):
        done = subprocess.run(
            [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    for piece in ((first_use.piece_of(n, m), precision), (first_use.ACTIVE, first_use.ACTIVE_PRECISION)):
        run(first_use.piece(*piece).program)
    assert run(FLOW.format(n=n, m=m, precision=precision)) == "CONVERGED []"
