"""What is said about fields where they are declared, for the OpenAPI document."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any


def attribute_docs(of: Any) -> Mapping[str, str]:
    """The docstrings below the fields of a class and of those that it is made from."""
    found: dict[str, str] = {}
    for each in reversed(inspect.getmro(of)):
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            continue
        if not isinstance(body, ast.ClassDef):
            continue
        for first, then in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(first, ast.AnnAssign)
                and isinstance(first.target, ast.Name)
                and isinstance(then, ast.Expr)
                and isinstance(then.value, ast.Constant)
                and isinstance(then.value.value, str)
            ):
                found[first.target.id] = " ".join(inspect.cleandoc(then.value.value).split())
    return found
