"""``graphrec cypher``: print the queries that read recommendations, in the graph's names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import msgspec

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.common.errors import ConfigError, DatabaseError, ServerError
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.serving.accounts import PARTS, Part

if TYPE_CHECKING:
    from graphrec.serving.reader_queries import Example


@click.command()
@click.argument("query", required=False)
@click.option(
    "-p", "--param", "params", metavar="NAME=VALUE", multiple=True, help="Replace an example value; repeatable."
)
@click.option("--offline", is_flag=True, help="Do not read the database: the example values are made up.")
@click.option("--for", "part", type=click.Choice(PARTS), help="With QUERY roles: what the account is for.")
@click.option("--aura", is_flag=True, help="With QUERY roles: for Neo4j Aura, in place of Enterprise.")
@click.option("--json", "as_json", is_flag=True, help="Print query and parameters as one JSON object.")
def cypher(
    query: str | None, params: tuple[str, ...], offline: bool, part: Part | None, aura: bool, as_json: bool
) -> None:
    """Print the QUERY that reads recommendations, reasons or similar items from Neo4j; without QUERY, list them.

    The query uses the names of the [graph] mapping and finds the active run itself. Paste it into Neo4j Browser or
    cypher-shell with the `:param` lines above it. For a driver, which refuses those lines, --json prints the query and
    its parameters. The printed
    values are examples from the graph, or made up if it cannot be read. VALUE is JSON or text.

    QUERY roles prints the commands that make a role of Neo4j for who serves, sends events, publishes or administers
    (--for); an administrator runs them, on Enterprise or Aura.
    """
    if (query == "roles") != (part is not None) or (aura and part is None):
        raise click.UsageError(f"write: cypher roles --for {'|'.join(PARTS)}")
    if part is not None:
        _show_roles(part, aura, offline, as_json)
        return
    from graphrec.serving import reader_queries
    from graphrec.serving.availability import Availability

    if query is None:
        if params:
            raise click.UsageError("--param needs a QUERY")
        rows = [{"query": name, "answers": answer} for name, answer in reader_queries.ANSWERS.items()]
        rows.append({"query": "roles", "answers": "Commands that make a role of Neo4j (--for)."})
        if as_json:
            show_json(rows)
        else:
            show(rows, ("query", "answers"))
        return
    settings = load_settings()
    made_up = reader_queries.made_up(settings)
    reader_queries.reader_query(query, settings.graph, made_up)  # check the name before reading the database
    available = Availability.of(settings)
    example, given = _read(settings, _pairs(params), offline)
    found = reader_queries.reader_query(query, settings.graph, example or made_up, given, available)
    if example is not None and example.run_id is None and query in reader_queries.PUBLISHED:
        note("no run is published in this database: the query returns nothing before `graphrec publish`")
    if as_json:
        show_json({"query": found.query, "parameters": dict(found.parameters)})
    else:
        echo(found.script())


def _show_roles(part: Part, aura: bool, offline: bool, as_json: bool) -> None:
    """Print the commands that make a role."""
    from graphrec.serving.accounts import role_script

    settings = load_settings()
    if part == "events" and not settings.graph.behaviours:
        db = None if offline else _opened(settings)
        if db is None:
            raise ConfigError(
                "which behaviours may be written is not known: [graph.behaviours] is empty, and no graph is read",
                hint="`graphrec inspect --write` writes the mapping, or leave out --offline",
            )
        from graphrec.graph.mapping import resolve_behaviours

        with db:
            settings = msgspec.structs.replace(settings, graph=resolve_behaviours(db, settings.graph))
    script = role_script(settings, part, settings.neo4j.database or "neo4j", aura)
    if as_json:
        show_json([line.removesuffix(";") for line in script.splitlines() if not line.startswith("//")])
    else:
        echo(script)


def _pairs(params: tuple[str, ...]) -> dict[str, str]:
    pairs = [param.partition("=") for param in params]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise click.UsageError(f"--param {name!r}: write NAME=VALUE, such as -p k=5")
    return {name: value for name, _, value in pairs}


def _read(settings: Settings, pairs: dict[str, str], offline: bool) -> tuple[Example | None, dict[str, Any]]:
    """Return the example from the graph, and the typed values as the graph stores them."""
    from graphrec.serving.availability import Availability
    from graphrec.serving.reader_queries import as_stored, read_example, typed

    db = None if offline else _opened(settings)
    if db is None:
        return None, {name: typed(text) for name, text in pairs.items()}
    with db:
        Availability.of(settings, db)  # checks what is never proposed
        given = {name: as_stored(db, settings.graph, name, text) for name, text in pairs.items()}
        example = read_example(db, settings.graph)
        return replace(example, reason_users=settings.publish.reason_users), given


def _opened(settings: Settings) -> Database | None:
    """Open the database; without one, note that and return None."""
    try:
        return connect(settings)
    except (DatabaseError, ServerError) as error:
        note(f"the values are made up, because the graph cannot be read: {error.message}")
        return None
