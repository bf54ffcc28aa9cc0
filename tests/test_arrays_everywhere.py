"""Every public function that takes arrays takes them from any library: lists, parameters with a gradient, bfloat16."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

import polygenesis as pg
from polygenesis import detect, plots, probe, stats, theory
from polygenesis.checks import floats, plain_array
from polygenesis.errors import InputError
from polygenesis.probe.battery.counterfactual import counterfactual
from polygenesis.probe.battery.nulls import curveball
from polygenesis.probe.battery.recurrence import recurrence, recurrence_within
from polygenesis.probe.battery.related_starts import related_starts
from polygenesis.probe.battery.start_overlap import start_overlap
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.labels import read_labels
from polygenesis.probe.surgery.moving import move_features
from polygenesis.probe.surgery.relaxing import relax

RNG = np.random.default_rng(0)
W = np.round(RNG.standard_normal((1, 5, 4)) * 4) / 4  # exact in bfloat16
PATH = np.stack([W, W + 0.25, W + 0.5], axis=1)
SHARED = np.array([[[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0]]])
BINARY = [(RNG.random((6, 8)) < 0.4).astype(np.float32) for _ in range(3)]
TIMES = np.array([0.0, 1.0, 2.0])
X = np.round(RNG.standard_normal((60, 4)) * 8) / 8
Y = np.arange(60) % 3
LOSS = probe.one_hot_objective(0.1)


def spec():
    return pg.RunSpec(pg.TiedAutoencoder(n=5, m=4), pg.OneHot(), pg.L1(0.1), training=pg.GradientFlow(max_time=1.0))


TAKES = {
    "pg.census": lambda a: pg.census(a(W)).features_per_neuron,
    "pg.diagnose": lambda a: pg.diagnose(a(X), Y, draws=99).strength,
    "pg.simulate": lambda a: pg.simulate(spec(), initial_weights=a(W)).initial,
    "pg.single_feature": lambda a: pg.single_feature(a(W[0, 0]), penalty=0.1, times=a(TIMES), clock="paper").l1,
    "pg.euler_single_feature": lambda a: pg.euler_single_feature(a(W[0, 0]), penalty=0.1, step=0.1, times=a(TIMES)).l1,
    "detect.census": lambda a: detect.census(a(W[0])).features_per_neuron,
    "detect.census_series": lambda a: detect.census_series(a(PATH))["polysemantic"],
    "detect.capacities": lambda a: detect.capacities(a(W)),
    "detect.feature_dimensionality": lambda a: detect.feature_dimensionality(a(W[0])),
    "detect.collisions": lambda a: detect.collisions(a(W)).first,
    "detect.effective_rank": lambda a: detect.effective_rank(a(W)),
    "detect.encounters": lambda a: detect.encounters(a(PATH), a(TIMES)).begin,
    "detect.follow": lambda a: detect.follow(a(PATH[:, 0]), a(PATH[:, 2]), a(PATH), a(TIMES)).fate,
    "detect.fourth_norm": lambda a: detect.fourth_norm(a(W)),
    "detect.kinds_by_lead": lambda a: detect.kinds_by_lead(a(PATH)),
    "detect.l1_norms": lambda a: detect.l1_norms(a(W)),
    "detect.lead_rates": lambda a: detect.lead_rates(a(W)).rate,
    "detect.leads": lambda a: detect.leads(a(W[0])).neuron,
    "detect.marks": lambda a: detect.marks(a(W[0])),
    "detect.numerical_rank": lambda a: detect.numerical_rank(a(W)),
    "detect.origins": lambda a: detect.origins(a(W), a(W)).rank,
    "detect.overlaps": lambda a: detect.overlaps(a(W)),
    "detect.participation_ratio": lambda a: detect.participation_ratio(a(W)),
    "detect.reconstruction_loss": lambda a: detect.reconstruction_loss(a(W)),
    "detect.row_norms": lambda a: detect.row_norms(a(W)),
    "detect.start_end_correlation": lambda a: detect.start_end_correlation(a(W), a(W)).matrix,
    "detect.survivors": lambda a: detect.survivors(a(W)),
    "detect.threshold_table": lambda a: len(detect.threshold_table(a(W))),
    "battery.curveball": lambda a: curveball(a(BINARY[0]), 2, seed=0),
    "battery.counterfactual": lambda a: (
        counterfactual(a(SHARED), a(SHARED), lambda start: a(start), pairs=1, rng=np.random.default_rng(0)).tried
    ),
    "probe.input_objective": lambda a: probe.input_objective(a(X[:5]), a(np.full(5, 0.25))).name,
    "probe.match": lambda a: probe.match([a(X.copy()), a(X[::-1].copy())]).rows,
    "surgery.move_features": lambda a: move_features(a(SHARED[0]), a(np.array([0])), 2),
    "probe.privileged_basis": lambda a: probe.privileged_basis(a(X)).distance,
    "inputs.read_activations": lambda a: read_activations(a(X)).array(),
    "inputs.read_labels": lambda a: read_labels(a(X), "continuous").present,
    "battery.recurrence": lambda a: recurrence([a(each) for each in BINARY], draws=99).statistic,
    "battery.recurrence_within": lambda a: recurrence_within(a(BINARY[0]), draws=99).statistic,
    "battery.related_starts": lambda a: (
        related_starts([a(X[:6]) for _ in range(2)], [a(each) for each in BINARY[:2]], signed=True, draws=99).cosine
    ),
    "surgery.relax": lambda a: relax(LOSS, a(W[0]), steps=2).value,
    "probe.select": lambda a: probe.select(a(X), Y).effect,
    "probe.selectivity": lambda a: probe.selectivity(a(X), Y).auroc,
    "probe.split_code": lambda a: probe.split_code(a(W)).weights,
    "probe.split_weights": lambda a: probe.split_weights(a(W[0]), a(W[0].T), 1, bias=a(W[0, 0]))[0],
    "battery.start_overlap": lambda a: (
        start_overlap([a(X[:6])], [np.array([[0, 1], [2, 3]])], signed=True, rng=np.random.default_rng(0), draws=9).auc
    ),
    "theory.assignment": lambda a: theory.assignment(a(W)).neuron,
    "theory.leaders": lambda a: theory.leaders(a(W)).neuron,
    "theory.relaxation": lambda a: theory.relaxation(a(W), duration=1.0).weights,
    "theory.hurried_race": lambda a: theory.hurried_race(a(W), penalty=0.1).evaluations.shape,
    "theory.slot_chances": lambda a: theory.slot_chances(a(W), 1.0),
    "theory.fit_sharpness": lambda a: theory.fit_sharpness(a(W), theory.leaders(W)),
    "theory.unlit_features": lambda a: theory.unlit_features(a(W), a(W)),
    "theory.untied_leaders": lambda a: theory.untied_leaders(a(W), a(W)),
    "theory.effective_neurons": lambda a: theory.effective_neurons(a(X)),
    "theory.loss_at_rest": lambda a: theory.loss_at_rest(5, a(W), l1_norm=a(W), penalty=0.1),
    "plots.matrix": lambda a: plots.matrix(a(W[0]), x="", y="", quantity="").values,
    "plots.weights": lambda a: plots.weights(a(W[0]), a(np.arange(4, -1, -1) - 1), {}).height,
    "plots.overlaps": lambda a: plots.overlaps(a(X[:4])).panels[0].values,
    "plots.allocation": lambda a: plots.allocation(a(W[0])).order,
    "plots.series": lambda a: plots.series("a", a(TIMES), a(TIMES), interval=(a(TIMES), a(TIMES))).y,
    "stats.benjamini_hochberg": lambda a: stats.benjamini_hochberg(a(TIMES / 4)),
}
"""Public functions and a call of each: ``a`` turns its arrays into those of another library."""

ELSEWHERE = {
    "pg.diagnose_layers", "pg.diagnose_module", "pg.sweep", "detect.count_kinds", "probe.capture", "probe.diagnose",
    "probe.diagnose_layers",
    "probe.diagnose_module", "probe.split_and_relax", "probe.split_and_relax_module",
    "probe.split_module", "probe.split_neuron",
}  # fmt: skip
"""Those that take modules, specs or results, or that other tests give tensors to."""


def libraries():
    torch = pytest.importorskip("torch")

    def tensor(array):
        return torch.tensor(np.asarray(array))

    def real(array):
        return np.asarray(array).dtype.kind == "f"

    return {
        "lists": lambda array: np.asarray(array).tolist(),
        "parameters": lambda array: torch.nn.Parameter(tensor(array), requires_grad=real(array)),
        "bfloat16": lambda array: torch.nn.Parameter(tensor(array).bfloat16()) if real(array) else tensor(array),
        "lists of parameters": lambda array: [
            torch.nn.Parameter(tensor(each), requires_grad=real(array)) for each in np.asarray(array)
        ],
    }


@pytest.mark.torch
@pytest.mark.parametrize("name", sorted(TAKES))
def test_arrays_of_any_library_give_the_same(name):
    call = TAKES[name]
    expected = np.asarray(call(np.asarray))
    for library, turned in libraries().items():
        if library.startswith("lists of") and name in ("probe.match", "inputs.read_labels"):
            continue  # one array of several would be several
        found = np.asarray(call(turned))
        if expected.dtype.kind in "fiub":
            assert found == pytest.approx(expected, rel=2e-2, abs=2e-2, nan_ok=True), library
        else:
            assert (found == expected).all(), library


def test_every_public_function_of_weights_is_walked():
    """Whatever is annotated to take anything, in the folders of detect, probe and theory of weights."""
    known = set(TAKES) | ELSEWHERE
    for short, module in (("pg", pg), ("detect", detect), ("probe", probe)):
        for name in module.__all__:
            function = getattr(module, name)
            if not inspect.isfunction(function):
                continue
            taken = [each.annotation for each in inspect.signature(function).parameters.values()]
            if any(word in str(each) for each in taken for word in ("Any", "Floats", "Weights", "NDArray")):
                assert f"{short}.{name}" in known, f"{short}.{name} takes arrays and is not walked"


def test_what_holds_no_array_is_one_sentence():
    torch = pytest.importorskip("torch")
    for value in (torch.empty(2, 2, device="meta"), [[1, 2], [3]], np.ma.masked_equal([[1, 2], [3, 4]], 1)):
        with pytest.raises(InputError, match="`weights`") as raised:
            pg.census(value)
        assert "\n" not in str(raised.value)
    with pytest.raises(InputError, match="`x` must be real numbers, but is an array of complex128"):
        floats("x", [1j])
    assert plain_array("x", torch.tensor([[0.0, 2.0]]).to_sparse()).tolist() == [[0, 2]]
    assert plain_array("x", torch.quantize_per_tensor(torch.tensor([1.0]), 0.5, 0, torch.quint8)).tolist() == [1]


def test_there_is_one_place_where_tensors_become_arrays():
    sources = Path(pg.__file__).parent
    for file in sorted((sources / "detect").rglob("*.py")) + sorted((sources / "theory").rglob("*.py")):
        assert "detach(" not in file.read_text(encoding="utf-8"), file
