"""One short function that turns activations or weights into a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from polygenesis.ahead import Piece
from polygenesis.detect import Thresholds
from polygenesis.dynamics.replicates import told_one
from polygenesis.errors import signals_raised
from polygenesis.kernels import there
from polygenesis.probe.arguments import Options, check_runs
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.dictionaries.reading import Part
from polygenesis.probe.inputs.holders import check_array
from polygenesis.probe.inputs.labels import LabelKind
from polygenesis.probe.of_activations import diagnose_activations
from polygenesis.probe.of_weights import diagnose_weights
from polygenesis.probe.reading import read
from polygenesis.probe.replaying import record
from polygenesis.probe.selection.selectivity import Measure
from polygenesis.probe.surgery.objective import Objective, Retrain
from polygenesis.progress import stepping


def _ready() -> bool:
    """Whether what the tests ask last is compiled."""
    from polygenesis.probe.selection.bounds import chernoff_bound

    return there(chernoff_bound, (np.zeros(1), 0.0, 0, False))


AFTERWARDS = Piece("battery", "polygenesis.probe.compile_here", (), _ready)
"""What is compiled for the tests while activations are read and features selected: by another process."""


@signals_raised()
def diagnose(
    activations: Any,
    labels: Any = None,
    *,
    runs: Sequence[Any] | None = None,
    initial: Any = None,
    kind: LabelKind | None = None,
    measure: Measure = "auroc",
    threshold: float | None = None,
    alternatives: Sequence[float] | None = None,
    thresholds: Thresholds | None = None,
    objective: Objective | None = None,
    retrain: Retrain | None = None,
    counterfactuals: int = 0,
    splits: int = 10,
    widths: Mapping[int, Sequence[int]] | None = None,
    examples: Sequence[str] | None = None,
    dictionary: Part = "decoder",
    seed: int = 0,
    draws: int = 999,
    negligible: float | None = None,
    progress: Callable[[str], None] | bool | None = None,
) -> Diagnosis:
    """List the polysemantic neurons, and how much sharing was forced, recurs over seeds, and is preferred by the loss.

    With ``labels``, activations are read; without them, weights, a simulated run, or dictionaries.

    Args:
        activations: (samples, neurons) of one trained network, or a list of such arrays, one a seed. Without
            ``labels``: signed weights (n, m) or (R, n, m), features by neurons; a :class:`polygenesis.Run`, which
            brings its start, its own loss and its training along; or folders of sparse autoencoders (SAELens,
            dictionary_learning, sparsify), whose rows are matched. Paths of
            .npy, .npz, .safetensors and .parquet files do for arrays.
        labels: classes, columns of 0 and 1, or concepts (see ``polygenesis.probe.inputs.labels``); a list, one a
            run, where the runs were read on different samples; or a path, also of a .csv file with a header.
        runs: further runs: (activations, labels) pairs, or activations on the same samples. Three seeds in all are the
            fewest that can tell structure from chance; five are better.
        initial: activations of the untrained networks on the same samples, or initial weights, shaped as the others.
        kind: what the labels are, where it is not plain.
        measure: the effect that selects a feature: "auroc", "difference" or "information".
        threshold: from which effect on a neuron carries a feature, besides a false discovery rate of 1 %.
        alternatives: other thresholds to judge at, for the verdict's range; by default six. None are asked with ``()``.
        thresholds: for weights, from where on a weight carries its feature.
        objective: for weights, the loss that they were trained on; a Run brings its own.
        retrain: for weights, a function from initial to final weights.
        counterfactuals: how many pairs to train again from another start.
        splits: how many shared neurons to part and train on.
        widths: width → shared neurons of its runs, for a width sweep.
        examples: names of the samples.
        dictionary: which matrix of a dictionary's folder: its "decoder", to which neurons latents write, or its
            "encoder", which neurons they read.
        seed: the same seed gives the same numbers.
        draws: matrices drawn for each null, 99 at least.
        negligible: for activations, the share of a neuron's standard deviation below which differences from its most
            common level count as ties, and of the layer's below which a neuron far smaller than all others is not live;
            by default .001. 0 counts every difference.
        progress: True shows which test is asked; a function is called with the name of each before it is asked.

    Returns:
        A :class:`Diagnosis`: ``verdict``, the axes ``forced``, ``structured``, ``preferred``, who shares with whom, and
        all evidence.

    Raises:
        polygenesis.InputError: one sentence for each wrong input, naming the argument and the value.

    The definitions are in docs/diagnose.md; recurrence follows Strona et al. (2014) and Besag and Clifford (1989).

    >>> import numpy as np
    >>> present = np.random.default_rng(0).random((400, 3)) < 0.3
    >>> diagnose(present @ np.array([[1, 0], [1, 0], [0, 1]]), present).shared[0].features
    ('0', '1')
    """
    with stepping(progress, "Diagnosing") as say:
        options = Options(
            kind, measure, threshold, alternatives, thresholds, objective, retrain, counterfactuals, splits, widths,
            examples, dictionary, seed, draws, negligible, say,
        )  # fmt: skip
        return _diagnosed(activations, labels, check_runs(runs), initial, options)


def _diagnosed(activations: Any, labels: Any, further: Sequence[Any], initial: Any, options: Options) -> Diagnosis:
    """Diagnose with arguments that are checked, each on its own."""
    check_array("activations", activations)
    check_array("initial", initial)
    for each in further:
        check_array("runs", each[0] if isinstance(each, tuple) and each else each)
    if labels is None:
        options.check_for_weights()
        left_out: dict[str, str] = {}
        found = diagnose_weights(activations, further, initial, options)
        inputs = {"activations": activations, "runs": further, "initial": initial}
    else:
        options.check_for_activations()
        if not told_one():
            AFTERWARDS.early(alone=False)
        given = read(activations, labels, further, initial, options)
        found = diagnose_activations(given, options)
        inputs = {"activations": given.activations, "labels": given.labels, "initial": given.initial}
        left_out = {each.name: each.where for each in given.left_out}
    return replace(found, record=record(inputs, options, left_out))
