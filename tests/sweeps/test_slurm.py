"""Real SLURM on this machine: a job array, a killed task, a time limit's signal, and resubmission of what is missing.

The daemons run with a configuration of their own in a temporary folder and are stopped afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from polygenesis.sweeps import Store, collect, slurm_script
from polygenesis.sweeps.grid import read_grid

MISSING = [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel") if not shutil.which(name)]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"needs slurm-wlm and munge; not found: {', '.join(MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="starts SLURM's daemons, which needs root"),
]

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
SlurmctldPort={first}
SlurmdPort={second}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=3
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

SWEEP = """
[spec]
model = { n = 3, m = 4 }
penalty.strength = 0.1
[axes]
seed = { from = 0, to = 15, step = 1 }
"""

DRIVER = """
import json, os, sys, time
from polygenesis.sweeps import Shard, read_grid, read_shard, run_sweep
from polygenesis.sweeps.worker import compute_replicates

_, _, file, _, shard, _, workers = sys.argv[1:]  # sweep run FILE --shard i/N --workers n

def slow(spec, replicates):
    with open(f"{os.path.dirname(file)}/journal", "a") as journal:
        journal.write(f"{spec.key} {shard}\\n")
    time.sleep(0.4)
    return compute_replicates(spec, replicates)

from polygenesis.sweeps import schedule
schedule.BATCH_RUNS = 1  # so that what is in flight is one run
status = run_sweep(read_grid(file), shard=read_shard(shard, os.environ), workers=int(workers), compute=slow)
print(status)
sys.exit(75 if status.left else 0)
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """The environment of a SLURM with one node, this machine."""
    folder = tmp_path_factory.mktemp("slurm")
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o400)
    host = socket.gethostname().partition(".")[0]
    first, second = free_ports()
    configuration = CONFIGURATION.format(host=host, folder=folder, first=first, second=second, cpus=os.cpu_count())
    (folder / "slurm.conf").write_text(configuration)
    munge = [f"--{name}={folder}/{file}" for name, file in MUNGE.items()]
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    try:
        for command in (["munged", "--force", *munge], ["slurmctld"], ["slurmd"]):
            subprocess.run(command, env=environment, check=True, capture_output=True, timeout=30)
        wait_for(lambda: "idle" in output(["sinfo", "-h", "-o", "%T"], environment), 30)
        yield environment
    finally:
        for name in ("slurmd", "slurmctld", "munge"):
            stop(folder / f"{name}.pid")


MUNGE = {
    "socket": "munge.socket",
    "key-file": "key",
    "pid-file": "munge.pid",
    "log-file": "munge.log",
    "seed-file": "munge.seed",
}


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def stop(pid_file):
    """End a daemon and wait until it has gone."""
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    try:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), 15)
    except (ProcessLookupError, AssertionError):
        return


def output(command, environment):
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=30).stdout


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


class Jobs:
    """A sweep on SLURM: its script, and a journal of what each task computed."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment
        (folder / "sweep.toml").write_text(SWEEP)
        (folder / "driver.py").write_text(DRIVER)
        command = f"{sys.executable} {folder}/driver.py"
        (folder / "job.sh").write_text(slurm_script(folder / "sweep.toml", 2, memory="0", command=command))
        self.grid = read_grid(folder / "sweep.toml")
        self.store = Store(folder / "runs")

    def submit(self, *options):
        command = ["sbatch", "--parsable", f"--chdir={self.folder}", *options, str(self.folder / "job.sh")]
        return output(command, self.environment).strip().partition(";")[0]

    def begun(self, shard):
        journal = self.folder / "journal"
        return [
            line.split()[0]
            for line in (journal.read_text().splitlines() if journal.exists() else [])
            if line.endswith(shard)
        ]

    def cancel(self, *arguments):
        output(["scancel", *arguments], self.environment)

    def wait(self, job):
        wait_for(lambda: not output(["squeue", "-h", "-j", job], self.environment).strip(), 120)


def test_a_job_array_with_a_killed_task_and_resubmission(slurm, tmp_path):
    jobs = Jobs(tmp_path, slurm)
    specs = jobs.grid.specs()
    job = jobs.submit()
    wait_for(lambda: len(jobs.begun("1/2")) >= 3, 60)
    jobs.cancel("--signal=KILL", "--full", f"{job}_1")  # as the kernel would, out of memory
    jobs.wait(job)
    done = set(jobs.store)
    missing = set(specs) - done
    assert missing
    assert len(done) >= 8 + 2  # the other task went on, and what the killed one had finished is there
    assert len(jobs.begun("0/2")) == 8

    before = Counter(jobs.begun("1/2"))
    job = jobs.submit("--array=1")  # the killed task alone
    wait_for(lambda: len(jobs.begun("1/2")) > before.total() + 1, 60)
    jobs.cancel("--signal=USR1", "--batch", f"{job}_1")  # as the time limit would
    jobs.wait(job)
    left = set(specs) - set(jobs.store)
    assert left < missing
    assert left, "the signal came too late to stop anything"

    job = jobs.submit()  # all of it again: both tasks run, only what is missing is computed
    jobs.wait(job)
    assert set(jobs.store) == set(specs)
    assert len(collect(jobs.store, jobs.grid)) == len(specs)
    assert collect(jobs.store, jobs.grid).attrs.items() >= {"missing": 0, "failed": 0}.items()
    assert jobs.store.verify() == []
    counts = Counter(jobs.begun("0/2")) + Counter(jobs.begun("1/2"))
    again = sum(count - 1 for count in counts.values())
    assert again <= 1  # the run that was in flight when the task was killed; the signal cost none
