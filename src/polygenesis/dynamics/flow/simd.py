"""Three things that processors do well and NumPy's and Numba's languages have no words for.

Numba leaves it to the compiler to find loops that vector instructions can do. Where a sum runs over rows that a list
names, it finds none that keeps the sum in registers, which is what makes it fast. These functions, for compiled code
only, say it in the compiler's own language (LLVM's): for any little-endian processor, at the width that it has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import errors, types

from polygenesis.kernels import intrinsic

BYTES = 128
"""What :func:`combine` adds at a time: as many numbers are a stripe, 32 in float32."""

CHAINS = 2
"""Sums that run side by side, so that one need not wait for the last: twice a stripe fits the registers of AVX2."""

GROUP = 64
"""Numbers that :func:`live` looks at."""

WORD = ir.IntType(64)
ALLOWED = ("contract",)
"""What the compiler may do with sums of products: round once where it can."""


def stripe(itemsize: int) -> int:
    """How many numbers of a size are a stripe."""
    return BYTES // itemsize


def flat(array: Any) -> bool:
    """Whether a type is that of a flat array without gaps."""
    return isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"


@intrinsic
def combine(
    typingctx: Any, out: Any, at: Any, stripes: Any, first: Any, names: Any, values: Any, begin: Any, end: Any
) -> Any:
    """Add Σ_x values[x] × (stripe names[x] of ``stripes`` from ``first`` on), begin ≤ x < end, to a stripe of ``out``.

    ``out`` and ``stripes`` are flat arrays of one type; the stripe of ``out`` begins at ``at``, and the one of name 0
    at ``first``. No bounds are checked.
    """
    if not (all(map(flat, (out, stripes, names, values))) and out == stripes and values.dtype == out.dtype):
        raise errors.TypingError("combine needs flat arrays, and numbers of one type")
    if names.dtype not in types.unsigned_domain:
        raise errors.TypingError("combine needs names that are unsigned integers")
    signature = types.void(out, types.intp, stripes, types.intp, names, values, types.intp, types.intp)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(out.dtype)
        size = out.dtype.bitwidth // 8
        lanes = stripe(size)
        vector = ir.VectorType(number, lanes)
        zero = ir.Constant(vector, [ir.Constant(number, 0.0)] * lanes)
        spread = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        arrays = [(kind, value) for kind, value in zip(signature.args, arguments, strict=True) if kind != types.intp]
        target, source, name, value = (context.make_array(kind)(context, builder, it).data for kind, it in arrays)
        at, first, begin, end = (arguments[place] for place in (1, 3, 6, 7))

        def place(base: Any, index: Any) -> Any:
            return builder.bitcast(builder.gep(base, [index]), vector.as_pointer())

        def product(total: Any, x: Any) -> Any:
            row = builder.zext(builder.load(builder.gep(name, [x])), WORD)
            start = builder.add(first, builder.mul(row, ir.Constant(WORD, lanes)))
            factor = builder.insert_element(
                ir.Constant(vector, ir.Undefined), builder.load(builder.gep(value, [x])), ir.Constant(ir.IntType(32), 0)
            )
            factor = builder.shuffle_vector(factor, ir.Constant(vector, ir.Undefined), spread)
            term = builder.fmul(factor, builder.load(place(source, start), align=size), flags=ALLOWED)
            return builder.fadd(total, term, flags=ALLOWED)

        def loop(start: Any, stop: Any, totals: list[Any]) -> list[Any]:
            """Let as many sums as there are totals run from ``start`` up to ``stop``, in turns."""
            before = builder.block
            head, body, after = (builder.append_basic_block(each) for each in ("head", "body", "after"))
            builder.branch(head)
            builder.position_at_end(head)
            x = builder.phi(WORD)
            sums = [builder.phi(vector) for _ in totals]
            for phi, incoming in zip([x, *sums], [start, *totals], strict=True):
                phi.add_incoming(incoming, before)
            builder.cbranch(builder.icmp_signed("<", x, stop), body, after)
            builder.position_at_end(body)
            for turn, each in enumerate(sums):
                each.add_incoming(product(each, builder.add(x, ir.Constant(WORD, turn))), body)
            x.add_incoming(builder.add(x, ir.Constant(WORD, len(sums))), body)
            builder.branch(head)
            builder.position_at_end(after)
            return sums

        there = builder.load(place(target, at), align=size)
        even = builder.add(begin, builder.and_(builder.sub(end, begin), ir.Constant(WORD, -CHAINS)))
        total, *others = loop(begin, even, [there] + [zero] * (CHAINS - 1))
        for other in others:
            total = builder.fadd(total, other)
        (total,) = loop(even, end, [total])
        builder.store(total, place(target, at), align=size)
        return context.get_dummy_value()

    return signature, build


@intrinsic
def live(typingctx: Any, row: Any, at: Any) -> Any:
    """Say which of the 64 numbers from ``at`` on are not zero (NaN is none): bit 0 is the first."""
    if not flat(row) or not isinstance(row.dtype, types.Float):
        raise errors.TypingError("live needs a flat array of real numbers")
    signature = types.uint64(row, types.intp)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(row.dtype)
        vector = ir.VectorType(number, GROUP)
        base = context.make_array(row)(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(base, [arguments[1]]), vector.as_pointer())
        found = builder.load(place, align=row.dtype.bitwidth // 8)
        zero = ir.Constant(vector, [ir.Constant(number, 0.0)] * GROUP)
        return builder.bitcast(builder.fcmp_unordered("!=", found, zero), WORD)

    return signature, build


@intrinsic
def lowest(typingctx: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set; of 0 it is 64."""
    signature = types.intp(types.uint64)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return signature, build
