"""JSON that means the same to every reader: no names given twice, no NaN, no half characters, not too deep."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from graphrec.service.problem import ProblemError

#: Most levels of lists and objects.
DEPTH = 32
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
#: The beginning of the escape of half a character.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def check_json(body: bytes) -> None:
    """Refuse JSON that readers could take for different things, or that the database cannot store.

    Raises
    ------
    ProblemError
        422.
    """
    if body.count(b"[") + body.count(b"{") > DEPTH and _depth(body) > DEPTH:
        raise _refused(f"more than {DEPTH} levels of lists and objects", "send it flatter")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_once,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
        if _HALF.search(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"byte {error.start} is not UTF-8", "send JSON in UTF-8") from error
    except UnicodeEncodeError as error:
        raise _refused("half a character (a lone surrogate)", "send whole characters") from error
    except json.JSONDecodeError as error:
        raise _refused(f"not JSON: {error.msg} at character {error.pos}", "send one JSON value") from error


def _depth(body: bytes) -> int:
    deepest = depth = 0
    for token in _TOKENS.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > DEPTH:
                break
        elif first in b"]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused("a name is given twice in one object", "give each name once", twice)
    return found


def _integer(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise _refused("a whole number of more than 64 bits", "send it as a text", text)
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _refused("a number that is too large", "send a finite number", text)
    return number


def _constant(text: str) -> float:
    raise _refused("not JSON: a number that is none", "send a finite number or null", text)


def _refused(detail: str, hint: str, value: str | None = None) -> ProblemError:
    return ProblemError(422, f"the body: {detail}", value=value, place="body", hint=hint)
