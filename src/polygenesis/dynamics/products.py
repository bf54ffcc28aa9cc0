"""Products of small matrices in registers: a general product copies its blocks first, which takes as long.

For compiled code. A tile of the result is summed in registers while both factors are read where they lie; no bounds are
checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir
from numba import types

from polygenesis.dynamics.lanes import BYTES, WORD, at, constant, kind_of, loop, spread, vector_of
from polygenesis.kernels import compiled, intrinsic

ROWS, REGISTERS = 4, 2
"""A tile: as many sums as hide the latency of one, whose registers those of AVX2 hold."""

CONTRACT = ("contract",)
"""What the compiler may do with sums of products: round once where it can."""


@intrinsic
def product(
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

    ``left`` is read as flat. With ``upper`` the tiles left of the diagonal are left as they are.
    """
    kind_of("products", left, right, out)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, a, b, c = _bases(context, builder, signature, arguments)
        rows, width, terms, row_step, term_step, upper = arguments[3:]

        def tiles(registers: int, lanes: int) -> Callable[[Any], None]:
            def build_column(column: Any) -> None:
                below = builder.add(column, _word(registers * lanes))  # of a square, as far as the diagonal
                end = builder.select(builder.and_(upper, builder.icmp_signed("<", below, rows)), below, rows)
                factors = _Factors(a, row_step, term_step, builder.gep(b, [column]), width)
                _column(context, builder, kind, factors, end, terms, c, column, width, registers, lanes)

            return build_column

        _columns(builder, kind, width, tiles)
        return context.get_dummy_value()

    return types.void(left, right, out, *[types.intp] * 5, types.boolean), build


@intrinsic
def wide_product(
    typingctx: Any,
    left: Any,
    right: Any,
    out: Any,
    rows: Any,
    width: Any,
    terms: Any,
    row_step: Any,
    term_step: Any,
    panel: Any,
) -> Any:
    """Write what :func:`product` does, where rows are so long that numbers below each other lie far apart.

    ``panel``: a flat array with room for ``terms`` × :func:`panel_width` numbers, into which some columns are copied.
    """
    kind_of("products", left, right, out, panel)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, a, b, c = _bases(context, builder, signature, arguments)
        rows, width, terms, row_step, term_step, room = arguments[3:]
        room = context.make_array(panel)(context, builder, room).data

        def tiles(registers: int, lanes: int) -> Callable[[Any], None]:
            vector, align = vector_of(context, kind, lanes)
            breadth = _word(registers * lanes)

            def build_column(column: Any) -> None:
                def copy(k: Any) -> None:
                    begin, to = builder.add(builder.mul(k, width), column), builder.mul(k, breadth)
                    for shift in (_word(v * lanes) for v in range(registers)):
                        value = builder.load(at(builder, b, builder.add(begin, shift), vector), align=align)
                        builder.store(value, at(builder, room, builder.add(to, shift), vector), align=align)

                loop(builder, _word(0), terms, 1, copy)
                factors = _Factors(a, row_step, term_step, room, breadth)
                _column(context, builder, kind, factors, rows, terms, c, column, width, registers, lanes)

            return build_column

        _columns(builder, kind, width, tiles)
        return context.get_dummy_value()

    return types.void(left, right, out, *[types.intp] * 5, panel), build


@compiled(inner=True)
def panel_width(size: int) -> int:
    """How many columns :func:`wide_product` copies at a time, of numbers of so many bytes."""
    return REGISTERS * BYTES // size


class _Factors(NamedTuple):
    """Where the factors of a column of tiles lie: the left one's steps, and how far apart rows of the right one are."""

    left: Any
    row_step: Any
    term_step: Any
    right: Any
    stride: Any


def _columns(builder: Any, kind: Any, width: Any, tiles: Callable[[int, int], Callable[[Any], None]]) -> None:
    """Build the columns of tiles: of two registers, of one, and of single numbers."""
    lanes = _lanes(kind)
    pairs, singles = (builder.and_(width, _word(-each * lanes)) for each in (REGISTERS, 1))
    loop(builder, _word(0), pairs, REGISTERS * lanes, tiles(REGISTERS, lanes))
    loop(builder, pairs, singles, lanes, tiles(1, lanes))
    loop(builder, singles, width, 1, tiles(1, 1))


def _column(
    context: Any,
    builder: Any,
    kind: Any,
    factors: _Factors,
    rows: Any,
    terms: Any,
    out: Any,
    column: Any,
    width: Any,
    registers: int,
    lanes: int,
) -> None:
    """Build a column of tiles."""
    vector, align = vector_of(context, kind, lanes)

    def tile(height: int) -> Callable[[Any], None]:
        def build_tile(row: Any) -> None:
            starts = [builder.mul(builder.add(row, _word(r)), factors.row_step) for r in range(height)]

            def add(k: Any, sums: list[Any]) -> list[Any]:
                begin = builder.mul(k, factors.stride)
                places = (builder.add(begin, _word(v * lanes)) for v in range(registers))
                here = [builder.load(at(builder, factors.right, each, vector), align=align) for each in places]
                shift, found = builder.mul(k, factors.term_step), []
                for start, old in zip(starts, _rows(sums, registers), strict=True):
                    number = builder.load(builder.gep(factors.left, [builder.add(start, shift)]))
                    factor = spread(builder, number, lanes)
                    found += [_fused(builder, total, factor, term) for total, term in zip(old, here, strict=True)]
                return found

            sums = _summed(builder, [vector] * (height * registers), _word(0), terms, 1, add)
            for r, found in enumerate(_rows(sums, registers)):
                begin = builder.add(builder.mul(builder.add(row, _word(r)), width), column)
                for v, total in enumerate(found):
                    builder.store(total, at(builder, out, builder.add(begin, _word(v * lanes)), vector), align=align)

        return build_tile

    even = builder.and_(rows, _word(-ROWS))
    loop(builder, _word(0), even, ROWS, tile(ROWS))
    loop(builder, even, rows, 1, tile(1))


@intrinsic
def product_of_rows(typingctx: Any, left: Any, right: Any, out: Any, rows: Any, width: Any, terms: Any) -> Any:
    """Write Σ_k left[r, k] × right[c, k] into out[r, c], r < rows, c < width, k < terms.

    A sum runs in as many parts as a register has numbers.
    """
    kind_of("products", left, right, out)
    signature = types.void(left, right, out, *[types.intp] * 3)

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, a, b, c = _bases(context, builder, signature, arguments)
        rows, width, terms = arguments[3:]
        lanes = _lanes(kind)
        even = builder.and_(terms, _word(-lanes))

        def tile(row: Any, column: Any, height: int, breadth: int) -> None:
            tops = [builder.mul(builder.add(row, _word(r)), terms) for r in range(height)]
            sides = [builder.mul(builder.add(column, _word(v)), terms) for v in range(breadth)]

            def add(lanes: int) -> Callable[[Any, list[Any]], list[Any]]:
                vector, align = vector_of(context, kind, lanes)

                def one(k: Any, sums: list[Any]) -> list[Any]:
                    ones, others = (
                        [builder.load(at(builder, base, builder.add(each, k), vector), align=align) for each in places]
                        for base, places in ((a, tops), (b, sides))
                    )
                    pairs = [(one, other) for one in ones for other in others]
                    return [_fused(builder, total, *pair) for total, pair in zip(sums, pairs, strict=True)]

                return one

            vector, align = vector_of(context, kind, lanes)
            sums = _summed(builder, [vector] * (height * breadth), _word(0), even, lanes, add(lanes))
            starts = [_total(builder, each, lanes) for each in sums]
            for place, total in enumerate(_summed(builder, starts, even, terms, 1, add(1))):
                r, v = divmod(place, breadth)
                here = builder.add(builder.mul(builder.add(row, _word(r)), width), builder.add(column, _word(v)))
                builder.store(total, builder.gep(c, [here]), align=align)

        def row_of_tiles(height: int) -> Callable[[Any], None]:
            def build_row(row: Any) -> None:
                pairs = builder.and_(width, _word(-REGISTERS))
                loop(builder, _word(0), pairs, REGISTERS, lambda column: tile(row, column, height, REGISTERS))
                loop(builder, pairs, width, 1, lambda column: tile(row, column, height, 1))

            return build_row

        whole = builder.and_(rows, _word(-ROWS))
        loop(builder, _word(0), whole, ROWS, row_of_tiles(ROWS))
        loop(builder, whole, rows, 1, row_of_tiles(1))
        return context.get_dummy_value()

    return signature, build


def _word(value: int) -> Any:
    return ir.Constant(WORD, value)


def _bases(context: Any, builder: Any, signature: Any, arguments: Any) -> tuple[Any, Any, Any, Any]:
    """The type of the numbers, and where those of three arrays begin."""
    given = zip(signature.args[:3], arguments[:3], strict=True)
    return (
        signature.args[0].dtype,
        *(context.make_array(kind)(context, builder, each).data for kind, each in given),
    )


def _lanes(kind: Any) -> int:
    return int(BYTES * 8 // kind.bitwidth)


def _rows(sums: Sequence[Any], breadth: int) -> list[list[Any]]:
    return [list(sums[first : first + breadth]) for first in range(0, len(sums), breadth)]


def _fused(builder: Any, total: Any, one: Any, other: Any) -> Any:
    return builder.fadd(total, builder.fmul(one, other, flags=CONTRACT), flags=CONTRACT)


def _total(builder: Any, value: Any, lanes: int) -> Any:
    """Add up the numbers of a register, halves first."""
    nothing, word = ir.Constant(value.type, ir.Undefined), ir.IntType(32)
    while lanes > 1:
        lanes //= 2
        parts = [
            builder.shuffle_vector(
                value, nothing, ir.Constant(ir.VectorType(word, lanes), list(range(first, first + lanes)))
            )
            for first in (0, lanes)
        ]
        value = builder.fadd(*parts)
        nothing = ir.Constant(value.type, ir.Undefined)
    return builder.extract_element(value, ir.Constant(word, 0))


def _summed(
    builder: Any,
    starts: list[Any],
    begin: Any,
    end: Any,
    step: int,
    add: Callable[[Any, list[Any]], list[Any]],
) -> list[Any]:
    """Build a loop that adds to sums; they start at given values, or, where a type is given, at 0."""
    before = builder.block
    head, inside, after = (builder.append_basic_block(each) for each in ("head", "body", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    k, sums = builder.phi(WORD), []
    k.add_incoming(begin, before)
    for start in starts:
        first = constant(start, 0.0) if isinstance(start, ir.Type) else start
        sums.append(builder.phi(first.type))
        sums[-1].add_incoming(first, before)
    builder.cbranch(builder.icmp_signed("<", k, end), inside, after)
    builder.position_at_end(inside)
    for each, found in zip(sums, add(k, sums), strict=True):
        each.add_incoming(found, inside)
    k.add_incoming(builder.add(k, _word(step)), inside)
    builder.branch(head)
    builder.position_at_end(after)
    return sums
