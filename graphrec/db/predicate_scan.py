"""Check the text of a Cypher predicate before Neo4j sees it: see :mod:`graphrec.db.predicate`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from graphrec.common.errors import ConfigError
from graphrec.config.personal import names

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
HINT = "one boolean expression about the item i and the user u, such as: i.year >= 1990 AND NOT i:Hidden"

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<text>'(?:[^'\\]|\\[\\'\"bfnrt])*'|\"(?:[^\"\\]|\\[\\'\"bfnrt])*\")"
    r"|(?P<ticks>`(?:[^`\\]|``)+`)"
    r"|(?P<number>(?:0[xX][0-9a-fA-F]+|0o[0-7]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![A-Za-z_]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<comment>//|/\*)"
    r"|(?P<sign>[-+*/%^=<>!~&|:.,()\[\]{}])"
)


@dataclass
class Token:
    """A token: its kind, its text, and where it begins."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The keyword in upper case; empty if the token is not a name."""
        return self.text.upper() if self.kind == "name" else ""


@cache
def scan(text: str, place: str = "--where") -> None:
    """Refuse a text that is not a single, permitted, read-only expression.

    Raises
    ------
    ConfigError
        The text is refused; the message names where and why.
    """
    try:
        tokens = list(tokens_of(text))
        _check_brackets(tokens)
        _check_functions(tokens)
        _check_loops(tokens)
    except _RefusedError as error:
        raise ConfigError(f"{place} {shortened(text)!r}: {error.why}", hint=error.hint or HINT) from None


def refuse_personal(text: str, place: str, personal: Collection[str]) -> None:
    """Refuse a predicate that reads a personal property: what it lets through would say what the property holds.

    Parameters
    ----------
    personal
        Those of the mapping; a predicate may call its nodes anything, so any property of such a name is refused.

    Raises
    ------
    ConfigError
        It names one, or reads properties without naming them.
    """
    hidden, tokens = names(personal), list(tokens_of(text)) if personal else []
    for before, token, after in zip(["", *(one.text for one in tokens)], tokens, [*tokens[1:], None], strict=False):
        said = token.text.strip("`'\"") if token.kind in ("name", "ticks", "text") else ""
        read = said in hidden and (before in (".", "[", "{", ",") or (after is not None and after.text == ":"))
        whole = token.word in ("PROPERTIES", "KEYS") and after is not None and after.text == "("
        if read or whole or (before == "." and token.text == "*"):
            raise ConfigError(
                f"{place} {shortened(text)!r}: it reads {said or 'all properties'}{'()' if whole else ''}, and "
                f"[graph] personal keeps {', '.join(sorted(personal))} in the database",
                hint="ask for another property, or take it out of personal",
            )


def shortened(text: str) -> str:
    """Return a text shortened for a message."""
    return text if len(text) <= 200 else text[:197] + "…"


class _RefusedError(Exception):
    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.why, self.hint = why, hint


def tokens_of(text: str) -> Iterator[Token]:
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
            yield Token(kind, match[0], at)
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


def _check_brackets(tokens: list[Token]) -> None:
    """Check brackets, and keywords by the brackets around them."""
    opened: list[Token] = []
    subqueries = 0
    inside: list[bool] = []
    before = Token("", "", 0)
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


def _check_word(token: Token, before: Token, subquery: bool) -> None:
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


def _check_functions(tokens: list[Token]) -> None:
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


def _check_loops(tokens: list[Token]) -> None:
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
