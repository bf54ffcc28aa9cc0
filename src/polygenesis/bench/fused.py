"""The arithmetic that a core can do at all: a loop of fused multiplications and additions that needs no memory.

A product of matrices shows what BLAS makes of a core; this shows what there is to be made. The two differ where BLAS
was told to compute as on another processor.
"""

from __future__ import annotations

import functools
import time
from typing import Any

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types

from polygenesis.bench.timing import median_seconds
from polygenesis.kernels import compiled, intrinsic

CHAINS = 10 if get_host_cpu_features().get("avx512f") else 4
"""Sums side by side: as many as hide the latency of two units, and as the registers hold."""

LANES = {"float32": 16, "float64": 8}
"""Numbers of 64 bytes: one register of AVX-512, two of AVX2."""

ROUNDS = 2**20

FUSE = ("contract",)
"""What lets the compiler make one operation of a multiplication and an addition, where the processor has it."""


@intrinsic
def fused(typingctx: Any, factor: Any, rounds: Any) -> Any:
    """Multiply and add CHAINS × 64 bytes of numbers ``rounds`` times; return their sum, so that none is left out."""
    signature = factor(factor, types.intp)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(factor)
        lanes = LANES[str(factor)]
        vector, word = ir.VectorType(number, lanes), ir.IntType(64)
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0))
        spread = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        scale = builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), spread)
        before = builder.block
        body, after = builder.append_basic_block("body"), builder.append_basic_block("after")
        builder.branch(body)
        builder.position_at_end(body)
        turn = builder.phi(word)
        sums = [builder.phi(vector) for _ in range(CHAINS)]
        turn.add_incoming(ir.Constant(word, 0), before)
        later = []
        for place, each in enumerate(sums):
            each.add_incoming(ir.Constant(vector, [ir.Constant(number, float(place))] * lanes), before)
            product = builder.fmul(each, scale, flags=FUSE)
            later.append(builder.fadd(product, scale, flags=FUSE))
            each.add_incoming(later[-1], body)
        following = builder.add(turn, ir.Constant(word, 1))
        turn.add_incoming(following, body)
        builder.cbranch(builder.icmp_signed("<", following, arguments[1]), body, after)
        builder.position_at_end(after)
        total = later[0]
        for each in later[1:]:
            total = builder.fadd(total, each)
        return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))

    return signature, build


@compiled
def run(factor: Any, rounds: int) -> Any:
    """Run the loop; the sums stay near 1 for a factor of a half."""
    return fused(factor, rounds)


@functools.cache
def peak_fused(precision: str) -> float:
    """Return additions and multiplications a second of one core in a loop of nothing else."""
    factor = np.dtype(precision).type(0.5)
    seconds = median_seconds(lambda: run(factor, ROUNDS), repeats=9, clock=time.process_time)
    return 2.0 * CHAINS * LANES[precision] * ROUNDS / seconds
