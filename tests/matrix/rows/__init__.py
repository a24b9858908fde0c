"""The rows, by subject. A new row is a function with the record that it must leave above it."""

from tests.matrix.rows import machines, mobiles, plain, queues, recordings, transfers

__all__ = ["machines", "mobiles", "plain", "queues", "recordings", "transfers"]
