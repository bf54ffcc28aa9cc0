"""The exponential function and the normal law's tail, without branches: a loop over them is vector instructions.

A call of the C library for each number takes ten times as long. Both are accurate to a few units in the last place of
their type, float32 or float64 (``tests/dynamics`` compares them with SciPy's).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from polygenesis.kernels import intrinsic

LOWEST = {32: -87.0, 64: -708.0}
"""Below these numbers, by the bits of the type, the exponential is 0: it would not be a normal number."""

SHIFT = {32: 1.5 * 2**23, 64: 1.5 * 2**52}
"""A number that leaves no bits for a fraction: adding it rounds to a whole number, which then is in the last bits."""

FRACTION = {32: 23, 64: 52}
"""Bits of the fraction, above which the exponent stands."""

LOG_2 = {32: (0.693359375, -2.12194440e-4), 64: (6.93147180369123816490e-01, 1.90821492927058770002e-10)}
"""ln 2 as a sum, of which the first has so few bits that its products with exponents are exact (Cody and Waite)."""

TERMS = {32: 7, 64: 13}
"""Degree of the exponential's Taylor polynomial, for arguments up to ½ ln 2."""

CENTRE = 2.5
"""a of the middle of the polynomial for the tail, in q = (a − c)/(a + c)."""

DEGREE = {32: 10, 64: 24}
"""Degree of that polynomial."""

CONTRACT = ("contract",)
"""What the compiler may do with a product and a sum: round once where it can."""


def scaled_tail(degree: int) -> list[float]:
    """Return polynomial coefficients, lowest first, of (1 + 2a) exp(a²) erfc(a) in q = (a − c)/(a + c), a ≥ 0.

    The function goes from 1 to 2/√π and has no other scale (Shepherd and Laframboise 1981,
    doi:10.1090/S0025-5718-1981-0595058-X).
    """
    from scipy.special import erfcx

    def function(q: Any) -> Any:
        a = CENTRE * (1 + q) / (1 - q)
        return (1 + 2 * a) * erfcx(a)

    series = np.polynomial.Chebyshev.interpolate(function, degree)
    return [float(each) for each in series.convert(kind=np.polynomial.Polynomial).coef]


def _polynomial(builder: Any, real: Any, coefficients: list[float], x: Any) -> Any:
    from llvmlite import ir

    value = ir.Constant(real, coefficients[-1])
    for each in reversed(coefficients[:-1]):
        value = builder.fadd(builder.fmul(value, x, flags=CONTRACT), ir.Constant(real, each), flags=CONTRACT)
    return value


@intrinsic
def exponential(typingctx: Any, x: Any) -> Any:
    """Return exp(x) of a number that is not large: e^(k ln 2 + r) = 2^k e^r. NaN stays NaN."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        bits = signature.return_type.bitwidth
        real, whole = context.get_value_type(signature.return_type), ir.IntType(bits)

        def number(value: float) -> Any:
            return ir.Constant(real, value)

        low = number(LOWEST[bits])
        tiny = builder.fcmp_ordered("<", arguments[0], low)
        given = builder.select(tiny, low, arguments[0])
        times = builder.fmul(given, number(1 / math.log(2)))
        shifted = builder.fadd(times, number(SHIFT[bits]))
        power = builder.fsub(shifted, number(SHIFT[bits]))
        rest = given
        for part in LOG_2[bits]:
            rest = builder.fsub(rest, builder.fmul(power, number(part), flags=CONTRACT), flags=CONTRACT)
        value = _polynomial(builder, real, [1 / math.factorial(k) for k in range(TERMS[bits] + 1)], rest)
        exponent = builder.shl(builder.bitcast(shifted, whole), ir.Constant(whole, FRACTION[bits]))
        scaled = builder.bitcast(builder.add(builder.bitcast(value, whole), exponent), real)
        return builder.select(tiny, number(0.0), scaled)

    return x(x), build


@intrinsic
def tail_over_bell(typingctx: Any, a: Any) -> Any:
    """Return exp(a²) erfc(a), a ≥ 0: the normal law's tail beyond a√2 is half of it times exp(−a²)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        bits, a = signature.return_type.bitwidth, arguments[0]
        real = context.get_value_type(signature.return_type)
        centre = ir.Constant(real, CENTRE)
        q = builder.fdiv(builder.fsub(a, centre), builder.fadd(a, centre))
        value = _polynomial(builder, real, scaled_tail(DEGREE[bits]), q)
        return builder.fdiv(value, builder.fadd(ir.Constant(real, 1.0), builder.fadd(a, a)))

    return a(a), build
