"""No value that a notebook shows runs what it shows."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from hostile_studies import study

import polygenesis as pg
from hostile_texts import EVERY, TEXTS, tagged, texts
from polygenesis import plots, progress
from polygenesis.report.explorer.page import Explorer
from polygenesis.sweeps.replay import Replay
from polygenesis.theory.prediction import Prediction


def test_what_notebooks_show_runs_nothing(hostile, tmp_path):
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=3, m=4)))
    census = pg.census(run.final)
    w = np.array([[0.9, 0.0], [-0.8, 0.1]])
    values = []
    for index in EVERY:
        say = functools.partial(tagged, index=index)
        values += [
            study(index),
            Prediction(1.0, regime=say("holds"), source=say("from")),
            Replay(say("key"), False, True, True, True, True, 0.1, {say("version"): (say("then"), say("now"))}),
            dataclasses.replace(census, read=say("read")),
            dataclasses.replace(run, engine=say("engine"), series={say("series"): np.zeros((1, 1))}),
            plots.allocation(w, caption=TEXTS[index], alt=say("alt")),
            Explorer("<p>inside</p>", say("about")),
        ]
    pieces = [each._repr_html_() for each in values]
    pieces += [progress._html(tagged("label", index), tagged("said", index), 0.5) for index in EVERY]
    hostile.show(f"<!doctype html><meta charset=utf-8>{''.join(pieces)}", tmp_path)
    places = (
        "title",
        "claim",
        "sentence",
        "legend",
        "limit",
        "study",
        "holds",
        "from",
        "version",
        "then",
        "now",
        "read",
    )
    hostile.found(texts(*places, "engine", "series", "alt", "about", "label", "said"), scripts=0)
