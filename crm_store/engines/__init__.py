"""The two engines, and what makes one unit of work of many."""
