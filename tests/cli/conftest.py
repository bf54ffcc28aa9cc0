import sys
import types

import pandas as pd
import pytest

from polygenesis import plots
from polygenesis.detect import census
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import registry
from polygenesis.studies.base import Examined, Illustration, Study
from polygenesis.studies.claim import Claim, read
from polygenesis.studies.evidence import Exact
from polygenesis.studies.margin import Margin


class Toy(Study):
    """A study of two tiny runs."""

    name = "toy"
    title = "A toy"
    question = "Does a toy run?"

    claims = (
        Claim(
            "A toy runs.",
            "arXiv:2312.03096",
            Margin.above("Mean count", 0),
            "any",
            "It ran.",
            lambda _: read(Exact(1.0)),
        ),
    )

    def plan(self, profile):
        replicates = {"quick": 1, "standard": 2, "thorough": 3}[profile]
        model = TiedAutoencoder(n=4, m=8)
        return {seed: RunSpec(model, penalty=L1(0.1), replicates=replicates, seed=seed) for seed in (0, 1)}

    def examine(self, runs, profile):
        counts = [float(census(run.final).polysemantic.mean()) for run in runs.values()]
        chart = plots.chart([plots.series("counts", [0, 1], counts)], x="seed", y="count")
        return Examined(
            counts,
            tables={"counts": pd.DataFrame({"seed": [0, 1], "count": counts})},
            illustrations=(Illustration("counts", "Counts by seed.", chart.draw),),
        )


@pytest.fixture
def toy(monkeypatch):
    """The registry with one study, `toy`, which is the whole paper too."""
    module = types.ModuleType("polygenesis.studies.toy")
    module.Toy = Toy
    monkeypatch.setitem(sys.modules, module.__name__, module)
    tables = [(table, dict(table)) for table in (registry.PAPER, registry.STUDIES)]
    for table, _ in tables:
        table.clear()
        table["toy"] = "toy.Toy"
    yield Toy()
    for table, before in tables:  # monkeypatch would put them back in another order, and their order is the report's
        table.clear()
        table.update(before)
