"""`polygenesis run`: one spec, from a file and dotted flags."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polygenesis.cli.computing import compute
from polygenesis.cli.fields import nested, with_flags
from polygenesis.cli.folders import RUNS, writable_store
from polygenesis.errors import InputError
from polygenesis.report.text import count
from polygenesis.spec import RunSpec, merge, read_fields

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run


@with_flags
def run(
    spec: Annotated[Path | None, Parameter(show_default=False)] = None,
    /,
    *,
    out: Path = RUNS,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
    **fields: Any,
) -> int:
    """Train one network many times and count its polysemantic neurons, against what theory expects.

    A run that is stored already is not computed again. The exit code is 1 if a replicate diverged.

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

    given = merge(read_fields(spec) if spec is not None else {}, nested(fields))
    if not given:
        raise InputError("Nothing says what to train: name a file, or sizes such as `--model.n 64 --model.m 128`.")
    wanted = RunSpec.from_dict(given)
    check(wanted)
    store = writable_store(out)
    compute([wanted], store, workers, max_memory)
    found = store.load(wanted.key)
    _show(found)
    short = wanted.key[:12]
    print(f"The run is kept in {str(out)!r}; compute it again and compare: polygenesis replay {short} --runs {out}")
    return _diverged(found)


def _show(found: Run) -> None:
    from polygenesis.detect import census
    from polygenesis.dynamics import Outcome
    from polygenesis.dynamics.compatibility import has_closed_form
    from polygenesis.dynamics.privileged_basis import privileged, unprivileged

    for outcome, number in Counter(found.outcome).items():
        print(f"{count(number, 'replicate')} {outcome.name.lower().replace('_', ' ')}: {outcome.value}")
    finite = [outcome is not Outcome.DIVERGED for outcome in found.outcome]
    known = privileged(found.spec)
    if any(finite):
        print(census(found.final[finite], read=found.reading()) if known else unprivileged(found.spec))
    if not known or not has_closed_form(found.spec):
        return
    for name, law in _laws(found.spec.model.n, found.spec.model.m).items():
        print(f"  {name}: {law:.4g} polysemantic neurons expected")


def _diverged(found: Run) -> int:
    """Say on stderr how many replicates have no result, and return the exit code: 1 if any."""
    from polygenesis.dynamics import Outcome

    lost = sum(each is Outcome.DIVERGED for each in found.outcome)
    if lost:
        print(f"{lost} of {count(len(found.outcome), 'replicate')} diverged and have no result.", file=sys.stderr)
    return int(lost > 0)


def _laws(n: int, m: int) -> dict[str, float]:
    """What the published law and the two chance models expect, each where it holds."""
    from polygenesis import theory

    laws = {"occupancy model": theory.occupancy_moments(n, m)[0]}
    if n <= 2 * m:
        laws = {"slot model": theory.slot_model(n, m).mean} | laws
    if m >= n:
        laws = {"n²/4m, as published": float(theory.polysemantic_neurons(n, m))} | laws
    return laws
