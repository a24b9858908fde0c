"""Taking protections out, one at a time: the tests that prove them must go red.

``python -m tests.seen_red`` plays the whole list (half an hour; see ``protections.toml``) and
writes docs/seen-red.md; ``--only NAME`` plays one entry.
"""
