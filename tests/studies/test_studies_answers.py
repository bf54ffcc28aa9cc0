"""Answers carry the numbers that were judged, and another verdict gives other words."""

from types import SimpleNamespace

import numpy as np
import pytest

from polygenesis import studies
from polygenesis.studies.answering import Told, outcomes, retold, span, tally, told
from polygenesis.studies.base import Examined, Study
from polygenesis.studies.bias_and_hidden_relu import answer as bias
from polygenesis.studies.capacity import answer as capacity
from polygenesis.studies.claim import Claim, Verdict, read, too_little
from polygenesis.studies.collision_criterion import answer as criterion
from polygenesis.studies.context_sharing import answer as contexts
from polygenesis.studies.cooccurrence import answer as cooccurrence
from polygenesis.studies.deep_winner_take_all import answer as deep
from polygenesis.studies.evidence import Counted
from polygenesis.studies.feature_complexity import answer as complexity
from polygenesis.studies.initialization_laws import answer as starts
from polygenesis.studies.interference_timing import answer as timing
from polygenesis.studies.judging import judge_all
from polygenesis.studies.margin import Margin
from polygenesis.studies.mitigation import answer as mitigation
from polygenesis.studies.noise_collisions import answer as noise
from polygenesis.studies.origin_tests import answer as origins
from polygenesis.studies.rate_constant import answer as rate
from polygenesis.studies.regularization import answer as regularization
from polygenesis.studies.untied_weights import answer as untied
from polygenesis.studies.winner_prediction import answer as winners

YES, NO, OPEN = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED


def case(value, verdict=YES, **words):
    """A case with a number that no sentence has by itself."""
    return Told(verdict, f"{value:g} (90 % interval 0 to 9)", float(value), words)


def ends(name, counts):
    return SimpleNamespace(name=name, usable=np.array(counts), n=8, m=16)


def rate_constant(verdict):
    words = {"mine": 0.697, "theirs": 0.847, "best": "slot model"}
    return [
        rate.law(case(2.11, verdict), case(-1.05), case(0.833)),
        rate.better(case(-0.149, verdict, **words), case(-0.32, mine=0.527), case(1.43)),
    ]


def bias_and_hidden_relu(verdict):
    networks = [ends("linear", [3, 4]), ends("hidden ReLU", [0, 0]), ends("hidden GELU", [0, 1])]
    return [
        bias.sharing(networks, [case(0, verdict), case(1)]),
        bias.bias([case(1.05, verdict, room=1), case(1.2, room=2)]),
    ]


def of_capacity(verdict):
    one = case(2.86, verdict, forced=24, room="5n/8")
    return [
        capacity.sharing([one], case(4.39, verdict, top=15.1, n=64)),
        capacity.superposition([case(0.771, verdict, room="n/4")], case(1)),
    ]


def collision_criterion(verdict):
    return [
        criterion.stays(case(0.145, verdict, by_rule="82.4 %", by_sign="67.3 %"), case(0.861), case(0.752)),
        criterion.moves(case(0.858, verdict), case(0), case(0.403, NO)),
    ]


def context_sharing(verdict):
    return [contexts.chance([case(0.97, verdict), case(1.05)], [case(0.961), case(1.02)], case(0.125))]


def of_cooccurrence(verdict):
    one = case(1.27, verdict, measured=0.0912, n=6, m=12)
    return [
        cooccurrence.half([one], case(0.992)),
        cooccurrence.vanish(case(0.00687, verdict), case(0.98)),
    ]


def deep_winner_take_all(verdict):
    return [
        deep.wins([case(0.746, verdict), case(0.972)], [case(0.125), case(0.447)]),
        deep.shares([case(3.18, verdict), case(15.4)], [case(0.986), case(1.73)]),
    ]


def feature_complexity(verdict):
    return [
        complexity.counts([case(0.996, verdict, name="Zipf"), case(0.281, name="importance")]),
        complexity.sharers({"that rare features share more": verdict, "that twins share less": YES}),
    ]


def initialization_laws(verdict):
    return [starts.laws([case(0.903, verdict, law="sparse, 10 %", size="n = 8, m = 8"), case(1.03)])]


def interference_timing(verdict):
    return [
        timing.force([case(0.781, verdict, room=2)], [case(0.017, room=2, norm=0.2)]),
        timing.winners([case(0.339, verdict, room=2)], [case(0.504, room=2)], [case(0.02, room=2)]),
    ]


def of_mitigation(verdict):
    helps = [case(0.21, verdict, recipe="a"), case(0.87, NO, recipe="b")]
    return [
        mitigation.best_recipe(case(0.02, verdict, chosen="“a” (0.02 times)", knowing="“b” (0.01 times)")),
        mitigation.fewer(helps, [case(1.01), case(1.3, NO)]),
    ]


def noise_collisions(verdict):
    absent = case(0.004, verdict, law="Bipolar", count=2, networks=90)
    return [
        noise.counts([absent], [case(0.01, NO), case(0, NO)]),
        noise.reward([case(1.001), case(0.999)], case(-0.3, verdict, changes="−0.3 J/n"), [case(1.001)]),
    ]


def origin_tests(verdict):
    return [
        origins.errors([case(0.03, verdict), case(0.07)], [case(0.88)], [case(0.94)]),
        origins.final(case(0.51, verdict), case(0.97)),
    ]


def of_regularization(verdict):
    def one(value, name, verdict=YES):
        return case(value, verdict, pressure=name)

    return [
        regularization.racing([one(0.98, "L1", verdict)], [one(0.949, "Elastic net", verdict)]),
        regularization.others(
            [one(0.115, "L2", verdict)],
            [one(0.3, "Group lasso")],
            [one(0.8, "Bipolar noise")],
            [one(0.01, "Bipolar noise")],
        ),
    ]


def untied_weights(verdict):
    count = case(0.545, verdict, room=2)
    return [
        untied.counts([count], [case(1.08, OPEN)], [case(-0.02, die="28.9 %", room=2)]),
        untied.winners([case(0.321, verdict, room=2, both="53.3 %", encoder="21.3 %")]),
    ]


def winner_prediction(verdict):
    gain = case(0.0981, verdict, before="29.6 %", after="39.4 %", training="gradient flow")
    return [winners.race(case(0.615, verdict), case(0.896, OPEN), case(0.402, NO)), winners.leader([gain])]


MADE = {
    "rate-constant": (rate_constant, ["2.11", "-1.05", "0.833", "0.527 for a hurried race, 0.697", "0.847", "1.43"]),
    "bias-and-hidden-relu": (bias_and_hidden_relu, ["7 (in 2 replicates)", "there is 1: 0 (in 2", "1.05", "1.2 ("]),
    "capacity": (of_capacity, ["24 and 2.86", "15.1 of 64", "0.771"]),
    "collision-criterion": (collision_criterion, ["0.861", "0.752", "82.4 %", "67.3 %", "0.858", "0.403"]),
    "context-sharing": (context_sharing, ["0.970 to 1.05", "0.961 to 1.02", "0.125"]),
    "cooccurrence": (of_cooccurrence, ["0.0912 λ (n = 6, m = 12)", "0.992", "1.27", "0.00687", "0.98"]),
    "deep-winner-take-all": (
        deep_winner_take_all,
        ["0.746 to 0.972", "0.125 to 0.447", "3.18 to 15.4", "0.986 to 1.73"],
    ),
    "feature-complexity": (feature_complexity, ["0.281", "“importance”", "0.996", "“Zipf”"]),
    "initialization-laws": (initialization_laws, ["0.903 to 1.03"]),
    "interference-timing": (
        interference_timing,
        ["0.781", "0.0170", "0.339", "0.504", "0.0200"],
    ),
    "mitigation": (of_mitigation, ["“a” (0.02 times)", "“b” (0.01 times)"]),
    "noise-collisions": (
        noise_collisions,
        ["2 polysemantic neurons in 90 networks", "0.004", "0.999 to 1.00", "−0.3 J/n"],
    ),
    "origin-tests": (origin_tests, ["0.0300 to 0.0700", "0.880", "0.940", "0.51", "0.97"]),
    "regularization": (of_regularization, ["0.980", "0.949", "0.300", "0.0100"]),
    "untied-weights": (untied_weights, ["0.545", "28.9 %", "53.3 %", "21.3 %"]),
    "winner-prediction": (winner_prediction, ["0.615", "0.896", "0.402", "29.6 %", "39.4 %"]),
}
"""How the answers of a study are made by hand, and the numbers that must be in them."""


@pytest.mark.parametrize("name", MADE)
def test_an_answer_says_the_numbers_and_the_verdicts(name):
    make, numbers = MADE[name]
    said = {verdict: make(verdict) for verdict in Verdict}
    for verdict, answers in said.items():
        assert all(answer.endswith(".") and verdict.value in answer for answer in answers)
        assert all(number in " ".join(answers) for number in numbers)
    assert all(len(set(answers)) == len(Verdict) for answers in zip(*said.values(), strict=True))


def test_an_answer_has_no_more_intervals_than_one_can_read():
    """Of whatever study: the base class leaves them out."""

    class Long(Study):
        name, title, question, claims = "long", "How long?", "How long is it?", ()

        def plan(self, profile):
            return {}

        def examine(self, runs, profile):
            return Examined(None, {}, ())

        def answers(self, found, judgements):
            return {"a": "; ".join(f"{k} (90 % interval 0 to {k})" for k in range(3)), "b": "1 (90 % interval 0 to 2)"}

    assert Long().result({}, "quick").answers == {"a": "0; 1; 2", "b": "1 (90 % interval 0 to 2)"}


@pytest.mark.parametrize("name", studies.names())
def test_every_study_answers_its_question(name):
    assert type(studies.get(name)).answers is not Study.answers


def test_a_law_that_is_not_known_to_give_as_many_is_named():
    odd = case(0.903, OPEN, law="sparse, 10 %", size="n = 8, m = 8")
    none = Told(OPEN, words={"law": "sparse, 2 %", "size": "n = 8, m = 8"})
    said = starts.laws([odd, none, case(1.03)])
    assert "sparse, 10 % at n = 8, m = 8 (0.903 (90 % interval 0 to 9))" in said
    assert "sparse, 2 % at n = 8, m = 8 (too few networks)" in said
    assert "Not supported" not in starts.laws([case(1.03), case(0.99)])


def test_a_recipe_is_named_where_it_is_supported_and_its_price_is_said():
    helps = [case(0.21, YES, recipe="a"), case(0.3, YES, recipe="b"), case(0.87, NO, recipe="c")]
    said = mitigation.fewer(helps, [case(1.01), case(1.3, NO), case(1)])
    assert "“a” (0.21 (90 % interval 0 to 9)) and “b” (0.3 (90 % interval 0 to 9), not free of loss)" in said
    assert "“c”" not in said
    assert "no recipe" in mitigation.fewer(helps[2:], [case(1)])


def test_nothing_is_said_of_what_has_no_number():
    nothing = Told(OPEN)
    assert rate.law(nothing, nothing, nothing) == rate.better(nothing, nothing, nothing) == ""
    assert bias.bias([nothing]) == capacity.sharing([nothing], nothing) == capacity.superposition([], nothing) == ""
    assert criterion.stays(nothing, nothing, nothing) == criterion.moves(nothing, nothing, nothing) == ""
    assert cooccurrence.half([], nothing) == cooccurrence.vanish(nothing, nothing) == starts.laws([]) == ""
    assert deep.wins([], []) == deep.shares([], []) == complexity.counts([]) == timing.force([], []) == ""
    assert mitigation.best_recipe(nothing) == mitigation.fewer([], []) == noise.counts([], []) == ""
    assert origins.errors([], [], []) == regularization.racing([], []) == regularization.others([], [], [], []) == ""
    assert untied.counts([], [], []) == untied.winners([]) == winners.leader([]) == ""
    assert winners.race(nothing, nothing, nothing) == origins.final(nothing, nothing) == ""


CLAIM = Claim(
    "Most of {name} are so.",
    "a source",
    Margin.share("Share", above=0.5),
    "",
    "{tally}",
    lambda found: [
        *(read(Counted(hits, 20), name=name, many=hits) for name, hits in found.items()),
        too_little("None.", name="c"),
    ],
)


def test_cases_have_the_words_and_values_of_their_estimand():
    judgements = judge_all([CLAIM], {"a": 20, "b": 1})
    first, second, third = retold(CLAIM, {"a": 20, "b": 1}, judgements)
    assert (first.verdict, first.value, first.words["many"]) == (YES, 1.0, 20)
    assert (second.verdict, second.value) == (NO, 0.05)
    assert (third.verdict, third.value, third.number) == (OPEN, None, "")
    assert [each.number for each in told(CLAIM, judgements)] == [first.number, second.number, ""]
    assert span([first, second, third]) == "0.0500 to 1.00"


def test_verdicts_are_grouped_and_counted():
    assert outcomes({"a": NO, "b": YES, "c": NO}) == "B is supported; a and c are refuted."
    assert tally([Told(YES), Told(OPEN), Told(NO), Told(NO)]) == (
        "supported in 1 of 4 cases, refuted in 2 and undecided in 1"
    )
    assert tally([Told(NO), Told(NO)]) == "refuted in both cases"
