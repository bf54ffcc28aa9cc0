"""One row for every part: an example of it, and of another that differs from it in each field.

A new part costs one row here; ``test_parts.py`` then checks it like all others, and fails for a part without a row.
"""

from __future__ import annotations

from typing import NamedTuple

from polygenesis.features import (
    Bernoulli,
    Contexts,
    Correlated,
    Digits,
    ExactlyK,
    FashionMnist,
    Groups,
    Hierarchical,
    LowRank,
    Markov,
    OneHot,
    Spheres,
    Text,
    Tree,
    UnequalOneHot,
)
from polygenesis.importance import Equal, Geometric, Listed
from polygenesis.initial import (
    Assigned,
    Gaussian,
    Kaiming,
    Laplace,
    Orthogonal,
    Rademacher,
    RelatedRows,
    SparseGaussian,
    StudentT,
    UnequalRows,
    Uniform,
    Xavier,
)
from polygenesis.interference import FullInterference, NoInterference, SameSignOff, SameSignOnly, WithinContexts
from polygenesis.models import (
    Autoencoder,
    Convolutional,
    Perceptron,
    ResidualPerceptron,
    TiedAutoencoder,
    Transformer,
)
from polygenesis.noise import Bipolar, Dropout, GaussianNoise, LaplaceNoise, NoNoise, UniformNoise
from polygenesis.penalties import (
    L1,
    L2,
    ActivationL1,
    CollisionPenalty,
    ElasticNet,
    GroupLasso,
    L1Schedule,
    Lp,
    NoPenalty,
)
from polygenesis.saving import Save
from polygenesis.targets import Absolute, Classes, Inputs, PlusRelu, Products, Xor
from polygenesis.training import SGD, Adam, AdamW, GradientDescent, GradientFlow


class Row(NamedTuple):
    """A field of a spec, a part that can stand there, and another value of the same part (None if it has one)."""

    field: str
    part: object
    other: object | None


ROWS = [
    Row("model", TiedAutoencoder(n=4, m=8), TiedAutoencoder(n=5, m=9)),
    Row(
        "model",
        Autoencoder(n=4, m=8),
        Autoencoder(
            n=5,
            m=9,
            tied=True,
            hidden="relu",
            output="gelu",
            hidden_bias=True,
            output_bias=True,
            normalization="layer",
            bias_std=0.5,
            fixed=("weights",),
        ),
    ),
    Row(
        "model",
        Perceptron(n=4, m=8),
        Perceptron(
            n=5,
            m=9,
            layers=3,
            outputs=2,
            activation="gelu",
            output="relu",
            normalization="batch",
            bias_std=0.5,
            fixed=("bias1",),
        ),
    ),
    Row(
        "model",
        ResidualPerceptron(n=4, m=8, width=6),
        ResidualPerceptron(
            n=5,
            m=9,
            width=7,
            layers=2,
            activation="gelu",
            tied=False,
            embedding="drawn",
            train_embedding=True,
            bias=False,
            bias_std=0.5,
        ),
    ),
    Row(
        "model",
        Convolutional(n=16, m=8, outputs=2),
        Convolutional(n=25, m=9, outputs=3, layers=1, kernel=2, stride=2, activation="gelu", bias_std=0.5),
    ),
    Row(
        "model",
        Transformer(n=4, m=8, vocabulary=5),
        Transformer(n=5, m=9, vocabulary=6, width=8, heads=2, layers=2, activation="relu", normalization="none"),
    ),
    Row("features", OneHot(), None),
    Row(
        "features",
        Bernoulli(0.25),
        Bernoulli(
            0.5, zipf=1.0, magnitude="uniform", importance_decay=0.75, samples=9, probabilities=(0.5, 0.25, 1.0, 0.1)
        ),
    ),
    Row(
        "features",
        Contexts(),
        Contexts(contexts=4, probability=0.5, masked=True, magnitude="exponential", samples=9),
    ),
    Row(
        "features",
        UnequalOneHot(),
        UnequalOneHot(zipf=2.0, importance_decay=0.75, magnitude="half-normal", samples=9),
    ),
    Row(
        "features",
        Correlated(0.25),
        Correlated(0.5, correlation=0.5, magnitude="uniform", samples=9),
    ),
    Row(
        "features",
        Hierarchical(0.25),
        Hierarchical(0.5, children=3, child_probability=0.25, exclusive=True, magnitude="uniform", samples=9),
    ),
    Row("features", ExactlyK(1), ExactlyK(2, magnitude="symmetric", samples=9)),
    Row("features", Groups(0.25), Groups(0.5, size=4, fires="one", magnitude="uniform", samples=9)),
    Row(
        "features",
        Tree(0.25),
        Tree(0.5, children=(3,), child_probability=0.25, exclusive=True, magnitude="uniform", samples=9),
    ),
    Row("features", Spheres(0.25), Spheres(0.5, dimensions=4, magnitude="uniform", samples=9)),
    Row(
        "features",
        LowRank(0.25),
        LowRank(0.5, rank=1, strength=0.75, pattern=3, magnitude="uniform", samples=9),
    ),
    Row("features", Markov(4), Markov(5, sharpness=1.0, pattern=3, samples=9)),
    Row("features", Text("here"), Text("there", limit=100, samples=9)),
    Row("features", Digits(), Digits(held_out=True)),
    Row("features", FashionMnist(), FashionMnist(folder="there", limit=100, held_out=True)),
    Row("penalty", L1(0.25), L1(0.5)),
    Row("penalty", NoPenalty(), None),
    Row("penalty", L2(0.25), L2(0.5)),
    Row("penalty", ElasticNet(0.25, 0.5), ElasticNet(0.5, 0.25)),
    Row("penalty", Lp(0.25, 1.0), Lp(0.5, 0.5)),
    Row("penalty", ActivationL1(0.25), ActivationL1(0.5)),
    Row("penalty", GroupLasso(0.25), GroupLasso(0.5, groups="features")),
    Row("penalty", CollisionPenalty(0.25, 0.5), CollisionPenalty(0.5, 0.25)),
    Row("penalty", L1Schedule(0.25, 0.5, 10.0), L1Schedule(0.5, 0.25, 20.0)),
    Row("initial", Gaussian(), Gaussian(std=0.5)),
    Row("initial", Xavier(gain=2.0, law="uniform"), Xavier(gain=1.0, law="normal")),
    Row("initial", Uniform(), Uniform(std=0.5)),
    Row("initial", Rademacher(), Rademacher(std=0.5)),
    Row("initial", Laplace(), Laplace(std=0.5)),
    Row("initial", StudentT(), StudentT(freedom=5.0, std=0.5)),
    Row("initial", SparseGaussian(), SparseGaussian(density=0.25, std=0.5)),
    Row("initial", Kaiming(), Kaiming(gain=1.0)),
    Row("initial", Orthogonal(), Orthogonal(gain=2.0)),
    Row("initial", UnequalRows(), UnequalRows(spread=1.0, std=0.5)),
    Row("initial", Assigned(), Assigned(lead=1.5, std=0.5)),
    Row("initial", RelatedRows(1), RelatedRows(2, correlation=0.5, std=0.5)),
    Row("noise", NoNoise(), None),
    Row("noise", Bipolar(0.125), Bipolar(0.25, shared=True)),
    Row("noise", UniformNoise(0.125), UniformNoise(0.25, shared=True)),
    Row("noise", GaussianNoise(0.125), GaussianNoise(0.25, shared=True)),
    Row("noise", LaplaceNoise(0.125), LaplaceNoise(0.25, shared=True)),
    Row("noise", Dropout(0.125), Dropout(0.25)),
    Row(
        "training",
        GradientFlow(tolerance=1e-4, max_step=0.5, max_time=1e4, residual=1e-6),
        GradientFlow(),
    ),
    Row("training", GradientDescent(lr=0.01, steps=100), GradientDescent(lr=0.02, steps=200)),
    Row(
        "training",
        AdamW(lr=0.01, steps=10, weight_decay=0.0, beta1=0.5, beta2=0.75, epsilon=1e-6),
        AdamW(),
    ),
    Row("interference", FullInterference(), None),
    Row("interference", NoInterference(), NoInterference(until=2.0, since=1.0)),
    Row("interference", SameSignOnly(), None),
    Row("interference", SameSignOff(), None),
    Row("interference", WithinContexts(2), WithinContexts(4)),
    Row(
        "training",
        SGD(lr=0.01, steps=100),
        SGD(lr=0.02, steps=200, momentum=0.5, weight_decay=0.1, batch_size=8, schedule="cosine", warmup=9, clip=0.5),
    ),
    Row(
        "training",
        Adam(),
        Adam(
            lr=0.01,
            steps=10,
            beta1=0.5,
            beta2=0.75,
            epsilon=1e-6,
            weight_decay=0.1,
            decoupled=False,
            batch_size=8,
            schedule="linear",
            warmup=9,
            clip=0.5,
        ),
    ),
    Row("importance", Equal(), None),
    Row("importance", Geometric(0.5), Geometric(2.0)),
    Row("importance", Listed((1.0, 0.0, 0.5, 2.0)), Listed((1.0, 1.0, 1.0, 3.0))),
    Row("target", Inputs(), None),
    Row("target", Absolute(), None),
    Row("target", PlusRelu(), None),
    Row("target", Products(), None),
    Row("target", Xor(), None),
    Row("target", Classes(), Classes(2)),
    Row("save", Save(times=5, series=("loss",), first=0.5), Save(times=(1.0, 2.0), weights=True)),
]
