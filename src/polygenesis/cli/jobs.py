"""`polygenesis sweep slurm` and `polygenesis sweep k8s`: job files, each around `polygenesis sweep run --shard`."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from polygenesis.cli.folders import check_place
from polygenesis.cli.output import Answer, note
from polygenesis.errors import InputError
from polygenesis.files import write
from polygenesis.numerals import counted


def slurm(
    sweep: Path,
    /,
    *,
    shards: int,
    time: str = "04:00:00",
    cpus: int = 1,
    memory: str = "4G",
    partition: Annotated[str | None, Parameter(show_default=False)] = None,
    most_at_once: Annotated[int | None, Parameter(show_default=False)] = None,
    command: str = "polygenesis",
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
) -> Answer:
    """Write an sbatch script: a job array whose task i computes shard i of the sweep.

    Submit the script again, or some of its tasks with sbatch --array=3,7: only the missing runs are computed.

    Parameters
    ----------
    sweep
        The sweep file, on a disk that all nodes see under the same path.
    shards
        Number of tasks of the array.
    time
        Time limit of a task; two minutes before it the task finishes its current runs and stops.
    cpus
        Cores per task, one worker per core.
    memory
        Memory of a task.
    partition
        The partition; by default the cluster's default.
    most_at_once
        Largest number of tasks that run at the same time.
    command
        The command that starts polygenesis on the nodes, such as /project/venv/bin/polygenesis.
    out
        The file to write; by default the script is printed.
    """
    from polygenesis.sweeps import slurm_script

    _check(sweep, shards, out)
    text = slurm_script(
        sweep,
        shards,
        time=time,
        cpus=cpus,
        memory=memory,
        partition=partition,
        most_at_once=most_at_once,
        command=command,
    )
    return _answer(text, out, "sbatch")


def k8s(
    sweep: Path,
    /,
    *,
    shards: int,
    image: str,
    claim: str,
    path: Annotated[str | None, Parameter(show_default=False)] = None,
    name: str = "polygenesis-sweep",
    mount: str = "/data",
    cpus: int = 1,
    memory: str = "4Gi",
    most_at_once: Annotated[int | None, Parameter(show_default=False)] = None,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
) -> Answer:
    """Write a Kubernetes Indexed Job: the pod with index i computes shard i of the sweep.

    The manifest is JSON, which kubectl reads; it is checked against the schema, not on a cluster.

    Parameters
    ----------
    sweep
        The sweep file on this machine; a copy of it must be on the claimed volume.
    shards
        Number of pods of the job.
    image
        A container image in which the command polygenesis is on the PATH.
    claim
        A PersistentVolumeClaim that all pods may write to.
    path
        Where the pods see the sweep file; by default directly under the mount.
    name
        The job's name.
    mount
        Where the claimed volume is mounted in the pods.
    cpus
        Cores per pod, one worker per core.
    memory
        Memory per pod.
    most_at_once
        Largest number of pods that run at the same time.
    out
        The file to write; by default the manifest is printed.
    """
    from polygenesis.spec import read_fields
    from polygenesis.sweeps import k8s_manifest

    _check(sweep, shards, out)
    inside = posixpath.join(mount, sweep.name) if path is None else path
    _check_kept(read_fields(sweep).get("store", "runs"), inside, mount)
    text = k8s_manifest(
        inside,
        shards,
        image=image,
        claim=claim,
        name=name,
        mount=mount,
        cpus=cpus,
        memory=memory,
        most_at_once=most_at_once,
    )
    return _answer(text, out, "kubectl apply -f")


def _check(sweep: Path, shards: int, out: Path | None) -> None:
    """Read the sweep, so that its mistakes are found here and not by every task; say how many tasks have no run."""
    from polygenesis.sweeps import read_grid

    check_place(out, makes_folders=True)
    runs = len(read_grid(sweep).specs())
    if shards > runs:
        note(f"The sweep has {counted(runs, 'run')}: of {shards:,} tasks {shards - runs:,} will have nothing to do.")


def _check_kept(store: str, inside: str, mount: str) -> None:
    """Refuse a folder of runs that is not on the mounted volume: it would be lost with the pod."""
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(inside), store))
    root = posixpath.normpath(mount)
    if not f"{folder}/".startswith(f"{root.rstrip('/')}/"):
        raise InputError(f"The pods would keep their runs in {folder!r}, not under {root!r}; give --path or --mount.")


def _answer(text: str, out: Path | None, submit: str) -> Answer:
    data = {"file": out, "script": text}
    if out is None:
        return Answer(data, (text.removesuffix("\n"),))
    write(out, text.encode())
    return Answer(data, (), (f"Written; submit it: {submit} {out}",))
