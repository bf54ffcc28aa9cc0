import numpy as np
import pytest
from handmade import judged, measured, rounded, said

from legible import legible
from polygenesis.detect import FATES, ORIGINS, Fate, Origin
from polygenesis.dynamics.flow.certificate import certify
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Verdict
from polygenesis.studies.collision_sign import claims
from polygenesis.studies.collision_sign.display import fate_table, illustration, sign_table
from polygenesis.studies.measurements import measure, measure_all

half_opposite, benign_survive, malign_vanish, from_the_start = (
    lambda measured, claim=claim: judged(claim, measured) for claim in claims.CLAIMS
)


def fates(survived, left, replicates=16):
    """Opposite-sign collisions, the same in every replicate but for one more or less in every other."""
    counts = np.zeros((replicates, 2, len(FATES)), dtype=int)
    counts[:, 0, FATES.index(Fate.SURVIVED)] = survived
    counts[:, 0, FATES.index(Fate.ONE_LEFT)] = left + np.arange(replicates) % 2
    return counts


@pytest.mark.parametrize(
    ("opposite", "verdict"), [(5000, Verdict.SUPPORTED), (5600, Verdict.REFUTED), (5150, Verdict.UNDECIDED)]
)
def test_half_of_ten_thousand(opposite, verdict):
    run = measured(start_pairs=np.array([9000, 1000]), start_opposite=np.array([opposite - 500, 500]))
    assert half_opposite([run]).verdict is verdict
    assert said(half_opposite([run]).sentence)[0] == rounded(opposite / 10_000)


def test_a_dozen_pairs_decide_nothing():
    run = measured(start_pairs=np.array([6, 6]), start_opposite=np.array([3, 3]))
    assert half_opposite([run]).verdict is Verdict.UNDECIDED
    assert half_opposite([measured()]).verdict is Verdict.UNDECIDED


def test_survival_is_judged_by_share():
    runs = {name: [measured(64, 128, [0] * 16, fates=fates(*counts))] for name, counts in
            {"most": (50, 0), "few": (10, 40), "close": (7, 0)}.items()}  # fmt: skip
    assert benign_survive(runs["most"]).verdict is Verdict.SUPPORTED
    assert benign_survive(runs["few"]).verdict is Verdict.REFUTED
    assert benign_survive(runs["close"]).verdict is Verdict.UNDECIDED
    assert said(benign_survive(runs["few"]).sentence)[0] == rounded(160 / 808)


def test_only_wide_and_usable_replicates_are_followed():
    wide = measured(64, 128, [0] * 16, fates=fates(50, 0))
    narrow = measured(64, 64, [0] * 16, fates=fates(0, 50))
    spoilt = measured(64, 128, [0] * 16, fates=fates(0, 50), usable=[False] * 16)
    assert benign_survive([wide, narrow, spoilt]) == benign_survive([wide])
    assert benign_survive([narrow, spoilt]).verdict is Verdict.UNDECIDED


def test_dependence_within_a_replicate_widens_the_interval():
    """Half of the replicates keep all their collisions, half none: 16 networks say less than 800 pairs."""
    together = np.where(np.arange(16) % 2, 50, 0)
    apart = np.full(16, 25)
    widths = []
    for survived in (together, apart):
        counts = np.zeros((16, 2, len(FATES)), dtype=int)
        counts[:, 0, FATES.index(Fate.SURVIVED)], counts[:, 0, FATES.index(Fate.BOTH_LEFT)] = survived, 50 - survived
        _, lower, upper = said(benign_survive([measured(64, 128, [0] * 16, fates=counts)]).sentence)
        widths.append(upper - lower)
    assert widths[0] > 4 * widths[1]


def test_one_pair_of_the_same_sign_refutes_and_few_chances_decide_nothing():
    many = np.full(32, 20)
    clean = measured(64, 64, [0] * 32, end_opposite=many)
    planted = measured(64, 64, [0] * 32, end_opposite=many, end_same=np.eye(32, dtype=int)[5])
    assert malign_vanish([clean]).verdict is Verdict.SUPPORTED
    assert malign_vanish([planted]).verdict is Verdict.REFUTED
    assert malign_vanish([planted]).sentence.startswith("1 of 641 pairs")
    assert malign_vanish([measured(end_opposite=np.array([5, 5]))]).verdict is Verdict.UNDECIDED
    assert malign_vanish([measured()]).verdict is Verdict.UNDECIDED


def test_a_same_sign_pair_at_rest_is_seen_although_no_certificate_would_pass_it():
    """Two features balanced on one neuron solve w − 2w³ = λ/4: at rest, never certified, and never to be overlooked."""
    strength = 0.016
    w = max(np.roots([-2, 0, 1, -strength / 4]).real)
    final = np.array([[[w, 0, 0, 0], [w, 0, 0, 0], [0, 1 - strength / 8, 0, 0]]])
    run = Run(
        spec=RunSpec(model=TiedAutoencoder(n=3, m=4), penalty=L1(strength)),
        initial=np.ones_like(final),
        final=final,
        outcome=(Outcome.UNDECIDED,),
        end_time=np.array([1.0]),
        evaluations=np.array([1]),
        engine="hand",
        certificate=certify(final, strength),
    )
    found = measure(run)
    assert found.at_rest.all()
    assert not found.usable.any()
    assert malign_vanish(list(measure_all({"run": run}).values())).verdict is Verdict.REFUTED


def test_origins_are_judged_by_share():
    def made(led, moved):
        origins = np.zeros((16, len(ORIGINS)), dtype=int)
        origins[:, ORIGINS.index(Origin.BOTH_LED)] = led + np.arange(16) % 2
        origins[:, ORIGINS.index(Origin.ONE_MOVED_IN)] = moved
        return [measured(64, 128, [0] * 16, origins=origins)]

    assert from_the_start(made(30, 10)).verdict is Verdict.SUPPORTED
    assert from_the_start(made(10, 30)).verdict is Verdict.REFUTED
    assert from_the_start(made(1, 1)).verdict is Verdict.UNDECIDED
    assert from_the_start(made(0, 0)[:0]).verdict is Verdict.UNDECIDED


def test_tables_show_shares_and_nothing_where_there_are_no_pairs():
    runs = [measured(64, 128, [0] * 16, fates=fates(3, 1)), measured(64, 256)]
    table = fate_table(runs).set_index(["m", "sign"])
    assert table.loc[(128, "opposite"), "survived"] == pytest.approx(48 / 72)
    assert table.loc[(128, "opposite"), "pairs"] == 72
    assert np.isnan(table.loc[(256, "opposite"), "survived"])
    assert sign_table(runs)["replicates at rest"].tolist() == [16, 2]
    chart = illustration(runs)
    assert "n = 64" in chart.caption
    assert "All widths are drawn." in chart.caption
    assert "2 of 3 widths are drawn" in illustration([*runs, measured(64, 192)]).caption
    starts = [patch.get_width() for patch in legible(chart.draw()).axes[0].patches]
    assert starts == pytest.approx([48 / 72, 0, 24 / 72, 0])  # no bar for a width without pairs
    (interval,) = chart.draw().axes[0].containers[1:2]
    low, high = interval.lines[2][0].get_segments()[0][:, 0]
    assert low < 48 / 72 < high
