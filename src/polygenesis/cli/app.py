"""The commands by name, each imported when it is called, and what every error looks like."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Group, Parameter

from polygenesis.cli import output
from polygenesis.cli.helping import Screenful, whole_help
from polygenesis.errors import InputError, PolygenesisError, StoreError
from polygenesis.importing import look_in

COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    (
        "paper",
        "paper:paper",
        "Reproduce the paper: run its studies, judge its claims, write one page.",
        "polygenesis paper --profile quick",
    ),
    ("studies", "studies:studies", "List the studies and their questions.", "polygenesis studies"),
    ("study", "studies:study", "Run one study and print its verdicts.", "polygenesis study collision-count"),
    (
        "run",
        "run:run",
        "Train one network many times and count its polysemantic neurons.",
        "polygenesis run --model.n 64 --model.m 128 --replicates 8",
    ),
    (
        "explore",
        "explore:explore",
        "Write a page to watch a network train, change its start and train again.",
        "polygenesis explore --model.n 24 --model.m 36 --open",
    ),
    (
        "diagnose",
        "diagnose:diagnose",
        "List the polysemantic neurons of a trained network, and why they are shared.",
        "polygenesis diagnose activations.npy labels.npy --html diagnosis.html",
    ),
    (
        "report",
        "paper:report",
        "Rewrite the page of a results folder from its stored runs.",
        "polygenesis report results",
    ),
    ("replay", "replay:replay", "Compute a stored run again and compare.", "polygenesis replay 3f2a9c"),
    (
        "bench",
        "bench:bench",
        "Measure the speed against a plain PyTorch loop.",
        "polygenesis bench --only adamw-256 --out bench.json",
    ),
    (
        "completion",
        "completion:completion",
        "Write the shell script that completes commands and options.",
        "polygenesis completion bash",
    ),
)
"""Name, function, help and one example that runs."""

SWEEP = "sweep.toml"

STARTER = "axes = { model.n = [8], model.m = [8, 16, 32] }"
"""A sweep file of one line, for the help: three runs."""

SWEEP_COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    (
        "plan",
        "sweep:plan",
        "Show the number of runs of a sweep, and predict time and disk space.",
        f"polygenesis sweep plan {SWEEP}",
    ),
    (
        "run",
        "sweep:run",
        "Compute the missing runs of a sweep, or of one shard of it.",
        f"polygenesis sweep run {SWEEP} --shard 0/3 --max-seconds 60",
    ),
    (
        "status",
        "sweep:status",
        "Show the progress of a sweep, while it runs or afterwards.",
        f"polygenesis sweep status {SWEEP}",
    ),
    (
        "collect",
        "sweep:collect",
        "Write a sweep's table, one row per replicate, or pack its runs into few files.",
        f"polygenesis sweep collect {SWEEP} --csv table.csv",
    ),
    (
        "verify",
        "sweep:verify",
        "Check every stored run against its hashes.",
        "polygenesis sweep verify results/runs",
    ),
    (
        "slurm",
        "jobs:slurm",
        "Write an sbatch script: a job array with one shard per task.",
        f"polygenesis sweep slurm {SWEEP} --shards 3 --time 01:00:00",
    ),
    (
        "k8s",
        "jobs:k8s",
        "Write a Kubernetes Indexed Job with one shard per pod.",
        f"polygenesis sweep k8s {SWEEP} --shards 3 --image polygenesis --claim runs --path /data/{SWEEP}",
    ),
)

STOPPED = 130
"""Exit code after Ctrl-C, as shells expect it (128 + SIGINT)."""

EVERY = Group("Every command", sort_key=1000)
"""Options that all commands have, below their own."""

Switch = Annotated[bool, Parameter(negative="", show_default=False, group=EVERY)]


class Stopped(KeyboardInterrupt):
    """Ctrl-C, with what is kept: the end of the one sentence that every command then says."""

    def __str__(self) -> str:
        """Say what is kept and how to go on."""
        kept = super().__str__()
        after = "goes on from there" if kept else "begins anew"
        return f"Stopped: {kept or 'nothing is kept'}; the same command {after}."


def make_app() -> App:
    """Put the commands together without importing what they need."""
    from importlib.metadata import version

    app = App(
        name="polygenesis",
        help="Where polysemantic neurons come from: simulate, predict, classify, judge and diagnose.",
        version=version("polygenesis"),
        help_epilogue="Example: polygenesis paper",
        help_formatter=Screenful(),
        help_format="plaintext",  # Markdown takes 70 ms to import
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    _add(app, COMMANDS)
    sweep = App(
        name="sweep",
        help="Many runs from one file: planned, computed anywhere, resumed after anything, collected.",
        help_epilogue=(
            f"A file to begin with: echo '{STARTER}' > {SWEEP}; all its parts are on the documentation's page 'Sweeps'."
            f"\n\nExample: {SWEEP_COMMANDS[0][3]}"
        ),
        result_action="return_value",
    )
    _add(sweep, SWEEP_COMMANDS)
    app.command(sweep)
    _add_options(app)
    return app


def _add(app: App, commands: Sequence[tuple[str, str, str, str]]) -> None:
    for name, place, help, example in commands:
        app.command(
            f"polygenesis.cli.{place}",
            name=name,
            help=help,
            help_epilogue=f"Example: {example}",
            result_action="return_value",
        )


def _add_options(app: App) -> None:
    """Give every command the options that are the same for all."""
    app.meta.suppress_keyboard_interrupt = False

    @app.meta.default
    def every(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        json: Switch = False,
        quiet: Switch = False,
        help_all: Switch = False,
    ) -> int:
        """Run a command and print its answer in the chosen style.

        Parameters
        ----------
        json
            Print the answer as JSON and nothing else; notes and progress stay on stderr.
        quiet
            Print only the answer: no progress, notes or hints.
        help_all
            Show a command's help with all its options.
        """
        if help_all or not tokens:
            with whole_help():
                app.meta([*tokens, "--help"], exit_on_error=False, print_error=False)
            return 0
        with output.printing(json=json, quiet=quiet):
            answer: Any = app(tokens, exit_on_error=False, print_error=False)
            command = " ".join(app.parse_commands(tokens)[0])
            return output.show(answer, command) if isinstance(answer, output.Answer) else 0


def main(tokens: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; a user's mistake is one sentence on stderr."""
    warnings.showwarning = _show_warning
    look_in(os.getcwd())
    _shown.clear()
    given = list(sys.argv[1:] if tokens is None else tokens)
    try:
        app = make_app()
        if unknown := _unknown_command(app, given):
            app(unknown, exit_on_error=False, print_error=False)  # raises
        result: Any = app.meta(given, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        from polygenesis.cli.mistakes import in_words

        return _fail(in_words(error), 2)
    except (InputError, StoreError) as error:
        return _fail(error, 2)
    except PolygenesisError as error:
        return _fail(error, 1)
    except KeyboardInterrupt as stopped:
        return _fail(stopped if isinstance(stopped, Stopped) else Stopped(), STOPPED, "")
    except BrokenPipeError:  # the reader of our output, `head` for instance, has seen enough
        sys.stderr.close()
        return 0
    except OSError as error:  # a folder or disk that refuses where nobody expected it
        where = "" if error.filename is None else f"{str(error.filename)!r}: "
        return _fail(f"{where}{error.strerror or error}.", 2)
    return result if isinstance(result, int) else 0


def _unknown_command(app: App, given: Sequence[str]) -> list[str]:
    """Return what is given as a command and is none where its help is asked: cyclopts would show the help of all."""
    words = [each for each in given if not each.startswith("-")]
    help_is_asked = {*app.help_flags, "--help-all"} & set(given)
    return words if help_is_asked and words and not app.parse_commands(words)[0] else []


def _fail(error: object, code: int, prefix: str = "Error: ") -> int:
    print(prefix + " ".join(str(error).split()), file=sys.stderr)
    return code


_shown: set[str] = set()
"""Warnings that this command has shown: each is said once."""


def _show_warning(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    text = " ".join(str(message).split())
    if text not in _shown:
        _shown.add(text)
        print(f"Warning: {text}", file=sys.stderr)
