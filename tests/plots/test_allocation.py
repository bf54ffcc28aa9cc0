"""The picture of features, neurons and the weights between them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from polygenesis import plots
from polygenesis.errors import InputError
from polygenesis.plots.rings import RINGS
from polygenesis.plots.style import BLUE, VERMILLION

ROOT = Path(__file__).parents[2]


def drawn_lines(axes):
    """Every line of a frame: (place of its feature, place of its neuron, colour), as drawn."""
    (lines,) = [each for each in axes.collections if isinstance(each, LineCollection)]
    ends = np.array(lines.get_segments())
    assert (ends[:, 0, 1] == 1).all()  # features are above
    assert (ends[:, 1, 1] == 0).all()  # neurons are below
    return [
        (float(a), float(b), to_hex(color)) for (a, b), color in zip(ends[:, :, 0], lines.get_colors(), strict=True)
    ]


def ringed(axes):
    """Places of the ringed neurons, by the colour of the ring."""
    found = [each for each in axes.collections if isinstance(each, PathCollection) and not len(each.get_facecolor())]
    return {
        to_hex(each.get_edgecolor()[0]): sorted(float(x) for x in each.get_offsets()[:, 0])
        for each in found
        if len(each.get_offsets())
    }


def test_each_weight_is_one_line_in_the_colour_of_its_sign():
    weights = [[0.0, 0.9, 0.0], [-0.8, 0.0, 0.001]]
    axes = plots.allocation(weights).draw().axes[0]
    # feature 1 leads on neuron 0 and feature 0 on neuron 1: feature 1 stands left of feature 0, so that no lines cross
    assert sorted(drawn_lines(axes)) == [
        (0.25, pytest.approx(1 / 6), VERMILLION),
        (0.75, pytest.approx(3 / 6), BLUE),
    ]


def test_rings_stand_at_their_neurons_and_differ_in_more_than_colour():
    picture = plots.allocation(np.eye(4), marks=["malign", "benign", "", "undecided"])
    assert ringed(picture.draw().axes[0]) == {
        RINGS["malign"].color: [0.125],
        RINGS["benign"].color: [0.375],
        RINGS["undecided"].color: [0.875],
    }
    assert len({(ring.shape, ring.dash) for ring in RINGS.values()}) == len(RINGS)


def test_a_strip_draws_first_and_last_frames_and_counts_their_marks():
    path = np.stack([np.eye(3) * (t + 1) for t in range(7)])
    marks = [["benign", "malign", "undecided"]] * 6 + [["benign", "single", ""]]
    strip = plots.allocation_strip(path, np.arange(7.0) ** 3, marks=marks)
    assert [each.caption for each in strip.frames] == [
        "t = 0: 2 neurons shared (1 benign, 1 malign), 1 undecided",
        "t = 8: 2 neurons shared (1 benign, 1 malign), 1 undecided",
        "t = 64: 2 neurons shared (1 benign, 1 malign), 1 undecided",
        "t = 216: 1 neuron shared (1 benign, 0 malign)",
    ]
    assert [each.weights[0, 0] for each in strip.frames] == [1, 3, 5, 7]
    assert len(strip.draw().axes) == 4


def test_a_strip_without_marks_says_the_time_only():
    strip = plots.allocation_strip(np.ones((3, 1, 1)), [0, 1, 2.5], frames=3)
    assert [each.caption for each in strip.frames] == ["t = 0", "t = 1", "t = 2.5"]
    assert len(ringed(strip.draw().axes[0])) == 0


def test_weights_of_zero_are_a_picture_without_lines():
    assert plots.allocation(np.zeros((2, 3)))._repr_png_().startswith(b"\x89PNG")


def test_a_notebook_shows_the_figure_with_its_captions_for_who_cannot_see_it():
    strip = plots.allocation_strip(np.ones((2, 1, 3)), [0, 4], marks=[["undecided", "", ""], ["single", "", ""]])
    captions = ("t = 0: no neuron shared, 1 undecided", "t = 4: no neuron shared")
    told = "; ".join(["Allocation of n = 1 features to m = 3 neurons", *captions])
    assert repr(strip) == told
    assert f'alt="{told}"' in strip._repr_html_()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.allocation([1.0]), r"`weights` must have shape \(n, m\)"),
        (lambda: plots.allocation(np.ones((0, 3))), "without empty axes"),
        (lambda: plots.allocation([[np.nan]]), "be finite"),
        (lambda: plots.allocation([[1.0]], marks=["", ""]), "one mark for each of 1 neurons"),
        (lambda: plots.allocation([[1.0]], marks=["bening"]), "mark of a neuron"),
        (lambda: plots.allocation_strip(np.ones((2, 1, 1)), [0]), "one time for each of 2"),
        (lambda: plots.allocation_strip(np.ones((1, 1)), [0]), r"shape \(T, n, m\)"),
        (lambda: plots.allocation_strip(np.ones((1, 1, 1)), [0], frames=0), "`frames` must be at least 1"),
        (lambda: plots.allocation_strip(np.ones((2, 1, 1)), [0, 1], marks=[[""]]), "a row for each of 2 times"),
    ],
)
def test_wrong_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.fixture(scope="module")
def example():
    """The script that draws docs/figures/allocation.png."""
    spec = importlib.util.spec_from_file_location("allocation_example", ROOT / "examples" / "allocation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_tells_what_the_strip_shows(example):
    """The sentence below the picture has the counts of its first and last frame."""
    run = example.network()
    captions = [each.caption for each in example.strip(run).frames]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, last = (re.search(r"(\d+) neurons shared \((\d+) benign, (\d+) malign\)", captions[k]) for k in (1, -1))
    assert int(last[1]) == int(example.pg.census(run.final).polysemantic[0])
    told = re.search(
        r"at t = (\d+) (\w+) neurons are shared, (\w+) of them malign; at the end (\w+), (\w+) malign",
        " ".join(readme.split()),
    )
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    assert captions[1].startswith(f"t = {told[1]}:")
    assert [words.index(each) for each in told.groups()[1:]] == [
        int(first[1]),
        int(first[3]),
        int(last[1]),
        int(last[3]),
    ]


def test_it_is_saved_as_its_ending_says(tmp_path):
    strip = plots.allocation_strip(np.eye(3)[None].repeat(2, 0), (0, 1))
    for end in ("png", "svg", "pdf"):
        path = strip.save(tmp_path / f"strip.{end}")
        assert path.stat().st_size > 1000
    with pytest.raises(InputError, match=r"`path` must end in .*, but is"):
        strip.save(tmp_path / "strip.jpg")
