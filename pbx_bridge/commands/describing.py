"""``openapi``: what the API can do, without a running server."""

from __future__ import annotations

import msgspec
import typer

from pbx_bridge.web.api.document import document_of
from pbx_bridge.web.api.routes import all_endpoints


def openapi() -> None:
    """Print the API's OpenAPI document. It takes neither a configuration nor a running server."""
    document = msgspec.json.encode(document_of(all_endpoints()))
    typer.echo(msgspec.json.format(document, indent=2).decode())
