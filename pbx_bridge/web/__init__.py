"""Pages, REST API, health and metrics."""
