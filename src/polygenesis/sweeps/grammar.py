"""What may stand in a job file, by the grammar of whoever reads it: a value that means something else is refused.

A script is text that a shell runs, and a manifest text that a cluster obeys, so a value with a blank, a quote or a line
break in it would be read as more than one. Each check returns the value, or says in one sentence what it must be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from polygenesis.arguments import whole
from polygenesis.errors import bad_argument

MOST = 1_000_000
"""More shards, cores or tasks at once than this are a mistake; no scheduler takes them."""


@dataclass(frozen=True)
class Grammar:
    """A pattern that a text must match as a whole, in at most so many characters, and how to say so."""

    pattern: str
    must: str
    longest: int = 253

    def check(self, name: str, text: object) -> str:
        """Return the text of an argument, or raise :class:`polygenesis.InputError`."""
        if not isinstance(text, str) or len(text) > self.longest or not re.fullmatch(self.pattern, text, re.ASCII):
            raise bad_argument(name, self.must, text)
        return text


LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
"""A label of RFC 1123."""

SLURM_TIME = Grammar(
    r"\d+(:[0-5]?\d){0,2}|\d+-([01]?\d|2[0-3])(:[0-5]?\d){0,2}|UNLIMITED|INFINITE",
    "be a time such as 90 (minutes), 04:00:00 or 1-12:00:00 (days-hours)",
    32,
)
SLURM_MEMORY = Grammar(r"0*[1-9]\d*[KMGT]?", "be an amount such as 4G or 500M, as sbatch reads it", 16)
SLURM_PARTITION = Grammar(r"[\w.+-]+(,[\w.+-]+)*", "be the name of a partition, or several with commas between")
COMMAND = Grammar(
    r"[\w~$./{][\w~$./{}@%+=:,-]*( [\w~$./{}@%+=:,-]+)*",
    "be a program and its first words, with single blanks between and no quotes or other signs of the shell",
    4096,
)
KUBERNETES_NAME = Grammar(
    LABEL, "be at most 52 small letters, digits and dashes, with a letter or digit first and last (RFC 1123)", 52
)
KUBERNETES_CLAIM = Grammar(
    rf"{LABEL}(\.{LABEL})*", "be the name of a claim: small letters, digits, dashes and dots (RFC 1123)"
)
KUBERNETES_MEMORY = Grammar(
    r"(?=.*[1-9])\d+(\.\d+)?([KMGTP]i|[kMGTP])?", "be an amount such as 4Gi or 500M, as Kubernetes reads it", 16
)
IMAGE = Grammar(
    r"[a-zA-Z0-9]([\w.-]*[a-zA-Z0-9])?(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?",
    "be the name of an image, such as registry.org/group/polygenesis:1.0",
    512,
)
FOLDER = Grammar(r"/[^\x00-\x1f\x7f:$]*", "be an absolute path without colons, dollar signs or line breaks", 1024)
LINE = Grammar(r"[^\x00-\x1f\x7f\u0085\u2028\u2029]+", "be a path of one line", 4096)
IN_A_POD = Grammar(
    r"(?!.*\$\()[^\x00-\x1f\x7f\u0085\u2028\u2029]+",
    "be a path of one line without $(…), which Kubernetes would fill in",
    4096,
)


def check_count(name: str, value: object) -> int:
    """Return a number of shards, cores or tasks."""
    return whole(name, value, most=MOST)


def job_name(stem: str) -> str:
    """Return a name for a job from that of a file: what a scheduler would read otherwise becomes a dash."""
    return re.sub(r"[^\w.-]", "-", stem, flags=re.ASCII).lstrip("-.")[:64] or "sweep"
