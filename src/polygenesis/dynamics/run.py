"""What a simulation returns: the run, which takes its own census, draws itself, and writes itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polygenesis.arguments import whole
from polygenesis.arrays import Floats, Weights
from polygenesis.dynamics.outcome import Certificate, Outcome
from polygenesis.errors import Suggesting, unknown_name
from polygenesis.models import TiedAutoencoder
from polygenesis.numerals import counted
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.detect import Census
    from polygenesis.dynamics.autograd.evaluate import Evaluation
    from polygenesis.plots import Chart


@dataclass(frozen=True, eq=False)
class Run(Suggesting):
    """One simulated spec: initial and final weights, how each replicate ended, and what was saved during training.

    ``initial``, ``final``: (r, n, m). ``outcome``: one :class:`Outcome` a replicate. ``end_time``: (r,) in the loss's
    clock. ``times``: (T,) saved times; ``series``: name → (r, T); ``trajectory``: (r, T, n, m) or None. A replicate at
    rest keeps its last weights at all later times; after one has diverged or stalled everything saved is NaN.
    ``parameters``, ``initial_parameters``: all parameters by name, (r, …) each; ``initial``, ``final`` and
    ``trajectory`` are the matrix (features, neurons) that the census reads by default (``spec.model.readings``).
    ``certificate``: the evidence for convergence, of gradient flow of the paper's model; None for other runs.
    ``engine`` names what computed it, ``evaluations`` (r,) how often the gradient was evaluated.

    >>> import polygenesis as pg
    >>> run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=4, m=8), save=pg.Save(times=5, weights=True)))
    >>> run.trajectory.shape, run.converged.tolist()
    ((1, 5, 4, 8), [True])
    """

    spec: RunSpec
    initial: Weights
    final: Weights
    outcome: tuple[Outcome, ...]
    end_time: Floats
    evaluations: np.ndarray[tuple[int], np.dtype[np.int64]]
    engine: str
    certificate: Certificate | None = None
    times: Floats = field(default_factory=lambda: np.zeros(0))
    series: dict[str, Floats] = field(default_factory=dict)
    trajectory: Weights | None = None
    parameters: dict[str, Floats] = field(default_factory=dict)
    initial_parameters: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The tied autoencoder has one parameter, its weights."""
        if not self.parameters and isinstance(self.spec.model, TiedAutoencoder):
            object.__setattr__(self, "parameters", {"weights": self.final})
            object.__setattr__(self, "initial_parameters", {"weights": self.initial})

    def read(self, reading: str, *, initial: bool = False) -> Weights:
        """Return a matrix (r, features, m) that the census can read.

        Args:
            reading: its name in ``spec.model.readings``.
            initial: whether to read the matrix at the start; by default at the end.

        Raises:
            polygenesis.InputError: for a name that the model does not have.
        """
        self.reading(reading)
        found = self.spec.model.read(self.initial_parameters if initial else self.parameters, reading)
        return np.ascontiguousarray(found)

    def census(self, reading: str | None = None, **options: Any) -> Census:
        """Take the census of one reading.

        Args:
            reading: a matrix by its name in ``spec.model.readings``; by default the first.
            **options: ``thresholds``, as :func:`polygenesis.census` takes them.

        Raises:
            polygenesis.InputError: for a name that the model does not have, and where nothing in the spec singles out
                the neurons (``dynamics/privileged_basis.py``).
        """
        from polygenesis.detect import census
        from polygenesis.dynamics.privileged_basis import require_neurons

        require_neurons(self.spec)
        matrix = self.final if reading is None else self.read(reading)
        return census(matrix, read=self.reading(reading), **options)

    def reading(self, name: str | None = None) -> str:
        """Say which matrix a reading is, and why a census would read it.

        Args:
            name: one of ``spec.model.readings``; by default the first.

        Raises:
            polygenesis.InputError: for a name that the model does not have.
        """
        known = {each.name: each for each in self.spec.model.readings}
        if name is not None and name not in known:
            raise unknown_name(f"reading of {self.spec.model.kind}", name, list(known))
        each = next(iter(known.values())) if name is None else known[name]
        return f"{each.name}: {each.why}"

    def plot(
        self, which: Literal["weights", "race", "collisions"] = "weights", *, replicate: int = 0, **options: Any
    ) -> Chart:
        """Return a figure of one replicate: a value that a notebook shows; ``.draw()`` and ``.interactive()`` make it.

        Times are in the loss's clock.

        Args:
            which: ``"weights"``: W at the end as a matrix sorted by owner, with marks for shared (benign, malign) and
                undecided neurons. ``"race"``: all |W_ik| of one feature over time, which needs
                ``save=pg.Save(times=200, weights=True)`` in the spec, or ``exact=True``. ``"collisions"``: how many
                neurons are shared over time, or at the start and at the end where no trajectory was saved.
            replicate: its number, from 0.
            **options: of "weights" ``start=True`` (W at the start) and ``reading`` (a matrix by its name in
                ``spec.model.readings``). Of "race" ``feature`` (its number from 0; by default the first whose winner
                did not lead at the start) and ``exact=True`` (the race without interference). Of "collisions"
                ``reading``.

        Raises:
            polygenesis.InputError: for an unknown figure or option, with the known ones, for a race without its
                trajectory, and where nothing singles out the neurons.

        >>> from polygenesis.models import TiedAutoencoder
        >>> from polygenesis.dynamics import simulate
        >>> simulate(RunSpec(TiedAutoencoder(n=4, m=4))).plot("weights").panels[0].y
        'feature'
        """
        from polygenesis.dynamics.show.figures import figure

        return figure(self, which, replicate, **options)

    def to_dataframe(self, per: Literal["replicate", "neuron", "feature", "collision"] = "replicate") -> pd.DataFrame:
        """Return a pandas table with one row per replicate, neuron, feature, or collision at the start.

        Args:
            per: ``"replicate"``: n, m, outcome, end_time (loss's clock), evaluations and the counts of the census, as
                in a sweep's table. ``"neuron"``: state, kind (benign, malign, …) and features. ``"feature"``: neuron
                and sign at the start and at the end. ``"collision"``: the two features, their signs and their fate.

        Raises:
            polygenesis.InputError: for another name, and for neurons that mean nothing or are not finite; in the table
                of replicates the counts of these are missing instead.
        """
        from polygenesis.dynamics.show.tables import to_dataframe

        return to_dataframe(self, per)

    @property
    def key(self) -> str:
        """The name of this run's folder in a store.

        That of its spec or, where initial weights were given, one of the spec and of those.
        """
        from polygenesis.dynamics.keeping.record import key_of

        return key_of(self)

    def save(self, folder: str | Path) -> Path:
        """Write the run as a folder that :func:`polygenesis.load` reads, and return its path.

        The folder holds spec.json, result.json and arrays.safetensors, as a store's do: named by the run's ``key`` it
        can be put into a store (``run.save(Path("results/runs") / run.key)``). An older run that is there is replaced.

        Args:
            folder: a path where there is nothing, an empty folder, or an older run.

        Raises:
            polygenesis.StoreError: for a folder that holds anything else, which stays as it is, and for a disk that is
                full or read-only.
        """
        from polygenesis.dynamics.keeping.writing import save

        return save(self, folder)

    def evaluate(self, features: Any = None) -> Evaluation:
        """Return the loss, the penalty and the accuracy of every replicate, (r,) each; needs PyTorch.

        Expectations over at most 4,096 inputs are exact. Otherwise they are means over 4,096 inputs that are drawn, the
        same for all replicates, so that each loss differs from the expectation by their sampling error.

        Args:
            features: what to evaluate on instead of what it was trained on, such as ``Digits(held_out=True)``. Where
                training saw ``samples`` that were drawn, this is the distribution they were drawn from.

        Raises:
            polygenesis.InputError: for features that do not fit the model.
        """
        from polygenesis.dynamics.autograd.evaluate import evaluate

        return evaluate(self.spec, self.parameters, features=features)

    def activations(self, inputs: Any) -> tuple[Floats, ...]:
        """Return each hidden layer's activations, (r, b, m), without noise; needs PyTorch.

        Args:
            inputs: (b, n), the same for all replicates; at least 2 for batch normalization.

        Raises:
            polygenesis.InputError: for other shapes, and for numbers that are not finite.
        """
        from polygenesis.dynamics.autograd.evaluate import activations

        return activations(self.spec, self.parameters, inputs)

    def network(self, replicate: int = 0) -> Any:
        """Return one trained network as a plain ``torch.nn.Module`` with named layers; needs PyTorch.

        Args:
            replicate: its number, from 0.

        Raises:
            polygenesis.InputError: for a replicate that is not there.
        """
        from polygenesis.dynamics.autograd.network import network

        whole("replicate", replicate, least=0, most=len(self.outcome) - 1)
        return network(self.spec, {name: values[replicate] for name, values in self.parameters.items()})

    @property
    def converged(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which replicates are certified converged or at rest, (r,)."""
        return np.array([each in (Outcome.CONVERGED, Outcome.AT_REST) for each in self.outcome])

    def __repr__(self) -> str:
        """Say what ran and how it ended."""
        r, n, m = self.final.shape
        ends = ", ".join(f"{count} {outcome.name.lower()}" for outcome, count in Counter(self.outcome).items())
        return f"Run(n={n}, m={m}, {counted(r, 'replicate')}: {ends}; engine={self.engine}, key={self.spec.key[:12]})"

    def _repr_html_(self) -> str:
        from polygenesis.dynamics.show.notebook import run_html

        return run_html(self)
