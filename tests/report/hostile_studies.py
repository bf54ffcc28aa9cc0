"""Studies with one of the hostile texts in every field."""

from __future__ import annotations

import functools

import pandas as pd
from matplotlib.figure import Figure

from hostile_texts import TEXTS, tagged
from polygenesis.studies.base import Claim, Illustration, Judgement, StudyResult, Verdict

FIELDS = ("title", "claim", "source", "margin", "regime", "sentence", "column", "cell", "row", "index", "caption")
SHOWN = (*FIELDS, "Table", "legend", "limit", "profile", "study", "answered")


def drawing():
    """Draw nothing: what is written on figures has tests of its own."""
    return Figure(figsize=(0.5, 0.5))


def study(index, **more):
    """A study with one of the texts in every field."""
    say = functools.partial(tagged, index=index)
    rows = pd.Index([say("row"), "b"], name=say("index"))
    frame = pd.DataFrame({say("column"): [say("cell"), 1.0]}, index=rows)
    captioned = pd.DataFrame({"a": [1.0] * 20})
    captioned.attrs["caption"] = say("caption")
    verdict = list(Verdict)[index % 3]
    claim = Claim(say("claim"), say("source"), say("margin"), say("regime"))
    return StudyResult(
        name=say("study"),
        title=say("title"),
        profile=say("profile"),
        judgements=(Judgement(claim, verdict, say("sentence")),),
        tables={say("Table"): frame, say("folded"): captioned},
        illustrations=(Illustration(say("figure"), say("legend"), drawing),),
        limits=(say("limit"),),
        keys=(TEXTS[index],),
        answers={say("answer"): say("answered")},
        **more,
    )
