"""Notice columns of whole numbers that are stored as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphrec_etl import values

#: A leading zero, as in a postal code, is lost in a number.
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
#: Words of names whose numbers only name something.
_NAMES = frozenset({"id", "ids", "key", "code", "zip", "postcode", "phone", "isbn", "ean", "sku", "uuid"})


@dataclass
class TextOrNumber:
    """A parser of texts that notices whether all of them are whole numbers."""

    column: str
    number: int = 0
    whole: bool = True

    def __call__(self, cell: Any) -> str | None:
        """Read a text."""
        text = values.token(cell)
        if self.whole and text is not None:
            self.number += 1
            self.whole = _WHOLE.fullmatch(text) is not None
        return text


def told(file: str, parsers: Mapping[str, Any]) -> list[str]:
    """Return a note about the columns of whole numbers of a file, if there are any."""
    found = [
        name
        for name, parse in parsers.items()
        if isinstance(parse, TextOrNumber) and parse.whole and parse.number and not _NAMES & set(values.words(name))
    ]
    if not found:
        return []
    keys = ", ".join(f'{name if re.fullmatch("[A-Za-z0-9_-]+", name) else repr(name)} = "integer"' for name in found)
    what = f"{', '.join(found)} {'holds' if len(found) == 1 else 'hold'}"
    return [f"{file}: {what} whole numbers, stored as text; to store numbers, add types = {{ {keys} }} to its table"]
