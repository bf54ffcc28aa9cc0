"""Gradient flow of many networks as one program, each with features of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.autograd.batches import as_feed, exact, loss_scale
from polygenesis.dynamics.autograd.flow import Flow
from polygenesis.dynamics.devices import device, steady, torch
from polygenesis.dynamics.limits import time_limit
from polygenesis.errors import bad_argument
from polygenesis.features import Features
from polygenesis.spec import RunSpec


def flow_together(spec: RunSpec, features: Sequence[Features], weights: Floats) -> Floats:
    """Train networks by gradient flow, network k on ``features[k]``; return the final weights, shaped (k, n, m).

    For tied autoencoders and features whose expectation is a sum over the same inputs. What ends a network is its own:
    its weights are those of ``simulate`` with its features up to rounding. ``spec`` gives everything else. Raises
    :class:`polygenesis.InputError` for features without an exact sum.
    """
    batches = [exact(spec.replace(features=each)) for each in features]
    whole = [each for each in batches if each is not None]
    sums = [each.probabilities for each in whole if each.probabilities is not None]
    if len(sums) < len(batches) or any(not np.array_equal(each.inputs, whole[0].inputs) for each in whole):
        raise bad_argument("features", "have exact expectations over the same inputs", features)
    dtype, place = getattr(torch(), str(weights.dtype)), device()
    scales = [loss_scale(spec.replace(features=each)) for each in features]
    shares = np.stack([scale * each for scale, each in zip(scales, sums, strict=True)])
    feed = as_feed(spec.replace(features=features[0]), whole[:1], dtype, place).weighted(
        torch().as_tensor(shares, dtype=dtype, device=place)[..., None]
    )
    parameters = {"weights": torch().tensor(weights, dtype=dtype, device=place)}
    flow = Flow(spec.replace(features=features[0]), parameters, feed, time_limit(spec), len(weights))
    with steady():
        flow.run(np.zeros(0), lambda *_: None)
    return np.asarray(flow.parameters["weights"].cpu().numpy())
