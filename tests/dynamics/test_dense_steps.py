"""The dense engine's steps against exact solutions, NumPy, and what their order promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numba.core.errors import TypingError

from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow import (
    dense,
    elementwise,
    elementwise_arrays,
    formulas,
    small_products,
    sparse_products,
    step_control,
)
from polygenesis.dynamics.flow.dense import Dense
from polygenesis.interference import FullInterference, SameSignOnly
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow


def exact(weight: float, force: float, strength: float, time: float) -> float:
    """Solve dw/dt = f − λ′ sign w from piece to piece; at zero a force of at most λ′ is held."""
    if weight == 0:
        return np.sign(force) * max(abs(force) - strength, 0) * time
    speed = force - strength * np.sign(weight)
    reached = -weight / speed if speed * weight < 0 else np.inf
    if reached >= time:
        return weight + speed * time
    return exact(0.0, force, strength, time - reached)


def penalized(weights, ahead, drop):
    """The formula, by NumPy."""
    with np.errstate(all="ignore"):  # of what is not chosen
        return formulas.penalized(np.asarray(weights), np.asarray(ahead), drop, np.where)


moderate = st.floats(-2, 2).filter(lambda x: x == 0 or abs(x) > 1e-6)


@given(moderate, moderate, st.floats(1e-4, 1), st.floats(1e-3, 1))
def test_a_weight_moves_stops_at_zero_or_goes_through(weight, force, strength, time) -> None:
    found = penalized(weight, weight + time * force, time * strength)
    assert found == pytest.approx(exact(weight, force, strength, time), abs=1e-12)


@given(moderate, moderate, st.floats(0, 1))
def test_the_penalty_is_odd_and_never_pushes_up(weight, ahead, drop) -> None:
    found = penalized(weight, ahead, drop)
    assert penalized(-weight, -ahead, drop) == -found
    assert penalized(weight, ahead, 0.0) == pytest.approx(ahead, abs=1e-12), "no penalty, no loss"
    assert abs(found) <= max(abs(ahead), abs(ahead - weight)) + 1e-12


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_comes_through(bad: float) -> None:
    for weight in (-0.3, 0.0, 0.3):
        assert not np.isfinite(penalized(weight, bad, 0.1))


def matrices(number: int, m: int = 7, n: int = 5) -> list[np.ndarray]:
    """Arrays with some zeros, as a pass sees them."""
    generator = np.random.default_rng(3)
    return [generator.standard_normal((m, n)) * (generator.random((m, n)) < 0.8) for _ in range(number)]


def test_passes_do_what_numpy_says() -> None:
    weights, force, change, ahead, pull, before, now, other = matrices(8)
    elementwise.extrapolate(weights, force, change, ahead, 0.1, 0.02, 0.01)
    np.testing.assert_allclose(ahead, penalized(weights, weights + 0.1 * force + 0.02 * change, 0.01), atol=1e-14)
    assert elementwise.count(ahead) == (ahead != 0).sum()

    elementwise.first_stage(weights, force, before, now, ahead, 0.3, 0.02)
    np.testing.assert_allclose(now, weights + 0.3 * force, atol=1e-14)
    np.testing.assert_allclose(ahead, penalized(weights, now, 0.02), atol=1e-14)
    np.testing.assert_array_equal(before, weights)

    mu, nu, rest, new, old = row = np.array([1.2, -0.4, 0.2, 0.15, -0.05])
    expected = mu * now + nu * before + rest * weights + new * (ahead - pull) + old * force
    elementwise.stage(weights, force, before, now, ahead, pull, row, 0.03)
    np.testing.assert_allclose(before, expected, atol=1e-14)
    np.testing.assert_allclose(ahead, penalized(weights, expected, 0.03), atol=1e-14)

    step, strength = 0.7, 0.05
    factors = np.array([0.8, 0.4 * step, 0.8 * step * strength, strength])
    sums = in_two_parts(elementwise.compare, weights, force, ahead, pull, now, other, factors)
    np.testing.assert_allclose(now, ahead - pull)
    np.testing.assert_allclose(other, ahead - pull - force)
    lag = 0.8 * (weights - ahead) + 0.4 * step * (force + now - 2 * strength * np.sign(ahead))
    check_sums(sums, lag, weights, ahead, now, strength)


PASSES = {"extrapolate": (4, 3), "first_stage": (5, 2), "stage": (6, 6), "compare": (6, 4), "correct": (7, 6)}
"""Of each pass how many arrays it takes, and how many constants."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 3, 4, 7, 8, 9, 33])
@pytest.mark.parametrize("name", PASSES)
def test_registers_and_numpy_give_the_same_bits(name: str, n: int, dtype: type) -> None:
    """Rows of no register, of one, and of some with numbers left over; zeros, and numbers that are not finite."""
    number, constants = PASSES[name]
    generator = np.random.default_rng(n)
    arrays = [each.astype(dtype) for each in matrices(number, 6, n)]
    arrays[1][0, 0], arrays[1][1, 0] = np.nan, np.inf
    factors = tuple(generator.random(constants).astype(dtype))
    if name in ("compare", "correct"):
        given: tuple = (np.array(factors), 1 if n > 4 else 0, n)
    else:
        given = (np.array(factors[:-1]), factors[-1]) if name == "stage" else factors
    ours, theirs = [each.copy() for each in arrays], [each.copy() for each in arrays]
    found = getattr(elementwise, name)(*ours, *given), getattr(elementwise_arrays, name)(*theirs, *given)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    if found[0] is not None:
        np.testing.assert_array_equal(found[0][:2], found[1][:2])
        assert (found[0][2][1:] == found[1][2][1:]).all()  # of a maximum, not where something is NaN


def test_a_correction_does_what_numpy_says() -> None:
    weights, force, change, extrapolated, pull, now, other, _ = matrices(8)
    step, later, early, second, strength = 0.7, 0.3, 0.1, 0.2, 0.05
    ahead = extrapolated.copy()
    factors = np.array([step, later, early, second, step * strength, strength])
    sums = in_two_parts(elementwise.correct, weights, force, change, ahead, pull, now, other, factors)
    np.testing.assert_allclose(now, extrapolated - pull)
    np.testing.assert_allclose(other, now - force)
    corrected = weights + step * force + later * other + early * change
    np.testing.assert_allclose(ahead, penalized(weights, corrected, step * strength), atol=1e-14)
    lag = corrected - (weights + step * force + second * change)
    check_sums(sums, lag, weights, ahead, now, strength)


def in_two_parts(measure, weights, *given):
    """Sums over neurons, of the first feature and of all others."""
    found = (measure(weights, *given, *part) for part in ((0, 1), (1, weights.shape[1])))
    return [np.concatenate(each) for each in zip(*found, strict=True)]


def check_sums(sums, lag, weights, ahead, force, strength: float) -> None:
    """Squared errors on weights that kept their sign, a quarter of what lies along a row; norms; the fastest move."""
    missed, squared, residual = sums
    lag = lag * (weights * ahead > 0)
    np.testing.assert_allclose(squared, (ahead**2).sum(axis=0))
    along = (lag * ahead).sum(axis=0) / (ahead**2).sum(axis=0) * ahead
    expected = ((lag - along) ** 2).sum(axis=0) + (along**2).sum(axis=0) / 16
    np.testing.assert_allclose(missed, expected, atol=1e-14)
    moves = np.abs(force - strength * np.sign(ahead)) * (ahead != 0)
    np.testing.assert_allclose(residual, moves.max(axis=0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("n", "m", "share"),
    [(32, 5, 0.4), (33, 300, 0.3), (64, 256, 0.0), (95, 513, 0.05), (130, 40, 0.42), (200, 257, 0.2), (600, 70, 0.4)],
)
def test_products_that_skip_zeros_are_products(n: int, m: int, share: float, dtype: str) -> None:
    generator = np.random.default_rng(n)
    weights = (generator.standard_normal((m, n)) * (generator.random((m, n)) < share)).astype(dtype)
    noted = sparse_products.lists(n, m, dtype)
    assert sparse_products.note(weights, noted)
    parts = sparse_products.blocks(n)
    assert parts == -(-n // sparse_products.BLOCK)
    for k in range(m):
        mine = slice(noted.begin[k * parts], noted.begin[(k + 1) * parts])
        np.testing.assert_array_equal(noted.names[mine], np.flatnonzero(weights[k]))
        np.testing.assert_array_equal(noted.values[mine], weights[k][weights[k] != 0])
    close = {"rtol": 1e-4, "atol": 1e-4} if dtype == "float32" else {"rtol": 1e-12, "atol": 1e-12}
    overlap, pull = np.full((n, n), np.nan, dtype), np.full((m + 1, n), np.nan, dtype)
    sparse_products.overlaps(weights, noted, overlap)
    np.testing.assert_allclose(overlap, weights.T @ weights, **close)
    np.testing.assert_array_equal(overlap, overlap.T)
    matrix = generator.standard_normal((n, n)).astype(dtype)
    sparse_products.pull(noted, matrix, pull[:m])
    np.testing.assert_allclose(pull[:m], weights @ matrix, **close)
    assert np.isnan(pull[m]).all(), "written beyond the end"


def test_more_live_weights_than_there_is_room_for_are_not_listed() -> None:
    noted = sparse_products.lists(64, 100, "float32")
    assert not sparse_products.note(np.ones((100, 64), np.float32), noted)
    assert sparse_products.note(np.eye(100, 64, dtype=np.float32), noted)


def test_what_is_no_number_counts_as_a_live_weight() -> None:
    weights = np.zeros((3, 70), np.float32)
    weights[1, [3, 66]], weights[2, 5], weights[0, 69] = np.nan, np.inf, -0.0
    noted = sparse_products.lists(70, 3, np.float32)
    assert sparse_products.note(weights, noted)
    np.testing.assert_array_equal(noted.names[: noted.begin[3]], [3, 66, 5])


def test_sums_of_rows_take_numbers_of_one_type_only() -> None:
    weights = np.eye(40, dtype=np.float32)
    noted = sparse_products.lists(40, 40, np.float32)
    assert sparse_products.note(weights, noted)
    with pytest.raises(TypingError, match="one type"):
        sparse_products._pull(noted, np.zeros(1600), np.zeros((40, 40), np.float32), 0, 40)


@pytest.mark.parametrize("interference", [FullInterference(), SameSignOnly()], ids=["all", "same-sign"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_run_through_lists_is_the_same_bits_in_any_batch(monkeypatch, precision: str, interference) -> None:
    used, pull = [], sparse_products.pull
    monkeypatch.setattr(sparse_products, "pull", lambda *arguments: used.append(1) or pull(*arguments))
    spec = RunSpec(
        TiedAutoencoder(n=65, m=300), penalty=L1(0.1), replicates=3, precision=precision, interference=interference
    )
    plain = simulate(spec)
    assert plain.converged.all()
    assert used
    start = plain.initial[::-1]
    saved = simulate(spec.replace(save=Save(times=17, series=("loss",))), initial_weights=start)
    np.testing.assert_array_equal(saved.final[::-1], plain.final)
    np.testing.assert_array_equal(saved.evaluations[::-1], plain.evaluations)


def test_lists_are_for_no_fewer_features_than_a_stripe_has_columns() -> None:
    assert [sparse_products.can_list(n) for n in (31, 32, 2**16, 2**16 + 1)] == [False, True, True, False]


@pytest.mark.parametrize("share", [0.42, 0.35, 0.1])
def test_the_force_is_the_same_with_lists_and_without(share: float) -> None:
    spec = RunSpec(TiedAutoencoder(n=48, m=600), penalty=L1(0.01), precision="float64")
    generator = np.random.default_rng(3)
    dense = Dense(generator.standard_normal((48, 600)) * (generator.random((48, 600)) < share), spec, 1.0)
    dense._evaluate(dense.by_neuron)
    whole = dense.pull.copy()
    assert dense.lists is None
    dense.share = share
    dense._evaluate(dense.by_neuron)
    assert dense.lists is not None
    np.testing.assert_allclose(dense.pull, whole, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("number", [2, 3, 5, 9, 16])
def test_legendre_stages_are_of_second_order_and_stable(number: int) -> None:
    """On y′ = −ρ y, h = 1, the stages give 1 − b + b P_s(1 − ρ w₁) (Meyer et al. 2014): 1 − ρ + ρ²/2, and stable."""
    table, times = step_control.legendre(number, 1.0)

    def amplify(rate: float) -> float:
        before, now = 1.0, 1.0 - table[0, 3] * rate
        for mu, nu, rest, new, old in table[1:]:
            before, now = now, mu * now + nu * before + rest - new * rate * now - old * rate
        return now

    weight = (number**2 + number - 2) / (2 * number * (number + 1)) if number > 1 else 1 / 3
    for rate in (1e-5, 0.3, 2.0, number**2 / 4):
        basis = np.polynomial.legendre.Legendre.basis(number)
        expected = 1 - weight + weight * basis(1 - 4 * rate / (number**2 + number - 2))
        assert amplify(rate) == pytest.approx(expected, abs=1e-10)
    assert amplify(1e-3) == pytest.approx(1 - 1e-3 + 0.5e-6, abs=1e-9)
    rate = 3.1
    longest = max(h for h in np.linspace(0.1, 60, 6000) if step_control.legendre_stages(h, rate) <= number)
    assert max(abs(amplify(z)) for z in np.linspace(1e-3, longest * rate, 2000)) <= 1
    assert abs(amplify(1.5 * longest * rate)) > 1, "the reach is not much longer than assumed"
    assert times[-1] == pytest.approx(1.0)
    assert (np.diff(times) > 0).all()
    assert times[:-1] == pytest.approx([rate_of_change(table, j) for j in range(1, number)], abs=1e-9)


def rate_of_change(table: np.ndarray, stages: int) -> float:
    """Where y′ = 1 from 0 is after some stages: the time of the last of them."""
    before, now = 0.0, table[0, 3]
    for mu, nu, _, new, old in table[1:stages]:
        before, now = now, mu * now + nu * before + new + old
    return now


def test_one_feature_in_a_contest_does_not_rule_alone() -> None:
    """The typical error is the root mean square over features, but no feature may exceed sixteen times it."""
    squared, sums = np.ones(10), np.full(10, 1e-6)
    assert step_control.typical(sums, squared) == pytest.approx(1e-3)
    assert step_control.typical(sums * 4, squared * 4) == pytest.approx(1e-3), "relative to the norm"
    many = np.zeros(4096)
    many[7] = 1.0
    assert step_control.typical(many, np.ones(4096)) == pytest.approx(1 / 16)


@pytest.mark.parametrize(("staged", "order"), [(False, 3), (True, 2)])
def test_steps_are_of_their_order(staged: bool, order: int) -> None:
    """Half the step makes an eighth or a quarter of the error, before weights start to end (a small penalty)."""
    start = np.random.default_rng(8).standard_normal((6, 40)) / 40**0.5
    spec = RunSpec(model=TiedAutoencoder(n=6, m=40), penalty=L1(1e-6), training=GradientFlow(), precision="float64")

    def walk(step: float, until: float = 3.2) -> np.ndarray:
        dense = Dense(start, spec, np.inf)
        dense._begin()
        if not staged:  # a short step first: afterwards there is a change of the force to extrapolate
            dense.step = step**2 / 20
            forward(dense)
        dense.rate, dense.staged = 10.0, staged
        while dense.time < until - 1e-12:
            dense.rate, dense.step = 10.0, min(step, until - dense.time)
            forward(dense)
        return dense.by_neuron

    def forward(dense: Dense) -> None:
        dense._look_ahead(dense.step)
        found, step = dense._compare(), dense.step
        assert dense._accept(found._replace(error=0.0))  # whatever its error
        dense.staged = staged
        assert dense.last == step

    best = walk(0.0125)
    errors = [np.abs(walk(step) - best).max() for step in (0.2, 0.1)]
    assert order - 0.3 < np.log2(errors[0] / errors[1]) < order + 0.7


def test_a_staged_step_with_a_large_error_is_taken_again() -> None:
    start = np.random.default_rng(9).standard_normal((20, 30)) / 30**0.5
    spec = RunSpec(model=TiedAutoencoder(n=20, m=30), penalty=L1(0.016), training=GradientFlow(), precision="float64")
    dense = Dense(start, spec, np.inf)
    dense._begin()
    dense.staged, dense.step = True, 40.0
    before = dense.by_neuron.copy()
    dense._look_ahead(dense.step)
    assert not dense._accept(dense._compare())
    np.testing.assert_array_equal(dense.by_neuron, before)
    assert dense.step < 25
    assert dense.time == 0


@pytest.mark.parametrize("kept", [False, True])
def test_compiled_steps_are_the_steps(kept: bool) -> None:
    """The loop for small networks takes the steps of the other one: same times, kinds and weights."""
    generator = np.random.default_rng(10)
    start = generator.standard_normal((12, 20)) / 20**0.5
    pairs = generator.random((12, 12)) < 0.7
    interfering = pairs | pairs.T if kept else None
    spec = RunSpec(model=TiedAutoencoder(n=12, m=20), penalty=L1(0.016), training=GradientFlow(), precision="float64")
    ends = []
    for compiled in (False, True):
        dense = Dense(start, spec, np.inf, kept=interfering)
        assert dense.compiled
        dense.compiled = compiled
        statuses = [dense.advance(pause) for pause in (0.5, 3.0, np.inf)]
        ends.append((statuses, dense.evaluations, dense.staged, dense.time, dense.step, dense.by_neuron))
    assert ends[0][:3] == ends[1][:3]
    assert ends[0][3:5] == pytest.approx(ends[1][3:5], rel=1e-9)
    np.testing.assert_allclose(ends[0][5], ends[1][5], atol=1e-9)


@pytest.mark.parametrize("n", [24, 120])
def test_names_do_not_decide(n: int):
    """Features and neurons renamed and signs of neurons turned at the start: the same ends renamed, to rounding."""
    spec = RunSpec(TiedAutoencoder(n=n, m=2 * n), penalty=L1(0.064), replicates=8)
    plain = simulate(spec)
    rng = np.random.default_rng(n)
    features, neurons, signs = rng.permutation(n), rng.permutation(2 * n), rng.choice([-1.0, 1.0], 2 * n)
    renamed = simulate(spec, initial_weights=plain.initial[:, features][:, :, neurons] * signs)
    np.testing.assert_array_equal(renamed.evaluations, plain.evaluations)
    np.testing.assert_allclose(renamed.final, plain.final[:, features][:, :, neurons] * signs, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_huge_errors_are_not_taken_for_none(dtype: str) -> None:
    """Squares that overflow leave an infinite error, whatever lies along the row."""
    huge = np.full((3, 4), np.finfo(dtype).max ** 0.45, dtype)
    factors = np.array([0.8, 0.4, 0.0, 0.0], dtype)
    missed, squared, _ = elementwise.compare(huge, huge, 1.1 * huge, huge, *np.empty((2, 3, 4), dtype), factors, 0, 4)
    assert np.isfinite(squared).all()
    assert not step_control.typical(missed, squared) < 0.01
    wild = np.full((3, 4), np.finfo(dtype).max ** 0.55, dtype)
    missed, _, _ = elementwise.compare(wild, wild, 1.1 * wild, wild, *np.empty((2, 3, 4), dtype), factors, 0, 4)
    assert not np.isfinite(missed).any()


def test_a_short_longest_step_stays_single() -> None:
    taken, step, staged = step_control.decide(0.2, False, False, 2.1, 1e-9, 1e-3, 1.0, 0.2, 1e9)
    assert (taken, step, staged) == (True, 0.2, False)


def test_a_step_is_taken_again_where_it_errs_far_too_much() -> None:
    allowed = step_control.SINGLE_SHARE * 1e-3
    for error, expected in ((4 * allowed, True), (5 * allowed, False), (np.inf, False), (np.nan, False)):
        taken, step, _ = step_control.decide(0.1, False, False, 2.1, error, 1e-3, 1.0, 50.0, 1e9)
        assert taken is expected
        assert 0 < step < 0.1


@pytest.mark.parametrize("rate", [0.7, 2.1, 3.3])
def test_a_staged_step_goes_as_far_a_stage_as_it_may(rate: float) -> None:
    """Of all shorter steps none goes further a stage."""
    for wanted in np.linspace(2.0, 60.0, 300) / rate:
        step = step_control.worthwhile(wanted, rate)
        assert step <= wanted
        a_stage = step / step_control.legendre_stages(step, rate)
        others = np.linspace(0.3, 1.0, 500) * wanted
        best = max(other / step_control.legendre_stages(other, rate) for other in others)
        assert a_stage >= 0.99 * best


def test_longer_staged_steps_may_err_in_proportion_up_to_a_length() -> None:
    assert [step_control.even_from(8, m) for m in (4, 8, 12, 16, 800)] == [1.0, 1.0, 1.5, 2.0, 2.0]
    factors = [step_control.factor(h, False, True, 1e-3, 1e-3, 1.5) for h in (0.5, 1.0, 1.5, 9.0)]
    np.testing.assert_allclose((np.array(factors) / step_control.SAFETY) ** 3, [0.5, 1.0, 1.5, 1.5])


@pytest.mark.parametrize("last", [0.05, 0.2, 0.7])
@pytest.mark.parametrize("power", [0, 1, 2])
def test_the_corrector_integrates_quadratic_forces_exactly(power: int, last: float) -> None:
    """Third order: with F = tᵖ at −last, 0 and h, the corrected step is ∫F from 0 to h."""
    step = 0.2
    before, now, after = (float(t**power) for t in (-last, 0.0, step))
    later, early = step_control.corrector(step, last)
    found = step * now + later * (after - now) + early * (now - before)
    assert found == pytest.approx(step ** (power + 1) / (power + 1), rel=1e-12)


@pytest.fixture
def without_lists(monkeypatch):
    """No product that skips zeros can be built, as under an LLVM that does not know what they are written in."""

    def broken(*arguments):
        raise TypeError("LLVM says no")

    for name in ("note", "pull", "overlaps"):
        monkeypatch.setattr(sparse_products, name, broken)
    monkeypatch.setattr(sparse_products, "_FAILED", set())
    sparse_products.work.cache_clear()
    yield
    sparse_products.work.cache_clear()


def test_where_lists_cannot_be_built_the_general_product_takes_over(without_lists):
    spec = RunSpec(TiedAutoencoder(n=65, m=300), penalty=L1(0.1), replicates=2)
    with pytest.warns(UserWarning, match="do not work here .TypeError: LLVM says no.; flows take general ones") as told:
        run = simulate(spec)
    assert len(told) == 1
    assert run.engine == "flow by general products"
    assert run.converged.all()


def test_general_products_pick_the_winners_that_lists_do(request):
    spec = RunSpec(TiedAutoencoder(n=65, m=300), penalty=L1(0.1), replicates=2, precision="float64")
    by_lists = simulate(spec)
    request.getfixturevalue("without_lists")
    with pytest.warns(UserWarning, match="general ones"):
        general = simulate(spec)
    assert by_lists.engine == "flow"
    assert ((by_lists.final != 0) == (general.final != 0)).all()
    np.testing.assert_allclose(by_lists.final, general.final, atol=1e-6)


@pytest.fixture
def without_passes(monkeypatch):
    """No pass over registers can be built."""

    def broken(*arguments):
        raise TypeError("LLVM says no")

    monkeypatch.setattr(elementwise, "correct", broken)
    monkeypatch.setattr(dense, "_FAILED", set())
    dense.passes.cache_clear()
    yield
    dense.passes.cache_clear()


@pytest.mark.parametrize("m", [40, 300])
def test_where_passes_cannot_be_built_whole_arrays_take_over(request, m):
    spec = RunSpec(TiedAutoencoder(n=65, m=m), penalty=L1(0.1), replicates=2)
    usual = simulate(spec)
    request.getfixturevalue("without_passes")
    with pytest.warns(UserWarning, match="do not work here .TypeError: LLVM says no.; flows take slower ones") as told:
        run = simulate(spec)
    assert len(told) == 1
    assert (usual.engine, run.engine) == ("flow", "flow by whole arrays")
    assert ((usual.final != 0) == (run.final != 0)).all()
    if m == 300:  # too large for steps in one compiled loop: the same products, and passes of the same bits
        np.testing.assert_array_equal(usual.final, run.final)
        np.testing.assert_array_equal(usual.evaluations, run.evaluations)


def test_passes_that_are_wrong_are_not_taken(monkeypatch):
    dense.passes.cache_clear()
    monkeypatch.setattr(dense, "_FAILED", set())
    monkeypatch.setattr(elementwise, "extrapolate", lambda *given: given[3].fill(0))
    with pytest.warns(UserWarning, match="their results are wrong"):
        assert dense.passes("float64") is elementwise_arrays
    dense.passes.cache_clear()


@njit(error_model="numpy")
def products(weights, overlap, out):
    """Both small products, if they are made for these sizes."""
    m, n = weights.shape
    if small_products.fit(n, m, weights.itemsize):
        small_products.overlaps(weights, overlap)
        small_products.pull(weights, overlap, out)
        return True
    return False


@pytest.mark.parametrize(("n", "m"), [(4, 4), (8, 4), (12, 8), (20, 256), (32, 64), (36, 20), (64, 256), (100, 100)])
def test_small_products_are_exact_on_whole_numbers_and_near_on_others(n, m):
    generator = np.random.default_rng([n, m])
    for weights in (generator.integers(-9, 9, (m, n)).astype(float), generator.standard_normal((m, n))):
        overlap, out = np.full((n, n), np.nan), np.full((m, n), np.nan)
        assert products(weights, overlap, out)
        size = np.abs(weights).max() ** 2 * m
        error = 0 if (weights == np.round(weights)).all() else 4e-16 * size
        np.testing.assert_allclose(overlap, np.einsum("ki,kj->ij", weights, weights), rtol=0, atol=error)
        np.testing.assert_allclose(out, np.einsum("ki,ij->kj", weights, overlap), rtol=0, atol=n * error)
        assert (overlap == overlap.T).all()


@pytest.mark.parametrize(("n", "m"), [(3, 4), (4, 6), (33, 64), (8, 260)])
def test_other_sizes_and_float32_are_left_to_general_products(n, m):
    assert not products(np.zeros((m, n)), np.zeros((n, n)), np.zeros((m, n)))
    single = np.zeros((4, 4), np.float32)
    assert not products(single, single.copy(), single.copy())


def test_arrays_with_gaps_are_refused_by_the_compiler():
    for call in (_strided_pass, _strided_product):
        with pytest.raises(TypingError, match="without gaps"):
            call(np.zeros((4, 8))[:, ::2])


@njit(error_model="numpy")
def _strided_pass(array):
    elementwise.interfere(array, array)


@njit(error_model="numpy")
def _strided_product(array):
    small_products.pull_in_registers(array, array, array)
