r"""A Cypher predicate written outside of graphrec: ``--where "i.year >= 1990"``, and ``where`` of ``[graph.user]``.

Only here does query text come from outside. Four checks make it safe:

1. :func:`graphrec.db.predicate_scan.scan` checks the text before Neo4j sees it. Brackets may close only what the text
   itself has opened, and quotes and backticks must end, so the text stays inside the parentheses that queries put
   around it, where Neo4j accepts a single expression. Comments, semicolons, parameters, ``\u`` escapes (Cypher 5
   decodes them *before* it looks for quotes) and non-ASCII characters outside quotes are refused.
2. Keywords of clauses that write, call procedures, load files or change the database or the language are refused
   everywhere; keywords of reading clauses are refused outside ``EXISTS { … }``, ``COUNT { … }`` and
   ``COLLECT { … }``. Functions with a namespace are refused, except those of Cypher's own types: plugins (``apoc``)
   and functions that reach other machines (``genai``) have one, and Neo4j lets no plugin define one without.
3. Neo4j explains the query first. It must compile (so the text is an expression, and boolean as far as that is known
   before it runs), and its type must be read-only.
4. ``--where`` runs in a transaction with read access, in which the server itself refuses to write. The transaction
   ends after :data:`SECONDS`.

The predicate can read whatever graphrec's Neo4j user may read. Nothing is inserted into the text, which uses the
graph's own names. Its cost is bounded less strictly: Neo4j checks the clock between steps, not within one expression,
and limits the memory of a query (``dbms.memory.transaction.total.max``), not of an expression. So functions that build
long values from nothing, and more than two nested loops, are refused. Even so, a predicate is an operator feature, not
one for visitors of a site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError, DatabaseError, nearest
from graphrec.config.schema import GraphSchema
from graphrec.db.catalog import known_names, used_properties
from graphrec.db.database import Answer, Database
from graphrec.db.predicate_scan import HINT, refuse_personal, scan, shortened, tokens_of

#: Time limit of a predicate.
SECONDS = 30
_MISSING = re.compile(r"The (label|relationship type|property)(?: key)? `(.+)` does not exist")
_PLACE = re.compile(r" \(line \d+, column \d+ \(offset: \d+\)\).*", re.DOTALL)


@dataclass(frozen=True)
class Predicate:
    """A scanned predicate: its text, and where it was written (for messages)."""

    text: str
    place: str = "--where"

    def __post_init__(self) -> None:
        """Scan the text."""
        scan(self.text, self.place)

    def check_personal(self, schema: GraphSchema) -> None:
        """Refuse the text if it reads a personal property of the mapping.

        Raises
        ------
        ConfigError
            It does.
        """
        refuse_personal(self.text, self.place, schema.personal)

    @property
    def tokens(self) -> list[tuple[str, str]]:
        """Kind (``name``, ``ticks``, ``number``, ``text``, ``sign``) and text of each token."""
        return [(token.kind, token.text) for token in tokens_of(self.text)]

    def explain(self, db: Database, query: str, *, strict: bool = False, **parameters: Any) -> None:
        """Let Neo4j compile a query that holds the text, and refuse it unless it only reads.

        Parameters
        ----------
        strict
            Refuse names that the database does not have; otherwise only warn about them.

        Raises
        ------
        ConfigError
            Neo4j cannot parse it, it is not boolean, it writes, or ``strict`` refuses a name.
        """
        explained = self.ask(db, "EXPLAIN " + query, **parameters)
        if explained.kind != "r":
            raise self.refused("it does more than read")
        for missing, hint in self._unknown(db, explained.warnings):
            if strict:
                raise self.refused(missing, hint)
            warn(f"{self.place}: {missing}: {hint}")

    def ask(self, db: Database, query: str, **parameters: Any) -> Answer:
        """Run a query that holds the text, with read access and within :data:`SECONDS`.

        Raises
        ------
        ConfigError
            Neo4j refuses the text, or it takes too long.
        """
        try:
            return db.read_within(SECONDS, query, **parameters)
        except DatabaseError as error:
            code = str(getattr(error.__cause__, "code", None) or "")
            said = _PLACE.sub("", str(getattr(error.__cause__, "message", "")))
            if "TransactionTimedOut" in code:
                raise self.refused(
                    f"Neo4j was not done after {SECONDS} s", "a simpler one, or an index on the properties it names"
                ) from error
            if "as a predicate: " in said:
                value = said.partition("as a predicate: ")[2]
                raise self.refused(f"for some item it is {value}, not true or false") from error
            if code.startswith("Neo.ClientError.Statement."):
                raise self.refused(f"Neo4j says: {said}") from error
            if "OutOfMemory" in code:
                raise self.refused(f"it needs more memory than Neo4j gives it: {said}") from error
            raise

    def _unknown(self, db: Database, warnings: list[str]) -> list[tuple[str, str]]:
        """Return a sentence and a hint for each name that the database does not have."""
        missing = dict.fromkeys(m.groups() for said in warnings if (m := _MISSING.search(said)))
        known = known_names(db) if missing else {}
        return [
            (
                f"the graph has no {kind} {name!r}",
                nearest(name, used_properties(db, known) if kind == "property" else known[kind]),
            )
            for kind, name in missing
        ]

    def refused(self, why: str, hint: str = HINT) -> ConfigError:
        """Return the error that names the text and where it was written."""
        return ConfigError(f"{self.place} {shortened(self.text)!r}: {why}", hint=hint)
