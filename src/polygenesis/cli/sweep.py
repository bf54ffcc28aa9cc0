"""`polygenesis sweep`: plan, run, watch and collect a sweep file, and verify the folder of its runs."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polygenesis.cli.computing import stoppable
from polygenesis.cli.folders import RUNS, check_place, named, store_at
from polygenesis.cli.output import Answer, note, plain
from polygenesis.errors import InputError, StoreError, bad_argument
from polygenesis.extras import require
from polygenesis.numerals import counted
from polygenesis.progress import Advance, progress

if TYPE_CHECKING:
    from polygenesis.sweeps import Failure, Status
    from polygenesis.sweeps.events import Event

SHOWN = 5
"""Failures that are printed one by one; the others are counted."""

LEFT = 75
"""Exit code where runs are left to do: EX_TEMPFAIL of sysexits.h, so that a scheduler may be told to retry."""


def plan(sweep: Path, /) -> Answer:
    """Show how many runs a sweep has, how many are finished, and the predicted cost of the others.

    Parameters
    ----------
    sweep
        The sweep file; `polygenesis sweep --help` has one to begin with.
    """
    from polygenesis import sweeps

    found = sweeps.plan(sweeps.read_grid(sweep))
    return Answer(plain(found), (str(found),))


def run(
    sweep: Path,
    /,
    *,
    shard: Annotated[str | None, Parameter(show_default=False)] = None,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
    dask: Annotated[str | None, Parameter(show_default=False)] = None,
    retry_failed: Annotated[bool, Parameter(negative="")] = False,
    max_seconds: Annotated[float | None, Parameter(show_default=False)] = None,
) -> Answer:
    """Compute the missing runs of a sweep; after any interruption the same command resumes.

    Exit code 0: all runs are done; 1: some failed; 75: runs are left, because of the time limit or a scheduler's
    SIGTERM (current runs have half a second) or SIGUSR1 (which finishes them); 130: Ctrl-C, which finishes them
    too (press it twice to stop at once).

    Parameters
    ----------
    sweep
        The sweep file; `polygenesis sweep --help` has one to begin with.
    shard
        Compute only every N-th run: i/N with i from 0, or auto to take both from SLURM or Kubernetes.
        Of a sweep with fewer than N runs some shards are empty.
    workers
        Number of worker processes; by default one per core.
    max_memory
        Memory limit for all workers together, such as 4G; fewer workers run if the predicted use exceeds it.
    dask
        Compute on a Dask cluster: the address of its scheduler, or local for one on this machine.
    retry_failed
        Try failed runs again.
    max_seconds
        Stop after this time: no further run starts, and current runs have half a second to finish.
    """
    from polygenesis.sweeps import dask_pools, read_grid, run_sweep
    from polygenesis.sweeps.limits import read_memory
    from polygenesis.sweeps.shard import read_shard

    if max_seconds is not None and not max_seconds > 0:
        raise bad_argument("max-seconds", "be above 0", max_seconds)
    if dask is not None:
        require("distributed", "Option --dask")
    part = None if shard is None else read_shard(shard, os.environ)
    grid = read_grid(sweep)
    runs = len(grid.specs())  # a mistake in the file makes no folder
    if part is not None and part.index >= runs:
        note(f"Shard {part} is empty: the sweep has {counted(runs, 'run')}.")
    store = store_at(grid.store)  # one that is finished need not be writable
    with _watched() as (advance, hear):
        status = run_sweep(
            grid,
            store=store,
            shard=part,
            workers=workers,
            max_memory=None if max_memory is None else read_memory(max_memory, "max-memory"),
            pools=None if dask is None else dask_pools(dask, store),
            retry_failed=retry_failed,
            max_seconds=max_seconds,
            progress=advance,
            on_event=hear,
        )
    return _end(status, sweep)


def _end(status: Status, sweep: Path) -> Answer:
    """Say how a sweep ended and what comes next, with the exit code."""
    named = quote(str(sweep))
    table = f"The table: polygenesis sweep collect {named} --csv {quote(sweep.name.split('.')[0])}.csv"
    code, hint = 0, table
    if status.lost:
        code, hint = 1, f"The same command computes the {counted(status.lost, 'run')} again that went away."
    elif status.left:
        code, hint = LEFT, "The same command goes on from there."
    elif status.failed:
        code, hint = 1, f"What failed: polygenesis sweep status {named}. Try it again: --retry-failed."
    return Answer(plain(status), (f"{status}.",), (hint,), code=code)


@contextlib.contextmanager
def _watched() -> Iterator[tuple[Advance, Callable[[Event], None]]]:
    """Show how far a sweep is, its first failures, and after Ctrl-C what is kept."""
    last: list[Status] = []
    shown: Counter[str] = Counter()

    def counted() -> str:
        return _counts(last[-1]) if last else ""

    def hear(event: Event) -> None:
        last[:] = [event.status]
        if event.kind in ("failed", "damaged"):
            shown[event.kind] += 1
        by_hand = event.sentence.startswith("Stopped by Ctrl-C")  # which the last line says
        if (event.kind in ("found", "stopped", "lost") and not by_hand) or 0 < shown[event.kind] <= SHOWN:
            note(event.sentence)

    with stoppable(lambda: counted() or "what was done is kept"), progress("Sweep", counted) as advance:
        yield advance, hear


def _counts(status: Status) -> str:
    rate = f", {status.runs_per_second:.3g} runs/s" if status.done else ""
    return f"{status.counts}{rate}"


def status(place: Path = RUNS, /) -> Answer:
    """Show the runs in a sweep's folder, the progress of each process, and the failures with their reasons.

    Parameters
    ----------
    place
        The sweep file, or a folder of runs.
    """
    from polygenesis.sweeps.status import read_reports, total

    store, _ = named(place)
    failures = store.failures()
    reports = read_reports(store.folder)
    running = [report for report in reports if report.running]
    lines = [f"{counted(len(store), 'complete run')}, {len(failures)} failed.", *map(str, reports)]
    if len(running) > 1:
        lines.append(f"{len(running)} running together: {total(running)}")
    lines += _listed(failures.values())
    processes = [{**plain(report), "running": report.running} for report in reports]
    data = {"complete": len(store), "failed": len(failures), "processes": processes}
    return Answer({**data, "failures": list(failures.values())}, tuple(lines))


def _listed(failures: Iterable[Failure]) -> list[str]:
    listed = list(failures)
    more = len(listed) - SHOWN
    return [str(each) for each in listed[:SHOWN]] + (
        [f"… and {more} more, in the folder's failures/."] if more > 0 else []
    )


def collect(
    place: Path,
    /,
    *,
    csv: Annotated[Path | None, Parameter(show_default=False)] = None,
    parquet: Annotated[Path | None, Parameter(show_default=False)] = None,
    pack: Annotated[bool, Parameter(negative="")] = False,
) -> Answer:
    """Write a sweep's table, one row per replicate: its axes, how it ended, and its counts of neurons.

    Parameters
    ----------
    place
        The sweep file, or a folder of runs for a table of all runs in it.
    csv
        Write the table as CSV to this file.
    parquet
        Write the table as Parquet to this file; needs the extra parquet.
    pack
        Pack all runs into few files, for file systems that limit the number of files.
    """
    from polygenesis import sweeps

    if csv is None and parquet is None and not pack:
        raise InputError("Say what to make: --csv FILE, --parquet FILE, or --pack.")
    for flag, path in (("csv", csv), ("parquet", parquet)):
        if path is not None and path.suffix != f".{flag}":
            raise bad_argument(flag, f"end in .{flag}", str(path))
        check_place(path, makes_folders=True)
    if parquet is not None:
        require("pyarrow", "Option --parquet")
    store, grid = named(place)
    lines: list[str] = []
    data: dict[str, Any] = dict.fromkeys(("packs", "rows", "missing", "failed"))
    data["files"] = {"csv": csv, "parquet": parquet}
    if pack:
        data["packs"] = store.repack()
        lines.append(f"{counted(len(store), 'run')} gathered in {counted(data['packs'], 'file')}.")
    if csv is None and parquet is None:
        return Answer(data, tuple(lines))
    table = sweeps.collect(store, grid)
    for path in filter(None, (csv, parquet)):
        sweeps.write_table(table, path)
        lines.append(f"{counted(len(table), 'row')} written to {str(path)!r}.")
    data |= {"rows": len(table), "missing": table.attrs["missing"], "failed": table.attrs["failed"]}
    if table.attrs["missing"] or table.attrs["failed"]:
        lines.append(f"Without rows: {counted(table.attrs['missing'], 'missing run')}, {table.attrs['failed']} failed.")
    return Answer(data, tuple(lines))


def verify(
    place: Path = RUNS,
    /,
    *,
    check: Annotated[bool, Parameter(negative="")] = False,
    restore: Annotated[bool, Parameter(negative="")] = False,
) -> Answer:
    """Check everything stored against its hashes and set aside what is damaged.

    Exit code 1: something was damaged; 2: something cannot be read or was written by a newer version, so it may be
    intact; then nothing is moved.

    Parameters
    ----------
    place
        The sweep file, or a folder of runs.
    check
        Only list damaged files; move nothing.
    restore
        First restore missing runs whose intact copies are in set-aside.
    """
    from polygenesis.sweeps.index import rebuild

    if check and restore:
        raise InputError("Option --check moves nothing, so it cannot go with --restore.")
    store, _ = named(place)
    restored = len(store.restore()) if restore else 0
    lines = [f"{counted(restored, 'run')} brought back from {store.folder / 'set-aside'}."] if restore else []
    damages = store.verify()
    told = [f"{damage.place}: {damage.sentence}" for damage in damages]
    if unknown := [damage for damage in damages if damage.kind != "damaged"]:
        for line in told:
            note(line)
        raise StoreError(
            f"{counted(len(unknown), 'place')} in {str(store.folder)!r} cannot be judged and nothing was moved; "
            f"the first: {unknown[0].sentence}."
        )
    if damages and not check:
        store.set_aside(damages)
    if not check and (store.folder / "index.sqlite").exists():
        rebuild(store)
    data = {"restored": restored, "sound": len(store), "damaged": damages, "moved": bool(damages) and not check}
    if not damages:
        return Answer(data, (*lines, f"{counted(len(store), 'run')} checked: all are sound."))
    where = "" if check else f"; moved to {store.folder / 'set-aside'}, to be run again when they are asked for"
    return Answer(data, (*lines, *told, f"{counted(len(damages), 'run')} damaged{where}."), code=1)
