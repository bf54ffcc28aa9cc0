"""`polygenesis run`: one spec, from a file and dotted flags."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polygenesis.cli.computing import compute
from polygenesis.cli.fields import nested, with_flags
from polygenesis.cli.folders import RUNS, check_place, writable_store
from polygenesis.cli.output import Answer, records
from polygenesis.cli.sharing import sentences, sharing
from polygenesis.errors import InputError, bad_argument
from polygenesis.numerals import counted
from polygenesis.spec import RunSpec, merge, own_parts, read_fields

if TYPE_CHECKING:
    from polygenesis.detect import Census
    from polygenesis.dynamics.run import Run

PICTURES = (".pdf", ".png", ".svg")
"""Ends of the names of files that a figure can be written to."""


@with_flags
def run(
    spec: Annotated[Path | None, Parameter(show_default=False)] = None,
    /,
    *,
    out: Path = RUNS,
    plot: Annotated[Path | None, Parameter(show_default=False)] = None,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
    **fields: Any,
) -> Answer:
    """Train replicates of one network, count their polysemantic neurons, and compare with theory.

    A run that is already stored is not computed again. The exit code is 1 if a replicate diverged.

    Parameters
    ----------
    spec
        A .toml or .json file with the spec's fields; flags override it.
    out
        The folder where the run is stored.
    plot
        A file for a figure of the first network's weights: .png, .svg or .pdf.
    workers
        Number of worker processes; by default one per core.
    max_memory
        Memory limit for all workers together, such as 4G; fewer workers run if the predicted use exceeds it.
    """
    from polygenesis.dynamics.simulate import check

    given = merge(read_fields(spec) if spec is not None else {}, nested(fields))
    if not given:
        raise InputError("Nothing says what to train: name a file, or sizes such as `--model.n 64 --model.m 128`.")
    wanted = RunSpec.from_dict(given)
    check(wanted)
    if plot is not None:
        _check_picture(plot, wanted)
    store = writable_store(out)
    compute([wanted], store, workers, max_memory)
    found = store.load(wanted.key)
    if plot is not None:
        found.plot("weights", replicate=_first(found)).save(plot)
    return _answer(found, out, plot)


def _check_picture(path: Path, spec: RunSpec) -> None:
    """Refuse a picture that cannot be drawn or written, before anything is computed."""
    from polygenesis.dynamics.privileged_basis import require_neurons

    if path.suffix not in PICTURES:
        raise bad_argument("plot", f"end in {', '.join(PICTURES)}", str(path))
    check_place(path)
    require_neurons(spec)


def _first(found: Run) -> int:
    """The first replicate that has a result."""
    return next(iter(_finite(found)), 0)


def _finite(found: Run) -> list[int]:
    from polygenesis.dynamics import Outcome

    return [number for number, outcome in enumerate(found.outcome) if outcome is not Outcome.DIVERGED]


def _answer(found: Run, out: Path, plot: Path | None) -> Answer:
    """Say how the run ended, what its neurons carry, who shares one, and what theory expects."""
    from polygenesis.dynamics import Outcome
    from polygenesis.dynamics.compatibility import has_closed_form

    ended = [(each.name.lower().replace("_", " "), each.value, k) for each, k in Counter(found.outcome).items()]
    text = [f"{counted(number, 'replicate')} {name}: {meaning}" for name, meaning, number in ended]
    neurons, said = _census(found)
    text += said
    laws = _laws(found.spec.model.n, found.spec.model.m) if neurons is not None and has_closed_form(found.spec) else {}
    text += [f"  {name}: {law:.4g} polysemantic neurons expected" for name, law in laws.items()]
    shared = [] if neurons is None else sharing(neurons, _finite(found))
    text += [] if neurons is None else sentences(shared, neurons, len(found.outcome))
    lost = sum(each is Outcome.DIVERGED for each in found.outcome)
    data = {
        "key": found.key,
        "folder": out,
        "spec": found.spec.to_dict(),
        "replicates": records(found.to_dataframe()) if neurons is not None else _outcomes(found),
        "shared": shared,
        "expected": laws,
        "picture": plot,
    }
    trouble = f"{lost} of {counted(len(found.outcome), 'replicate')} diverged and have no result." if lost else ""
    return Answer(data, tuple(text), _hints(found, out, plot, neurons), trouble, int(lost > 0))


def _census(found: Run) -> tuple[Census | None, list[str]]:
    """The census of the replicates that have a result, where neurons mean anything."""
    from polygenesis.detect import census
    from polygenesis.dynamics.privileged_basis import privileged, unprivileged

    numbers = _finite(found)
    if not numbers:
        return None, []
    if not privileged(found.spec):
        return None, [unprivileged(found.spec)]
    neurons = census(found.final[numbers], read=found.reading())
    return neurons, [str(neurons)]


def _outcomes(found: Run) -> list[dict[str, Any]]:
    return [{"outcome": each} for each in found.outcome]


def _hints(found: Run, out: Path, plot: Path | None, neurons: Census | None) -> tuple[str, ...]:
    stored = f"{found.key[:12]} --runs {quote(str(out))}"
    hints = [f"The run is kept in {str(out)!r}; compute it again and compare: polygenesis replay {stored}"]
    if plot is not None:
        hints.append(f"The picture of replicate {_first(found)} is {plot}.")
    elif neurons is not None:
        hints.append("A picture of the weights: the same command with --plot weights.png")
    if neurons is not None and (shown := _explorable(found, out)):
        hints.append(f"Watch it: polygenesis explore {shown} --open")
    return tuple(hints)


def _explorable(found: Run, out: Path) -> str:
    """What `polygenesis explore` takes to show a run: nothing where it shows none of this size.

    Where the spec has a part of somebody's own it is the spec's file: a key would import nothing.
    """
    from polygenesis.report.explorer.explore import too_large

    if too_large(found):
        return ""
    file = out / found.key / "spec.json"
    if own_parts(found.spec):
        return quote(str(file)) if file.is_file() else ""
    return f"{found.key[:12]} --runs {quote(str(out))}"


def _laws(n: int, m: int) -> dict[str, float]:
    """What the published law and the two chance models expect, each where it holds."""
    from polygenesis import theory

    laws = {"occupancy model": theory.occupancy_moments(n, m)[0]}
    if n <= 2 * m:
        laws = {"slot model": theory.slot_model(n, m).mean} | laws
    if m >= n:
        laws = {"n²/4m, as published": float(theory.polysemantic_neurons(n, m))} | laws
    return laws
