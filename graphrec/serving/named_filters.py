"""Filters that the operator writes and callers name: ``[serve.filters] local = "i.country = $country"``.

A caller gives the values of the parameters, never Cypher. In the query they are keys of one parameter, a map, so
:mod:`graphrec.db.predicate` checks the same text as for ``--where``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graphrec.common.errors import InputError, NotFoundError, nearest
from graphrec.config.schema import GraphSchema
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where

_PARAMETER = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`|\$(?P<name>[A-Za-z_]\w*)")


class NamedFilters:
    """The filters of a project, parsed once.

    Parameters
    ----------
    texts
        Name → predicate on the item ``i`` and the user ``u``, with parameters such as ``$country``.

    Raises
    ------
    ConfigError
        A predicate is not a single, permitted, read-only expression.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._filters: dict[str, tuple[Where, frozenset[str]]] = {}
        for name, text in texts.items():
            asked = frozenset(found["name"] for found in _PARAMETER.finditer(text) if found["name"])
            self._filters[name] = Where(_PARAMETER.sub(_as_key, text), f"[serve.filters] {name}"), asked

    @property
    def names(self) -> list[str]:
        """The names."""
        return list(self._filters)

    def parameters(self, name: str) -> list[str]:
        """Return the parameters of a filter, sorted."""
        return sorted(self._filters[name][1])

    def asked(self, names: Sequence[str]) -> frozenset[str]:
        """Return the parameters of filters, those that exist."""
        return frozenset().union(*(self._filters[name][1] for name in names if name in self._filters))

    def check(self, db: Database, schema: GraphSchema) -> None:
        """Let Neo4j compile all filters; names that the database does not have are warned about.

        Raises
        ------
        ConfigError
            Neo4j cannot parse a predicate, or it is not boolean.
        """
        for where, _ in self._filters.values():
            where.check(db, schema)

    def pick(self, names: Sequence[str], context: Mapping[str, Any]) -> list[Where]:
        """Return filters with the values of their parameters.

        Parameters
        ----------
        names
            Names of filters; an item must match all of them.
        context
            Name → text, number or boolean, for every parameter of these filters.

        Raises
        ------
        InputError
            A parameter is missing, of no use, or not a text, number or boolean.
        NotFoundError
            No filter has a name.
        """
        found = [self._named(name) for name in dict.fromkeys(names)]
        asked = frozenset().union(*(asked for _, asked in found))
        for name in context:
            if name not in asked:
                some = f"the filters {', '.join(names)}" if names else "a request without a filter"
                raise InputError(
                    f"context.{name}: {some} ha{'ve' if names else 's'} no such parameter",
                    hint=nearest(name, asked) if asked else "leave it out, or name the filter it belongs to",
                )
        for where, wanted in found:
            for name in sorted(wanted):
                if name not in context:
                    raise InputError(f"{where.place}: needs the parameter {name!r}", hint=f"give context.{name}")
                if not isinstance(context[name], str | int | float):
                    raise InputError(
                        f"context.{name} = {context[name]!r}: not a text, number or boolean", hint="give one value"
                    )
        return [
            Where(where.text, where.place, {name: context[name] for name in wanted}, checked=True)
            for where, wanted in found
        ]

    def _named(self, name: str) -> tuple[Where, frozenset[str]]:
        if name not in self._filters:
            hint = nearest(name, self._filters) if self._filters else "the operator writes filters in [serve.filters]"
            raise NotFoundError(f"no filter has the name {name!r}", hint=hint)
        return self._filters[name]


def _as_key(found: re.Match[str]) -> str:
    return f"context.{found['name']}" if found["name"] else found[0]
