"""What a spec's parts are called in a regime: a name and its numbers, never the call that makes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

Number = float | int
Detail = tuple[str, tuple[Number, ...]]
"""A text with places for numbers, and the numbers."""

CONSTANT = "constant"
"""Magnitudes and schedules that need no word."""

ACTIVATIONS = {"identity": "linear", "relu": "ReLU", "gelu": "GELU"}


@dataclasses.dataclass(frozen=True)
class Words:
    """A part in words: its name, and details with their numbers in parentheses; of a ``known`` part details alone.

    >>> Words("Bernoulli features", (("p = {}", (0.05,)), ("uniform magnitudes", ()))).text
    'Bernoulli features (p = 0.05, uniform magnitudes)'
    """

    name: str
    details: tuple[Detail, ...] = ()
    known: bool = False

    @property
    def template(self) -> tuple[str, tuple[str, ...]]:
        """What parts that differ in numbers alone have in common."""
        return self.name, tuple(text for text, _ in self.details)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """All numbers, in their order."""
        return tuple(number for _, numbers in self.details for number in numbers)

    @property
    def text(self) -> str:
        """The part as it is written."""
        return self.filled([written(number) for number in self.numbers])

    def filled(self, numbers: list[str]) -> str:
        """Return the text with other words in the places of its numbers."""
        said = ", ".join(text for text, _ in self.details).format(*numbers)
        return said if self.known else f"{self.name} ({said})" if said else self.name


def written(number: Number) -> str:
    """Write a number of a spec, with four digits at most unless it is a whole one.

    >>> written(7500), written(0.008838834764831846), written(16.0)
    ('7,500', '0.008839', '16')
    """
    return f"{number:,}" if isinstance(number, int) else f"{number:.4g}"


def model(part: Any) -> Words:
    """Say what a model is besides its n and m."""
    if part.kind == "tied-autoencoder":
        return Words("tied autoencoder")
    if part.kind == "autoencoder":
        return Words(f"{'tied' if part.tied else 'untied'} autoencoder", tuple(_autoencoder(part)))
    if part.kind == "perceptron":
        return Words(f"{ACTIVATIONS[part.activation]} perceptron", tuple(_perceptron(part)))
    return _any(part, "", "n", "m")


def _autoencoder(part: Any) -> Iterator[Detail]:
    if part.hidden != "identity":
        yield f"hidden {ACTIVATIONS[part.hidden]}", ()
    if part.output != "relu":
        yield f"{ACTIVATIONS[part.output]} output", ()
    places = [name for name in ("hidden", "output") if getattr(part, f"{name}_bias")]
    if places:
        yield f"{' and '.join(places)} bias{'es' if len(places) > 1 else ''}", ()
    yield from _normalized(part)


def _perceptron(part: Any) -> Iterator[Detail]:
    yield "hidden layers: {}", (part.layers,)
    if part.outputs is not None:
        yield "{} outputs", (part.outputs,)
    if part.output != "identity":
        yield f"{ACTIVATIONS[part.output]} output", ()
    yield from _normalized(part)


def _normalized(part: Any) -> Iterator[Detail]:
    if part.normalization != "none":
        yield f"{part.normalization} normalization", ()
    if part.bias_std:
        yield "biases of standard deviation {}", (part.bias_std,)
    if part.fixed:
        yield f"fixed {' and '.join(part.fixed)}", ()


def penalty(part: Any) -> Words:
    """Say a penalty with its strength, and its kind where it is not L1."""
    strength = ("λ = {}", (_of(part, "strength"),))
    known: dict[str, Words] = {
        "none": Words("no penalty"),
        "l1": Words("L1", (strength,), known=True),
        "l2": Words("L2", (strength,)),
        "elastic-net": Words("elastic net", (strength, ("μ = {}", (_of(part, "square"),)))),
        "lp": Words(f"L^p with p = {_of(part, 'p'):g}", (strength,)),
        "group-lasso": Words(f"group lasso of {getattr(part, 'groups', '')}", (strength,)),
        "activation-l1": Words("L1 of activations", (strength,)),
        "collision": Words("L1 and a price of sharing", (strength, ("κ = {}", (_of(part, "sharing"),)))),
        "l1-schedule": Words(
            "λ",
            (("from {} to {} at t = {}", (_of(part, "first"), _of(part, "last"), _of(part, "duration"))),),
        ),
    }
    return known[part.kind] if part.kind in known else _any(part, "penalty")


def _of(part: Any, name: str) -> float:
    return float(getattr(part, name, 0.0))


def start(part: Any) -> Words:
    """Say a law of initial weights."""
    names = {
        "gaussian": "Gaussian",
        "student-t": "Student's t",
        "laplace": "Laplace",
        "rademacher": "Rademacher",
        "xavier": "Xavier's",
        "kaiming": "Kaiming's",
        "sparse-gaussian": "sparse Gaussian",
        "unequal-rows": "unequal-row",
        "related-rows": "related-row",
    }
    return _any(part, "starts", name=names.get(part.kind, ""), every=True)


def noise(part: Any) -> Words:
    """Say the noise in the hidden layer."""
    if part.kind == "none":
        return Words("no noise")
    if part.kind == "dropout":
        return Words("dropout", (("rate {}", (part.rate,)),))
    names = {"gaussian": "Gaussian", "laplace": "Laplace"}
    if not hasattr(part, "std"):
        return _any(part, "noise")
    shared: tuple[Detail, ...] = (("one vector for all inputs of a step", ()),) if part.shared else ()
    return Words(f"{names.get(part.kind, _spaced(part.kind))} noise", (("σ = {}", (part.std,)), *shared))


def features(part: Any) -> Words:
    """Say a law of features, or a data set by its name."""
    if part.kind in ("digits", "fashion-mnist"):
        name = {"digits": "scikit-learn's digits", "fashion-mnist": "Fashion-MNIST"}[part.kind]
        limit: tuple[Detail, ...] = (("{} images", (part.limit,)),) if getattr(part, "limit", 0) else ()
        held: tuple[Detail, ...] = (("held-out images", ()),) if part.held_out else ()
        return Words(name, (*limit, *held))
    if part.kind == "unequal-one-hot":
        rest = _any(part, "features", "zipf").details
        return Words("unequal one-hot features", (("zipf {}", (part.zipf,)), *rest))
    names = {"bernoulli": "Bernoulli", "markov": "Markov", "one-hot": "one-hot"}
    return _any(part, "features", name=names.get(part.kind, ""))


def target(part: Any) -> Words:
    """Say what the network is trained for."""
    return Words("inputs as targets") if part.kind == "inputs" else _any(part, "as targets")


def importance(part: Any) -> Words:
    """Say how important the features are."""
    if part.kind == "listed":
        return Words("importance", ((", ".join(["{}"] * len(part.values)), tuple(part.values)),))
    return _any(part, "importance")


def interference(part: Any) -> Words:
    """Say between which features, and when, there is interference."""
    if part.kind == "none":
        since: tuple[Detail, ...] = (("from t = {}", (part.since,)),) if part.since else ()
        if part.until is None:
            return Words("no interference", since)
        return Words("no interference", (*since, ("until t = {}", (part.until,))))
    said = {
        "full": Words("full interference"),
        "same-sign-only": Words("interference of features that lead on one neuron with one sign only"),
        "same-sign-off": Words("no interference of features that lead on one neuron with one sign"),
        "within-contexts": Words("interference within contexts", (("{} contexts", (_whole(part, "contexts"),)),)),
    }
    return said.get(part.kind) or _any(part, "interference")


def _whole(part: Any, name: str) -> int:
    return int(getattr(part, name, 0))


def training(part: Any) -> Words:
    """Say how a network was trained: rate, steps, and all that is not the default."""
    if part.kind == "gradient-flow":
        return Words("gradient flow", tuple(_flow(part)))
    name = {"gradient-descent": "gradient descent", "adamw": "AdamW", "sgd": "SGD", "adam": "Adam"}[part.kind]
    if part.kind == "adam" and part.weight_decay and part.decoupled:
        name = "AdamW"
    return Words(name, tuple(_steps(part)))


def _flow(part: Any) -> Iterator[Detail]:
    usual = {each.name: each.default for each in dataclasses.fields(part)}
    texts = {"tolerance": "tolerance {}", "max_step": "steps up to {}", "residual": "at rest below {}"}
    texts["max_time"] = "until t = {}"
    for name, text in texts.items():
        if (value := getattr(part, name)) != usual[name]:
            yield text, (value,)


def _steps(part: Any) -> Iterator[Detail]:
    yield "rate {}", (part.lr,)
    for name, text in (("momentum", "momentum {}"), ("weight_decay", "weight decay {}")):
        if getattr(part, name, 0):
            yield text, (getattr(part, name),)
    usual = {each.name: each.default for each in dataclasses.fields(part)}
    for name, text in (("beta1", "β₁ = {}"), ("beta2", "β₂ = {}"), ("epsilon", "ε = {}")):
        if name in usual and getattr(part, name) != usual[name]:
            yield text, (getattr(part, name),)
    if getattr(part, "batch_size", 0):
        yield "batches of {}", (part.batch_size,)
    yield "{} steps", (part.steps,)
    if getattr(part, "warmup", 0):
        yield "warm-up of {} steps", (part.warmup,)
    if getattr(part, "schedule", CONSTANT) != CONSTANT:
        yield f"{part.schedule} schedule", ()
    if getattr(part, "clip", None):
        yield "gradients clipped at {}", (part.clip,)


def precision(name: str) -> Words:
    """Say the precision of the weights."""
    return Words(name)


ASIDE = {"std": "standard deviation", "p": "p", "probability": "p", "samples": "samples", "magnitude": "magnitudes"}
"""Fields whose name is another in a sentence."""


NOT_SAID = ("kind", "path", "folder")
"""Fields that are no words: a file has another place on another machine."""


def _any(part: Any, noun: str, *known: str, name: str = "", every: bool = False) -> Words:
    """Say a part's kind, and those of its fields that are not the default, or ``every`` number."""
    kind = name or _spaced(str(part.kind).rpartition(":")[2])
    fields = dataclasses.fields(part) if dataclasses.is_dataclass(part) else ()
    values = {each.name: getattr(part, each.name) for each in fields if each.name not in (*NOT_SAID, *known)}
    usual = {each.name: each.default for each in fields}
    told = {
        name: value
        for name, value in values.items()
        if value != usual[name] or (every and isinstance(value, int | float))
    }
    details = [detail for name, value in told.items() if (detail := _detail(name, value))]
    return Words(f"{kind} {noun}".strip(), tuple(details))


def _detail(name: str, value: Any) -> Detail | None:
    words = ASIDE.get(name, name.replace("_", " "))
    if isinstance(value, bool):
        return (words if value else f"no {words}"), ()
    if isinstance(value, int | float):
        return (f"{words} = {{}}" if len(words) == 1 else f"{words} {{}}"), (value,)
    if isinstance(value, tuple) and all(isinstance(each, int | float) for each in value):
        return f"{words} {', '.join(['{}'] * len(value))}", value
    if isinstance(value, str) and value.replace("-", "").isalpha():
        return f"{value} {words}", ()
    return None


def _spaced(kind: str) -> str:
    return kind.replace("-", " ")


FIELDS: dict[str, Callable[[Any], Words]] = {
    "model": model,
    "penalty": penalty,
    "initial": start,
    "noise": noise,
    "features": features,
    "target": target,
    "importance": importance,
    "interference": interference,
    "training": training,
    "precision": precision,
}
"""How each field of a spec is said, in the order of a regime."""

_DEFAULTS = RunSpec(TiedAutoencoder(n=1, m=1))

USUAL = {name: say(getattr(_DEFAULTS, name)) for name, say in FIELDS.items() if name not in ("penalty", "training")}
"""The paper's own settings, which need no word where all runs have them."""
