"""The OpenAPI 3.1 document: all that can be said of the endpoints, from what they declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pbx_bridge.web.api.endpoint import Endpoint
from pbx_bridge.web.api.idempotency import HEADER, REPLAYED
from pbx_bridge.web.api.plurals import spoken
from pbx_bridge.web.api.problems import TYPES
from pbx_bridge.web.api.requests import path_type
from pbx_bridge.web.api.schemas import Schemas
from pbx_bridge.web.api.shapes import shape_of

_ABOUT = """\
Everything that pbx-bridge knows and does. Sign in with `POST /sessions`, or make a token, and send
it as `Authorization: Bearer …`. Errors are `application/problem+json` (RFC 9457); `errors` names
each field that is to blame. Lists are paged with a cursor. A change says which version it is made
for (`version` in the body, or `If-Match`), so that nothing is overwritten unseen. A `POST` with an
`Idempotency-Key` is run once, however often it is sent. More is in `docs/api.md`.
"""
_PROBLEM = "Problem"
_SAID: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the token is no longer good.",
    403: "The token's scopes, or the user's role, do not allow it.",
    404: "There is no such record, or the user does not see it.",
    405: "There is no such method here.",
    409: "Somebody else has changed it, the name is taken, or its state does not allow it.",
    410: "It was merged into another record, which the detail names.",
    412: "It is at another version than If-Match says.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "Fields cannot be as they are; `errors` names each.",
    428: "The version that is changed has to be said.",
    429: "Too many attempts; `Retry-After` says when to try again.",
    503: "The store cannot be used now; `Retry-After` says when to try again.",
}


def openapi_document(endpoints: Iterable[Endpoint], *, version: str) -> dict[str, Any]:
    """The document of these endpoints, as plain values."""
    endpoints = tuple(endpoints)
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    taken = Counter(one.name for one in endpoints)
    for one in endpoints:
        name = one.name if taken[one.name] == 1 else f"{one.name}_{_slug(one.path)}"
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, name, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pbx-bridge",
            "version": version,
            "summary": "Calls, leads and everything that becomes of them.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}],
        "tags": [_tag(name) for name in sorted({one.tag for one in endpoints if one.tag})],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A session's token (`POST /sessions`) or an API token.",
                }
            },
            "schemas": {_PROBLEM: _problem_schema(), **schemas.defined()},
            "responses": {f"Problem{status}": _problem(said) for status, said in _SAID.items()},
        },
    }


def _operation(one: Endpoint, name: str, schemas: Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": name,
        "summary": one.summary,
        "description": one.description,
        "tags": [one.tag] if one.tag else [],
        "parameters": [*_path_parameters(one), *_query_parameters(one, schemas)],
        "responses": _responses(one, schemas),
    }
    if one.scope is None:
        found["security"] = []
    else:
        found["security"] = [{"bearer": []}]
        found["x-scope"] = one.scope
        if one.method == "POST":
            found["parameters"].append(_KEY_PARAMETER)
    if one.method in ("PATCH", "DELETE") and _has_version(one):
        found["parameters"].append(_MATCH_PARAMETER)
    if (body := _body(one, schemas)) is not None:
        found["requestBody"] = body
    return {key: value for key, value in found.items() if value not in ("", [])} | {
        "security": found["security"]
    }


def _has_version(one: Endpoint) -> bool:
    query = getattr(one.query, "__name__", "")
    return one.name.startswith("update_") or query == "RemoveQuery"


def _path_parameters(one: Endpoint) -> list[dict[str, Any]]:
    names = [part[1:-1].partition(":")[0] for part in one.path.split("/") if part[:1] == "{"]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _PATH_SCHEMAS[path_type(one, name) is int],
        }
        for name in names
    ]


_PATH_SCHEMAS = {
    True: {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    False: {"type": "string", "minLength": 1},
}
_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "description": "Any text of your own: a request that is sent again with it is not run again, "
    f"and answered as the first time (`{REPLAYED}: true`).",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_MATCH_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "description": 'The version that was read, as its ETag: `"3"`; `*` for any.',
    "schema": {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
}


def _query_parameters(one: Endpoint, schemas: Schemas) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    if hasattr(one.query, "parameters"):
        return list(one.query.parameters())
    return schemas.query_parameters(shape_of(one.query))


def _body(one: Endpoint, schemas: Schemas) -> dict[str, Any] | None:
    if one.body is not None:
        content: dict[str, Any] = {"schema": schemas.of_request(shape_of(one.body))}
        if one.example is not None:
            content["example"] = one.example
        return {"required": True, "content": {"application/json": content}}
    if one.accepts:
        raw = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        return {"required": True, "content": dict.fromkeys(one.accepts, raw)}
    return None


def _responses(one: Endpoint, schemas: Schemas) -> dict[str, Any]:
    done: dict[str, Any] = {"description": one.summary or "Done."}
    if one.produces:
        done["content"] = {kind: {} for kind in one.produces}
    elif one.returns is not None:
        done["content"] = {"application/json": {"schema": schemas.of_answer(one.returns)}}
    if one.status in (200, 201) and one.name.startswith(("get_", "update_", "create_")):
        version = {"schema": {"type": "string"}, "description": "The version, for If-Match."}
        done["headers"] = {"ETag": version}
    found = {str(one.status): done}
    for status in _statuses(one):
        found[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return found


def _statuses(one: Endpoint) -> list[int]:
    found = {422, 503}
    if one.scope is not None:
        found |= {401, 403}
    if "{" in one.path:
        found |= {404, 409}
    if "/{id}" in one.path:
        found.add(410)
    if one.method != "GET":
        found |= {400, 404, 409}
    if one.body is not None or one.accepts:
        found |= {413, 415}
    if one.method in ("PATCH", "PUT", "DELETE"):
        found |= {412, 428}
    if one.scope is None or one.path == "/me/password":
        found |= {401, 429}
    return sorted(found)


def _problem(said: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{_PROBLEM}"}
    return {"description": said, "content": {"application/problem+json": {"schema": schema}}}


def _problem_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "What was wrong (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "examples": [f"{TYPES}invalid"]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {
                        "field": {"type": "string", "examples": ["target_amount"]},
                        "message": {"type": "string", "examples": ["is required"]},
                    },
                },
            },
        },
    }


def _tag(name: str) -> dict[str, str]:
    return {"name": name, "description": _TAGS.get(name, f"{spoken(name)}: list, read and change.")}


_TAGS: Mapping[str, str] = {
    "Access": "Signing in and out, API tokens, passwords.",
    "Accounts": "Companies.",
    "Activities": "What there is to do, or was done, with a person.",
    "Business hours": "When somebody is there.",
    "Calls": "Who rang whom, and what came of it.",
    "Campaigns": "What tracking numbers are printed for.",
    "Cases": "What contacts want solved.",
    "Contacts": "People at companies.",
    "Document": "This document.",
    "Groups": "People who work on the same leads.",
    "Leads": "Strangers who may become customers.",
    "Opportunities": "What contacts and companies may buy.",
    "Person accounts": "Private customers.",
    "Products": "What is sold.",
    "Search": "Finding people and calls as one types.",
    "Tracking numbers": "Published numbers, and what a call to each does.",
    "Users": "Everybody who works here.",
}


def _slug(path: str) -> str:
    return "_".join(part.strip("{}").replace("-", "_") for part in path.split("/") if part)
