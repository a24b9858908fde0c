"""The REST API under ``/api/v1``: one endpoint is one function, declared with what it takes."""
