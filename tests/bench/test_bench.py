"""The benchmark at sizes so small that only its own logic counts: sides compared, scaling, goals, JSON."""

from __future__ import annotations

import json
import math
import os
import re
import sys

import numpy as np
import pytest

from polygenesis.bench import (
    Goal,
    Row,
    baseline,
    machine,
    names,
    read,
    registry,
    scale,
    stepwise,
    timing,
    toy_models,
    write,
)
from polygenesis.bench import first_use as first_use_row
from polygenesis.bench import headline as headline_module
from polygenesis.bench.counting import operations
from polygenesis.bench.flows import euler_to_rest, solver_to_rest
from polygenesis.bench.fused import CHAINS
from polygenesis.bench.fused import run as run_fused
from polygenesis.bench.gpu import gpu
from polygenesis.bench.headline import headline, notebook
from polygenesis.bench.races import race, starts, wide_race
from polygenesis.bench.scale import large, many
from polygenesis.bench.stepwise import adamw, noisy_descent
from polygenesis.bench.timing import apart, cores, median_seconds
from polygenesis.bench.toy_models import bottlenecks, transformers, untied
from polygenesis.cli import main
from polygenesis.dynamics import simulate
from polygenesis.dynamics.race.single_feature import euler_single_feature
from polygenesis.dynamics.replicates import THREADS, threads
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.sweeps.cost import estimate_memory
from polygenesis.training import AdamW, GradientFlow

needs_torch = pytest.mark.torch


@pytest.fixture
def one_core(monkeypatch):
    """Worker processes take long to start: one of them where their number does not matter."""
    for module in (headline_module, timing):
        monkeypatch.setattr(module, "cores", lambda: 1)


def row(**changes):
    fields = {"name": "a", "what": "A", "goal": Goal(ratio=5), "how": "at once", "baseline": 20.0, "ours": 2.0}
    return Row(**(fields | changes))


# Goals


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"ours": 4.1}, False),
        ({"baseline": None}, None),
        ({"ours": None}, None),
        ({"complete": False}, False),
        ({"goal": Goal(ratio=5, seconds=1.9)}, False),
        ({"goal": Goal(seconds=2.0), "baseline": None}, True),
        ({"goal": Goal(bytes=100.0), "baseline": None}, False),
        ({"goal": Goal(bytes=100.0), "bytes": 100.0, "baseline": None}, True),
        ({"goal": Goal(bytes=100.0), "bytes": math.nan}, False),
    ],
)
def test_a_goal_is_met_when_all_of_it_is(changes, met):
    assert row(**changes).met is met


def test_a_goal_reads_as_one_would_say_it():
    assert str(Goal(ratio=1000, seconds=75)) == "≥ 1000×, ≤ 75 s"
    assert str(Goal(bytes=8e9)) == "< 8 GB"
    assert str(Goal()) == "none"


# Rows


@needs_torch
def test_a_figure_by_flow_is_compared_with_the_whole_published_training():
    pytest.importorskip("torch")
    found = headline("h", Goal(), strength=0.1, n=4, widths=(8, 16), replicates=4, measured=2)
    steps = [baseline.adamw_step_seconds(4, m, 4, strength=1e-3, steps=3, device="cpu") for m in (8, 16)]
    assert found.baseline == 7500 * sum(steps)
    assert found.ours == pytest.approx(2 * found.details["measured_seconds"])
    assert found.complete
    assert "4 of 4 replicates certified (2 of 4 replicates a width, scaled)" in found.how


def test_without_pytorch_our_side_is_measured_and_the_reason_said(monkeypatch, one_core):
    monkeypatch.setattr(baseline, "torch_is_there", lambda: False)
    for found in (
        headline("h", Goal(), strength=0.1, n=4, widths=(8,), replicates=2, measured=2),
        adamw("a", Goal(), m=8, n=4, replicates=2, steps=3, rounds=1),
        noisy_descent("n", Goal(ratio=50), n=4, m=8, replicates=2, steps=20, repeats=1),
    ):
        assert found.ours > 0
        assert found.baseline is found.ratio is None
        assert "polygenesis[torch]" in found.skipped


@pytest.mark.filterwarnings("ignore:Penalty")
def test_what_does_not_converge_is_not_complete():
    found = headline("h", Goal(seconds=1e9), strength=3.0, n=4, widths=(8,), replicates=2, measured=2)
    assert found.met is False


@needs_torch
def test_steps_are_scaled_to_the_published_run(one_core):
    pytest.importorskip("torch")
    found = adamw("a", Goal(), m=8, n=4, replicates=2, steps=30)
    assert found.ours == pytest.approx(np.median(found.details["our_step_seconds"]) * 7500)
    assert found.baseline == pytest.approx(np.median(found.details["their_step_seconds"]) * 7500)
    assert len(found.details["our_step_seconds"]) == len(found.details["their_step_seconds"]) == 3, "in turns"
    assert "3 turns, warmed up" in found.how
    noisy = noisy_descent("n", Goal(), n=4, m=8, replicates=2, steps=50, theirs=5, repeats=1)
    assert noisy.ratio > 0


@needs_torch
@pytest.mark.parametrize("kind", baseline.KINDS)
def test_every_baseline_takes_the_same_steps(kind):
    """From one start, 20 AdamW steps by every way of writing them agree with the engine's."""
    pytest.importorskip("torch")
    try:
        step = baseline.adamw_step(5, 8, 2, strength=1e-3, kind=kind)
    except baseline.Missing as reason:
        pytest.skip(str(reason))
    start = np.array(step.weights())
    for _ in range(20):
        step.take()
    spec = RunSpec(TiedAutoencoder(n=5, m=8), penalty=L1(1e-3), training=AdamW(steps=20), replicates=2)
    np.testing.assert_allclose(step.weights(), simulate(spec, initial_weights=start).final, atol=2e-6)


def test_a_baseline_that_is_not_there_is_skipped_with_its_reason(monkeypatch, one_core):
    monkeypatch.setitem(sys.modules, "jax", None)
    found = adamw("a", Goal(), m=8, n=4, replicates=2, steps=3, kind="jax", rounds=1)
    assert found.ours > 0
    assert (found.baseline, found.skipped) == (None, "JAX is not installed")
    solved = solver_to_rest("s", Goal(), n=4, m=8, strength=0.1)
    assert solved.baseline is None
    assert solved.skipped in ("jax is not installed", "diffrax is not installed")


def test_the_flow_beside_plain_steps_in_numpy():
    found = euler_to_rest("e", Goal(), n=4, m=8, strength=0.1, steps=10)
    assert found.ratio > 0
    assert "10 of 16,000 steps, scaled" in found.how


def test_a_call_in_a_notebook():
    found = notebook("n", Goal(), n=4, m=8, replicates=2, repeats=1)
    assert found.complete
    assert found.ours > 0


def test_what_holds_numpy_back_is_recorded_and_said(monkeypatch):
    for name in machine.CAPS:
        monkeypatch.delenv(name, raising=False)
    assert machine.capped() == ""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert re.fullmatch(
        r"OPENBLAS_CORETYPE is set: NumPy's products reach \d+% of this core's arithmetic, and PyTorch's do not heed "
        r"them; for figures to publish: env -u OPENBLAS_CORETYPE polygenesis bench\.",
        machine.capped(),
    )
    assert machine.blas()


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_the_loop_of_bare_arithmetic_computes_all_its_sums(rounds):
    """Sum k starts at k and becomes (itself + 1) / 2 a round: none is left out, no round is."""
    sums = np.arange(CHAINS, dtype=float)
    for _ in range(rounds):
        sums = (sums + 1) / 2
    assert run_fused(np.float32(0.5), rounds) == pytest.approx(sums.sum())
    assert machine.peak_fused("float64") > 0


@needs_torch
def test_toy_models_beside_plain_loops(monkeypatch):
    pytest.importorskip("torch")
    whole = bottlenecks("b", Goal(), replicates=2, sparsities=2, batch=8, steps=3, rounds=1)
    assert ("all_cores_ours" in whole.details) == (cores() > 1)
    monkeypatch.setattr(toy_models, "cores", lambda: 1)  # workers take long to start, and one row has had them
    part = untied("u", Goal(), n=4, m=6, replicates=6, steps=3, looped=2)
    for found in (whole, part, transformers("t", Goal(), replicates=2, steps=2, batch=2, size=8, rounds=1)):
        assert found.ratio > 0
        assert len(found.details["ratios"]) in (1, 5)
    assert "all_cores_ours" not in part.details
    assert "33.3% of the networks, scaled" in part.how


def test_without_pytorch_a_toy_model_is_skipped_with_the_reason(monkeypatch):
    monkeypatch.setattr(toy_models, "torch_is_there", lambda: False)
    assert "polygenesis[torch]" in bottlenecks("b", Goal(), replicates=1).skipped
    assert transformers("t", Goal()).met is None


def test_a_race_beside_euler_steps():
    found = race("r", Goal(), m=50, penalty=0.01, end=100.0, theirs=20)
    assert found.ratio > 0
    assert "scaled to 200" in found.how


def test_large_things_run_in_a_process_of_their_own():
    wide = wide_race("w", Goal(bytes=1e12), m=1000, penalty=1e-4)
    assert wide.met
    assert wide.bytes > 1e7
    tall = large("l", Goal(bytes=1e12), n=8, m=64, strength=0.1, alone=True)
    assert tall.met
    assert tall.ratio > 0
    assert tall.details["evaluations"] > 10


def test_peak_memory_is_that_of_the_call():
    small, large = (apart(lambda size: float(np.ones(size).sum()), size) for size in (1, 50_000_000))
    assert large.value == 50_000_000
    assert large.bytes - small.bytes > 3.5e8


@pytest.mark.parametrize("training", [GradientFlow(), AdamW(steps=5)])
def test_predicted_memory_is_near_the_measured_peak(training):
    spec = RunSpec(TiedAutoencoder(n=64, m=65_536), penalty=L1(0.02), training=training, replicates=2)
    measured = apart(simulate, spec).bytes
    assert measured / 2 < estimate_memory(spec) < measured * 2
    assert estimate_memory(spec, replicates=1) < estimate_memory(spec) < estimate_memory(spec.replace(replicates=3))


def test_the_first_result_does_not_wait_for_the_compiler(monkeypatch):
    real, asked = first_use_row._seconds, []

    def seconds(n, m, *, threads):
        asked.append(threads)
        return (60.0, 7) if threads else real(n, m, threads=threads)

    monkeypatch.setattr(first_use_row, "_seconds", seconds)
    found = first_use_row.first_use("f", Goal(seconds=6), n=2, m=4, repeats=1)
    assert asked == ["1", None]
    assert found.baseline == 60
    assert 0 < found.ours < 60
    assert not found.complete  # as it took another number of evaluations than the baseline said


def test_many_small_runs():
    found = many("m", Goal(), n=4, m=8, replicates=100, measured=5)
    assert found.complete
    assert found.ours == pytest.approx(100 / found.details["replicates_a_second"])
    assert 0 < found.details["share_of_peak"] < 1


@pytest.mark.parametrize(
    ("module", "row"),
    [
        (scale, lambda: many("m", Goal(), n=4, m=8, replicates=100, measured=2)),
        (stepwise, lambda: noisy_descent("n", Goal(), n=4, m=8, replicates=2, steps=20, theirs=1, repeats=1)),
    ],
)
def test_rows_about_one_core_use_one(monkeypatch, module, row):
    used = []

    def watched(spec):
        used.append(threads())
        return simulate(spec)

    monkeypatch.setenv(THREADS, "2")
    monkeypatch.setattr(baseline, "torch_is_there", lambda: False)
    monkeypatch.setattr(module, "simulate", watched)
    row()
    assert set(used[-2:]) == {1}


def test_a_gpu_that_is_missing_is_a_reason(monkeypatch):
    monkeypatch.setattr("polygenesis.bench.gpu.reason", lambda device: "There is no CUDA device here.")
    found = gpu("g", Goal(ratio=10))
    assert found.skipped == "There is no CUDA device here."
    assert found.met is None
    assert found.ours is None


@needs_torch
def test_a_figure_on_another_device(monkeypatch):
    monkeypatch.setenv("POLYGENESIS_DEVICE", "cpu")
    found = gpu("g", Goal(ratio=10), device="cpu:0", n=4, widths=(8,), replicates=2, measured=2)
    assert found.complete
    assert found.ratio > 0
    assert found.how.endswith("on cpu:0; ours by flow"), "too small for the device"
    assert os.environ["POLYGENESIS_DEVICE"] == "cpu", "the setting is restored"


# Sides


@needs_torch
def test_the_baseline_takes_our_steps():
    torch = pytest.importorskip("torch")
    spec = RunSpec(TiedAutoencoder(n=6, m=9), penalty=L1(0.02), training=AdamW(steps=50), replicates=3)
    run = simulate(spec)
    model = baseline.autoencoder(6, 9, 3)
    model.weight.data = torch.tensor(run.initial, dtype=torch.float32)
    step = baseline.training_step(model, torch.optim.AdamW(model.parameters(), lr=1e-3), 0.02)
    for _ in range(50):
        step()
    assert np.abs(run.final - run.initial).max() > 0.01
    np.testing.assert_allclose(model.weight.detach().numpy(), run.final, atol=2e-5)


@needs_torch
def test_the_noise_of_the_baseline_is_bipolar():
    torch = pytest.importorskip("torch")
    model = baseline.autoencoder(3, 4000, 2, noise=0.5)
    model.weight.data = torch.zeros_like(model.weight)
    model.weight.data[:, :, 0] = 1.0  # reads the first hidden unit
    seen = torch.stack([model(torch.eye(3)) for _ in range(50)])
    assert sorted(set(seen.detach().flatten().tolist())) == [0.5, 1.5]


def test_the_plain_euler_loop_is_the_papers():
    start = starts(200)
    ours = euler_single_feature(start, penalty=0.01, times=[20.0], step=0.5)
    np.testing.assert_allclose(baseline.euler_loop(start, 0.01, 40), ours.weights, atol=1e-12)


def test_operations_of_one_feature_are_counted_by_hand():
    """One feature on its one neuron is handed over after the first step: 4 operations an evaluation, then 11."""
    spec = RunSpec(TiedAutoencoder(n=1, m=1), penalty=L1(0.1))
    evaluations = simulate(spec).evaluations[0]
    assert operations(spec) == pytest.approx(4 + 11 * (evaluations - 1), abs=11 * 3)


# The machine and the file


def test_the_machine_is_described():
    found = machine.describe()
    assert found["cores"] >= 1
    assert found["peak_flops_float32"] > found["peak_flops_float64"] / 2 > 1e8
    assert found["bandwidth_bytes"] > 1e8
    assert found["versions"]["numpy"] == np.__version__
    json.dumps(found)


def test_results_come_back_from_their_file(tmp_path):
    path = tmp_path / "bench.json"
    write(path, {"cores": 2}, [row(skipped="")])
    found = read(path)
    assert found["machine"] == {"cores": 2}
    assert found["rows"][0]["ratio"] == 10
    assert list(tmp_path.iterdir()) == [path]
    for wrong in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="Cannot read"):
            read(wrong)
    path.write_text('{"schema": 0}')
    with pytest.raises(InputError, match="results of `polygenesis bench`"):
        read(path)


def test_times_are_medians_after_a_first_call():
    times = iter([0.0, 5.0, 10.0, 11.0, 20.0, 22.0])
    calls = []
    assert median_seconds(lambda: calls.append(1), repeats=3, clock=lambda: next(times)) == 2.0
    assert len(calls) == 4


# The command


def test_the_command_prints_a_table_and_writes_json(monkeypatch, capfd, tmp_path):
    monkeypatch.setattr(registry, "ROWS", {"a": row, "b": lambda: row(name="b", ours=None, skipped="No reason.")})
    path = tmp_path / "bench.json"
    assert names() == ["a", "b"]
    monkeypatch.setattr("polygenesis.cli.bench.is_there", lambda module: True)
    assert main(["bench", "--out", str(path)]) == 0
    out, err = capfd.readouterr()
    assert "10×" in out
    assert "≥ 5×" in out
    assert "No reason." in out
    assert err.splitlines() == ["Measuring a.", "Measuring b."]
    assert [each["name"] for each in read(path)["rows"]] == ["a", "b"]
    assert main(["bench", "--only", "b"]) == 0
    assert "10×" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (["--only", "nonesuch"], "Unknown row of the benchmark 'nonesuch'"),
        (["--out", "nowhere/bench.json"], "there is no folder 'nowhere'"),
    ],
)
def test_mistakes_are_one_sentence(tokens, said, capfd):
    assert main(["bench", *tokens]) == 2
    out, err = capfd.readouterr()
    assert not out
    assert said in err
    assert err.count("\n") == 1
