"""Every part is a frozen value that survives JSON and TOML, and every law is the law that it says it is."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from parts import ROWS, Row
from polygenesis import seeds
from polygenesis.checks import kind_of
from polygenesis.errors import InputError
from polygenesis.initial import (
    Assigned,
    Gaussian,
    Kaiming,
    Laplace,
    Orthogonal,
    Rademacher,
    SparseGaussian,
    StudentT,
    UnequalRows,
    Uniform,
    Xavier,
)
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, UniformNoise
from polygenesis.spec import RunSpec, part_classes

MODEL = TiedAutoencoder(n=4, m=8)
NAMES = [f"{row.field}-{type(row.part).__name__}" for row in ROWS]
every_part = pytest.mark.parametrize("row", ROWS, ids=NAMES)


def spec_with(field: str, part: object) -> RunSpec:
    return RunSpec(**{"model": MODEL, field: part})


def as_toml(spec: RunSpec) -> str:
    """Write a spec as TOML by hand; what is None is left out, for TOML has no word for it."""
    lines, tables = [], []
    for name, value in spec.to_dict().items():
        if isinstance(value, dict):
            tables += [f"[{name}]", *(f"{k} = {toml_value(v)}" for k, v in value.items() if v is not None)]
        else:
            lines.append(f"{name} = {toml_value(value)}")
    return "\n".join([*lines, *tables])


def toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def test_every_part_has_a_row():
    known = {(field, cls) for field, classes in part_classes().items() for cls in classes}
    assert {(row.field, type(row.part)) for row in ROWS} == known


@every_part
def test_a_part_survives_json_toml_and_pickle(row: Row):
    for part in (row.part, row.other):
        if part is None:
            continue
        spec = spec_with(row.field, part)
        assert RunSpec.from_json(spec.canonical) == spec
        assert RunSpec.from_toml(as_toml(spec)) == spec
        assert pickle.loads(pickle.dumps(spec)) == spec
        assert getattr(spec, row.field) == part


@every_part
def test_a_part_is_a_frozen_value(row: Row):
    twin = dataclasses.replace(row.part)
    assert twin == row.part
    assert twin is not row.part
    assert hash(twin) == hash(row.part)
    for each in dataclasses.fields(row.part):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(row.part, each.name, getattr(row.part, each.name))


@every_part
def test_every_field_of_a_part_is_in_the_key(row: Row):
    fields = [each.name for each in dataclasses.fields(row.part) if each.name != "kind"]
    if row.other is None:
        assert not fields, "a part with fields needs another value in its row"
        return
    keys = {spec_with(row.field, row.part).key}
    for name in fields:
        if row.field == "save" and name in ("series", "weights"):
            continue  # only together with `times`: see test_spec
        changed = dataclasses.replace(row.part, **{name: getattr(row.other, name)})
        assert changed != row.part, f"both values of the row have the same {name}"
        keys.add(spec_with(row.field, changed).key)
    assert len(keys) >= (1 + len(fields) if row.field != "save" else 3)


@pytest.mark.parametrize("field", [field for field, classes in part_classes().items() if hasattr(classes[0], "kind")])
def test_an_unknown_name_answers_with_the_known_ones(field: str):
    fields = {"model": {"n": 4, "m": 8}, field: {"kind": "nonesuch"}}
    known = ", ".join(sorted(map(kind_of, part_classes()[field])))
    with pytest.raises(InputError) as caught:
        RunSpec.from_dict(fields)
    assert str(caught.value).startswith(f"Unknown {field} 'nonesuch'; known: {known}.")


@every_part
def test_an_unknown_field_answers_with_the_known_ones(row: Row):
    fields = sorted(each.name for each in dataclasses.fields(row.part) if each.name != "kind")
    nested = spec_with(row.field, row.part).to_dict()
    nested[row.field]["nonesuch"] = 1
    for make in (lambda: dataclasses.replace(row.part, nonesuch=1), lambda: RunSpec.from_dict(nested)):
        with pytest.raises(InputError, match=r"Unknown field `.*nonesuch` \(given 1\)") as caught:
            make()
        assert all(name in str(caught.value) for name in fields)


# The laws. Each bound is five standard errors of the sample's own: a false alarm in 10⁶ for a right law. The seeds
# are fixed, and the bound is narrow enough to tell each law from the others.

DRAWS = 400_000
LAWS = [Bipolar, UniformNoise, GaussianNoise, LaplaceNoise]


def close(sample: np.ndarray, expected: float) -> bool:
    error = 5 * sample.std() / np.sqrt(sample.size)
    return abs(sample.mean() - expected) <= error + 1e-12


@pytest.mark.parametrize("law", LAWS)
def test_noise_has_its_mean_deviation_and_kurtosis(law: type):
    part = law(std=0.3)
    z = part.sample(seeds.generator(1, law.__name__, "noise"), (DRAWS // 8, 4, 2)).ravel() / 0.3
    assert close(z, 0.0)
    assert close(z**2, 1.0)
    assert close(z**4 - 3, part.excess_kurtosis)
    others = [other.excess_kurtosis for other in LAWS if other is not law]
    assert not any(close(z**4 - 3, other) for other in others)


@pytest.mark.parametrize("law", LAWS)
def test_noise_is_independent_along_every_axis(law: type):
    z = law(std=1.0).sample(seeds.generator(2, law.__name__, "noise"), (DRAWS // 8, 4, 2))
    assert z.shape == (DRAWS // 8, 4, 2)
    assert close(z[1:] * z[:-1], 0.0)
    assert close(z[:, 1:] * z[:, :-1], 0.0)
    assert close(z[:, :, 1] * z[:, :, 0], 0.0)


@pytest.mark.parametrize(
    ("law", "std", "excess"),
    [
        (Gaussian(), 40**-0.5, 0.0),
        (Gaussian(std=0.7), 0.7, 0.0),
        (Xavier(), (2 / 50) ** 0.5, 0.0),
        (Xavier(gain=3.0, law="uniform"), 3 * (2 / 50) ** 0.5, -1.2),
        (Uniform(), 40**-0.5, -1.2),
        (Rademacher(), 40**-0.5, -2.0),
        (Laplace(std=0.3), 0.3, 3.0),
        (StudentT(freedom=12.0), 40**-0.5, 6 / (12 - 4)),
        (SparseGaussian(density=0.5), 40**-0.5, 3.0),  # E z⁴ = 3/density
        (Kaiming(), (2 / 40) ** 0.5, 0.0),
        (UnequalRows(spread=0.1), 40**-0.5, 3 * np.exp(4 * 0.01) - 3),  # E z⁴ = 3 E s⁴ with s² lognormal of mean 1
    ],
)
def test_initial_weights_have_their_law(law, std: float, excess: float):
    n, m = 10, 40
    generator = seeds.generator(3, repr(law), "initial")
    weights = np.stack([law.sample(generator, n, m) for _ in range(500)])
    assert weights.shape == (500, n, m)
    if hasattr(law, "scale"):
        assert law.scale(n, m) == pytest.approx(std)
    z = weights.ravel() / std
    assert close(z, 0.0)
    assert close(z**2, 1.0)
    assert close(z**4 - 3, excess)
    if excess < 0:
        assert np.abs(z).max() <= 3**0.5 + 1e-12


@pytest.mark.parametrize(("n", "m"), [(6, 10), (10, 6), (5, 5)])
def test_orthogonal_rows_do_not_overlap(n: int, m: int):
    weights = Orthogonal(gain=2.0).sample(seeds.generator(1, "orthogonal", "initial"), n, m)
    assert weights.shape == (n, m)
    gram = weights @ weights.T if n <= m else weights.T @ weights
    scale = 4.0 if n <= m else 4.0 * n / m
    np.testing.assert_allclose(gram, scale * np.eye(min(n, m)), atol=1e-12)
    assert (weights**2).sum() == pytest.approx(4.0 * n)


def test_orthogonal_rows_favour_no_sign():
    """Haar's law: without fixing the signs of QR the diagonal would be of one sign."""
    draws = [Orthogonal().sample(seeds.generator(2, "haar", "initial", k), 3, 3)[0, 0] for k in range(400)]
    assert close(np.array(draws), 0.0)


def test_assigned_rows_keep_their_values_and_lead_on_neurons_of_their_own():
    plain = Gaussian().sample(np.random.default_rng(3), 20, 24)
    same = Assigned(lead=1.0).sample(np.random.default_rng(3), 20, 24)
    np.testing.assert_array_equal(np.sort(same, axis=1), np.sort(plain, axis=1))
    assert len(set(np.abs(same).argmax(axis=1))) == 20
    ahead = Assigned(lead=3.0).sample(np.random.default_rng(3), 20, 24)
    np.testing.assert_allclose(np.abs(ahead).max(axis=1), 3 * np.abs(plain).max(axis=1))
    crowded = Assigned(lead=1.0).sample(np.random.default_rng(3), 20, 8)
    assert set(np.bincount(np.abs(crowded).argmax(axis=1), minlength=8)) == {2, 3}
