"""Random specs, sweep files, command lines and inputs of a diagnosis: what a user, or an enemy, may type.

Each attack is a name and a function. The rule for all of them: it ends within seconds of computing, with a result or
with an :class:`InputError` of one sentence; no other exception, no warning of arithmetic.
``python tests/hostile_input.py COUNT SEED`` runs them, and prints what breaks the rule.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import decimal
import io
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from parts import ROWS
from polygenesis.errors import InputError, PolygenesisError
from polygenesis.spec import RunSpec, part_classes

Attack = tuple[str, Callable[[], object]]

COMPUTING = 0.1
"""Seconds of computing after which a simulation is interrupted: what is asked is that it can be."""

PATIENCE = 5.0
"""Seconds of computing that one attack may take, the interruption of its simulation included."""

TOO_LARGE = [1e30, 1e99, 1e100, 1.7e308, 10**18, 2**53, 2**63, 2**64, 10**100, 10**400, -(10**400), 10**5000]
TOO_SMALL = [5e-324, 2.2e-308, 1e-300, 1e-100, 1e-30, -5e-324]
ODD = [
    float("nan"),
    float("inf"),
    -float("inf"),
    True,
    False,
    None,
    "",
    "nan",
    "inf",
    "1e400",
    "-1",
    "0x10",
    "1_0",
    "١",
]
OBJECTS = [[], [1.0], [[1]], {}, {"kind": "l1"}, {"a": {"b": 1}}, "x" * 5000, "a\x00b", "1" * 5000, "9" * 400]
FAIR = [0, 1, 2, 3, 4, 0.0, -0.0, 0.5, 1.0, -1, -0.5, 1e-12, 1e-6, 1e-3, 0.1, 10.0, 100.0, 1e6, 1e12, 1e29]
IN_PYTHON = [
    b"1",
    1j,
    decimal.Decimal("NaN"),
    np.float32(1e38),
    np.float64("nan"),
    np.int8(3),
    np.uint64(2**64 - 1),
    np.bool_(True),
    np.array(2.0),
    np.array([1, 2]),
    np.ma.masked,
    object,
    range(3),
]
SIZES = [1, 2, 3, 4, 6, 8, 12]


warm = False
"""Whether everything is imported and compiled, so that it may be interrupted."""


class Interrupted(BaseException):
    """The simulation was long enough."""


def named(part: Any) -> list[str]:
    """Names of a part's fields."""
    return [each.name for each in dataclasses.fields(part)]


def number(rng: random.Random) -> Any:
    """Draw a value for a field: a third of them are fair."""
    return rng.choice(rng.choice([FAIR, FAIR, TOO_LARGE, TOO_SMALL, ODD, OBJECTS]))


def fields_of(rng: random.Random) -> dict[str, Any]:
    """Draw the fields of a spec from parts that are known to be sound."""
    fields: dict[str, Any] = {"replicates": rng.choice([1, 1, 2, 3]), "seed": rng.randrange(4)}
    for name in part_classes():
        if name == "model" or rng.random() < 0.4:
            rows = [row for row in ROWS if row.field == name]
            part = rng.choice([each for row in rows for each in (row.part, row.other) if each is not None])
            written = {each.name: getattr(part, each.name) for each in dataclasses.fields(part)}
            fields[name] = {each: list(v) if isinstance(v, tuple) else v for each, v in written.items()}
    if rng.random() < 0.5:
        fields["precision"] = rng.choice(["float32", "float64"])
    fields["model"] |= {"n": rng.choice(SIZES), "m": rng.choice(SIZES)}
    return fields


def spoil(rng: random.Random, fields: dict[str, Any], more: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Change one to three values, anywhere."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        value = rng.choice(more) if more and rng.random() < 0.3 else number(rng)
        places = [(fields, name) for name in fields]
        places += [(part, name) for part in fields.values() if isinstance(part, dict) for name in part]
        place, name = rng.choice(places[-max(1, 3 * len(places) // 4) :])
        if rng.random() < 0.05:
            name = rng.choice(["", "kind", "λ", "model.n", "x" * 300, "a\nb"])
        place[name] = value
    return fields


def examine(fields: dict[str, Any]) -> None:
    """Do with a spec whatever is done with specs; simulate it where it is small."""
    from polygenesis.dynamics.memory import least_memory
    from polygenesis.dynamics.simulate import check, simulate
    from polygenesis.sweeps.cost import estimate_bytes, estimate_memory, estimate_seconds
    from polygenesis.sweeps.schedule import check_fits

    spec = RunSpec.from_dict(fields)
    assert RunSpec.from_json(spec.canonical) == spec
    assert RunSpec.from_json(spec.canonical).key == spec.key
    check(spec)
    check_fits([spec])
    assert 0 < estimate_seconds(spec) < float("inf")
    assert estimate_memory(spec) > 0
    assert estimate_bytes(spec) > 0
    if least_memory(spec, spec.replicates) < 2**20:
        with interrupting(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            run = simulate(spec)
            assert len(run.outcome) == spec.replicates


@contextlib.contextmanager
def interrupting() -> Iterator[None]:
    """Interrupt what computes too long; that it ends there is what is asked."""

    def hear(number: int, frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGPROF, hear)
    try:
        signal.setitimer(signal.ITIMER_PROF, COMPUTING if warm else 0)
        yield
    except Interrupted:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def specs(count: int, seed: int) -> Iterator[Attack]:
    """Specs from dictionaries, as Python, TOML and JSON give them."""
    rng = random.Random(f"specs {seed}")
    for index in range(count):
        fields = spoil(rng, fields_of(rng), tuple(IN_PYTHON))
        yield (
            f"spec {seed}/{index} {fields!r:.600}" if printable(fields) else f"spec {seed}/{index}",
            _thunk(examine, fields),
        )


def printable(fields: Any) -> bool:
    """Whether Python will write the fields: it refuses very long numbers."""
    try:
        return bool(repr(fields))
    except ValueError:
        return False


def _thunk(function: Callable[..., object], *values: Any) -> Callable[[], object]:
    return lambda: function(*values)


CONDITIONS = [
    "9**9**9**9",
    "(m,)*10**9",
    "-" * 5000 + "m",
    "not " * 900 + "m",
    "(" * 200 + "m" + ")" * 200,
    "m" + "+m" * 400,
    "'a'*10**10 == m",
    "'%1000000000d' % 5",
    "1 << 10**9",
    "2**-10**9 > 0",
    "(-8)**0.5 > 0",
    "1/0",
    "m % 0",
    "1e308*10 > m",
    "m in 5",
    "m < 'a'",
    "m if m else n",
    "[m for m in (1,)]",
    "lambda: 1",
    "m.__class__",
    "__import__('os')",
    "f'{m}'",
    "m := 3",
    "0x" + "f" * 900 + " > m",
    "m @ n",
    "model.m >= n and penalty.kind == 'l1'",
    "m == None",
    "1j == m",
    "...",
    "",
    " m",
    "m\n>\n1",
    "\x00",
    "m >= n",
    "strength",
    "kind == 'l1'",
    "~m & 1 == 0",
    "m in (2, 3, (4,))",
    "0 < m < 9 != n",
    "*m, n",
]
TOKENS = [
    "m",
    "n",
    "seed",
    "model.n",
    "1",
    "0",
    "2",
    "1e9",
    "'l1'",
    "**",
    "*",
    "+",
    "-",
    "/",
    "//",
    "%",
    "<<",
    "<",
    ">=",
]
TOKENS += [
    "==",
    "and",
    "or",
    "not",
    "in",
    "(",
    ")",
    "[",
    "]",
    ",",
    "None",
    "True",
    "is",
    ".",
    "@",
    "~",
    "|",
    "9",
    "99999",
]


def examine_sweep(text: str) -> None:
    """Read a sweep file, make its first points, and plan it where it is small."""
    from polygenesis.sweeps import MemoryStore, plan, read_grid

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        grid = read_grid(path)
        first = list(itertools.islice(itertools.islice(grid.points(), 400), 12))
        assert len({point.key for point in first}) <= 12
        if np.prod([float(len(axis)) for axis in grid.axes]) <= 60:
            str(plan(grid, MemoryStore()))


def toml(value: Any) -> str:
    """Write a value as TOML would have it, or something that is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(str(k))} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) > 10**4000:
        return "1" + "0" * 5000
    return "{}" if value is None else repr(value)


def sweep_text(rng: random.Random) -> str:
    """Draw a sweep file."""
    base = spoil(rng, fields_of(rng)) if rng.random() < 0.5 else {"model": {"n": 4, "m": 6}}
    axis = rng.choice(
        [
            [number(rng) for _ in range(rng.randrange(4))],
            {"from": number(rng), "to": number(rng), rng.choice(["step", "count", "by"]): number(rng)},
            {
                "from": 1,
                "to": rng.choice([3, 9]),
                "count": rng.choice([2, 3, 10**9]),
                "spacing": rng.choice(["log", "x"]),
            },
            [1, 2, 3],
        ]
    )
    name = rng.choice(["model.n", "model.m", "penalty.strength", "seed", "training.max_step", "a.b", "", "save.times"])
    where = rng.choice(
        [rng.choice(CONDITIONS), " ".join(rng.choice(TOKENS) for _ in range(rng.randrange(1, 12))), "m > 0"]
    )
    parts = [
        f"where = {toml(where)}" if rng.random() < 0.6 else "",
        f"keep = {toml(rng.choice(['scalars', number(rng)]))}",
    ]
    parts += [f"store = {toml(rng.choice(['runs', 'runs', number(rng)]))}", f"spec = {toml(base)}"]
    parts += [f"axes = {toml({name: axis})}" if rng.random() < 0.8 else f"axes = {toml(number(rng))}"]
    if rng.random() < 0.2:
        parts.append(f"zip = {toml([{'seed': [1, 2], 'replicates': [number(rng), 2]}])}")
    text = "\n".join(parts)
    if rng.random() < 0.15:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(["\x00", "]", '"""', "\ud800", "=", "\n[", "'" * 3, "{" * 500]) + text[at + 1 :]
    return text


def sweeps(count: int, seed: int) -> Iterator[Attack]:
    """Sweep files: spoiled specs, axes, ranges and conditions, and files that are no TOML."""
    rng = random.Random(f"sweeps {seed}")
    for index in range(count):
        text = sweep_text(rng)
        if index < len(CONDITIONS):
            text = f"where = {toml(CONDITIONS[index])}\nspec.model = {{ n = 3, m = 4 }}\naxes.seed = [1, 2]"
        yield f"sweep {seed}/{index} {text!r:.600}", _thunk(examine_sweep, text)


WORDS = [
    "abc",
    "x y",
    "it's",
    '"',
    "a\nb",
    "a\n#SBATCH --x",
    "$(FOO)",
    "`id`",
    "${HOME}",
    "-1",
    "--help",
    "",
    " ",
    "é",
    "a" * 300,
    "A_B",
    "-a",
    "a-",
    "a..b",
    "4G",
    "0",
    "1e9",
    "1:99:99",
    "04:00:00",
    "1-12:00",
    "4Gi",
    "my-claim",
    "registry.org:5000/a/b:1",
    "/data",
    "/da:ta",
    "nan",
    "inf",
    "1" * 400,
    "\x07",
    "\u2028",
    "0/2",
    "2/2",
    "auto",
]
GOOD_SWEEP = "store = 'runs'\n[spec]\nmodel = { n = 2, m = 3 }\npenalty.strength = 0.5\n[axes]\nseed = [0, 1]\n"


def command(rng: random.Random) -> list[str]:
    """Draw a command line: job files with spoiled values, runs with spoiled flags, words in any order."""

    def word() -> str:
        value = number(rng) if rng.random() < 0.5 else rng.choice(FAIR)
        return rng.choice(WORDS) if rng.random() < 0.7 or not printable(value) else str(value)

    def some(*flags: str) -> list[str]:
        return [each for flag in flags if rng.random() < 0.4 for each in (f"--{flag}", word())]

    parts = part_classes()
    fields = [f"{name}.{each}" for name, classes in parts.items() for cls in classes for each in named(cls)]
    kind = rng.choice(["slurm", "k8s", "run", "plan", "words"])
    if kind == "slurm":
        flags = some("time", "cpus", "memory", "partition", "most-at-once", "command", "out")
        return ["sweep", "slurm", "s.toml", "--shards", rng.choice(["2", "2", word()]), *flags]
    if kind == "k8s":
        flags = some("name", "mount", "cpus", "memory", "most-at-once", "path", "out")
        image = rng.choice(["polygenesis", word()])
        return [
            "sweep",
            "k8s",
            "s.toml",
            "--shards",
            "2",
            "--image",
            image,
            "--claim",
            rng.choice(["c", word()]),
            *flags,
        ]
    if kind == "run":
        flags = some(*rng.sample(fields, rng.choice([1, 2, 3])))
        sizes = ["--model.n", rng.choice(["2", "3"]), "--model.m", "3", "--training.max_time", "1"]
        return ["run", *sizes, *flags, *some("workers", "max-memory", "seed", "replicates", "precision")]
    if kind == "plan":
        return [
            "sweep",
            rng.choice(["plan", "status", "collect", "verify"]),
            rng.choice(["s.toml", word()]),
            *some("csv"),
        ]
    return [
        rng.choice(["sweep", "run", "replay", "report", "study", "diagnose", word()]),
        word(),
        word(),
        *some("out", "runs"),
    ]


def examine_command(tokens: list[str]) -> None:
    """Run a command line in an empty folder; its exit code is one of ours, and stderr has no traceback."""
    from polygenesis.cli.app import main

    here, heard = os.getcwd(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            Path("s.toml").write_text(GOOD_SWEEP)
            if any("\x00" in each for each in tokens):  # no shell can pass it on
                return
            with interrupting(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(heard):
                code = main(tokens)
                assert code in (0, 1, 2, 75, 130), code
                assert code != 2 or heard.getvalue().count("\n") <= 30
        finally:
            os.chdir(here)
    assert "Traceback" not in heard.getvalue()


def commands(count: int, seed: int) -> Iterator[Attack]:
    """Command lines, run in this process."""
    rng = random.Random(f"commands {seed}")
    for index in range(count):
        tokens = command(rng)
        yield f"command {seed}/{index} {tokens!r:.400}", _thunk(examine_command, tokens)


def odd_array(rng: random.Random, samples: int) -> Any:
    """Draw what might be given as activations or labels."""
    values = np.random.default_rng(rng.randrange(2**32)).standard_normal((samples, rng.choice([1, 2, 5])))
    made: list[Callable[[], Any]] = [
        lambda: values,
        lambda: values[:, 0],
        lambda: values.astype(rng.choice(["f2", "f4", "i8", "u1", "c16", "O", "U5", "S3", "?"])),
        lambda: np.where(values > 1, number_or_nan(rng), values),
        lambda: values.tolist(),
        lambda: [tuple(row) for row in values.tolist()],
        lambda: np.ma.MaskedArray(values, mask=values > rng.choice([1.0, 9.0])),
        lambda: np.arange(samples) % rng.choice([1, 2, 3, samples]),
        lambda: (np.arange(samples) % 2).astype(object),
        lambda: np.array(
            [rng.choice(["a", "b", None, 1, 2.0, (1, 2), float("nan"), b"a"]) for _ in range(samples)], object
        ),
        lambda: [rng.choice(["a", "b"]) for _ in range(samples)],
        lambda: (values > 0).astype(int),
        lambda: values[:0],
        lambda: values[:3],
        lambda: values * 1e300,
        lambda: values * 5e-324,
        lambda: iter([values[:7], values[7:]]),
        lambda: iter([values[:7], values[7:, :1]]),
        lambda: np.datetime64("2020-01-01") + np.arange(samples),
        lambda: number(rng),
        lambda: rng.choice(WORDS),
        lambda: np.zeros(samples, dtype=[("a", float)]),
    ]
    return rng.choice(made)()


def number_or_nan(rng: random.Random) -> float:
    """Draw a number that may not be finite."""
    return float(rng.choice([1e30, 1e300, float("nan"), float("inf"), 0.0]))


def examine_inputs(given: Any, labels: Any, options: dict[str, Any]) -> None:
    """Read activations and labels, and diagnose them where both can be read."""
    import polygenesis as pg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        pg.diagnose(given, labels, draws=99, **options)


def diagnoses(count: int, seed: int) -> Iterator[Attack]:
    """Activations and labels of any type, and options of any value."""
    rng = random.Random(f"diagnoses {seed}")
    for index in range(count):
        samples = rng.choice([8, 20, 40])
        given, labels = odd_array(rng, samples), odd_array(rng, rng.choice([samples, samples, samples, 7]))
        names = rng.sample(
            ["kind", "measure", "threshold", "seed", "alternatives", "examples", "widths"], rng.choice([0, 0, 1])
        )
        options = {name: rng.choice([number(rng), "classes", "continuous", [0.5]]) for name in names}
        said = f"diagnosis {seed}/{index}: {type(given).__name__}, {type(labels).__name__}, {', '.join(options)}"
        yield said, _thunk(examine_inputs, given, labels, options)


KINDS = {"specs": specs, "sweeps": sweeps, "commands": commands, "diagnoses": diagnoses}


def breaks(attack: Attack) -> str | None:
    """Run one attack; say how it broke the rule, or None."""
    name, act = attack
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            act()
    except InputError as error:
        said = str(error)
        if "\n" in said.strip() or len(said) > 2000:
            return f"{name}: a sentence of {len(said)} characters and {said.count(chr(10))} line breaks: {said!r:.200}"
    except PolygenesisError as error:
        return f"{name}: {type(error).__name__}: {error!s:.300}"
    except Exception as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{name}: {type(error).__name__}: {error!s:.300} ({Path(where.filename).name}:{where.lineno})"
    spent = time.process_time() - start
    return f"{name}: {spent:.1f} s of computing" if spent > PATIENCE else None


def warm_up() -> None:
    """Import and compile what simulations need, so that none of it is interrupted: modules half made break Python."""
    import polygenesis as pg
    from polygenesis.cli.app import main

    short = {"training": {"kind": "gradient-flow", "max_time": 0.1}}
    for fields in (short, {"training": {"kind": "adamw", "steps": 2}}, {**short, "features": {"kind": "digits"}}):
        for model in ({"n": 2, "m": 3}, {"kind": "perceptron", "n": 64, "m": 3, "outputs": 10}):
            for precision in ("float32", "float64"):
                with contextlib.suppress(InputError), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    examine(
                        {"model": model, "precision": precision, "save": {"times": 2, "series": ["loss"]}, **fields}
                    )
    labels = np.arange(40) % 2
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        pg.diagnose(np.random.default_rng(0).standard_normal((40, 3)), labels, draws=99)
        with tempfile.TemporaryDirectory() as folder:
            main(["run", "--model.n", "2", "--model.m", "3", "--out", folder])
    globals()["warm"] = True


def main(count: int, seed: int, kinds: list[str]) -> int:
    """Run so many attacks of each kind and print what they broke."""
    broken = collections.Counter[str]()
    warm_up()
    for kind in kinds:
        for attack in KINDS[kind](count, seed):
            if (said := breaks(attack)) is not None:
                broken[kind] += 1
                print(said, flush=True)
        print(f"{kind}: {count} attacks, {broken[kind]} broken", flush=True)
    return int(broken.total() > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] or list(KINDS)))
