"""``graphrec serve``: the service, and its keys."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.common.duration import seconds
from graphrec.common.libraries import library
from graphrec.config.settings import load_settings
from graphrec.credentials.keys import SCOPES, Keys, Scope
from graphrec.pseudonyms.door import user_of


@click.group(invoke_without_command=True)
@click.option("--host", metavar="ADDRESS", help="Address to listen at; by default [serve] host, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0: any free one. By default [serve] port, or 8000.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer; by default [serve] workers, or 1.")
@click.option("--tls-cert", "certificate", type=click.Path(path_type=Path), metavar="FILE", help="TLS certificate.")
@click.option("--tls-key", "key", type=click.Path(path_type=Path), metavar="FILE", help="Key of the certificate.")
@click.option("--open/--no-open", "page", default=True, show_default=True, help="Open the page in a web browser.")
@click.option("--worker", is_flag=True, help="Answer nothing, only run updates, as [serve] update_every says (15m).")
@click.option("--access-log", is_flag=True, help="Write a line of JSON to stderr about each request, without its path.")
@click.pass_context
def serve(
    context: click.Context,
    host: str | None,
    port: int | None,
    workers: int | None,
    certificate: Path | None,
    key: Path | None,
    page: bool,
    worker: bool,
    access_log: bool,
) -> None:
    """Serve the published run over HTTP, with a page at / and the API at /v1, until Ctrl-C.

    The settings are in [serve] of graphrec.toml. Without keys (`graphrec
    serve keys add`) the service listens on this machine alone.
    """
    if context.invoked_subcommand is not None:
        return
    settings = load_settings().override("serve", host=host, port=port, workers=workers)
    with library("fastapi"), library("uvicorn"):
        from graphrec.service.run import serve as run
        from graphrec.service.run import work

    if worker:
        work(settings)
        return
    run(settings, certificate=certificate, key=key, page=page, access_log=access_log)


@serve.group()
def keys() -> None:
    """Add, list and remove keys. A running service sees the change at its next request."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What it may do; repeatable. read: recommendations and the catalogue; events: send them; admin: everything.",
)
@click.option("--user", metavar="ID", help="Let it read and send events for one user only.")
@click.option("--expires", metavar="SPAN", help="Until when it holds, from now: 12h, 90d. By default for ever.")
def add(name: str, scopes: tuple[Scope, ...], user: str | None, expires: str | None) -> None:
    """Make a key called NAME and print it. It is shown this once: only its hash is kept."""
    lasts = None if expires is None else seconds(expires, "--expires")
    settings = load_settings()
    echo(Keys(settings.home / "service").add(name, scopes, user_of(settings, user), lasts))
    note("keep it now: it cannot be shown again. Requests send it as `Authorization: Bearer KEY`")


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
def list_keys(as_json: bool) -> None:
    """List the keys, without what opens the door."""
    found = Keys(load_settings().home / "service").all().values()
    rows = [
        {
            "name": key.name,
            "scopes": list(key.scopes) if as_json else " ".join(key.scopes),
            "user": key.user,
            "created": key.created.isoformat(),
            "expires": key.expires.isoformat() if key.expires else None,
            "expired": key.expired,
        }
        for key in found
    ]
    if as_json:
        show_json(rows)
        return
    show(rows, ("name", "scopes", "user", "created", "expires", "expired"))
    if not rows:
        note("no key: the service listens on this machine alone; `graphrec serve keys add NAME --scope read` makes one")


@keys.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the key called NAME, and with it the tokens that it has made."""
    Keys(load_settings().home / "service").remove(name)
    echo(f"removed {name}")
