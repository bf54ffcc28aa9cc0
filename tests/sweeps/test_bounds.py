"""Nothing in a sweep file or a job file fills the memory, runs for ever, or says something else to whoever reads it."""

from __future__ import annotations

import json
import re

import pytest

from polygenesis.cli.app import main
from polygenesis.dynamics import memory
from polygenesis.dynamics.memory import check_memory, least_memory, machine_memory
from polygenesis.dynamics.simulate import simulate
from polygenesis.errors import InputError
from polygenesis.features import Bernoulli, OneHot
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.progress import duration
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.sweeps import MemoryStore, k8s_manifest, plan, run_all, slurm_script
from polygenesis.sweeps.cost import estimate_memory, is_predicted
from polygenesis.sweeps.expression import condition
from polygenesis.sweeps.grid import grid_from
from polygenesis.training import AdamW, GradientFlow

FIELDS = {"model.m": 8, "model.n": 4, "penalty.kind": "l1", "training.max_time": None}
HUGE = RunSpec(TiedAutoencoder(n=10**6, m=10**6))


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9**9 > m",
        "(m,)*10**9 == n",
        "-" * 5000 + "m",
        "-" * 900 + "m > 0",
        "(" * 300 + "m" + ")" * 300,
        "'a' * 10**10 == m",
        "'%9999999999d' % 5 == m",
        "1 << 10**10 > m",
        "1e308 ** 10 > m",
        "(-8) ** 0.5 > m",
        "0x" + "f" * 900 + " > m",
        "m @ n",
        "1j == m",
        "[1] * 10**9",
    ],
)
def test_a_condition_ends_in_one_sentence(text):
    with pytest.raises(InputError, match=r"^Condition .*") as caught:
        condition(text)(FIELDS)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("m >= 2 * n", True),
        ("n < m < 9 and penalty.kind == 'l1'", True),
        ("m in (4, 8) and not m in [5]", True),
        ("max_time == None", True),
        ("max_time is None or m > 100", True),
        ("2 ** 10 == 1024 and m // 3 == 2 and m % 3 == 2 and -m < 0", True),
        ("m > 100 or n > 100", False),
        ("1 << 3 == m", True),
    ],
)
def test_conditions_still_compare_and_calculate(text, holds):
    assert condition(text)(FIELDS) is holds


@pytest.mark.parametrize(
    "spec",
    [
        HUGE,
        RunSpec(TiedAutoencoder(n=2, m=2**52)),
        RunSpec(TiedAutoencoder(n=10**9, m=1)),
        RunSpec(Perceptron(n=10**6, m=10**6)),
        RunSpec(Autoencoder(n=10**7, m=3), training=AdamW(steps=1)),
    ],
)
def test_a_run_that_does_not_fit_this_machine_is_refused_beforehand(spec, tmp_path):
    need = r"^A run of n = \d+, m = \d+ needs about .+ of memory, but this machine has .+; lower n, m"
    with pytest.raises(InputError, match=need):
        simulate(spec)
    with pytest.raises(InputError, match=need):
        run_all([spec], store=MemoryStore(), workers=1)
    with pytest.raises(InputError, match=need):
        plan(grid_from({"spec": spec.to_dict(), "axes": {"seed": [0]}}, folder=tmp_path), MemoryStore())


def test_saved_states_and_replicates_count(monkeypatch):
    small = RunSpec(TiedAutoencoder(n=10, m=100))
    assert least_memory(small) < least_memory(small, 10) <= 10 * least_memory(small)
    saving = small.replace(save=Save(times=1000, weights=True))
    assert least_memory(saving) > 100 * least_memory(small)
    assert least_memory(small, small.replicates) <= estimate_memory(small)
    monkeypatch.setattr(memory, "machine_memory", lambda: 10**6)
    with pytest.raises(InputError, match="but this machine has 1 MB"):
        check_memory(least_memory(saving), saving)
    check_memory(10**5, small)


def test_the_machine_says_what_it_has():
    found = machine_memory()
    assert found is None or found > 10**8


def test_the_command_says_so_and_makes_no_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text("spec.model = { n = 1000000, m = 1000000 }\naxes.seed = [0, 1]\n")
    for command in (["sweep", "plan", "s.toml"], ["run", "--model.n", "1000000", "--model.m", "1000000"]):
        assert main(command) == 2
        assert "TB of memory, but this machine has" in capsys.readouterr().err
    assert main(["sweep", "run", "s.toml"]) == 2
    assert "TB of memory, but this machine has" in capsys.readouterr().err.splitlines()[-1]


GENERAL = {
    "untied": Autoencoder(n=4, m=8),
    "layer normalization": Autoencoder(n=4, m=8, normalization="layer"),
    "gelu": Autoencoder(n=4, m=8, tied=True, hidden="gelu"),
    "relu": Autoencoder(n=4, m=8, hidden="relu", hidden_bias=True),
    "output bias": Autoencoder(n=4, m=8, tied=True, output_bias=True),
    "perceptron": Perceptron(n=4, m=8),
    "deep perceptron": Perceptron(n=4, m=8, layers=3, activation="gelu"),
    "other features": TiedAutoencoder(n=4, m=8),
}


@pytest.mark.parametrize("kind", GENERAL)
def test_the_time_of_every_general_flow_is_unknown_and_no_plan_pretends(tmp_path, kind):
    features = Bernoulli(0.1) if kind == "other features" else OneHot()
    spec = RunSpec(GENERAL[kind], features=features)
    assert not is_predicted(spec)
    made = plan(grid_from({"spec": spec.to_dict(), "axes": {"seed": [0, 1]}}, folder=tmp_path), MemoryStore())
    assert (made.unknown, made.seconds, made.longest) == (2, 0.0, 0.0)
    assert "2 to compute: " in str(made)
    assert "on one core" not in str(made)
    assert "The time of them, by the general engine's gradient flow, is not known" in str(made)


def test_a_plan_leaves_out_what_is_unknown_and_says_within_which_factor_the_rest_is(tmp_path):
    def planned(**more):
        return plan(
            grid_from({"spec": {"model": {"kind": "autoencoder", "n": 4, "m": 8}}, **more}, folder=tmp_path),
            MemoryStore(),
        )

    steps = {"kind": "adamw", "steps": 5}
    trained = planned(axes={"training": [steps]})
    assert (trained.unknown, trained.factor) == (0, 5)
    assert "(within a factor of 5)" in str(trained)
    both = planned(axes={"training": [steps, {"kind": "gradient-flow"}]})
    assert both.unknown == 1
    assert both.seconds == pytest.approx(trained.seconds)
    assert "The time of 1 of them, which this leaves out, by the general engine's" in str(both)


def test_what_cannot_be_predicted_is_said(tmp_path):
    general = RunSpec(Autoencoder(n=4, m=8, normalization="layer"))
    assert not is_predicted(general)
    assert is_predicted(general.replace(training=AdamW(steps=5)))
    assert is_predicted(RunSpec(TiedAutoencoder(n=4, m=8)))
    both = grid_from({"spec": general.to_dict(), "axes": {"seed": [0, 1]}}, folder=tmp_path)
    assert "The time of them, by the general engine's gradient flow, is not known" in str(plan(both, MemoryStore()))


def test_a_flow_without_end_asks_for_one():
    weak = RunSpec(TiedAutoencoder(n=2, m=3), penalty=L1(1e-13))
    with pytest.raises(InputError, match=r"`penalty.strength` must be 0 or at least 1e-12"):
        simulate(weak)
    assert simulate(weak.replace(training=GradientFlow(max_time=1.0))).end_time <= 1


def test_times_beyond_all_count_are_said_in_words():
    assert duration(1e300) == duration(float("inf")) == "more than 100 years"


HOSTILE = [
    "x y",
    "it's",
    '"a"',
    "a\nb",
    "a\n#SBATCH --x",
    "$(FOO)",
    "`id`",
    "a;b",
    "a|b",
    "",
    " ",
    "é",
    "\x07",
    "a" * 5000,
]
SLURM = {
    "time": (
        ["90", "90:30", "04:00:00", "1-12", "1-12:30", "2-00:00:00", "UNLIMITED"],
        ["abc", "1:2:3:4", "1-99", "04h"],
    ),
    "memory": (["4G", "500M", "1T", "2048"], ["0", "0G", "4 G", "4GiB", "-1", "lots"]),
    "partition": (["gpu", "cpu,gpu_long", "a.b-c"], ["a,,b", ",a", "-x y"]),
    "command": (
        ["polygenesis", "/opt/venv/bin/python -m polygenesis", "$HOME/bin/polygenesis"],
        ["-rf", "a  b", "a > b"],
    ),
}
KUBERNETES = {
    "name": (["a", "sweep-1", "a" * 52], ["A", "-a", "a-", "a_b", "a.b", "a" * 53]),
    "claim": (["runs", "my.claim-1"], ["Runs", ".a", "a..b", "a-"]),
    "image": (["polygenesis", "registry.org:5000/group/polygenesis:1.0"], ["/a", "a:", "a@b", "A b"]),
    "memory": (["4Gi", "500M", "1.5Gi", "1000"], ["0", "4GB", "4 Gi", "-1Gi"]),
    "mount": (["/data", "/"], ["data", "/da:ta", "/$(X)"]),
}


@pytest.mark.parametrize("name", SLURM)
def test_slurm_values_keep_to_slurm_s_grammar(name):
    fair, wrong = SLURM[name]
    for value in fair:
        assert value in slurm_script("s.toml", 2, **{name: value})
    for value in [*wrong, *(each for each in HOSTILE if (name, each) != ("command", "x y"))]:
        with pytest.raises(InputError, match=f"^Argument `{name}` must be .*, but is .*$"):
            slurm_script("s.toml", 2, **{name: value})


@pytest.mark.parametrize("name", KUBERNETES)
def test_kubernetes_values_keep_to_its_grammar(name):
    fair, wrong = KUBERNETES[name]
    given = {"image": "i", "claim": "c"}
    for value in fair:
        assert value in json.dumps(json.loads(k8s_manifest("/data/s.toml", 2, **given | {name: value})))
    for value in [*wrong, *(each for each in HOSTILE if name != "mount" or not each.startswith("/"))]:
        with pytest.raises(InputError, match=f"^Argument `{name}` must be .*, but is .*$"):
            k8s_manifest("/data/s.toml", 2, **given | {name: value})


@pytest.mark.parametrize("path", ["/data/$(FOO).toml", "/data/a\nb.toml", ""])
def test_a_path_that_kubernetes_would_fill_in_is_refused(path):
    with pytest.raises(InputError, match=r"^Argument `sweep` must be a path of one line without"):
        k8s_manifest(path, 2, image="i", claim="c")


@pytest.mark.parametrize("value", [0, -1, True, 10**7, 10**400])
def test_counts_of_a_job_are_counts(value):
    for name in ("shards", "cpus", "most_at_once"):
        with pytest.raises(InputError, match=f"^Argument `{name}` must be a whole number from 1 to 1,000,000, but is"):
            slurm_script("s.toml", **{"shards": 2, name: value})
        with pytest.raises(InputError, match=f"^Argument `{name}` must be a whole number from 1 to 1,000,000, but is"):
            k8s_manifest("/data/s.toml", **{"shards": 2, "image": "i", "claim": "c", name: value})


def test_a_file_s_name_makes_a_job_s_name():
    script = slurm_script("it's $(my) sweep.toml", 2)
    assert re.search(r"--job-name=it-s---my--sweep$", script, re.MULTILINE)


@pytest.mark.parametrize("end", [10**400, -(10**400), 1e300, float("nan")])
def test_ranges_end_at_numbers(tmp_path, end):
    for part in ("from", "to", "step"):
        axis = {"from": 1, "to": 5, "step": 1, part: end}
        with pytest.raises(InputError, match=rf"^Argument `axes.seed.{part}` must be a number, but is"):
            grid_from({"spec": {"model": {"n": 2, "m": 3}}, "axes": {"seed": axis}}, folder=tmp_path)


def test_a_point_s_values_are_said_shortly(tmp_path):
    grid = grid_from({"spec": {"model": {"n": 2, "m": 3}}, "axes": {"seed": ["1" * 5000]}}, folder=tmp_path)
    with pytest.raises(InputError, match=r"^At seed = '1+…: Argument `seed` must be") as caught:
        grid.specs()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("workers", [0, -1, 10**400, True, 2.5])
def test_a_number_of_workers_that_cannot_be_is_refused(workers):
    with pytest.raises(InputError, match="`workers` must be a whole number from 1 to 10,000, but is"):
        run_all([RunSpec(TiedAutoencoder(n=2, m=3))], workers=workers)


def test_a_range_between_huge_whole_numbers_has_its_values():
    grid = grid_from({"spec": {"model": {"n": 2, "m": 3}}, "axes": {"seed": {"from": 0, "to": 10**25, "count": 3}}})
    assert [spec.seed for spec in grid.specs().values()] == [0, round(5e24), round(1e25)]
