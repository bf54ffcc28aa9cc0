"""The first screen: the answer in sentences that the results can say, how the claims fared, and what was run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from polygenesis.html import escaped, prose
from polygenesis.numerals import counted
from polygenesis.report.text import slug
from polygenesis.studies.base import StudyResult
from polygenesis.studies.claim import Verdict

ANSWER = (("collision-count", "count"), ("collision-sign", "signs"), ("collision-count", "widening"))
"""Studies and the names of their answers that together answer what causes polysemanticity, in this order."""


def summary(results: Sequence[StudyResult]) -> str:
    """Return one sentence: how many claims, and how many of each verdict."""
    found = Counter(each.verdict for result in results for each in result.judgements)
    parts = [f"{found[verdict]} {verdict.value}" for verdict in Verdict if found[verdict]]
    studies = counted(len(results), "study", "studies")
    return f"{counted(sum(found.values()), 'claim')} from {studies}: {', '.join(parts) or 'none judged'}."


def answer(results: Sequence[StudyResult]) -> list[str]:
    """Return the sentences of :data:`ANSWER` that these results can say."""
    known = {each.name: each.answers for each in results}
    return [known[study][name] for study, name in ANSWER if name in known.get(study, {})]


def telling(result: StudyResult, said: Sequence[str]) -> str:
    """Return the study's most telling sentence that was not said yet; empty if all were."""
    return next((each for each in result.tellings if each not in said), "")


def lead(results: Sequence[StudyResult]) -> str:
    """Return what stands under the title: the answer, or of other studies the most telling sentence of each."""
    sentences = "".join(f"<p>{prose(each)}</p>" for each in answer(results)) or _tellings(results)
    what = f"<div class='answer'>{sentences}</div>" if sentences else ""
    return f"{what}<p class='summary'>{summary(results)}{_profile(results)}</p>"


def made(context: Mapping[str, str]) -> str:
    """Return the section on what was run, with what: as the caller states it."""
    rows = "".join(f"<div><dt>{prose(name)}</dt><dd>{prose(value)}</dd></div>" for name, value in context.items())
    return (
        f"<section id='made'><h2>How this page was made</h2><dl class='context'>{rows}</dl></section>" if rows else ""
    )


def _profile(results: Sequence[StudyResult]) -> str:
    """Say how large the runs were, where it was the same for all."""
    profiles = {each.profile for each in results}
    return f" Profile: {escaped(', '.join(profiles))}." if len(profiles) == 1 else ""


def _tellings(results: Sequence[StudyResult]) -> str:
    found = [(each, sentence) for each in results if (sentence := telling(each, ()))]
    if len(results) == 1:
        return "".join(f"<p>{prose(sentence)}</p>" for _, sentence in found)
    items = "".join(
        f"<li><a href='#{slug(each.name)}'>{prose(each.title)}</a> {prose(said)}</li>" for each, said in found
    )
    return f"<ul>{items}</ul>" if items else ""
