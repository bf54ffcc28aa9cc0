"""Shards: every N-th run of a sweep, so that N jobs that know nothing of each other do it together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from polygenesis.errors import InputError, bad_argument
from polygenesis.spec import RunSpec


@dataclass(frozen=True)
class Shard:
    """Shard ``index`` (from 0) of ``count``: the runs number index, index + count, … in the order of their keys.

    Keys are hashes, so their order is a shuffle: long and short runs fall evenly into all shards, and each shard is
    the same runs whatever is finished already.
    """

    index: int
    count: int

    def __post_init__(self) -> None:
        """Check that the shard exists."""
        if self.count < 1:
            raise bad_argument("shard", "have at least one shard in all", str(self))
        if not 0 <= self.index < self.count:
            raise bad_argument("shard", f"be from 0/{self.count} to {self.count - 1}/{self.count}", str(self))

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, specs: Mapping[str, RunSpec]) -> dict[str, RunSpec]:
        """The shard's part of specs by key.

        Args:
            specs: all runs of the sweep, by key.
        """
        return {key: specs[key] for key in sorted(specs)[self.index :: self.count]}


def read_shard(text: str, environment: Mapping[str, str]) -> Shard:
    """Read ``i/N``, or for ``auto`` what a SLURM job array or a Kubernetes Indexed Job says in the environment.

    SLURM: the task's place between SLURM_ARRAY_TASK_MIN and …_MAX; the array must be whole (for some tasks of one,
    name the shard). Kubernetes: JOB_COMPLETION_INDEX and POLYGENESIS_SHARDS.
    """
    if text == "auto":
        return _from_environment(environment)
    if (found := re.fullmatch(r"(\d+)/(\d+)", text)) is None:
        raise bad_argument("shard", "be i/N such as 0/16, or 'auto'", text)
    return Shard(int(found[1]), int(found[2]))


def _from_environment(environment: Mapping[str, str]) -> Shard:
    if "SLURM_ARRAY_TASK_ID" in environment:
        return _from_slurm(environment)
    if "JOB_COMPLETION_INDEX" in environment:
        index = _whole(environment, "JOB_COMPLETION_INDEX")
        return Shard(index, _whole(environment, "POLYGENESIS_SHARDS"))
    raise InputError("Shard 'auto' needs SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX in the environment; give i/N.")


def _from_slurm(environment: Mapping[str, str]) -> Shard:
    names = ("ID", "MIN", "MAX", "COUNT")
    task, first, last, count = (_whole(environment, f"SLURM_ARRAY_TASK_{name}") for name in names)
    step = _whole(environment, "SLURM_ARRAY_TASK_STEP") if "SLURM_ARRAY_TASK_STEP" in environment else 1
    if step < 1 or (last - first) // step + 1 != count or (task - first) % step:
        raise InputError(
            f"SLURM job array {first}–{last} with {count} tasks is not whole, so that shard 'auto' would change "
            "its meaning; give the shard as i/N."
        )
    return Shard((task - first) // step, count)


def _whole(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "")
    if not text.isdigit():
        raise InputError(f"Environment variable {name} must be a whole number, but is {text!r}.")
    return int(text)
