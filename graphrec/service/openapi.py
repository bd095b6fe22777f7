"""The description of the API: what every operation has in common is added here, once."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from graphrec.service.examples import add_examples
from graphrec.service.problem import MEDIA_TYPE, responses

_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key, or a token for one user."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same in another header."},
}
_ALWAYS = (400, 403, 405, 431, 503)
_GUARDED = (401, 429)
_WITH_BODY = (408, 413, 415)
_FILES = "multipart/form-data"
#: A parameter of a path, escaped.
_PARAMETER = re.compile(r"\\\{.*?\\\}")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an app with the errors and the keys that concern every operation."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    schema = FastAPI.openapi(app)
    schema["components"]["securitySchemes"] = _SCHEMES
    for path, operations in schema["paths"].items():
        guarded = path.startswith("/v1/")
        for operation in operations.values():
            codes = {*_ALWAYS, *(_GUARDED if guarded else ()), *(_WITH_BODY if "requestBody" in operation else ())}
            for code, described in responses(*codes).items():
                operation["responses"].setdefault(str(code), {k: v for k, v in described.items() if k != "model"})
            if guarded:
                operation["security"] = [{name: []} for name in _SCHEMES]
    _share_problems(schema)
    add_examples(schema)
    return schema


def _share_problems(schema: dict[str, Any]) -> None:
    """Describe each kind of problem once, and refer to it from the operations."""
    shared = schema["components"].setdefault("responses", {})
    for operations in schema["paths"].values():
        for operation in operations.values():
            for code, response in operation["responses"].items():
                problem = response.get("content", {}).get(MEDIA_TYPE)
                if problem is not None:
                    name = HTTPStatus(int(code)).phrase.replace(" ", "")
                    shared[name] = {"description": response["description"], "content": {MEDIA_TYPE: problem}}
                    operation["responses"][code] = {"$ref": f"#/components/responses/{name}"}


class Uploads:
    """Tells which paths take files, by the description of an app."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._paths: re.Pattern[str] | None = None

    def __call__(self, method: str, path: str) -> bool:
        """Return whether a method of a path takes files."""
        if self._paths is None:
            found = [
                re.escape(f"{method.upper()} ") + _PARAMETER.sub(".+", re.escape(path_of))
                for path_of, operations in describe(self._app)["paths"].items()
                for method, operation in operations.items()
                if _FILES in operation.get("requestBody", {}).get("content", {})
            ]
            self._paths = re.compile("|".join(found) or "(?!)")
        return self._paths.fullmatch(f"{method} {path}") is not None
