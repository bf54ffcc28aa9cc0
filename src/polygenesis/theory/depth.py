"""Winner-take-all behind a hidden ReLU and a softmax (docs/theory.md, Depth 1 to 3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction


def growing_mode(readout: Any, difference: Any) -> Floats:
    """The growing mode of each neuron and class at initialization, shaped like both arguments (Depth 1).

    ``readout`` V (…, classes, neurons); ``difference`` d, alike: mean activation on the class less that on
    all inputs. Each grows at a rate set by the other, so that what grows is their sum, each in its own spread.

    Args:
        readout: V, (…, classes, neurons).
        difference: d, shaped alike.
    """
    v, d = floats("readout", readout), floats("difference", difference)
    if v.shape != d.shape or v.ndim < 2:
        raise bad_argument("difference", f"have the shape of `readout`, {v.shape}", f"shape {d.shape}")
    return _scaled(v) + _scaled(d)


def shared_by_chance(neurons: int, per_class: Any) -> Prediction:
    """Neurons that two or more classes select when each class picks its neurons at random (Depth 2).

    ``per_class`` (…, classes): how many neurons each class has, r_c ≤ ``neurons``. Returns the mean
    m [1 − Π(1 − p_c) − Σ_c p_c Π_{c'≠c}(1 − p_c')], p_c = r_c/m, shaped (…,).

    Args:
        neurons: m, the number of neurons.
        per_class: r_c, (…, classes): how many neurons each class selects.
    """
    arguments.whole("neurons", neurons)
    share = floats("per_class", per_class) / neurons
    if not ((share >= 0) & (share <= 1)).all():
        raise bad_argument("per_class", f"lie between 0 and {neurons} neurons", float(share.max() * neurons))
    none, one = np.ones(share.shape[:-1]), np.zeros(share.shape[:-1])
    for c in range(share.shape[-1]):
        p = share[..., c]
        none, one = none * (1 - p), one * (1 - p) + none * p
    return Prediction(
        neurons * (1 - none - one), regime="Classes choose neurons independently.", source="docs/theory.md, Depth 2"
    )


def effective_neurons(contributions: Any) -> Floats:
    """The effective number of neurons of each row of contributions, (Σ|M|)²/ΣM², without the last axis (Depth 3).

    In the tied model M_ik = W_ik², and this is the participation ratio of row i. NaN for a row of zeros.

    Args:
        contributions: M, (…, m).
    """
    size = np.abs(floats("contributions", contributions))
    total, squares = size.sum(axis=-1), (size**2).sum(axis=-1)
    return np.asarray(np.divide(total**2, squares, out=np.full(total.shape, np.nan), where=squares > 0))


def _scaled(values: Floats) -> Floats:
    spread = values.std(axis=-1, keepdims=True)
    return np.asarray((values - values.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1.0))
