r"""A Cypher predicate on items, written by the caller: ``--where "i.year >= 1990"``.

Only here does query text come from outside. Four checks make it safe:

1. :func:`scan` checks the text before Neo4j sees it. Brackets may close only what the text itself has opened, and
   quotes and backticks must end, so the text stays inside the parentheses of ``WHERE ( … )`` in
   ``cypher/query/where.cypher``, where Neo4j accepts a single expression. Comments, semicolons, parameters, ``\u``
   escapes (Cypher 5 decodes them *before* it looks for quotes) and non-ASCII characters outside quotes are refused.
2. Keywords of clauses that write, call procedures, load files or change the database or the language are refused
   everywhere; keywords of reading clauses are refused outside ``EXISTS { … }``, ``COUNT { … }`` and
   ``COLLECT { … }``. Functions with a namespace are refused, except those of Cypher's own types: plugins (``apoc``)
   and functions that reach other machines (``genai``) have one, and Neo4j lets no plugin define one without.
3. Neo4j explains the query first. It must compile (so the text is an expression, and boolean as far as that is known
   before it runs), and its type must be read-only.
4. It runs in a transaction with read access, in which the server itself refuses to write. The transaction ends after
   :data:`SECONDS`.

The predicate can read whatever graphrec's Neo4j user may read. Nothing is inserted into the text, which uses the
graph's own names. Its cost is bounded less strictly: Neo4j checks the clock between steps, not within one expression,
and limits the memory of a query (``dbms.memory.transaction.total.max``), not of an expression. So functions that build
long values from nothing, and more than two nested loops, are refused. Even so, a predicate is an operator feature, not
one for visitors of a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError, DatabaseError, nearest
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.catalog import known_names
from graphrec.db.database import Answer, Database
from graphrec.serving.filter_types import mismatches

#: Time limit of a predicate.
SECONDS = 30
LONGEST = 4000
DEEPEST = 50

#: Forbidden everywhere, also in a subquery. A name that is spelled the same must be in backticks.
_FORBIDDEN = frozenset(
    {"CALL", "CREATE", "CYPHER", "DELETE", "DETACH", "DROP", "EXPLAIN", "FINISH", "FOREACH", "INSERT", "LOAD", "MERGE"}
    | {"NODETACH", "PROFILE", "REMOVE", "SET", "SHOW", "TERMINATE", "USE", "YIELD"}
)
_SUBQUERIES = frozenset({"EXISTS", "COUNT", "COLLECT"})
#: Allowed in a subquery only.
_CLAUSES = frozenset({"MATCH", "OPTIONAL", "RETURN", "UNION", "UNWIND", "WITH"})
#: Namespaces of functions that only compute.
_FUNCTIONS = frozenset(
    {"coll", "date", "datetime", "duration", "localdatetime", "localtime", "point", "time", "vector"}
)
#: Functions that can return arbitrarily long values: Neo4j neither bounds nor interrupts them, and can crash.
_BOUNDLESS = frozenset({"LPAD", "RANGE", "REDUCE", "REPEAT", "REPLACE", "RPAD"})
_LOOPS = frozenset({"ALL", "ANY", "NONE", "SINGLE"})
#: Most nested loops over lists; Neo4j does not interrupt these either.
_MOST_LOOPS = 2
_PAIRS = {")": "(", "]": "[", "}": "{"}
_HINT = "one boolean expression about the item i and the user u, such as: i.year >= 1990 AND NOT i:Hidden"

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<text>'(?:[^'\\]|\\[\\'\"bfnrt])*'|\"(?:[^\"\\]|\\[\\'\"bfnrt])*\")"
    r"|(?P<ticks>`(?:[^`\\]|``)+`)"
    r"|(?P<number>(?:0[xX][0-9a-fA-F]+|0o[0-7]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![A-Za-z_]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<comment>//|/\*)"
    r"|(?P<sign>[-+*/%^=<>!~&|:.,()\[\]{}])"
)
_MISSING = re.compile(r"The (label|relationship type|property)(?: key)? `(.+)` does not exist")
_PLACE = re.compile(r" \(line \d+, column \d+ \(offset: \d+\)\).*", re.DOTALL)
_WHERE = "(true)"


@dataclass(frozen=True)
class Where:
    """A scanned predicate: its text, and where it was written (for messages)."""

    text: str
    place: str = "--where"

    def __post_init__(self) -> None:
        """Scan the text."""
        scan(self.text, self.place)

    def items(self, db: Database, schema: GraphSchema, user: Any) -> list[Any]:
        """Return the ids of the matching items; null does not match.

        Names that the database does not have, and comparisons of texts with numbers where nothing matches, are
        reported on stderr.

        Parameters
        ----------
        user
            Id as stored.

        Raises
        ------
        ConfigError
            Neo4j cannot parse it, it is not boolean, or it takes too long.
        """
        before, _, after = queries.load("query/where", schema).partition(_WHERE)
        query = f"{before}(\n{self.text}\n){after}"
        explained = self._ask(db, "EXPLAIN " + query, user)
        if explained.kind != "r":
            raise self._refused("it does more than read")
        self._note_unknown(db, explained.warnings)
        found = self._ask(db, query, user)
        # Neo4j accepts a list property as true if the list is not empty, and warns about it.
        if any("list or a path to a boolean" in said for said in found.warnings):
            raise self._refused("it is a list for some item, not true or false", "ask for its size: size(i.tags) > 0")
        if not found.records:
            for said in mismatches(db, schema, [(token.kind, token.text) for token in _tokens(self.text)]):
                warn(f"{self.place}: {said}")
        return [row["item"] for row in found.records]

    def _ask(self, db: Database, query: str, user: Any) -> Answer:
        try:
            return db.read_within(SECONDS, query, user=user)
        except DatabaseError as error:
            code = str(getattr(error.__cause__, "code", None) or "")
            said = _PLACE.sub("", str(getattr(error.__cause__, "message", "")))
            if "TransactionTimedOut" in code:
                raise self._refused(
                    f"Neo4j was not done after {SECONDS} s", "a simpler one, or an index on the properties it names"
                ) from error
            if "as a predicate: " in said:
                value = said.partition("as a predicate: ")[2]
                raise self._refused(f"for some item it is {value}, not true or false") from error
            if code.startswith("Neo.ClientError.Statement."):
                raise self._refused(f"Neo4j says: {said}") from error
            if "OutOfMemory" in code:
                raise self._refused(f"it needs more memory than Neo4j gives it: {said}") from error
            raise

    def _note_unknown(self, db: Database, warnings: list[str]) -> None:
        missing = dict.fromkeys(m.groups() for said in warnings if (m := _MISSING.search(said)))
        if missing:
            known = known_names(db)
            for kind, name in missing:
                hint = nearest(name, known[kind])
                warn(f"{self.place}: the graph has no {kind} {name!r}: {hint}")

    def _refused(self, why: str, hint: str = _HINT) -> ConfigError:
        return ConfigError(f"{self.place} {shortened(self.text)!r}: {why}", hint=hint)


@dataclass
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The keyword in upper case; empty if the token is not a name."""
        return self.text.upper() if self.kind == "name" else ""


def scan(text: str, place: str = "--where") -> None:
    """Refuse a text that is not a single, permitted, read-only expression: see the top of this file.

    Raises
    ------
    ConfigError
        The text is refused; the message names where and why.
    """
    try:
        tokens = list(_tokens(text))
        _check_brackets(tokens)
        _check_functions(tokens)
        _check_loops(tokens)
    except _RefusedError as error:
        raise ConfigError(f"{place} {shortened(text)!r}: {error.why}", hint=error.hint or _HINT) from None


def shortened(text: str) -> str:
    """Return a text shortened for a message."""
    return text if len(text) <= 200 else text[:197] + "…"


class _RefusedError(Exception):
    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.why, self.hint = why, hint


def _tokens(text: str) -> Iterator[_Token]:
    """Yield all tokens except white space."""
    if not text.strip():
        raise _RefusedError("it is empty")
    if len(text) > LONGEST:
        raise _RefusedError(f"it has {len(text)} characters, of at most {LONGEST}")
    if re.search(r"\\u", text, re.IGNORECASE):
        raise _RefusedError("\\u escapes are not taken", "write the character itself")
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text[at], at)
        kind = str(match.lastgroup)
        if kind == "comment":
            raise _RefusedError(f"a comment at character {at + 1}: it may have none")
        if kind != "space":
            yield _Token(kind, match[0], at)
        at = match.end()


def _unreadable(character: str, at: int) -> _RefusedError:
    place = f"at character {at + 1}"
    if character in "'\"`":
        return _RefusedError(f"the {character} {place} is not closed, or holds a \\ that Cypher does not know")
    if character == ";":
        return _RefusedError(f"a ; {place}: it is one expression, not several queries")
    if character == "$":
        return _RefusedError(f"a $ {place}: it has no parameters", "write the value itself")
    if not character.isascii() and character.isalpha():
        return _RefusedError(f"{character!r} {place}: names with such letters stand in backticks", "i.`größe` > 3")
    return _RefusedError(f"{character!r} {place} cannot stand there")


def _check_brackets(tokens: list[_Token]) -> None:
    """Check brackets, and keywords by the brackets around them."""
    opened: list[_Token] = []
    subqueries = 0
    inside: list[bool] = []
    before = _Token("", "", 0)
    for token in tokens:
        if token.text == "~":
            raise _RefusedError(
                f"the pattern at character {token.at}: Neo4j cannot interrupt one that takes too long",
                "compare texts by CONTAINS, STARTS WITH and ENDS WITH",
            )
        if token.text in ("(", "[", "{"):
            opened.append(token)
            inside.append(token.text == "{" and before.word in _SUBQUERIES)
            subqueries += inside[-1]
            if len(opened) > DEEPEST:
                raise _RefusedError(f"more than {DEEPEST} brackets inside one another")
        elif token.text in _PAIRS:
            if not opened or opened.pop().text != _PAIRS[token.text]:
                raise _RefusedError(f"the {token.text} at character {token.at + 1} closes nothing")
            subqueries -= inside.pop()
        else:
            _check_word(token, before, bool(subqueries))
        before = token
    if opened:
        raise _RefusedError(f"the {opened[-1].text} at character {opened[-1].at + 1} is not closed")


def _check_word(token: _Token, before: _Token, subquery: bool) -> None:
    word = token.word
    hint = f"a property, label or type of that name stands in backticks: `{token.text}`"
    if word in _FORBIDDEN:
        raise _RefusedError(f"{word} at character {token.at + 1}: it may only read", hint)
    # STARTS WITH and ENDS WITH compare texts.
    if word in _CLAUSES and not subquery and not (word == "WITH" and before.word in ("STARTS", "ENDS")):
        raise _RefusedError(
            f"{word} at character {token.at + 1}: a clause stands in EXISTS {{ … }}, COUNT {{ … }} or COLLECT {{ … }}",
            hint,
        )


def _check_functions(tokens: list[_Token]) -> None:
    """Check that a function with dots in its name is one of Cypher's own."""
    for place, token in enumerate(tokens):
        if token.text != "(" or place < 1 or tokens[place - 1].kind not in ("name", "ticks"):
            continue
        if tokens[place - 1].text.strip("`").upper() in _BOUNDLESS:
            raise _RefusedError(
                f"the function {tokens[place - 1].text} at character {tokens[place - 1].at + 1} may make too much",
                "Neo4j cannot interrupt it",
            )
        start = place - 1
        while start >= 2 and tokens[start - 1].text == "." and tokens[start - 2].kind in ("name", "ticks"):
            start -= 2
        dotted = start < place - 1 or (start >= 1 and tokens[start - 1].text == ".")
        if dotted and tokens[start].text.lower() not in _FUNCTIONS:
            name = "".join(one.text for one in tokens[start:place])
            raise _RefusedError(
                f"the function {name} at character {tokens[start].at + 1} is not one of Cypher's own",
                "functions of plugins and servers are not taken",
            )


def _check_loops(tokens: list[_Token]) -> None:
    """Check the nesting of ``[x IN …]``, ``all(x IN …)`` and similar loops; brackets must be checked already."""
    loops: list[bool] = []
    for place, token in enumerate(tokens):
        if token.text in ("(", "[", "{"):
            over = place + 2 < len(tokens) and tokens[place + 2].word == "IN"
            loops.append(over and (token.text == "[" or (place > 0 and tokens[place - 1].word in _LOOPS)))
            if sum(loops) > _MOST_LOOPS:
                raise _RefusedError(f"the {token.text} at character {token.at + 1}: a loop in a loop in a loop")
        elif token.text in _PAIRS:
            loops.pop()
