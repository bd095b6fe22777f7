"""Resolve ids given by the caller: one or several, numbers or text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError, NotFoundError
from graphrec.config.ids import stored_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Longest list.
MOST = 10**6
#: Most unknown ids named in an error.
_NAMED = 5


def check_k(k: object) -> None:
    """Refuse an invalid list length.

    Raises
    ------
    InputError
        ``k`` is not an integer of 1 or more.
    """
    if isinstance(k, bool) or not isinstance(k, Integral) or not 1 <= int(k) <= MOST:
        raise InputError(f"k={k!r}: not a list length", hint="ask for a whole number of 1 or more")


def check_text(name: str, text: object) -> str:
    """Return a text, and refuse what is not a text, such as a number or None.

    Raises
    ------
    InputError
        ``text`` is not a text.
    """
    if not isinstance(text, str):
        raise InputError(f"{name}={text!r} is not a text", hint="quote it")
    return text


def listed(ids: Hashable | Iterable[Hashable]) -> list[Hashable]:
    """Return one id or several as a list.

    Raises
    ------
    InputError
        An id is a list, a dict or another container.
    """
    found = [ids] if isinstance(ids, str | bytes) or not isinstance(ids, Iterable) else list(ids)
    for key in found:
        if not isinstance(key, Hashable):
            raise InputError(f"{key!r} is not an id", hint="give texts or whole numbers")
    return found


def stored_form(key: Hashable, known: Mapping[Any, int]) -> Any:
    """Return an id as it is stored: ``196`` and ``"196"`` are equivalent."""
    if key in known:
        return key
    return next((form for form in stored_forms(str(key)) if form in known), key)


def positions(ids: Sequence[Hashable], known: Mapping[Any, int], kind: str, hint: str) -> NDArray[np.int64]:
    """Return the positions of ids, int64 ``[n]``.

    Raises
    ------
    NotFoundError
        An id is unknown.
    """
    from numpy import array, int64

    stored = [stored_form(key, known) for key in ids]
    missing = [key for key, found in zip(ids, stored, strict=True) if found not in known]
    if missing:
        named = ", ".join(repr(key) for key in missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
        raise NotFoundError(f"the model does not know {len(missing)} {kind}(s): {named}", hint=hint)
    return array([known[key] for key in stored], int64)
