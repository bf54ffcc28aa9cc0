from pathlib import Path

import pytest

from polygenesis.errors import InputError
from polygenesis.studies import get, names, paper_names, paper_runs, published
from polygenesis.studies.base import PROFILES, Claim, Judgement, StudyResult, Verdict
from polygenesis.studies.registry import chosen


def test_an_unknown_study_is_answered_with_the_known_ones():
    with pytest.raises(InputError) as error:
        get("collision-cuont")
    assert all(name in str(error.value) for name in names())


def test_an_unknown_profile_is_answered_with_the_known_ones():
    with pytest.raises(InputError, match="quick, standard, thorough"):
        get("collision-count").run("fast")


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("profile", PROFILES)
def test_every_study_states_its_runs_at_every_profile(name, profile):
    study = get(name)
    assert study.name == name
    assert study.title
    assert study.question.endswith("?")
    keys = [spec.key for spec in study.specs(profile)]
    assert len(keys) == len(set(keys))


def test_the_paper_is_made_of_studies():
    assert set(paper_names()) <= set(names())


def test_studies_of_one_figure_share_their_runs():
    counts, leads, signs = (
        {spec.key for spec in get(name).specs("standard")}
        for name in ("collision-count", "initial-leads", "collision-sign")
    )
    assert counts == leads
    assert signs < counts


def test_the_standard_profile_is_the_papers_own_size():
    flows = paper_runs.flows("standard")
    assert [spec.model.m for spec in flows.values()] == list(range(256, 4097, 256))
    assert {(spec.model.n, spec.replicates) for spec in flows.values()} == {(published.FEATURES, published.INSTANCES)}
    assert {spec.model.n for spec in paper_runs.adams("thorough").values()} == {256}


def judged(*verdicts):
    claim = Claim("", "", "", "")
    return StudyResult("", "", "quick", tuple(Judgement(claim, each, each.name) for each in verdicts), {}, ())


def test_a_study_is_as_good_as_its_worst_claim():
    assert judged(Verdict.SUPPORTED, Verdict.SUPPORTED).verdict is Verdict.SUPPORTED
    assert judged(Verdict.SUPPORTED, Verdict.UNDECIDED).verdict is Verdict.UNDECIDED
    assert judged(Verdict.UNDECIDED, Verdict.REFUTED, Verdict.SUPPORTED).verdict is Verdict.REFUTED
    assert judged(Verdict.SUPPORTED, Verdict.UNDECIDED).sentence == "SUPPORTED UNDECIDED"


def test_the_published_numbers_are_complete():
    widths = list(range(256, 4097, 256))
    assert list(published.POLYSEMANTIC_MEANS) == widths
    assert list(published.POLYSEMANTIC_DEVIATIONS) == widths
    assert widths[-1] == published.WIDEST
    assert all(deviation > 0 for deviation in published.POLYSEMANTIC_DEVIATIONS.values())


def test_the_published_numbers_fit_each_other():
    """The medians of E5 at λ = 0.001 are those of E3's samples: within a standard deviation of its means."""
    for m, medians in published.MEDIANS_BY_PENALTY.items():
        assert abs(medians[0.001] - published.POLYSEMANTIC_MEANS[m]) < published.POLYSEMANTIC_DEVIATIONS[m]
    survivors = list(published.SURVIVORS.values())
    assert survivors == sorted(survivors, reverse=True)
    assert set(published.L1_NORMS) <= set(published.SURVIVORS)
    assert 0 < published.GAUSSIAN_FOURTH_NORMS[0] < published.GAUSSIAN_FOURTH_NORMS[1] < 1
    assert published.READING_DEVIATION < published.READING_ERROR


def test_groups_and_names_can_be_mixed_and_name_each_study_once():
    assert chosen(["rate-constant", "paper", "collision-count"]) == [*paper_names(), "rate-constant"]
    assert chosen(["all"]) == names()
    with pytest.raises(InputError, match="Unknown study 'papers'"):
        chosen(["papers"])


def test_the_figures_of_every_study_are_looked_at():
    """Those of the paper's studies are checked together, end to end; of the others each in its own file."""
    for name in names():
        file = "end_to_end" if name in paper_names() else name.replace("-", "_")
        text = (Path(__file__).parent / f"test_studies_{file}.py").read_text(encoding="utf-8")
        checked = "legible(" in text or "complete(" in text
        assert checked, f"no figure of {name} is checked: use `legible` or `complete` in test_studies_{file}.py"
