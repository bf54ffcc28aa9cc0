"""One short function that turns a spec or a run into a page in which to watch it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from polygenesis.arguments import whole
from polygenesis.dynamics.run import Run
from polygenesis.errors import InputError, bad_argument
from polygenesis.models import TiedAutoencoder
from polygenesis.numerals import counted
from polygenesis.report.explorer.data import live_data, replay_data
from polygenesis.report.explorer.live import MOST_FEATURES, MOST_NEURONS, why_not_live
from polygenesis.report.explorer.page import Explorer, page
from polygenesis.report.explorer.repeat import repeated
from polygenesis.spec import RunSpec

STANDARD = RunSpec(TiedAutoencoder(n=24, m=36))
"""What is shown where nothing is asked for: few enough features to follow each, and some neurons shared at the end."""


def explore(
    run_or_spec: Run | RunSpec | None = None, *, replicate: int = 0, path: str | Path | None = None
) -> Explorer:
    """Return one page that shows features choose their neurons, and collisions survive or dissolve.

    A run is replayed from its trajectory; one without a trajectory is computed again with its weights saved on the
    way, which never changes the run, and its final weights must come out the same, bit for bit. A spec that the page
    can simulate (the tied autoencoder on one-hot features with an L1 penalty under gradient flow, a start law of the
    page) opens live, from the very start weights that :func:`polygenesis.simulate` draws; others are simulated here
    and replayed.

    Args:
        run_or_spec: a :class:`polygenesis.Run` or :class:`polygenesis.RunSpec`; without it, 24 features on 36 neurons.
        replicate: which network of the run or spec.
        path: where to write the page as well.

    Raises:
        polygenesis.InputError: for more than 64 features or 256 neurons, for a replicate that is not there, and for a
            run that does not repeat.

    >>> import polygenesis as pg
    >>> pg.explore(pg.RunSpec(pg.TiedAutoencoder(n=8, m=16)))
    Explorer(8 features on 16 neurons, simulated in the page; .open() shows it, .save(path) writes it)
    """
    shown = STANDARD if run_or_spec is None else run_or_spec
    if not isinstance(shown, Run | RunSpec):
        raise bad_argument("run_or_spec", "be a Run or a RunSpec", shown)
    spec = shown.spec if isinstance(shown, Run) else shown
    if why := too_large(shown):
        raise InputError(why)
    count = len(shown.outcome) if isinstance(shown, Run) else spec.replicates
    whole("replicate", replicate, least=0, most=count - 1)
    found = Explorer(*_page(shown, replicate))
    if path is not None:
        found.save(path)
    return found


def _page(shown: Run | RunSpec, replicate: int) -> tuple[str, str]:
    """The page, and what it shows in a few words."""
    if isinstance(shown, RunSpec) and not why_not_live(shown):
        from polygenesis.dynamics.simulate import check
        from polygenesis.dynamics.start import initial

        check(shown)
        start = initial(shown.replace(replicates=replicate + 1))[replicate]
        return page(live_data(shown, np.asarray(start, float), replicate)), f"{_sizes(shown)}, simulated in the page"
    run, place = repeated(shown, replicate)
    data = replay_data(run, place) | {"replicate": replicate}
    frames = len(data["trajectory"]["times"])
    return page(data), f"{_sizes(shown)}, replayed from {frames} saved moments"


def _shape(shown: Run | RunSpec) -> tuple[int, int]:
    """Features and neurons of what the census reads."""
    if isinstance(shown, Run):
        return (int(shown.final.shape[1]), int(shown.final.shape[2]))
    return shown.model.n, shown.model.m


def _sizes(shown: Run | RunSpec) -> str:
    n, m = _shape(shown)
    return f"{counted(n, 'feature')} on {counted(m, 'neuron')}"


def too_large(shown: Run | RunSpec) -> str:
    """Say in a sentence that a network is too large for the page; empty where it is not."""
    n, m = _shape(shown)
    if n <= MOST_FEATURES and m <= MOST_NEURONS:
        return ""
    most = f"n = {MOST_FEATURES} features on m = {MOST_NEURONS} neurons"
    return f"The explorer shows up to {most}, but n = {n} and m = {m}."
