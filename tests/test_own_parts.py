"""Parts of one's own: found again by where they are imported from, tried before training, and never run unasked."""

from __future__ import annotations

import copy
import hashlib
import importlib
import json
import pickle
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import polygenesis as pg
from parts import ROWS
from polygenesis.cli import main
from polygenesis.dynamics.keeping.provenance import sources
from polygenesis.dynamics.simulate import check
from polygenesis.errors import InputError
from polygenesis.own import Named
from polygenesis.parts import FAMILIES
from polygenesis.spec import RunSpec, part_classes

PAGE = (Path(__file__).parents[1] / "docs" / "howto" / "penalty.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"%%writefile (\w+)\.py\n(.*?)```", PAGE, re.S))
"""The files of the manual's page, by module."""

LAWS = '''
import numpy as np
from polygenesis import parts

@parts.part
class Signs(parts.Initial):
    """±std."""
    std: parts.PositiveFloat = 0.25
    def sample(self, generator, n, m):
        return generator.choice([-1.0, 1.0], (n, m)) * self.std * (1 + generator.random((n, m)))

@parts.part
class Bits(parts.Noise):
    std: parts.PositiveFloat = 0.25
    def sample(self, generator, shape):
        return generator.choice([-1.0, 1.0], shape) * self.std

@parts.part
class Pairs(parts.Features):
    size: parts.PositiveFloat = 1.0
    def firing_probabilities(self, n):
        return np.full(n, 2 / n)
    def mean_squares(self, n):
        return np.full(n, 2 / n * self.size**2)
    def enumerate(self, n):
        return parts.Batch(np.repeat(np.eye(n // 2), 2, axis=1) * self.size)
    def sample(self, generator, n, count):
        return parts.Batch(self.enumerate(n).inputs[generator.integers(n // 2, size=count)])

@parts.part
class Twice(parts.Target):
    by: parts.PositiveFloat = 2.0
    def answers(self, inputs):
        return self.by * inputs

@parts.part
class First(parts.Importance):
    rest: parts.NonNegativeFloat = 0.5
    def of(self, n):
        return np.where(np.arange(n) == 0, 1.0, self.rest)

@parts.part
class Never(parts.Interference):
    until: parts.PositiveFloat = 1.0
    def stages(self, start):
        nobody = np.zeros((len(start), len(start)), dtype=bool)
        return parts.Stage(self.until, nobody), parts.Stage(np.inf, None)

@parts.part
class Net(parts.Model):
    n: parts.PositiveInt
    m: parts.PositiveInt
    readings = (parts.Reading("weights", "There is no other."),)
    breaks_rotations = None
    takes_noise = True
    @property
    def shapes(self):
        return {"weights": (self.n, self.m)}
    def draw(self, name, law, generator):
        return law.sample(generator, self.n, self.m)
    def forward(self, parameters, inputs, setting):
        hidden = inputs @ parameters["weights"]
        seen = hidden if setting.disturb is None else setting.disturb(hidden, 0)
        return (hidden,), (seen @ parameters["weights"].mT).relu()
    def matrices(self, parameters):
        return {"weights": parameters["weights"]}
'''
"""A part of every kind but a penalty."""

SPEC = RunSpec(pg.TiedAutoencoder(n=4, m=8), penalty=pg.L1(0.1), replicates=2)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a module into a folder that is on the path, and imports it anew."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # in workers: a text of the same size in the same second is new
    monkeypatch.chdir(tmp_path)
    names = set()

    def module(name: str, text: str):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        names.add(name)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield module
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def laws(write):
    return write("my_laws", LAWS)


@pytest.fixture
def log_penalty(write):
    pytest.importorskip("torch")
    return write("my_penalties", FILES["my_penalties"]).LogPenalty


def example(laws, field: str):
    """A spec with a part of one's own in a field."""
    part = {
        "initial": lambda: laws.Signs(0.5),
        "noise": lambda: laws.Bits(0.5),
        "features": lambda: laws.Pairs(0.5),
        "target": lambda: laws.Twice(3),
        "importance": lambda: laws.First(0.25),
        "interference": lambda: laws.Never(2),
        "model": lambda: laws.Net(4, 8),
    }[field]()
    return SPEC.replace(**{field: part})


FIELDS = ("initial", "noise", "features", "target", "importance", "interference", "model")


# Built-in parts stay as they are


def test_built_in_parts_keep_their_form_and_their_keys():
    """The hash of all keys of the parts that there were before parts of one's own."""
    model = pg.TiedAutoencoder(n=4, m=8)
    keys = [RunSpec(**{"model": model, row.field: part}).key for row in ROWS for part in (row.part, row.other) if part]
    assert hashlib.sha256(" ".join(keys).encode()).hexdigest() == KEYS


KEYS = "6d18c57b8a609d012699d1b70b86b259e28dc56feb8783b9280b2f6d9143629a"


# A part is found again


@pytest.mark.parametrize("field", FIELDS)
def test_a_part_survives_json_toml_pickle_and_copies(laws, field):
    spec = example(laws, field)
    part = getattr(spec, field)
    assert part.kind == f"my_laws:{type(part).__name__}"
    assert json.loads(spec.canonical)[field]["kind"] == part.kind
    table = "".join(f"{name} = {json.dumps(value)}\n" for name, value in spec.to_dict()[field].items())
    toml = (
        f"replicates = 2\n[model]\nn = 4\nm = 8\n[penalty]\nstrength = 0.1\n{f'[{field}]' if field != 'model' else ''}"
    )
    read = RunSpec.from_toml(
        f"{toml}\n{table}" if field != "model" else f"replicates = 2\n[penalty]\nstrength = 0.1\n[model]\n{table}"
    )
    for again in (RunSpec.from_json(spec.canonical), RunSpec.from_dict(spec.to_dict()), read):
        assert (again, again.key) == (spec, spec.key)
    assert pickle.loads(pickle.dumps(spec)) == copy.deepcopy(spec) == spec
    assert sources(spec) == {f"file of {part.kind}": hashlib.sha256(LAWS.encode()).hexdigest()}


@pytest.mark.parametrize("field", FIELDS)
def test_a_part_takes_part_in_a_run(laws, field):
    """Each changes the run that the built-in part would give."""
    if field not in ("initial", "interference"):
        pytest.importorskip("torch")
    spec = example(laws, field)
    if field not in ("initial", "interference"):
        spec = spec.replace(training=pg.SGD(0.05, 20))
    spec = spec.replace(save=pg.Save(times=(0.0, 1.0), weights=True)) if field == "interference" else spec
    run = pg.simulate(spec)
    assert run.spec == spec
    plain = pg.simulate(spec.replace(**{field: getattr(SPEC, field)}))
    compare = (run.trajectory, plain.trajectory) if field == "interference" else (run.final, plain.final)
    if field == "model":  # the tied autoencoder, once more
        np.testing.assert_allclose(*compare, atol=1e-12)
    else:
        assert not np.allclose(*compare)


def test_a_sweep_with_two_workers_finds_the_class_and_replays(laws, write, tmp_path):
    base = SPEC.replace(initial=laws.Signs())
    table = pg.sweep(base, {"initial.std": [0.2, 0.3]}, store="runs", keep="weights", workers=2)
    assert table["initial.std"].tolist() == [0.2, 0.2, 0.3, 0.3]
    store = pg.sweeps.Store("runs")
    key = base.replace(initial=laws.Signs(0.2)).key
    assert pg.sweeps.replay(store, key).same_bits
    assert store.result(key)["versions"]["file of my_laws:Signs"] == hashlib.sha256(LAWS.encode()).hexdigest()

    edited = LAWS.replace("(1 + ", "(2 + ")
    changed = write("my_laws", edited)
    old, new = (hashlib.sha256(text.encode()).hexdigest()[:12] for text in (LAWS, edited))
    with pytest.raises(
        InputError,
        match=rf"2 runs in 'runs' had another version of the file of my_laws:Signs \(SHA-256 {old}, now {new}\)",
    ):
        pg.sweep(base.replace(initial=changed.Signs()), {"initial.std": [0.2, 0.3]}, store="runs", keep="weights")
    again = pg.sweeps.replay(store, key)
    assert not again.agrees
    assert f"SHA-256 of the file of my_laws:Signs was {old}, is {new}." in str(again)
    with (
        pytest.warns(UserWarning, match=f"another version of my_laws.py: its SHA-256 was {old}, is {new}"),
        pytest.raises(pg.StoreError, match="initial weights that its spec no longer draws"),
    ):
        store.load(key)


def test_a_table_of_runs_of_two_versions_says_so(write, tmp_path, capfd):
    """Folders of two machines whose files differed, put together: no sweep compared them."""
    keys = []
    for std, text in ((0.2, LAWS), (0.3, LAWS.replace("(1 + ", "(2 + "))):
        base = SPEC.replace(initial=write("my_laws", text).Signs())
        pg.sweep(base, {"initial.std": [std]}, store=f"of {std}", keep="weights")
        keys.append(base.replace(initial=type(base.initial)(std)).key)
    assert main(["sweep", "collect", "of 0.2", "--csv", "one.csv"]) == 0
    assert "versions" not in capfd.readouterr().err
    (tmp_path / "of 0.3" / keys[1]).rename(tmp_path / "of 0.2" / keys[1])
    assert main(["sweep", "collect", "of 0.2", "--csv", "both.csv"]) == 0
    assert "The file of my_laws:Signs had 2 versions while these runs were computed (SHA-256: 1 run" in (
        capfd.readouterr().err
    )


def test_a_value_that_is_edited_is_not_the_one_that_ran(log_penalty, write):
    """A penalty: its loaded run has its numbers, keeps the hash that ran wherever it is saved, and warns."""
    spec = SPEC.replace(penalty=log_penalty(0.02), training=pg.SGD(0.02, 10))
    pg.simulate(spec).save("kept")
    then = sources(spec)
    write("my_penalties", FILES["my_penalties"].replace("** 2)", "** 4)"))
    with pytest.warns(UserWarning, match=r"another version of my_penalties\.py"):
        run = pg.load("kept")
    assert sources(run.spec) == then
    assert run.spec.penalty.strength == 0.02
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.save("again")
        assert sources(pg.load("again").spec) == then
        fresh = pg.simulate(run.spec)
    assert sources(fresh.spec) != then
    assert not np.array_equal(fresh.final, run.final)


def test_reading_imports_nothing(log_penalty, tmp_path):
    spec = SPEC.replace(penalty=log_penalty(0.02, scale=0.5), training=pg.SGD(0.02, 10))
    run = pg.simulate(spec)
    store = pg.sweeps.Store("runs")
    key = store.save(run)
    (tmp_path / "my_penalties.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    del sys.modules["my_penalties"]
    again = store.load(key)
    assert (again.final == run.final).all()
    assert isinstance(again.spec.penalty, Named)
    assert (again.spec.key, again.spec.penalty.scale) == (spec.key, 0.5)
    assert len(pg.sweeps.collect(store)) == 2
    assert "my_penalties" in again._repr_html_()
    assert store.save(again) == key
    for act in (lambda: pg.simulate(again.spec), lambda: again.census(), lambda: again.evaluate()):
        with pytest.raises(InputError, match=r"'my_penalties:LogPenalty' is not loaded.*`import my_penalties` first"):
            act()
    for act in (lambda: RunSpec.from_json(store.record(key).spec), lambda: pg.sweeps.replay(store, key)):
        with pytest.raises(
            InputError, match=r"Module 'my_penalties' of penalty .* cannot be imported: SystemExit: imported\."
        ):
            act()
    assert "my_penalties" not in sys.modules


def test_a_class_that_no_other_process_finds_is_simulated_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = {"__name__": "__main__"}
    exec(compile(LAWS, "a cell", "exec", dont_inherit=True), cell)
    spec = SPEC.replace(initial=cell["Signs"]())
    run = pg.simulate(spec)
    assert spec.key[:12] in repr(run)
    store = pg.sweeps.Store("runs")
    acts = {
        "save": lambda: run.save("kept"),
        "store": lambda: store.save(run),
        "sweep": lambda: pg.sweeps.run_all([spec], store=store),
        "sweep in memory": lambda: pg.sweep(spec, {"seed": [0, 1]}, workers=1),
        "write": spec.to_dict,
        "text": lambda: spec.canonical,
        "pickle": lambda: pickle.dumps(spec),
    }
    for act in acts.values():
        with pytest.raises(
            InputError, match=r"^Class `Signs` is defined in a notebook or a script .* put the class into a file"
        ):
            act()
    assert not list(tmp_path.iterdir())
    local = local_class()
    with pytest.raises(InputError, match=r"^Class `local_class.<locals>.Mine` is defined inside a function"):
        SPEC.replace(initial=local()).to_dict()
    with pytest.raises(InputError, match=r"cannot be imported: it was defined in a notebook"):
        RunSpec.from_dict({"model": {"n": 4, "m": 8}, "initial": {"kind": "__main__:Signs"}})


def local_class():
    @pg.parts.part
    class Mine(pg.parts.Initial):
        def sample(self, generator, n, m):
            return generator.standard_normal((n, m))

    return Mine


def test_a_class_whose_module_was_loaded_anew_is_made_again(laws, write):
    spec = SPEC.replace(initial=laws.Signs())
    write("my_laws", LAWS)
    with pytest.raises(InputError, match=r"no longer the one that 'my_laws:Signs' names.*make the part again"):
        spec.to_dict()


def test_another_process_with_another_file_says_so(laws, write):
    sent = pickle.dumps(SPEC.replace(initial=laws.Signs()))
    write("my_laws", LAWS + "\n# edited\n")
    with pytest.raises(InputError, match=r"another version of my_laws\.py: .* it must not change while runs use it\.$"):
        pg.simulate(pickle.loads(sent))


def test_the_hash_covers_what_a_file_imports_from_beside_it(write, tmp_path):
    """Helpers in the same folder, and what these import, whichever form the import has; libraries are left out."""
    text = "import numpy\nimport helper\n" + LAWS
    inner, outer = "FACTOR = 1.0\n", "def late():\n    from shared import inner\n"
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "shared" / "inner.py").write_text(inner, encoding="utf-8")
    (tmp_path / "helper.py").write_text(outer, encoding="utf-8")

    def hashed() -> str:
        sys.modules.pop("helper", None)
        (found,) = sources(SPEC.replace(initial=write("my_laws", text).Signs())).values()
        return found

    first = hashed()
    assert first != hashlib.sha256(text.encode()).hexdigest()
    assert hashed() == first
    (tmp_path / "unrelated.py").write_text("1", encoding="utf-8")
    assert hashed() == first
    (tmp_path / "helper.py").write_text(outer + "# edited\n", encoding="utf-8")
    assert hashed() != first
    (tmp_path / "helper.py").write_text(outer, encoding="utf-8")
    assert hashed() == first
    sent = pickle.dumps(SPEC.replace(initial=write("my_laws", text).Signs()))
    (tmp_path / "shared" / "inner.py").write_text(inner.replace("1", "2"), encoding="utf-8")
    assert hashed() != first
    assert "shared" not in sys.modules
    with pytest.raises(InputError, match=r"another version of my_laws\.py or of a module that it imports: its SHA"):
        pg.simulate(pickle.loads(sent))


def test_a_package_of_one_s_own_is_hashed_with_its_relative_imports(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "mine"  # installed, so that its neighbours there are not its own
    package.mkdir(parents=True)
    (package.parent / "neighbour.py").write_text("", encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "numbers.py").write_text("import neighbour\n", encoding="utf-8")
    (package / "laws.py").write_text("from .numbers import neighbour\n" + LAWS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(package.parent))
    try:
        module = importlib.import_module("mine.laws")
        assert module.Signs._modules == ("mine.laws", "mine", "mine.numbers")
    finally:
        for name in ("neighbour", "mine", "mine.laws", "mine.numbers"):
            sys.modules.pop(name, None)


# What is wrong is said in one sentence

HEAD = "from polygenesis import parts\n"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "class Mine(parts.Penalty):\n    strength: float = 1.0\n    def value(self, w): pass",
            "Class `Mine` must take (self, matrices, activations) in `value`, but takes (self, w).",
        ),
        (
            "class Mine(parts.Initial):\n    std: float = 1.0",
            "Class `Mine` lacks sample, which every parts.Initial has.",
        ),
        (
            "class Mine(parts.Penalty):\n    def value(self, matrices, activations): pass",
            "Class `Mine` lacks strength,",
        ),
        (
            "class Mine(parts.Initial):\n    std: 'Nonesuch'\n    def sample(self, *a): pass",
            "Fields of `Mine` must have types whose names are known",
        ),
        ("class Mine:\n    pass", "Class `Mine` must extend one of parts.Penalty, parts.Model,"),
        (
            "class Mine(parts.Initial):\n    kind: str = 'mine'\n    def sample(self, *a): pass",
            "must have no `kind` of its own",
        ),
        (
            "class Mine(parts.Initial):\n    table: object()\n    def sample(self, *a): pass",
            "Fields of `Mine` must be numbers,",
        ),
        (
            "class Mine(parts.Penalty, __import__('polygenesis').L1):\n    def value(self, *a): pass",
            "Class `Mine` extends L1, whose code would run in its place",
        ),
    ],
)
def test_a_class_that_is_no_part_is_refused_where_it_is_made(write, body, sentence):
    with pytest.raises(InputError) as caught:
        write("mine", f"{HEAD}@parts.part\n{body}\n")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"kind": "nonesuch_module:Signs"}, "Module 'nonesuch_module' of initial 'nonesuch_module:Signs' is not found"),
        ({"kind": "my_laws:Sings"}, "has no class 'Sings'. Did you mean 'Signs'?"),
        ({"kind": "my_laws:Bits"}, "must be a class that extends parts.Initial, but is class Bits."),
        ({"kind": "my_laws:np"}, "must be a class that extends parts.Initial, but is <module"),
        (
            {"kind": "polygenesis.initial:Gaussian"},
            "must be a class that extends parts.Initial, but is class Gaussian.",
        ),
        ({"kind": "my laws:Signs"}, "must be named as module:Class"),
        (
            {"kind": "my_laws:Signs", "sdt": 1},
            "Unknown field `initial.sdt` (given 1); Signs has fields std. Did you mean `initial.std`?",
        ),
        ({"kind": "my_laws:Signs", "std": -1}, "Argument `initial.std` must be greater than 0, but is -1."),
        ({"kind": "my_laws:Plain"}, "Class `Plain` needs the decorator `@parts.part` above it."),
        ({"kind": "broken:Signs"}, "Module 'broken' of initial 'broken:Signs' cannot be imported: SyntaxError:"),
    ],
)
def test_a_spec_that_names_no_part_is_refused(write, tmp_path, part, sentence, capfd):
    write("my_laws", LAWS + "\nclass Plain(parts.Initial):\n    def sample(self, *a): pass\n")
    (tmp_path / "broken.py").write_text("def (", encoding="utf-8")
    Path("spec.json").write_text(json.dumps({"model": {"n": 4, "m": 8}, "initial": part}), encoding="utf-8")
    assert main(["run", "spec.json"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err
    assert not Path("results").exists()


def test_an_instance_is_refused_where_it_cannot_stand(laws):
    with pytest.raises(
        InputError, match=r"Argument `initial` must extend parts\.Initial, but Bits extends parts\.Noise"
    ):
        SPEC.replace(initial=laws.Bits())

    class Mine(pg.L1):
        pass

    with pytest.raises(InputError, match=r"Class `Mine` extends L1, whose code would run in its place"):
        SPEC.replace(penalty=Mine(0.1))

    class Plain(pg.parts.Initial):
        def sample(self, generator, n, m):
            return generator.standard_normal((n, m))

    with pytest.raises(InputError, match=r"needs the decorator `@parts\.part`"):
        Plain()


# A part that contradicts itself

WRONG = {
    "another generator": (
        "initial",
        "return np.random.standard_normal((n, m))",
        "draws other numbers from equal generators",
    ),
    "a shape that would stretch": (
        "initial",
        "return generator.standard_normal(m)",
        "must return shape (4, 8) from `sample`",
    ),
    "not a number": (
        "initial",
        "return generator.standard_normal((n, m)) * np.nan",
        "returns numbers from `sample` that",
    ),
    "an error": ("initial", "return generator.nonesuch", "fails with AttributeError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_law_that_would_not_replay_is_refused(write, name):
    field, line, sentence = WRONG[name]
    made = "@parts.part\nclass Mine(parts.Initial):\n    def sample(self, generator, n, m):\n        "
    text = f"import numpy as np\n{HEAD}{made}{line}\n"
    with pytest.raises(InputError, match=rf"^Initial 'mine:Mine' {re.escape(sentence)}") as caught:
        pg.simulate(SPEC.replace(**{field: write("mine", text).Mine()}))
    assert name != "an error" or "(mine.py:6 in sample)" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("2 / n * self.size", "1 / n * self.size", "has `mean_squares` of 0.125, which must be 0.25 by"),
        (
            "np.full(n, 2 / n)\n",
            "np.full(n, 1 / n)\n",
            "has `firing_probabilities` of 0.25, which must be 0.5",
        ),
    ],
)
def test_features_that_contradict_their_inputs_are_refused(write, old, new, sentence):
    pytest.importorskip("torch")
    assert LAWS.count(old) == 1
    with pytest.raises(InputError, match=re.escape(sentence)):
        check(SPEC.replace(features=write("my_laws", LAWS.replace(old, new)).Pairs(0.7071067811865476)))


PENALTY = """
import torch
from polygenesis import parts

@parts.part
class Mine(parts.Penalty):
    strength: parts.NonNegativeFloat = 0.1
    {more}
    def value(self, matrices, activations):
        return self.strength * sum({value} for w in matrices.values())
    {methods}
"""


@pytest.mark.parametrize(
    ("value", "more", "methods", "sentence"),
    [
        ("(abs(w) * w.detach()).sum((-2, -1))", "", "", "has a gradient that is not that of its value"),
        ("abs(w.detach()).sum((-2, -1))", "", "", "has a gradient that is not that of its value"),
        ("abs(w).sum()", "", "", "must return shape (2,) from `value`, but returns shape ()"),
        ("(abs(w).sum((-2, -1)) + 0 * w).sum((0, -1))[:2]", "", "", "fails with"),
        ("abs(w).sum((-2, -1)) * abs(w).mean()", "", "", "mixes replicates in `value`"),
        (
            "(w * w).sum((-2, -1))",
            "",
            "",
            "says breaks_rotations = True, but its value does not change under rotations",
        ),
        (
            "abs(w).sum((-2, -1))",
            "breaks_rotations = False",
            "",
            "says breaks_rotations = False, but its value changes",
        ),
        ("abs(w).sum((-2, -1)) / 0", "", "", "returns numbers from `value` that are not finite"),
        (
            "abs(w).sum((-2, -1))",
            "proximal = True",
            "def smooth(self, *a): return 0.0\n    def shrink(self, w, step): return w - w.clip(-step, step)",
            "has a `shrink` that is not the proximal map of value − smooth",
        ),
        ("abs(w).sum((-2, -1))", "", "def smooth(self, *a): return 0.0", "must return the whole value from `smooth`"),
        ("abs(w).sum((-2, -1))", "proximal = True", "", "says `proximal`, so it must have `shrink` and `smooth`."),
        (
            "abs(w).sum((-2, -1))",
            "proximal = True",
            "def smooth(self, *a): return 0.0",
            "says `proximal`, so it must have `shrink`.",
        ),
    ],
)
def test_a_penalty_that_contradicts_itself_is_refused(write, value, more, methods, sentence):
    pytest.importorskip("torch")
    part = write("mine", PENALTY.format(value=value, more=more, methods=methods)).Mine()
    with pytest.raises(InputError, match=rf"^Penalty 'mine:Mine' {re.escape(sentence)}"):
        pg.simulate(SPEC.replace(penalty=part, training=pg.SGD(0.1, 1)))


@pytest.mark.parametrize(
    ("value", "bends"),
    [
        ("abs(w).sum((-2, -1))", True),
        ("(1 + abs(w) / 0.1).log().sum((-2, -1))", True),
        ("(abs(w) + 1e-30).sqrt().sum((-2, -1))", True),
        ("1e-6 * (w**4 + abs(w.clip(0, None))).sum((-2, -1))", True),
        ("(1 + (w / 0.01) ** 2).log().sum((-2, -1))", False),
        ("w.abs().pow(3).sum((-2, -1))", False),
        ("abs(w - 0.4).sum((-2, -1))", False),
    ],
)
def test_a_kink_at_zero_that_is_not_said_is_told(write, value, bends):
    """Slopes that jump at zero, finite or not; other kinks and steep bends are none."""
    pytest.importorskip("torch")
    part = write("mine", PENALTY.format(value=value, more="", methods="")).Mine()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        check(SPEC.replace(penalty=part, training=pg.SGD(0.1, 1)))
    said = [str(each.message) for each in heard if "kink at zero" in str(each.message)]
    assert len(said) == bends
    assert not bends or said[0].startswith("Penalty 'mine:Mine' has a kink at zero, but is not `proximal`: gradient")
    assert not bends or said[0].endswith("see 'A kink at zero' on the documentation's page 'Write a penalty'.")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("my_log.LogKink", "A class of your own is named with a colon: my_log:LogKink."),
        ("LogKink", "A class of your own is named with a colon: my_module:LogKink."),
    ],
)
def test_a_kind_that_looks_like_a_class_is_told_how_one_is_named(kind, sentence):
    with pytest.raises(InputError, match=rf"^Unknown penalty '{kind}'; .*{re.escape(sentence)}$"):
        RunSpec.from_dict({"model": {"kind": "tied-autoencoder", "n": 4, "m": 8}, "penalty": {"kind": kind}})


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "inputs @ parameters",
            "inputs @ parameters['weights'].mean(0, keepdim=True) + 0 * inputs @ parameters",
            "mixes replicates in `forward`",
        ),
        ("return (hidden,), (seen", "return (), (seen", "must return layers and outputs of shapes"),
        ("setting.disturb(hidden, 0)", "hidden", "must call `setting.disturb` once for each hidden layer"),
        (
            "return law.sample(generator, self.n, self.m)",
            "return law.sample(generator, 1, self.m)",
            "from `draw of weights`",
        ),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(write, old, new, sentence):
    pytest.importorskip("torch")
    assert LAWS.count(old) == 1
    with pytest.raises(InputError, match=rf"^Model 'my_laws:Net' .*{re.escape(sentence)}"):
        check(SPEC.replace(model=write("my_laws", LAWS.replace(old, new)).Net(4, 8)))


# The parts of the manual


def test_the_penalty_of_the_manual_trains_as_its_formula_says(log_penalty):
    """One step of gradient descent from given weights, by hand."""
    start = np.array([[[0.3, -0.6]]])
    spec = RunSpec(pg.TiedAutoencoder(n=1, m=2), penalty=log_penalty(0.5), training=pg.SGD(0.1, 1))
    final = pg.simulate(spec, initial_weights=start).final
    loss = -4 * (1 - (start**2).sum()) * start
    np.testing.assert_allclose(final, start - 0.1 * (loss + 0.5 * 2 * start / (0.09 + start**2)), rtol=1e-12)


def test_the_kink_of_the_manual_gives_exact_zeros(write):
    pytest.importorskip("torch")
    part = write("my_kinks", FILES["my_kinks"]).LogKink(0.2, scale=1.0)
    run = pg.simulate(SPEC.replace(penalty=part, training=pg.SGD(0.05, 200)))
    assert "proximal" in run.engine
    assert (run.final == 0).mean() > 0.3


def test_the_command_finds_a_part_in_the_current_folder_and_by_a_flag(write, tmp_path, monkeypatch, capfd):
    """Not on the path: the folder of the command is looked in last."""
    write("my_laws", LAWS)
    monkeypatch.delitem(sys.modules, "my_laws")
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(tmp_path)])
    flags = ["--model.n", "4", "--model.m", "8", "--initial.kind", "my_laws:Signs", "--initial.std", "0.5"]
    assert main(["run", *flags, "--json", "--quiet", "--out", "runs"]) == 0
    key = json.loads(capfd.readouterr().out)["key"]
    assert sys.path[-1] == str(tmp_path)
    assert main(["replay", key, "--runs", "runs"]) == 0
    assert "replays bit for bit" in capfd.readouterr().out
    assert main(["run", *flags, "--initial.nonesuch", "1"]) == 2
    assert "Fields that only a part of your own has go into a spec file." in capfd.readouterr().err
    write("my_laws", LAWS.replace("(1 + ", "(2 + "))
    assert main(["run", *flags, "--out", "runs"]) == 2
    assert "1 run in 'runs' had another version of the file of my_laws:Signs" in capfd.readouterr().err


def test_without_pytorch_a_penalty_is_refused_in_one_sentence(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    part = write("my_penalties", FILES["my_penalties"]).LogPenalty(0.1)
    with pytest.raises(InputError, match=r"needs PyTorch, which is not installed"):
        pg.simulate(SPEC.replace(penalty=part))


def test_a_network_of_one_s_own_is_a_module_that_computes_the_same(laws):
    torch = pytest.importorskip("torch")
    run = pg.simulate(SPEC.replace(model=laws.Net(4, 8), training=pg.Adam(steps=20)))
    with torch.no_grad():
        outputs = run.network(1)(torch.eye(4, dtype=torch.float64)).numpy()
    np.testing.assert_allclose(outputs, np.maximum(run.final[1] @ run.final[1].T, 0), atol=1e-12)


def test_all_parts_but_training_may_be_one_s_own():
    opened = {each._field for each in FAMILIES.values()}
    assert opened == {*FIELDS, "penalty"} == set(part_classes()) - {"training", "save"}
