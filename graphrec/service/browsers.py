"""What web pages in a browser may do: the service's own page everything, others only what ``[serve] cors`` allows."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Scope

from graphrec.service.addresses import is_loopback
from graphrec.service.problem import ProblemError

Headers = dict[bytes, bytes]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
#: On every answer.
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", _POLICY.encode()),
]
#: What proxies add.
_PROXY = (b"x-forwarded-for", b"x-forwarded-host", b"forwarded")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_NAMES = b"authorization, content-type, x-api-key, x-request-id"
_SHOWN = b"x-request-id, retry-after"


class Browsers:
    """The rules for requests that a browser sends.

    Parameters
    ----------
    origins
        Origins of other pages that may call the service.
    """

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def allowed(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """Return the headers that let a browser show an answer to the page that asked."""
        if not self._origins:
            return []
        origin = headers.get(b"origin")
        if origin not in self._origins:
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _SHOWN),
        ]

    def preflight(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a browser that asks whether a page may send a request; None: it does not ask."""
        if scope["method"] != "OPTIONS" or b"access-control-request-method" not in headers:
            return None
        if headers.get(b"origin") not in self._origins:
            raise _foreign(headers)
        allowed = {b"access-control-allow-methods": _METHODS, b"access-control-allow-headers": _NAMES}
        allowed[b"access-control-max-age"] = b"600"
        return Response(None, 204, {name.decode(): value.decode() for name, value in allowed.items()})

    def check(self, scope: Scope, headers: Headers) -> None:
        """Refuse requests that other web pages send to this machine, where nobody has to show a key.

        Raises
        ------
        ProblemError
            403.
        """
        host = headers.get(b"host", b"localhost").lower()
        if not is_loopback(_name(host.decode("latin-1"))):  # DNS rebinding: a page whose own name leads here
            hint = "ask for http://127.0.0.1 or http://localhost, or add a key: `graphrec serve keys add`"
            raise ProblemError(
                403,
                "without keys the service answers to names of this machine only",
                value=host.decode("latin-1"),
                place="header.Host",
                hint=hint,
            )
        proxied = next((name for name in _PROXY if name in headers), None)
        if proxied is not None:
            place = f"header.{proxied.decode()}"
            hint = "add a key before others can reach the service: `graphrec serve keys add`"
            raise ProblemError(403, "a proxy passed this on, and there is no key", place=place, hint=hint)
        origin = headers.get(b"origin")
        if origin in self._origins:
            return
        site = headers.get(b"sec-fetch-site", b"none")
        visit = scope["method"] == "GET" and headers.get(b"sec-fetch-mode") == b"navigate"
        if origin is not None and origin.lower().partition(b"://")[2] != host:
            raise _foreign(headers)
        if site in (b"cross-site", b"same-site") and not visit:
            raise _foreign(headers)


def _name(host: str) -> str:
    """Return the name of ``name:port`` or ``[address]:port``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.partition(":")
    return name if not port or port.isdigit() else ""


def _foreign(headers: Headers) -> ProblemError:
    origin = headers.get(b"origin", b"another site").decode("latin-1")
    hint = "name its origin in [serve] cors if it may call the service"
    return ProblemError(403, "another web page sent this", value=origin, place="header.Origin", hint=hint)
