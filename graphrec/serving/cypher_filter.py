r"""A predicate on items in Cypher, written by whoever asks: ``--where "i.year >= 1990"``.

It is the only place where the text of a query comes from outside, and these make it safe:

1. It is scanned before Neo4j sees it (:func:`scan`). Brackets close only what the text itself has opened, and quotes
   and backticks end, so that it stays inside the parentheses of ``WHERE ( … )`` in ``cypher/query/where.cypher``:
   there, Neo4j takes a single expression. Comments, semicolons, parameters, ``\u`` escapes (which Cypher 5 decodes
   *before* it looks for quotes), and outside of quotes all that is not plain ASCII, are refused.
2. Keywords of clauses that write, call procedures, load files or change the database or the language are refused
   wherever they stand; those that read only outside of ``EXISTS { … }``, ``COUNT { … }`` and ``COLLECT { … }``.
   Functions with a namespace are refused but for those of Cypher's own types: plugins (``apoc``) and functions that
   reach other machines (``genai``) have one, and Neo4j lets no plugin define one without.
3. Neo4j explains the query first. It must compile, so the text is an expression and boolean as far as that is known
   before it runs, and be of the type that only reads.
4. It runs in a transaction with read access, where the server itself refuses to write, and is ended after
   :data:`SECONDS`.

What it can read is what the Neo4j user that graphrec connects as may read; nothing is put into the text, which is in
the graph's own names. How much work it makes is bounded less surely: Neo4j looks at the clock between steps, not while
it computes one expression, and counts the memory of a query (``dbms.memory.transaction.total.max``), not of an
expression. So functions that make long values of nothing are refused, and more than two loops inside one another. Even
so a predicate is for those who run graphrec, and not for whoever visits a site.
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

#: A predicate may take so long.
SECONDS = 30
LONGEST = 4000
DEEPEST = 50

#: Never, not even in a subquery. What is called so stands in backticks.
_FORBIDDEN = frozenset(
    {"CALL", "CREATE", "CYPHER", "DELETE", "DETACH", "DROP", "EXPLAIN", "FINISH", "FOREACH", "INSERT", "LOAD", "MERGE"}
    | {"NODETACH", "PROFILE", "REMOVE", "SET", "SHOW", "TERMINATE", "USE", "YIELD"}
)
_SUBQUERIES = frozenset({"EXISTS", "COUNT", "COLLECT"})
#: In a subquery alone.
_CLAUSES = frozenset({"MATCH", "OPTIONAL", "RETURN", "UNION", "UNWIND", "WITH"})
#: Namespaces of functions that only compute.
_FUNCTIONS = frozenset(
    {"coll", "date", "datetime", "duration", "localdatetime", "localtime", "point", "time", "vector"}
)
#: Functions whose result is as long as they are told: Neo4j neither bounds nor interrupts them, and can fall over.
_BOUNDLESS = frozenset({"LPAD", "RANGE", "REDUCE", "REPEAT", "REPLACE", "RPAD"})
_LOOPS = frozenset({"ALL", "ANY", "NONE", "SINGLE"})
#: Loops over lists inside one another; Neo4j does not interrupt these either.
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
    """A predicate that has been scanned: its text, and the place where it was written, for messages."""

    text: str
    place: str = "--where"

    def __post_init__(self) -> None:
        """Scan it."""
        scan(self.text, self.place)

    def items(self, db: Database, schema: GraphSchema, user: Any) -> list[Any]:
        """Return the ids of the items that fit it; null does not.

        Names that the database does not know are said on stderr.

        Parameters
        ----------
        user
            Id as it is stored.

        Raises
        ------
        ConfigError
            Neo4j cannot read it, it is not boolean, or takes too long.
        """
        before, _, after = queries.load("query/where", schema).partition(_WHERE)
        query = f"{before}(\n{self.text}\n){after}"
        explained = self._ask(db, "EXPLAIN " + query, user)
        if explained.kind != "r":
            raise self._refused("it does more than read")
        self._note_unknown(db, explained.warnings)
        found = self._ask(db, query, user)
        # Neo4j takes a property that holds a list for true where the list has anything in it, and warns of that.
        if any("list or a path to a boolean" in said for said in found.warnings):
            raise self._refused("it is a list for some item, not true or false", "ask for its size: size(i.tags) > 0")
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
        """Its keyword; empty for what is none."""
        return self.text.upper() if self.kind == "name" else ""


def scan(text: str, place: str = "--where") -> None:
    """Refuse what is not, or may not be, one expression that reads: see the top of this file.

    Raises
    ------
    ConfigError
        It is refused; the message names where and why.
    """
    try:
        tokens = list(_tokens(text))
        _check_brackets(tokens)
        _check_functions(tokens)
        _check_loops(tokens)
    except _RefusedError as error:
        raise ConfigError(f"{place} {shortened(text)!r}: {error.why}", hint=error.hint or _HINT) from None


def shortened(text: str) -> str:
    """Return a text that is short enough for a message."""
    return text if len(text) <= 200 else text[:197] + "…"


class _RefusedError(Exception):
    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.why, self.hint = why, hint


def _tokens(text: str) -> Iterator[_Token]:
    """Yield all but white space."""
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
    """Check how many of ``[x IN …]``, ``all(x IN …)`` and their like stand inside one another; brackets are right."""
    loops: list[bool] = []
    for place, token in enumerate(tokens):
        if token.text in ("(", "[", "{"):
            over = place + 2 < len(tokens) and tokens[place + 2].word == "IN"
            loops.append(over and (token.text == "[" or (place > 0 and tokens[place - 1].word in _LOOPS)))
            if sum(loops) > _MOST_LOOPS:
                raise _RefusedError(f"the {token.text} at character {token.at + 1}: a loop in a loop in a loop")
        elif token.text in _PAIRS:
            loops.pop()
