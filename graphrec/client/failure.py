"""What the client makes of calls that fail: graphrec's own errors, and whether and when to try again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import Any

import httpx
from pydantic import ValidationError

from graphrec.client.call import Call
from graphrec.client.models import KIND, Problem
from graphrec.common import errors
from graphrec.common.errors import GraphrecError, InputError, NotFoundError, ServiceError

#: Status → error, for problems that name none.
_BY_STATUS: dict[int, type[GraphrecError]] = {
    400: InputError,
    404: NotFoundError,
    413: InputError,
    415: InputError,
    422: InputError,
}
#: Seconds before the second attempt; doubled for each further one, and varied by half.
_FIRST_PAUSE = 0.1
#: Longest pause that is waited for, in seconds; a service that asks for more is given up.
_LONGEST_PAUSE = 30.0

Outcome = httpx.Response | httpx.TransportError


@dataclass
class Attempts:
    """The attempts of one call.

    Parameters
    ----------
    call
        The call.
    retries
        Most attempts after the first.
    """

    call: Call[Any]
    retries: int
    made: int = 0

    def pause(self, outcome: Outcome) -> float | None:
        """Return the seconds until the next attempt; None where there is none."""
        self.made += 1
        if self.made > self.retries or not self._again(outcome):
            return None
        pause = _FIRST_PAUSE * 2 ** (self.made - 1) * random.uniform(0.5, 1.5)
        asked = _retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        return pause if asked is None else None if asked > _LONGEST_PAUSE else max(asked, pause)

    def _again(self, outcome: Outcome) -> bool:
        """Whether another attempt may do better, and does nothing twice."""
        if isinstance(outcome, httpx.Response):
            refused = outcome.status_code == HTTPStatus.TOO_MANY_REQUESTS
            away = outcome.status_code in (502, 503, 504) and outcome.status_code not in self.call.accepts
            return refused or (away and self.call.repeatable)
        # Nothing was sent where there was no connection.
        return self.call.repeatable or isinstance(outcome, httpx.ConnectError | httpx.ConnectTimeout)


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that an answer asks to wait: a number, or until a date."""
    given = response.headers.get("Retry-After")
    if given is None:
        return None
    try:
        return float(given) if given.strip().isdigit() else max(0.0, parsedate_to_datetime(given).timestamp() - time())
    except ValueError:
        return None


def checked(call: Call[Any], outcome: Outcome, url: str) -> httpx.Response:
    """Return the answer of a call.

    Raises
    ------
    GraphrecError
        The service refuses, or cannot be reached.
    """
    if not isinstance(outcome, httpx.Response):
        what = str(outcome) or type(outcome).__name__
        raise ServiceError(
            f"{call.method} {call.path}: no answer from {url}: {what}", hint="is `graphrec serve` running there?"
        ) from outcome
    if outcome.is_success or outcome.status_code in call.accepts:
        return outcome
    raise error_of(outcome)


def error_of(response: httpx.Response) -> GraphrecError:
    """Return the error that an answer tells of, with ``status``, ``place``, ``value`` and ``details``."""
    status = response.status_code
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem(title=response.reason_phrase, status=status, detail=f"the service answers {status}")
    named = getattr(errors, problem.type.removeprefix(KIND), None) if problem.type.startswith(KIND) else None
    kind = named if isinstance(named, type) and issubclass(named, GraphrecError) else _BY_STATUS.get(status)
    error = (kind or ServiceError)(problem.detail, hint=problem.hint)
    error.status, error.place, error.value = status, problem.place, problem.value
    error.details = problem.errors or []
    return error
