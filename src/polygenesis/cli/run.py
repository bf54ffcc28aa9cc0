"""`polygenesis run`: one spec, from a file and dotted flags."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polygenesis.cli.computing import compute
from polygenesis.cli.fields import nested, with_flags
from polygenesis.cli.folders import RUNS, writable_store
from polygenesis.report.text import count
from polygenesis.spec import RunSpec, merge, read_fields

if TYPE_CHECKING:
    from polygenesis.dynamics.base import Run


@with_flags
def run(
    spec: Annotated[Path | None, Parameter(show_default=False)] = None,
    /,
    *,
    out: Path = RUNS,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
    **fields: Any,
) -> None:
    """Train one network many times and count its polysemantic neurons, against what theory expects.

    A run that is stored already is not computed again.

    Parameters
    ----------
    spec
        A .toml or .json file with the spec's fields; flags change it.
    out
        The folder where the run is kept.
    workers
        Processes that compute at once; by default one a core.
    max_memory
        What all processes together may take, such as 4G: by prediction, fewer compute at once where needed.
    """
    from polygenesis.dynamics.simulate import check

    wanted = RunSpec.from_dict(merge(read_fields(spec) if spec is not None else {}, nested(fields)))
    check(wanted)
    store = writable_store(out)
    compute([wanted], store, workers, max_memory)
    _show(store.load(wanted.key))
    short = wanted.key[:12]
    print(f"The run is kept in {str(out)!r}; compute it again and compare: polygenesis replay {short} --runs {out}")


def _show(found: Run) -> None:
    from polygenesis.detect import census
    from polygenesis.dynamics import Outcome
    from polygenesis.dynamics.basis import privileged, unprivileged
    from polygenesis.dynamics.combinations import has_closed_form

    for outcome, number in Counter(found.outcome).items():
        print(f"{count(number, 'replicate')} {outcome.name.lower().replace('_', ' ')}: {outcome.value}")
    finite = [outcome is not Outcome.DIVERGED for outcome in found.outcome]
    if any(finite):
        neurons = has_closed_form(found.spec) or privileged(found.spec)
        print(census(found.final[finite]) if neurons else unprivileged(found.spec))
    if not has_closed_form(found.spec):
        return
    for name, law in _laws(found.spec.model.n, found.spec.model.m).items():
        print(f"  {name}: {law:.4g} polysemantic neurons expected")


def _laws(n: int, m: int) -> dict[str, float]:
    """What the published law and the two chance models expect, each where it holds."""
    from polygenesis import theory

    laws = {"occupancy model": theory.occupancy_moments(n, m)[0]}
    if n <= 2 * m:
        laws = {"slot model": theory.slot_model(n, m).mean} | laws
    if m >= n:
        laws = {"n²/4m, as published": float(theory.polysemantic_neurons(n, m))} | laws
    return laws
