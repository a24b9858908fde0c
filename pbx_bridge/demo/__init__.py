"""The demo: a small believable company that real calls arrive at."""
