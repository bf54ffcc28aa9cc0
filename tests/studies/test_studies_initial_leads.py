import numpy as np
import pytest
from handmade import judged, measured, rounded, said

from legible import legible
from polygenesis.studies import published
from polygenesis.studies.base import Verdict
from polygenesis.studies.initial_leads import claims
from polygenesis.studies.initial_leads.claims import CLAIMS, Found
from polygenesis.studies.initial_leads.display import leads_illustration, table
from polygenesis.studies.judging import judge_all

WIGGLE = np.arange(16) % 3 - 1


def judge_claims(flows, adams):
    return judge_all(CLAIMS, Found(flows, adams))


def remembers(wide):
    return judged(claims.REMEMBERS, Found([wide], []))


def diagonals(runs):
    return judge_all([claims.AS_PUBLISHED], Found(runs, []))


def run(room, share, *, n=64, adam=False, replicates=16, **changed):
    kept = np.round(share * n + WIGGLE[:replicates]).astype(int)
    return measured(n, room * n, [0] * replicates, adam=adam, kept_lead=kept, **changed)


def leads(*shares, replicates=16):
    flows = [run(room, share, replicates=replicates) for room, share in zip((2, 16), shares[:2], strict=True)]
    adams = [
        run(room, share, adam=True, replicates=replicates) for room, share in zip((2, 16), shares[2:], strict=True)
    ]
    gap = np.linspace(0.9, 1.1, replicates)
    flows[1] = run(16, shares[1], replicates=replicates, diagonal=gap, off_diagonal=0 * gap)
    return judge_claims(flows, adams)


def test_leaders_that_win_and_leaders_that_lose():
    found = leads(0.2, 0.8, 0.2, 0.5)
    verdicts = [each.verdict for each in found[:4]]
    assert verdicts == [Verdict.REFUTED, Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED]
    assert [said(each.sentence)[0] for each in found[:2]] == pytest.approx([0.2, 0.8], abs=0.005)
    assert all("corrected for 4 like claims" in each.sentence for each in found[:4])
    assert all("Holm's correction over 4 claims" in each.margin for each in found[:4])


def test_too_few_replicates_decide_nothing():
    found = leads(0.45, 0.55, 0.45, 0.55, replicates=2)
    assert [each.verdict for each in found[:4]] == [Verdict.UNDECIDED] * 4
    nobody = run(2, 0.2, adam=True, usable=[False] * 16)
    flows = [run(2, 0.2), run(16, 0.8, diagonal=WIGGLE + 1.0, off_diagonal=0.0 * WIGGLE)]
    judged = judge_claims(flows, [nobody, run(16, 0.2, adam=True)])
    assert judged[2].verdict is Verdict.UNDECIDED
    assert "0 replicates settled" in judged[2].sentence


def test_memory_is_a_gap_above_zero():
    noise = 0.01 * WIGGLE
    assert remembers(run(16, 0.5, diagonal=0.1 + noise, off_diagonal=0 * noise)).verdict is Verdict.SUPPORTED
    assert remembers(run(16, 0.5, diagonal=-0.1 + noise, off_diagonal=0 * noise)).verdict is Verdict.REFUTED
    assert remembers(run(16, 0.5, diagonal=noise, off_diagonal=0 * noise)).verdict is Verdict.UNDECIDED
    assert remembers(run(16, 0.5, usable=[True] + [False] * 15)).verdict is Verdict.UNDECIDED


def test_the_published_diagonal_is_held_against_the_training_that_is_named():
    near = published.START_END_DIAGONAL + 1e-4 * WIGGLE
    flow = run(16, 0.5, n=256, diagonal=2 * near)
    adam = run(16, 0.5, n=256, adam=True, diagonal=near)
    wrong, right = diagonals([flow, adam])
    assert (wrong.verdict, right.verdict) == (Verdict.REFUTED, Verdict.SUPPORTED)
    assert wrong.claim.text.startswith("Gradient flow gives")
    assert right.claim.text.startswith("AdamW gives")
    assert said(wrong.sentence)[0] == rounded(2 * near.mean())
    assert diagonals([run(16, 0.5)]) == []  # nothing was published at this size


def test_no_width_disappears_from_the_table():
    rows = table([run(2, 0.25), run(16, 0.5, adam=True, usable=[False] * 16)])
    assert rows["replicates"].tolist() == [16, 0]
    assert rows["initial leader wins"][0] == pytest.approx(0.25, abs=0.002)
    assert rows["lower"][0] < rows["initial leader wins"][0] < rows["upper"][0]
    assert rows["initial leader wins"].isna().tolist() == [False, True]


def test_the_figure_holds_what_the_table_says():
    runs = [run(room, share) for room, share in ((2, 0.3), (4, 0.4), (16, 0.6))]
    line = legible(leads_illustration(runs).draw()).axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), table(runs)["initial leader wins"])
