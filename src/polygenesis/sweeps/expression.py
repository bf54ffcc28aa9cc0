"""Conditions on a spec, such as ``m >= n`` or ``model.m <= 32 * n and penalty.kind == "l1"``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from polygenesis.errors import InputError

ALLOWED = (
    ast.Expression,
    ast.BoolOp,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.boolop,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.Tuple,
    ast.List,
)
"""Arithmetic, comparison, and, or, not, in: nothing that could call, assign or reach into an object."""


def condition(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Compile a condition on a spec's flat fields (``model.n`` → 8); a last name alone will do where it is unique.

    Raises :class:`InputError` for text that is not a condition; the condition does so for unknown names.
    """
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        raise InputError(f"Condition {text!r} is not an expression such as 'm >= n'.") from None
    names: dict[str, str] = {}
    tree = ast.fix_missing_locations(_Flatten(names).visit(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            raise InputError(f"Condition {text!r} may only compare and calculate, but has {type(node).__name__}.")
    code = compile(tree, "<condition>", "eval")

    def holds(fields: Mapping[str, Any]) -> bool:
        values = {mangled: _look_up(name, fields, text) for mangled, name in names.items()}
        try:
            return bool(eval(code, {"__builtins__": {}}, values))  # only whitelisted nodes are left in it
        except (TypeError, ArithmeticError, ValueError) as error:
            raise InputError(f"Condition {text!r} cannot be evaluated: {error}.") from None

    return holds


class _Flatten(ast.NodeTransformer):
    """Make one plain name of a dotted one, and remember which."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        text = ast.unparse(node)
        if not all(part.isidentifier() for part in text.split(".")):
            return node
        return self._name(text)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._name(node.id)

    def _name(self, text: str) -> ast.Name:
        mangled = "field_" + text.replace(".", "__")
        self.names[mangled] = text
        return ast.Name(mangled, ast.Load())


def _look_up(name: str, fields: Mapping[str, Any], text: str) -> Any:
    if name in fields:
        return fields[name]
    found = [field for field in fields if field.endswith(f".{name}")]
    if len(found) == 1:
        return fields[found[0]]
    known = ", ".join(found or sorted(fields))
    problem = "could mean each of" if found else "is none of"
    raise InputError(f"Name {name!r} in condition {text!r} {problem}: {known}.")
