"""Reading a request: its path, its query and its body, each into the shape that was declared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from crm_store.errors import Problem
from pbx_bridge.web.api.endpoint import Endpoint
from pbx_bridge.web.api.problems import ApiProblem
from pbx_bridge.web.api.shapes import shape_of

_JSON = "application/json"
_WHOLE = re.compile(r"[0-9]{1,10}")
_LARGEST = 2**31 - 1


def read_path(endpoint: Endpoint, request: web.Request) -> Mapping[str, str]:
    """What varies in the path; ApiProblem 404 for what can be no record's number."""
    path = request.match_info
    for name, value in path.items():
        if path_type(endpoint, name) is int:
            if not _WHOLE.fullmatch(value) or int(value) > _LARGEST:
                raise ApiProblem(404, "not-found", "There is no such record", f"{value!r} is no id")
        elif "\0" in value or "\ufffd" in value:
            raise ApiProblem(404, "not-found", "There is no such record")
    return path


def path_type(endpoint: Endpoint, name: str) -> type:
    """The type of a parameter in the path."""
    return endpoint.path_types.get(name, int if name == "id" else str)


def read_query(endpoint: Endpoint, request: web.Request) -> Any:
    """The parameters behind the question mark, in the endpoint's shape."""
    if endpoint.query is None:
        if request.query_string:
            unknown = [Problem(name, "is not known") for name in request.query]
            if unknown:
                raise ApiProblem.unprocessable(unknown)
        return None
    if hasattr(endpoint.query, "read_query"):
        return endpoint.query.read_query(request.query)
    values: dict[str, Any] = {}
    for name in request.query:
        given = request.query.getall(name)
        values[name] = given if len(given) > 1 else given[0]
    return shape_of(endpoint.query).read_texts(values)


async def read_body(endpoint: Endpoint, request: web.Request) -> Any:
    """The body, in the endpoint's shape; ApiProblem 400, 413, 415 or 422."""
    if request.body_exists and request.content_type != _JSON:
        raise ApiProblem(
            415, "media-type", "The body has to be JSON", f"not {request.content_type}"
        )
    return shape_of(endpoint.body).read_json(await request.read())
