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
from polygenesis.studies.base import Claim, Illustration, Judgement, Study, StudyResult, Verdict


class Toy(Study):
    """A study of two tiny runs."""

    name = "toy"
    title = "A toy"
    question = "Does a toy run?"

    def specs(self, profile):
        replicates = {"quick": 1, "standard": 2, "thorough": 3}[profile]
        model = TiedAutoencoder(n=4, m=8)
        return [RunSpec(model, penalty=L1(0.1), replicates=replicates, seed=seed) for seed in (0, 1)]

    def examine(self, runs, profile):
        counts = [float(census(run.final).polysemantic.mean()) for run in runs]
        chart = plots.chart([plots.series("counts", [0, 1], counts)], x="seed", y="count")
        claim = Claim("A toy runs.", "arXiv:2312.03096", "none", "n = 4, m = 8")
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=(Judgement(claim, Verdict.SUPPORTED, "It ran."),),
            tables={"counts": pd.DataFrame({"seed": [0, 1], "count": counts})},
            illustrations=(Illustration("counts", "Counts by seed.", chart.draw),),
            keys=tuple(run.spec.key for run in runs),
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
