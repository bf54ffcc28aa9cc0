"""Diagnosis: which neurons are shared, by which features, why, and what was not asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from polygenesis.arrays import Booleans, Floats
from polygenesis.detect import Census
from polygenesis.errors import StoreError, Suggesting, unknown_name
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.probe.judging.advice import advice
from polygenesis.probe.judging.axes import Axes
from polygenesis.probe.judging.sharing import PairTable, SharedNeuron, SharedPair
from polygenesis.probe.judging.verdict import Verdict
from polygenesis.probe.selection.selectivity import Selectivity
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.split_and_relax import Split
from polygenesis.stats import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Chart

Table = Literal["neuron", "pairs", "test", "threshold"]


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Suggesting):
    """The shared neurons, the evidence for why they are shared, and what was missing.

    ``source``: "weights" or "activations". ``names``: of the n features. ``verdict``: the origin with its sentences.
    ``axes``: forced, structured and preferred share. ``census``: counts of all runs (for activations, of selections).
    ``strength`` (R, n, m): weights, or effects from −1 to 1. ``shared``: the shared neurons of all runs, of each run
    those that carry most first. ``measure``: what strengths are. ``sensitivity``: a row for each threshold. ``record``:
    what makes it replay. ``reading``: how the input was read, where it could have been meant otherwise. ``findings``:
    what each test of the battery found. ``pair_table``: all pairs that share, as arrays. ``splits``: neurons that were
    split, with what the loss made of it. ``selectivity``: effects of all neurons and features, one a run, of
    activations. ``notes``: what was noticed while the input was read. Prints as a table; :meth:`to_html` writes a page,
    :meth:`save` a folder that :func:`polygenesis.load` reads.
    """

    source: Literal["weights", "activations"]
    names: tuple[str, ...]
    verdict: Verdict
    axes: Axes
    findings: Findings
    census: Census
    strength: Floats
    shared: tuple[SharedNeuron, ...]
    pair_table: PairTable
    splits: tuple[tuple[int, Split | ModuleSplit], ...] = ()
    selectivity: tuple[Selectivity, ...] = ()
    notes: tuple[str, ...] = ()
    sensitivity: tuple[dict[str, Any], ...] = field(default=())
    measure: str = "weight"
    record: dict[str, Any] = field(default_factory=dict)
    reading: str = ""

    @property
    def forced(self) -> Estimate | Missing:
        """The share of the excess Σ(c_k − 1)₊ that numbers alone force: a lower bound."""
        return self.axes.forced

    @property
    def structured(self) -> Estimate | Missing:
        """The share of the co-selections that come back with every seed beyond chance, or why it is not known."""
        return self.axes.structured

    @property
    def preferred(self) -> Estimate | Missing:
        """The share of the parted neurons where the loss prefers the sharing, or why it is not known."""
        return self.axes.preferred

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What each test found, in order of evidence."""
        return self.findings.evidence

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What could not be asked, why, and what to supply."""
        return self.findings.missing

    @property
    def carried(self) -> Booleans:
        """Which neuron carries which feature, (R, n, m)."""
        return self.census.carried

    @cached_property
    def pairs(self) -> tuple[SharedPair, ...]:
        """The pairs that share a neuron in some run, most significant first."""
        return self.pair_table.rows(self.names)

    def advice(self) -> tuple[str, ...]:
        """Say for shared neurons whose sharing is not needed how to undo it, those that carry most first.

        Kin are never parted. Of weights, the neurons that were split and trained on, with their losses.
        """
        return advice(self)

    def to_dataframe(self, per: Table = "neuron") -> pd.DataFrame:
        """Return a pandas table with one row per shared neuron and feature, pair, test, or threshold.

        Args:
            per: "neuron" (what each shared neuron carries), "pairs" (those that share in some run), "test" (what each
                found) or "threshold" (how the counts depend on it).

        Raises:
            polygenesis.InputError: for another name.
        """
        from polygenesis.probe.show import tables

        known = {
            "neuron": tables.neuron_table,
            "pairs": tables.pair_table,
            "test": tables.test_table,
            "threshold": tables.threshold_table,
        }
        if per not in known:
            raise unknown_name("table", per, known)
        return known[per](self)

    def plot(self, which: Literal["map", "pairs"] = "pairs") -> Chart:
        """Return a figure of what is shared.

        Args:
            which: "map", the neurons and features of each run, or "pairs", those that share by run, beside chance.

        Raises:
            polygenesis.InputError: for another name, and where there is nothing to draw.
        """
        from polygenesis.probe.show.figures import figure

        return figure(self, which)

    def to_html(self, path: str | Path | None = None, *, title: str | None = None) -> str:
        """Return the diagnosis as one self-contained HTML page.

        Args:
            path: of a file to write the page to as well, in a folder that is there.
            title: what was diagnosed, for the reader.

        Raises:
            polygenesis.StoreError: for a path that cannot be written.
        """
        from polygenesis.files import is_folder, write
        from polygenesis.probe.show.page import page

        text = page(self, title)
        if path is not None:
            file = Path(path)
            if not is_folder(file.parent):
                raise StoreError(f"Cannot write {str(path)!r}: there is no folder {str(file.parent)!r}.")
            write(file, text.encode("utf-8"))
        return text

    def save(self, folder: str | Path) -> Path:
        """Write the diagnosis as a folder that :func:`polygenesis.load` reads, and return its path.

        Args:
            folder: a path where there is nothing, an empty folder, or an older diagnosis, which is replaced.

        Raises:
            polygenesis.StoreError: for a folder that holds anything else, which stays as it is, and for a disk that is
                full or read-only.
        """
        from polygenesis.probe.keeping.encoding import reachable
        from polygenesis.probe.keeping.storing import write

        return write(self, folder, reachable(type(self)))

    def __repr__(self) -> str:
        from polygenesis.probe.show.text import text

        return text(self)

    def _repr_html_(self) -> str:
        from polygenesis.probe.show.page import body

        return body(self)
