"""Clusters: the same sweep on Dask, and job files for SLURM and Kubernetes that each run one shard a task."""

from __future__ import annotations

import json
import shlex
import socket
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from polygenesis import files
from polygenesis.errors import InputError, StoreError
from polygenesis.extras import missing
from polygenesis.sweeps import grammar
from polygenesis.sweeps.pool import GLANCE_SECONDS, ONE_THREAD, Died, Pools
from polygenesis.sweeps.stopping import Stop
from polygenesis.sweeps.store import Store

T = TypeVar("T")
R = TypeVar("R")

TASKS_A_THREAD = 2
"""Tasks that are sent ahead for each thread of a cluster: one runs while the next travels."""


def dask_pools(address: str, store: Store) -> Pools:
    """Compute on a Dask cluster: at the address of its scheduler, or ``local`` for one on this machine.

    Workers write into the store's folder themselves, so they must see it under the same path; one that does not
    stops the sweep. Needs the extra ``cluster``.

    Args:
        address: of the scheduler, or "local" for one on this machine.
        store: a :class:`Store`, a :class:`MemoryStore`, or any :class:`RunStore`.
    """
    return lambda workers, do: DaskPool(address, store, workers, do)


class DaskPool:
    """The workers of a Dask cluster, with the same two methods as those of this machine."""

    def __init__(self, address: str, store: Store, workers: int, do: Callable[[Any], Any]) -> None:
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise missing("distributed", "A Dask cluster") from None
        self._cluster: Any = None
        if address == "local":
            address = self._cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None, env=dict(ONE_THREAD)
            )
        try:
            self._client = Client(address, timeout=30)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(f"No Dask scheduler answers at {address!r}: {error}.") from None
        self._token, text = files.temporary_name(store.folder), uuid.uuid4().hex
        with files.create(self._token) as file:
            file.write(text.encode())
        self._do = _Seeing(str(self._token), text, do)
        self._running: dict[Any, Any] = {}

    def run(self, queue: deque[Any], stop: Stop) -> Iterator[tuple[Any, Any]]:
        """Yield each task with its answer as soon as there is one; see :meth:`polygenesis.sweeps.pool.Pool.run`."""
        from distributed import wait

        while True:
            while queue and len(self._running) < self._most() and not stop.wanted:
                task = queue.popleft()
                self._running[self._client.submit(self._do, task, pure=False)] = task
            if not self._running or stop.urgent:
                return
            try:
                wait(list(self._running), timeout=GLANCE_SECONDS, return_when="FIRST_COMPLETED")
            except TimeoutError:
                continue
            for future in [each for each in self._running if each.done()]:
                yield self._running.pop(future), self._answer(future)

    def close(self) -> None:
        """Take back what has not begun, and end a local cluster."""
        self._client.cancel(list(self._running))
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
        files.remove(self._token)

    def _most(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        return TASKS_A_THREAD * max(1, threads)

    def _answer(self, future: Any) -> Any:
        from distributed import CancelledError, KilledWorker

        try:
            return future.result()
        except (KilledWorker, CancelledError):
            return Died()
        except Exception as error:
            return error


class _Seeing:
    """A worker's job, done only where the store's folder is the same as the parent's."""

    def __init__(self, token: str, text: str, do: Callable[[T], R]) -> None:
        self.token, self.text, self.do = token, text, do

    def __call__(self, task: Any) -> Any:
        path = Path(self.token)
        if not path.is_file() or path.read_text() != self.text:
            raise StoreError(
                f"The Dask worker on {socket.gethostname()} does not see folder {str(path.parent)!r}; "
                "keep the runs on a disk that all workers share."
            )
        return self.do(task)


def slurm_script(
    sweep_file: str | Path,
    shards: int,
    *,
    time: str = "04:00:00",
    cpus: int = 1,
    memory: str = "4G",
    partition: str | None = None,
    most_at_once: int | None = None,
    command: str = "polygenesis",
) -> str:
    """Write an sbatch script: a job array whose task i runs shard i of the sweep.

    Two minutes before the time limit SLURM sends SIGUSR1, which finishes what runs. Submitting the script again, or
    with ``--array=3,7`` some tasks of it, computes exactly what is missing.

    Args:
        sweep_file: its path on the cluster.
        shards: into how many parts the sweep is divided.
        time: limit of a task, "hours:minutes:seconds".
        cpus: of a task.
        memory: of a task, such as "4G" (SLURM) or "4Gi" (Kubernetes).
        partition: of the cluster.
        most_at_once: tasks that may run at the same time; by default all.
        command: that runs polygenesis there.
    """
    grammar.check_count("shards", shards)
    grammar.check_count("cpus", cpus)
    at_once = "" if most_at_once is None else f"%{grammar.check_count('most_at_once', most_at_once)}"
    path = Path(grammar.LINE.check("sweep", str(Path(sweep_file).absolute())))
    options = [
        f"--job-name={grammar.job_name(path.stem)}",
        f"--array=0-{shards - 1}{at_once}",
        f"--cpus-per-task={cpus}",
        f"--mem={grammar.SLURM_MEMORY.check('memory', memory)}",
        f"--time={grammar.SLURM_TIME.check('time', time)}",
        "--signal=B:USR1@120",
        "--requeue",
        "--open-mode=append",
        "--output=%x-%A_%a.log",
        *([] if partition is None else [f"--partition={grammar.SLURM_PARTITION.check('partition', partition)}"]),
    ]
    command = grammar.COMMAND.check("command", command)
    lines = "\n".join(f"#SBATCH {option}" for option in options)
    run = f'{command} sweep run {shlex.quote(str(path))} --shard "$SLURM_ARRAY_TASK_ID/{shards}" --workers {cpus}'
    return f"#!/bin/bash\n{lines}\n\n# exec: the signal before the time limit goes to the sweep itself\nexec {run}\n"


def k8s_manifest(
    sweep_file: str,
    shards: int,
    *,
    image: str,
    claim: str,
    name: str = "polygenesis-sweep",
    mount: str = "/data",
    cpus: int = 1,
    memory: str = "4Gi",
    most_at_once: int | None = None,
) -> str:
    """Write a Kubernetes Indexed Job: the pod with completion index i runs shard i of the sweep.

    ``image`` has polygenesis installed; ``claim`` is a PersistentVolumeClaim that all pods may write to, mounted at
    ``mount``, where ``sweep_file`` and its runs lie. A pod that fails or is evicted is started again and computes
    what is missing. JSON, which is YAML; checked against the schema, not run on a cluster.

    Args:
        sweep_file: its path on the volume.
        shards: into how many parts the sweep is divided.
        image: a container image with polygenesis installed.
        claim: a PersistentVolumeClaim that all pods may write to.
        name: of the job.
        mount: where the volume is mounted.
        cpus: of a task.
        memory: of a task, such as "4G" (SLURM) or "4Gi" (Kubernetes).
        most_at_once: tasks that may run at the same time; by default all.
    """
    grammar.check_count("shards", shards)
    grammar.check_count("cpus", cpus)
    at_once = shards if most_at_once is None else grammar.check_count("most_at_once", most_at_once)
    for argument, rule, text in (
        ("name", grammar.KUBERNETES_NAME, name),
        ("image", grammar.IMAGE, image),
        ("claim", grammar.KUBERNETES_CLAIM, claim),
        ("mount", grammar.FOLDER, mount),
        ("memory", grammar.KUBERNETES_MEMORY, memory),
        ("sweep", grammar.IN_A_POD, sweep_file),
    ):
        rule.check(argument, text)
    container = {
        "name": "sweep",
        "image": image,
        "command": ["polygenesis", "sweep", "run", sweep_file, "--shard", "auto", "--workers", str(cpus)],
        "env": [{"name": "POLYGENESIS_SHARDS", "value": str(shards)}],
        "resources": {
            "requests": {"cpu": str(cpus), "memory": memory},
            "limits": {"memory": memory},
        },
        "volumeMounts": [{"name": "runs", "mountPath": mount}],
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "completionMode": "Indexed",
            "completions": shards,
            "parallelism": at_once,
            "backoffLimitPerIndex": 5,
            "maxFailedIndexes": shards,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "terminationGracePeriodSeconds": 120,
                    "containers": [container],
                    "volumes": [{"name": "runs", "persistentVolumeClaim": {"claimName": claim}}],
                }
            },
        },
    }
    return json.dumps(job, indent=2) + "\n"
