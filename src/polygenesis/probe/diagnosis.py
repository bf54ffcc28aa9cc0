"""Diagnosis: which neurons are shared, by which features, why, and what was not asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from polygenesis.arrays import Booleans, Floats
from polygenesis.detect import Census
from polygenesis.errors import StoreError, unknown_name
from polygenesis.probe.battery.judging import Findings
from polygenesis.probe.evidence import Evidence, Missing, Verdict
from polygenesis.probe.selection.selectivity import Selectivity
from polygenesis.probe.surgery.split_and_relax import Split

if TYPE_CHECKING:
    import pandas as pd

ADVISED = 5
"""Neurons of activations of which it is said how to split them; all others go the same way."""


@dataclass(frozen=True)
class SharedNeuron:
    """One neuron that two or more features share: its run, features by name, their strengths, and top samples.

    ``strengths``: signed weights, or the effects by which the features were selected. ``examples``: the samples
    with its highest activations, highest first; empty for weights. ``told``: which of them have one of the features.
    ``mixed``: whether two of the features share no more neurons than by chance; None where no pair was found to.
    """

    run: int
    neuron: int
    features: tuple[str, ...]
    strengths: tuple[float, ...]
    examples: tuple[str, ...] = ()
    told: tuple[bool, ...] = ()
    mixed: bool | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis:
    """Which neurons are shared, why as far as the evidence goes, and what was missing.

    ``source``: "weights" or "activations". ``census``: counts of all runs (for activations, of selections).
    ``selectivity``: one a run, empty for weights. ``strength`` (n, m): weights or effects of the first run.
    ``shared``: the shared neurons of all runs, of each run those that carry most first. ``measure``: what their
    strengths are. ``sensitivity``: a row for each threshold. Prints as a table; :meth:`to_html` writes a page.
    """

    source: Literal["weights", "activations"]
    census: Census
    names: tuple[str, ...]
    strength: Floats
    shared: tuple[SharedNeuron, ...]
    findings: Findings
    selectivity: tuple[Selectivity, ...] = ()
    notes: tuple[str, ...] = ()
    sensitivity: tuple[dict[str, float], ...] = field(default=())
    measure: str = "weight"

    @property
    def verdict(self) -> Verdict:
        """Why features share neurons, with its mix, the tests that it rests on, and its cautions."""
        return self.findings.verdict

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What each test found, in order of evidence."""
        return self.findings.evidence

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What could not be asked, why, and what to supply."""
        return self.findings.missing

    @property
    def splits(self) -> tuple[tuple[int, Split], ...]:
        """The shared neurons that were split and trained on, as (run, split)."""
        return self.findings.splits

    @property
    def carried(self) -> Booleans:
        """Which neuron carries which feature, (R, n, m)."""
        return self.census.carried

    def advice(self) -> tuple[str, ...]:
        """Say for each neuron whose sharing was not needed how to undo it: split exactly, the loss before and after.

        Of activations, the neurons that carry most and mix features which nothing but chance brings together.
        """
        from polygenesis.probe.evidence import Origin
        from polygenesis.probe.surgery.split_and_relax import Preference

        if self.source == "activations":
            chance = self.verdict.origin is Origin.INCIDENTAL
            loose = [each for each in self.shared if each.mixed or (chance and each.mixed is None)]
            return tuple(
                f"Run {each.run}, neuron {each.neuron}: part {', '.join(each.features[:-1])} and {each.features[-1]} "
                "with `split_neuron`, which leaves what the network computes as it is and gives each its own gradient."
                for each in loose[:ADVISED]
            )
        return tuple(
            f"Run {run}, neuron {each.neuron}: move {', '.join(self.names[i] for i in each.moved)} to "
            f"{'a new neuron' if each.grown else f'neuron {each.to}'} with `move_features`; the objective goes from "
            f"{each.before:.6g} to {each.exact:.6g} at once, and to {each.split:.6g} with training "
            f"({each.control:.6g} without the split)."
            for run, each in self.splits
            if each.preference is not Preference.PREFERRED
        )

    def to_dataframe(self, per: Literal["neuron", "test", "threshold"] = "neuron") -> pd.DataFrame:
        """Return a pandas table with one row per shared neuron, test (missing ones included), or threshold."""
        from polygenesis.probe.show import text as views

        tables = {"neuron": views.neuron_table, "test": views.test_table, "threshold": views.threshold_table}
        if per not in tables:
            raise unknown_name("table", per, tables)
        return tables[per](self)

    def to_html(self, path: str | Path | None = None, *, title: str | None = None) -> str:
        """Return the diagnosis as one self-contained HTML page, and write it to ``path`` if given.

        ``title``: what was diagnosed, for the reader. Raises :class:`polygenesis.StoreError` for a path that cannot
        be written.
        """
        from polygenesis.probe.show.page import page

        text = page(self, title)
        if path is not None:
            try:
                Path(path).write_text(text, encoding="utf-8")
            except OSError as error:
                raise StoreError(f"Cannot write {str(path)!r}: {error.strerror}.") from None
        return text

    def __repr__(self) -> str:
        from polygenesis.probe.show.text import text

        return text(self)

    def _repr_html_(self) -> str:
        from polygenesis.probe.show.page import body

        return body(self)
