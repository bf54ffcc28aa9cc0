"""W Wᵀ and ReLU(W Wᵀ) W of small networks, in registers: a general product copies its blocks first, and they are small.

For float64 and numbers of features and neurons that are multiples of four; sums over neurons are short enough not to be
cut. There every number is the sum, term by term, that general products form as well, rounded alike.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import errors, types

from polygenesis.arrays import Floats
from polygenesis.dynamics.flow.lanes import BYTES, WORD, at, constant, loop, spread
from polygenesis.kernels import compiled, intrinsic

ROWS, REGISTERS = 4, 2
"""A tile: as many sums as hide the latency of one, whose registers those of AVX2 hold."""

LONGEST = 256
"""Terms of a sum that is not cut."""

CONTRACT = ("contract",)
"""What the compiler may do with sums of products: round once where it can."""


@compiled(inline=True)
def fit(n: Any, m: Any, size: Any) -> Any:
    """Whether n features on m neurons, in numbers of so many bytes, are multiplied here."""
    return size == 8 and n % ROWS == 0 and m % ROWS == 0 and m <= LONGEST


@compiled(inner=True)
def overlaps(weights: Floats, overlap: Floats) -> None:
    """Write W Wᵀ, (n, n), of weights by neuron (m, n)."""
    m, n = weights.shape
    _product(weights, weights, overlap, n, n, m, 1, n, True)
    for i in range(n):
        for j in range(i):
            overlap[i, j] = overlap[j, i]


@compiled(inner=True)
def pull(weights: Floats, overlap: Floats, out: Floats) -> None:
    """Write W, by neuron (m, n), times a matrix (n, n)."""
    m, n = weights.shape
    _product(weights, overlap, out, m, n, n, n, 1, False)


@intrinsic
def _product(
    typingctx: Any,
    left: Any,
    right: Any,
    out: Any,
    rows: Any,
    width: Any,
    terms: Any,
    row_step: Any,
    term_step: Any,
    upper: Any,
) -> Any:
    """Write Σ_k left[r · row_step + k · term_step] × right[k, c] into out[r, c], r < rows, c < width, k < terms.

    With ``upper`` only tiles that reach the diagonal or lie above it. No bounds are checked.
    """
    if not all(isinstance(each, types.Array) and each.layout == "C" for each in (left, right, out)):
        raise errors.TypingError("products need arrays without gaps")
    signature = types.void(left, right, out, *[types.intp] * 5, types.boolean)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(out.dtype)
        align = out.dtype.bitwidth // 8
        lanes = BYTES // align
        vector = ir.VectorType(number, lanes)
        bases = (
            context.make_array(each)(context, builder, it)
            for each, it in zip(signature.args, arguments[:3], strict=False)
        )
        a, b, c = (each.data for each in bases)
        rows, width, terms, row_step, term_step, upper = arguments[3:]

        def word(value: int) -> Any:
            return ir.Constant(WORD, value)

        def tile(row: Any, column: Any, registers: int) -> None:
            starts = [builder.mul(builder.add(row, word(r)), row_step) for r in range(ROWS)]
            before = builder.block
            head, inside, after = (builder.append_basic_block(each) for each in ("head", "body", "after"))
            builder.branch(head)
            builder.position_at_end(head)
            k = builder.phi(WORD)
            sums = [[builder.phi(vector) for _ in range(registers)] for _ in range(ROWS)]
            k.add_incoming(word(0), before)
            for each in sums:
                for total in each:
                    total.add_incoming(constant(vector, 0.0), before)
            builder.cbranch(builder.icmp_signed("<", k, terms), inside, after)
            builder.position_at_end(inside)
            begin = builder.add(builder.mul(k, width), column)
            places = (at(builder, b, builder.add(begin, word(v * lanes)), vector) for v in range(registers))
            here = [builder.load(place, align=align) for place in places]
            shift = builder.mul(k, term_step)
            for start, each in zip(starts, sums, strict=True):
                factor = spread(builder, builder.load(builder.gep(a, [builder.add(start, shift)])), lanes)
                for total, term in zip(each, here, strict=True):
                    product = builder.fmul(factor, term, flags=CONTRACT)
                    total.add_incoming(builder.fadd(total, product, flags=CONTRACT), inside)
            k.add_incoming(builder.add(k, word(1)), inside)
            builder.branch(head)
            builder.position_at_end(after)
            for r, each in enumerate(sums):
                begin = builder.add(builder.mul(builder.add(row, word(r)), width), column)
                for v, total in enumerate(each):
                    builder.store(total, at(builder, c, builder.add(begin, word(v * lanes)), vector), align=align)

        def row_of_tiles(row: Any) -> None:
            first = builder.select(upper, builder.and_(row, word(-REGISTERS * lanes)), word(0))
            even = builder.and_(width, word(-REGISTERS * lanes))
            loop(builder, first, even, REGISTERS * lanes, lambda column: tile(row, column, REGISTERS))
            loop(builder, even, width, lanes, lambda column: tile(row, column, 1))

        loop(builder, word(0), rows, ROWS, row_of_tiles)
        return context.get_dummy_value()

    return signature, build
