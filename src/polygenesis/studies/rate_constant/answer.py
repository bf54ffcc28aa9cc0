"""How tight n²/4m is, and which law fits better, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.numerals import number
from polygenesis.studies.answering import Told, outcomes, retold, sentences, told
from polygenesis.studies.claim import Judgement
from polygenesis.studies.rate_constant import claims
from polygenesis.studies.rate_constant.cells import Cell
from polygenesis.studies.rate_constant.estimands import ROOM


def answers(found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    (n,), (m,), (constant,), (dilute,) = (
        told(each, judgements) for each in (claims.EXPONENT_N, claims.EXPONENT_M, claims.CONSTANT, claims.DILUTED)
    )
    (formula,), (race,) = (retold(each, found, judgements) for each in (claims.FORMULA, claims.COMPUTED))
    return sentences(law=law(n, m, constant), better=better(formula, race, dilute))


def law(n: Told, m: Told, constant: Told) -> str:
    """Say the exponents and the constant."""
    if not (n.number and m.number and constant.number):
        return ""
    verdicts = {"growth as n²": n.verdict, "the fall as 1/m": m.verdict, "the constant ¼": constant.verdict}
    return (
        f"For m ≥ {ROOM}n the number of polysemantic neurons goes as n to the power {n.number} and as m to the power "
        f"{m.number}, and is {constant.number} times n²/4m. {outcomes(verdicts)}"
    )


def better(formula: Told, race: Told, dilute: Told) -> str:
    """Say which law predicts counts in new cells best, and where the fitted one fails."""
    if not (formula.number and race.number):
        return ""
    laws = [(each.words["mine"], name) for each, name in ((formula, "c·θ^q × slot model"), (race, "a hurried race"))]
    laws.append((formula.words["theirs"], f"the {formula.words['best']} (the best published law)"))
    ranked = ", ".join(f"{number(deviance)} for {name}" for deviance, name in sorted(laws))
    verdicts = {"that the first formula predicts better": formula.verdict, "that the race does": race.verdict}
    small = f"; at small θ the count is {dilute.number} times the formula's" if dilute.number else ""
    return f"In new cells the deviance a count is {ranked}{small}. {outcomes(verdicts)}"
