"""The flow whose dense part runs in PyTorch: the steps of the dense engine, on any device."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis import detect
from polygenesis.dynamics import simulate
from polygenesis.dynamics.devices import DEVICE
from polygenesis.dynamics.flow import elementwise, elementwise_arrays
from polygenesis.dynamics.flow.dense import Dense
from polygenesis.dynamics.flow.dense_torch import TorchDense
from polygenesis.dynamics.simulate import check
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec

pytestmark = pytest.mark.torch
LARGE = RunSpec(TiedAutoencoder(n=64, m=256), penalty=L1(0.05), replicates=2, precision="float32")


def test_passes_are_those_of_the_compiled_engine() -> None:
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(3)
    arrays = [generator.standard_normal((7, 5)) * (generator.random((7, 5)) < 0.8) for _ in range(7)]
    calls = {
        "extrapolate": ((0, 1, 2, 3), (0.1, 0.02, 0.01)),
        "first_stage": ((0, 1, 2, 3, 4), (0.3, 0.02)),
        "stage": ((0, 1, 2, 3, 4, 5), (np.array([1.2, -0.4, 0.2, 0.15, -0.05]), 0.03)),
        "compare": ((0, 1, 3, 4, 5, 6), (np.array([0.8, 0.28, 0.028, 0.05]), 0, 5)),
        "correct": ((0, 1, 2, 3, 4, 5, 6), (np.array([0.7, 0.3, 0.1, 0.2, 0.035, 0.05]), 0, 5)),
    }
    for name, (which, numbers) in calls.items():
        ours, theirs = [arrays[a].copy() for a in which], [torch.from_numpy(arrays[a].copy()) for a in which]
        found = getattr(elementwise, name)(*ours, *numbers), getattr(elementwise_arrays, name)(*theirs, *numbers)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=1e-14, err_msg=name)
        if found[0] is not None:
            np.testing.assert_allclose(found[0], found[1], atol=1e-13, err_msg=name)
    assert elementwise_arrays.count(torch.from_numpy(arrays[0])) == elementwise.count(arrays[0])


@pytest.mark.parametrize("strength", [0.016, 0.0])
@pytest.mark.parametrize("some", [False, True])
def test_steps_are_those_of_the_dense_engine(strength: float, some: bool) -> None:
    generator = np.random.default_rng(10)
    start = generator.standard_normal((12, 20)) / 20**0.5
    pairs = generator.random((12, 12)) < 0.7
    penalty = L1(strength) if strength else NoPenalty()
    spec = RunSpec(TiedAutoencoder(n=12, m=20), penalty=penalty, precision="float64")
    ends = []
    for kind in (Dense, TorchDense):
        dense = kind(start, spec, np.inf, kept=pairs | pairs.T if some else None)
        for pause in (0.5, 3.0, 30.0):
            assert dense.advance(pause) == 0
        ends.append((dense.evaluations, dense.staged, dense.time, dense.step, dense.peek(30.0)))
    assert ends[0][:2] == ends[1][:2]
    for one, other in zip(ends[0][2:], ends[1][2:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def test_the_device_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large networks use the device that is named; small ones and the CPU do not."""
    small = RunSpec(TiedAutoencoder(n=8, m=12), penalty=L1(0.1))
    assert simulate(LARGE).engine == "flow"
    monkeypatch.setenv(DEVICE, "cpu:0")
    run = simulate(LARGE)
    assert run.engine == "flow-torch"
    assert simulate(small).engine == "flow"
    monkeypatch.setenv(DEVICE, "abacus")
    with pytest.raises(InputError, match="POLYGENESIS_DEVICE must be a PyTorch device such as cpu or cuda"):
        check(LARGE)
    assert simulate(small).engine == "flow", "what does not use the device does not need it"


def test_bits_do_not_depend_on_other_replicates() -> None:
    save = Save(times=(2.0, 20.0), weights=True)
    both = simulate(LARGE.replace(save=save), engine="flow-torch")
    one = simulate(LARGE.replace(save=save, replicates=1), engine="flow-torch")
    np.testing.assert_array_equal(both.final[0], one.final[0])
    np.testing.assert_array_equal(both.trajectory[0], one.trajectory[0])
    assert both.evaluations[0] == one.evaluations[0]


def test_a_gpu_picks_the_winners_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    if not pytest.importorskip("torch").cuda.is_available():
        pytest.skip("needs a CUDA device")
    cpu = detect.census(simulate(LARGE).final)
    monkeypatch.setenv(DEVICE, "cuda")
    run, again = simulate(LARGE), simulate(LARGE)
    assert run.engine == "flow-torch on cuda"
    np.testing.assert_array_equal(run.final, again.final)
    gpu = detect.census(run.final)
    assert ((gpu.neuron == cpu.neuron) & (gpu.sign == cpu.sign)).mean() >= 0.97
