"""Resolve ids given by the caller: one or several, numbers or text."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError, NotFoundError
from graphrec.config.ids import parts, stored_forms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pandas import DataFrame

    from graphrec.config.roles import NodeRole
    from graphrec.config.schema import GraphSchema

#: Longest list.
MOST = 10**6
#: Most unknown ids named in an error.
_NAMED = 5
#: Most known ids that an unknown one is compared with.
_COMPARED = 100_000


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


def listed(ids: Hashable | Iterable[Hashable], role: NodeRole | None = None) -> list[Hashable]:
    """Return one id or several as a list; a tuple of values is one id if the key is composite.

    Raises
    ------
    InputError
        An id is a list, a dict or another container.
    """
    size = len(role.keys) if role is not None and role.composite else 0
    one = isinstance(ids, tuple) and len(ids) == size > 0 and not any(isinstance(part, tuple) for part in ids)
    several = not one and isinstance(ids, Iterable) and not isinstance(ids, str | bytes)
    found: list[Any] = list(ids) if several else [ids]  # type: ignore[arg-type]
    for key in found:
        if not isinstance(key, Hashable):
            raise InputError(f"{key!r} is not an id", hint="give texts or whole numbers")
    return found


def stored_form(key: Hashable, known: Mapping[Any, int], role: NodeRole | None = None) -> Any:
    """Return an id as it is stored: ``196`` and ``"196"`` are equivalent."""
    if key in known:
        return key
    return next((form for form in stored_forms(key, role) if form in known), key)


def with_tuple(key: Any, role: NodeRole) -> Any:
    """Return an id as Python has it: a composite key is a tuple."""
    return tuple(parts(key) or ()) or key if role.composite else key


def with_tuples(frame: DataFrame, schema: GraphSchema) -> DataFrame:
    """Return a frame in which composite keys are tuples."""
    for name, role in (("user_id", schema.user), ("item_id", schema.item), ("similar_item_id", schema.item)):
        if role.composite and name in frame:
            frame[name] = [with_tuple(key, role) for key in frame[name]]
    return frame


def positions(
    ids: Sequence[Hashable], known: Mapping[Any, int], kind: str, hint: str, role: NodeRole | None = None
) -> NDArray[np.int64]:
    """Return the positions of ids, int64 ``[n]``.

    Raises
    ------
    NotFoundError
        An id is unknown.
    """
    from numpy import array, int64

    stored = [stored_form(key, known, role) for key in ids]
    missing = [key for key, found in zip(ids, stored, strict=True) if found not in known]
    if missing:
        named = ", ".join(repr(key) for key in missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
        texts = {str(one): one for one in known}
        close = difflib.get_close_matches(str(missing[0]), texts, n=3, cutoff=0.6) if len(texts) <= _COMPARED else []
        if close:
            hint = "did you mean " + " or ".join(repr(texts[one]) for one in close) + f"? Otherwise: {hint}"
        raise NotFoundError(f"the model does not know {len(missing)} {kind}(s): {named}", hint=hint)
    return array([known[key] for key in stored], int64)
