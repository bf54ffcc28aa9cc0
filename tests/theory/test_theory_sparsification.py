"""The one-feature curves against direct integration, the published figure, and their own limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special

from polygenesis import theory
from polygenesis.errors import InputError
from polygenesis.theory import finishing
from polygenesis.theory.half_normal import beyond, excess, squared_excess


def euler(starts, penalty, times, step):
    """|w| at `times` under dw/dt = (1-|w|²)w - λ sign w, clipped at zero, starts > 0."""
    w, now, saved = starts.copy(), 0.0, []
    for time in times:
        for _ in range(round((time - now) / step)):
            w = np.maximum(w + step * ((1 - np.sum(w * w)) * w - penalty), 0.0)
        now = time
        saved.append(w.copy())
    return np.array(saved)


@pytest.mark.parametrize("x", [0.0, 0.5, 2.0, 6.0, 12.0])
def test_half_normal_integrals_against_quadrature(x):
    def tail(power):
        def density(y):
            return y**power * np.sqrt(2 / np.pi) * np.exp(-x * y - y * y / 2)

        return np.exp(-x * x / 2) * integrate.quad(density, 0, np.inf, epsabs=0, epsrel=1e-11)[0]

    assert beyond(np.array(x)) == pytest.approx(tail(0), rel=1e-9)
    assert excess(np.array(x)) == pytest.approx(tail(1), rel=1e-9)
    assert squared_excess(np.array(x)) == pytest.approx(tail(2), rel=1e-9)


@pytest.mark.parametrize("strength", [0.02, 0.3, 1.0])  # λ√m, up to the limit of the accepted regime
def test_continuum_is_the_limit_of_the_flow(strength):
    m, scale = 20_000, 0.9
    penalty = strength / np.sqrt(m)
    # Midpoints of equal-probability cells: a deterministic half-normal start, so that only m is finite.
    starts = scale / np.sqrt(m) * -special.ndtri((np.arange(m) + 0.5) / m / 2)
    times = np.array([0.5, 1.0, 4.0, 12.0]) / strength
    w = euler(starts, penalty, times, step=0.01 if strength > 0.1 else 0.1)
    arguments = (times, m, penalty)
    entries = theory.surviving_entries(*arguments, model="continuum", scale=scale)
    norm1 = theory.l1_norm(*arguments, model="continuum", scale=scale)
    norm2 = theory.squared_norm(*arguments, model="continuum", scale=scale)
    np.testing.assert_allclose(entries.array, (w > 0).sum(axis=1), rtol=0.02, atol=3)
    np.testing.assert_allclose(norm1.array, w.sum(axis=1), rtol=0.02)
    np.testing.assert_allclose(norm2.array, (w**2).sum(axis=1), rtol=0.02)


def test_published_figure_agrees_with_the_continuum_but_not_with_the_published_curve():
    """E1 of docs/paper.md: m = 1e5, λ = 1e-5, start N(0, 0.81/m); values read off the figure, ±3 %."""
    times, figure = np.array([1e2, 1e3, 1e4]), np.array([7.8e4, 1.45e4, 2.5e2])
    exact = theory.surviving_entries(times, 100_000, 1e-5, model="continuum", scale=0.9)
    published = theory.surviving_entries(times, 100_000, 1e-5)
    np.testing.assert_allclose(exact.array, figure, rtol=0.03)
    assert np.all(figure / published.array > 1.3)
    end = theory.l1_norm(1e4, 100_000, 1e-5, model="continuum", scale=0.9)
    assert float(end) == pytest.approx(11.5, rel=0.03)


def test_published_curves_are_the_paper_s():
    assert float(theory.surviving_entries(50.0, 100, 0.01)) == pytest.approx(1 / 0.6**2)
    assert float(theory.l1_norm(50.0, 100, 0.01)) == pytest.approx(1 / 0.6)
    assert float(theory.squared_norm(50.0, 100, 0.01)) == 1
    assert float(theory.surviving_entries(0, 100, 0.01)) == pytest.approx(100)


def test_late_constant_is_two_and_its_correction_three_over_x_squared():
    """(λt)² m' → 2(1 + 3/x²) and λt‖W‖₁ → 1, far beyond any real width to see the limit."""
    m, penalty = 10**16, 1e-12
    times = np.geomspace(1e-6, 1e-1, 6) / penalty
    entries = theory.surviving_entries(times, m, penalty, model="continuum").array
    scaled = (penalty * times) ** 2 * entries
    x = -special.ndtri(entries / m / 2)
    late = scaled[-2:]
    np.testing.assert_allclose(late, 2 * (1 + 3 / x[-2:] ** 2), rtol=0.005)
    assert np.all(late < 2.2)
    norm1 = theory.l1_norm(times, m, penalty, model="continuum").array
    np.testing.assert_allclose(norm1[-2:] * penalty * times[-2:], 1, atol=0.06)
    asymptote = theory.surviving_entries(times, m, penalty, model="asymptote").array
    np.testing.assert_allclose(asymptote, 2 / (penalty * times) ** 2)
    np.testing.assert_allclose(theory.l1_norm(times, m, penalty, model="asymptote").array, 1 / (penalty * times))


def test_scale_of_the_start_drops_out_once_the_norm_has_settled():
    times = np.array([1e4, 3e4])
    small, large = (
        theory.surviving_entries(times, 4096, 1e-5, model="continuum", scale=scale).array for scale in (0.5, 1.5)
    )
    np.testing.assert_allclose(small, large, rtol=0.002)


def test_entries_never_rise_nor_fall_below_the_winner():
    curve = theory.surviving_entries(np.linspace(0, 4e3, 50), 1000, 1e-3, model="continuum").array
    assert curve[0] == 1000
    assert np.all(np.diff(curve) <= 1e-9 * curve[:-1])
    assert curve[-1] == 1


def test_curves_keep_the_shape_and_order_of_the_times():
    times = np.array([[300.0, 0.0], [100.0, 300.0]])
    curve = theory.surviving_entries(times, 1000, 1e-3, model="continuum").array
    assert curve.shape == (2, 2)
    assert curve[0, 0] == curve[1, 1] < curve[1, 0] < curve[0, 1] == 1000
    assert isinstance(theory.l1_norm(3.0, 1000, 1e-3).value, float)


def test_clocks_describe_one_flow():
    assert theory.convert_time(1.0, source="loss", target="paper") == 4
    assert theory.convert_penalty(1.0, source="loss", target="paper") == 0.25
    assert theory.convert_time(1.0, source="paper", target="paper") == 1
    for model in ("published", "continuum", "asymptote"):
        paper = theory.surviving_entries(100.0, 1000, 1e-3, model=model)
        loss = theory.surviving_entries(25.0, 1000, 4e-3, model=model, clock="loss")
        assert float(paper) == pytest.approx(float(loss), rel=1e-6)
    assert float(theory.finishing_time(50, 4e-3, clock="loss")) == pytest.approx(
        float(theory.finishing_time(50, 1e-3)) / 4
    )


def test_rows_below_the_penalty_die_and_bound_the_deaths_of_all():
    m, runs, strength = 64, 400, 2.0
    penalty = strength / np.sqrt(m)
    start = np.abs(np.random.default_rng(9).standard_normal((runs, m))) / np.sqrt(m)
    w = start.copy()
    for _ in range(1500):
        w = np.maximum(w + 0.02 * ((1 - (w**2).sum(axis=1, keepdims=True)) * w - penalty), 0.0)
    dead, doomed = (w == 0).all(axis=1), (start < penalty).all(axis=1)
    assert dead[doomed].all()
    bound = float(theory.certain_death(m, penalty))
    assert doomed.mean() == pytest.approx(bound, abs=4 * np.sqrt(bound / runs))
    assert bound < dead.mean() < 1
    assert float(theory.certain_death(m, 4 * penalty, clock="loss")) == pytest.approx(bound)
    assert float(theory.certain_death(1024, 1e-3)) == 0


def test_finishing_time_of_two_neurons_in_closed_form():
    """With m = 2 the race lasts ∫₀^b dc/√((a-c)²+(b-c)²), a > b > 0: averaged over the angle of (a, b)."""
    angles = (np.arange(20_000) + 0.5) / 20_000 * np.pi / 4
    a, b = np.cos(angles), np.sin(angles)
    middle, half = (a + b) / 2, (a - b) / 2
    lasts = (np.arcsinh(middle / half) - np.arcsinh((middle - b) / half)) / np.sqrt(2)
    assert float(theory.finishing_time(2, 1e-3)) * 1e-3 == pytest.approx(lasts.mean(), rel=2e-4)


@pytest.mark.parametrize("m", [3, 100, 5000])
def test_finishing_time_agrees_with_simulated_races(m):
    races = theory.finishing_times(m, 1e-3, 3000, seed=11) * 1e-3
    mean = float(theory.finishing_time(m, 1e-3)) * 1e-3
    # Four standard errors: a right formula fails once in 16,000 seeds.
    assert abs(races.mean() - mean) < 4 * races.std() / np.sqrt(races.size)
    assert 0.6 < races.std() < 1.0


def test_a_drawn_race_is_what_a_small_step_integration_finds():
    m, penalty = 30, 0.003
    starts = np.abs(np.random.default_rng(8).standard_normal(m)) / np.sqrt(m)
    w, step, time = starts.copy(), 0.02, 0.0
    while (w > 0).sum() > 1:
        w = np.maximum(w + step * ((1 - w @ w) * w - penalty), 0.0)
        time += step
    ordered = np.sort(starts)[::-1]
    assert finishing._between_drop_outs(ordered, 0.0) == pytest.approx(penalty * time, rel=0.02)


def test_finishing_time_is_about_one_point_eight_over_lambda_at_any_width():
    for m in (100, 10**3, 10**5, 10**8):
        assert 1.79 < float(theory.finishing_time(m, 1e-6)) * 1e-6 < 1.86
    wide = [float(theory.finishing_time(m, 1e-12)) * 1e-12 for m in (10**6, 10**12, 10**18)]
    assert wide[0] > wide[1] > wide[2] > finishing.MANY_NEURONS


def test_many_neuron_constant_is_its_integral_and_its_series():
    def laplace(v):
        return np.sqrt(np.pi) / (2 * v) * special.erfcx(1 / (2 * v))

    def term(log_v):
        value = laplace(np.exp(log_v))
        return np.exp(log_v) * (-np.log1p(-value) - value)

    integral = integrate.quad(term, -16, 30, limit=400)[0]
    assert 2 / np.sqrt(np.pi) * integral == pytest.approx(finishing.MANY_NEURONS, abs=1e-5)
    # The same number as Σ_{k≥2} E[1/√(E_1²+…+E_k²)]/k over exponential gaps, by simulation.
    gaps = np.random.default_rng(2).standard_exponential((4000, 2000))
    inverse = 1 / np.sqrt(np.cumsum(gaps**2, axis=1))
    sums = (inverse / np.arange(1, 2001))[:, 1:].sum(axis=1) + 2 / np.sqrt(2 * 2000)
    assert abs(sums.mean() - finishing.MANY_NEURONS) < 4 * sums.std() / np.sqrt(4000)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.surviving_entries(1.0, 100, 0.2), r"`penalty` must satisfy λ√m <= 1 .*, but is 0.2"),
        (lambda: theory.surviving_entries(1.0, 100, -1e-3), "`penalty` must be a finite number above 0"),
        (lambda: theory.surviving_entries(-1.0, 100, 1e-3), "`time` must be finite and not negative"),
        (lambda: theory.surviving_entries(np.nan, 100, 1e-3), "`time`"),
        (lambda: theory.surviving_entries("soon", 100, 1e-3), "`time` must be a number"),
        (lambda: theory.surviving_entries(0.0, 100, 1e-3, model="asymptote"), "above 0 for the asymptote"),
        (lambda: theory.surviving_entries(1.0, 100, 1e-3, model="exact"), "Unknown model 'exact'"),
        (lambda: theory.squared_norm(1.0, 100, 1e-3, model="asymptote"), "known: continuum, published"),
        (lambda: theory.l1_norm(1.0, 100, 1e-3, clock="wall"), "known: loss, paper"),
        (lambda: theory.l1_norm(1.0, 100, 1e-3, scale=0.0), "`scale`"),
        (lambda: theory.finishing_time(1, 1e-3), "`m` must be a whole number of at least 2"),
    ],
)
def test_outside_the_regime_one_sentence_says_so(call, message):
    with pytest.raises(InputError, match=message):
        call()
