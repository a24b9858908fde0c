"""Several variables in one ``Set``: each request to Asterisk costs a caller time. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_READ_BY_ARRAY = frozenset(',\\"()[]')
"""Characters that ``ARRAY()`` gives a meaning; a value with one of them is set by itself."""


def join_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """The same with as many as possible in one: each ``Setvar`` costs a tenth of a millisecond."""
    plain = {
        name: value
        for name, value in variables.items()
        if _READ_BY_ARRAY.isdisjoint(name) and _READ_BY_ARRAY.isdisjoint(value)
    }
    rest = {name: value for name, value in variables.items() if name not in plain}
    if len(plain) < 2:
        return dict(variables)
    return {**rest, f"ARRAY({','.join(plain)})": ",".join(plain.values())}
