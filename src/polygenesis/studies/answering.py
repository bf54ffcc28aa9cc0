"""What studies say in answer to their question: cases of claims in short, and how their verdicts are worded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polygenesis.numerals import number
from polygenesis.studies.claim import Claim, Judgement, Verdict
from polygenesis.studies.judging import Case
from polygenesis.studies.regimes import joined

INTERVAL = re.compile(r" \(\d+ % interval[^()]*\)")
"""The interval of a number in a sentence."""

SHOWN = 2
"""Intervals that a sentence may have."""


@dataclass(frozen=True)
class Told:
    """One case of a claim: its verdict, its number with the interval (empty without one), and words.

    ``value`` is the number alone; like ``words``, it is known where the estimand was read again.
    """

    verdict: Verdict
    number: str = ""
    value: float | None = None
    words: Mapping[str, Any] = field(default_factory=dict)


def told(claim: Claim, judgements: Sequence[Judgement]) -> list[Told]:
    """Return the cases of a claim as they were judged."""
    return [Told(each.verdict, each.number) for each in _of(claim, judgements)]


def retold(claim: Claim, found: Any, judgements: Sequence[Judgement]) -> list[Told]:
    """Return the cases of a claim with values and words, which its estimand reads again."""
    cases = []
    for reading, judgement in zip(claim.read(found), _of(claim, judgements), strict=True):
        tested = Case(claim, reading).test()
        value = None if tested is None else tested.estimate.value
        cases.append(Told(judgement.verdict, judgement.number, value, reading.words))
    return cases


def _of(claim: Claim, judgements: Sequence[Judgement]) -> list[Judgement]:
    return [each for each in judgements if each.template == claim.text]


def measured(cases: Iterable[Told]) -> list[Told]:
    """Keep the cases that have a number."""
    return [each for each in cases if each.number]


def outcomes(verdicts: Mapping[str, Verdict]) -> str:
    """Say what became of several statements, in one sentence.

    >>> outcomes({"n²": Verdict.REFUTED, "1/m": Verdict.UNDECIDED, "the constant": Verdict.UNDECIDED})
    'N² is refuted; 1/m and the constant are undecided.'
    """
    parts = []
    for verdict in Verdict:
        names = [name for name, each in verdicts.items() if each is verdict]
        if names:
            parts.append(f"{joined(names)} {'are' if len(names) > 1 else 'is'} {verdict.value}")
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def tally(cases: Sequence[Told]) -> str:
    """Say in how many cases a claim stands.

    >>> tally([Told(Verdict.SUPPORTED)] * 3 + [Told(Verdict.REFUTED)])
    'supported in 3 of 4 cases and refuted in 1'
    >>> tally([Told(Verdict.SUPPORTED)] * 3), tally([Told(Verdict.UNDECIDED)])
    ('supported in all 3 cases', 'undecided')
    """
    found = {verdict: sum(each.verdict is verdict for each in cases) for verdict in Verdict}
    found = {verdict: count for verdict, count in found.items() if count}
    if len(found) == 1:
        verdict = next(iter(found)).value
        return verdict + {1: "", 2: " in both cases"}.get(len(cases), f" in all {len(cases)} cases")
    first, *others = [f"{verdict.value} in {count}" for verdict, count in found.items()]
    return joined([f"{first} of {len(cases)} cases", *others])


def span(cases: Iterable[Told]) -> str:
    """Say from where to where the numbers of several cases reach.

    >>> span([Told(Verdict.SUPPORTED, "0.9 (…)", 0.9), Told(Verdict.SUPPORTED, "1.03 (…)", 1.03)])
    '0.900 to 1.03'
    """
    values = [each.value for each in cases if each.value is not None]
    return " to ".join(dict.fromkeys(number(end) for end in (min(values), max(values))))


def sentences(**found: str) -> dict[str, str]:
    """Return the answers that there is something to say of, by name."""
    return {name: sentence for name, sentence in found.items() if sentence}


def readable(sentence: str) -> str:
    """Leave out the intervals of a sentence with more than two: they stand with the claims.

    >>> readable("It is 0.5 (90 % interval 0.4 to 0.6).")
    'It is 0.5 (90 % interval 0.4 to 0.6).'
    >>> readable("0.1 (90 % interval 0 to 0.2), 0.2 (90 % interval: at most 0.3) and 0 (90 % interval 0 to 1)")
    '0.1, 0.2 and 0'
    """
    return sentence if len(INTERVAL.findall(sentence)) <= SHOWN else INTERVAL.sub("", sentence)
