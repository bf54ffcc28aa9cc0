"""The studies of winners and of the rate from specs to page, on small networks; the same runs give the same result."""

import pytest
from handmade import complete, examined, rounded, said

from polygenesis import studies
from polygenesis.studies.rate_constant import cells
from polygenesis.studies.winner_prediction import ADAMS, FLOWS
from polygenesis.sweeps import MemoryStore

NAMES = ("winner-prediction", "rate-constant")


@pytest.fixture(scope="module")
def store():
    return MemoryStore()


@pytest.fixture(scope="module")
def results(store):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FLOWS, "quick", ((16, (1, 2), 8),))
        patch.setitem(ADAMS, "quick", ((8, (2,), 10),))
        # The module's name is shadowed by its function in the package: patch the dictionaries themselves.
        for grid, small in (
            ("TRAINING", ((8, (1, 2)), (16, (1, 2, 4)))),
            ("HELD_OUT", ((12, (1, 2)),)),
            ("PENALTIES", ((16, (2,)),)),
            ("PROCESSES", ((8, (2,)),)),
            ("EVENTS", (40, 20)),
        ):
            patch.setitem(cells.__globals__[grid], "quick", small)
        found = {name: studies.get(name) for name in NAMES}
        first = {name: each.run("quick", store=store, workers=1) for name, each in found.items()}
        again = {
            name: examined(each, [store.load(spec.key) for spec in each.specs("quick")]) for name, each in found.items()
        }
        yield first, again


@pytest.mark.parametrize("name", NAMES)
def test_a_study_has_all_its_parts_twice_over(results, name):
    result, again = (each[name] for each in results)
    assert again.judgements == result.judgements
    complete(result)
    for key, table in result.tables.items():
        assert again.tables[key].equals(table)


def test_winners_in_sentences_are_those_of_the_table(results):
    result = results[0]["winner-prediction"]
    table = result.tables["winners named"].set_index(["training", "m", "read from", "rule"])["winners named"]
    gain = table["gradient flow", 32, "relaxed", "assignment"] - table["gradient flow", 32, "initial weights", "leader"]
    assert said(result.judgements[0].sentence)[0] == rounded(gain)
    assert said(result.judgements[2].sentence)[0] == pytest.approx(
        table["gradient flow", 32, "hurried race", "assignment"], abs=0.005
    )


def test_rates_in_sentences_are_those_of_the_tables(results):
    result = results[0]["rate-constant"]
    table = result.tables["counts by cell"]
    wide = table[table["cells"].isin(["training", "held-out"]) & (table["m"] >= 2 * table["n"])]
    law = (wide["networks"] * wide["n"] ** 2 / (4 * wide["m"])).sum()
    assert said(result.judgements[2].sentence)[0] == rounded((wide["networks"] * wide["mean"]).sum() / law)
    scores = result.tables["laws"].set_index("law")["deviance a count, held-out"]
    best = scores[["n²/4m", "slot model", "occupancy model"]].min()
    (race,) = [each for each in result.judgements if each.claim.text.startswith("A hurried race from W(0)")]
    assert said(race.sentence)[0] == pytest.approx(scores["hurried race"] - best, rel=0.01)
