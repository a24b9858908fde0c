"""The rows, by subject. A new row is a function with the record that it must leave above it."""

from tests.matrix import elsewhere
from tests.matrix.rows import (
    attended_transfers,
    blind_transfers,
    feature_transfers,
    fetching,
    forwarding,
    machines,
    many_phones,
    mobiles,
    outward,
    plain,
    queues,
    recordings,
)

elsewhere.say_so()

__all__ = [
    "attended_transfers",
    "blind_transfers",
    "feature_transfers",
    "fetching",
    "forwarding",
    "machines",
    "many_phones",
    "mobiles",
    "outward",
    "plain",
    "queues",
    "recordings",
]
