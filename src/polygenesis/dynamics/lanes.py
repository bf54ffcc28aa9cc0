"""Formulas on numbers side by side: written once in Python, compiled to instructions on whole registers.

A loop over more than a few arrays is not vectorised, because the compiler would have to check that no two of them
overlap; and what it checks takes longer than short rows. These passes say that there is nothing to check: at every
place they read all numbers, apply a formula, and write. A formula takes and returns :class:`Lanes` here; applied to
arrays of NumPy or PyTorch it is the same formula (``elementwise_arrays``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import errors, types

from polygenesis.kernels import intrinsic

BYTES = 32
"""Numbers that are computed at once: a register of AVX2, half of one of AVX-512, two of others."""

WORD = ir.IntType(64)


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """Answers side by side."""

    builder: Any
    value: Any


@dataclass(frozen=True, eq=False, slots=True)
class Lanes:
    """Numbers side by side, or one number: a value in the compiler's language, and what writes it."""

    builder: Any
    value: Any

    def _like(self, other: Any) -> Any:
        """The value of another, or a constant as often as this has numbers."""
        return other.value if isinstance(other, Lanes) else constant(self.value.type, other)

    def __add__(self, other: Any) -> Lanes:
        return Lanes(self.builder, self.builder.fadd(self.value, self._like(other)))

    def __sub__(self, other: Any) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self.value, self._like(other)))

    def __mul__(self, other: Any) -> Lanes:
        return Lanes(self.builder, self.builder.fmul(self.value, self._like(other)))

    def __truediv__(self, other: Any) -> Lanes:
        return Lanes(self.builder, self.builder.fdiv(self.value, self._like(other)))

    def __neg__(self) -> Lanes:
        return Lanes(self.builder, self.builder.fneg(self.value))

    def __abs__(self) -> Lanes:
        kind = self.value.type
        one = kind.element if isinstance(kind, ir.VectorType) else kind
        bits = ir.IntType(32 if isinstance(one, ir.FloatType) else 64)
        whole, mask = bits, 2 ** (bits.width - 1) - 1  # all bits but the sign's
        if isinstance(kind, ir.VectorType):
            whole = ir.VectorType(bits, kind.count)
        without = self.builder.and_(self.builder.bitcast(self.value, whole), constant(whole, mask))
        return Lanes(self.builder, self.builder.bitcast(without, kind))

    def __gt__(self, other: Any) -> Mask:
        return Mask(self.builder, self.builder.fcmp_ordered(">", self.value, self._like(other)))

    def __lt__(self, other: Any) -> Mask:
        return Mask(self.builder, self.builder.fcmp_ordered("<", self.value, self._like(other)))

    def __ge__(self, other: Any) -> Mask:
        return Mask(self.builder, self.builder.fcmp_ordered(">=", self.value, self._like(other)))

    def __ne__(self, other: Any) -> Mask:  # type: ignore[override]
        return Mask(self.builder, self.builder.fcmp_unordered("!=", self.value, self._like(other)))


def where(mask: Mask, yes: Lanes, no: Lanes | float) -> Lanes:
    """Choose numbers of ``yes`` where the answer is yes, and of ``no`` elsewhere."""
    return Lanes(mask.builder, mask.builder.select(mask.value, yes.value, yes._like(no)))


def constant(kind: Any, value: float) -> Any:
    """A constant of a type, the same number in every lane."""
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [constant(kind.element, value)] * kind.count)
    return ir.Constant(kind, value if isinstance(kind, ir.IntType) else float(value))


def spread(builder: Any, value: Any, lanes: int) -> Any:
    """Repeat a number in all lanes."""
    if lanes == 1:
        return value
    kind, first = ir.VectorType(value.type, lanes), ir.Constant(ir.IntType(32), 0)
    nothing = ir.Constant(kind, ir.Undefined)
    places = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(builder.insert_element(nothing, value, first), nothing, places)


def loop(builder: Any, begin: Any, end: Any, step: int, body: Callable[[Any], None]) -> None:
    """Build ``body`` for begin, begin + step, … below ``end``."""
    before = builder.block
    head, inside, after = (builder.append_basic_block(each) for each in ("head", "body", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    place = builder.phi(WORD)
    place.add_incoming(begin, before)
    builder.cbranch(builder.icmp_signed("<", place, end), inside, after)
    builder.position_at_end(inside)
    body(place)
    place.add_incoming(builder.add(place, ir.Constant(WORD, step)), builder.block)
    builder.branch(head)
    builder.position_at_end(after)


def at(builder: Any, base: Any, place: Any, kind: Any) -> Any:
    """Where in an array numbers begin."""
    return builder.bitcast(builder.gep(base, [place]), kind.as_pointer())


def data(context: Any, builder: Any, kinds: Any, value: Any) -> list[Any]:
    """Where the numbers of a tuple of arrays begin."""
    arrays = (builder.extract_value(value, place) for place in range(len(kinds)))
    return [context.make_array(kind)(context, builder, each).data for kind, each in zip(kinds, arrays, strict=True)]


def kind_of(what: str, *given: Any) -> Any:
    """The one type of the numbers of some arrays without gaps; a typing error if there is none."""
    kinds = {each.dtype if isinstance(each, types.Array) and each.layout == "C" else None for each in given}
    kind = kinds.pop()
    if kinds or not isinstance(kind, types.Float):
        raise errors.TypingError(f"{what} need arrays of real numbers of one type, without gaps")
    return kind


def vector_of(context: Any, kind: Any, lanes: int) -> tuple[Any, int]:
    """The type of so many numbers side by side, and the bytes of one."""
    number = context.get_value_type(kind)
    return (ir.VectorType(number, lanes) if lanes > 1 else number), kind.bitwidth // 8


def each(formula: Callable[..., Sequence[Any]]) -> Any:
    """Make a pass, for compiled code, of a formula ``formula(reads, factors, where)`` that returns what is written.

    The pass takes a tuple of arrays to read, one of arrays to write, of as many numbers, and one of constants.
    """

    @intrinsic
    def call(typingctx: Any, reads: Any, writes: Any, factors: Any) -> Any:
        kind = kind_of("passes", *reads, *writes)
        signature = types.void(reads, writes, _constants(kind, factors))

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(reads[0])(context, builder, builder.extract_value(arguments[0], 0))
            sources, targets = (data(context, builder, *it) for it in ((reads, arguments[0]), (writes, arguments[1])))
            numbers = [builder.extract_value(arguments[2], place) for place in range(len(factors))]

            def body(lanes: int) -> Callable[[Any], None]:
                vector, align = vector_of(context, kind, lanes)
                constants = [Lanes(builder, spread(builder, each, lanes)) for each in numbers]

                def one(place: Any) -> None:
                    given = [builder.load(at(builder, base, place, vector), align=align) for base in sources]
                    found = formula([Lanes(builder, each) for each in given], constants, where)
                    for base, value in zip(targets, found, strict=True):
                        builder.store(value.value, at(builder, base, place, vector), align=align)

                return one

            _along(builder, kind, array.nitems, body)
            return context.get_dummy_value()

        return signature, build

    return call


def columns(formula: Callable[..., tuple[Sequence[Any], Sequence[Any]]]) -> Any:
    """Make a pass over matrices (m, n) whose formula returns what is written, and numbers that are gathered by column.

    It takes a tuple of matrices to read, one to write, one of constants, the matrix (gathered numbers, columns) of what
    was gathered so far, and the column at which that begins. Of the numbers that the formula gathers the last is a
    maximum and the others are sums, row by row.
    """

    @intrinsic
    def call(typingctx: Any, reads: Any, writes: Any, factors: Any, gathered: Any, first: Any) -> Any:
        kind = kind_of("passes", *reads, *writes, gathered)
        signature = types.void(reads, writes, _constants(kind, factors), gathered, types.intp)

        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(reads[0])(context, builder, builder.extract_value(arguments[0], 0))
            sources, targets = (data(context, builder, *it) for it in ((reads, arguments[0]), (writes, arguments[1])))
            numbers = [builder.extract_value(arguments[2], place) for place in range(len(factors))]
            totals = context.make_array(gathered)(context, builder, arguments[3])
            rows, width = (builder.extract_value(array.shape, place) for place in range(2))
            size = builder.extract_value(totals.shape, 1)

            def row(k: Any) -> None:
                start = builder.add(builder.mul(k, width), arguments[4])

                def body(lanes: int) -> Callable[[Any], None]:
                    vector, align = vector_of(context, kind, lanes)
                    constants = [Lanes(builder, spread(builder, each, lanes)) for each in numbers]

                    def one(place: Any) -> None:
                        here = builder.add(start, place)
                        given = [builder.load(at(builder, base, here, vector), align=align) for base in sources]
                        found, more = formula([Lanes(builder, each) for each in given], constants, where)
                        for base, value in zip(targets, found, strict=True):
                            builder.store(value.value, at(builder, base, here, vector), align=align)
                        for turn, number in enumerate(more):
                            index = builder.add(builder.mul(size, ir.Constant(WORD, turn)), place)
                            pointer = at(builder, totals.data, index, vector)
                            old = Lanes(builder, builder.load(pointer, align=align))
                            largest = turn == len(more) - 1
                            new = where(old >= number, old, number) if largest else old + number
                            builder.store(new.value, pointer, align=align)

                    return one

                _along(builder, kind, size, body)

            loop(builder, ir.Constant(WORD, 0), rows, 1, row)
            return context.get_dummy_value()

        return signature, build

    return call


def _constants(kind: Any, factors: Any) -> Any:
    """The type of as many constants in the precision of the arrays."""
    tuples: Any = types.UniTuple
    return tuples(kind, len(factors))


def _along(builder: Any, kind: Any, size: Any, body: Callable[[int], Callable[[Any], None]]) -> None:
    """Build a loop over so many numbers: registers first, then one at a time."""
    lanes = BYTES // (kind.bitwidth // 8)
    even = builder.and_(size, ir.Constant(WORD, -lanes))
    loop(builder, ir.Constant(WORD, 0), even, lanes, body(lanes))
    loop(builder, even, size, 1, body(1))
