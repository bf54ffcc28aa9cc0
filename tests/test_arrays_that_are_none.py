"""Masked, complex, ragged and textual arrays in whatever takes arrays: one sentence, never a number that was masked."""

from __future__ import annotations

import numpy as np
import pytest

import polygenesis as pg
from polygenesis import plots, stats, theory
from polygenesis.detect import follow
from polygenesis.errors import InputError

SPEC = pg.RunSpec(pg.TiedAutoencoder(n=2, m=3), training=pg.GradientFlow(max_time=1.0))
TAKES = {
    "weights": {
        "census": pg.census,
        "simulate": lambda w: pg.simulate(SPEC, initial_weights=w),
        "allocation": lambda w: plots.allocation(w[0]),
        "matrix": lambda w: plots.matrix(w[0], x="x", y="y", quantity="q"),
        "start and end": lambda w: plots.start_end(w[0][:, :2]),
        "owners": lambda w: plots.weights(w[0], [0, 1], {}),
        "neuron map": lambda w: plots.neuron_map([w[0]], ["a", "b"], [[0, 1, 2]]),
        "fates": lambda w: follow(w, w),
        "leaky loss": lambda w: theory.leaky_loss(w, 0.1),
        "slots": lambda w: theory.shared_chances(w[:, None]),
        "unlit": lambda w: theory.unlit_features(w, w),
        "mode": lambda w: theory.growing_mode(w, w),
        "effective neurons": theory.effective_neurons,
    },
    "numbers": {
        "times of a race": lambda x: pg.single_feature([0.3, 0.1], penalty=1e-3, times=x),
        "weights of a race": lambda x: pg.single_feature(x, penalty=1e-3),
        "x of a series": lambda x: plots.series("a", x, [1.0, 2.0, 3.0]),
        "y of a series": lambda x: plots.series("a", [1.0, 2.0, 3.0], x),
        "interval": lambda x: plots.series("a", [1.0, 2.0, 3.0], [0.1, 0.2, 0.3], interval=(x, [1.0] * 3)),
        "power law": lambda x: plots.power_law(x, 2.0, through=(1.0, 1.0)),
        "counts of kinds": lambda x: plots.collisions([1, 2, 3], {"benign": x}),
        "mean": lambda x: stats.mean(x),
        "p-values": stats.benjamini_hochberg,
        "p-values of Holm": stats.holm,
        "density": lambda x: theory.overlap_density(x, 3),
        "pull": theory.cooccurrence_pull,
    },
}
GIVEN = {"weights": np.array([[[0.9, 0.1, 0.2], [-0.8, 0.1, 0.3]]]), "numbers": np.array([0.1, 0.2, 0.3])}


def spoiled(kind):
    """The same array in other kinds that are no array of numbers."""
    array = GIVEN[kind]
    yield "masked", np.ma.MaskedArray(array, mask=array == 0.1)
    yield "complex", array + 1j
    yield "texts", array.astype(str)
    yield "dates", array.astype("M8[s]")


@pytest.mark.parametrize(("kind", "what"), [(kind, what) for kind, takes in TAKES.items() for what in takes])
def test_what_is_no_array_of_numbers_is_one_sentence(kind, what):
    take = TAKES[kind][what]
    take(GIVEN[kind])
    take(np.ma.MaskedArray(GIVEN[kind], mask=False))
    for name, value in spoiled(kind):
        with pytest.raises(InputError) as heard:
            take(value)
        assert "\n" not in str(heard.value), name
        assert name != "masked" or "masked" in str(heard.value)
