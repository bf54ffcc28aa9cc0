"""How fast L1 makes one row sparse: the published curves and the exact ones for many neurons (claim C5).

Without interference a coordinate obeys dw/dt = (1 - ‖W‖²)w - λ sign w (paper's clock). All coordinates
share one linear factor, so |w_k(t)| = a(t)(|w_k(0)| - c(t))₊ with da/dt = (1 - ‖W‖²)a and dc/dt = λ/a. For
a half-normal start |w_k(0)| = s|g_k|/√m put x = c√m/s and b = a s; with many neurons the sums over k become
tail integrals (half_normal.py):

    m'(t) = m Q₂(x),   ‖W‖₁ = √m b E(|g| - x)₊,   ‖W‖² = b² h(x),
    d(log b)/dt = 1 - b² h(x),   dx/dt = λ√m / b,   b(0) = s,   x(0) = 0.

When λ√m is small the norm is held at 1, b = 1/√h, and λ√m t = ∫₀ˣ dy/√h(y) is one universal curve for all
m, λ and scales. At its end h = 4φ(x)/x³ (1 - 6/x² + …) gives λ√m t = √(x/φ(x)) (1 + 2/x² + …), so

    (λt)² m' = 2 (1 + 3/x² + …),   λt ‖W‖₁ = 1 + O(1/x²),   x² about 2 log(m/m').

So the published exponents are right, the published constant of ‖W‖₁ is right, and that of m' is 2 instead
of 1. The limit is slow: (λt)² m' rises to 2.43 when m' is near m/400, then falls as 1/log m, and is still
2.17 at m = 1e9.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.arguments import Clock
from polygenesis.theory.clocks import convert_penalty, convert_time, slow_penalty
from polygenesis.theory.half_normal import beyond, excess, squared_excess
from polygenesis.theory.prediction import PAPER, Prediction

CurveModel = Literal["published", "continuum", "asymptote"]

_SAYS = {
    "published": ("One feature without interference; λ√m ≪ 1.", f"{PAPER}, claim C5"),
    "continuum": (
        "One feature without interference, half-normal start; exact for many neurons while m' >> 1.",
        "exact one-feature flow",
    ),
    "asymptote": (
        "One feature, 1/(λ√m) << t << 1/λ; reached only as 1 + O(1/log m).",
        "exact one-feature flow, late times",
    ),
}


def surviving_entries(
    time: object,
    m: int,
    penalty: float,
    *,
    model: CurveModel = "published",
    scale: float = 1.0,
    clock: Clock = "paper",
) -> Prediction:
    """The number m'(t) of entries of one row that are not yet zero.

    ``"published"``: (1/√m + λt)⁻² (arXiv:2312.03096, claim C5). ``"continuum"``: the exact limit of many neurons,
    but never below the one winner. ``"asymptote"``: 2/(λt)². `time` may have any shape and the value has it
    too; `time` and `penalty` are in `clock`; the start is N(0, scale²/m), which only the continuum heeds.
    Raises InputError if λ√m > 1 in the paper's clock.

    Args:
        time: times of any shape, in ``clock``.
        m: number of neurons.
        penalty: λ, in ``clock``.
        model: "published", "continuum" or "asymptote".
        scale: standard deviation of the start in units of 1/√m.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    t, lam = _arguments(time, m, penalty, model, scale, clock)
    if model == "continuum":
        _, x = _trajectory(t, m, lam, scale)
        return _curve(np.maximum(m * beyond(x), 1.0), model)
    if model == "asymptote":
        return _curve(2 / _late(t, lam) ** 2, model)
    return _curve((1 / np.sqrt(m) + lam * t) ** -2.0, model)


def l1_norm(
    time: object,
    m: int,
    penalty: float,
    *,
    model: CurveModel = "published",
    scale: float = 1.0,
    clock: Clock = "paper",
) -> Prediction:
    """The L1 norm ‖W_i(t)‖₁ of one row; models and arguments as in :func:`surviving_entries`.

    ``"published"``: (1/√m + λt)⁻¹. ``"asymptote"``: 1/(λt). The exact curve starts at scale·√(2m/π), not at
    √m. Source: arXiv:2312.03096, claim C5; docs/theory.md, eq. asymptote.

    Args:
        time: times of any shape, in ``clock``.
        m: number of neurons.
        penalty: λ, in ``clock``.
        model: "published", "continuum" or "asymptote".
        scale: standard deviation of the start in units of 1/√m.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    t, lam = _arguments(time, m, penalty, model, scale, clock)
    if model == "continuum":
        b, x = _trajectory(t, m, lam, scale)
        # A single entry that is left is the norm itself, which λ holds just below 1.
        single = np.where(m * beyond(x) < 1, 1.0, 0.0)
        return _curve(np.maximum(np.sqrt(m) * b * excess(x), single), model)
    if model == "asymptote":
        return _curve(1 / _late(t, lam), model)
    return _curve(1 / (1 / np.sqrt(m) + lam * t), model)


def squared_norm(
    time: object,
    m: int,
    penalty: float,
    *,
    model: Literal["published", "continuum"] = "published",
    scale: float = 1.0,
    clock: Clock = "paper",
) -> Prediction:
    """The squared norm ‖W_i(t)‖² of one row: 1 as published, about 1 - λ‖W_i‖₁ in the continuum; as above.

    Source: arXiv:2312.03096, claim C5; docs/theory.md, eq. race.

    Args:
        time: times of any shape, in ``clock``.
        m: number of neurons.
        penalty: λ, in ``clock``.
        model: "published" or "continuum".
        scale: standard deviation of the start in units of 1/√m.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    arguments.one_of("model", model, ("published", "continuum"))
    t, lam = _arguments(time, m, penalty, model, scale, clock)
    if model == "published":
        return _curve(np.ones_like(t), model)
    b, x = _trajectory(t, m, lam, scale)
    return _curve(b**2 * squared_excess(x), model)


def certain_death(m: int, penalty: float, *, scale: float = 1.0, clock: Clock = "paper") -> Prediction:
    """The probability that a row starts with every entry below λ, so that it must die: erf(λ√m/(√2·scale))^m.

    Since d|w|/dt <= |w| - λ, entries that are all below λ can only shrink. The true chance of death is larger: the
    norm dips first, so at scale 1 half of the rows die at a λ√m lower by 20 to 30 %. Any m and λ.
    Source: docs/theory.md, eq. race.

    Args:
        m: number of neurons.
        penalty: λ, in ``clock``.
        scale: standard deviation of the start in units of 1/√m.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    arguments.whole("m", m)
    lam = convert_penalty(arguments.positive("penalty", penalty), source=clock, target="paper")
    below = 1 - beyond(lam * np.sqrt(m) / arguments.positive("scale", scale))
    return Prediction(
        float(below**m),
        regime="Lower bound for one feature without interference, start N(0, scale²/m); any m and λ.",
        source="one-feature flow, proved",
    )


def _trajectory(t: Floats, m: int, lam: float, scale: float) -> tuple[Floats, Floats]:
    """(b, x) at the times t, shaped like t."""
    from scipy import integrate

    def flow(_: float, state: Floats) -> tuple[float, float]:
        log_b, x = state
        return 1 - float(np.exp(2 * log_b) * squared_excess(x)), lam * np.sqrt(m) * float(np.exp(-log_b))

    at, back = np.unique(t, return_inverse=True)
    if at.size == 0 or at[-1] == 0:
        return np.full(t.shape, scale), np.zeros(t.shape)
    # The norm relaxes at rate 2 while the race lasts 1/λ: stiff, hence LSODA.
    start = (np.log(scale), 0.0)
    path = integrate.solve_ivp(flow, (0.0, at[-1]), start, "LSODA", t_eval=at, rtol=1e-9, atol=1e-11)
    log_b, x = path.y[:, back.reshape(t.shape)]
    return np.exp(log_b), x


def _arguments(time: object, m: int, penalty: float, model: str, scale: float, clock: Clock) -> tuple[Floats, float]:
    """Times and λ in the paper's clock, once everything has been checked."""
    arguments.one_of("model", model, tuple(_SAYS))
    arguments.positive("scale", scale)
    lam = slow_penalty(m, penalty, clock)
    return convert_time(time, source=clock, target="paper"), lam


def _late(t: Floats, lam: float) -> Floats:
    if np.any(t <= 0):
        raise bad_argument("time", "be above 0 for the asymptote", float(np.min(t)))
    return lam * t


def _curve(value: Floats, model: str) -> Prediction:
    regime, source = _SAYS[model]
    return Prediction(float(value) if value.ndim == 0 else value, regime=regime, source=source)
