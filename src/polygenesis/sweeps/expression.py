"""Conditions on a spec, such as ``m >= n`` or ``model.m <= 32 * n and penalty.kind == "l1"``.

A sweep file comes from anywhere, so a condition is not run but worked out node by node: it can only compare and
calculate, with numbers of at most :data:`LARGEST_BITS` bits, and is short enough that this ends at once.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from polygenesis.errors import InputError, shortened

LONGEST, DEEPEST = 1000, 50
"""Most characters of a condition, and how deep its brackets and signs may go: far more than a reader would follow."""

LARGEST_BITS = 1024
"""Whole numbers of more bits than a float's exponent reaches are a mistake, or an attack: 9**9**9**9 never ends."""

Fields = Mapping[str, Any]
Value = Callable[[Fields], Any]

UNARY: dict[type, Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
COMPARED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
"""Arithmetic, comparison, and, or, not, in: nothing that could call, assign or reach into an object."""


def condition(text: str) -> Callable[[Fields], bool]:
    """Read a condition on a spec's flat fields (``model.n`` → 8); a last name alone will do where it is unique.

    Raises :class:`InputError` for text that is not a condition; the condition does so for unknown names, and for
    numbers that grow too large.
    """
    said = shortened(text)
    if len(text) > LONGEST:
        raise InputError(f"Condition {said} must have at most {LONGEST:,} characters, but has {len(text):,}.")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InputError(f"Condition {said} is not an expression such as 'm >= n'.") from None
    value = _Reader(text, said).read(tree.body)

    def holds(fields: Fields) -> bool:
        try:
            return bool(value(fields))
        except (TypeError, ArithmeticError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"Condition {said} cannot be evaluated: {error}.") from None

    return holds


class _Reader:
    """Makes one function of the fields from each node of a condition."""

    def __init__(self, text: str, said: str) -> None:
        self.text, self.said = text, said

    def read(self, node: ast.AST, depth: int = 0) -> Value:
        """Return the function that works out a node."""
        if depth > DEEPEST:
            raise InputError(f"Condition {self.said} must nest at most {DEEPEST} brackets and signs.")
        name = type(node).__name__
        reader: Callable[[Any, int], Value] | None = getattr(self, f"_{name}", None)
        if reader is None:
            raise InputError(f"Condition {self.said} may only compare and calculate, but has {name}.")
        return reader(node, depth + 1)

    def _Constant(self, node: ast.Constant, depth: int) -> Value:
        value = node.value
        if not isinstance(value, int | float | str | None):
            raise InputError(f"Condition {self.said} may only have numbers and texts, but has {value!r:.20}.")
        try:
            found = value if isinstance(value, str | None) else _bounded(value)
        except ValueError as error:
            raise InputError(f"Condition {self.said} cannot be evaluated: {error}.") from None
        return lambda fields: found

    def _Name(self, node: ast.Name, depth: int) -> Value:
        return lambda fields: _look_up(node.id, fields, self.said)

    def _Attribute(self, node: ast.Attribute, depth: int) -> Value:
        dotted = ast.unparse(node)
        if not all(part.isidentifier() for part in dotted.split(".")):
            raise InputError(f"Condition {self.said} may only compare and calculate, but has Attribute.")
        return lambda fields: _look_up(dotted, fields, self.said)

    def _Tuple(self, node: ast.Tuple | ast.List, depth: int) -> Value:
        parts = [self.read(each, depth) for each in node.elts]
        return lambda fields: tuple(each(fields) for each in parts)

    _List = _Tuple

    def _UnaryOp(self, node: ast.UnaryOp, depth: int) -> Value:
        apply, inner = UNARY[type(node.op)], self.read(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda fields: apply(inner(fields))
        return lambda fields: _bounded(apply(_number(inner(fields))))

    def _BinOp(self, node: ast.BinOp, depth: int) -> Value:
        apply = BINARY.get(type(node.op))
        if apply is None:
            raise InputError(f"Condition {self.said} may only compare and calculate, but has a product of matrices.")
        left, right = self.read(node.left, depth), self.read(node.right, depth)
        grows = isinstance(node.op, ast.Pow | ast.LShift)

        def value(fields: Fields) -> Any:
            a, b = _number(left(fields)), _number(right(fields))
            if grows and isinstance(a, int) and isinstance(b, int) and b * max(a.bit_length(), 1) > LARGEST_BITS:
                raise ValueError(f"a number would have more than {LARGEST_BITS} bits")
            return _bounded(apply(a, b))

        return value

    def _BoolOp(self, node: ast.BoolOp, depth: int) -> Value:
        parts, last = [self.read(each, depth) for each in node.values], isinstance(node.op, ast.Or)

        def value(fields: Fields) -> Any:
            found: Any = not last
            for each in parts:
                found = each(fields)
                if bool(found) is last:
                    break
            return found

        return value

    def _Compare(self, node: ast.Compare, depth: int) -> Value:
        first = self.read(node.left, depth)
        rest = [(COMPARED[type(o)], self.read(c, depth)) for o, c in zip(node.ops, node.comparators, strict=True)]

        def value(fields: Fields) -> Any:
            left = first(fields)
            for compare, each in rest:
                right = each(fields)
                if not compare(left, right):
                    return False
                left = right
            return True

        return value


def _number(value: Any) -> int | float:
    """Return what can be calculated with; a text or a list times 10**9 would fill the memory."""
    if not isinstance(value, int | float):
        raise TypeError(f"it calculates with {shortened(value)}, which is no number")
    return value


def _bounded(value: Any) -> int | float:
    """Return a number that is not too large to go on with, and real."""
    if isinstance(value, complex):
        raise ValueError("a root of a number below 0 is not real")
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        raise ValueError(f"a number has more than {LARGEST_BITS} bits")
    return value  # type: ignore[no-any-return]


def _look_up(name: str, fields: Fields, said: str) -> Any:
    if name in fields:
        return fields[name]
    found = [field for field in fields if field.endswith(f".{name}")]
    if len(found) == 1:
        return fields[found[0]]
    known = ", ".join(found or sorted(fields))
    problem = "could mean each of" if found else "is none of"
    raise InputError(f"Name {name!r} in condition {said} {problem}: {known}.")
