import pytest

from polygenesis.cli import main
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.report.explorer import explore
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store

SPEC = RunSpec(TiedAutoencoder(n=4, m=8), penalty=L1(0.1))


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mistake(capfd, *tokens):
    """Run a command that cannot work; return its one sentence."""
    assert main(["explore", *tokens]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    return err


def test_flags_make_the_page_that_python_makes(in_a_folder, capfd):
    assert main(["explore", "--model.n", "4", "--model.m", "8", "--penalty.strength", "0.1"]) == 0
    assert (in_a_folder / "explorer.html").read_text(encoding="utf-8") == explore(SPEC).html
    assert capfd.readouterr().out == "The page shows 4 features on 8 neurons, simulated in the page: explorer.html\n"


def test_without_arguments_it_is_the_standard_network(in_a_folder):
    assert main(["explore", "--out", "page.html"]) == 0
    assert (in_a_folder / "page.html").read_text(encoding="utf-8") == explore().html


def test_a_file_and_flags_make_the_spec(in_a_folder):
    (in_a_folder / "spec.toml").write_text("[model]\nn = 4\nm = 9\n[penalty]\nstrength = 0.1\n")
    assert main(["explore", "spec.toml", "--model.m", "8"]) == 0
    assert (in_a_folder / "explorer.html").read_text(encoding="utf-8") == explore(SPEC).html


def test_a_stored_run_is_replayed_by_the_beginning_of_its_key(in_a_folder):
    run = simulate(SPEC)
    Store(in_a_folder / "runs").save(run)
    assert main(["explore", SPEC.key[:8], "--runs", "runs"]) == 0
    assert (in_a_folder / "explorer.html").read_text(encoding="utf-8") == explore(run).html


def test_the_browser_is_asked_only_when_wanted(in_a_folder, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    main(["explore", "--model.n", "4", "--model.m", "8"])
    assert opened == []
    main(["explore", "--model.n", "4", "--model.m", "8", "--open"])
    assert opened == [(in_a_folder / "explorer.html").as_uri()]


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["nothing"], "WHAT must be a .toml or .json file or the key of a stored run"),
        (["no.toml"], "Cannot read 'no.toml'"),
        (["abcdef"], "Folder of runs 'results/runs' does not exist"),
        (["--model.n", "65"], "n = 65 and m = 36"),
        (["--model.n", "0"], "model.n"),
        (["--replicate", "1"], "`replicate` must be a whole number from 0 to 0, but is 1"),
        (["--out", "no/page.html"], "there is no folder"),
        (["--out", "."], "it is a folder"),
    ],
)
def test_mistakes_are_one_sentence_and_write_nothing(in_a_folder, capfd, tokens, words):
    assert words in mistake(capfd, *tokens)
    assert list(in_a_folder.iterdir()) == []


def test_a_key_that_names_no_run_and_flags_beside_a_key(in_a_folder, capfd):
    Store(in_a_folder / "runs").save(simulate(SPEC))
    assert "has a key that begins with" in mistake(capfd, "ffff0000", "--runs", "runs")
    assert "flags cannot change run" in mistake(capfd, SPEC.key[:8], "--seed", "3", "--runs", "runs")


def test_a_file_that_is_no_page_is_not_replaced(in_a_folder, capfd):
    (in_a_folder / "spec.toml").write_text("[model]\nn = 4\nm = 8\n")
    assert "is there and is no page" in mistake(capfd, "spec.toml", "--out", "spec.toml")
    assert "n = 4" in (in_a_folder / "spec.toml").read_text()
