"""Progress is a bar in notebooks and terminals, plain lines elsewhere, and nothing unless it is asked for."""

import sys

import numpy as np
import pytest

import polygenesis as pg
from polygenesis import progress
from polygenesis.errors import InputError
from polygenesis.html import visible


def test_plain_lines_come_every_few_seconds_with_the_time_left(capfd):
    times = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    with progress._lines("Simulating", lambda: next(times)) as advance:
        advance(5, 100)  # after 1 s: too early for a line
        advance(25, 100)  # after 6 s: 18 s left
        advance(30, 100)
        advance(50, 100)  # after 12 s: 12 s left
    assert capfd.readouterr().err == "Simulating: 25%, 18 s left\nSimulating: 50%, 12 s left\n"


def test_nothing_in_all_prints_nothing(capfd):
    times = iter([0.0, 10.0, 20.0])
    with progress._lines("Simulating", lambda: next(times)) as advance:
        advance(0, 0)
        advance(0, 10)
    assert capfd.readouterr().err == "Simulating: 0%\n"


def test_a_bar_on_a_terminal_ends_where_the_work_ends(capfd):
    with progress._bar("Simulating") as advance:
        advance(1.0, 2.0)
        advance(2.0, 2.0)


def test_lines_become_rarer_in_a_long_job(capfd):
    times = iter(float(second) for second in range(100_000))
    with progress._lines("Simulating", lambda: next(times)) as advance:
        for second in range(1, 36_000):
            advance(second, 36_000)
    assert capfd.readouterr().err.count("\n") < 200


class Page:
    """What a notebook's page shows, cell by cell: a stand-in for IPython, which need not be installed."""

    def __init__(self):
        self.shown: list[str] = []
        self.kernel = object()

    def get_ipython(self):
        return self

    def HTML(self, text):
        return text

    def display(self, text, display_id):
        assert display_id
        self.shown.append(text)
        return self

    def update(self, text):
        self.shown.append(text)


@pytest.fixture
def page(monkeypatch):
    found = Page()
    monkeypatch.setitem(sys.modules, "IPython", found)
    monkeypatch.setitem(sys.modules, "IPython.display", found)
    return found


def test_a_notebook_gets_a_bar_without_widgets_that_goes_when_the_work_is_done(page, capfd):
    times = iter(float(second) for second in range(20))
    with progress._cell("Simulating <b>", clock=lambda: next(times)) as advance:
        advance(1, 4)
        advance(4, 4)
    assert page.shown == [
        '<div><progress max="1" aria-label="Simulating &lt;b&gt;"></progress> Simulating &lt;b&gt;</div>',
        '<div><progress max="1" value="0.2500" aria-label="Simulating &lt;b&gt;"></progress> '
        "Simulating &lt;b&gt; 25%, 6 s left</div>",
        '<div><progress max="1" value="1.0000" aria-label="Simulating &lt;b&gt;"></progress> '
        "Simulating &lt;b&gt; 100%</div>",
        "",
    ]
    assert capfd.readouterr().err == ""


def test_a_notebook_is_not_flooded(page):
    with progress.progress("Simulating") as advance:
        for done in range(10_000):
            advance(done, 10_001)
    assert len(page.shown) < 100


def test_a_notebook_is_told_each_step_at_once(page):
    with progress.steps("Diagnosing") as say:
        say("recurrence")
    assert page.shown[1:] == [
        '<div><progress max="1" aria-label="Diagnosing"></progress> Diagnosing: recurrence</div>',
        "",
    ]


def test_an_error_takes_the_bar_away(page):
    with pytest.raises(ZeroDivisionError), progress.progress("Simulating") as advance:
        advance(1 / 0, 1)
    assert page.shown[-1] == ""


def test_a_session_of_ipython_on_a_terminal_is_no_notebook(monkeypatch):
    shell = Page()
    del shell.kernel
    monkeypatch.setitem(sys.modules, "IPython", shell)
    assert progress._notebook() is None


@pytest.mark.parametrize("shown", [progress.advancing, progress.stepping])
def test_progress_is_true_false_or_a_function(shown, capfd):
    for nothing in (False, None):
        with shown(nothing, "Simulating") as call:
            assert call is None
    heard = []
    with shown(heard.append, "Simulating") as call:
        call("mine")
    assert heard == ["mine"]
    with shown(True, "Simulating") as call:
        assert callable(call)
    with pytest.raises(InputError, match="`progress` must be True, False or a function, but is 'yes'"):
        shown("yes", "Simulating")


def heard_by(page) -> bool:
    """Whether a bar was there, with a share or a name, and is gone."""
    return len(page.shown) > 1 and "<progress" in page.shown[0] and page.shown[-1] == ""


SPEC = pg.RunSpec(pg.TiedAutoencoder(n=3, m=4), replicates=2)
ROWS = np.random.default_rng(0).standard_normal((50, 64))


def stored():
    store = pg.sweeps.MemoryStore()
    return store, store.save(pg.simulate(SPEC))


@pytest.mark.parametrize(
    "ask",
    [
        lambda shown: pg.simulate(SPEC, progress=shown),
        lambda shown: pg.sweep(SPEC, {"model.m": [4, 5]}, progress=shown, workers=1),
        lambda shown: pg.sweeps.run_all([SPEC], progress=shown, workers=1),
        lambda shown: pg.study("sparsification-speed").run("quick", progress=shown),
        lambda shown: pg.diagnose(np.eye(4)[:, [0, 0, 1]], progress=shown),
        lambda shown: pg.sweeps.replay(*stored(), progress=shown),
        lambda shown: pg.probe.match([ROWS, ROWS[::-1]], progress=shown),
        lambda shown: pg.euler_single_feature([0.3, 0.2], penalty=0.1, times=[5, 10], progress=shown),
    ],
    ids=["simulate", "sweep", "run_all", "study", "diagnose", "replay", "match", "euler_single_feature"],
)
def test_whatever_takes_long_shows_it_when_asked_and_only_then(ask, page):
    ask(False)
    assert page.shown == []
    ask(True)
    assert heard_by(page)
    with pytest.raises(InputError, match="`progress` must be"):
        ask("yes")


def test_a_layer_of_a_module_shows_each_step(page):
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU())
    batches = [(torch.randn(40, 4), torch.arange(40) % 3)]
    pg.diagnose_module(module, "1", batches, progress=True)
    assert any("reading activations" in each for each in page.shown)
    assert heard_by(page)


@pytest.mark.parametrize("name", ["[/red]", "[bold]x[/]", "{task.x} {", "[link=file:///x]y[/link]", "\x1b[2J\u202e"])
@pytest.mark.parametrize("terminal", [True, False])
def test_names_are_shown_as_they_are(monkeypatch, capsys, name, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    monkeypatch.setattr(progress, "PLAIN_SECONDS", -1.0)
    with progress._bar(name) if terminal else progress._lines(name) as advance:
        advance(1.0, 2.0)
    with progress.steps(name) as say:
        say(name)
    said = capsys.readouterr().err
    assert "\x1b[2J" not in said
    assert terminal or said.count(visible(name)) >= 3
