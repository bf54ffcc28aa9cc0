"""Clusters: Dask does the same sweep, and the job files for SLURM and Kubernetes are what those systems read."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess

import pandas as pd
import pytest
from test_runner import faking

from polygenesis.errors import InputError, StoreError
from polygenesis.sweeps import Store, collect, dask_pools, k8s_manifest, run_sweep, slurm_script
from polygenesis.sweeps.cluster import _Seeing
from polygenesis.sweeps.grid import grid_from

GRID = grid_from(
    {
        "spec": {"model": {"n": 3}, "penalty": {"strength": 0.1}, "replicates": 2},
        "axes": {"model.m": [4, 8], "seed": {"from": 0, "to": 9, "step": 1}},
        "keep": "weights",
    }
)


def test_dask_makes_the_same_table_though_a_worker_is_killed(tmp_path):
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    marker = tmp_path / "died"

    def die_once(spec):
        if spec.seed == 3 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(tmp_path / "dask")
    pools = dask_pools("local", store)
    status = run_sweep(GRID, store=store, workers=2, pools=pools, compute=faking(die_once))
    assert marker.exists()
    assert (status.done, status.failed, status.left) == (20, 0, 0)
    calm = Store(tmp_path / "calm")
    run_sweep(GRID, store=calm, workers=1, compute=faking())
    pd.testing.assert_frame_equal(collect(store, GRID), collect(calm, GRID))
    assert not list((tmp_path / "dask").glob(".tmp-*"))


def test_a_dask_scheduler_that_is_not_there_is_one_sentence(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")

    def refuse(address, timeout):
        raise OSError(f"Timed out trying to connect to {address}")

    monkeypatch.setattr(distributed, "Client", refuse)
    store = Store(tmp_path)
    with pytest.raises(InputError, match="No Dask scheduler answers at 'tcp://nowhere:1'"):
        run_sweep(GRID, store=store, pools=dask_pools("tcp://nowhere:1", store), compute=faking())


def test_a_worker_that_does_not_see_the_folder_refuses(tmp_path):
    token = tmp_path / "token"
    token.write_text("a")
    assert _Seeing(str(token), "a", str)(3) == "3"
    with pytest.raises(StoreError, match="does not see folder"):
        _Seeing(str(token), "b", str)(3)
    with pytest.raises(StoreError, match="does not see folder"):
        _Seeing(str(tmp_path / "elsewhere" / "token"), "a", str)(3)


def test_the_slurm_script_is_a_job_array_of_shards(tmp_path):
    path = tmp_path / "my sweep.toml"
    script = slurm_script(path, 16, time="01:00:00", cpus=2, memory="8G", partition="short", most_at_once=4)
    lines = script.splitlines()
    assert lines[0] == "#!/bin/bash"
    assert "#SBATCH --array=0-15%4" in lines
    assert "#SBATCH --signal=B:USR1@120" in lines
    assert "#SBATCH --partition=short" in lines
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    words = shlex.split(lines[-1])
    assert words == [
        "exec",
        "polygenesis",
        "sweep",
        "run",
        str(path),
        "--shard",
        "$SLURM_ARRAY_TASK_ID/16",
        "--workers",
        "2",
    ]


def test_the_slurm_script_passes_its_task_to_the_sweep(tmp_path):
    script = slurm_script(tmp_path / "it's.toml", 4, command="echo")
    done = subprocess.run(
        ["bash"],
        input=script,
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, "SLURM_ARRAY_TASK_ID": "3"},
    )
    assert done.stdout == f"sweep run {tmp_path}/it's.toml --shard 3/4 --workers 1\n"


def test_job_files_refuse_what_cannot_be():
    with pytest.raises(InputError, match="`shards` must be a whole number from 1 to 1,000,000"):
        slurm_script("s.toml", 0)
    with pytest.raises(InputError, match="`partition` must be the name of a partition"):
        slurm_script("s.toml", 1, partition="a\n#SBATCH --x")
    with pytest.raises(InputError, match="`shards` must be a whole number from 1 to 1,000,000"):
        k8s_manifest("s.toml", 0, image="i", claim="c")
    with pytest.raises(InputError, match="`name` must be at most 52 small letters"):
        k8s_manifest("s.toml", 1, image="i", claim="c", name="My Sweep")


JOB = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "batch/v1"},
        "kind": {"const": "Job"},
        "metadata": {"properties": {"name": {"pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}}},
        "spec": {
            "type": "object",
            "required": ["template", "completions"],
            "additionalProperties": False,
            "properties": {
                "completionMode": {"enum": ["Indexed"]},
                "completions": {"type": "integer", "minimum": 1},
                "parallelism": {"type": "integer", "minimum": 1},
                "backoffLimitPerIndex": {"type": "integer", "minimum": 0},
                "maxFailedIndexes": {"type": "integer", "minimum": 0},
                "template": {
                    "required": ["spec"],
                    "properties": {
                        "spec": {
                            "required": ["containers", "restartPolicy"],
                            "properties": {
                                "restartPolicy": {"const": "Never"},  # backoffLimitPerIndex demands it
                                "containers": {
                                    "minItems": 1,
                                    "items": {
                                        "required": ["name", "image", "command"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "name": {"type": "string"},
                                            "image": {"type": "string"},
                                            "command": {"type": "array", "items": {"type": "string"}},
                                            "env": {"items": {"properties": {"value": {"type": "string"}}}},
                                            "resources": {"type": "object"},
                                            "volumeMounts": {"items": {"required": ["name", "mountPath"]}},
                                        },
                                    },
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}
"""The part of Kubernetes' batch/v1 Job that the manifest uses."""


def test_the_manifest_is_an_indexed_job():
    jsonschema = pytest.importorskip("jsonschema", reason="checks the schema")
    manifest = json.loads(k8s_manifest("/data/sweep.toml", 8, image="ours:1", claim="disk", most_at_once=4))
    jsonschema.validate(manifest, JOB)
    spec = manifest["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 8, 4)
    (container,) = spec["template"]["spec"]["containers"]
    assert container["command"][-4:] == ["--shard", "auto", "--workers", "1"]
    assert {"name": "POLYGENESIS_SHARDS", "value": "8"} in container["env"]
    volumes = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    broken = {**manifest, "spec": {**spec, "completions": "8"}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, JOB)
