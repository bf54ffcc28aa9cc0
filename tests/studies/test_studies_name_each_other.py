"""Studies that answer one question in two ways say so, each on its own page."""

from itertools import combinations
from pathlib import Path

import pytest

from polygenesis.studies import names

FOLDER = Path(__file__).parents[2] / "src" / "polygenesis" / "studies"
SAME_QUESTION = {
    "the constant of n²/4m": ("collision-count", "rate-constant"),
    "the strength of the penalty": ("capacity", "penalty-strength", "rate-constant"),
    "polysemantic neurons under bipolar noise": ("noise-collisions", "regularization"),
    "the race of two features": ("cooccurrence", "feature-complexity"),
    "features behind a hidden ReLU": ("bias-and-hidden-relu", "mitigation"),
}
"""A question → the studies that judge it, by other networks or margins."""


def limits(name):
    """What a study's own files say, which its page prints among the limits."""
    files = (FOLDER / name.replace("-", "_")).glob("*.py")
    return " ".join(path.read_text(encoding="utf-8").replace('"\n', "").replace('"', "") for path in sorted(files))


@pytest.mark.parametrize("question", SAME_QUESTION)
def test_studies_of_one_question_name_each_other(question):
    assert set(SAME_QUESTION[question]) <= set(names())
    for one, other in combinations(SAME_QUESTION[question], 2):
        assert other in limits(one)
        assert one in limits(other)
