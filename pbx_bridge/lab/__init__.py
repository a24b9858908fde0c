"""A closed lab: a real Asterisk with its trunk and phones on loopback, for demo, tests and bench."""
