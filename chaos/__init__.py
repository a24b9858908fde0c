"""Chaos: load, faults, and three books that must agree. ``python -m chaos``, `make chaos`."""
