"""The rows, by subject. A new row is a function with the record that it must leave above it."""

from tests.matrix.rows import (  # noqa: I001 - the order of the table
    plain,
    many_phones,
    transfers,
    fetching,
    forwarding,
    queues,
    machines,
    mobiles,
    outward,
    recordings,
)

__all__ = [
    "fetching",
    "forwarding",
    "machines",
    "many_phones",
    "mobiles",
    "outward",
    "plain",
    "queues",
    "recordings",
    "transfers",
]
