"""The rows, by subject. A new row is a function with the record that it must leave above it."""

from tests.matrix.rows import plain, queues, transfers

__all__ = ["plain", "queues", "transfers"]
