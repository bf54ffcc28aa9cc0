"""What the other processes of ``first_use`` do: compile one piece, by a small flow that needs all of it."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.ahead import this_process
from polygenesis.dynamics.flow import first_use, sparse_products
from polygenesis.dynamics.flow.integrate import flow
from polygenesis.dynamics.limits import COMPILED_BELOW
from polygenesis.dynamics.start import initial_parameters
from polygenesis.models import TiedAutoencoder
from polygenesis.saving import Save
from polygenesis.spec import RunSpec


def main(arguments: Sequence[str]) -> None:
    """Compile a piece in a precision: both are named in ``arguments``."""
    name, precision = arguments
    this_process["compiles"] = True
    large = name == first_use.LARGE
    model = TiedAutoencoder(n=64, m=COMPILED_BELOW // 64**2 + 1) if large else TiedAutoencoder(n=2, m=2)
    spec = RunSpec(model, precision=precision, save=Save(times=(0.03, 0.04, 3.0), weights=True))  # type: ignore[arg-type]
    if large:  # first what others must wait for
        sparse_products.work(precision)
    engine = "flow-active-set" if name == first_use.ACTIVE else "flow-dense"
    flow(spec, initial_parameters(spec)["weights"], engine=engine)
    first_use.piece(name, precision).done()
